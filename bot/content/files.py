"""The shape of each operator-owned file, built from the domain's own models.

Where the content is looked up by id, the file holds a mapping whose keys are the ids; where order counts, a
list whose items carry `id`.
"""

from __future__ import annotations

from pydantic import BaseModel

from bot.domain.adapter import Service
from bot.domain.authority import Authority, Directory
from bot.domain.base import Frozen, Phase
from bot.domain.classification import DecisionTree
from bot.domain.control import Control
from bot.domain.gate import GateSpec
from bot.domain.mode import ModeId, ServiceMode
from bot.domain.publication import MacroSpec, PublicationSpec
from bot.domain.runbook import Runbook
from bot.domain.signal import SignalSpec
from bot.domain.trigger import Trigger


class Expansion(Frozen):
    """What an entry of `controls` may say beside a control: one control for each set of params."""

    each: tuple[dict[str, str], ...] = ()
    patterns: dict[str, str] = {}


class ControlsFile(Frozen):
    """`controls.yaml`: outside services by id, and controls in the order they are shown."""

    services: dict[str, Service] = {}
    controls: tuple[Control, ...]


class ModesFile(Frozen):
    """`modes.yaml`: the three service modes by id."""

    modes: dict[ModeId, ServiceMode]


class SignalsFile(Frozen):
    """`signals.yaml`: signals and gates by id, and the gates to each phase by the phase entered."""

    signals: dict[str, SignalSpec]
    gates: dict[str, GateSpec] = {}
    phase_gates: dict[Phase, tuple[str, ...]] = {}


class TriggersFile(Frozen):
    """`triggers.yaml`: triggers in the order they are tried."""

    triggers: tuple[Trigger, ...]


class PublicationsFile(Frozen):
    """`publications.yaml`: status texts by id, and macros in the order they are shown."""

    statuses: dict[str, PublicationSpec]
    macros: tuple[MacroSpec, ...] = ()


PLATFORM: dict[str, type[BaseModel]] = {
    "controls": ControlsFile,
    "modes": ModesFile,
    "signals": SignalsFile,
    "triggers": TriggersFile,
    "authority": Authority,
    "people": Directory,
    "classification": DecisionTree,
    "publications": PublicationsFile,
}
KEYED: dict[str, tuple[str, ...]] = {
    "modes": ("modes",),
    "signals": ("signals", "gates"),
    "people": ("people",),
    "publications": ("statuses",),
}
BY_KEY: tuple[type[BaseModel], ...] = (ServiceMode, SignalSpec, GateSpec, PublicationSpec)
RUNBOOK: type[Runbook] = Runbook
