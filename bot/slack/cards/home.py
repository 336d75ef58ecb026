"""A person's Home: the service mode, what waits for them, open incidents, controls off normal, what is next.

Everything is said with moments, not with ages, so that a Home in which nothing has changed reads the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.authority import Person
from bot.domain.base import Role
from bot.domain.control import Hold
from bot.domain.mode import ModeId
from bot.slack.cards.blocks import Block, actions, button, context, header, home_tab, lines, section
from bot.slack.cards.draft import DraftView, draft_card
from bot.slack.cards.freeze import freeze_lines, lift_buttons
from bot.slack.cards.incident import TIGHTENS, phase_words
from bot.slack.cards.proposal import ProposalView, proposal_card
from bot.slack.cards.reviews import review_buttons
from bot.slack.cards.steps import step_buttons
from bot.slack.cards.suggestion import suggestion_card
from bot.slack.cards.words import BANNERS, joined, off, people, title
from bot.slack.ids import Act, value
from bot.slack.text import escape, utc
from bot.usecases.control_views import ControlView
from bot.usecases.home import Affair, Board, Deadline, Mine, due
from bot.usecases.views import StepView

PROPOSALS, DRAFTS, SUGGESTIONS, RATIFY, REVIEWS, STEPS, INCIDENTS = 3, 3, 3, 6, 3, 8, 20
CONTROLS, DEADLINES = 20, 8
SEEN_LATELY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class HomeView:
    """One Home: the board, what of it is the person's, and their approvals as the channels show them."""

    board: Board
    mine: Mine
    proposals: Sequence[ProposalView]
    drafts: Sequence[DraftView]
    who: dict[Role, Sequence[Person]]


def home(view: HomeView) -> Block:
    """The view that Slack is given; the last block alone says when it was drawn."""
    blocks = [*_banner(view.board), *_mode(view), *_waiting(view)]
    blocks += _incidents(view) if view.board.affairs else _quiet(view)
    blocks += [*_controls(view.board), *_deadlines(view.mine.deadlines, view.board)]
    return home_tab([*blocks, _roles(view), context(f"As of {view.board.now:%H:%M:%S} UTC.")])


def _banner(board: Board) -> list[Block]:
    drills = [a.incident.id for a in board.affairs if a.incident.environment != board.environment]
    words = {"SANDBOX": "nothing here is real", "DRILL": "sandbox controls only"}
    name = BANNERS.get(board.environment)
    texts = [f"*{name}* · {words[name]}"] if name else []
    texts += [f"*DRILL* · {', '.join(drills[:5])}: sandbox controls only"] if drills else []
    return [section("\n".join(texts))] if texts else []


def _mode(view: HomeView) -> list[Block]:
    board = view.board
    texts = [f"*Service mode: {board.mode.upper()}*", escape(board.says)]
    if board.affairs:
        works = joined([escape(w, 100) for w in board.works], 12, ", ") or "nothing is confirmed just now"
        texts.append(f"*Customers now:* {works}")
        limits = joined([escape(t.rstrip("."), 160) for t in board.limited], 4, "; ")
        texts += [f"*Limited:* {limits}"] if limits else []
    row = [button(Act.DECLARE_ASK, "Declare incident", value("home"), style="danger")]
    stands = lines(freeze_lines(board.freeze)) if view.mine.inside else []
    row += lift_buttons(board.freeze) if view.mine.inside else []
    return [header("Breakwater"), *stands, section("\n".join(texts)), actions(*row)]


def _waiting(view: HomeView) -> list[Block]:
    """What this person is asked, the most pressing first."""
    mine = view.mine
    blocks: list[Block] = []
    for found in mine.suggestions[:SUGGESTIONS]:
        blocks += suggestion_card(found, "", "").blocks
    for proposal in view.proposals[:PROPOSALS]:
        blocks += proposal_card(proposal).blocks
    blocks += _ratify(mine.ratify)
    for affair in mine.reviews[:REVIEWS]:
        blocks += _review(affair, due(affair, view.board.now))
    for draft in view.drafts[:DRAFTS]:
        blocks += draft_card(draft).blocks
    for at, (affair, step) in enumerate(mine.steps[:STEPS]):
        blocks += _step(affair, step, first=at == 0)
    left = _left(view)
    blocks += [context(f"… and {left} more wait for you in their channels")] if left else []
    if not blocks:
        return [header("Waiting for you"), section("Nothing waits for you.")] if view.board.affairs else []
    return [header("Waiting for you"), *blocks]


def _left(view: HomeView) -> int:
    mine = view.mine
    pairs = (
        (len(mine.suggestions), SUGGESTIONS),
        (len(mine.approvals), PROPOSALS),
        (len(mine.ratify), RATIFY),
        (len(mine.reviews), REVIEWS),
        (len(mine.drafts), DRAFTS),
        (len(mine.steps), STEPS),
    )
    return sum(max(found - most, 0) for found, most in pairs)


def _ratify(found: Sequence[tuple[Affair, Hold]]) -> list[Block]:
    if not found:
        return []
    texts = ["*Full suspensions that stand on one person's word*"]
    texts += [
        f"• {a.incident.id}: {escape(h.control_id)} {h.level}, since {utc(h.placed_at)}"
        for a, h in found[:RATIFY]
    ]
    rows = [
        button(Act.RATIFY, f"Ratify {h.control_id}", value(h.id, h.version), h.id, "primary")
        for _, h in found[:RATIFY]
    ]
    return [section("\n".join(texts)), actions(*rows)]


