"""What the command line shows: the cards of Slack, drawn from the database, and the same as data."""

from __future__ import annotations

from rich.text import Text

from bot.cli.deeds import approvals
from bot.cli.deeds.answer import Answer, drawn
from bot.cli.deeds.incident import length
from bot.cli.deeds.kinds import Arguments, Show, incident_id, person_called
from bot.domain.errors import BadInput
from bot.domain.incident import Incident
from bot.domain.mode import ModeId, mode_levels
from bot.slack.cards import answers
from bot.slack.cards.blocks import Message, lines
from bot.slack.cards.brief import brief_card
from bot.slack.cards.controls import control_list, control_shown, mode_status
from bot.slack.cards.timeline import told_line
from bot.slack.cards.words import change_line, progress
from bot.usecases import briefs, controls
from bot.usecases.control_views import ControlView, control_views
from bot.usecases.ports import Context
from bot.usecases.timeline import SORTS, Only
from bot.usecases.views import IncidentView, incident_view, timeline

ENDED, NEWEST = 5, 50


async def _view(ctx: Context, given: Arguments) -> IncidentView:
    named = await incident_id(ctx, given)
    async with ctx.store.read() as tx:
        return await incident_view(ctx, tx, named)


async def _status(ctx: Context, given: Arguments) -> Answer:
    view = await _view(ctx, given)
    data = {
        "incident": _incident(view.incident),
        "progress": progress(view).replace("*", ""),
        "awaited": [{"what": a.what, "who": a.who, "since": a.since.isoformat()} for a in view.awaited],
        "controls": [_control(c) for c in view.controls],
        "signals": {name: r.said for name, r in view.readings.items()},
        "steps": [{"id": s.step.id, "title": s.step.title, "overdue": s.overdue} for s in view.current],
    }
    return drawn(answers.status(view), ctx.content.now.directory, **data)


async def _list(ctx: Context, _given: Arguments) -> Answer:
    async with ctx.store.read() as tx:
        running = await tx.incidents.open()
        ended = [i for i in await tx.incidents.recent(NEWEST) if i.ended][:ENDED]
    data = {"open": [_incident(i) for i in running], "ended": [_incident(i) for i in ended]}
    return drawn(answers.incident_list(running, ended), ctx.content.now.directory, **data)


async def _brief(ctx: Context, given: Arguments) -> Answer:
    found = await briefs.brief(ctx, await _view(ctx, given))
    card = drawn(brief_card(found), ctx.content.now.directory)
    return Answer(card.shown, {"incident": _incident(found.view.incident), "brief": card.shown.plain})


async def _steps(ctx: Context, given: Arguments) -> Answer:
    view = await _view(ctx, given)
    waiting = [s for s in view.steps if not s.state.status.finished]
    out = Text(f"{len(waiting)} open steps in {view.incident.id}")
    for one in waiting:
        holder = view.incident.assigned.get(one.step.role)
        who = f"{one.step.role.words} ({view.name(holder) if holder else 'nobody'})"
        out.append(f"\n{one.step.id}", style="bold").append(f"  {one.step.title} – {who}")
        out.append(f", {'overdue' if one.overdue else 'by'} {one.state.due_at:%H:%M} UTC")
        if one.step.options:
            out.append("; " + ", ".join(f"--option {o.id}: {o.text}" for o in one.step.options))
    data = [
        {"id": s.step.id, "title": s.step.title, "role": s.step.role, "why": s.step.why, "overdue": s.overdue}
        for s in waiting
    ]
    return Answer(out, {"incident": view.incident.id, "steps": data})


async def _timeline(ctx: Context, given: Arguments) -> Answer:
    named, only = await incident_id(ctx, given), _only(ctx, given)
    async with ctx.store.read() as tx:
        incident = await tx.incidents.get(named)
        found = await timeline(ctx, tx, incident, NEWEST, only)
    card = drawn(Message("", lines([told_line(t) for t in found])), ctx.content.now.directory)
    rows = [
        {"seq": t.seq, "at": t.at.isoformat(), "who": t.who, "role": t.role, "what": t.what, "why": t.why}
        for t in found
    ]
    return Answer(card.shown if found else Text("Nothing of that sort."), {"incident": named, "rows": rows})


