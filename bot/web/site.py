"""What the public pages, the JSON and the feed have in common: addresses, the headline, times in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.domain.base import Environment
from bot.domain.ledger import digest
from bot.domain.publication import StatusImpact
from bot.usecases.public_page import PublicPage

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Site:
    """Where the pages are and what they are called."""

    name: str
    public_url: str
    environment: Environment = Environment.LIVE

    @property
    def sandbox(self) -> bool:
        """Whether nothing here is real."""
        return self.environment is Environment.SANDBOX

    @property
    def id(self) -> str:
        """What tools know this page by."""
        return digest(["page", self.public_url])[:12]

    def url(self, path: str) -> str:
        """The full address of a path."""
        return self.public_url.rstrip("/") + path


def headline(page: PublicPage) -> str:
    """The page in one line: the worst open incident's newest title, or what is seen without one."""
    if page.current:
        order = list(StatusImpact)
        return max(page.current, key=lambda i: (order.index(i.impact), i.updates[0].at)).title
    if page.limited:
        return "Some services are limited"
    if page.unconfirmed and not page.quiet:
        return "We are checking some of our services"
    return "No incident to report"


def to_the_minute(moment: datetime) -> datetime:
    """The minute a moment lies in: pages that say no more than that can be cached."""
    return moment.replace(second=0, microsecond=0)


def clock(moment: datetime) -> str:
    """`14:05 UTC`."""
    return f"{moment.astimezone(UTC):%H:%M} UTC"


def day(moment: datetime) -> str:
    """`20 November 2026`."""
    at = moment.astimezone(UTC)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def when(moment: datetime) -> str:
    """`14:05 UTC on 20 November 2026`."""
    return f"{clock(moment)} on {day(moment)}"


def machine(moment: datetime) -> str:
    """RFC 3339, for `datetime` attributes."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def capital(text: str) -> str:
    """The text with a capital at its head."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """The text with a capital at its head and a stop at its end."""
    return capital(text) + ("" if text.endswith((".", "!", "?")) else ".")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of lines, or a list of items."""

    is_list: bool
    lines: tuple[str, ...]


def blocks(text: str) -> list[Block]:
    """A plain text as paragraphs and lists: lines that begin with `- ` are items."""
    out: list[Block] = []
    for part in text.replace("\r\n", "\n").split("\n\n"):
        run: list[str] = []
        listed = False
        for line in (raw.rstrip() for raw in part.split("\n") if raw.strip()):
            if line.startswith("- ") != listed and run:
                out.append(Block(listed, tuple(run)))
                run = []
            listed = line.startswith("- ")
            run.append(line.removeprefix("- "))
        if run:
            out.append(Block(listed, tuple(run)))
    return out
