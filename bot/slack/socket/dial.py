"""Opening a connection: its address from `apps.connections.open`, the WebSocket, Slack's greeting."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.socket.frames import Goodbye, Hello, read
from bot.slack.wire import SlackAway, SlackRefused, SlackTrouble, said

TOKEN = "an app-level token of this app with the scope connections:write, from its Basic Information page"  # noqa: S105 - a sentence
SWITCH = "switch Socket Mode on in the app's settings, or set SLACK_MODE=http"
MENDS = {
    **dict.fromkeys(
        ("invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"),
        f"set SLACK_APP_TOKEN to {TOKEN}",
    ),
    "not_allowed_token_type": f"SLACK_APP_TOKEN is a token of another kind; set it to {TOKEN}",
    **dict.fromkeys(("missing_scope", "no_permission"), f"set SLACK_APP_TOKEN to {TOKEN}"),
    "link_disabled": SWITCH,
    "too_many_websockets": "Slack takes ten connections of an app: stop web processes that are not needed",
}
CONNECT_SECONDS, GREETING_SECONDS, CLOSE_SECONDS = 10.0, 10.0, 2.0
LARGEST = 4 * 2**20


class NoLink(Exception):
    """No connection: `str()` is a sentence without secrets, `mend` what to do about it if that is known.

    `slow` when haste would make it worse, `at_least` the seconds that Slack asked us to wait.
    """

    def __init__(self, reason: str, code: str = "", *, slow: bool = False, at_least: float = 0.0) -> None:
        super().__init__(reason)
        self.mend = MENDS.get(code, "")
        self.slow = slow or code in MENDS
        self.at_least = at_least


@dataclass(frozen=True, slots=True)
class Dial:
    """`client` holds the app-level token; `ping` is the seconds of silence after which Slack is pinged.

    No pong within half as long again, and the connection counts as lost.
    """

    client: AsyncWebClient
    ping: float = 6.0
    greeting: float = GREETING_SECONDS

    async def address(self) -> str:
        """The address of a new connection. Raises NoLink."""
        try:
            answer = await said(self.client.api_call("apps.connections.open"))
        except SlackRefused as refused:
            raise NoLink(f"apps.connections.open: {refused}", refused.code, slow=True) from None
        except SlackAway as away:
            raise NoLink(str(away), at_least=away.after.total_seconds() if away.after else 0.0) from None
        except SlackTrouble as trouble:
            raise NoLink(str(trouble)) from None
        url = str(answer.get("url") or "")
        plain = self.client.base_url.startswith("http://") and url.startswith("ws://")
        if not (plain or url.startswith("wss://")):
            raise NoLink("apps.connections.open gave no address that is safe to connect to", slow=True)
        return url

    async def connect(self, session: aiohttp.ClientSession) -> tuple[aiohttp.ClientWebSocketResponse, Hello]:
        """A WebSocket over which Slack has said hello. Raises NoLink."""
        url = await self.address()
        try:
            ws = await self._socket(session, url)
        except aiohttp.WSServerHandshakeError as error:
            raise NoLink(f"Slack's WebSocket answers {error.status}") from None
        except (aiohttp.ClientError, OSError, ValueError, TimeoutError) as error:
            raise NoLink(f"Slack's WebSocket cannot be reached ({type(error).__name__})") from None
        try:
            return ws, await self._greeted(ws)
        except NoLink:
            await ws.close()
            raise

    async def _socket(self, session: aiohttp.ClientSession, url: str) -> aiohttp.ClientWebSocketResponse:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await session.ws_connect(
                url,
                heartbeat=self.ping,
                max_msg_size=LARGEST,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_SECONDS),
            )

    async def _greeted(self, ws: aiohttp.ClientWebSocketResponse) -> Hello:
        try:
            async with asyncio.timeout(self.greeting):
                message = await ws.receive()
        except TimeoutError:
            raise NoLink("Slack's WebSocket says nothing") from None
        frame = read(message.data) if message.type is aiohttp.WSMsgType.TEXT else None
        if isinstance(frame, Hello):
            return frame
        if isinstance(frame, Goodbye):
            raise NoLink(f"Slack ends the connection ({frame.reason})", frame.reason)
        raise NoLink("Slack's WebSocket ended before it said hello")