def _review(affair: Affair, holds: Sequence[Hold]) -> list[Block]:
    names = joined([escape(h.control_id) for h in holds], 4, ", ")
    since = utc(min(h.review_at for h in holds))
    text = f"*{affair.incident.id}: should this be held any longer?*\n{names}, to be reviewed since {since}"
    return [section(text), actions(*review_buttons(affair.incident.id))]


def _step(affair: Affair, step: StepView, *, first: bool) -> list[Block]:
    until = f"*overdue since {utc(step.state.due_at)}*" if step.overdue else f"by {utc(step.state.due_at)}"
    text = (
        f"*{escape(step.step.title, 200)}*\n{affair.incident.id} · {step.step.role.words} · {until}\n"
        f"{escape(step.step.why, 300)}"
    )
    return [section(text), actions(*step_buttons(step, first=first))]


def _incidents(view: HomeView) -> list[Block]:
    affairs = view.board.affairs
    blocks = [header(f"Open incidents · {len(affairs)}")]
    blocks += [_incident(view, affair) for affair in affairs[:INCIDENTS]]
    if len(affairs) > INCIDENTS:
        blocks.append(context(f"… and {len(affairs) - INCIDENTS} more: /incident list"))
    return blocks


def _incident(view: HomeView, affair: Affair) -> Block:
    incident = affair.incident
    texts = [f"*{escape(title(incident))}*", _standing(view.board, affair)]
    if view.mine.inside:
        texts.insert(1, escape(incident.summary))
    place = incident.slack
    texts += [f"<#{place.channel}>"] if place and view.mine.inside else []
    return section("\n".join(texts), _button(view, affair))


def _standing(board: Board, affair: Affair) -> str:
    incident = affair.incident
    done, held = affair.progress
    count = f" {done}/{held} confirmed" if held else ""
    commander = incident.assigned.get(Role.INCIDENT_COMMANDER, "")
    known = board.people.get(commander)
    who = (
        f"{escape(known.name if known else commander, 80)} commands" if commander else "*nobody commands yet*"
    )
    phase = phase_words(incident.phase)
    return f"{phase} · {incident.mode.upper()}{count} · {who} · since {utc(incident.declared_at)}"


def _button(view: HomeView, affair: Affair) -> Block | None:
    """The one most useful button: being there, protecting, else the brief."""
    incident, me = affair.incident, view.mine.person.id
    if not view.mine.inside:
        return None
    silent = [r for r, p in incident.assigned.items() if p == me and r not in incident.acknowledged]
    if silent or any(r not in incident.assigned for r in view.mine.roles):
        return button(Act.HERE, "I'm here", value(incident.id), incident.id)
    if incident.mode is ModeId.NORMAL and incident.phase in TIGHTENS:
        return button(Act.PROTECT, "Protected mode", value(incident.id), incident.id, "danger")
    return button(Act.BRIEF, "Brief", value(incident.id), incident.id)


def _controls(board: Board) -> list[Block]:
    if not board.controls:
        return []
    shown = sorted(board.controls, key=lambda c: (c.confirmed, c.control.id))
    texts = [_control(c, board) for c in shown[:CONTROLS]]
    more = [f"… and {len(shown) - CONTROLS} more: /control list"] if len(shown) > CONTROLS else []
    return [header(f"Controls off normal · {len(shown)}"), *lines([*texts, *more])]


def _control(control: ControlView, board: Board) -> str:
    """Desired and observed; when it was seen only where that is some while ago."""
    at = control.observed_at
    late = f", not seen since {utc(at)}" if at and board.now - at > SEEN_LATELY else ""
    if control.external:
        seen = control.observed or "unknown"
        return f"• {escape(control.control.id)}: {seen}{late} — held by somebody outside"
    if control.confirmed and not late:
        return f"• {escape(control.control.id)}: *{control.desired}*, as seen"
    if late:
        return f"• {escape(control.control.id)}: wanted {control.desired}, *unknown*{late}"
    return f"• {off(control, 40)}"


def _deadlines(found: Sequence[Deadline], board: Board) -> list[Block]:
    if not found:
        return []
    texts = [_deadline(d, board) for d in found[:DEADLINES]]
    more = [f"… and {len(found) - DEADLINES} more"] if len(found) > DEADLINES else []
    return [header("Next"), *lines([*texts, *more])]


def _deadline(one: Deadline, board: Board) -> str:
    late = " *overdue*" if one.at <= board.now else ""
    return f"• *{utc(one.at)}*{late} {one.what} · {one.incident.id} {escape(one.incident.code_name)}"


def _quiet(view: HomeView) -> list[Block]:
    """What somebody who has never seen this needs to know on a quiet day."""
    commanders = people([p.name for p in view.who.get(Role.INCIDENT_COMMANDER, ())])
    texts = [
        "*All is quiet: no incident is open.*",
        (
            "*If something looks wrong*, press “Declare incident”, type `/incident declare what you see`, "
            "or choose “Declare incident” from a message's menu. One line is enough: those who can act are "
            "called at once, and a false alarm is stood down with one command."
        ),
        (
            "*Look around*, nothing moves by looking: `/incident list` shows what was, `/control list` every "
            "control, `/incident help` all that can be asked."
        ),
        f"*Who would command*: {commanders}.",
    ]
    return lines(["\n\n".join(texts)])


def _roles(view: HomeView) -> Block:
    roles = ", ".join(r.words for r in view.mine.roles)
    if roles:
        return context(f"You may act as {roles}.")
    return context(
        "You are listed in no role. You may declare, and write notes in an incident you were let into; "
        "whoever keeps people.yaml lists people."
    )
