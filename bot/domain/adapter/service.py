"""Outside services: where they are, how we prove who we are, and how hard they may be asked."""

from __future__ import annotations

import re
from datetime import timedelta

from pydantic import Field, field_validator

from bot.domain.base import Duration, Frozen

SLOT = re.compile(r"\{([a-z_]+)\}")
Scalar = str | int | bool
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


class Rate(Frozen):
    """How often a service may be asked: so many calls in each such time, by each of our processes."""

    calls: int = Field(ge=1)
    per: Duration = timedelta(seconds=1)

    @field_validator("per")
    @classmethod
    def _some(cls, per: timedelta) -> timedelta:
        if per <= timedelta():
            raise ValueError("`per` must be longer than 0s")
        return per


class Service(Frozen):
    """An outside service: where it is, and in which environment variable its secret lies.

    `base_url` may read `${NAME}` to come from the environment; it is http:// or https:// for controls of kind
    `http` and for probes, tcp:// or unix: for `line`, redis://, rediss:// or unix: for `fanout`. `timeout`
    bounds one call.
    """

    base_url: str
    auth_env: str = ""
    auth_header: str = "Authorization"
    auth_scheme: str = "Bearer"
    timeout: Duration = timedelta(seconds=5)
    rate: Rate | None = None

    @field_validator("auth_header")
    @classmethod
    def _names(cls, name: str) -> str:
        if not _HEADER.fullmatch(name):
            raise ValueError(f"`{name}` is no header's name; write for example X-Api-Key")
        return name


class Verify(Frozen):
    """How long and how often a setting is read back before it counts as a mismatch."""

    within: Duration = timedelta(seconds=10)
    every: Duration = timedelta(milliseconds=500)


class Described(Frozen):
    """What every kind says of itself; `durable` is false for what forgets its settings at a restart."""

    verify: Verify = Verify()
    durable: bool = True


def slots_in(node: object) -> set[str]:
    """The names in braces anywhere in a text, list or mapping."""
    if isinstance(node, str):
        return set(SLOT.findall(node))
    if isinstance(node, dict):
        return set().union(*(slots_in(part) for part in node.values()))
    if isinstance(node, list | tuple):
        return set().union(*(slots_in(part) for part in node))
    return set()
