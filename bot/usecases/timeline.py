"""Which rows of the record somebody asks for: of which sorts, by whom, since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

DECIDED = (
    *("incident.declared", "mode.decided", "mode.left", "control.decided", "phase.decided", "class.set"),
    *("hold.ratified", "hold.extended", "proposal.", "plan.", "step.skipped", "suggestion.dismissed"),
    *("override.", "gate.attested"),
    *("freeze.", "classification.named", "publication.approved", "publication.discarded", "transfer."),
)
SORTS: dict[str, tuple[str, ...]] = {
    "decisions": DECIDED,
    "controls": ("freeze.", "control.", "hold.", "mode.", "actuation.", "plan."),
    "notes": ("note", "evidence."),
    "publications": ("publication.", "macros.", "public."),
    "people": ("role.",),
    "steps": ("step.", "steps."),
}


@dataclass(frozen=True, slots=True)
class Only:
    """Sorts of rows (all where none is named), one person's id, a moment, UTC."""

    sorts: tuple[str, ...] = ()
    actor: str = ""
    since: datetime | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of rows that belong to these sorts; one that ends with a dot means all that begin so."""
        return tuple(dict.fromkeys(kind for sort in self.sorts for kind in SORTS[sort]))


EVERYTHING = Only()
