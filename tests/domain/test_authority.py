"""Who may do what: one may tighten, two must loosen, an executive is one of the two out of a suspension."""

from __future__ import annotations

import itertools

import pytest

from bot.domain.authority import acting_roles, covers, loosening_roles, require_any
from bot.domain.base import Role
from bot.domain.errors import NotEntitled
from tests.domain.builders import AUTHORITY, DIRECTORY, PEOPLE, RULE_A

COMMANDER, TREASURY, EXECUTIVE = Role.INCIDENT_COMMANDER, Role.TREASURY_LEAD, Role.EXECUTIVE


def roles_of(name: str, assigned: dict[Role, str] | None = None) -> frozenset[Role]:
    return acting_roles(DIRECTORY, name, assigned or {})


def may_loosen(one: str, other: str, *, out_of_suspension: bool = False) -> bool:
    pairs = loosening_roles(RULE_A, AUTHORITY, out_of_suspension=out_of_suspension)
    return covers(pairs, roles_of(one), roles_of(other))


def may_tighten(name: str) -> bool:
    try:
        require_any(DIRECTORY, roles_of(name), RULE_A.tighten, "tighten withdrawals")
    except NotEntitled:
        return False
    return True


def test_one_entitled_person_tightens_alone() -> None:
    assert {name for name in PEOPLE if may_tighten(name)} == {"alice", "bob", "frank"}


def test_loosening_takes_the_two_roles_of_the_rule_either_way_round() -> None:
    pairs = {frozenset(p) for p in itertools.permutations(PEOPLE, 2) if may_loosen(*p)}
    assert pairs == {frozenset({"alice", "bob"})}
    assert may_loosen("alice", "bob")
    assert may_loosen("bob", "alice")


def test_out_of_a_full_suspension_one_of_the_two_is_an_executive() -> None:
    pairs = {
        frozenset(p) for p in itertools.permutations(PEOPLE, 2) if may_loosen(*p, out_of_suspension=True)
    }
    assert pairs == {frozenset({"alice", "erin"}), frozenset({"bob", "erin"})}


def test_an_executive_and_somebody_without_a_part_cover_nothing() -> None:
    assert not may_loosen("erin", "carol", out_of_suspension=True)
    assert not may_loosen("erin", "dana")


@pytest.mark.parametrize(
    ("one", "other", "enough"),
    [
        ({COMMANDER, TREASURY}, set(), False),
        ({COMMANDER, TREASURY}, {EXECUTIVE}, False),
        ({COMMANDER, TREASURY}, {TREASURY}, True),
        ({COMMANDER}, {COMMANDER}, False),
        (set(), set(), False),
    ],
)
def test_both_roles_in_one_person_are_not_two_persons(
    one: set[Role], other: set[Role], *, enough: bool
) -> None:
    pairs = ((COMMANDER, TREASURY),)
    assert covers(pairs, one, other) == enough
    assert covers(pairs, other, one) == enough


def test_no_pairs_are_covered_by_nobody() -> None:
    assert not covers((), set(Role), set(Role))


def test_a_role_given_to_somebody_is_theirs_alone() -> None:
    assert TREASURY in roles_of("bob", {TREASURY: "bob"})
    assert TREASURY not in roles_of("bob", {TREASURY: "alice"})


def test_being_assigned_a_role_without_being_eligible_gives_nothing() -> None:
    assert roles_of("carol", {COMMANDER: "carol"}) == frozenset()


def test_a_role_nobody_holds_yet_is_open_to_all_who_may_hold_it() -> None:
    assert roles_of("frank") == {Role.TECHNICAL_LEAD, Role.WALLET_OPS_LEAD}


def test_a_refusal_names_those_who_may() -> None:
    with pytest.raises(NotEntitled) as refused:
        require_any(DIRECTORY, roles_of("carol"), RULE_A.tighten, "tighten withdrawals")
    assert refused.value.who == ("Frank", "Bob", "Alice")
    assert str(refused.value) == (
        "To tighten withdrawals takes the wallet ops lead or treasury lead or incident commander: "
        "Frank, Bob, Alice."
    )


def test_a_refusal_names_a_role_once() -> None:
    with pytest.raises(NotEntitled, match="takes the incident commander: "):
        require_any(DIRECTORY, (), (COMMANDER, COMMANDER), "name the leads")


def test_a_refusal_admits_when_nobody_may() -> None:
    with pytest.raises(NotEntitled, match="nobody listed yet"):
        require_any(DIRECTORY, (), (Role.COMPLIANCE_LEAD,), "file the notice")


def test_the_role_given_back_is_the_first_wanted_one_that_the_person_acts_in() -> None:
    wanted = (Role.WALLET_OPS_LEAD, Role.TECHNICAL_LEAD)
    assert require_any(DIRECTORY, roles_of("frank"), wanted, "x") is Role.WALLET_OPS_LEAD


def test_a_person_is_known_by_their_slack_id_and_an_empty_one_is_nobody() -> None:
    key_only = PEOPLE["erin"].model_copy(update={"slack": ""})
    directory = DIRECTORY.model_copy(update={"people": PEOPLE | {"erin": key_only}})
    assert directory.by_slack("UALICE") == PEOPLE["alice"]
    assert directory.by_slack("UNOBODY") is None
    assert directory.by_slack("") is None
