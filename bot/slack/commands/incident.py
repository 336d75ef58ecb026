"""`/incident`: declaring and showing. What decides something is in `decisions`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.domain.text import summary
from bot.slack.ask import Ask, Open, Reply, Say, say
from bot.slack.cards import answers
from bot.slack.cards.forms import declare_form
from bot.slack.cards.steps import open_steps, ref_of
from bot.slack.cards.timeline import told_line
from bot.slack.commands import decisions
from bot.slack.commands.words import head, meant, own_words, unknown
from bot.usecases import steps
from bot.usecases.views import IncidentView, incident_view, timeline

ROWS, LAST = 30, 5
ENDED = 5


async def answer(ask: Ask) -> Reply:
    """Answer one `/incident`. Raises Refusal and StoreError."""
    word, rest = head(ask.raw)
    found = SUBCOMMANDS.get(word)
    if found is None and word:
        raise unknown("/incident", word, list(SUBCOMMANDS), "/incident status")
    return await (found or _help)(ask, rest)


async def _help(_ask: Ask, _rest: str) -> Reply:
    return Say(answers.help_text())


async def _declare(ask: Ask, rest: str) -> Reply:
    words = own_words(rest)
    if not words:
        return Open(declare_form(ask.channel), "`/incident declare Withdrawals run after Northbank paused`")
    said = summary(words, example="/incident declare Withdrawals are running after Northbank paused")
    return Say(answers.confirm_declare(said, ask.token))


async def _status(ask: Ask, rest: str) -> Reply:
    view, _ = await _view(ask, rest)
    return Say(answers.status(view))


async def _list(ask: Ask, _rest: str) -> Reply:
    async with ask.ctx.store.read() as tx:
        running = await tx.incidents.open()
        recent = await tx.incidents.recent(50)
    return Say(answers.incident_list(running, [i for i in recent if i.ended][:ENDED]))


async def _brief(ask: Ask, rest: str) -> Reply:
    view, _ = await _view(ask, rest)
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
    view, _ = await _view(ask, rest)
    async with ask.ctx.store.read() as tx:
        rows = await timeline(ask.ctx, tx, view.incident, ROWS)
    if not rows:
        return say(f"{view.incident.id} has no entries yet.")
    return Say(answers.timeline(view.incident, [told_line(r) for r in rows]))


async def _view(ask: Ask, rest: str) -> tuple[IncidentView, str]:
    async with ask.ctx.store.read() as tx:
        incident, words = await meant(ask, tx, rest)
        return await incident_view(ask.ctx, tx, incident.id), words


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
    "standdown": decisions.standdown,
    "close": decisions.close,
    "help": _help,
}
