"""`/incident`: declaring and showing. What decides something is in `decisions`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.domain.base import Role
from bot.domain.errors import NotEntitled
from bot.domain.text import summary
from bot.slack.ask import Ask, Open, Reply, Say, say
from bot.slack.cards import answers
from bot.slack.cards.forms import declare_form
from bot.slack.cards.help import help_text
from bot.slack.cards.steps import open_steps, ref_of
from bot.slack.cards.timeline import told_line
from bot.slack.commands import decisions
from bot.slack.commands.words import head, meant, own_words, unknown
from bot.usecases import steps
from bot.usecases.chart import ask_for_chart
from bot.usecases.views import IncidentView, shared_view, timeline

ROWS, LAST = 30, 5
ENDED = 5


async def answer(ask: Ask) -> Reply:
    """Answer one `/incident`. Raises Refusal and StoreError."""
    word, rest = head(ask.raw)
    found = SUBCOMMANDS.get(word)
    if found is None and word:
        raise unknown("/incident", word, list(SUBCOMMANDS))
    return await (found or _help)(ask, rest)


async def _help(_ask: Ask, _rest: str) -> Reply:
    return Say(help_text("/incident"))


async def _declare(ask: Ask, rest: str) -> Reply:
    words = own_words(rest)
    if not words:
        return Open(declare_form(ask.channel), "`/incident declare Withdrawals run after Northbank paused`")
    said = summary(words, example="/incident declare Withdrawals are running after Northbank paused")
    return Say(answers.confirm_declare(said, ask.token))


async def _status(ask: Ask, rest: str) -> Reply:
    view, _ = await _view(ask, rest)
    return Say(answers.status(view) if _inside(ask, view) else answers.status_outside(view))


async def _list(ask: Ask, _rest: str) -> Reply:
    async with ask.ctx.store.read() as tx:
        running = await tx.incidents.open()
        recent = await tx.incidents.recent(50)
    return Say(answers.incident_list(running, [i for i in recent if i.ended][:ENDED]))


async def _brief(ask: Ask, rest: str) -> Reply:
    view = await _view_inside(ask, rest, "brief")
    async with ask.ctx.store.read() as tx:
        rows = await timeline(ask.ctx, tx, view.incident, LAST)
    return Say(answers.brief(view, [told_line(r) for r in rows]))


async def _step(ask: Ask, rest: str) -> Reply:
    view, words = await _view(ask, rest)
    waiting = open_steps(view)
    if words:
        async with ask.ctx.store.read() as tx:
            _, _, state = await steps.by_title(tx, view.incident, own_words(words))
        wanted = steps.StepRef(view.incident.id, state.runbook_id, state.step_id, state.round)
        waiting = [s for s in waiting if ref_of(s) == wanted]
    return Say(answers.steps(view, waiting))


async def _timeline(ask: Ask, rest: str) -> Reply:
    view = await _view_inside(ask, rest, "timeline")
    async with ask.ctx.store.read() as tx:
        rows = await timeline(ask.ctx, tx, view.incident, ROWS)
    if not rows:
        return say(f"{view.incident.id} has no entries yet.")
    return Say(answers.timeline(view.incident, [told_line(r) for r in rows]))


async def _chart(ask: Ask, rest: str) -> Reply:
    async with ask.ctx.store.read() as tx:
        incident, words = await meant(ask, tx, rest)
    await _view_inside(ask, incident.id, "chart")
    await ask_for_chart(ask.ctx, incident.id, own_words(words).split(), ask.actor.request_id)
    return say(f"The chart of {incident.id} is being drawn; it appears in the incident's channel.")


async def _view(ask: Ask, rest: str) -> tuple[IncidentView, str]:
    async with ask.ctx.store.read() as tx:
        incident, words = await meant(ask, tx, rest)
    return await shared_view(ask.ctx, incident.id), words


async def _view_inside(ask: Ask, rest: str, what: str) -> IncidentView:
    """The same, for what is not shown outside. Raises NotEntitled, saying who lets people in."""
    view, _ = await _view(ask, rest)
    if not _inside(ask, view):
        directory = ask.ctx.content.now.directory
        commander = view.incident.assigned.get(Role.INCIDENT_COMMANDER)
        listed = directory.holders([Role.INCIDENT_COMMANDER])
        who = [p.name for p in listed if commander in (None, p.id)]
        sentence = f"The {what} of {view.incident.id} is for its channel. To be let in, ask {', '.join(who)}."
        raise NotEntitled(sentence, who=who)
    return view


def _inside(ask: Ask, view: IncidentView) -> bool:
    """Whether the person asks in the incident's channel, or may hold a role wherever they ask."""
    place = view.incident.slack
    if place is not None and ask.channel == place.channel:
        return True
    return bool(ask.ctx.content.now.directory.eligible(ask.actor.person.id))


SUBCOMMANDS: dict[str, Callable[[Ask, str], Awaitable[Reply]]] = {
    "declare": _declare,
    "status": _status,
    "list": _list,
    "brief": _brief,
    "step": _step,
    "classify": decisions.classify,
    "phase": decisions.phase,
    "role": decisions.role,
    "handoff": decisions.handoff,
    "note": decisions.note,
    "update": decisions.update,
    "macros": decisions.macros,
    "timeline": _timeline,
    "chart": _chart,
    "standdown": decisions.standdown,
    "close": decisions.close,
    "help": _help,
}
