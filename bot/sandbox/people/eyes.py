"""`Eyes`: what a person reads in the sandbox's Slack."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from bot.sandbox.people.find import NotSeen, shortened, shows
from bot.sandbox.people.line import Json, Line
from bot.sandbox.people.render import render_message, render_text, render_view
from bot.sandbox.people.screen import Surface, message_surface, view_surface

BETWEEN_LOOKS = 0.05


class Eyes:
    """Reads over the driver endpoints.

    Conversations are named as people name them: `incidents` or `#incidents`, `@breakwater` for the direct
    one with the bot; the one used last is where the person is. `reply` is the last private answer.
    """

    def __init__(self, name: str, user_id: str, slack_url: str) -> None:
        self.name, self.user_id = name, user_id
        self.channel = "general"
        self.reply = ""
        self._line = Line(slack_url)
        self._names: dict[str, str] = {}
        self._aliases: dict[str, str] = {}
        self._view: Json | None = None
        self._last_deed = ""

    @property
    def modal(self) -> str:
        """The open modal as text, as last seen; empty when there is none."""
        return render_view(self._view, self._names) if self._view else ""

    async def sees(
        self, text: str, channel: str | None = None, within: float = 0.0, *, threads: bool = False
    ) -> Surface:
        """The newest message (in `channel`, or anywhere, the open modal included) that shows these words.

        `threads` opens the threads too.

        Raises:
            NotSeen: not `within` that many seconds; the message prints the screen.
        """
        until = asyncio.get_running_loop().time() + within
        while True:
            surfaces = await self._everything(channel, threads=threads)
            for surface in reversed(surfaces):
                if shows(surface.text, text):
                    return surface
            if asyncio.get_running_loop().time() >= until:
                raise NotSeen(self._blind(text, within, surfaces))
            await asyncio.sleep(BETWEEN_LOOKS)

    async def sees_nothing_of(self, text: str, channel: str | None = None) -> None:
        """The opposite, now.

        Raises:
            NotSeen: the words are there.
        """
        for surface in await self._everything(channel):
            if shows(surface.text, text):
                raise NotSeen(f"{self.name} sees {text!r} in {surface.name}:\n{shortened(surface.text)}")

    async def hears(self, text: str, within: float = 0.0, *, ever: bool = False) -> str:
        """The newest private answer since the last deed that shows these words; it becomes `reply`.

        Raises:
            NotSeen: none came within that many seconds.
        """
        until = asyncio.get_running_loop().time() + within
        since = "" if ever else self._last_deed
        while True:
            heard = await self._line.get("private", user=self.user_id, since=since)
            names = await self._known()
            texts = [render_message(message, names) for message in heard["messages"]]
            for one in reversed(texts):
                if shows(one, text):
                    self.reply = one
                    return one
            if asyncio.get_running_loop().time() >= until:
                said = "\n".join(texts[-5:]) or "nothing"
                raise NotSeen(f"{self.name} is not told {text!r} in private, but:\n{shortened(said)}")
            await asyncio.sleep(BETWEEN_LOOKS)

    async def look(self) -> str:
        """Look at the open modal again."""
        await self._known()
        self._view = (await self._line.get("modal", user=self.user_id))["view"]
        return self.modal

    async def channels(self) -> list[str]:
        """Names of the channels this person is in; archived ones and direct conversations left out."""
        return [name for name in await self._conversations() if not name.startswith("@")]

    async def topic(self, channel: str) -> str:
        """The line at a channel's head."""
        shown = await self._line.get("messages", user=self.user_id, channel=channel.lstrip("#"), limit=1)
        return str(shown["channel"]["topic"]["value"])

    async def read(self, channel: str | None = None, *, limit: int = 200) -> str:
        """A conversation as text, oldest first, one paragraph a message; private ones are marked."""
        names = await self._known()
        paragraphs = []
        for message in await self._messages(self._go(channel), limit=limit):
            author = names.get(message["user"], message["user"])
            mark = " (only you)" if message["ephemeral"] else ""
            paragraphs.append(f"{author}{mark}: {render_message(message, names)}")
        return "\n\n".join(paragraphs)

    async def pins(self, channel: str | None = None) -> list[str]:
        """What is pinned in a channel, as text."""
        names = await self._known()
        pinned = await self._line.get("pins", user=self.user_id, channel=self._go(channel))
        return [render_message(message, names) for message in pinned["messages"]]

    async def home(self) -> str:
        """The Home tab as text."""
        view = (await self._line.get("home", user=self.user_id))["view"]
        return render_view(view, await self._known()) if view else ""

    def _go(self, channel: str | None) -> str:
        self.channel = (channel or self.channel).lstrip("#")
        return self.channel

    def _word(self, key: str) -> str | None:
        return render_text(self._view[key]) if self._view and self._view.get(key) else None

    def _meant(self, kind: str, value: Any) -> Any:
        """Ids for the people and channels that a picker offers by name; anything else as it is."""
        picks_ids = "select" in kind and "static" not in kind and "external" not in kind
        return self._aliases.get(str(value).lstrip("@#").casefold(), value) if picks_ids else value

    async def _before_eyes(self, channel: str | None) -> Sequence[Surface]:
        await self.look()
        if self._view is not None:
            return [view_surface(self._view, self._names)]
        return await self._everything(self._go(channel))

    async def _everything(self, channel: str | None, *, threads: bool = False) -> list[Surface]:
        names = await self._known()
        if channel == "home":
            view = (await self._line.get("home", user=self.user_id))["view"]
            return [view_surface(view, names)] if view else []
        if channel is not None:
            found = await self._messages(self._go(channel), threads=threads)
            return [message_surface(message, self.channel, names) for message in found]
        await self.look()
        surfaces: list[Surface] = []
        for name in await self._conversations():
            found = await self._messages(name, threads=threads)
            surfaces += [message_surface(message, name, names) for message in found]
        surfaces.sort(key=lambda surface: str(surface.where["ts"]))
        return [*surfaces, view_surface(self._view, names)] if self._view else surfaces

    async def _messages(self, channel: str, *, limit: int = 200, threads: bool = False) -> list[Json]:
        place = (await self._conversations()).get(channel, channel) if channel.startswith("@") else channel
        shown = await self._line.get("messages", user=self.user_id, channel=place, limit=limit)
        messages: list[Json] = shown["messages"]
        for root in [message for message in messages if threads and message["reply_count"]]:
            thread = await self._line.get("messages", user=self.user_id, channel=place, thread_ts=root["ts"])
            messages = [*messages, *thread["messages"][1:]]
        return messages

    async def _conversations(self) -> dict[str, str]:
        """Ids by name of the open conversations this person is in."""
        names, found = await self._known(), {}
        for one in (await self._line.get("channels", user=self.user_id))["channels"]:
            if one.get("name"):
                names[one["id"]] = one["name"]
                self._aliases[one["name"]] = one["id"]
            if one["joined"] and not one["is_archived"]:
                other = next((member for member in one["members"] if member != self.user_id), self.user_id)
                found[one.get("name") or f"@{names.get(other, other)}"] = str(one["id"])
        return found

    async def _known(self) -> dict[str, str]:
        if not self._names:
            people = await self._line.get("people")
            for user in people["users"]:
                self._names[user["id"]] = user["name"]
                for alias in (user["id"], user["name"], user["real_name"]):
                    self._aliases[alias.casefold()] = user["id"]
            self._names |= {group["id"]: group["handle"] for group in people["groups"]}
            await self._conversations()
        return self._names

    def _blind(self, text: str, within: float, surfaces: Sequence[Surface]) -> str:
        screen = "\n".join(f"{surface.name}: {surface.text}" for surface in surfaces) or "nothing"
        waited = f" within {within:g} s" if within else ""
        return f"{self.name} does not see {text!r}{waited}. On the screen:\n{shortened(screen)}"
