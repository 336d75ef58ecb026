"""Reading Prometheus Alertmanager's webhook body, version 4; Grafana sends the same envelope.

Outside facts: an alert that still fires has `endsAt` 0001-01-01T00:00:00Z; the same firing is repeated with
the same groupKey, fingerprint and startsAt; fields are added over time, so unknown ones are passed over.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from bot.domain.trigger import Alert
from bot.web.reading import shape_problem

Key = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
Words = dict[Annotated[str, StringConstraints(max_length=1_000)], str]


class _Tolerant(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class _Alert(_Tolerant):
    status: Literal["firing", "resolved"]
    labels: Words
    annotations: Words = {}
    starts_at: AwareDatetime = Field(alias="startsAt")
    fingerprint: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class _Envelope(_Tolerant):
    status: Literal["firing", "resolved"]
    group_key: Key = Field(alias="groupKey")
    alerts: Annotated[list[_Alert], Field(min_length=1)]
    org_id: int | None = Field(default=None, alias="orgId")


def read_alerts(body: bytes, received_at: datetime) -> list[Alert]:
    """The alerts of a body, in its order. Raises Problem that says which field is wrong."""
    try:
        envelope = _Envelope.model_validate_json(body)
    except ValidationError as error:
        raise shape_problem(error, "an Alertmanager webhook body of version 4") from None
    source = "grafana" if envelope.org_id is not None else "alertmanager"
    return [_alert(envelope, alert, source, received_at) for alert in envelope.alerts]


def _alert(envelope: _Envelope, alert: _Alert, source: str, received_at: datetime) -> Alert:
    started_at = alert.starts_at.astimezone(UTC)
    parts = (envelope.group_key, alert.fingerprint, started_at.isoformat())
    name = alert.labels.get("alertname", "alert")
    said = alert.annotations.get("summary") or alert.annotations.get("description") or name
    return Alert(
        key=f"{source}:{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()}",
        source=source,
        firing=alert.status == "firing",
        summary=said,
        labels=alert.labels,
        started_at=started_at,
        received_at=received_at,
    )
