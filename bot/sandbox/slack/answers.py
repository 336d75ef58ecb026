"""Messages that the app gives as an answer: in a command's acknowledgement or to a response URL."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.errors import SlackError, bad_argument
from bot.sandbox.slack.messages import Content, change, check_content, find_message, post, remove
from bot.sandbox.slack.model import Json, Message, ResponseUrl
from bot.sandbox.slack.workspace import Workspace


def take_answer(workspace: Workspace, ticket: ResponseUrl, answer: Json) -> None:
    """Post, replace or delete as the app says; private to the person unless `in_channel`.

    Raises:
        SlackError: the payload breaks a rule, or the original message is gone.
    """
    channel = workspace.channels[ticket.channel]
    if ticket.message_ts and answer.get("delete_original"):
        remove(workspace, channel, find_message(channel, ticket.message_ts, ticket.user))
        return
    content = _content(answer)
    if ticket.message_ts and answer.get("replace_original"):
        check_content(content)
        change(workspace, channel, find_message(channel, ticket.message_ts, ticket.user), content)
        return
    if channel.is_archived:
        raise SlackError("is_archived")
    check_content(content)
    private = answer.get("response_type", "ephemeral") != "in_channel"
    message = Message(workspace.new_ts(), workspace.app.bot_user, content.text, by_app=True)
    message.blocks, message.attachments = content.blocks or [], content.attachments or []
    message.thread_ts = answer.get("thread_ts")
    message.ephemeral_to = ticket.user if private else None
    post(workspace, channel, message)


def _content(answer: Any) -> Content:
    if not isinstance(answer, dict):
        raise bad_argument("must provide an object", "")
    text = answer.get("text") or ""
    if not isinstance(text, str):
        raise bad_argument("must provide a string", "/text")
    return Content(text, answer.get("blocks"), answer.get("attachments"), answer.get("metadata"))
