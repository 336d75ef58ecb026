"""A small performance in which every check holds, to be spoiled one thing at a time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.sandbox.demo.checks import QUESTIONS, Evidence
from bot.sandbox.demo.figures import Figures, Outcome
from bot.sandbox.demo.play import Notes
from bot.sandbox.demo.record import Record
from bot.sandbox.demo.truth import Told

SWAPS = "/v1/swaps"
START = datetime(2026, 11, 20, 3, tzinfo=UTC)
ALERT = {"alertname": "HotWalletCoverageLow", "severity": "critical"}
TOLD = Told(SWAPS, {"pairs": "none"}, "Instant swaps are paused")
PHASES = ("stabilize", "protected", "recover", "review", "closed")


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def row(minute: int, kind: str, actor: str = "breakwater", **data: Any) -> dict[str, Any]:
    return {"seq": minute, "at": at(minute).isoformat(), "kind": kind, "actor": actor, "data": data}


def rows() -> list[dict[str, Any]]:
    """A row a minute."""
    return [
        row(1, "suggestion.raised", labels=ALERT),
        row(2, "incident.declared", "alice"),
        row(3, "classification.answered", "alice", signals={"coverage": "0.1"}),
        row(4, "class.set"),
        row(5, "publication.published", body="We are looking into it."),
        row(6, "phase.entered", after="stabilize"),
        row(7, "mode.decided", "alice", mode="protected", levels={"swaps": "none", "quotes": "wide"}),
        row(8, "phase.entered", after="protected"),
        row(9, "actuation.confirmed", control="quotes"),
        row(12, "actuation.settled", control="swaps"),
        row(20, "proposal.made", "alice", proposes="mode_off"),
        row(21, "proposal.approved", "bob"),
        row(22, "phase.entered", after="recover"),
        row(23, "plan.stage_begun", stage="trickle"),
        row(24, "plan.stage_confirmed", stage="trickle"),
        row(25, "plan.stage_begun", stage="everything"),
        row(26, "plan.stage_confirmed", stage="everything"),
        row(27, "plan.done"),
        row(28, "phase.entered", after="review"),
        row(29, "phase.entered", after="closed"),
    ]


def put(minute: int, pairs: str, generation: str) -> dict[str, Any]:
    return {
        "event": "put",
        "path": SWAPS,
        "applied": True,
        "generation": generation,
        "reason": "for a reason",
        "value_after": {"pairs": pairs},
        "at": at(minute).isoformat(),
    }


def macros(minute: int, works: str) -> dict[str, Any]:
    six = [{"id": n, "question": f"{n}?", "answer": works if n == "works" else ""} for n in sorted(QUESTIONS)]
    return {"as_of": at(minute).isoformat(), "in_force": [{"outdated": False, "macros": six}]}


def good(out: Path) -> Evidence:
    """All that the checks want to see."""
    (out / "review.html").write_text("<h1>INC-1</h1><a href='#record'>Record</a>")
    for number in range(5):
        (out / "status" / str(number)).mkdir(parents=True)
    (out / "status" / "feed.atom").write_text("<feed/>")
    run = Outcome("1", "1", "30", "1", 1, 0)
    notes = Notes(["Carol: no"], "PROTECTED 2/2", at(7), at(10), -9, 3.0, at(18), 200.0)
    return Evidence(
        notes=notes,
        record=Record(tuple(rows())),
        controls=[{"path": SWAPS, "value": {"pairs": "all"}, "default": {"pairs": "all"}}],
        audit=[put(9, "none", "1/1"), put(24, "all", "1/2")],
        updates=[
            {"created_at": at(15 + n).isoformat(), "body": "Instant swaps are paused."} for n in range(5)
        ],
        macros={"protected": macros(16, "Instant swaps are paused."), "end": macros(40, "All works.")},
        refusals=[],
        levels=[TOLD],
        figures=Figures(1, 1, 1, 1, 1, 1, 1, 1, run, run, "5"),
        verify=(0, "29 rows hold together and match 6 signed heads."),
        out=out,
    )


def without(seen: Evidence, kind: str) -> Evidence:
    """The same with no row of a kind."""
    return replace(seen, record=Record(tuple(r for r in seen.record.rows if r["kind"] != kind)))


def with_row(seen: Evidence, new: dict[str, Any]) -> Evidence:
    """The same with one more row."""
    return replace(seen, record=Record((*seen.record.rows, new)))
