"""The trail: a row for every PUT that arrived and for every control that forgot itself."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel


class AuditRow(BaseModel):
    """One row. `status` is what the client was answered, None when the connection was dropped.

    `fingerprint` and `answer` are kept when the same key must get the same answer again; they stay
    inside.
    """

    seq: int
    at: datetime
    tick: int
    event: Literal["put", "forget"]
    path: str
    idempotency_key: str | None = None
    generation: str | None = None
    if_match: str | None = None
    etag_before: str | None = None
    etag_after: str | None = None
    value_before: dict[str, Any] | None = None
    value_after: dict[str, Any] | None = None
    applied: bool = False
    replayed: bool = False
    status: int | None = None
    problem: str | None = None
    reason: str | None = None
    fault: str | None = None
    fingerprint: str | None = None
    answer: dict[str, Any] | None = None
    answer_status: int = 200

    def public(self) -> dict[str, Any]:
        """The row as `/v1/audit` shows it."""
        return self.model_dump(mode="json", exclude={"fingerprint", "answer", "answer_status"})
