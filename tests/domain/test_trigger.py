"""Triggers: the first whose labels all match raises the suggestion."""

from __future__ import annotations

from bot.domain.trigger import Trigger, match_trigger

OUTFLOW = Trigger(id="outflow", title="Outflow", match={"alertname": "Withdrawal*", "severity": "critical"})
ANY = Trigger(id="any", title="Anything critical", match={"severity": "critical"})


def matched(**labels: str) -> str | None:
    found = match_trigger([OUTFLOW, ANY], labels)
    return found.id if found else None


def test_every_label_pattern_must_match_and_the_first_trigger_wins() -> None:
    assert matched(alertname="WithdrawalQueueGrowing", severity="critical") == "outflow"
    assert matched(alertname="DiskFull", severity="critical") == "any"


def test_a_label_that_is_missing_or_other_matches_nothing() -> None:
    assert matched(alertname="WithdrawalQueueGrowing", severity="warning") is None
    assert matched(alertname="WithdrawalQueueGrowing") is None
    assert matched() is None
