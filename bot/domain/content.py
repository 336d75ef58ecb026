"""All operator-owned content, compiled and checked as one: an incident pins part of it by digest."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from pydantic import ConfigDict

from bot.domain.adapter import Service
from bot.domain.authority import Authority, Directory
from bot.domain.base import Frozen
from bot.domain.classification import DecisionTree
from bot.domain.control import Control
from bot.domain.gate import GateSpec
from bot.domain.ledger import digest
from bot.domain.mode import ModeId, ServiceMode
from bot.domain.publication import MacroSpec, PublicationSpec
from bot.domain.runbook import Runbook
from bot.domain.signal import SignalSpec
from bot.domain.trigger import Trigger


class Pinned(Frozen):
    """What an open incident keeps as it was when it was declared."""

    runbooks: tuple[Runbook, ...]
    tree: DecisionTree

    @cached_property
    def by_id(self) -> dict[str, Runbook]:
        """Runbooks by id."""
        return {r.id: r for r in self.runbooks}

    @cached_property
    def digest(self) -> str:
        """What names this content for ever."""
        return digest(self.model_dump(mode="json", by_alias=True))


class Content(Frozen):
    """Everything under RUNBOOKS_DIR. Controls, modes, signals and policy stay current for open incidents.

    `addresses` holds the services' addresses as they are written, before the environment has filled them in.
    """

    model_config = ConfigDict(ignored_types=(cached_property,))

    services: dict[str, Service]
    controls: tuple[Control, ...]
    modes: dict[ModeId, ServiceMode]
    signals: dict[str, SignalSpec]
    gates: dict[str, GateSpec]
    phase_gates: dict[str, tuple[str, ...]]
    triggers: tuple[Trigger, ...]
    directory: Directory
    authority: Authority
    pinned: Pinned
    statuses: dict[str, PublicationSpec]
    macros: tuple[MacroSpec, ...]
    addresses: dict[str, str] = {}

    @cached_property
    def by_id(self) -> dict[str, Control]:
        """Controls by id."""
        return {c.id: c for c in self.controls}

    @cached_property
    def policy(self) -> dict[str, Any]:
        """Controls, modes, gates and authority as JSON: what decisions are taken under."""
        parts = {"controls", "modes", "gates", "authority"}
        return self.model_dump(mode="json", by_alias=True, include=parts)

    @cached_property
    def policy_digest(self) -> str:
        """Names controls, modes, gates and authority: what an approval was given under."""
        return digest(self.policy)

    @property
    def unaddressed(self) -> dict[str, Service]:
        """The services with their addresses as they are written."""
        return {
            name: service.model_copy(update={"base_url": self.addresses.get(name, service.base_url)})
            for name, service in self.services.items()
        }

    @cached_property
    def digest(self) -> str:
        """Names all of it, and is the same wherever it runs."""
        whole = self.model_dump(mode="json", by_alias=True, exclude={"services", "addresses"})
        services = {name: s.model_dump(mode="json") for name, s in self.unaddressed.items()}
        return digest({**whole, "services": services})
