"""What workers and driver of the crash test agree on: few controls, short waits, one environment."""

from __future__ import annotations

import random
import ssl
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.bootstrap.clock import RandomIds, SystemClock
from bot.content import Texts, load
from bot.controls.calling import Reach
from bot.controls.outbound import Outbound
from bot.controls.registry import Registry, registries
from bot.domain.adapter import HttpAdapter, Verify
from bot.domain.base import Environment
from bot.domain.content import Content
from bot.domain.control import Control
from bot.store import Database, SqlStore
from bot.usecases.ports import Context
from bot.worker.loop import Habits
from bot.worker.policy import Policy

ROOT = Path(__file__).parents[2]
ENVIRONMENT = Environment.SANDBOX
TOKEN = "sandbox-token"
# The last three are sent without If-Match: of a late request only its generation can then tell.
CONTROLS = (
    "withdrawals.limit.USDT.TRON",
    "withdrawals.risk",
    "settlement.trusted",
    "withdrawals.limit.BTC.BTC",
    "route.harbor",
    "trading.BTC-USDT",
)
BLIND = frozenset(CONTROLS[3:])
LEASE = timedelta(seconds=1.2)
WATCH = timedelta(seconds=1)
CALL = timedelta(milliseconds=400)
SOON = Policy(attempts=None, first=timedelta(milliseconds=40), longest=timedelta(milliseconds=300))
HABITS = Habits(lease=LEASE, policies={}, otherwise=SOON, grace=timedelta(seconds=1))


def seeded(seed: float) -> random.Random:
    """Chance that comes again."""
    return random.Random(seed)  # noqa: S311 - it draws blows and decisions, and guards nothing


@dataclass(frozen=True, slots=True)
class Standing:
    """Content that stands as it is for the whole run."""

    now: Content


def content(service_url: str) -> Content:
    """The shipped content with six of its controls, hurried."""
    shipped = load(ROOT / "runbooks", ROOT / "templates", {"MARKETPLACE_URL": service_url})
    parts = {name: getattr(shipped, name) for name in Content.model_fields}
    parts["controls"] = tuple(_hurried(c) for c in shipped.controls if c.id in CONTROLS)
    parts["services"] = {n: s.model_copy(update={"timeout": CALL}) for n, s in shipped.services.items()}
    return Content(**parts)


def context(database: Database, known: Content) -> Context:
    """The context of one process."""
    return Context(
        store=SqlStore(database),
        clock=SystemClock(),
        ids=RandomIds(),
        content=Standing(known),
        texts=Texts(ROOT / "templates"),
        environment=ENVIRONMENT,
    )


def reach(known: Content, service_url: str) -> dict[Environment, Registry]:
    """The adapters of one process, which may call the service and nothing else."""
    outbound = Outbound.parse(service_url.removeprefix("http://"))
    secrets = {"MARKETPLACE_TOKEN": TOKEN}.get
    return registries(
        ENVIRONMENT, Reach(lambda: known.services, secrets, outbound, ssl.create_default_context())
    )


def _hurried(control: Control) -> Control:
    adapter = control.adapter
    if not isinstance(adapter, HttpAdapter):
        raise TypeError(f"{control.id} reaches no service")
    verify = Verify(within=timedelta(milliseconds=300), every=timedelta(milliseconds=30))
    changes = {"verify": verify, "if_match": adapter.if_match and control.id not in BLIND}
    return control.model_copy(update={"adapter": adapter.model_copy(update=changes)})
