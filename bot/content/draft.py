"""What has been read so far and stands by itself; the cross-checks look at this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.content.files import ModesFile, PublicationsFile, SignalsFile, TriggersFile
from bot.content.source import Loc, Source
from bot.content.texts import Texts
from bot.domain.adapter import Service
from bot.domain.authority import Authority, Directory
from bot.domain.classification import DecisionTree
from bot.domain.control import Control
from bot.domain.runbook import Runbook

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """One file and what it says."""

    source: Source
    value: T


@dataclass(frozen=True, slots=True)
class Controls:
    """What `controls.yaml` says once expanded; `origin` tells where each control was written.

    `addresses` are the services' as written.
    """

    services: dict[str, Service]
    addresses: dict[str, str]
    controls: tuple[Control, ...]
    origin: dict[str, Loc]

    @property
    def by_id(self) -> dict[str, Control]:
        """Controls by id."""
        return {c.id: c for c in self.controls}


@dataclass(frozen=True, slots=True)
class Draft:
    """Every part that could be read; None for one that is broken, so that checks needing it are left out."""

    controls: Part[Controls] | None
    modes: Part[ModesFile] | None
    signals: Part[SignalsFile] | None
    triggers: Part[TriggersFile] | None
    authority: Part[Authority] | None
    people: Part[Directory] | None
    classification: Part[DecisionTree] | None
    publications: Part[PublicationsFile] | None
    runbooks: tuple[Part[Runbook], ...]
    every_runbook: bool
    texts: Texts | None
