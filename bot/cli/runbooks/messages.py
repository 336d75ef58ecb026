"""The prewritten texts as they would read now and in protected mode, with their times left open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.content import Texts
from bot.content.texts import utc
from bot.domain.content import Content
from bot.domain.mode import ModeId, mode_levels
from bot.domain.publication import PublicFacts, StatusStage

# Moments that no incident can have, so that each can be told apart in what was rendered.
_BEGAN, _NOW, _NEXT = (datetime(1970, 1, 1, hour, 7, tzinfo=UTC) for hour in (1, 2, 3))
_OPEN = {
    utc(_BEGAN): "[time it began, UTC]",
    utc(_NOW): "[time now, UTC]",
    utc(_NEXT): "[time of the next update, UTC]",
}
REOPENED = "[what was reopened last]"


@dataclass(frozen=True, slots=True)
class Wording:
    """How a text reads in one situation."""

    when: str
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """One prewritten text: who may send it, and how it reads."""

    id: str
    title: str
    preapproved: bool
    stage: str
    wordings: tuple[Wording, ...]


def statuses(content: Content, texts: Texts) -> Iterator[Message]:
    """The texts for the public. Raises ContentError for a template that cannot be rendered."""
    for spec in content.statuses.values():
        found = _wordings(content, texts, spec.template, spec.stage, bool(spec.next_in > timedelta()))
        yield Message(spec.id, spec.title, spec.preapproved, spec.stage.value, found)


def macros(content: Content, texts: Texts) -> Iterator[Message]:
    """The texts for the support desk. Raises ContentError for a template that cannot be rendered."""
    for spec in content.macros:
        found = _wordings(content, texts, spec.template, None, promises=True)
        yield Message(spec.id, spec.question, preapproved=False, stage="", wordings=found)


def _wordings(
    content: Content, texts: Texts, template: str, stage: StatusStage | None, promises: bool
) -> tuple[Wording, ...]:
    calm, strict = _facts(content, ModeId.NORMAL), _facts(content, ModeId.PROTECTED)
    moments = {"in protected mode": strict}
    if stage is StatusStage.INVESTIGATING:
        moments = {"while nothing is limited": calm, "in protected mode": strict}
    elif stage is StatusStage.MONITORING:
        moments = {
            "while reopening; strike what is open again": strict.model_copy(update={"reopened": REOPENED})
        }
    elif stage is StatusStage.RESOLVED:
        moments = {"once all is over": calm.model_copy(update={"resolved": True})}
    found: dict[str, str] = {}
    for when, facts in moments.items():
        told = facts if promises else facts.model_copy(update={"next_update_at": None})
        found.setdefault(_opened(texts.render(template, facts=told)), when)
    return tuple(Wording(when, text) for text, when in found.items())


def _facts(content: Content, mode_id: ModeId) -> PublicFacts:
    """What could be told if everything stood as the mode is written."""
    mode = content.modes[mode_id]
    told = {control.id: control.told(level) for control, level in mode_levels(mode, content.controls)}
    return PublicFacts(
        now=_NOW,
        since=_BEGAN,
        mode=mode_id.value,
        mode_says=mode.says,
        guarantees=tuple(promise.text for promise in mode.guarantees),
        restrictions=tuple(dict.fromkeys(text for text in told.values() if text)),
        settling=False,
        withdrawals=_of(told, "withdrawals.limit."),
        deposits=_of(told, "deposits."),
        swaps=_of(told, "swaps"),
        next_update_at=_NEXT,
    )


def _of(told: dict[str, str], prefix: str) -> str:
    return ". ".join(dict.fromkeys(text for one, text in told.items() if one.startswith(prefix) and text))


def _opened(text: str) -> str:
    for moment, blank in _OPEN.items():
        text = text.replace(moment, blank)
    return text
