"""What people are asked to set by hand: how, by whom it was set, and who has looked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.by_hand import Task, how_to
from bot.domain.control import Control
from bot.slack.cards.blocks import Block, Message, actions, button, context, header, lines
from bot.slack.cards.words import banner, level_line, people
from bot.slack.ids import Act, value
from bot.slack.text import escape, utc


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task with the names around it; `hands` are those who may set and attest it."""

    task: Task
    control: Control
    set_by: str
    seen_by: str
    hands: Sequence[str]


def by_hand_card(view: TaskView) -> Message:
    """How it is done, and the two buttons: one for whoever sets it, one for whoever looks."""
    task, control = view.task, view.control
    level = task.level or control.levels[0].id
    doing, to = ("Look again", "must still be at") if task.again else ("Set by hand", "is to be set to")
    head = f"{banner(task.environment)}{doing} · {task.incident_id}"
    texts = [
        f"*{escape(control.title)}* ({escape(control.id)}) {to} *{level}*",
        escape(how_to(control), 1500),
        level_line(control, level),
        *_said(view),
    ]
    blocks: list[Block] = [header(head), *lines(texts)]
    if not task.done:
        blocks += [_buttons(task), context(f"By two of: {people(view.hands)}")]
    return Message(f"{escape(head)}: {escape(control.id)} {to} {level}", blocks)


def _said(view: TaskView) -> list[str]:
    task = view.task
    said = []
    if task.set_by and task.set_at:
        said.append(f"Set by {escape(view.set_by, 80)}, {utc(task.set_at)}")
    if task.seen_by and task.seen_at:
        said.append(f"Looked at and attested by {escape(view.seen_by, 80)}, {utc(task.seen_at)}")
    elif task.set_by:
        said.append("*Another person must look* before it counts.")
    return said


def _buttons(task: Task) -> Block:
    packed = value(task.environment, task.control_id, task.target, task.generation)
    set_it = button(Act.BY_HAND_SET, "I have set it", packed, "", None if task.set_by else "primary")
    looked = button(Act.BY_HAND_SEEN, "I have looked, it is so", packed, "", "primary")
    if task.set_by is None:
        return actions(set_it)
    return actions(looked, set_it) if task.again else actions(looked)
