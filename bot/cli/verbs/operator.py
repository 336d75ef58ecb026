"""`breakwater operator`: a key of your own, by which the command line knows you."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.verbs.options import Json, Key

operator = typer.Typer(no_args_is_help=True, help="A key of your own, by which the command line knows you.")


@operator.command()
def enroll(
    key: Key = None,
    passphrase: Annotated[bool, typer.Option(help="Ask for a passphrase that guards the key's file.")] = True,
    as_json: Json = False,
) -> None:
    """Make a key for you on this machine, and print the line that people.yaml needs.

    The file is yours alone; nobody else ever needs it. An administrator adds the line under your name, in a
    change that a second person reviews, and runs `breakwater check && breakwater reload`.

    Example: breakwater operator enroll

    Example: breakwater operator enroll --key /media/stick/breakwater.key --no-passphrase
    """
    from bot.cli.deeds import operators

    operators.enroll(key, guarded=passphrase, as_json=as_json)


@operator.command()
def show(key: Key = None, as_json: Json = False) -> None:
    """Print your key's public line, and whose it is by people.yaml.

    Example: breakwater operator show
    """
    from bot.cli.deeds import operators

    operators.show(key, as_json=as_json)


@operator.command()
def totp(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Their id in people.yaml.")],
) -> None:
    """Make a secret for a person's authenticator app, and keep it in TOTP_SECRETS_FILE.

    Prints it once, as the address that apps take; show it to that person alone. Web and workers need the
    file, which lies outside the database.

    Example: TOTP_SECRETS_FILE=/etc/breakwater/totp.json breakwater operator totp alice
    """
    from bot.cli.deeds import operators

    operators.totp(person)
