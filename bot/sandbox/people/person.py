"""`Person`: one scripted human in the sandbox's Slack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.people.eyes import Eyes
from bot.sandbox.people.find import NotSeen, to_fill, to_press
from bot.sandbox.people.line import Json
from bot.sandbox.people.render import render_message, render_text


@dataclass(frozen=True)
class Answer:
    """What a deed brought: `reply` is the private answer, `saw` the sentence on a failure, `ack_ms` the wait.

    `errors` are a modal's by label; `confirmation` the text of a dialog that was passed; `raw` everything.
    """

    ok: bool
    error: str | None
    saw: str
    reply: str
    ack_ms: float | None
    errors: dict[str, str] = field(default_factory=dict)
    confirmation: str = ""
    raw: Json = field(default_factory=dict)


class Person(Eyes):
    """Acts over the driver endpoints, finding things by what they say.

    Extra keyword arguments of the deeds (`tamper=`, `times=`, `team_id=`, `escape=`) go to the driver as
    they are.
    """

    async def command(self, text: str, channel: str | None = None, **raw: Any) -> Answer:
        """Type a slash command, `/incident status`, in a channel."""
        return await self._do("command", channel=self._go(channel), text=text, **raw)

    async def say(self, text: str, channel: str | None = None, **raw: Any) -> Answer:
        """Write an ordinary message."""
        return await self._do("message", channel=self._go(channel), text=text, **raw)

    async def click(
        self,
        label: str,
        near: str | None = None,
        channel: str | None = None,
        *,
        confirm: bool = True,
        **raw: Any,
    ) -> Answer:
        """Press the button (or overflow option) with these words, in the open modal or else in a channel.

        `near` are words of the same message: the button nearest to them is meant. Without it the newest
        message that has such a button counts. `channel="home"` is the Home tab. `confirm=False` backs out of
        a confirmation dialog.

        Raises:
            NotSeen: there is no such button, or there are several.
        """
        surfaces = await self._before_eyes(channel)
        if near is None and label == self._word("submit"):
            return await self._do("submit", **raw)
        if near is None and label == self._word("close"):
            return await self.close()
        surface, control = to_press(self.name, surfaces, label, near)
        return await self._do(
            "click",
            **surface.where,
            block_id=control.block["block_id"],
            action_id=control.element["action_id"],
            value=control.option,
            confirm=confirm,
            asked=self._question(control.element.get("confirm")),
            **raw,
        )

    async def choose(
        self, label: str, option: Any, near: str | None = None, channel: str | None = None, **raw: Any
    ) -> Answer:
        """Choose in the menu, picker or boxes with this label: an option's text, a name, a list of them.

        Raises:
            NotSeen: there is no such field, or there are several.
        """
        surfaces = await self._before_eyes(channel)
        surface, control = to_fill(self.name, surfaces, label, near)
        many = option if isinstance(option, list) else [option]
        meant = [self._meant(control.kind, one) for one in many]
        return await self._do(
            "fill" if "view_id" in surface.where else "click",
            **surface.where,
            block_id=control.block["block_id"],
            action_id=control.element["action_id"],
            value=meant if isinstance(option, list) else meant[0],
            **raw,
        )

    async def fill(self, label: str, text: str, **raw: Any) -> Answer:
        """Type into the field with this label.

        Raises:
            NotSeen: there is no such field, or there are several.
        """
        return await self.choose(label, text, **raw)

    async def submit(self, **raw: Any) -> dict[str, str]:
        """Press the modal's submit button; the answer is what is complained of, a sentence by label.

        A failure that concerns no field stands under the empty label.

        Raises:
            NotSeen: no modal is open.
        """
        await self.look()
        if self._view is None:
            raise NotSeen(f"{self.name} has no modal open")
        answer = await self._do("submit", **raw)
        return {**answer.errors, "": answer.saw or answer.error} if answer.error else answer.errors

    async def close(self, *, everything: bool = False) -> Answer:
        """Put the modal away, or the whole pile of them."""
        return await self._do("close", all=everything)

    async def shortcut(self, callback_id: str, on: str | None = None, channel: str | None = None) -> Answer:
        """Choose a global shortcut, or one from the menu of the message that shows the words `on`."""
        where = (await self.sees(on, channel=self._go(channel))).where if on else {}
        return await self._do("shortcut", callback_id=callback_id, **where)

    async def open_home(self, tab: str = "home") -> Answer:
        """Go to the app's Home tab, or to its `messages`; `home()` reads it."""
        return await self._do("home_opened", tab=tab)

    async def archive(self, channel: str) -> None:
        """Archive a channel."""
        await self._line.post("archive", user=self.user_id, channel=channel.lstrip("#"))

    async def join(self, channel: str) -> None:
        """Walk into a public channel."""
        await self._line.post("join", user=self.user_id, channel=channel.lstrip("#"))

    async def leave(self, channel: str) -> None:
        """Walk out of a channel."""
        await self._line.post("leave", user=self.user_id, channel=channel.lstrip("#"))

    def _question(self, dialog: Json | None) -> str:
        texts = [dialog["title"], dialog["text"]] if dialog else []
        return "\n".join(render_text(text, self._names) for text in texts)

    async def _do(self, deed: str, *, asked: str = "", **body: Any) -> Answer:
        before = self._view
        raw = await self._line.post(deed, user=self.user_id, **body)
        names = await self._known()
        self._view, self._last_deed = raw["modal"], raw["since"]
        self.reply = "\n".join(render_message(message, names) for message in raw["private"])
        return Answer(
            ok=raw["ok"],
            error=raw["error"],
            saw=raw["saw"] or "",
            reply=self.reply,
            ack_ms=raw["ack_ms"],
            errors=_by_label(before or self._view, raw["errors"]),
            confirmation=asked,
            raw=raw,
        )


def _by_label(view: Json | None, errors: Mapping[str, str]) -> dict[str, str]:
    labels = {block["block_id"]: render_text(block.get("label")) for block in (view or {}).get("blocks", [])}
    return {labels.get(block_id) or block_id: sentence for block_id, sentence in errors.items()}
