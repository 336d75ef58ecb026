"""The `breakwater` command: its subcommands, and one line instead of a traceback when something is wrong.

Exit status: 0 done; 1 refused or failed, with one line saying why; 2 bad usage. A command loads what it
needs when it runs, so that `--help` answers at once and a production process never loads the sandbox.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from bot import __version__
from bot.bootstrap.settings import SettingsError
from bot.cli.control import control
from bot.cli.runbook import runbook
from bot.cli.verbs.approval import approval
from bot.cli.verbs.control import control_verbs
from bot.cli.verbs.incident import incident
from bot.cli.verbs.operator import operator
from bot.cli.verbs.protected_mode import protected_mode
from bot.content.problems import ContentErrors, MissingVariable
from bot.domain.errors import Refusal
from bot.usecases.ports.errors import StoreError

app = typer.Typer(
    name="breakwater",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Runs liquidity incidents in Slack. Settings come from the environment; see the README.",
    epilog="Try it: breakwater demo, or by hand: breakwater sandbox",
)
audit = typer.Typer(
    no_args_is_help=True, help="Prove the ledger, or take it out for somebody who wants proof."
)
app.add_typer(audit, name="audit")
app.add_typer(runbook, name="runbook")
app.add_typer(incident, name="incident")
app.add_typer(protected_mode, name="protected-mode")
app.add_typer(control_verbs, name="control")
app.add_typer(approval, name="approval")
app.add_typer(operator, name="operator")
control_verbs.add_typer(control)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"breakwater {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Runs liquidity incidents in Slack."""


@app.command()
def serve() -> None:
    """Run web and worker in one process, on SQLite unless DATABASE_URL says otherwise."""
    from bot.cli import processes

    processes.serve()


@app.command()
def web() -> None:
    """Answer Slack, signals and the status page."""
    from bot.cli import processes

    processes.web()


@app.command()
def worker() -> None:
    """Carry out jobs: actuation, deadlines, Slack messages, publications. Run as many as you like."""
    from bot.cli import processes

    processes.worker()


@app.command()
def migrate() -> None:
    """Bring the database to the newest revision. Safe to run twice, or from two releases at once."""
    from bot.cli import upkeep

    upkeep.migrate()


@app.command()
def backup(to: Annotated[Path, typer.Argument(help="A new file.")]) -> None:
    """Copy the SQLite database, as it stands at this moment, into a new file; safe while it is in use.

    Example: breakwater backup /mnt/backup/breakwater-2026-11-20.db
    """
    from bot.cli import upkeep

    upkeep.backup(to)


@app.command()
def restore(
    file: Annotated[
        Path | None, typer.Argument(help="A SQLite backup; none when pg_restore has put it back already.")
    ] = None,
) -> None:
    """Put a backup back and go on from it: a new epoch, every control read again, reopenings ended.

    Stop every process first. What the backup does not know is named by row, in the ledger too.

    Example: breakwater restore /mnt/backup/breakwater-2026-11-20.db

    Example: pg_restore --clean --if-exists --dbname=breakwater last.dump && breakwater restore
    """
    from bot.cli import upkeep

    upkeep.restore(file)


@app.command()
def check(
    runbooks: Annotated[Path | None, typer.Option(help="Instead of RUNBOOKS_DIR.")] = None,
    templates: Annotated[Path | None, typer.Option(help="Instead of TEMPLATES_DIR.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for editors and CI.")] = False,
) -> None:
    """Check runbooks, controls, templates and policy; names file, line, column and reason of every mistake.

    Example: breakwater check --runbooks ./our-runbooks

    Example: breakwater check --json | jq '.mistakes[] | .file, .line, .reason'
    """
    from bot.cli import check as checking

    checking.check_content(runbooks, templates, as_json=as_json)


@app.command()
def reload(
    wait: Annotated[float, typer.Option(help="Seconds to wait until every process has taken it up.")] = 15.0,
) -> None:
    """Bring changed runbooks, controls and templates into force in every running process, with no restart.

    Checks everything first. Refuses what would remove, reorder or change a level that an incident holds, or
    take away what an open incident's own runbooks need. Open incidents keep their runbooks; controls, modes
    and gates are the new ones at once. What changed goes into the ledger. SIGHUP to a process does the same.

    Example: breakwater check && breakwater reload
    """
    from bot.cli import reload as reloading

    reloading.reload(wait)


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for a script or a monitor.")] = False,
) -> None:
    """Check every dependency and say how to mend each one that is not well; exits with 1 when one is not.

    Example: breakwater doctor --json
    """
    from bot.cli import doctor as examination

    examination.doctor(as_json=as_json)


@app.command()
def manifest(
    public_url: Annotated[str | None, typer.Option(help="Where Slack reaches us; else PUBLIC_URL.")] = None,
    mode: Annotated[
        Literal["http", "socket"],
        typer.Option(help="Over Socket Mode Slack need not reach us.", envvar="SLACK_MODE"),
    ] = "http",
) -> None:
    """Print the Slack app manifest, to be pasted into "Create an app from a manifest".

    Example: breakwater manifest --public-url https://breakwater.example.com

    Example: breakwater manifest --mode socket
    """
    from bot.cli import papers

    papers.manifest(public_url, mode)


