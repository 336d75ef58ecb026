"""Commands, clicks, messages and shortcuts of a person."""

from __future__ import annotations

from bot.sandbox.slack.answers import take_answer
from bot.sandbox.slack.channels import open_direct
from bot.sandbox.slack.driver.requests import Click, Command, OpenHome, Shortcut, Write
from bot.sandbox.slack.driver.seen import TROUBLE, Desk, Seen, json_body
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.guard import record_refusal
from bot.sandbox.slack.inputs import NotOnOffer, chosen, initial_state
from bot.sandbox.slack.mentions import escaped
from bot.sandbox.slack.messages import find_message, post
from bot.sandbox.slack.modals import view_by
from bot.sandbox.slack.model import Channel, Json, Message, ResponseUrl, User, View
from bot.sandbox.slack.parcels import Outcome, form_parcel
from bot.sandbox.slack.payloads import (
    command_fields,
    home_opened,
    message_click,
    message_shortcut,
    shortcut,
    view_click,
)
from bot.sandbox.slack.validate import elements_of


async def command(desk: Desk, deed: Command) -> Json:
    """Type a slash command; the answer says what came back and how long it took."""
    workspace, since = desk.workspace, desk.mark()
    user, channel = _in_channel(desk, deed.user, deed.channel)
    word, _, rest = deed.text.partition(" ")
    if word not in workspace.app.commands:
        return desk.answer(user, since, Seen("not_a_command", f"{word} is not a valid command."))
    escape = workspace.app.commands[word] if deed.escape is None else deed.escape
    text = escaped(workspace, rest.strip()) if escape else rest.strip()
    fields = command_fields(workspace, user, channel, word, text)
    fields["team_id"] = deed.team_id or fields["team_id"]
    outcomes = await desk.deliver(deed, form_parcel("command", fields, deed.tamper))
    seen = Seen(outcomes=outcomes)
    if not outcomes[0].ok:
        seen.saw = f"{word} failed because the app did not respond ({outcomes[0].failure})."
    else:
        _take_ack(desk, user, channel, outcomes[0], seen)
    return desk.answer(user, since, seen)


async def click(desk: Desk, deed: Click) -> Json:
    """Press a button or choose in a menu, in a message, in the open modal or on the Home tab."""
    since = desk.mark()
    user = desk.workspace.person(deed.user)
    if deed.channel and deed.ts:
        channel = _in_channel(desk, deed.user, deed.channel)[1]
        message = find_message(channel, deed.ts, user.id)
        blocks = [*message.blocks, *_attached_blocks(message)]
        states = message.states.setdefault(user.id, initial_state(message.blocks))
        action = _action(desk, blocks, deed, states)
        payload = message_click(desk.workspace, user, channel, message, action)
        desk.workspace.changes.note("message", channel.id, message.ts)
    else:
        view = _view(desk, user, deed)
        action = _action(desk, view.spec["blocks"], deed, view.state)
        payload = view_click(desk.workspace, user, view, action)
    if action.get("confirm") and not deed.confirm:
        return desk.answer(user, since, Seen(saw=action["confirm"]["text"]["text"]))
    outcomes = await desk.send(deed, "block_actions", payload)
    return desk.answer(user, since, Seen(saw=None if outcomes[0].ok else TROUBLE, outcomes=outcomes))


async def write(desk: Desk, deed: Write) -> Json:
    """Say something in a channel."""
    since = desk.mark()
    user, channel = _in_channel(desk, deed.user, deed.channel)
    if channel.is_archived:
        raise SlackError("is_archived")
    text = escaped(desk.workspace, deed.text)
    message = Message(desk.workspace.new_ts(), user.id, text, thread_ts=deed.thread_ts)
    post(desk.workspace, channel, message)
    if f"<@{desk.workspace.app.bot_user}" in text:
        event = {"type": "app_mention", "user": user.id, "text": text, "ts": message.ts}
        desk.workspace.emit({**event, "channel": channel.id}, channel)
    return {**desk.answer(user, since, Seen()), "ts": message.ts, "channel": channel.id}


