"""Messages that are views of the database: drawn when asked, skipped when they say the same already."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.approval import Proposal, ProposalKind, ProposalStatus
from bot.domain.authority import Directory
from bot.domain.incident import Incident, SlackPlace
from bot.domain.publication import Publication
from bot.slack.caller import all_of
from bot.slack.cards.announcement import announcement
from bot.slack.cards.blocks import Message
from bot.slack.cards.draft import DraftView, draft_card
from bot.slack.cards.incident import incident_card
from bot.slack.cards.proposal import ProposalView, proposal_card
from bot.slack.cards.steps import PAGES, board, pages, past_board, past_page
from bot.slack.cards.suggestion import suggestion_card
from bot.slack.jobs.desk import JobDesk
from bot.slack.jobs.words import NO_ROOM_YET
from bot.slack.publisher import digest
from bot.slack.wire import SlackRefused
from bot.usecases import rooms, work
from bot.usecases.approvals import second_persons
from bot.usecases.ladder_stages import off_stages
from bot.usecases.ports import Again, Context, Job, Tx
from bot.usecases.record import BREAKWATER
from bot.usecases.views import IncidentView, incident_view

APART = 1.0
REFRESH = timedelta(seconds=60)


@dataclass
class Cards:
    """The handler of `card` jobs: the pinned card and the board of steps, about once a second at most.

    An open incident's card is drawn again every minute of business time, so that its numbers never look
    younger than they are.
    """

    desk: JobDesk
    _drawn: dict[str, float] = field(default_factory=dict)

    async def __call__(self, job: Job) -> Again | None:
        """Draw the card of the job's incident, then its board; the announcement follows when it differs."""
        incident_id = _which(job)
        early = self._drawn.get(incident_id, float("-inf")) + APART - self.desk.monotonic()
        if early > 0:
            return Again(timedelta(seconds=early))
        async with self.desk.ctx.store.read() as tx:
            view = await incident_view(self.desk.ctx, tx, incident_id)
        place = view.incident.slack
        if place is None:
            return None  # the room asks for the card once it stands
        self._drawn[incident_id] = self.desk.monotonic()
        try:
            await self._draw(view, place)
        except SlackRefused as refused:
            await self.desk.lost(view.incident, refused)
        if view.incident.ended:
            self._drawn.pop(incident_id, None)
            return None
        clock = self.desk.ctx.clock
        return Again(clock.wall_for(clock.now() + REFRESH) - clock.wall())

    async def _draw(self, view: IncidentView, place: SlackPlace) -> None:
        """Each at its own turn: a card that waits for its edit holds up neither board nor announcement."""
        await all_of(self._card(view, place), self._boards(view, place), self._announce(view))

    async def _card(self, view: IncidentView, place: SlackPlace) -> None:
        key, message = f"card:{view.incident.id}", incident_card(view)
        sent = await self.desk.publisher.put(key, place.channel, message, urgent=False)
        await self._pin(view.incident, place, sent.ts)

    async def _pin(self, incident: Incident, place: SlackPlace, ts: str) -> None:
        if place.card_ts == ts:
            return
        if place.own:
            try:
                await self.desk.call("pins.add", incident.id, channel=place.channel, timestamp=ts)
            except SlackRefused as refused:
                if refused.code != "already_pinned":
                    await self.desk.name(incident, "pin", "The card could not be pinned", refused)
        await rooms.pinned_card(self.desk.ctx, incident.id, ts)

    async def _boards(self, view: IncidentView, place: SlackPlace) -> None:
        """A phase has a board of its own, below what came before; the one before it loses its buttons."""
        round_ = view.incident.phase_round
        message = past_board(view, round_) if view.incident.ended else board(view)
        await self.desk.publisher.put(self._board_key(view, round_), place.channel, message, urgent=False)
        for page in range(2, PAGES + 1):
            shown = past_page(view) if view.incident.ended else board(view, page)
            if page <= pages(view) and not view.incident.ended:
                key = self._board_key(view, round_, page)
                await self.desk.publisher.put(key, place.channel, shown, urgent=False)
            elif not await self._redrawn(view, place, shown, round_, page):
                break
        if round_ == 1 or not await self._redrawn(view, place, past_board(view, round_ - 1), round_ - 1):
            return
        for page in range(2, PAGES + 1):
            if not await self._redrawn(view, place, past_page(view), round_ - 1, page):
                break

    async def _redrawn(
        self, view: IncidentView, place: SlackPlace, message: Message, round_: int, page: int = 1
    ) -> bool:
        """Redraw a page of a board if it was ever posted here; whether it was."""
        async with self.desk.ctx.store.read() as tx:
            before = await tx.keepsakes.sent(self._board_key(view, round_, page))
        if before is None or before.channel != place.channel:
            return False
        await self.desk.publisher.put(before.key, place.channel, message, urgent=False)
        return True

    async def _announce(self, view: IncidentView) -> None:
        async with self.desk.ctx.store.read() as tx:
            sent = await tx.keepsakes.sent(f"announcement:{view.incident.id}")
        if sent is None or sent.digest != digest(announcement(view)):
            async with self.desk.ctx.store.write() as tx:
                await work.show(tx, "announcement", view.incident.id)

    @staticmethod
    def _board_key(view: IncidentView, round_: int, page: int = 1) -> str:
        return f"board:{view.incident.id}:{round_}" + (f":{page}" if page > 1 else "")


