"""Misbehaviour to order: which requests it meets, how often, and what it does to them."""

import fnmatch
import random
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Kind = Literal[
    "fail_before",
    "fail_after",
    "drop_before",
    "drop_after",
    "ok_without_effect",
    "forget",
    "lie",
    "stall",
    "html",
    "huge",
    "redirect",
    "status",
]
NEVER_REACHED = frozenset(
    {"fail_before", "drop_before", "ok_without_effect", "html", "huge", "redirect", "status"}
)
ELSEWHERE = "http://elsewhere.invalid/"
SEEN: dict[str, int | None] = {
    "fail_before": 500,
    "fail_after": 500,
    "drop_before": None,
    "drop_after": None,
    "ok_without_effect": 200,
    "html": 200,
    "huge": 200,
    "redirect": 302,
}


class Rule(BaseModel):
    """One fault. `path` is a shell pattern whose `*` crosses slashes; `times` None means for ever.

    `seconds` belongs to `stall`; `code` and `retry_after` to `status`; `value` (fields of the resource)
    to `lie`, which otherwise shows the default or, at the default, the strictest value; `location` to
    `redirect`. `forget` takes effect after a PUT was answered, and before a GET is.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    path: Annotated[str, Field(min_length=1, max_length=300)] = "/v1/*"
    method: Literal["GET", "PUT", "*"] = "*"
    times: Annotated[int, Field(ge=1)] | None = 1
    probability: Annotated[Decimal, Field(gt=0, le=1)] = Decimal(1)
    seconds: Annotated[Decimal, Field(ge=0, le=3600)] | None = None
    code: Annotated[int, Field(ge=200, le=599)] | None = None
    retry_after: Annotated[int, Field(ge=0)] | None = None
    value: dict[str, Any] | None = None
    location: str = ELSEWHERE

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        if self.kind == "stall" and self.seconds is None:
            raise ValueError("stall needs seconds")
        if self.kind == "status" and self.code is None:
            raise ValueError("status needs code")
        return self

    @property
    def reaches(self) -> bool:
        """Whether the request still gets to the control."""
        return self.kind not in NEVER_REACHED

    def status_seen(self, own: int) -> int | None:
        """What the client is answered, given what the control answered; None for nothing at all."""
        return self.code if self.kind == "status" else SEEN.get(self.kind, own)

    def meets(self, method: str, path: str) -> bool:
        """Whether the rule is about such a request."""
        return self.method in ("*", method) and fnmatch.fnmatchcase(path, self.path)


@dataclass(slots=True)
class Ordered:
    """A rule with what is left of it."""

    id: int
    rule: Rule
    hits: int = 0

    @property
    def spent(self) -> bool:
        """Whether it has struck as often as ordered."""
        return self.rule.times is not None and self.hits >= self.rule.times

    def as_json(self) -> dict[str, Any]:
        """The rule as it is listed."""
        return {"id": self.id, **self.rule.model_dump(mode="json"), "hits": self.hits, "spent": self.spent}


@dataclass(slots=True)
class FaultPlan:
    """The rules in the order they came, and a latency for everything. `rng` draws probabilities."""

    rng: random.Random
    latency_ms: int = 0
    ordered: list[Ordered] = field(default_factory=list)
    _ids: "count[int]" = field(default_factory=lambda: count(1))

    def order(self, rule: Rule) -> Ordered:
        """One more rule."""
        ordered = Ordered(next(self._ids), rule)
        self.ordered.append(ordered)
        return ordered

    def cancel(self, fault_id: int | None = None) -> int:
        """Drop one rule or all; answers how many went."""
        before = len(self.ordered)
        self.ordered = [o for o in self.ordered if fault_id is not None and o.id != fault_id]
        return before - len(self.ordered)

    def strike(self, method: str, path: str) -> Rule | None:
        """The first rule that meets this request and whose chance comes up."""
        for ordered in self.ordered:
            if ordered.spent or not ordered.rule.meets(method, path):
                continue
            if self.rng.random() < ordered.rule.probability:
                ordered.hits += 1
                return ordered.rule
        return None
