"""Reading samples of signals: plain JSON, or CloudEvents 1.0 in structured mode, single or batch."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from bot.domain.signal import Sample, SignalSpec
from bot.domain.text import clean
from bot.web.problems import Problem
from bot.web.reading import read_json

MOST = 2_000
EVENT = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
_DECIMAL = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?", re.ASCII)
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_MAX_DIGITS = 40
_MAX_EXPONENT = 30


@dataclass(slots=True)
class Sorted:
    """What came in: samples to keep, and what was refused with where it stood and why."""

    taken: list[Sample] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)


class _Wrong(Exception):
    """One item cannot be used; `str()` says why."""


def read_samples(body: bytes, content_type: str, signals: Mapping[str, SignalSpec], now: datetime) -> Sorted:
    """Sort a body's samples; `now` is business time, UTC. Raises Problem when there is no list of them."""
    out = Sorted()
    for where, items in _lists(read_json(body), content_type.partition(";")[0].strip().casefold(), out):
        for index, item in enumerate(items):
            try:
                out.taken.append(_sample(item, signals, now))
            except _Wrong as wrong:
                named = item.get("signal") if isinstance(item, dict) else None
                signal = clean(named, limit=100) if isinstance(named, str) else None
                out.refused.append({**where, "index": index, "signal": signal, "reason": str(wrong)})
    return out


Where = dict[str, Any]


def _lists(value: Any, content_type: str, out: Sorted) -> Iterator[tuple[Where, list[Any]]]:
    """The lists of samples in a body, each with where it stood."""
    if content_type not in (EVENT, BATCH):
        yield from _bounded([({}, _list(value))])
        return
    events = value if content_type == BATCH else [value]
    if not isinstance(events, list):
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "A batch of CloudEvents is a JSON array.")
    found: list[tuple[Where, list[Any]]] = []
    for number, event in enumerate(events):
        try:
            found.append(({"event": number}, _list(_data(event))))
        except _Wrong as wrong:
            out.refused.append({"event": number, "reason": str(wrong)})
        except Problem as problem:
            out.refused.append({"event": number, "reason": problem.detail})
    yield from _bounded(found)


def _bounded(found: list[tuple[Where, list[Any]]]) -> list[tuple[Where, list[Any]]]:
    if sum(len(items) for _, items in found) > MOST:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"At most {MOST:,} samples are taken at once.")
    return found


def _list(value: Any) -> list[Any]:
    items = value.get("samples") if isinstance(value, dict) else None
    if isinstance(items, list):
        return items
    raise Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        'Send {"samples": [{"signal": "…", "value": "1.5", "at": "2026-11-20T04:05:31Z"}]}.',
    )


def _data(event: Any) -> Any:
    """What a CloudEvent carries. Raises _Wrong when it lacks what every event must have."""
    if not isinstance(event, dict):
        raise _Wrong("a CloudEvent is a JSON object")
    if event.get("specversion") != "1.0":
        raise _Wrong("specversion must be 1.0")
    for name in ("id", "source", "type"):
        if not isinstance(event.get(name), str) or not event[name]:
            raise _Wrong(f"{name} is missing")
    if "data_base64" in event:
        raise _Wrong("send the samples as JSON in `data`, not in `data_base64`")
    return event.get("data")


def _sample(item: Any, signals: Mapping[str, SignalSpec], now: datetime) -> Sample:
    if not isinstance(item, dict):
        raise _Wrong("a sample is a JSON object")
    named = item.get("signal")
    if not isinstance(named, str):
        raise _Wrong("signal is missing")
    spec = signals.get(named)
    if spec is None:
        raise _Wrong("there is no signal of that id")
    labels = item.get("labels", {})
    if not isinstance(labels, dict) or not all(isinstance(v, str) for v in labels.values()):
        raise _Wrong("labels are an object of strings")
    return Sample(
        signal=spec.id,
        value=_value(item.get("value")),
        at=_moment(item.get("at"), spec, now),
        received_at=now,
    )


def _value(raw: Any) -> Decimal:
    if isinstance(raw, str):
        if not _DECIMAL.fullmatch(raw):
            raise _Wrong(
                "value is no decimal such as 12.5, with at most 30 digits on either side of the point"
            )
        return Decimal(raw)
    if not isinstance(raw, Decimal):
        raise _Wrong("value is a number or a decimal string")
    exponent = raw.as_tuple().exponent
    fits = isinstance(exponent, int) and exponent >= -_MAX_EXPONENT and raw.adjusted() < _MAX_EXPONENT
    if not fits or len(raw.as_tuple().digits) > _MAX_DIGITS:
        raise _Wrong("value has too many digits")
    return raw


def _moment(raw: Any, spec: SignalSpec, now: datetime) -> datetime:
    found = _MOMENT.fullmatch(raw) if isinstance(raw, str) else None
    if found is None:
        raise _Wrong("at is no RFC 3339 time with a zone, such as 2026-11-20T04:05:31Z")
    day, clock, fraction, zone = found.groups()
    text = f"{day}T{clock}.{(fraction or '0')[:6]:0<6}{'+00:00' if zone in 'Zz' else zone}"
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Wrong("at is no moment that exists") from None
    if moment - now > spec.stale_after:
        raise _Wrong("at lies in the future")
    return moment