def _only(ctx: Context, given: Arguments) -> Only:
    sorts = tuple(given.get("sort", "").split())
    if wrong := [s for s in sorts if s not in SORTS]:
        raise BadInput(f"The timeline knows no {wrong[0]}. It knows {', '.join(SORTS)}.")
    who = person_called(ctx, given["person"]).id if "person" in given else ""
    return Only(sorts, who, ctx.clock.now() - length(given["since"]) if "since" in given else None)


async def _mode(ctx: Context, given: Arguments) -> Answer:
    view = await _view(ctx, given)
    data = {
        "incident": view.incident.id,
        "mode": view.incident.mode,
        "confirmed": view.progress[0],
        "of": view.progress[1],
        "controls": [_control(c) for c in view.held],
    }
    return drawn(mode_status(view, progress(view)), ctx.content.now.directory, **data)


async def _mode_preview(ctx: Context, _given: Arguments) -> Answer:
    """What protected mode would set; nothing is set."""
    content = ctx.content.now
    pairs = mode_levels(content.modes[ModeId.PROTECTED], content.controls)
    async with ctx.store.read() as tx:
        states = await tx.controls.all(ctx.environment)
        changes = controls.preview(pairs, states, await tx.holds.in_force(ctx.environment))
    card = drawn(Message("", lines([change_line(c) for c in changes])), content.directory)
    return Answer(card.shown, {"levels": {c.control.id: c.to.id for c in changes}})


async def _controls(ctx: Context, _given: Arguments) -> Answer:
    async with ctx.store.read() as tx:
        views = await control_views(ctx, tx)
    card = control_list(views, ctx.clock.now())
    return drawn(card, ctx.content.now.directory, controls=[_control(v) for v in views])


async def _one_control(ctx: Context, given: Arguments) -> Answer:
    control, content = controls.named_control(ctx, given["control"]), ctx.content.now
    async with ctx.store.read() as tx:
        view = next(v for v in await control_views(ctx, tx) if v.control.id == control.id)
    card = control_shown(view, content.authority.rules[control.rule], ctx.clock.now())
    levels = [level.model_dump(mode="json") for level in control.levels]
    return drawn(card, content.directory, **_control(view), levels=levels)


async def _waiting(ctx: Context, _given: Arguments) -> Answer:
    async with ctx.store.read() as tx:
        proposals, drafts = await approvals.waiting(tx)
    out, names = Text(), {p.id: p.name for p in ctx.content.now.directory.people.values()}
    for one in proposals:
        what = one.shown.moves[0].control_id if len(one.shown.moves) == 1 else "reopening"
        out.append(one.id, style="bold").append(
            f"  {one.incident_id}: {what}, by {names.get(one.proposer, one.proposer)}, "
            f"until {one.shown.expires_at:%H:%M} UTC: {one.justification}\n"
        )
    for text in drafts:
        out.append(text.id, style="bold").append(f"  {text.incident_id}: “{text.title}”, to be published\n")
    out.rstrip()
    data = {
        "proposals": [p.model_dump(mode="json") for p in proposals],
        "drafts": [{"id": d.id, "incident": d.incident_id, "title": d.title} for d in drafts],
    }
    return Answer(out or Text("Nothing waits for a yes."), data)


async def _one_waiting(ctx: Context, given: Arguments) -> Answer:
    return await approvals.shown(ctx, given["id"])


def _incident(one: Incident) -> dict[str, object]:
    return one.model_dump(mode="json", exclude={"slack"})


def _control(view: ControlView) -> dict[str, object]:
    return {
        "control": view.control.id,
        "desired": view.desired,
        "observed": view.observed,
        "outcome": view.outcome.value,
        "detail": view.detail,
        "holds": [{"incident": h.incident_id, "level": h.level} for h in view.holds],
    }


SHOWS: dict[str, Show] = {
    "incident status": _status,
    "incident list": _list,
    "incident brief": _brief,
    "incident step list": _steps,
    "incident timeline": _timeline,
    "protected-mode status": _mode,
    "protected-mode preview": _mode_preview,
    "control list": _controls,
    "control show": _one_control,
    "approval list": _waiting,
    "approval show": _one_waiting,
}