async def open_home(desk: Desk, deed: OpenHome) -> Json:
    """Look at one of the app's tabs; the app hears of it as an event."""
    since = desk.mark()
    user = desk.workspace.person(deed.user)
    channel = open_direct(desk.workspace, desk.workspace.app.bot_user, user.id)
    desk.workspace.emit(home_opened(desk.workspace, user, channel, deed.tab))
    return desk.answer(user, since, Seen())


async def take_shortcut(desk: Desk, deed: Shortcut) -> Json:
    """Choose a shortcut, global or from a message's menu, as `app` lists them."""
    since = desk.mark()
    user = desk.workspace.person(deed.user)
    family = "message" if deed.channel and deed.ts else "global"
    declared = {(s.callback_id, s.type) for s in desk.workspace.app.shortcuts}
    if (deed.callback_id, family) not in declared:
        raise SlackError("no_such_shortcut", detail=f"the app has no {family} shortcut {deed.callback_id!r}")
    if deed.channel and deed.ts:
        channel = _in_channel(desk, deed.user, deed.channel)[1]
        message = find_message(channel, deed.ts, user.id)
        payload = message_shortcut(desk.workspace, user, deed.callback_id, channel, message)
    else:
        payload = shortcut(desk.workspace, user, deed.callback_id)
    outcomes = await desk.send(deed, payload["type"], payload)
    return desk.answer(user, since, Seen(saw=None if outcomes[0].ok else TROUBLE, outcomes=outcomes))


def _in_channel(desk: Desk, user_id: str, channel_id: str) -> tuple[User, Channel]:
    user = desk.workspace.person(user_id)
    channel = desk.workspace.channel_called(channel_id)
    if user.team_id == desk.workspace.team_id and user.id not in channel.members:
        raise SlackError("not_in_channel" if channel.visible_to(user.id) else "channel_not_found")
    return user, channel


def _take_ack(desk: Desk, user: User, channel: Channel, outcome: Outcome, seen: Seen) -> None:
    answer = json_body(outcome) if "json" in outcome.content_type else None
    if not isinstance(answer, dict):
        answer = {"text": outcome.body} if outcome.body.strip() else None
    if not answer:
        return
    ticket = ResponseUrl(user.id, channel.id, desk.workspace.now())
    try:
        take_answer(desk.workspace, ticket, answer)
    except SlackError as error:
        record_refusal(desk.workspace, "command acknowledgement", error.as_json())
        seen.error, seen.saw = error.code, TROUBLE


def _attached_blocks(message: Message) -> list[Json]:
    return [block for attachment in message.attachments for block in attachment.get("blocks", [])]


def _view(desk: Desk, user: User, deed: Click) -> View:
    if deed.home:
        if user.id not in desk.workspace.homes:
            raise SlackError("not_found")
        return desk.workspace.homes[user.id]
    if deed.view_id:
        view = view_by(desk.workspace, deed.view_id, None)
    else:
        stack = desk.workspace.stacks.get(user.id) or [""]
        view = view_by(desk.workspace, stack[-1], None)
    if view.user != user.id:
        raise SlackError("not_found")
    return view


def _action(desk: Desk, blocks: list[Json], deed: Click, state: dict[str, dict[str, Json]]) -> Json:
    for block, element in elements_of(blocks):
        if element["action_id"] == deed.action_id and deed.block_id in (None, block["block_id"]):
            return {
                **_choice(element, deed, state.get(block["block_id"], {})),
                "block_id": block["block_id"],
                "action_ts": desk.workspace.new_ts(),
            }
    raise SlackError("no_such_element")


def _choice(element: Json, deed: Click, state: dict[str, Json]) -> Json:
    common = {"action_id": element["action_id"], "type": element["type"]}
    kept: Json = {key: element[key] for key in ("confirm", "placeholder") if key in element}
    if element["type"] in {"button", "icon_button"}:
        given: Json = {key: element[key] for key in ("text", "value", "url", "style") if key in element}
        return {**common, **kept, **given}
    try:
        entry = chosen(element, deed.value)
    except NotOnOffer as problem:
        raise SlackError("not_on_offer", detail=str(problem)) from None
    if element["action_id"] in state:
        state[element["action_id"]] = entry
    return {**common, **kept, **entry}
