"""`breakwater approval`: the second person's word."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.verbs.options import Incident, Json, Key, Once, Why, Yes, do, how, show, words

approval = typer.Typer(
    no_args_is_help=True,
    help="See what waits for a second person; say yes or no to exactly what is shown.",
)
Id = Annotated[str, typer.Argument(metavar="ID", help="prop_… or pub_…, or how a proposal's id begins.")]


@approval.command("list")
def list_(as_json: Json = False) -> None:
    """List the proposals and texts that wait for a yes.

    Example: breakwater approval list
    """
    show("approval list", as_json)


@approval.command("show")
def show_(id_: Id, as_json: Json = False) -> None:
    """Show one exactly as it is put to the second person, with its hash.

    Example: breakwater approval show prop_5f1d
    """
    show("approval show", as_json, id=id_)


Restore = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CONTROL=found|normal",
        help="What to put back where a control was off normal before; may be given several times.",
    ),
]
Shown = Annotated[
    str, typer.Option("--hash", metavar="SHA256", help="What you were shown; you are not asked back.")
]


@approval.command()
def approve(
    id_: Id,
    shown: Shown = "",
    restore: Restore = None,
    yes: Yes = False,
    key: Key = None,
    as_json: Json = False,
    once: Once = "",
) -> None:
    """Say yes to exactly what is shown, with your key; who proposed it may not.

    Example: breakwater approval approve prop_5f1d

    Example: breakwater approval approve prop_5f1d --hash 9c1b22f0
    """
    asked = how(key, as_json, once, yes=yes)
    do("approval approve", asked, id=id_, hash=shown.casefold(), restore=words(restore))


@approval.command()
def sign(
    id_: Annotated[str, typer.Argument(metavar="[ID]", help="Else the one that waits for your proof.")] = "",
    shown: Shown = "",
    restore: Restore = None,
    yes: Yes = False,
    key: Key = None,
    as_json: Json = False,
    once: Once = "",
) -> None:
    """Prove the yes that you gave in Slack, where the policy asks for a key before anything is loosened.

    Example: breakwater approval sign prop_5f1d
    """
    asked = how(key, as_json, once, yes=yes)
    do("approval sign", asked, id=id_, hash=shown.casefold(), restore=words(restore))


@approval.command()
def reject(id_: Id, why: Why, key: Key = None, as_json: Json = False, once: Once = "") -> None:
    """Say no, with the reason; who proposed it may take it back so.

    Example: breakwater approval reject prop_5f1d Coverage is still falling on the second venue
    """
    do("approval reject", how(key, as_json, once), id=id_, why=words(why))


@approval.command()
def ratify(
    control: Annotated[str, typer.Argument(metavar="CONTROL", help="The control that is fully suspended.")],
    incident: Incident = "",
    key: Key = None,
    as_json: Json = False,
    once: Once = "",
) -> None:
    """Say, as a second person, that a full suspension stands.

    Example: breakwater approval ratify trading.BTC-USDT
    """
    do("approval ratify", how(key, as_json, once), incident=incident, control=control)
