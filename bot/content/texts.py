"""The operator's templates: plain text, sandboxed and bounded.

A template may branch, loop over what it is given and use our filters. It can call nothing, compute nothing
and set nothing, so what it costs is bounded by its facts; what it writes is bounded here.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, TemplateError, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.domain.errors import ContentError

MAX_TEMPLATE = 64_000
MAX_OUTPUT = 20_000
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


def utc(moment: datetime) -> str:
    """`14:05 UTC on 20 November 2026`. Raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone cannot be told")
    at = moment.astimezone(UTC)
    return f"{at:%H:%M} UTC on {at.day} {_MONTHS[at.month - 1]} {at.year}"


def amount(value: Decimal | int | str) -> str:
    """`25000` as `25,000`. Raises ArithmeticError for what is no number."""
    return f"{Decimal(str(value)):,f}"


def sentence(text: str) -> str:
    """The text with a capital at its head and a stop at its end."""
    text = text.strip()
    return text and text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")


def joined(items: Sequence[str]) -> str:
    """`a, b and c`."""
    *most, last = [str(item) for item in items] or [""]
    return f"{', '.join(most)} and {last}" if most else last


# What jinja2 raises, and what a filter raises when it is given something else than it takes.
_FAILURES = (TemplateError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError)
FILTERS = {"utc": utc, "amount": amount, "sentence": sentence, "joined": joined}


class _Environment(ImmutableSandboxedEnvironment):
    """A sandbox in which nothing can be called or computed."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "**", "%"})

    def is_safe_callable(self, obj: Any) -> bool:  # noqa: ARG002 - no callable is safe enough for a template
        return False

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002 - as above
        raise TemplateError(f"templates do not compute: `{operator}`")


class Texts:
    """Every `*.txt` under a folder, read once. Implements the port of the use cases."""

    def __init__(self, templates_dir: Path) -> None:
        self.folder = templates_dir
        self.sources = _read(templates_dir)
        self.environment = _Environment(
            loader=FunctionLoader(self._load),
            undefined=StrictUndefined,
            autoescape=False,  # plain text: whoever puts it into HTML or Slack escapes it there
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.environment.globals.clear()
        self.environment.filters = dict(FILTERS)

    def file(self, template: str) -> str:
        """The path a template is shown under in messages."""
        return str(self.folder / template)

    def render(self, template: str, /, **facts: Any) -> str:
        """Render a template by its path under the folder. Raises ContentError when it cannot."""
        out: list[str] = []
        length = 0
        try:
            for chunk in self.environment.get_template(template).generate(facts):
                length += len(chunk)
                if length > MAX_OUTPUT:
                    reason = f"the text grows beyond {MAX_OUTPUT:,} characters"
                    raise ContentError(self.file(template), 1, 1, reason)
                out.append(chunk)
        except TemplateNotFound as error:
            raise ContentError(self.file(template), 1, 1, f"there is no template {error.name}") from None
        except (
            TemplateError,
            TypeError,
            ValueError,
            ArithmeticError,
            AttributeError,
            RecursionError,
        ) as error:
            line = _line(error, self.file(template))
            raise ContentError(self.file(template), line, 1, f"cannot be rendered: {error}") from None
        return _BLANK_LINES.sub("\n\n", "".join(out)).strip()

    def _load(self, template: str) -> tuple[str, str, Any] | None:
        source = self.sources.get(template)
        return None if source is None else (source, self.file(template), lambda: True)


def _read(folder: Path) -> Mapping[str, str]:
    """Template texts by their path under the folder. Raises ContentError for one that cannot be used."""
    found = {}
    for path in sorted(folder.rglob("*.txt")):
        try:
            raw = path.read_bytes()
            found[path.relative_to(folder).as_posix()] = raw.decode("utf-8")
        except OSError as error:
            raise ContentError(str(path), 1, 1, f"cannot be read: {error.strerror or error}") from None
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            raise ContentError(str(path), line, 1, "the text is not UTF-8") from None
        if len(raw) > MAX_TEMPLATE:
            raise ContentError(str(path), 1, 1, f"the template is larger than {MAX_TEMPLATE:,} bytes")
    return found


def _line(error: BaseException, file: str) -> int:
    """The template line an error comes from; jinja2 puts template lines into tracebacks."""
    if isinstance(lineno := getattr(error, "lineno", None), int):
        return lineno
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    return next((line for line in reversed(lines) if line), 1)
