"""From what services answer to what the page draws; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.domain.control import Hold
from bot.sandbox.console.books import Books
from bot.sandbox.console.levels import Knob

Json = dict[str, Any]
MAIN = "USDT"


def point(record: Json) -> Json:
    """One tick for the charts; amounts are USDT, `at` is RFC 3339."""
    asset = record["assets"][MAIN]
    return {
        "at": record["at"],
        "tick": record["tick"],
        "hot": float(asset["hot"]),
        "reserve": float(asset["reserve"]),
        "refill": float(asset["refill"]["available"]),
        "refill_eta": asset["refill"]["eta_seconds"],
        "queue_count": asset["queue"]["count"],
        "queue_value": float(asset["queue"]["value"]),
        "queue_oldest": asset["queue"]["oldest_seconds"],
        "inflow": float(asset["inflow_per_hour"]),
        "outflow": float(asset["outflow_per_hour"]),
        "requested": float(asset["outflow_requested_per_hour"]),
        "coverage": float(asset["coverage"]),
        "drift": float(asset["books_drift"]),
        "unclaimed": float(record["unclaimed_outflow"]),
        "price": float(record["price"]["price"]),
        "move": float(record["price"]["move_pct"]),
        "product": record["price"]["product"],
        "counterparty": record["counterparty"]["name"],
        "latency": record["counterparty"]["latency_ms"],
        "failing": float(record["withdrawal_failure_rate"]),
    }


def control_rows(knobs: Sequence[Knob], controls: list[Json] | None, books: Books | None) -> list[Json]:
    """Every control: what is observed, what the holds ask for, and whose holds they are."""
    seen = {one["path"]: one["value"] for one in controls or ()}
    holds = [hold for hold in books.holds if hold.in_force] if books else []
    return [
        _row(knob, seen.get(knob.path), [h for h in holds if h.control_id == knob.id], books)
        for knob in knobs
    ]


def _row(knob: Knob, value: Mapping[str, Any] | None, holds: list[Hold], books: Books | None) -> Json:
    observed = None if value is None else knob.level_of(value)
    wanted = max((hold.level for hold in holds), key=knob.rank, default=None)
    return {
        "id": knob.id,
        "title": knob.title,
        "observed": None if value is None else (observed or ("other", "a value that no level has"))[0],
        "observed_title": None if value is None else (observed or ("other", "A value that no level has"))[1],
        "desired": wanted,
        "desired_title": knob.title_of(wanted) if wanted else None,
        "holders": sorted({hold.incident_id for hold in holds}),
        "state": _state(knob, value, observed and observed[0], wanted, books),
    }


def _state(
    knob: Knob, value: Mapping[str, Any] | None, observed: str | None, wanted: str | None, books: Books | None
) -> str:
    if value is None:
        return "unknown"
    if wanted is None:
        if observed == knob.levels[0][0]:
            return "normal"
        return "unknown_holder" if books is None else "unheld"
    if observed is None:
        return "other"
    difference = knob.rank(observed) - knob.rank(wanted)
    return "held" if not difference else "tighter" if difference > 0 else "looser"


def spans(knobs: Sequence[Knob], trail: Iterable[Json], books: Books | None) -> list[Json]:
    """When each control stood off its normal level, as the marketplace's own trail has it, oldest first.

    `to` is None for what still stands; `incidents` are those whose holds on the control were in force then.
    """
    by_path = {knob.path: knob for knob in knobs}
    open_: dict[str, Json] = {}
    found: list[Json] = []
    for row in trail:
        knob = by_path.get(row["path"])
        if knob is None or not row["applied"] or row["value_after"] is None:
            continue
        known = knob.level_of(row["value_after"])
        level, title = known or ("other", "A value that no level has")
        before = open_.get(knob.id)
        if before is not None and before["level"] == level:
            continue
        if before is not None:
            before["to"] = row["at"]
            del open_[knob.id]
        if level != knob.levels[0][0]:
            span = {"control": knob.id, "title": knob.title, "level": level, "level_title": title}
            open_[knob.id] = span | {"from": row["at"], "to": None}
            found.append(open_[knob.id])
    return [span | {"incidents": _holders(span["control"], books)} for span in found]


def _holders(control: str, books: Books | None) -> list[str]:
    return sorted({h.incident_id for h in books.holds if h.control_id == control}) if books else []


def incident_rows(books: Books | None) -> list[Json] | None:
    """The incidents that have not ended; None when nobody can say."""
    if books is None:
        return None
    return [
        {
            "id": one.id,
            "name": one.code_name,
            "severity": one.severity.value,
            "phase": one.phase.value,
            "mode": one.mode.value,
        }
        for one in books.incidents
    ]


def public_page(page: Json | None, bot_url: str) -> Json | None:
    """What the public reads, cut down to what fits beside a market; None when it does not answer."""
    if page is None:
        return None
    return {
        "url": f"{bot_url}/status",
        "headline": page["status"]["description"],
        "indicator": page["status"]["indicator"],
        "components": [
            {
                "name": one["name"],
                "status": one["status"],
                "says": one["description"],
                "known": one["observed"],
            }
            for one in page["components"]
        ],
        "incidents": [
            {
                "name": one["name"],
                "status": one["status"],
                "impact": one["impact"],
                "next_update_at": one["next_update_at"],
                "updates": [
                    {"at": update["display_at"], "body": update["body"]}
                    for update in one["incident_updates"][:3]
                ],
            }
            for one in page["incidents"]
        ],
    }
