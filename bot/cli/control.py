"""`breakwater control test` and `key`: trying a control at its own service, and what followers need."""

from __future__ import annotations

from typing import Annotated

import typer

control = typer.Typer(no_args_is_help=True, help="Try a control at its own service; what followers need.")
Id = Annotated[str, typer.Argument(metavar="ID", help="Such as withdrawals.risk.")]


@control.command("test")
def try_(
    control_id: Id,
    level: Annotated[
        list[str] | None, typer.Option(help="A level to set and put back; may be given several times.")
    ] = None,
    target: Annotated[str, typer.Option(help="Where, if the control has several places.")] = "all",
    yes: Annotated[bool, typer.Option("--yes", help="Do it, in the live environment too.")] = False,
) -> None:
    """Read a control, set each level named, read it back, repeat it, probe its effect, and put it back.

    Without --level nothing is changed: it is read, and what would be done is said. What is done goes into
    the ledger first. Refused while an incident is open or something holds the control.

    Example: breakwater control test withdrawals.risk

    Example: breakwater control test withdrawals.risk --level checked --level strict --yes
    """
    from bot.cli import trial

    trial.try_control(control_id, tuple(level or ()), target, yes=yes)


@control.command()
def key(control_id: Id) -> None:
    """Print the public key with which services check the levels that they follow (kind `fanout`).

    Example: breakwater control key withdrawals.gateway
    """
    from bot.cli import trial

    trial.key(control_id)
