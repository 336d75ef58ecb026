"""What must have held for the demo to count as played: each check with a sentence about what was found."""

from __future__ import annotations

import itertools
import re
import signal
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.sandbox.demo.figures import Figures, after_decision
from bot.sandbox.demo.play import Notes
from bot.sandbox.demo.record import Record, moment
from bot.sandbox.demo.truth import Told, Values, untruths

Json = dict[str, Any]
WAY = ["stabilize", "protected", "recover", "review", "closed"]
ACK_MS = 3000
# The holding statement, protected mode, one update and the end; how many stages of the way out are told
# besides depends on how fast they follow one another.
UPDATES = 4
QUESTIONS = {"money", "withdrawal", "limited", "resume", "works", "do"}
NOBODYS_FAULT = (
    "role.unanswered",
    "suggestion.escalated",
    "hold.unratified",
    "step.overdue",
    "public.overdue",
)
_FETCHES = re.compile(
    r"""(?:src|href)\s*=\s*["'](?!#|data:|https?://(?:127\.0\.0\.1|localhost))[^"']+["']|@import"""
)
_ALERT = ("HotWalletCoverageLow", "critical")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that had to hold."""

    name: str
    held: bool
    found: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything the checks look at; nothing of it comes from inside the bot but its own ledger bundle."""

    notes: Notes
    record: Record
    controls: list[Json]
    audit: list[Json]
    updates: list[Json]
    macros: Mapping[str, Json]
    refusals: list[Json]
    levels: list[Told]
    figures: Figures
    verify: tuple[int, str]
    out: Path


def all_checks(seen: Evidence) -> list[Check]:
    """Every check, in the order of the story."""
    return [*_story(seen), *_controls(seen), *_words(seen), *_record(seen), *_artifacts(seen)]


def _story(seen: Evidence) -> Iterator[Check]:
    record, notes = seen.record, seen.notes
    raised = record.of("suggestion.raised")
    labels = raised[0]["data"]["labels"] if raised else {}
    alert = (labels.get("alertname"), labels.get("severity"))
    yield Check("an unmodified Alertmanager body raised the suggestion", alert == _ALERT, _named(alert))
    answered = record.of("classification.answered")
    beside = bool(answered) and all(row["data"]["signals"] for row in answered)
    yield Check("the tree was answered with signals beside it", beside, f"{len(answered)} answers")
    way = [row["data"]["after"] for row in record.of("phase.entered")]
    yield Check("the incident went through every phase to its close", way == WAY, " → ".join(way))
    carol = len(record.by("carol"))
    refused = len(notes.refusals)
    yield Check(
        "Carol was refused, and changed nothing",
        refused > 0 and not carol,
        f"{refused} refusals, {carol} rows",
    )
    yield Check(
        "protection was confirmed whole", _whole(notes.mode_confirmed), notes.mode_confirmed or "never"
    )
    pending = under_way(record, notes.killed_at)
    killed = notes.bot_exit == -signal.SIGKILL and pending > 0 and _whole(notes.mode_confirmed)
    found = f"{pending} controls were under way, back after {notes.bot_back_after:.1f} s"
    yield Check("the bot was killed while controls moved, and carried on", killed, found)
    yield _second_person(record)
    yield _ladder(record)


def _named(alert: tuple[str | None, str | None]) -> str:
    return ", ".join(part for part in alert if part) or "no alert"


def under_way(record: Record, at: datetime | None) -> int:
    """How many controls of protected mode were ordered and not yet confirmed at a moment."""
    decided = next((r for r in record.of("mode.decided") if r["data"]["mode"] == "protected"), None)
    if decided is None or at is None:
        return 0
    return len({r["data"]["control"] for r in after_decision(record, decided["seq"]) if moment(r) > at})


def _second_person(record: Record) -> Check:
    made = [r for r in record.of("proposal.made") if r["data"]["proposes"] == "mode_off"]
    given = record.of("proposal.approved")
    pairs = [(m["actor"], a["actor"]) for m, a in zip(made, given, strict=False)]
    two = bool(pairs) and all(one != other for one, other in pairs)
    return Check("leaving protection took a second person", two, ", ".join(f"{a} + {b}" for a, b in pairs))


