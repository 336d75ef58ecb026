"""All of it as one HTML file that needs nothing else, for the day Slack and the bot are both away."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot import __version__
from bot.cli.runbooks import messages
from bot.cli.runbooks.by_hand import ByHand, by_hand
from bot.cli.runbooks.tree import book_digest
from bot.cli.runbooks.words import (
    applies,
    by_phase,
    condition_words,
    details,
    gate_words,
    in_order,
    runs_in,
)
from bot.content import Texts
from bot.domain.authority import loosening_roles
from bot.domain.base import IncidentClass, Role, format_duration
from bot.domain.content import Content
from bot.domain.control import Control, matching
from bot.domain.mode import mode_levels
from bot.domain.outline import Outline, outline
from bot.domain.runbook import Runbook, Step
from bot.domain.text import clean

FOLDER = "export"
LIMIT = 20_000
BLANK_ROWS = 18


@dataclass(frozen=True, slots=True)
class Paper:
    """What the template is given beside its own words: the content, its outline, and when it was drawn."""

    content: Content
    texts: Texts
    outline: Outline
    at: datetime
    environment: str
    printed: bool

    def controls_by_rule(self) -> dict[str, list[Control]]:
        """Controls in their order, by the rule they stand under."""
        found: dict[str, list[Control]] = {}
        for control in self.content.controls:
            found.setdefault(control.rule, []).append(control)
        return found

    def by_hand(self, control: Control) -> tuple[ByHand, ...]:
        """The requests of a control."""
        return by_hand(control, self.content.unaddressed)

    def anchor(self, control: Control) -> str:
        """Where a control stands on the page."""
        return f"control-{self.content.controls.index(control) + 1}"

    def reached(self, step: Step) -> list[Control]:
        """The controls a step sets."""
        return matching(self.content.controls, step.control.id) if step.control else []

    def commander(self) -> str:
        """Who may command."""
        return self.holders(Role.INCIDENT_COMMANDER)

    def books(self) -> list[Runbook]:
        """The runbooks in the order in which they are needed."""
        return in_order(self.content.pinned.runbooks)

    def variables(self) -> list[str]:
        """Every variable that the commands name."""
        found = [name for c in self.content.controls for hand in self.by_hand(c) for name in hand.variables]
        return list(dict.fromkeys(found))

    def mode_table(self) -> list[tuple[Control, list[str]]]:
        """Each control that a mode moves, and its level in each mode."""
        modes = list(self.content.modes.values())
        taken = [{c.id: lv.id for c, lv in mode_levels(m, self.content.controls)} for m in modes]
        moved = [c for c in self.content.controls if any(c.id in levels for levels in taken)]
        return [(c, [levels.get(c.id, "") for levels in taken]) for c in moved]

    def rule_words(self, name: str) -> tuple[str, str]:
        """Who tightens and who loosens under a rule."""
        authority = self.content.authority
        rule = authority.rules[name]
        both = " and " if rule.tighten_needs > 1 else " or "
        tighten = both.join(role.words for role in rule.tighten)
        how = "both together" if rule.tighten_needs > 1 else "any one of them, at once"
        pairs = loosening_roles(rule, authority, out_of_suspension=True)
        suspended = " or ".join(f"{a.words} and {b.words}" for a, b in pairs)
        loosen = f"{rule.loosen[0].words} and {rule.loosen[1].words}"
        return f"{tighten}: {how}", f"{loosen}, two different people; out of a full suspension {suspended}"

    def holders(self, *roles: Role) -> str:
        """Who may hold one of these roles, the first named first."""
        return ", ".join(person.name for person in self.content.directory.holders(roles)) or "nobody yet"

    def way(self, end: str) -> str:
        """Where an answer leads, in words."""
        ids = [q.id for q in self.content.pinned.tree.questions]
        if end in ids:
            return f"ask {ids.index(end) + 1}"
        return (
            "stay provisional, ask again in ten minutes" if end == "provisional" else IncidentClass(end).words
        )

    def statuses(self) -> list[messages.Message]:
        """Texts for the public."""
        return list(messages.statuses(self.content, self.texts))

    def macros(self) -> list[messages.Message]:
        """Texts for the desk."""
        return list(messages.macros(self.content, self.texts))


def draw(
    content: Content, texts: Texts, templates_dir: Path, at: datetime, environment: str, *, printed: bool
) -> str:
    """The HTML text. Raises jinja2's TemplateError for an operator's template that is broken, and OSError."""
    folder = templates_dir / FOLDER
    jinja = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    jinja.filters |= {
        "lasting": format_duration,
        "moment": _moment,
        "json": lambda value: json.dumps(value, ensure_ascii=False),
        "css": _css_string,
        "lead": _capital,
    }
    paper = Paper(content, texts, outline(content, texts.sources), at.astimezone(UTC), environment, printed)
    helpers: dict[str, Any] = {
        "by_phase": by_phase,
        "applies": applies,
        "runs_in": runs_in,
        "details": partial(_details, content),
        "gate_words": gate_words,
        "condition_words": condition_words,
        "book_digest": book_digest,
        "blank_rows": BLANK_ROWS,
        "version": __version__,
    }
    style = Markup((folder / "style.css").read_text("utf-8"))  # noqa: S704 - the operator's own stylesheet
    return jinja.get_template("export.html").render(paper=paper, content=content, css=style, **helpers)


def _details(content: Content, step: Step) -> list[tuple[str, str]]:
    return list(details(content, step))


def _shown(value: Any) -> Any:
    """Texts without control and direction-changing characters; markup of our own as it is."""
    if isinstance(value, str) and not isinstance(value, Markup) and value.strip():
        before, after = value[: len(value) - len(value.lstrip())], value[len(value.rstrip()) :]
        return f"{before}{clean(value, limit=LIMIT)}{after}"
    return value


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _css_string(text: str) -> Markup:
    """A CSS string that nothing can leave: whatever is no plain letter goes in by its number."""
    plain = "".join(c if c.isalnum() or c in " .:·-" else f"\\{ord(c):x} " for c in clean(text, limit=200))
    return Markup(f'"{plain}"')  # noqa: S704 - every quote, backslash and angle bracket was encoded
