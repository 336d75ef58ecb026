"""`breakwater check`: every mistake in the operators' files at once, with place and what was meant."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from bot.bootstrap.build import require_folders
from bot.bootstrap.settings import read_settings
from bot.content import Texts, check, load
from bot.content.problems import suggestion
from bot.domain.content import Content
from bot.domain.errors import ContentError
from bot.domain.mode import ModeId
from bot.domain.outline import outline


def check_content(runbooks: Path | None, templates: Path | None, *, as_json: bool) -> None:
    """Print every mistake, or what there is; exits with 1 for a mistake. Raises SettingsError."""
    settings = read_settings()
    folders = (runbooks or settings.runbooks_dir, templates or settings.templates_dir)
    require_folders(*folders)
    mistakes = check(*folders)
    if as_json:
        typer.echo(json.dumps(_as_json(mistakes, *folders), indent=2))
    else:
        _say(mistakes, *folders)
    if mistakes:
        raise typer.Exit(1)


def _say(mistakes: Sequence[ContentError], runbooks: Path, templates: Path) -> None:
    for mistake in mistakes:
        typer.echo(str(mistake))
        if sys.stdout.isatty():
            typer.echo(_excerpt(mistake), nl=False)
    if mistakes:
        files = len({mistake.file for mistake in mistakes})
        sys.stderr.write(f"{_count(len(mistakes), 'mistake')} in {_count(files, 'file')}.\n")
        return
    content, texts = load(runbooks, templates, {}, resolve_env=False), Texts(templates)
    typer.echo("Everything is in order.")
    for what, count in counts(content, texts).items():
        typer.echo(f"  {_count(count, what)}")
    typer.echo(f"Content digest {outline(content, texts.sources).short}")


def _as_json(mistakes: Sequence[ContentError], runbooks: Path, templates: Path) -> dict[str, object]:
    said = [
        {
            "file": mistake.file,
            "line": mistake.line,
            "column": mistake.column,
            "reason": mistake.reason,
            "suggestion": suggestion(mistake) or None,
        }
        for mistake in mistakes
    ]
    if mistakes:
        return {"ok": False, "mistakes": said}
    content, texts = load(runbooks, templates, {}, resolve_env=False), Texts(templates)
    found = {what.replace(" ", "_"): count for what, count in counts(content, texts).items()}
    whole = outline(content, texts.sources).digest
    return {"ok": True, "mistakes": [], "digest": whole, "counts": found}


def counts(content: Content, texts: Texts) -> dict[str, int]:
    """How much there is of each thing, by its name in the singular."""
    ladder = content.modes[ModeId.PROTECTED].ladder
    return {
        "runbook": len(content.pinned.runbooks),
        "step": sum(len(book.steps) for book in content.pinned.runbooks),
        "control": len(content.controls),
        "level": sum(len(control.levels) for control in content.controls),
        "mode": len(content.modes),
        "ladder step": len(ladder.steps) if ladder else 0,
        "signal": len(content.signals),
        "gate": len(content.gates),
        "trigger": len(content.triggers),
        "question": len(content.pinned.tree.questions),
        "person": len(content.directory.people),
        "status text": len(content.statuses),
        "macro": len(content.macros),
        "template": len(texts.sources),
    }


def _excerpt(mistake: ContentError) -> str:
    """The line and a mark under the place; nothing for a file that cannot be read."""
    try:
        line = Path(mistake.file).read_text("utf-8").splitlines()[mistake.line - 1]
    except (OSError, UnicodeDecodeError, IndexError):
        return ""
    shown = "".join(c if c.isprintable() else " " for c in line)
    return f"    {shown}\n    {' ' * (mistake.column - 1)}^\n"


def _count(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {'people' if what == 'person' else what + 's'}"
