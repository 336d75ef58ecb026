"""`breakwater control`: everything that `/control` can do."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.verbs.options import Incident, Json, Key, Once, Why, do, how, show, words

control_verbs = typer.Typer(
    no_args_is_help=True, help="Look at controls, tighten one at once, propose to loosen one."
)
Control = Annotated[str, typer.Argument(metavar="CONTROL", help="Its id, such as withdrawals.risk.")]


@control_verbs.command("list")
def list_(as_json: Json = False) -> None:
    """List every control: wanted and seen.

    Example: breakwater control list --json | jq '.controls[] | select(.holds != [])'
    """
    show("control list", as_json)


@control_verbs.command("show")
def show_(control: Control, as_json: Json = False) -> None:
    """Show one control's levels, and who may set them.

    Example: breakwater control show withdrawals.risk
    """
    show("control show", as_json, control=control)


@control_verbs.command("set")
def set_(
    control: Control,
    level: Annotated[str, typer.Argument(help="One of its levels.")],
    why: Why,
    incident: Incident = "",
    key: Key = None,
    as_json: Json = False,
    once: Once = "",
) -> None:
    """Tighten a control at once, on one entitled person's word.

    Example: breakwater control set withdrawals.risk checked Outflow to new addresses has doubled
    """
    asked = how(key, as_json, once)
    do("control set", asked, incident=incident, control=control, level=level, why=words(why))


@control_verbs.command()
def release(
    control: Control,
    why: Why,
    incident: Incident = "",
    key: Key = None,
    as_json: Json = False,
    once: Once = "",
) -> None:
    """Propose to loosen a control; a second person says yes.

    Example: breakwater control release withdrawals.risk Northbank settles again
    """
    asked = how(key, as_json, once)
    do("control release", asked, incident=incident, control=control, why=words(why))
