"""How an outside setting is set and read back: described in YAML, carried out by `bot.controls`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import Field, field_validator, model_validator

from bot.domain.base import Duration, Frozen

_SLOT = re.compile(r"\{([a-z_]+)\}")
Scalar = str | int | bool


class Service(Frozen):
    """An outside service: where it is, and in which environment variable its secret lies.

    `base_url` may read `${NAME}` to come from the environment. `timeout` bounds one call.
    """

    base_url: str
    auth_env: str = ""
    auth_scheme: str = "Bearer"
    timeout: Duration = timedelta(seconds=5)


class Verify(Frozen):
    """How long and how often a setting is read back before it counts as a mismatch."""

    within: Duration = timedelta(seconds=10)
    every: Duration = timedelta(milliseconds=500)


class HttpCall(Frozen):
    """One request: `path` and `body` may hold `{param}` and `{field of the level's value}` slots."""

    method: Literal["GET", "PUT", "POST", "PATCH"] = "GET"
    path: str
    body: dict[str, Any] | None = None

    @property
    def slots(self) -> set[str]:
        """The names in braces in the path."""
        return set(_SLOT.findall(self.path))

    @field_validator("path")
    @classmethod
    def _rooted(cls, path: str) -> str:
        if not path.startswith("/"):
            raise ValueError("a path starts with /; the host is the service's base_url")
        return path


class HttpRead(HttpCall):
    """The request that reads the setting back; `value` is a JMESPath to what a level's value looks like."""

    value: str

    @field_validator("value")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            jmespath.compile(value)
        except JMESPathError as error:
            raise ValueError(f"not a JMESPath: {error}") from None
        return value


class Probe(HttpCall):
    """A check of the effect itself: `expect` names, per level, the JMESPath that must be true."""

    expect: dict[str, str]


class Headers(Frozen):
    """The header names under which the service takes key, generation and reason; empty for none."""

    idempotency: str = "Idempotency-Key"
    generation: str = "Generation"
    reason: str = "Reason"


class HttpAdapter(Frozen):
    """A control set and read over HTTP; without `set.body` the level's whole value is sent."""

    kind: Literal["http"]
    service: str
    read: HttpRead
    set: HttpCall
    verify: Verify = Verify()
    probe: Probe | None = None
    if_match: bool = False
    headers: Headers = Headers()

    @model_validator(mode="after")
    def _writes(self) -> HttpAdapter:
        if self.set.method == "GET":
            raise ValueError("`set` must not be a GET; use PUT, POST or PATCH")
        return self


class NullAdapter(Frozen):
    """A control that reaches nothing: it remembers in the process what was set, for drills and trials."""

    kind: Literal["null"]
    verify: Verify = Verify()


AdapterSpec = Annotated[HttpAdapter | NullAdapter, Field(discriminator="kind")]
