"""Messages on their way out: posted once under a job's key, redrawn in place, in order within a channel.

Before a message is first posted, the attempt is remembered. Whoever finds an attempt without a message
searches the channel for the key in its metadata before posting again. One look into a channel answers for
every attempt that was made before it, so that a Slack that comes back is not asked once for each message.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from bot.slack.caller import Caller
from bot.slack.cards.blocks import Message
from bot.slack.wire import SlackAway, SlackRefused
from bot.usecases.ports import Context, Sent

EVENT = "breakwater_message"
CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{7,}")
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
UPLOAD_GONE = frozenset({"file_not_found", "file_deleted", "file_upload_size_restricted"})
FILE = "file:"
FAMILIES = "public_channel,private_channel"
PAGE, PAGES = 200, 5


@dataclass(frozen=True, slots=True)
class Picture:
    """A file to share: its name, bytes and title, what it shows in words, and the text beside it (mrkdwn)."""

    name: str
    content: bytes
    title: str
    alt: str
    text: str


@dataclass
class Publisher:
    """Posts and redraws. Raises SlackAway, SlackRefused and StoreAway."""

    ctx: Context
    call: Caller
    incidents: str
    monotonic: Callable[[], float]
    _me: str = ""
    _looks: dict[str, tuple[float, dict[str, str]]] = field(default_factory=dict)
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def __post_init__(self) -> None:
        self._me = self.ctx.ids.new("sender")

    async def put(
        self, key: str, channel: str, message: Message, *, ordered: bool = True, urgent: bool = True
    ) -> Sent:
        """Post the message of a key, or redraw it when it says something else by now.

        Of redraws those that are not urgent wait for the others. Raises Paced as well.
        """
        async with self._turn(channel) if ordered else nullcontext():
            sent = await self._known(key, channel)
            if sent is None:
                return await self._post(key, channel, message)
            if sent.digest == digest(message):
                return sent
            try:
                await self.call(
                    "chat.update",
                    key,
                    urgent=urgent,
                    channel=channel,
                    ts=sent.ts,
                    parse="none",
                    **message.body,
                )
            except SlackRefused as refused:
                if refused.code not in GONE:
                    raise
                return await self._post(key, channel, message)
            return await self._remember(Sent(key, channel, sent.ts, digest(message)))

    async def once(self, key: str, channel: str, message: Message) -> Sent:
        """Post a message that is never redrawn."""
        async with self._turn(channel):
            return await self._known(key, channel) or await self._post(key, channel, message)

    async def share(self, key: str, channel: str, picture: Picture) -> Sent:
        """Upload a picture and show it in a channel once, under a key."""
        self.call.take_turn("chat.postMessage", key, channel)
        given = await self.call(
            "files.getUploadURLExternal",
            key,
            filename=picture.name,
            length=len(picture.content),
            alt_txt=picture.alt,
        )
        await self.call.upload(str(given["upload_url"]), picture.content)
        number = str(given["file_id"])
        await self._remember(Sent(key, channel, "", f"{FILE}{number}"))
        return await self._complete(key, channel, number, picture.title, picture.text)

    async def finish_picture(self, key: str, channel: str, title: str, text: str) -> bool:
        """Whether a picture was shared under a key, or now is, because its upload was all there."""
        async with self.ctx.store.read() as tx:
            sent = await tx.keepsakes.sent(key)
        if sent is None or sent.channel != channel:
            return False
        if sent.ts:
            return True
        if not sent.digest.startswith(FILE):
            return await self._known(key, channel) is not None
        if ts := await self._search(sent):
            await self._remember(Sent(key, channel, ts, sent.digest))
            return True
        try:
            await self._complete(key, channel, sent.digest.removeprefix(FILE), title, text)
        except SlackRefused as refused:
            if refused.code not in UPLOAD_GONE:
                raise
            return False
        return True

    async def _complete(self, key: str, channel: str, number: str, title: str, text: str) -> Sent:
        """Show an uploaded file. It is found again by its number, which the message then bears."""
        files = [{"id": number, "title": title}]
        try:
            await self.call(
                "files.completeUploadExternal", key, files=files, channel_id=channel, initial_comment=text
            )
        except SlackRefused as refused:
            if refused.code in UPLOAD_GONE:
                await self._remember(Sent(key, "", "", ""))
            raise
        return await self._remember(Sent(key, channel, number, f"{FILE}{number}"))

    async def whisper(self, key: str, user: str, channel: str, message: Message) -> None:
        """Tell one user privately, in a channel they are in or else directly."""
        if channel:
            try:
                await self.call("chat.postEphemeral", key, channel=channel, user=user, **message.body)
            except SlackRefused as refused:
                if refused.code in {"user_not_found", "missing_scope", "invalid_auth", "account_inactive"}:
                    raise
            else:
                return
        await self.call("chat.postMessage", key, channel=await self.direct(user), **message.body)

    async def direct(self, user: str) -> str:
        """The id of the direct conversation with a user."""
        return await self._learned(f"dm:{user}", lambda: self._open(user))

    async def incidents_channel(self) -> str:
        """The id of the channel for announcements."""
        name = self.incidents.removeprefix("#")
        if CHANNEL_ID.fullmatch(name):
            return name
        return await self._learned(f"channel:{name}", lambda: self.find_channel(name, FAMILIES))

    async def home_again(self, refused: SlackRefused) -> str:
        """The channel for announcements after it refused us: walked into, or the one of that name by now.

        Raises the same refusal when there is no way in.
        """
        name = self.incidents.removeprefix("#")
        try:
            if refused.code == "not_in_channel":
                channel = await self.incidents_channel()
                await self.call("conversations.join", "home", channel=channel)
                return channel
            if CHANNEL_ID.fullmatch(name):
                raise refused
            channel = await self.find_channel(name, FAMILIES)
        except SlackRefused as again:
            raise (again if again.code == "missing_scope" else refused) from None
        async with self.ctx.store.write() as tx:
            await tx.keepsakes.set_fact(f"channel:{name}", channel)
        return channel

    async def find_channel(self, name: str, types: str) -> str:
        """The id of a channel by its name. Raises SlackRefused `channel_not_found`."""
        cursor = ""
        while True:
            page = await self.call(
                "conversations.list", name, types=types, exclude_archived=True, limit=PAGE, cursor=cursor
            )
            for found in page["channels"]:
                if found["name"] == name:
                    return str(found["id"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                raise SlackRefused("channel_not_found")

    async def _open(self, user: str) -> str:
        return str((await self.call("conversations.open", user, users=user))["channel"]["id"])

    async def _learned(self, fact: str, ask: Callable[[], Awaitable[str]]) -> str:
        """An id that Slack was asked for once."""
        async with self.ctx.store.read() as tx:
            known = await tx.keepsakes.fact(fact)
        if known:
            return known
        found = await ask()
        async with self.ctx.store.write() as tx:
            await tx.keepsakes.set_fact(fact, found)
        return found

    async def _known(self, key: str, channel: str) -> Sent | None:
        """What was posted under a key in this channel, found again there after a crash in between."""
        async with self.ctx.store.read() as tx:
            sent = await tx.keepsakes.sent(key)
        if sent is None or sent.channel != channel:
            return None
        if sent.ts:
            return sent
        ts = await self._search(sent)
        return await self._remember(Sent(key, channel, ts, "found again")) if ts else None

    async def _search(self, attempt: Sent) -> str:
        """The message of an attempt, if it came to be."""
        mine, _, at = attempt.digest.partition("@")
        looked, seen = self._looks.get(attempt.channel, (float("-inf"), {}))
        if mine != self._me or float(at) >= looked:
            looked, seen = self.monotonic(), await self._look(attempt.channel)
            self._looks[attempt.channel] = looked, seen
        return seen.get(attempt.digest if attempt.digest.startswith(FILE) else attempt.key, "")

    async def _look(self, channel: str) -> dict[str, str]:
        """The stamps of our messages in a channel, by the keys in their metadata."""
        seen: dict[str, str] = {}
        cursor = ""
        for _ in range(PAGES):
            page = await self.call(
                "conversations.history",
                channel,
                channel=channel,
                include_all_metadata=True,
                limit=PAGE,
                cursor=cursor,
            )
            for found in page["messages"]:
                key = (found.get("metadata") or {}).get("event_payload", {}).get("key")
                if key:
                    seen.setdefault(str(key), str(found["ts"]))
                for file in found.get("files") or ():
                    seen.setdefault(f"{FILE}{file.get('id')}", str(found["ts"]))
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return seen

    async def _post(self, key: str, channel: str, message: Message) -> Sent:
        self.call.take_turn("chat.postMessage", key, channel)
        await self._remember(Sent(key, channel, "", f"{self._me}@{self.monotonic()}"))
        told = {"parse": "none", "unfurl_links": False, "unfurl_media": False, **message.body}
        metadata = {"event_type": EVENT, "event_payload": {"key": key}}
        try:
            answer = await self.call.go("chat.postMessage", channel=channel, metadata=metadata, **told)
        except SlackAway as away:
            if away.unsent:
                await self._remember(Sent(key, "", "", ""))
            raise
        except SlackRefused:
            await self._remember(Sent(key, "", "", ""))
            raise
        return await self._remember(Sent(key, channel, str(answer["ts"]), digest(message)))

    async def _remember(self, sent: Sent) -> Sent:
        async with self.ctx.store.write() as tx:
            await tx.keepsakes.remember_sent(sent)
        return sent

    def _turn(self, channel: str) -> AbstractAsyncContextManager[None]:
        lock = self._turns.get(channel)
        if lock is None:
            lock = self._turns[channel] = asyncio.Lock()
        return lock


def digest(message: Message) -> str:
    """What names everything a message says."""
    return hashlib.sha256(json.dumps(message.body, sort_keys=True).encode()).hexdigest()