@app.command()
def schema(
    folder: Annotated[
        Path | None, typer.Argument(help="Where to write them; else `schema` under RUNBOOKS_DIR.")
    ] = None,
    to: Annotated[Path | None, typer.Option(hidden=True)] = None,
    show: Annotated[bool, typer.Option("--print", help="Print them as one JSON object instead.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail when those there are not current.")
    ] = False,
) -> None:
    """Write the JSON Schemas of all operator-owned YAML, by which editors complete and check it.

    Example: breakwater schema

    Example: breakwater schema ./our-runbooks/schema

    The first line of each shipped file leads editors there: # yaml-language-server: $schema=…
    """
    from bot.cli import papers

    papers.schema(folder or to, show=show, current=check)


@app.command()
def review(
    incident: Annotated[str, typer.Argument(help="Such as INC-42.")],
    out: Annotated[Path, typer.Option(help="The HTML file to write.")] = Path("review.html"),
    comparison: Annotated[
        Path | None, typer.Option(help="JSON with a second course of the reserves.")
    ] = None,
    cause_at: Annotated[str | None, typer.Option(help="When the cause set in, if known; RFC 3339.")] = None,
) -> None:
    """Write the review of an incident as one self-contained HTML file.

    Example: breakwater review INC-42 --out review.html
    """
    from bot.cli import review as paper

    paper.review(incident, out, comparison, cause_at)


@audit.command()
def verify(
    anchors: Annotated[
        list[Path] | None,
        typer.Option(exists=True, dir_okay=False, help="Signed heads; else ANCHORS_FILE. May be repeated."),
    ] = None,
    head: Annotated[
        list[str] | None, typer.Option(metavar="SEQ:HASH", help="A head as posted in Slack. May be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Say it in JSON.")] = False,
) -> None:
    """Rehash every row, compare with the signed heads, replay the rules; names the first bad row.

    Exit status: 0 it holds; 1 it does not, with one line saying why; 2 bad usage.

    Example: breakwater audit verify --anchors /mnt/worm/anchors.jsonl --head 57:9f2c41aa03be
    """
    from argparse import ArgumentTypeError

    from bot.cli import audit as auditing
    from bot.domain.verifier.command import a_head

    try:
        told = [a_head(said) for said in head or ()]
    except ArgumentTypeError as error:
        raise typer.BadParameter(str(error), param_hint="--head") from None
    auditing.verify(anchors or (), told, as_json=as_json)


@audit.command()
def export(to: Annotated[Path, typer.Argument(help="An empty or new folder.")]) -> None:
    """Write a bundle that anybody can check: rows, signed heads, keys, content, and verify.py.

    Example: breakwater audit export ./ledger-2026-11 && python3 ./ledger-2026-11/verify.py
    """
    from bot.cli import audit as auditing

    auditing.export(to)


@audit.command("rotate-key")
def rotate_key() -> None:
    """Give the ledger a new signing key, which the old one vouches for; the old one stays known.

    Stop every process first, and start them again afterwards.

    Example: breakwater audit rotate-key
    """
    from bot.cli import audit as auditing

    auditing.rotate_key()


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Where its artifacts go.")] = Path("var/demo"),
    seed: Annotated[int, typer.Option(help="Another seed is another market.")] = 7,
) -> None:
    """Play one whole liquidity incident end to end, with nothing to set up.

    Example: breakwater demo --seed 11
    """
    from bot.sandbox.demo import main as play

    raise typer.Exit(play(out, seed))


@app.command()
def sandbox(
    port: Annotated[
        int,
        typer.Option(
            envvar="CONSOLE_PORT", min=0, max=65535, help="Where the console is; 0 takes a free port."
        ),
    ] = 8080,
    data: Annotated[Path, typer.Option(help="Where everything is kept; emptied at the start.")] = Path(
        "var/sandbox"
    ),
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another market.")] = 7,
    keep: Annotated[
        bool, typer.Option(help="Carry on with the ledger and market of last time; Slack starts empty.")
    ] = False,
) -> None:
    """Play an incident by hand in the browser: marketplace, Slack and bot on this machine, until Ctrl-C.

    Example: CONSOLE_PORT=9000 breakwater sandbox --keep
    """
    from bot.sandbox.console.run import main as play

    raise typer.Exit(play(port=port, data=data, seed=seed, keep=keep))


def run() -> None:
    """Run the command line; turns what a person can mend into one line on standard error."""
    try:
        app()
    except SettingsError as error:
        _fail(str(error))
    except ContentErrors as error:
        _fail(_content_line(error))
    except (Refusal, StoreError) as error:
        _fail(str(error))
    except OSError as error:
        what = f"{error.filename} cannot be used: " if error.filename else ""
        _fail(f"{what}{error.strerror or type(error).__name__}.")


def _content_line(wrong: ContentErrors) -> str:
    """The last line about content; what is wrong in the files themselves is listed before it."""
    unset = [e for e in wrong.errors if isinstance(e, MissingVariable)]
    if len(unset) == len(wrong.errors):
        said = "; ".join(f"{e.variable} is not set (needed by {e.file}:{e.line})" for e in unset)
        return f"{said}; nothing was started."
    for mistake in wrong.errors:
        sys.stderr.write(f"{mistake}\n")
    return "The runbooks or templates are wrong; nothing was started."


def _fail(line: str) -> None:
    sys.stderr.write(f"breakwater: {line}\n")
    raise SystemExit(1)
