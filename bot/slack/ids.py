"""The names of buttons and forms, and the compact values that buttons carry.

A value names what a button acts on, with the version it was drawn from; an action id is the act and, where
a message holds several of a kind, a suffix that tells them apart.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

from bot.domain.errors import Stale
from bot.usecases.steps import StepRef

SEPARATOR = "|"
VALUE_LENGTH = 2000
METADATA_LENGTH = 3000
OLD = "That button is from an older drawing; use the newest message."


class Act(StrEnum):
    """What a button does."""

    DECLARE = "declare"
    DECLARE_ASK = "declare_ask"
    DISMISS = "dismiss"
    TAKE_UP = "take_up"
    HERE = "here"
    EXTEND = "extend"
    WAY_OUT = "way_out"
    BRIEF = "brief"
    BRIEF_POST = "brief_post"
    TIMELINE = "timeline"
    TIGHTEN = "tighten"
    PROTECT = "protect"
    CONFIRM_MODE = "confirm_mode"
    UPDATE = "update"
    CHART = "chart"
    STEP_DONE = "step_done"
    STEP_SKIP = "step_skip"
    STEP_BLOCK = "step_block"
    TRANSFER_AGREE = "transfer_agree"
    TRANSFER_SENT = "transfer_sent"
    TRANSFER_SEEN = "transfer_seen"
    TRANSFER_OFF = "transfer_off"
    TRANSFERS_DONE = "transfers_done"
    APPROVE = "approve"
    REFUSE = "refuse"
    GO_ON = "go_on"
    STEP_BACK = "ladder_back"
    RATIFY = "ratify"
    BY_HAND_SET = "by_hand_set"
    BY_HAND_SEEN = "by_hand_seen"
    LIFT = "lift"
    DRAFT_APPROVE = "draft_approve"
    DRAFT_EDIT = "draft_edit"
    DRAFT_DISCARD = "draft_discard"


class Form(StrEnum):
    """What a modal is for."""

    DECLARE = "declare"
    DISMISS = "dismiss"
    TIGHTEN = "tighten"
    TIGHTEN_CONFIRM = "tighten_confirm"
    PROTECT = "protect"
    OFF = "off"
    EXTEND = "extend"
    RELEASE = "release"
    STEP_DONE = "step_done"
    STEP_CARRY_OUT = "step_carry_out"
    STEP_SKIP = "step_skip"
    STEP_BLOCK = "step_block"
    STEP_CHOOSE = "step_choose"
    TRANSFER = "transfer"
    TRANSFER_SENT = "transfer_sent"
    TRANSFER_OFF = "transfer_off"
    RUNBOOK = "runbook"
    CLASSIFY = "classify"
    APPROVE = "approve"
    REFUSE = "refuse"
    STEP_BACK = "ladder_back"
    GO_ON = "go_on"
    DRAFT_EDIT = "draft_edit"
    CLOSE = "close"
    FREEZE_ALL = "freeze_all"
    LIFT = "lift"
    NOTICE = "notice"


class Shortcut(StrEnum):
    """What an entry of Slack's menus does; the callback ids of the manifest."""

    DECLARE = "declare"
    DECLARE_FROM_MESSAGE = "declare_from_message"


def value(*parts: object) -> str:
    """Parts as one value. Only the last may hold the separator. Raises ValueError beyond Slack's limit."""
    texts = [str(part) for part in parts]
    joined = SEPARATOR.join(texts)
    if any(SEPARATOR in text for text in texts[:-1]):
        raise ValueError(f"a part of a button's value holds {SEPARATOR!r}: {texts[:-1]}")
    if len(joined) > VALUE_LENGTH:
        raise ValueError(f"a button's value of {len(joined)} characters is too long for Slack")
    return joined


def parts(packed: str, count: int) -> list[str]:
    """The parts of a value. Raises Stale for a button of another shape."""
    found = packed.split(SEPARATOR, count - 1)
    if len(found) != count:
        raise Stale(OLD)
    return found


def action_id(act: Act, suffix: str = "") -> str:
    """An action id, unique within its message."""
    return f"{act}/{suffix}" if suffix else str(act)


def act_of(raw: str) -> Act:
    """The act of an action id. Raises Stale for one we do not know."""
    try:
        return Act(raw.split("/", 1)[0])
    except ValueError:
        raise Stale(OLD) from None


def form_of(raw: str) -> Form:
    """The form of a callback id. Raises Stale for one we do not know."""
    try:
        return Form(raw)
    except ValueError:
        raise Stale("That form is from an older version; open it again.") from None


def step_value(ref: StepRef, version: int) -> str:
    """A step of an incident, as drawn."""
    return value(ref.incident_id, ref.runbook_id, ref.step_id, ref.round, version)


def step_of(packed: str) -> StepRef:
    """The step a button names. Raises Stale."""
    incident_id, runbook_id, step_id, round_, _ = parts(packed, 5)
    return StepRef(incident_id, runbook_id, step_id, number(round_))


def transfer_value(ref: StepRef, transfer_id: str) -> str:
    """A transfer of a step; what it says never changes, so its id names exactly what was shown."""
    return value(ref.incident_id, ref.runbook_id, ref.step_id, ref.round, transfer_id)


def transfer_of(packed: str) -> tuple[StepRef, str]:
    """The step and the transfer that a button names. Raises Stale."""
    return step_of(packed), parts(packed, 5)[-1]


def number(text: str) -> int:
    """A whole number out of a value. Raises Stale."""
    if not text.isascii() or not text.isdigit():
        raise Stale(OLD)
    return int(text)


def metadata(**facts: str) -> str:
    """What a modal remembers. Raises ValueError beyond Slack's limit."""
    packed = json.dumps(facts, separators=(",", ":"), ensure_ascii=False)
    if len(packed) > METADATA_LENGTH:
        raise ValueError(f"a modal's memory of {len(packed)} characters is too long for Slack")
    return packed


def remembered(packed: str) -> dict[str, str]:
    """What a modal remembers. Raises Stale for anything else."""
    try:
        facts: Any = json.loads(packed or "{}")
    except ValueError:
        raise Stale("That form is from an older version; open it again.") from None
    if not isinstance(facts, dict):
        raise Stale("That form is from an older version; open it again.")
    return {str(k): str(v) for k, v in facts.items()}
