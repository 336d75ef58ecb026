"""`/incident`: declaring and showing. What decides something is in `decisions`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.domain.text import summary
from bot.slack import glass
from bot.slack.ask import Ask, Open, Reply, Say, say
from bot.slack.cards import answers
from bot.slack.cards.forms import declare_form
from bot.slack.cards.help import help_text
from bot.slack.cards.steps import open_steps, ref_of
from bot.slack.commands import decisions, showing
from bot.slack.commands.words import head, own_words, unknown
from bot.usecases import steps
from bot.usecases.chart import ask_for_chart

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
    view, _ = await showing.view_of(ask, rest)
    return Say(answers.status(view) if showing.inside(ask, view) else answers.status_outside(view))


async def _list(ask: Ask, _rest: str) -> Reply:
    async with ask.ctx.store.read() as tx:
        running = await tx.incidents.open()
        recent = await tx.incidents.recent(50)
    return Say(answers.incident_list(running, [i for i in recent if i.ended][:ENDED]))


async def _step(ask: Ask, rest: str) -> Reply:
    view, words = await showing.view_of(ask, rest)
    waiting = open_steps(view)
    if words:
        async with ask.ctx.store.read() as tx:
            _, _, state = await steps.by_title(tx, view.incident, own_words(words))
        wanted = steps.StepRef(view.incident.id, state.runbook_id, state.step_id, state.round)
        waiting = [s for s in waiting if ref_of(s) == wanted]
    return Say(answers.steps(view, waiting))


async def _chart(ask: Ask, rest: str) -> Reply:
    view, words = await showing.view_of(ask, rest)
    showing.let_in(ask, view, "chart")
    await ask_for_chart(ask.ctx, view.incident.id, own_words(words).split(), ask.actor.request_id)
    return say(f"The chart of {view.incident.id} is being drawn; it appears in the incident's channel.")


SUBCOMMANDS: dict[str, Callable[[Ask, str], Awaitable[Reply]]] = {
    "declare": _declare,
    "status": _status,
    "list": _list,
    "brief": showing.brief,
    "step": _step,
    "classify": decisions.classify,
    "runbook": decisions.runbook,
    "phase": decisions.phase,
    "role": decisions.role,
    "handoff": decisions.handoff,
    "note": decisions.note,
    "update": decisions.update,
    "macros": decisions.macros,
    "timeline": showing.record,
    "chart": _chart,
    "attest": glass.attest,
    "override": glass.override,
    "standdown": decisions.standdown,
    "close": decisions.close,
    "help": _help,
}
