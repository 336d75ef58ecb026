"""`files.*`: the three-part upload (ask for a URL, send the bytes, complete)."""

from __future__ import annotations

from bot.sandbox.slack.errors import SlackError, bad_argument
from bot.sandbox.slack.messages import post
from bot.sandbox.slack.methods.registry import Call, Method
from bot.sandbox.slack.model import Json, Message
from bot.sandbox.slack.rates import TIER_4
from bot.sandbox.slack.workspace import Workspace

LARGEST = 50_000_000
LONGEST_ALT = 1000


def get_upload_url(call: Call) -> Json:
    """Where to send a file of this name and length."""
    length = call.args.number("length", 0)
    if not 0 < length <= LARGEST:
        raise bad_argument("must be between 1 and the largest file", "/length")
    number = call.workspace.new_id("F")
    name = call.args.text("filename")
    alt = call.args.optional("alt_txt")
    if len(alt) > LONGEST_ALT:
        raise bad_argument(f"must be at most {LONGEST_ALT} characters", "/alt_txt")
    call.workspace.files[number] = {"id": number, "name": name, "size": length, "alt": alt, "content": None}
    return {"ok": True, "upload_url": f"{call.workspace.base_url}/upload/{number}", "file_id": number}


def receive(workspace: Workspace, number: str, content: bytes) -> None:
    """Take the bytes of an announced file.

    Raises:
        SlackError: `file_not_found`, or `length_mismatch` when they are not as many as announced.
    """
    file = workspace.files.get(number)
    if file is None:
        raise SlackError("file_not_found")
    if len(content) != file["size"]:
        raise SlackError("length_mismatch")
    file["content"] = content


def complete_upload(call: Call) -> Json:
    """Make sent files real and, with a `channel_id`, show them there."""
    listed = call.args.json("files")
    if not isinstance(listed, list) or not listed:
        raise bad_argument("missing required field: files", "/files")
    files = [_completed(call, entry) for entry in listed]
    if call.args.has("channel_id"):
        channel = call.channel("channel_id")
        if channel.is_archived:
            raise SlackError("is_archived")
        if call.workspace.app.bot_user not in channel.members:
            raise SlackError("not_in_channel")
        text = call.args.optional("initial_comment")
        message = Message(call.workspace.new_ts(), call.workspace.app.bot_user, text, by_app=True)
        message.files, message.thread_ts = files, call.args.optional("thread_ts") or None
        post(call.workspace, channel, message)
    return {"ok": True, "files": files}


def _completed(call: Call, entry: object) -> Json:
    number = str(entry.get("id")) if isinstance(entry, dict) else ""
    file = call.workspace.files.get(number)
    if file is None or file["content"] is None or not isinstance(entry, dict):
        raise SlackError("file_not_found")
    title = entry.get("title") or file["name"]
    link = f"{call.workspace.base_url}/files/{number}"
    shown = {"id": number, "name": file["name"], "title": title, "size": file["size"], "url_private": link}
    return {**shown, "alt_txt": file["alt"]}


METHODS = (
    Method("files.getUploadURLExternal", get_upload_url, "files:write", TIER_4),
    Method("files.completeUploadExternal", complete_upload, "files:write", TIER_4),
)