async def announce(desk: JobDesk, job: Job) -> Again | None:
    """Post or redraw the announcement in the incidents channel."""
    async with desk.ctx.store.read() as tx:
        view = await incident_view(desk.ctx, tx, _which(job))
    shown = announcement(view)
    await desk.at_home(lambda channel: desk.publisher.put(job.key, channel, shown, ordered=False))
    return None


async def proposal(desk: JobDesk, job: Job) -> Again | None:
    """Post or redraw a proposal in its incident's channel."""
    async with desk.ctx.store.read() as tx:
        made = await tx.proposals.get(_which(job))
        found = await proposal_view(desk.ctx, tx, made, await tx.incidents.get(made.incident_id))
    return await _show(desk, job, found.incident, proposal_card(found))


async def draft(desk: JobDesk, job: Job) -> Again | None:
    """Post or redraw a publication in its incident's channel."""
    async with desk.ctx.store.read() as tx:
        found = await tx.publications.get(_which(job))
        incident = await tx.incidents.get(found.incident_id)
    return await _show(desk, job, incident, draft_card(draft_view(desk.ctx, found, incident)))


async def suggestion(desk: JobDesk, job: Job) -> Again | None:
    """Post or redraw a suggestion in the incidents channel."""
    content = desk.ctx.content.now
    async with desk.ctx.store.read() as tx:
        found = await tx.suggestions.get(_which(job))
    suggests = next((t.suggests for t in content.triggers if t.id == found.trigger_id), "")
    card = suggestion_card(found, suggests, _name(content.directory, found.decided_by))
    await desk.at_home(lambda channel: desk.publisher.put(job.key, channel, card))
    return None


async def _show(desk: JobDesk, job: Job, incident: Incident, message: Message) -> Again | None:
    if incident.slack is None:
        return NO_ROOM_YET
    try:
        await desk.publisher.put(job.key, incident.slack.channel, message)
    except SlackRefused as refused:
        await desk.lost(incident, refused)
    return None


def draft_view(ctx: Context, found: Publication, incident: Incident) -> DraftView:
    """A publication with the names around it."""
    people, spec = ctx.content.now.directory, ctx.content.now.statuses.get(found.spec_id)
    return DraftView(
        found,
        _name(people, found.drafted_by),
        _name(people, found.approved_by),
        bool(spec and spec.preapproved and not found.edited),
        incident.ended,
    )


async def proposal_view(ctx: Context, tx: Tx, found: Proposal, incident: Incident) -> ProposalView:
    """A proposal with the names around it, and its ladder."""
    content = ctx.content.now
    holds = [h for h in await tx.holds.of(incident.id) if h.in_force]
    ladder = found.kind is ProposalKind.MODE_OFF and found.status is ProposalStatus.OPEN
    return ProposalView(
        proposal=found,
        incident=incident,
        proposer=_name(content.directory, found.proposer),
        decided_by=_name(content.directory, found.decided_by),
        yes_by=_name(content.directory, found.yes_by),
        approvers=second_persons(ctx, found),
        gates={g.id: g.title for g in content.gates.values()},
        stages=off_stages(content, holds) if ladder else (),
    )


def _name(directory: Directory, person_id: str | None) -> str:
    if not person_id:
        return ""
    known = directory.people.get(person_id)
    return known.name if known else "Breakwater" if person_id == BREAKWATER else person_id


def _which(job: Job) -> str:
    return job.key.split(":", 1)[1]
