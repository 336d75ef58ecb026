"""Whatever is killed or stopped at whatever moment: nothing is lost, nothing is applied twice or late."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.run import Plan, crash


@pytest.mark.timeout(150)
async def test_no_crash_loses_a_decision_or_repeats_an_effect(any_url: str, tmp_path: Path) -> None:
    report = await crash(any_url, tmp_path, Plan(decisions=40, workers=2))
    assert report.violations == [], report.figures
    # It proves nothing unless something happened.
    assert report.figures["kills"] >= 1
    assert report.figures["faults"] >= 1
    assert report.figures["applied"] >= 5
    assert report.figures["confirmed"] >= 5
