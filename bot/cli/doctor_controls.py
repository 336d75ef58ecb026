"""The doctor's look at the controls: each is read once, as an actuation would; nothing is changed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import httpx

from bot.bootstrap.build import adapters
from bot.bootstrap.settings import Settings
from bot.cli.findings import Finding, fair, good, wrong
from bot.controls.outbound import Outbound
from bot.domain.adapter import ByHandAdapter, Service
from bot.domain.content import Content
from bot.domain.control import Control
from bot.usecases.ports import ControlAdapter, Refused, ServiceError

AT_ONCE = 8
FEW = 3
UNREAD = ("was expected", "cannot be a setting", "does not know")


@dataclass(frozen=True, slots=True)
class _Read:
    """One target of a control: what was wrong with reading it, or what it says that no level has."""

    place: str
    service: str
    trouble: str = ""
    strange: str = ""


async def control_findings(settings: Settings, content: Content) -> list[Finding]:
    """One finding a service, and one for what is set to something that nobody wrote down.

    Services whose address is not known are left out; the variable that is missing has its own finding. So is
    what is set by hand: people look there, and nobody else can.
    """
    unknown = {name for name, service in content.services.items() if "${" in service.base_url}
    asked = [c for c in content.controls if not isinstance(c.adapter, ByHandAdapter)]
    controls = [c for c in asked if _service(c) not in unknown]
    outbound = Outbound.parse(settings.outbound_hosts)
    registry = adapters(settings, content)[settings.environment]
    places = asyncio.Semaphore(AT_ONCE)
    reads = await asyncio.gather(
        *(_read(places, registry.of(c), c, target) for c in controls for target in c.targets)
    )
    out = []
    for name in dict.fromkeys(r.service for r in reads):
        mine = [r for r in reads if r.service == name]
        out.append(_judged(name, content.services.get(name), mine, outbound))
    if strange := [r for r in reads if r.strange]:
        shown = "; ".join(f"{r.place} is {r.strange}" for r in strange[:FEW])
        more = f" and {len(strange) - FEW} more" if len(strange) > FEW else ""
        mend = (
            "if that is how it should be, write it down as a level in controls.yaml; else set it back there"
        )
        out.append(fair("controls off their levels", f"{shown}{more}", mend))
    return out


def _service(control: Control) -> str:
    return str(getattr(control.adapter, "service", "") or "")


async def _read(places: asyncio.Semaphore, adapter: ControlAdapter, control: Control, target: str) -> _Read:
    place = control.id if len(control.targets) == 1 else f"{control.id} {target}"
    async with places:
        try:
            seen = await adapter.read(control, target)
        except ServiceError as error:
            return _Read(place, _service(control), trouble=str(error))
    known = control.level_of(seen.value) is not None
    strange = "" if known else ", ".join(f"{k} {v}" for k, v in seen.value.items())
    return _Read(place, _service(control), strange=strange)


def _judged(name: str, service: Service | None, reads: list[_Read], outbound: Outbound) -> Finding:
    called = f"controls of {name}" if name else "controls"
    if service is not None:
        try:
            outbound.check(httpx.URL(service.base_url))
        except Refused as refused:
            return wrong(called, f"none can be read: {refused}", _mend(str(refused), service))
    troubles = [r for r in reads if r.trouble]
    if not troubles:
        return good(called, f"all {len(reads)} can be read, and are understood")
    first = troubles[0]
    said = f"{len(troubles)} of {len(reads)} cannot be read; {first.place}: {first.trouble}"
    return wrong(called, said, _mend(first.trouble, service))


def _mend(trouble: str, service: Service | None) -> str:
    variable = (service.auth_env if service else "") or "its secret"
    address = service.base_url if service else "its address"
    if "OUTBOUND_HOSTS" in trouble:
        host = trouble.removeprefix("nothing was sent: ").split(" ")[0]
        return f"add {host} to OUTBOUND_HOSTS, if that is where {address} should lead"
    if "is not set" in trouble:
        return f"set {variable} to the service's token"
    if "401" in trouble or "403" in trouble:
        return f"the service does not take {variable}: set it to a token that may read and set these controls"
    if "404" in trouble:
        return "correct the path of this control in controls.yaml, or the service's base_url"
    if any(word in trouble for word in UNREAD):
        return "correct the `value` expression of this control's `read` in controls.yaml"
    return f"see that {address} is up and can be reached from here"
