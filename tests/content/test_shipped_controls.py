"""The shipped controls, modes and ladder: the numbers agreed on, as the sandbox marketplace takes them."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.content import check
from bot.controls.filling import facts_of, fill_body, fill_path
from bot.domain.adapter import HttpAdapter
from bot.domain.base import Role
from bot.domain.content import Content
from bot.domain.control import Control, Level, matching
from bot.domain.mode import ModeId, mode_levels, standing_guarantees
from bot.sandbox.marketplace.catalogue import BY_PATH
from tests.content.folder import SHIPPED

SUSPENSIONS = {
    *("withdrawals.limit.USDT.TRON suspended", "withdrawals.limit.USDT.ETH suspended"),
    *("withdrawals.limit.BTC.BTC suspended", "deposits.USDT.TRON suspended", "deposits.USDT.ETH suspended"),
    *("deposits.BTC.BTC suspended", "settlement.trusted stopped", "route.northbank closed"),
    *("route.harbor closed", "trading.BTC-USDT halted", "custody.signing frozen"),
}
MARKET = {
    *("swaps", "quotes", "orders.max_notional", "orders.depth_pct", "orders.price_band_bps"),
    *("trading.BTC-USDT", "api.public_rps", "change_freeze"),
}
NUMBERS: dict[str, list[tuple[str | int, ...]]] = {
    "withdrawals.limit.USDT.TRON": [
        ("normal", "250000", "2000000"),
        ("eased", "100000", "1000000"),
        ("tightened", "25000", "500000"),
        ("trickle", "5000", "200000"),
        ("small_only", "500", "100000"),
        ("suspended", "0", "0"),
    ],
    "withdrawals.risk": [("normal", 0, 0), ("checked", 7200, 7200), ("strict", 86400, 86400)],
    "transfers.cross_rail": [("normal", "1000000"), ("limited", "50000"), ("none", "0")],
    "settlement.trusted": [("normal", "all"), ("allow_list", "allow_list"), ("stopped", "stopped")],
    "rebalancing": [("normal", "automatic"), ("manual", "manual"), ("blocked", "blocked")],
    "promo.payouts": [("normal", "enabled"), ("paused", "paused")],
    "route.northbank": [
        ("normal", "open", 100),
        ("half", "open", 50),
        ("settle_only", "settle_only", 0),
        ("closed", "closed", 0),
    ],
    "swaps": [("normal", "all"), ("low_risk", "low_risk"), ("none", "none")],
    "quotes": [("normal", "1", 10), ("wide", "2", 5), ("very_wide", "4", 2)],
    "orders.max_notional": [("normal", "250000"), ("medium", "50000"), ("small", "10000"), ("tiny", "1000")],
    "orders.depth_pct": [("normal", 100), ("half", 50), ("quarter", 25), ("none", 0)],
    "orders.price_band_bps": [("normal", 1000), ("narrow", 500), ("very_narrow", 200)],
    "trading.BTC-USDT": [
        ("normal", "online", True),
        ("limit_only", "limit_only", True),
        ("cancel_only", "cancel_only", True),
        ("halted", "halted", False),
    ],
    "api.public_rps": [("normal", 50), ("reduced", 20), ("minimal", 5)],
    "change_freeze": [("normal", False), ("frozen", True)],
    "custody.signing": [("normal", "normal"), ("frozen", "frozen")],
}


def sent(control: Control, level: Level) -> tuple[str, bytes]:
    """The path and body that setting a level sends."""
    assert isinstance(control.adapter, HttpAdapter)
    facts = facts_of(control, control.targets[0], level.value)
    body = control.adapter.set.body
    whole = level.value if body is None else fill_body(body, facts)
    return fill_path(control.adapter.set.path, facts), json.dumps(whole).encode()


def test_everything_shipped_is_right() -> None:
    assert check(SHIPPED / "runbooks", SHIPPED / "templates") == []


def test_the_marketplace_takes_every_level_as_it_is_written(shipped: Content) -> None:
    for control in shipped.controls:
        for level in control.levels:
            path, body = sent(control, level)
            taken = BY_PATH[path].model.model_validate_json(body).fields()
            assert {k: taken[k] for k in level.value} == level.value, f"{control.id} {level.id}"


def test_normal_is_what_the_marketplace_begins_with_and_the_last_level_its_strictest(
    shipped: Content,
) -> None:
    for control in shipped.controls:
        path, body = sent(control, control.levels[0])
        kind = BY_PATH[path]
        assert kind.model.model_validate_json(body) == kind.default, control.id
        _, body = sent(control, control.levels[-1])
        assert kind.model.model_validate_json(body) == kind.strictest, control.id


def test_every_resource_of_the_marketplace_has_its_control(shipped: Content) -> None:
    assert {sent(c, c.levels[0])[0] for c in shipped.controls} == set(BY_PATH)


@pytest.mark.parametrize("control_id", NUMBERS)
def test_levels_bear_the_numbers_agreed_on(shipped: Content, control_id: str) -> None:
    levels = shipped.by_id[control_id].levels
    width = len(NUMBERS[control_id][0]) - 1

    found = [
        (level.id, *list(level.value.values())[1 if "limit." in control_id else 0 :][:width])
        for level in levels
    ]

    assert found == NUMBERS[control_id]


def test_deposits_wait_for_three_times_the_confirmations_when_delayed(shipped: Content) -> None:
    for control in matching(shipped.controls, "deposits.*"):
        usual, delayed = (control.level(one).value["confirmations"] for one in ("normal", "delayed"))
        assert delayed == 3 * int(usual)


def test_full_suspensions_are_exactly_those_agreed_on(shipped: Content) -> None:
    found = {f"{c.id} {lv.id}" for c in shipped.controls for lv in c.levels if lv.full_suspension}

    assert found == SUSPENSIONS


def test_every_withdrawal_level_says_what_happens_to_requests_in_flight(shipped: Content) -> None:
    for control in matching(shipped.controls, "withdrawals.limit.*"):
        for level in control.levels:
            assert level.in_flight is not None
            assert level.in_flight == level.value["in_flight"]


def test_every_control_stands_under_its_rule(shipped: Content) -> None:
    rules = {c.id: c.rule for c in shipped.controls}

    assert {c for c, rule in rules.items() if rule == "market"} == MARKET
    assert {c for c, rule in rules.items() if rule == "signing"} == {"custody.signing"}
    assert set(rules.values()) == {"market", "signing", "money"}


def test_the_rules_name_who_tightens_and_who_loosens(shipped: Content) -> None:
    rules = shipped.authority.rules
    commander, treasury = Role.INCIDENT_COMMANDER, Role.TREASURY_LEAD
    ops, technical = Role.WALLET_OPS_LEAD, Role.TECHNICAL_LEAD

    assert set(rules["money"].tighten) == {ops, treasury, commander}
    assert set(rules["money"].loosen) == {treasury, commander}
    assert set(rules["market"].tighten) == {technical, commander}
    assert set(rules["market"].loosen) == {technical, commander}
    assert set(rules["signing"].tighten) == {ops, Role.EXECUTIVE}
    assert rules["signing"].tighten_needs == 2
    assert shipped.by_id["custody.signing"].irreversible


def levels_of(content: Content, mode: ModeId) -> dict[str, str]:
    return {c.id: level.id for c, level in mode_levels(content.modes[mode], content.controls)}


def test_the_modes_take_the_levels_agreed_on(shipped: Content) -> None:
    stressed, protected = levels_of(shipped, ModeId.STRESSED), levels_of(shipped, ModeId.PROTECTED)
    limits = [c.id for c in matching(shipped.controls, "withdrawals.limit.*")]
    shared = {"rebalancing": "manual", "promo.payouts": "paused", "change_freeze": "frozen"}

    assert levels_of(shipped, ModeId.NORMAL) == {}
    assert stressed == shared | dict.fromkeys(limits, "tightened") | {
        "withdrawals.risk": "checked",
        "transfers.cross_rail": "limited",
        "swaps": "low_risk",
        "quotes": "wide",
        "orders.max_notional": "medium",
        "orders.depth_pct": "half",
        "orders.price_band_bps": "narrow",
    }
    assert protected == shared | dict.fromkeys(limits, "small_only") | {
        "withdrawals.risk": "strict",
        "transfers.cross_rail": "none",
        "settlement.trusted": "allow_list",
        "swaps": "none",
        "quotes": "very_wide",
        "trading.BTC-USDT": "limit_only",
        "orders.max_notional": "small",
        "orders.depth_pct": "quarter",
        "orders.price_band_bps": "very_narrow",
        "api.public_rps": "minimal",
    }


def test_protected_is_nowhere_looser_than_stressed(shipped: Content) -> None:
    stressed, protected = levels_of(shipped, ModeId.STRESSED), levels_of(shipped, ModeId.PROTECTED)

    for control_id, level in stressed.items():
        control = shipped.by_id[control_id]
        assert control.index(protected[control_id]) >= control.index(level), control_id


@pytest.mark.parametrize("mode_id", list(ModeId))
def test_a_mode_keeps_its_own_promises(shipped: Content, mode_id: ModeId) -> None:
    observed: dict[str, str | None] = {c.id: "normal" for c in shipped.controls}
    observed |= levels_of(shipped, mode_id)

    standing, lapsed = standing_guarantees(shipped.modes[mode_id], shipped.controls, observed)

    assert lapsed == []
    assert {"log-in", "balances", "browsing", "cancelling", "withdrawals"} <= {g.id for g in standing}


@pytest.mark.parametrize(
    ("mode_id", "control_id", "level", "lapses"),
    [
        (ModeId.PROTECTED, "withdrawals.limit.BTC.BTC", "suspended", "withdrawals"),
        (ModeId.PROTECTED, "custody.signing", "frozen", "withdrawals"),
        (ModeId.PROTECTED, "settlement.trusted", "stopped", "settlement"),
        (ModeId.PROTECTED, "trading.BTC-USDT", "halted", "cancelling"),
        (ModeId.STRESSED, "withdrawals.limit.USDT.ETH", "trickle", "withdrawals"),
        (ModeId.STRESSED, "deposits.USDT.TRON", "suspended", "deposits"),
        (ModeId.STRESSED, "trading.BTC-USDT", "limit_only", "trading"),
        (ModeId.NORMAL, "swaps", "low_risk", "swaps"),
        (ModeId.NORMAL, "withdrawals.risk", None, "withdrawals"),
    ],
)
def test_a_promise_lapses_when_something_it_needs_is_stricter_or_unknown(
    shipped: Content, mode_id: ModeId, control_id: str, level: str | None, lapses: str
) -> None:
    observed: dict[str, str | None] = {c.id: "normal" for c in shipped.controls}
    observed |= levels_of(shipped, mode_id) | {control_id: level}

    _, lapsed = standing_guarantees(shipped.modes[mode_id], shipped.controls, observed)

    assert [g.id for g in lapsed] == [lapses]


def walk(content: Content, start: dict[str, str]) -> list[dict[str, str]]:
    """Where every control stands after each step of the ladder, `rest` taken stage by stage."""
    ladder = content.modes[ModeId.PROTECTED].ladder
    assert ladder
    stands, walked = dict(start), [dict(start)]
    for step in ladder.steps:
        ways = [(p, (level,)) for p, level in step.levels.items()] + list((step.rest or {}).items())
        for pattern, stages in ways:
            for control in matching(content.controls, pattern):
                for level in stages:
                    if control.index(level) < control.index(stands[control.id]):
                        stands[control.id] = level
                        walked.append(dict(stands))
    return walked


def test_the_ladder_waits_and_asks_between_its_steps(shipped: Content) -> None:
    ladder = shipped.modes[ModeId.PROTECTED].ladder
    assert ladder
    waits = {step.id: step.wait for step in ladder.steps}

    assert ladder.begin == ("cause-ended", "books-match", "coverage-restored")
    assert all(step.gate == "refill-keeps-up" for step in ladder.steps)
    assert [*waits][:5] == ["trickle", "tightened", "eased", "usual-limits", "extras"]
    assert [waits[one] for one in ("trickle", "tightened", "eased", "usual-limits")] == [
        *(timedelta(minutes=30), timedelta(minutes=30), timedelta(minutes=60), timedelta(hours=24)),
    ]
    assert ladder.steps[-1].levels == {"change_freeze": "normal"}


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_from_wherever_controls_stand_the_ladder_only_loosens_and_leaves_nothing(
    shipped: Content, data: st.DataObject
) -> None:
    start = {
        c.id: "normal" if c.irreversible else data.draw(st.sampled_from([lv.id for lv in c.levels]))
        for c in shipped.controls
    }

    walked = walk(shipped, start)

    assert set(walked[-1].values()) == {"normal"}
    for before, after in pairwise(walked):
        for control_id, level in after.items():
            control = shipped.by_id[control_id]
            assert control.index(level) <= control.index(before[control_id])
