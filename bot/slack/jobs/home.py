"""Homes: drawn when opened and when anything on them changes, published when they say something new."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.authority import Person
from bot.domain.base import Role
from bot.slack.cards.blocks import Block
from bot.slack.cards.home import DRAFTS, PROPOSALS, HomeView, home
from bot.slack.jobs.desk import JobDesk, complain
from bot.slack.jobs.views import draft_view, proposal_view
from bot.slack.wire import SlackRefused
from bot.usecases import home as homes
from bot.usecases.ports import Again, Job, Tx

APART = 1.0
REFRESH = timedelta(seconds=60)
UNREACHABLE = frozenset({"user_not_found", "not_enabled", "user_not_visible", "account_inactive"})


@dataclass
class Homes:
    """The handlers of `homes`, which wants every Home that was ever opened, and of `home`, which draws one.

    A Home is published about once a second at most. While an incident is open all are looked at every minute:
    what nobody has seen for a while becomes unknown without anybody doing anything.
    """

    desk: JobDesk
    _drawn: dict[str, float] = field(default_factory=dict)

    async def all(self, _job: Job) -> Again | None:
        """Want every Home."""
        running = await homes.ask_for_all(self.desk.ctx)
        clock = self.desk.ctx.clock
        return Again(clock.wall_for(clock.now() + REFRESH) - clock.wall()) if running else None

    async def one(self, job: Job) -> Again | None:
        """Draw one Home, and publish it if it says something new."""
        user = job.key.split(":", 1)[1]
        early = self._drawn.get(user, float("-inf")) + APART - self.desk.monotonic()
        if early > 0:
            return Again(timedelta(seconds=early))
        view = await self._view(user)
        known, slack_hash = await homes.shown(self.desk.ctx, user)
        if known == digest(view):
            return None
        self._drawn[user] = self.desk.monotonic()
        try:
            await self._publish(user, view, slack_hash)
        except SlackRefused as refused:
            complain(refused, user=user)
            if refused.code in UNREACHABLE:
                await homes.remember(self.desk.ctx, user, "", "")
        return None

    async def _publish(self, user: str, view: Block, slack_hash: str) -> None:
        """Slack's hash guards the Home we drew last; where another stands, what is true by now goes out."""
        try:
            answer = await self.desk.call(
                "views.publish", user, user_id=user, view=view, hash=slack_hash or None
            )
        except SlackRefused as refused:
            if refused.code != "hash_conflict":
                raise
            view = await self._view(user)
            answer = await self.desk.call("views.publish", user, user_id=user, view=view)
        await homes.remember(
            self.desk.ctx, user, digest(view), str((answer.get("view") or {}).get("hash", ""))
        )

    async def _view(self, user: str) -> Block:
        ctx = self.desk.ctx
        directory = ctx.content.now.directory
        person = directory.by_slack(user) or Person(id=f"slack:{user}", name=user, slack=user)
        board = await homes.shared_board(ctx)
        mine = homes.cut(ctx, board, person)
        who = {role: directory.holders([role]) for role in Role}
        async with ctx.store.read() as tx:
            return home(await self._filled(tx, board, mine, who))

    async def _filled(
        self, tx: Tx, board: homes.Board, mine: homes.Mine, who: dict[Role, list[Person]]
    ) -> HomeView:
        """With the approvals as the channels show them."""
        proposals = [
            await proposal_view(self.desk.ctx, tx, p, a.incident) for a, p in mine.approvals[:PROPOSALS]
        ]
        drafts = [draft_view(self.desk.ctx, d, a.incident) for a, d in mine.drafts[:DRAFTS]]
        return HomeView(board, mine, proposals, drafts, dict(who))


def digest(view: Block) -> str:
    """What names everything that a Home says, but for when it was drawn, which its last block tells."""
    return hashlib.sha256(json.dumps(view["blocks"][:-1], sort_keys=True).encode()).hexdigest()
