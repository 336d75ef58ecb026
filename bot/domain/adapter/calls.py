"""Requests over HTTP: the one that reads, the one that sets, the one that looks up, the one that probes."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, Field, field_validator, model_validator

from bot.domain.adapter.service import SLOT, Scalar, slots_in
from bot.domain.base import Frozen


def _jmespath(expression: str) -> str:
    try:
        jmespath.compile(expression)
    except JMESPathError as error:
        raise ValueError(f"not a JMESPath: {error}") from None
    return expression


def _regex(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return pattern


Expression = Annotated[str, AfterValidator(_jmespath)]
Pattern = Annotated[str, AfterValidator(_regex)]
FOUND = "id"


class HttpCall(Frozen):
    """One request: `path`, `body` and `headers` may hold `{param}` and `{field of the level's value}` slots.

    `no_body` sends nothing at all, for services that take everything in the path.
    """

    method: Literal["GET", "PUT", "POST", "PATCH"] = "GET"
    path: str
    body: dict[str, Any] | list[Any] | Scalar | None = None
    no_body: bool = False
    headers: dict[str, str] = {}

    @property
    def slots(self) -> set[str]:
        """The names in braces in the path."""
        return set(SLOT.findall(self.path))

    @property
    def all_slots(self) -> set[str]:
        """The names in braces in path, body and headers."""
        return self.slots | slots_in(self.body) | slots_in(self.headers)

    @field_validator("path")
    @classmethod
    def _rooted(cls, path: str) -> str:
        if not path.startswith("/"):
            raise ValueError("a path starts with /; the host is the service's base_url")
        return path

    @field_validator("headers")
    @classmethod
    def _no_secret(cls, headers: dict[str, str]) -> dict[str, str]:
        if any(name.casefold() == "authorization" for name in headers):
            raise ValueError("a secret is never written here; name its variable as the service's auth_env")
        return headers

    @model_validator(mode="after")
    def _one_body(self) -> HttpCall:
        if self.no_body and self.body is not None:
            raise ValueError("`body` and `no_body` exclude each other")
        return self


class HttpRead(HttpCall):
    """The request that reads the setting back; `value` is a JMESPath to what a level's value looks like."""

    value: Expression


class Resolve(HttpCall):
    """A look-up before anything else: `id` is a JMESPath to exactly one id, which fills the slot `{id}`."""

    id: Expression


class Expect(Frozen):
    """An answer to a probe: its status (any 2xx when left out), what must be true of it, what it must hold.

    `holds` is a JMESPath that must give true, `text` a regular expression to be found in the body.
    """

    status: int | None = Field(default=None, ge=100, le=599)
    holds: Expression | None = None
    text: Pattern | None = None

    @model_validator(mode="after")
    def _something(self) -> Expect:
        if self.status is None and self.holds is None and self.text is None:
            raise ValueError("says nothing to be expected; give `status`, `holds` or `text`")
        return self


class Probe(HttpCall):
    """A check of the effect itself, at `service` or, without one, where the setting is.

    `expect` names, per level, the answer that shows it: a JMESPath that must be true, or status and content.
    """

    service: str = ""
    expect: dict[str, Expression | Expect]

    def expected(self, level_id: str) -> Expect | None:
        """What must be answered at a level; None when nothing is expected of it."""
        found = self.expect.get(level_id)
        return Expect(holds=found) if isinstance(found, str) else found
