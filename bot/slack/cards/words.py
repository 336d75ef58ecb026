"""How controls, readings, roles and people are said, the same way in every message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.domain.authority import Person
from bot.domain.base import Environment, Outcome
from bot.domain.control import Control
from bot.domain.incident import Incident
from bot.domain.signal import Reading
from bot.slack.text import escape, span, utc
from bot.usecases.awaited import Awaited
from bot.usecases.control_views import ControlView
from bot.usecases.controls import Change
from bot.usecases.impact import UNKNOWN
from bot.usecases.views import IncidentView, RoleView

BANNERS = {Environment.SANDBOX: "SANDBOX", Environment.DRILL: "DRILL"}
NAMED = 4
_USER = re.compile(r"[UW][A-Z0-9]{2,}")
RANGE = "to"  # the label of the upper end of a range


def banner(environment: Environment) -> str:
    """`SANDBOX · ` or `DRILL · ` where nothing real is at stake, else nothing."""
    return f"{BANNERS[environment]} · " if environment in BANNERS else ""


def title(incident: Incident) -> str:
    """`SANDBOX · SEV1 · amber anchor · INC-1`; plain text."""
    return f"{banner(incident.environment)}{incident.severity.upper()} · {incident.code_name} · {incident.id}"


def progress(view: IncidentView) -> str:
    """`PROTECTED 11/12`, and the one that is furthest from confirmed by name; markup."""
    done, held = view.progress
    mode = view.incident.mode.upper()
    if not held:
        return f"*{mode}*"
    count = f"*{mode} {done}/{held}*"
    worst = view.worst
    return f"{count} — {off(worst)}" if worst else f"{count} confirmed"


def progress_plain(view: IncidentView) -> str:
    """`PROTECTED 11/12` without any names."""
    done, held = view.progress
    return f"{view.incident.mode.upper()} {done}/{held}" if held else view.incident.mode.upper()


def off(control: ControlView, most: int = 120) -> str:
    """A control that is not as desired: what is wrong first; markup."""
    seen = control.observed or "unknown"
    detail = f" ({escape(control.detail, most)})" if control.detail else ""
    stale = control.observed is None and control.outcome in (Outcome.CONFIRMED, Outcome.ALREADY_SET)
    state = Outcome.UNKNOWN if stale else control.outcome
    return f"{escape(control.control.id)} is *{state}*: wanted {control.desired}, seen {seen}{detail}"


def control_line(control: ControlView, now: datetime) -> str:
    """Desired and observed of one control, with the age of what was observed; markup."""
    seen = control.observed or "unknown"
    age = _age(control, now)
    if control.external:
        return f"• {escape(control.control.id)}: {seen}{age} — held by somebody outside"
    if control.desired is None:
        return f"• {escape(control.control.id)}: {seen}{age}"
    if control.confirmed:
        return f"• {escape(control.control.id)}: {control.desired}{age}"
    return f"• {off(control, 40)}{age}"


def _age(control: ControlView, now: datetime) -> str:
    """How long ago it was seen, or attested and by whom; markup."""
    if control.observed_at is None:
        return ", never seen"
    ago = f"{span(now - control.observed_at)} ago"
    if control.attested_by:
        return f", attested {ago} by {' and '.join(escape(name, 80) for name in control.attested_by)}"
    return f", seen {ago}"


def change_line(change: Change) -> str:
    """One control of a preview: from → to and what customers are told; markup."""
    before = change.observed.id if change.observed else "unknown"
    told = escape(change.customers, 200) if change.customers else "customers are told nothing"
    kept = " (held so already)" if change.kept else ""
    over = f" (passing over {', '.join(level.id for level in change.between)})" if change.between else ""
    return f"• {escape(change.control.id)}: {before} → *{change.to.id}*{over}{kept} — {told}"


def impact_line(touched: str) -> str:
    """What a change touches right now; markup."""
    return "Impact unknown" if touched == UNKNOWN else f"Impact: {escape(touched, 600)}"


def level_line(control: Control, level_id: str) -> str:
    """A level with what it means and what customers are told; markup."""
    level = control.level(level_id)
    stop = " — full suspension" if level.full_suspension else ""
    told = escape(control.told(level), 200)
    meaning = f": {escape(level.title)}" if level.title else ""
    return f"*{level.id}*{meaning}{stop}" + (f"\n    _{told}_" if told else "")


def people(names: Sequence[str]) -> str:
    """`Bob Okafor, Erin Walsh`; markup."""
    if not names:
        return "nobody listed yet"
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(escape(n, 80) for n in names[:NAMED]) + more


def called(persons: Sequence[Person]) -> str:
    """The same people, each mentioned where they have a Slack id; markup."""
    if not persons:
        return people([])
    return ", ".join(f"<@{p.slack}>" if _USER.fullmatch(p.slack) else escape(p.name, 80) for p in persons)


def awaited_line(one: Awaited, now: datetime) -> str:
    """A decision that waits: what, from whom, since when; markup."""
    return (
        f"*{escape(one.what, 200)}* — {people(one.who)}, for {span(now - one.since)} (since {utc(one.since)})"
    )


def role_line(one: RoleView) -> str:
    """A role and its holder; markup."""
    if one.person is None:
        return f"{one.role.words}: *nobody*"
    answered = "" if one.acknowledged else " (has not answered)"
    return f"{one.role.words}: {escape(one.person.name, 80)}{answered}"


def reading_line(view: IncidentView, *wanted: tuple[str, str]) -> str:
    """Readings by signal id, each with its label; their age once when they share one; markup."""
    found = [(label, view.readings.get(signal)) for signal, label in wanted]
    known = [r for _, r in found if r and r.fresh and r.age is not None]
    if not known:
        return ", ".join(label for label, _ in found if label != RANGE) + ": *unknown*"
    ages = {span(r.age) for r in known if r.age is not None}
    shared = len(ages) == 1
    texts = [f"{label} {_number(reading, aged=not shared)}" for label, reading in found]
    line = ", ".join(texts).replace(f", {RANGE} ", f" {RANGE} ")
    return line + (f" ({ages.pop()} old)" if shared else "")


def _number(reading: Reading | None, *, aged: bool) -> str:
    if reading is None or reading.value is None or reading.age is None:
        return "*unknown*"
    places, unit = reading.spec.places, reading.spec.unit
    if unit == "s":
        number = span(timedelta(seconds=int(reading.value)))
    else:
        number = escape(f"{reading.value:,.{places}f} {unit}".strip(), 60)
    if not reading.fresh:
        return f"*unknown* (last {number}, {span(reading.age)} old)"
    return f"{number} ({span(reading.age)} old)" if aged else number


def joined(texts: Iterable[str], most: int, between: str = " · ") -> str:
    """Texts in one line, the rest counted."""
    every = list(texts)
    more = [f"… and {len(every) - most} more"] if len(every) > most else []
    return between.join([*every[:most], *more])
