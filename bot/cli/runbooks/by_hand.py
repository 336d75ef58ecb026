"""How to set a control without Breakwater: the same request, for a shell, with secrets by name alone."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from bot.controls.filling import encoded_reason, facts_of, fill_body, fill_path, theirs
from bot.domain.adapter import HttpAdapter, Service
from bot.domain.control import Control, Level
from bot.usecases.ports import Refused

REASON = "set by hand while Breakwater is away"
# New each time it runs, in any POSIX shell: the same key for another body would be refused.
KEY = "by-hand-$(od -An -N6 -tx1 /dev/urandom | tr -d ' ')"
_VARIABLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_SPECIAL = re.compile(r'[\\"$`]')


@dataclass(frozen=True, slots=True)
class Setting:
    """One level: the body to send, and the command, which is the same for all levels where it can be."""

    level: Level
    body: str
    command: str


@dataclass(frozen=True, slots=True)
class ByHand:
    """One control and target: how to read it, how to set it, and which variables must be set before."""

    target: str
    read: str
    settings: tuple[Setting, ...]
    variables: tuple[str, ...]

    @property
    def command(self) -> str:
        """The one command for every level; empty where each has its own."""
        found = {setting.command for setting in self.settings}
        return found.pop() if len(found) == 1 else ""


def by_hand(control: Control, services: Mapping[str, Service]) -> tuple[ByHand, ...]:
    """The requests for every target of a control; none for a control that reaches nothing.

    `services` have their addresses as written, so that a variable stays a variable.
    """
    adapter = control.adapter
    if not isinstance(adapter, HttpAdapter) or adapter.service not in services:
        return ()
    if adapter.resolve is not None:  # its id is only known once the service was asked
        return ()
    service = services[adapter.service]
    return tuple(_target(control, adapter, service, target) for target in control.targets)


def _target(control: Control, adapter: HttpAdapter, service: Service, target: str) -> ByHand:
    facts = facts_of(control, target)
    body = fill_body(adapter.read.body, facts)
    read = _curl(adapter.read.method, service, fill_path(adapter.read.path, facts), _authorization(service))
    if body is not None:
        read += f" -H 'Content-Type: application/json' \\\n  -d {shlex.quote(json.dumps(body))}"
    settings = tuple(_setting(control, adapter, service, target, level) for level in control.levels)
    named = [name[2:-1] for name in _VARIABLE.findall(service.base_url)] + [service.auth_env]
    return ByHand(target, read, settings, tuple(dict.fromkeys(name for name in named if name)))


def _setting(control: Control, adapter: HttpAdapter, service: Service, target: str, level: Level) -> Setting:
    facts = facts_of(control, target, level.value)
    body = theirs(control, level.value) if adapter.set.body is None else fill_body(adapter.set.body, facts)
    try:
        path = fill_path(adapter.set.path, facts)
    except Refused as refused:
        return Setting(level, "", f"# {refused}")
    headers = [*_authorization(service), *_headers(adapter)]
    if adapter.set.no_body:
        return Setting(level, "", _curl(adapter.set.method, service, path, headers))
    headers.append("-H 'Content-Type: application/json'")
    command = _curl(adapter.set.method, service, path, headers) + ' \\\n  -d "$BODY"'
    return Setting(level, f"BODY={shlex.quote(json.dumps(body))}", command)


def _headers(adapter: HttpAdapter) -> list[str]:
    """The service's own headers. A generation is left out: by hand nobody knows the last one."""
    names = adapter.headers
    carried = {
        names.idempotency: KEY,
        names.reason: encoded_reason(REASON),
        "If-Match" if adapter.if_match else "": "$ETAG",
    }
    return [f'-H "{_quoted(name)}: {text}"' for name, text in carried.items() if name]


def _authorization(service: Service) -> list[str]:
    if not service.auth_env:
        return []
    proof = f"{_quoted(service.auth_scheme)} ${{{service.auth_env}}}".strip()
    return [f'-H "{_quoted(service.auth_header)}: {proof}"']


def _curl(method: str, service: Service, path: str, headers: list[str]) -> str:
    url = "".join(
        part if _VARIABLE.fullmatch(part) else _quoted(part)
        for part in re.split(f"({_VARIABLE.pattern})", service.base_url.rstrip("/") + path)
    )
    return " \\\n  ".join([f'curl -i -X {method} "{url}"', *headers])


def _quoted(text: str) -> str:
    """A text between double quotes, in which a shell sees nothing to do."""
    return _SPECIAL.sub(lambda found: "\\" + found[0], text)
