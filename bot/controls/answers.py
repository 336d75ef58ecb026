"""What a service's answer means: a value, a yes to a probe, a no, or nothing that can be used."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, NoReturn

import jmespath

from bot.controls.calling import Answer, Peer
from bot.domain.adapter import Expect, Mapped, Scalar, spoken, to_ours
from bot.domain.control import Control, Value
from bot.usecases.ports import Changed, Outrun, Refused, Unanswered

SUPERSEDED = "generation_superseded"
TEXT_LIMIT = 500
_ASK_AGAIN = frozenset({408, 425, 429})
_CONFLICT, _CHANGED = 409, 412
_EXACT_BELOW = 2**53


def accept(answer: Answer) -> None:
    """Let any 2xx pass; raises Changed, Refused, Outrun or Unanswered otherwise."""
    status, says = answer.status, answer.peer.says
    if 200 <= status < 300:  # noqa: PLR2004 - the classes of HTTP's status codes
        return
    if 300 <= status < 400:  # noqa: PLR2004
        place = answer.headers.get("Location", "nowhere")
        raise says(Unanswered, f"answered {status}, a redirect to {place}, which is not followed")
    if status in _ASK_AGAIN or not 400 <= status < 500:  # noqa: PLR2004
        raise says(Unanswered, f"answered {status}")
    problem = _problem(answer)
    if status == _CONFLICT and _is_superseded(problem):
        raise says(Outrun, "has already taken a higher generation")
    if status == _CHANGED:
        raise says(Changed, "says the setting was changed by somebody else since it was read")
    said = ": ".join(str(problem[part]) for part in ("title", "detail") if problem.get(part))
    raise says(Refused, f"refused with {status}" + (f": {said}" if said else ""))


def value_of(answer: Answer, expression: str, control: Control) -> Value:
    """The setting in an answer; raises Unanswered unless it has exactly the fields of a level's value.

    Numbers with a fraction come as decimal strings, and so do integers that JSON cannot carry exactly.
    """
    says = answer.peer.says
    found = _search(answer, expression, _json(answer, parse_float=str, parse_int=_integer))
    shapes = {frozenset(level.value) for level in control.levels}
    wanted = " or ".join(sorted(_braced(shape) for shape in shapes))
    if not isinstance(found, dict):
        raise says(Unanswered, f"answered {_seen(answer, found)} where {wanted} was expected")
    if frozenset(found) not in shapes:
        raise says(Unanswered, f"answered {_braced(found)} where {wanted} was expected")
    for name, part in found.items():
        if not _usable(part):
            raise says(Unanswered, f"answered {_seen(answer, part)} as {name}, which cannot be a setting")
    return ours(control, found, answer.peer)


def ours(control: Control, value: Value, peer: Peer) -> Value:
    """A value as read, in the words of the levels; raises Unanswered for a word that the map lacks."""
    if not isinstance(control.adapter, Mapped):
        return value
    try:
        said = to_ours(control.adapter.map, value)
    except KeyError as unknown:
        field = unknown.args[0]
        told = peer.clean(json.dumps(value[field]))
        raise peer.says(Unanswered, f"answered {told} as {field}, which its map does not know") from None
    return {name: _as_written(control, name, part) for name, part in said.items()}


def _as_written(control: Control, field: str, part: Scalar) -> Scalar:
    """A field of text as the level that says the same has it: a number, or true and false."""
    if not isinstance(part, str):
        return part
    written = (level.value[field] for level in control.levels)
    return next((one for one in written if isinstance(one, bool) and spoken(one) == part), part)


def found_id(answer: Answer, expression: str) -> str:
    """The one id that a look-up found; raises Unanswered when it found none, or several."""
    found = _search(answer, expression, _json(answer, parse_float=str))
    every = found if isinstance(found, list) else [found] if found is not None else []
    usable = [
        one for one in every if isinstance(one, str | int) and not isinstance(one, bool) and _usable(one)
    ]
    if len(every) != 1 or len(usable) != 1:
        seen = "nothing" if not every else f"{len(every)}: {_seen(answer, found)}"
        raise answer.peer.says(Unanswered, f"was looked up for exactly one id and gave {seen}")
    return str(usable[0])


def as_expected(answer: Answer, expect: Expect) -> bool:
    """Whether an answer to a probe is the one that shows the effect.

    A status is enough to say no; raises Unanswered when the content says neither yes nor no, and like
    `accept` for an error where no status was named.
    """
    if expect.status is None:
        accept(answer)
    elif answer.status != expect.status:
        return False
    if expect.text is not None and not re.search(expect.text, answer.body.decode(errors="replace")):
        return False
    return expect.holds is None or holds_true(answer, expect.holds)


def holds_true(answer: Answer, expression: str) -> bool:
    """Whether a probe's expression is true of an answer; raises Unanswered when it is neither."""
    says = answer.peer.says
    found = _search(answer, expression, _json(answer))
    if not isinstance(found, bool):
        raise says(Unanswered, f"answered its probe with {_seen(answer, found)}, not yes or no")
    return found


def etag_of(answer: Answer) -> str | None:
    """The answer's ETag, where it has one that can be sent back."""
    etag: str = answer.headers.get("ETag", "")
    return etag if etag and etag.isascii() and etag.isprintable() else None


def _json(answer: Answer, **numbers: Any) -> Any:
    try:
        return json.loads(answer.body, parse_constant=_no_constant, **numbers)
    except (ValueError, RecursionError):
        kind = answer.headers.get("Content-Type", "") or "something"
        raise answer.peer.says(Unanswered, f"answered {kind} that is not JSON") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _integer(digits: str) -> int | str:
    number = int(digits)
    return number if abs(number) < _EXACT_BELOW else digits


def _search(answer: Answer, expression: str, document: Any) -> Any:
    try:
        return jmespath.search(expression, document)
    except (ValueError, TypeError, ArithmeticError):  # JMESPathError is but one of what it raises
        raise answer.peer.says(Unanswered, f"gave an answer on which {expression} fails") from None


def _problem(answer: Answer) -> dict[str, Any]:
    try:
        problem = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return problem if isinstance(problem, dict) else {}


def _is_superseded(problem: dict[str, Any]) -> bool:
    """Whether `code`, or the last part of the problem's `type` URI, says so."""
    last = re.split(r"[/:#]", str(problem.get("type", "")))[-1]
    return SUPERSEDED in (problem.get("code"), last)


def _usable(part: Any) -> bool:
    # Text beyond these bounds is no setting, and a database may refuse to keep it (PostgreSQL: NUL).
    if isinstance(part, str):
        return len(part) <= TEXT_LIMIT and part.isprintable()
    return isinstance(part, int)


def _seen(answer: Answer, found: Any) -> str:
    # Cleaned before it is cut: half a secret would no longer be recognised.
    text = answer.peer.clean(json.dumps(found, default=str))
    return text if len(text) <= 60 else f"{text[:59]}…"  # noqa: PLR2004 - a glimpse for a sentence


def _braced(names: Iterable[Any]) -> str:
    return f"{{{', '.join(sorted(map(str, names)))}}}"
