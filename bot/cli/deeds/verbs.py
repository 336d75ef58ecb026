"""Every verb of the command line by its words: those that write, and those that only show."""

from __future__ import annotations

from bot.cli.deeds import approvals, controls, glass, incident, modes
from bot.cli.deeds.kinds import Deed
from bot.cli.deeds.shows import SHOWS

DEEDS: dict[str, Deed] = {
    **incident.DEEDS,
    **glass.DEEDS,
    **modes.DEEDS,
    **controls.DEEDS,
    **approvals.DEEDS,
}
__all__ = ["DEEDS", "SHOWS"]
