"""The kinds of control: how each is set and read back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from bot.domain.adapter.calls import HttpCall, HttpRead, Pattern, Probe, Resolve
from bot.domain.adapter.service import Described, Verify
from bot.domain.adapter.words import Mapped
from bot.domain.base import Duration, Frozen

HOW_TO = 1000


class Headers(Frozen):
    """The header names under which the service takes key, generation and reason; empty for none."""

    idempotency: str = "Idempotency-Key"
    generation: str = "Generation"
    reason: str = "Reason"


class HttpAdapter(Mapped):
    """A control set and read over HTTP; without `set.body` the level's whole value is sent."""

    kind: Literal["http"]
    service: str
    resolve: Resolve | None = None
    read: HttpRead
    set: HttpCall
    probe: Probe | None = None
    if_match: bool = False
    headers: Headers = Headers()

    @model_validator(mode="after")
    def _writes(self) -> HttpAdapter:
        if self.set.method == "GET":
            raise ValueError("`set` must not be a GET; use PUT, POST or PATCH")
        return self


class LineCall(Frozen):
    """One line of text to send; it may hold the same slots as a path."""

    send: str

    @field_validator("send")
    @classmethod
    def _one_line(cls, send: str) -> str:
        if not send or not send.isprintable():
            raise ValueError("a command is one line of printable text")
        return send


class LineRead(LineCall):
    """The line that reads the setting back; `value` finds it, one named group for each field of a level."""

    value: Pattern

    @field_validator("value")
    @classmethod
    def _names_fields(cls, value: str) -> str:
        if not re.compile(value).groupindex:
            raise ValueError('names no field; write for example value="(?P<mode>[^"]*)"')
        return value


class LineSet(LineCall):
    """The line that sets it; `accepts` is what the whole answer looks like when it was taken.

    HAProxy answers a command that it took with nothing, and every refusal with a sentence; neither has a
    status.
    """

    accepts: Pattern = r"\s*"


class LineAdapter(Mapped):
    """A control set and read by lines of text over TCP or a unix socket, as HAProxy's runtime API is."""

    kind: Literal["line"]
    service: str
    read: LineRead
    set: LineSet
    probe: Probe | None = None

    @model_validator(mode="after")
    def _probes_elsewhere(self) -> LineAdapter:
        if self.probe and not self.probe.service:
            raise ValueError("a probe is a request over HTTP; name the service it goes to")
        return self


class FanoutAdapter(Described):
    """A control that services follow by themselves: its level lies in Redis as a signed snapshot.

    `key_env` names the variable with the Ed25519 key that signs it: a PEM file's path, or the key in base64.
    What counts as observed is what at least `followers` of them report to enforce; a report older than
    `stale_after` counts for nothing.
    """

    kind: Literal["fanout"]
    service: str
    key_env: str
    followers: int = Field(default=1, ge=1, le=1000)
    stale_after: Duration = timedelta(seconds=15)
    probe: Probe | None = None

    @model_validator(mode="after")
    def _probes_elsewhere(self) -> FanoutAdapter:
        if self.probe and not self.probe.service:
            raise ValueError("a probe is a request over HTTP; name the service it goes to")
        return self


class ByHandAdapter(Frozen):
    """A control without an API: one person sets it as `how` says, and a second one looks and attests it.

    An attestation older than `stale_after` counts for nothing.
    """

    kind: Literal["by_hand"]
    how: str
    stale_after: Duration = timedelta(hours=8)

    @field_validator("how")
    @classmethod
    def _says_something(cls, how: str) -> str:
        if not how or len(how) > HOW_TO:
            raise ValueError(f"`how` says in at most {HOW_TO} characters what a person does, step by step")
        return how

    @property
    def verify(self) -> Verify:
        """People are waited for by being asked, not by looking again and again."""
        return Verify(within=timedelta(), every=timedelta())

    @property
    def durable(self) -> bool:
        """A console keeps what is set in it."""
        return True


class NullAdapter(Described):
    """A control that reaches nothing: it remembers in the process what was set, for drills and trials."""

    kind: Literal["null"]


AdapterSpec = Annotated[
    HttpAdapter | LineAdapter | FanoutAdapter | ByHandAdapter | NullAdapter, Field(discriminator="kind")
]
