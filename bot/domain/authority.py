"""Who may do what. Tightening is easy, loosening is hard (law 6); rules compare persons, never accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from fnmatch import fnmatchcase

from pydantic import Field, field_validator

from bot.domain.base import Duration, Frozen, Role
from bot.domain.errors import NotEntitled
from bot.domain.proof import StepUp, read_public
from bot.domain.transfer import Bucket


class Person(Frozen):
    """One human. `id` is stable across Slack users and keys; `phone` is for the day Slack is away.

    `keys` are the public keys by which the command line knows them, as `breakwater operator enroll` prints.
    """

    id: str
    name: str
    slack: str = ""
    phone: str = ""
    keys: tuple[str, ...] = ()

    @field_validator("keys")
    @classmethod
    def _are_keys(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for key in keys:
            read_public(key)
        return keys


class Contact(Frozen):
    """Somebody outside, or a line, to call in an incident: what for, how, and who if they do not answer.

    `checked` is the day on which somebody last called and was answered.
    """

    name: str
    reach: str
    purpose: str = ""
    instead: str = ""
    checked: date | None = None


class RoleHolders(Frozen):
    """Who may hold a role: persons by id, and Slack user groups pinned by id."""

    people: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


class Rule(Frozen):
    """Who tightens alone, which two roles loosen together, and how many it takes to tighten.

    `step_up` is what an approver of loosening gives beside their yes, `step_up_suspended` the same out of a
    full suspension where that is more.
    """

    tighten: tuple[Role, ...]
    loosen: tuple[Role, Role]
    tighten_needs: int = 1
    step_up: StepUp = StepUp.NONE
    step_up_suspended: StepUp = StepUp.NONE


class BreakGlass(Frozen):
    """Who may pass a shut gate or do without the second approval, how many times, and who looks at it after.

    `at_most` is by one person `within` so long; a gate stays open for `lasts`. `reasons` are codes with what
    they mean.
    """

    who: tuple[Role, ...] = (Role.INCIDENT_COMMANDER, Role.EXECUTIVE)
    review: tuple[Role, ...] = (Role.EXECUTIVE, Role.COMPLIANCE_LEAD, Role.INCIDENT_COMMANDER)
    at_most: int = Field(default=2, ge=0)
    within: Duration = timedelta(hours=1)
    lasts: Duration = timedelta(minutes=15)
    reasons: dict[str, str] = {
        "customer_harm": "customers are harmed more by waiting",
        "gate_wrong": "the gate asks for what is not so",
        "nobody_answers": "the second person cannot be reached",
        "ordered": "an authority or a court orders it",
    }


class Authority(Frozen):
    """The policy: a rule per kind of control, and which roles may do each other act.

    `acts` maps an act such as `publish` to roles; an act that is not listed is the commander's.
    `ratify_within` is how long a full suspension stands on one person's word before an executive is paged;
    A hold placed less than `withdraw_within` ago is taken back by two without a ladder; beyond
    `suspensions_an_hour` by one person an executive is paged at once. `buckets` are our funds by purpose.
    `step_up` names controls, or patterns of them, that go by it instead of by their rule. What two people
    attest to opens a gate for `attested_for`. Who does not answer is passed over: deputies are paged
    `deputy_after`, executives `executive_after`.
    """

    rules: dict[str, Rule]
    acts: dict[str, tuple[Role, ...]] = {}
    ratify_within: Duration = timedelta(minutes=15)
    proposal_ttl: Duration = timedelta(hours=1)
    extend_at_most: Duration = timedelta(hours=4)
    withdraw_within: Duration = timedelta(minutes=10)
    suspensions_an_hour: int = 6
    executive: Role = Role.EXECUTIVE
    buckets: dict[str, Bucket] = {}
    step_up: dict[str, StepUp] = {}
    break_glass: BreakGlass = BreakGlass()
    attested_for: Duration = timedelta(minutes=15)
    deputy_after: Duration = timedelta(minutes=3)
    executive_after: Duration = timedelta(minutes=8)


class Directory(Frozen):
    """Everyone known, who may hold which role, and whom to call outside."""

    people: dict[str, Person]
    roles: dict[Role, RoleHolders]
    contacts: dict[str, Contact] = {}

    def by_slack(self, slack_id: str) -> Person | None:
        """The person behind a Slack user id."""
        return next((p for p in self.people.values() if p.slack and p.slack == slack_id), None)

    def by_key(self, key: str) -> Person | None:
        """The person whose public key this is."""
        return next((p for p in self.people.values() if key in p.keys), None)

    def eligible(self, person_id: str) -> frozenset[Role]:
        """The roles a person may hold."""
        return frozenset(role for role, who in self.roles.items() if person_id in who.people)

    def holders(self, roles: Iterable[Role]) -> list[Person]:
        """Everyone who may hold any of these roles, in the order written."""
        ids = [p for role in roles for p in self.roles.get(role, RoleHolders()).people]
        return [self.people[i] for i in dict.fromkeys(ids) if i in self.people]


def acting_roles(directory: Directory, person_id: str, assigned: Mapping[Role, str]) -> frozenset[Role]:
    """The roles a person acts in: those assigned to them, and eligible ones assigned to nobody."""
    eligible = directory.eligible(person_id)
    return frozenset(r for r in eligible if assigned.get(r, person_id) == person_id)


def require_any(directory: Directory, held: Iterable[Role], wanted: Iterable[Role], act: str) -> Role:
    """The role under which the person may do this. Raises NotEntitled with the names of who may."""
    wanted = tuple(dict.fromkeys(wanted))
    have = set(held)
    for role in wanted:
        if role in have:
            return role
    who = [p.name for p in directory.holders(wanted)]
    names = ", ".join(who) if who else "nobody listed yet"
    roles = " or ".join(r.words for r in wanted)
    raise NotEntitled(f"To {act} takes the {roles}: {names}.", who=who)


def loosening_roles(
    rule: Rule, authority: Authority, *, out_of_suspension: bool
) -> tuple[tuple[Role, Role], ...]:
    """The pairs of roles of which two different persons must cover one, either way round."""
    if not out_of_suspension:
        return (rule.loosen,)
    return tuple((role, authority.executive) for role in rule.loosen)


def step_up_for(authority: Authority, rule: Rule, control_id: str, *, suspended: bool) -> StepUp:
    """What an approver gives beside a yes to loosening a control; `suspended`: out of a full suspension."""
    for pattern, named in authority.step_up.items():
        if fnmatchcase(control_id, pattern):
            return named
    asked = (rule.step_up, rule.step_up_suspended) if suspended else (rule.step_up,)
    return max(asked, key=lambda s: s.rank)


def covers(pairs: Iterable[tuple[Role, Role]], one: Iterable[Role], other: Iterable[Role]) -> bool:
    """Whether two persons holding these roles cover one of the pairs between them."""
    a, b = set(one), set(other)
    return any((x in a and y in b) or (y in a and x in b) for x, y in pairs)
