"""`breakwater protected-mode`: everything that `/protected-mode` can do."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.verbs.options import Incident, Json, Key, Once, Why, do, how, show, words

protected_mode = typer.Typer(
    no_args_is_help=True, help="Protect customers' funds at once, and propose the way back along its ladder."
)


@protected_mode.command()
def preview(as_json: Json = False) -> None:
    """Show what protected mode would set, control by control; nothing is set.

    Example: breakwater protected-mode preview
    """
    show("protected-mode preview", as_json)


@protected_mode.command()
def on(why: Why, incident: Incident = "", key: Key = None, as_json: Json = False, once: Once = "") -> None:
    """Set protected mode at once, on one entitled person's word; with no incident open it declares one.

    Example: breakwater protected-mode on Northbank has paused withdrawals and our queue is growing
    """
    do("protected-mode on", how(key, as_json, once), incident=incident, why=words(why))


@protected_mode.command()
def off(why: Why, incident: Incident = "", key: Key = None, as_json: Json = False, once: Once = "") -> None:
    """Propose to reopen along the ladder; a second person says yes.

    Example: breakwater protected-mode off Northbank settles again since 14:10
    """
    do("protected-mode off", how(key, as_json, once), incident=incident, why=words(why))


@protected_mode.command()
def extend(
    duration: Annotated[str, typer.Argument(metavar="1h", help="For how long.")],
    why: Why,
    incident: Incident = "",
    key: Key = None,
    as_json: Json = False,
    once: Once = "",
) -> None:
    """Let what is held stand, and be asked about it later.

    Example: breakwater protected-mode extend 1h Northbank's answer is due at 05:00
    """
    asked = how(key, as_json, once)
    do("protected-mode extend", asked, incident=incident, duration=duration, why=words(why))


@protected_mode.command()
def status(incident: Incident = "", as_json: Json = False) -> None:
    """Show what is set and what is confirmed.

    Example: breakwater protected-mode status --json | jq '.confirmed, .of'
    """
    show("protected-mode status", as_json, incident=incident)
