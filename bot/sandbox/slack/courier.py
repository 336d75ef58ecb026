"""Deliveries to the app, over its Request URL or its Socket Mode connections: faults, copies, retries."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Coroutine

from bot.sandbox.slack.faults import DELIVERY_KINDS
from bot.sandbox.slack.journal import Delivery
from bot.sandbox.slack.model import Json
from bot.sandbox.slack.parcels import Attempt, Carrier, Outcome, Parcel, event_parcel
from bot.sandbox.slack.request_url import RequestUrl
from bot.sandbox.slack.socket.hub import Hub
from bot.sandbox.slack.workspace import Workspace

RETRY_REASONS = {"operation_timeout": "http_timeout", "dispatch_failed": "connection_failed"}
SOCKET_RETRY_REASON = "timeout"


class Courier:
    """Brings parcels to the app; one per workspace, closed with the server."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.request_url, self.hub = RequestUrl(workspace), Hub(workspace)
        self._errands: set[asyncio.Task[None]] = set()

    @property
    def carrier(self) -> Carrier:
        """The way to the app that its settings say now."""
        return self.hub if self.workspace.app.socket_mode else self.request_url

    async def deliver(self, parcel: Parcel, times: int = 1) -> list[Outcome]:
        """Deliver `times` copies at once, after the faults in force; the person sees the first outcome."""
        faults = {f.kind: f for f in self.workspace.faults.strike(parcel.name, DELIVERY_KINDS)}
        if "drop" in faults:
            entry = Delivery(parcel.name, self.workspace.now(), failure="dispatch_failed", fault="drop")
            self.workspace.journal.deliveries.add(entry)
            return [Outcome(None, "", "", 0.0, "dispatch_failed")]
        if "delay" in faults:
            await asyncio.sleep(faults["delay"].ms / 1000)
        first = Attempt(self._envelope(), lose_ack="lose_ack" in faults, cut="cut" in faults)
        attempts = [first, *(Attempt(self._envelope()) for _ in range(times - 1))]
        attempts += [first] if "duplicate" in faults else []
        carrier = self.carrier
        outcomes = list(await asyncio.gather(*(carrier.carry(parcel, one) for one in attempts)))
        if "retry" in faults:
            outcomes.append(await carrier.carry(parcel, first.again(self._envelope(), 1, "http_timeout")))
        return outcomes

    def send_event(self, event: Json) -> None:
        """Deliver an event in the background, retried on the app's schedule until it answers."""
        self.run(self._event(event))

    def run(self, errand: Coroutine[object, object, None]) -> None:
        """Do something in the background until the server closes."""
        task = asyncio.get_running_loop().create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def verify_url(self) -> bool:
        """Ask the Request URL to prove itself (`url_verification`), as Slack does when it is entered."""
        challenge = self.workspace.new_id("challenge")
        body = {
            "type": "url_verification",
            "token": self.workspace.app.verification_token,
            "challenge": challenge,
        }
        parcel = event_parcel("url_verification", body)
        outcome = await self.request_url.carry(parcel, Attempt(self._envelope()))
        return outcome.ok and challenge in outcome.body

    async def close(self) -> None:
        """Give up every retry still waiting, and close the connections."""
        errands = list(self._errands)
        for errand in errands:
            errand.cancel()
        await asyncio.gather(*errands, return_exceptions=True)
        await self.hub.close()

    async def _event(self, event: Json) -> None:
        workspace = self.workspace
        envelope = {
            "token": workspace.app.verification_token,
            "team_id": workspace.team_id,
            "api_app_id": workspace.app.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": workspace.new_id("Ev"),
            "event_time": int(workspace.now().timestamp()),
            "authorizations": [
                {"team_id": workspace.team_id, "user_id": workspace.app.bot_user, "is_bot": True}
            ],
            "is_ext_shared_channel": False,
        }
        parcel = event_parcel(f"event:{event['type']}", envelope)
        outcome = (await self.deliver(parcel))[0]
        for retry, delay in enumerate(workspace.app.event_retries, start=1):
            if outcome.ok:
                return
            await asyncio.sleep(delay)
            attempt = Attempt(self._envelope(), retry, self._why(outcome))
            outcome = await self.carrier.carry(parcel, attempt)

    def _why(self, outcome: Outcome) -> str:
        if self.workspace.app.socket_mode:
            return SOCKET_RETRY_REASON
        return "http_error" if outcome.status else RETRY_REASONS[str(outcome.failure)]

    def _envelope(self) -> str:
        return str(uuid.uuid4())
