"""What `breakwater runbook …` does."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from jinja2 import TemplateError
from rich.console import Console

from bot.bootstrap.build import read_content
from bot.bootstrap.clock import SystemClock
from bot.bootstrap.settings import Settings, SettingsError, read_settings
from bot.cli.runbooks.mermaid import TREE, graph, tree_graph
from bot.cli.runbooks.paper import FOLDER, draw
from bot.cli.runbooks.tree import book_digest, plain, show
from bot.cli.runbooks.words import in_order, runs_in
from bot.content import Texts
from bot.content.problems import listed, near
from bot.domain.content import Content
from bot.domain.errors import NotFound
from bot.domain.runbook import Runbook


def list_runbooks(*, as_json: bool) -> None:
    """Print every runbook on a line."""
    books = _content(read_settings()).pinned.runbooks
    if as_json:
        typer.echo(json.dumps([_as_json(book) for book in books], indent=2))
        return
    rows = [("runbook", "runs in", "decides", "steps", "digest", "title")]
    for book in in_order(books):
        cells = (book.id, runs_in(book), book.decides.words, str(len(book.steps)), book_digest(book))
        rows.append((*cells, plain(book.title)))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    for row in rows:
        typer.echo("  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[-1]]))


def show_runbook(runbook_id: str) -> None:
    """Print one runbook. Raises NotFound."""
    content = _content(read_settings())
    show(content, _book(content, runbook_id), Console(highlight=False))


def graph_runbook(runbook_id: str) -> None:
    """Print one runbook, or the decision tree, as Mermaid. Raises NotFound."""
    content = _content(read_settings())
    drawn = tree_graph(content) if runbook_id == TREE else graph(_book(content, runbook_id, TREE))
    typer.echo(drawn, nl=False)


def export_runbooks(html: Path | None, pdf_ready: Path | None) -> None:
    """Write everything as one file, for the screen or for a printer. Raises SettingsError."""
    wanted = [(path, printed) for path, printed in ((html, False), (pdf_ready, True)) if path is not None]
    if not wanted:
        raise SettingsError("Name a file: --html FILE for the screen, --pdf-ready FILE for a printer.")
    settings = read_settings()
    content, texts = _content(settings), Texts(settings.templates_dir)
    now = SystemClock().wall()
    for path, printed in wanted:
        try:
            text = draw(content, texts, settings.templates_dir, now, settings.environment, printed=printed)
        except TemplateError as error:
            folder = settings.templates_dir / FOLDER
            raise SettingsError(f"{folder}: export.html cannot be drawn: {error}") from None
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        typer.echo(
            f"{len(content.pinned.runbooks)} runbooks and {len(content.controls)} controls are in {path}."
        )


def _content(settings: Settings) -> Content:
    return read_content(settings, resolve_env=False)


def _book(content: Content, runbook_id: str, *others: str) -> Runbook:
    known = content.pinned.by_id
    if runbook_id not in known:
        names = [*known, *others]
        hint = near(runbook_id, names) or f"; there are {listed(names, 20)}"
        raise NotFound(f"There is no runbook {plain(runbook_id)}{hint}")
    return known[runbook_id]


def _as_json(book: Runbook) -> dict[str, object]:
    return {
        "id": book.id,
        "title": book.title,
        "class": book.class_.value if book.class_ else None,
        "situation": book.situation,
        "decides": book.decides.value,
        "steps": len(book.steps),
        "digest": book_digest(book),
    }
