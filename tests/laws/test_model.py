"""Whatever people and clocks do, in any order: the product agrees with a plain model of what should be so.

`BREAKWATER_MODEL_EXAMPLES` plays longer; the default stays within some seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from bot.domain.approval import Proposal
from bot.domain.base import Outcome
from bot.domain.ledger import find_flaw
from bot.usecases import approvals, controls, reviews
from tests.laws.machine import Played, play
from tests.support.world import OVER, USDT, WHY

INCIDENTS = ("INC-1", "INC-2")
LEVELS = ("normal", "eased", "tightened", "trickle", "small_only", "suspended")
PEOPLE = ("alice", "bob", "carol", "erin", "frank")
PROPOSERS = ("alice", "bob", "erin")
TIGHTENS = ("alice", "bob", "frank")
PAIRS = (("bob", "alice"), ("bob", "frank"))  # treasury and commander; Frank is the deputy commander
ASKS = {"release": approvals.propose_release, "lower": approvals.propose_lower}


@dataclass
class Model:
    """What should be so: the level each incident holds, when it is reviewed, and what is proposed."""

    held: dict[str, str] = field(default_factory=dict)
    review: dict[str, datetime] = field(default_factory=dict)
    proposed: dict[str, tuple[Proposal, str, str]] = field(default_factory=dict)

    @property
    def desired(self) -> str:
        return max(self.held.values(), key=LEVELS.index, default="normal")

    def may_tighten(self, who: str, incident: str, level: str) -> bool:
        return who in TIGHTENS and LEVELS.index(level) > LEVELS.index(self.held.get(incident, "normal"))

    def second(self, proposer: str, who: str, level: str) -> bool:
        if who == proposer:
            return False
        if level == "suspended":
            return "erin" in (who, proposer) and bool({who, proposer} & set(TIGHTENS))
        return any({proposer, who} == set(pair) for pair in PAIRS)


class Machine(Played):
    """People hold, propose, approve, review; somebody outside meddles; time passes; workers work."""

    async def opening(self) -> None:
        self.model = Model()
        await self.world.declared()
        await self.world.declared()

    @rule(who=st.sampled_from(PEOPLE), incident=st.sampled_from(INCIDENTS), level=st.sampled_from(LEVELS[1:]))
    def hold(self, who: str, incident: str, level: str) -> None:
        expected = self.model.may_tighten(who, incident, level)
        actor = self.world.actor(who)
        hold = self.allowed(
            controls.set_control(self.world.ctx, actor, incident, USDT, level, WHY), expected=expected
        )
        if hold is not None:
            self.model.held[incident] = level
            self.model.review[incident] = self.world.clock.now() + self.world.control(USDT).review_after

    @rule(
        who=st.sampled_from(PROPOSERS), incident=st.sampled_from(INCIDENTS), how=st.sampled_from(sorted(ASKS))
    )
    def propose(self, who: str, incident: str, how: str) -> None:
        level, now = self.model.held.get(incident), self.world.clock.now()
        others = [p for p, *_ in self.model.proposed.values() if (p.incident_id, p.kind) == (incident, how)]
        waits = any(p.shown.expires_at > now for p in others)
        entitled = who in TIGHTENS or (who == "erin" and level == "suspended")
        asked = ASKS[how](self.world.ctx, self.world.actor(who), incident, USDT, OVER)
        made = self.allowed(asked, expected=level is not None and entitled and not waits)
        if made is not None and level is not None:
            self.model.proposed[made.id] = (made, who, level)

    @precondition(lambda self: self.model.proposed)
    @rule(data=st.data(), who=st.sampled_from(PEOPLE))
    def approve(self, data: st.DataObject, who: str) -> None:
        found = data.draw(st.sampled_from(sorted(self.model.proposed)))
        made, proposer, level = self.model.proposed[found]
        versions = self.go(self._versions())
        same = versions == made.shown.hold_versions
        late = self.world.clock.now() >= made.shown.expires_at
        second = self.model.second(proposer, who, level)
        actor = self.world.actor(who)
        done = self.allowed(
            approvals.approve(self.world.ctx, actor, made.id, made.hash),
            expected=second and same and not late,
        )
        if done is not None or late or (second and not same):
            del self.model.proposed[found]
        if done is not None:
            self.go(self.world.drain())
            to = made.shown.targets.get(USDT)
            if to:
                self.model.held[made.incident_id] = to
            else:
                del self.model.held[made.incident_id]
                del self.model.review[made.incident_id]

    async def _versions(self) -> dict[str, int]:
        async with self.world.ctx.store.read() as tx:
            return {h.id: h.claim for h in await tx.holds.in_force(self.world.ctx.environment, USDT)}

    @rule(who=st.sampled_from(PEOPLE), incident=st.sampled_from(INCIDENTS))
    def extend(self, who: str, incident: str) -> None:
        until = self.world.clock.now() + timedelta(hours=2)
        expected = who in TIGHTENS and incident in self.model.held and self.model.review[incident] < until
        asked = reviews.extend_holds(self.world.ctx, self.world.actor(who), incident, timedelta(hours=2), WHY)
        if self.allowed(asked, expected=expected) is not None:
            self.model.review[incident] = until

    @precondition(lambda self: self.model.held)
    @rule()
    def drift(self) -> None:
        """Somebody loosens it at the service; it is set again, as long as that is no fight."""
        self.go(self.world.drain())
        state = self.go(self.world.state())
        lately = [at for at in state.drifts if self.world.clock.now() - at < timedelta(minutes=10)]
        if len(lately) < 3:
            self.world.service.elsewhere(self.world.control(USDT), "normal")
            self.go(self.world.make_due(f"actuate:live:{USDT}:all"))
            self.go(self.world.drain())

    @rule(minutes=st.sampled_from((1, 9, 40)))
    def wait(self, minutes: int) -> None:
        self.go(self.world.pass_time(minutes=minutes))

    @rule()
    def work(self) -> None:
        self.go(self.world.drain())

    @invariant()
    def what_is_held_and_when_it_is_reviewed_is_as_the_model_says(self) -> None:
        if not hasattr(self, "world"):
            return
        for incident in INCIDENTS:
            holds = self.go(self.world.holds(incident))
            hold = holds.get(USDT)
            assert (hold.level if hold else None) == self.model.held.get(incident)
            assert (hold.review_at if hold else None) == self.model.review.get(incident)

    @invariant()
    def once_the_work_is_done_observed_is_desired_and_every_decision_has_its_one_outcome(self) -> None:
        if not hasattr(self, "world"):
            return
        self.go(self.world.drain())
        assert self.world.service.level(self.world.control(USDT)) == self.model.desired
        every = [o for i in INCIDENTS for o in self.go(self.world.outcomes(USDT, i))]
        assert Outcome.PENDING not in every
        marks = [(e.epoch, e.generation) for e in self.world.service.effects]
        assert marks == sorted(set(marks))
        assert find_flaw(self.go(self.world.rows())) is None


def test_holds_approvals_drift_and_review_times_agree_with_a_plain_model(sqlite_template: Path) -> None:
    play(Machine, sqlite_template, examples=14, steps=14)