def _ladder(record: Record) -> Check:
    """Every stage begun was confirmed before the next began, and the plan came to its end."""
    moves = [
        (r["kind"], r["data"].get("stage")) for r in record.of("plan.stage_begun", "plan.stage_confirmed")
    ]
    stages = [stage for kind, stage in moves if kind == "plan.stage_begun"]
    wanted = [(kind, stage) for stage in stages for kind in ("plan.stage_begun", "plan.stage_confirmed")]
    whole = bool(stages) and moves == wanted and bool(record.of("plan.done"))
    return Check("the ladder reopened stage by stage", whole, ", ".join(stages))


def _whole(progress: str) -> bool:
    found = re.fullmatch(r"PROTECTED (\d+)/(\d+)", progress)
    return found is not None and found[1] == found[2]


def _controls(seen: Evidence) -> Iterator[Check]:
    off = [c["path"] for c in seen.controls if c["value"] != c["default"]]
    yield Check(
        "every control is back at its baseline", not off, ", ".join(off) or f"{len(seen.controls)} controls"
    )
    applied: dict[str, list[tuple[int, ...]]] = defaultdict(list)
    for row in seen.audit:
        if row["applied"] and row["event"] == "put" and row["generation"]:
            applied[row["path"]].append(tuple(int(part) for part in row["generation"].split("/")))
    wrong = [path for path, taken in applied.items() if any(b <= a for a, b in itertools.pairwise(taken))]
    count = sum(len(taken) for taken in applied.values())
    yield Check(
        "no generation took effect twice or after a higher one",
        not wrong and count > 0,
        ", ".join(wrong) or f"{count} sets",
    )
    forgotten = [
        row["path"] for row in seen.audit if row["applied"] and row["event"] == "put" and not row["reason"]
    ]
    yield Check("every set carried its reason", not forgotten, ", ".join(forgotten))


def _words(seen: Evidence) -> Iterator[Check]:
    values = Values(seen.controls, seen.audit)
    wrong = [
        f"{update['created_at']}: {one}"
        for update in seen.updates
        for one in untruths(update["body"], datetime.fromisoformat(update["created_at"]), seen.levels, values)
    ]
    enough = len(seen.updates) >= UPDATES
    yield Check(
        "what the public was told was so",
        not wrong and enough,
        "; ".join(wrong[:3]) or f"{len(seen.updates)} updates",
    )
    wrong = [
        f"{name}: {one}"
        for name, found in seen.macros.items()
        for listed in found["in_force"]
        if not listed["outdated"]
        for one in untruths(
            _works(listed), datetime.fromisoformat(found["as_of"]) + timedelta(minutes=1), seen.levels, values
        )
    ]
    six = all(
        {m["id"] for m in listed["macros"]} >= QUESTIONS
        for found in seen.macros.values()
        for listed in found["in_force"]
    )
    kept = {name for name, found in seen.macros.items() if found["in_force"]}
    yield Check(
        "the macros answered as things were",
        not wrong and six and len(kept) > 1,
        "; ".join(wrong[:3]) or ", ".join(sorted(kept)),
    )


def _works(listed: Json) -> str:
    return "\n".join(m["answer"] for m in listed["macros"] if m["id"] == "works")


def _record(seen: Evidence) -> Iterator[Check]:
    status, said = seen.verify
    yield Check(
        "the ledger's chain and signed heads hold", status == 0, said.splitlines()[-1] if said else ""
    )
    refused = [f"{r['where']}: {r['error']}" for r in seen.refusals]
    yield Check("Slack refused no message", not refused, "; ".join(refused[:3]))
    slow = seen.notes.slowest_ack_ms
    yield Check("Slack had every answer within three seconds", 0 < slow < ACK_MS, f"slowest {slow:.0f} ms")
    paged = [f"{r['kind']} at {moment(r):%H:%M}" for r in seen.record.of(*NOBODYS_FAULT)]
    yield Check("nobody was paged because the clock runs fast", not paged, ", ".join(paged[:4]))
    kept = seen.figures.kept
    yield Check(
        "protection kept money that was lost without it",
        not kept.startswith("-"),
        f"{Decimal(kept):,.0f} USDT",
    )


def _artifacts(seen: Evidence) -> Iterator[Check]:
    review = seen.out / "review.html"
    text = review.read_text("utf-8") if review.exists() else ""
    alone = bool(text) and not _FETCHES.search(text)
    yield Check("the review is one self-contained file", alone, f"{len(text) // 1024} KiB")
    snapshots = sorted(p.name for p in (seen.out / "status").glob("*/") if p.is_dir())
    whole = (seen.out / "status" / "feed.atom").exists() and len(snapshots) >= UPDATES
    yield Check("the status page's history is kept", whole, f"{len(snapshots)} snapshots")
