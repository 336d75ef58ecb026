"""The whole demo, once: the real bot, the strict Slack, the marketplace, one incident from alert to close."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.demo import main

pytestmark = pytest.mark.timeout(280)
UNDER = 240  # seconds on a machine that runs other tests beside it; alone it takes a fifth of that


def test_the_demo_plays_one_incident_to_its_close_and_leaves_its_artifacts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(tmp_path)
    told = capsys.readouterr().out
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert status == 0, f"{summary['failure']}\n{told[-4000:]}"
    assert summary["held"]
    assert all(check["held"] for check in summary["checks"])
    assert summary["wall_seconds"] < UNDER
    _tells_the_story(told)
    _shows_what_protection_was_worth(summary["figures"])
    _left(tmp_path)


def _tells_the_story(told: str) -> None:
    for words in (
        "phase protected",
        "PROTECTED",
        "hot wallet",
        "Alice",
        "Bob",
        "Carol",
        "Dana",
        "Frank",
        "SIGKILL",
    ):
        assert words in told


def _shows_what_protection_was_worth(figures: dict[str, Any]) -> None:
    guarded, idle = figures["protected_run"], figures["unprotected_run"]
    assert float(guarded["own_at_end"]) > float(idle["own_at_end"])
    times = ("detected", "classified", "protective_action", "first_public_update", "closed")
    assert all(figures[name] is not None for name in times)


def _left(out: Path) -> None:
    assert "INC-1" in (out / "review.html").read_text()
    pages = sorted((out / "status").glob("*/status.html"))
    assert len(pages) >= 4
    assert all("INC-1" not in page.read_text() for page in pages)  # a running number is nobody's business
    ET.parse(out / "status" / "feed.atom")  # noqa: S314 - our own feed
    told = {page.stem for page in (out / "macros" / "protected").glob("*.txt")}
    assert told >= {"is-my-money-safe", "when-will-it-resume", "do-i-need-to-do-anything"}
    rows = (out / "ledger" / "rows.jsonl").read_text().splitlines()
    manifest = json.loads((out / "ledger" / "manifest.json").read_text())
    assert manifest["rows"] == len(rows) > 200
