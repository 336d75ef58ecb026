"""Options that the verbs share, and a person's words off the command line or from standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.cli.deeds.session import How

LONGEST = 20_000  # characters; more than any use case takes, so that it can say so itself
STDIN = "-"

Key = Annotated[
    Path | None,
    typer.Option(
        "--key",
        metavar="FILE",
        help="Your key; else OPERATOR_KEY_FILE, else ~/.config/breakwater/operator.key.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="As JSON, for a script.")]
Once = Annotated[
    str,
    typer.Option("--request-id", metavar="ID", help="Your own id: asked again it does nothing twice."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask back.")]
Incident = Annotated[
    str, typer.Option("--incident", "-i", metavar="INC-n", help="Needed where several are open.")
]
Why = Annotated[
    list[str],
    typer.Argument(metavar="WHY…", help="Your reason, for the record; - reads standard input."),
]
MaybeWhy = Annotated[
    list[str] | None, typer.Argument(metavar="[WORDS…]", help="Your words; - reads them from standard input.")
]


def words(given: list[str] | None) -> str:
    """What a person said: the words of the command line, or standard input for a lone dash."""
    if given == [STDIN]:
        return sys.stdin.read(LONGEST).strip()
    return " ".join(given or ()).strip()


def how(key: Path | None, as_json: bool, once: str = "", *, yes: bool = False) -> How:
    """How the verb was asked for."""
    from bot.cli.deeds.session import How

    return How(key_file=key, as_json=as_json, request_id=once, yes=yes)


def do(verb: str, asked: How, **arguments: str) -> None:
    """Sign and carry out."""
    from bot.cli.deeds import session

    session.carry(verb, asked, **arguments)


def show(verb: str, as_json: bool, **arguments: str) -> None:
    """Show; nothing is signed."""
    from bot.cli.deeds import session

    session.look(verb, session.How(as_json=as_json), **arguments)
