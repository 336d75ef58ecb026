"""What a sandbox world's processes are told: free ports, secrets made for this run, one clock for all."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[3]
LEASE = "5s"  # on the wall: a killed worker's jobs are taken up again after so long
WATCH_EVERY = "4m"  # of business time, well within what the public page calls fresh
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "MPLCONFIGDIR")


@dataclass(frozen=True, slots=True)
class Pace:
    """Business time: `origin` on the wall, and from there on `scale` times as fast."""

    origin: datetime
    scale: float

    def now(self) -> datetime:
        """Business time now, UTC."""
        return self.origin + (datetime.now(UTC) - self.origin) * self.scale


@dataclass(frozen=True, slots=True)
class World:
    """Where everything is and what it must know; `work` is a folder for what need not be kept.

    `overrides` names what differs from the shipped runbooks, `leash` ends the processes with this one.
    """

    work: Path
    seed: int
    pace: Pace
    ports: tuple[int, int, int]
    root: Path = ROOT
    overrides: str = "demo"
    leash: bool = False
    market_token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    signals_token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    bot_token: str = field(default_factory=lambda: f"xoxb-{secrets.token_hex(12)}", repr=False)
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    @property
    def slack_url(self) -> str:
        """The strict Slack, people and faults."""
        return f"http://127.0.0.1:{self.ports[0]}"

    @property
    def market_url(self) -> str:
        """The marketplace."""
        return f"http://127.0.0.1:{self.ports[1]}"

    @property
    def bot_url(self) -> str:
        """The bot's web process."""
        return f"http://127.0.0.1:{self.ports[2]}"

    def slack_arguments(self) -> list[str]:
        """The strict Slack's command line."""
        told = ["--bot-token", self.bot_token, "--signing-secret", self.signing_secret]
        # Slack's tiers count per minute on the wall, in which two hours of this incident pass.
        bot = ["--bot-url", f"{self.bot_url}/slack/events", "--no-rate-limits"]
        return ["bot.sandbox.slack", "--port", str(self.ports[0]), "--seed", str(self.seed), *bot, *told]

    def market_arguments(self) -> list[str]:
        """The marketplace's command line."""
        pages = ["--push-url", self.bot_url, "--status-url", self.bot_url]
        port = ["--port", str(self.ports[1]), "--seed", str(self.seed)]
        return ["bot.sandbox.marketplace", *port, *self.market_clock(), *pages]

    def market_clock(self) -> list[str]:
        """How the marketplace tells business time."""
        return ["--time-scale", str(self.pace.scale), "--time-origin", self.pace.origin.isoformat()]

    def bot_clock(self) -> dict[str, str]:
        """How the bot tells business time, and how often it looks at controls and leases."""
        return {
            "TIME_SCALE": str(self.pace.scale),
            "TIME_ORIGIN": self.pace.origin.isoformat(),
            "WATCH_EVERY": WATCH_EVERY,
            "LEASE": LEASE,
        }

    def slack_env(self) -> dict[str, str]:
        """The strict Slack's environment."""
        return base_env(self.root)

    def market_env(self) -> dict[str, str]:
        """The marketplace's environment."""
        tokens = {"MARKETPLACE_TOKEN": self.market_token, "SIGNALS_TOKEN": self.signals_token}
        return base_env(self.root) | tokens

    def bot_env(self) -> dict[str, str]:
        """The bot's environment, as an operator would write it."""
        return base_env(self.root) | {
            "ENVIRONMENT": "sandbox",
            **self.bot_clock(),
            "DATABASE_URL": f"sqlite:///{self.work / 'breakwater.db'}",
            "LEDGER_KEY_FILE": str(self.work / "ledger.key"),
            "ANCHORS_FILE": str(self.work / "anchors.jsonl"),
            "HOST": "127.0.0.1",
            "PORT": str(self.ports[2]),
            "SLACK_API_BASE_URL": f"{self.slack_url}/api/",
            "SLACK_BOT_TOKEN": self.bot_token,
            "SLACK_SIGNING_SECRET": self.signing_secret,
            "SIGNALS_TOKEN": self.signals_token,
            "MARKETPLACE_URL": self.market_url,
            "MARKETPLACE_TOKEN": self.market_token,
            "OUTBOUND_HOSTS": f"127.0.0.1:{self.ports[1]}",
            "RUNBOOKS_DIR": str(self.work / "runbooks"),
            "TEMPLATES_DIR": str(self.root / "templates"),
            "LOG_FORMAT": "json",
        }


def base_env(root: Path) -> dict[str, str]:
    """Nothing of the caller's own settings: a sandbox must not meet somebody's real Slack or database."""
    kept: Mapping[str, str] = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**kept, "PYTHONPATH": str(root), "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def free_ports() -> tuple[int, int, int]:
    """Three ports on loopback that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    try:
        slack, market, bot = (int(one.getsockname()[1]) for one in sockets)
    finally:
        for one in sockets:
            one.close()
    return slack, market, bot
