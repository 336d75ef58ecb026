"""Steps of the runbook: one as a person can act on it, and the board of a phase."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.runbook import StepKind, StepStatus
from bot.slack.cards.blocks import (
    Block,
    Message,
    actions,
    button,
    context,
    header,
    lines,
    section,
    without_colour,
)
from bot.slack.cards.transfers import transfer_buttons, transfer_lines
from bot.slack.cards.words import title
from bot.slack.ids import Act, step_value
from bot.slack.text import escape, span, utc
from bot.usecases.steps import StepRef
from bot.usecases.views import IncidentView, StepView

PAGE, PAGES = 15, 3
FINISHED = 15
DONE_LABELS = {
    StepKind.CONTROL: "Do it",
    StepKind.MODE: "Do it",
    StepKind.GATE: "Check",
    StepKind.PUBLISH: "Draft",
    StepKind.PAGE: "Page",
}
DECIDES = {"class": "Classify", "ladder": "Propose"}
MARKS = {StepStatus.DONE: "done", StepStatus.SKIPPED: "skipped", StepStatus.SUPERSEDED: "no longer asked"}


def ref_of(step: StepView) -> StepRef:
    """What a button of this step names."""
    state = step.state
    return StepRef(state.incident_id, state.runbook_id, state.step_id, state.round)


def done_label(step: StepView) -> str:
    """The words on a step's first button."""
    if step.step.decide in DECIDES:
        return DECIDES[step.step.decide]
    if step.step.options:
        return "Decide"
    return DONE_LABELS.get(step.step.kind, "Done")


def steps_blocks(view: IncidentView, steps: Sequence[StepView], *, lead: bool = True) -> list[Block]:
    """Unfinished steps, of which the first alone stands out if any: where all do, none does."""
    return [
        block for at, step in enumerate(steps) for block in step_blocks(view, step, first=lead and at == 0)
    ]


def step_blocks(view: IncidentView, step: StepView, *, first: bool = True) -> list[Block]:
    """An unfinished step with why, whose, until when, and its buttons."""
    text = f"*{escape(step.step.title, 200)}*\n{_whose(view, step)} · {_until(view, step)}"
    if step.state.status is StepStatus.BLOCKED:
        text += f"\n*blocked* by {escape(step.by, 80)}: {escape(step.state.said, 200)}"
    text += f"\n{escape(step.step.why, 300)}"
    text += "".join(f"\n{line}" for line in (*transfer_lines(view, step), *_contacts(step)))
    return [section(text), actions(*step_buttons(step, first=first))]


def step_buttons(step: StepView, *, first: bool = True) -> list[Block]:
    """Done, Skip, Blocked; for a step already blocked, without Blocked. Coloured only on the `first`."""
    packed = step_value(ref_of(step), step.state.version)
    suffix = f"{step.state.incident_id}.{step.state.runbook_id}.{step.state.step_id}.{step.state.round}"
    if step.step.kind is StepKind.TRANSFER:
        buttons = transfer_buttons(step, ref_of(step), suffix)
    else:
        buttons = [button(Act.STEP_DONE, done_label(step), packed, suffix, "primary")]
    if step.state.transfer is None:
        buttons.append(button(Act.STEP_SKIP, "Skip", packed, suffix))
    if step.state.status is not StepStatus.BLOCKED:
        buttons.append(button(Act.STEP_BLOCK, "Blocked", packed, suffix))
    return buttons if first else [without_colour(one) for one in buttons]


def pages(view: IncidentView) -> int:
    """How many messages the board takes: a class, a special situation and what is left over fill several."""
    return max(1, min(PAGES, -(-len(open_steps(view)) // PAGE)))


def board(view: IncidentView, page: int = 1) -> Message:
    """One page of the open steps, overdue first, for all roles in parallel; the last tells what is done."""
    incident, waiting, last = view.incident, open_steps(view), pages(view)
    phase = incident.phase.value.replace("_", " ")
    text = f"{title(incident)}: {len(waiting)} steps open in {phase}"
    count = f" · {page} of {last}" if last > 1 and page <= last else ""
    blocks = [header(f"Steps · {phase} · {incident.id}{count}")]
    blocks += steps_blocks(view, waiting[(page - 1) * PAGE : page * PAGE], lead=page == 1)
    if page > last:
        blocks.append(context("Every open step is on the board above."))
    elif not waiting:
        blocks.append(context("No step is open in this phase."))
    if (left := len(waiting) - page * PAGE) > 0:
        where = "/incident step" if page == last else "in the message below"
        blocks.append(context(f"… and {left} more: {where}"))
    if page != last:
        return Message(escape(text), blocks)
    return Message(escape(text), [*blocks, *_finished(view, incident.phase_round)])


def past_page(view: IncidentView) -> Message:
    """What a further page of an earlier phase's board, or of one that has ended, says."""
    return Message(
        f"{escape(title(view.incident))}: steps of an earlier phase",
        [context("These steps are finished, or carried over to the newest board.")],
    )


def past_board(view: IncidentView, round_: int) -> Message:
    """What became of the steps of an earlier phase; what is still open has moved to the newest board."""
    mine = [s for s in view.steps if s.state.round == round_]
    phase = mine[0].state.phase.value if mine else "earlier"
    left = sum(1 for s in mine if not s.state.status.finished)
    blocks = [header(f"Steps · {phase} · {view.incident.id}"), *_finished(view, round_)]
    if left and not view.incident.ended:
        blocks.append(context(f"{left} still open, carried over to the newest board below."))
    return Message(f"{escape(title(view.incident))}: steps of {phase}", blocks)


def open_steps(view: IncidentView) -> list[StepView]:
    """Unfinished steps of every phase, overdue first, then by when they are due."""
    waiting = [s for s in view.steps if not s.state.status.finished]
    return sorted(waiting, key=lambda s: (not s.overdue, s.state.due_at, s.state.step_id))


def _finished(view: IncidentView, round_: int) -> list[Block]:
    mine = [s for s in view.steps if s.state.round == round_ and s.state.status.finished]
    mine.sort(key=lambda s: s.state.at or view.now)
    texts = [
        f"• {escape(s.step.title, 120)} — {MARKS[s.state.status]}"
        + (f" by {escape(s.by, 80)}" if s.by else "")
        + (f", {utc(s.state.at)}" if s.state.at else "")
        + (f": *{escape(s.state.said, 200)}*" if s.state.choice else "")
        for s in mine[-FINISHED:]
    ]
    more = [f"… and {len(mine) - FINISHED} before"] if len(mine) > FINISHED else []
    return lines([*more, *texts])


def _contacts(step: StepView) -> list[str]:
    """Whom to call, how, and who else if they do not answer; markup."""
    return [
        f"Call {escape(c.name, 80)}: {escape(c.reach, 120)}"
        + (f"; else {escape(c.instead, 120)}" if c.instead else "")
        for c in step.contacts
    ]


def _whose(view: IncidentView, step: StepView) -> str:
    holder = view.incident.assigned.get(step.step.role)
    return f"{step.step.role.words}: {escape(view.name(holder), 80) if holder else '*nobody*'}"


def _until(view: IncidentView, step: StepView) -> str:
    due = step.state.due_at
    return f"*overdue by {span(view.now - due)}*" if step.overdue else f"by {utc(due)}"
