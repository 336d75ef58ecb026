"""The strings behind the stage: faults, settings, logs, memberships and accounts."""

from __future__ import annotations

from bot.sandbox.slack.channels import add_member, archive, check_name, remove_member, unarchive
from bot.sandbox.slack.driver import sockets
from bot.sandbox.slack.driver.reading import Query
from bot.sandbox.slack.driver.requests import Account, FaultOrder, Group, Membership, Settings
from bot.sandbox.slack.driver.seen import Desk
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.faults import Fault
from bot.sandbox.slack.model import Json


async def order_fault(desk: Desk, order: FaultOrder) -> Json:
    """Put one fault in force."""
    try:
        desk.workspace.faults.add(Fault(**order.model_dump()))
    except ValueError as problem:
        raise SlackError("no_such_fault", detail=str(problem)) from None
    return {"ok": True, **desk.workspace.faults.as_json()}


def list_faults(desk: Desk, _query: Query) -> Json:
    """The faults in force and how often each has struck."""
    return {"ok": True, **desk.workspace.faults.as_json()}


def clear_faults(desk: Desk) -> Json:
    """Back to a faultless Slack."""
    desk.workspace.faults.clear()
    return {"ok": True}


async def change_settings(desk: Desk, wanted: Settings) -> Json:
    """Switch what the body names; the answer shows how things stand."""
    plan, app, rates = desk.workspace.faults, desk.workspace.app, desk.workspace.rates
    plan.down = plan.down if wanted.down is None else wanted.down
    plan.latency_ms = plan.latency_ms if wanted.latency_ms is None else wanted.latency_ms
    if wanted.seed is not None:
        plan.reseed(wanted.seed)
    rates.enabled = rates.enabled if wanted.rate_limits is None else wanted.rate_limits
    app.bot_url = app.bot_url if wanted.bot_url is None else wanted.bot_url
    app.scopes = app.scopes if wanted.scopes is None else frozenset(wanted.scopes)
    app.events = app.events if wanted.events is None else frozenset(wanted.events)
    app.event_retries = app.event_retries if wanted.event_retries is None else tuple(wanted.event_retries)
    app.deadline = app.deadline if wanted.deadline is None else wanted.deadline
    app.token_error = app.token_error if wanted.token_error is None else wanted.token_error
    return {
        "ok": True,
        "down": plan.down,
        "latency_ms": plan.latency_ms,
        "seed": plan.seed,
        "rate_limits": rates.enabled,
        "bot_url": app.bot_url,
        "scopes": sorted(app.scopes),
        "events": sorted(app.events),
        "event_retries": list(app.event_retries),
        "deadline": app.deadline,
        **await sockets.switch(desk, wanted),
    }


def calls(desk: Desk, query: Query) -> Json:
    """`?method=&channel=&since=`: Web API calls; `since` is a call's number."""
    method, channel, since = query.get("method"), query.get("channel"), int(query.get("since", "0"))
    chosen = desk.workspace.journal.calls.as_json(
        lambda call: method in (None, call.method) and channel in (None, call.channel) and call.number > since
    )
    return {"ok": True, "calls": chosen}


def clear_calls(desk: Desk) -> Json:
    """Forget the calls; their numbers go on."""
    desk.workspace.journal.calls.clear()
    return {"ok": True}


def deliveries(desk: Desk, query: Query) -> Json:
    """`?name=&since=`: what was sent to the app and what became of it."""
    name, since = query.get("name"), int(query.get("since", "0"))
    chosen = desk.workspace.journal.deliveries.as_json(
        lambda delivery: name in (None, delivery.name) and delivery.number > since
    )
    return {"ok": True, "deliveries": chosen}


def refusals(desk: Desk, _query: Query) -> Json:
    """Payloads of the app that broke Slack's rules; a healthy app leaves none."""
    return {"ok": True, "refusals": desk.workspace.journal.refusals.as_json()}


async def change_membership(desk: Desk, deed: Membership, verb: str) -> Json:
    """Archive, unarchive, delete, rename, join, leave, invite or remove, as the path says."""
    workspace = desk.workspace
    user, channel = workspace.person(deed.user), workspace.channel_called(deed.channel)
    if not channel.visible_to(user.id):
        raise SlackError("channel_not_found")
    other = workspace.person(deed.who) if deed.who else user
    if verb == "archive":
        archive(workspace, channel, user.id)
    elif verb == "unarchive":
        unarchive(workspace, channel, user.id)
    elif verb in {"join", "invite"}:
        add_member(workspace, channel, other, user.id if deed.who else None)
    elif verb in {"leave", "remove"}:
        remove_member(workspace, channel, other.id)
    elif verb == "delete":
        del workspace.channels[channel.id]
        workspace.changes.note("channel", channel.id)
    elif verb == "rename":
        check_name(deed.name or "")
        channel.name = str(deed.name)
        workspace.changes.note("channel", channel.id)
    else:
        raise SlackError("unknown_method")
    return {"ok": True}


async def change_group(desk: Desk, change: Group) -> Json:
    """Rename a user group, fill or empty it, disable or enable it."""
    group = desk.workspace.groups.get(change.group)
    if group is None:
        raise SlackError("no_such_subteam")
    group.handle = group.handle if change.handle is None else change.handle
    if change.users is not None:
        group.users = [desk.workspace.person(name).id for name in change.users]
    group.disabled = group.disabled if change.disabled is None else change.disabled
    return {"ok": True}


async def change_account(desk: Desk, change: Account) -> Json:
    """Deactivate somebody, make them a guest, or take them back."""
    user = desk.workspace.person(change.user)
    user.deleted = user.deleted if change.deleted is None else change.deleted
    user.is_restricted = user.is_restricted if change.is_restricted is None else change.is_restricted
    desk.workspace.changes.note("people")
    if user.deleted:
        for channel in desk.workspace.channels.values():
            if user.id in channel.members:
                channel.members.remove(user.id)
                desk.workspace.changes.note("channel", channel.id)
    desk.workspace.emit({"type": "user_change", "user": user.as_json()})
    return {"ok": True, "user": user.as_json()}
