"""`breakwater runbook`: runbooks as people read them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

runbook = typer.Typer(
    no_args_is_help=True, help="Read runbooks: list them, show one, draw one, put all of them on paper."
)
Id = Annotated[str, typer.Argument(metavar="ID", help="As `breakwater runbook list` names it.")]


@runbook.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List the runbooks: when each runs, who decides, how many steps, and its digest.

    Example: breakwater runbook list
    """
    from bot.cli.runbooks import commands

    commands.list_runbooks(as_json=as_json)


@runbook.command()
def show(runbook_id: Id) -> None:
    """Show a runbook as a tree: phases, steps by minute, who, why, how to undo it; plain when piped.

    Example: breakwater runbook show first-15-minutes

    Example: breakwater runbook show counterparty-failure | less
    """
    from bot.cli.runbooks import commands

    commands.show_runbook(runbook_id)


@runbook.command()
def graph(runbook_id: Id) -> None:
    """Print a runbook as a Mermaid flowchart; `classification` is the decision tree.

    Example: breakwater runbook graph counterparty-failure > counterparty-failure.mmd

    Example: breakwater runbook graph classification
    """
    from bot.cli.runbooks import commands

    commands.graph_runbook(runbook_id)


@runbook.command()
def export(
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="For the screen, to tick off.")] = None,
    pdf_ready: Annotated[
        Path | None, typer.Option(metavar="FILE", help="For a printer: open it and print, or save as PDF.")
    ] = None,
) -> None:
    """Write everything a team needs without Slack and the bot into one HTML file that needs nothing else.

    Runbooks, whom to call, modes, the ladder, and how to set each control by hand. Secrets are named as
    variables, never written. Draw it anew after every change; its digest is that of `breakwater check`.

    Example: breakwater runbook export --pdf-ready runbooks.html

    Example: breakwater runbook export --html on-call.html --pdf-ready print.html
    """
    from bot.cli.runbooks import commands

    commands.export_runbooks(html, pdf_ready)
