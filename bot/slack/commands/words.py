"""Taking a command's text apart: subcommand, incident key, mention, the rest in the person's own words."""

from __future__ import annotations

import re
from difflib import get_close_matches

from bot.domain.authority import Person
from bot.domain.errors import BadInput
from bot.domain.incident import Incident
from bot.slack.ask import Ask
from bot.slack.text import mentioned, typed
from bot.usecases.entitlement import which
from bot.usecases.ports import Tx

_KEY = re.compile(r"((?:INC|DRL)-\d{1,9})(?:\s+|$)", re.IGNORECASE)
SHOWN = 40


def head(text: str) -> tuple[str, str]:
    """The first word, small, and the rest."""
    first, rest = parts(text)
    return first.casefold(), rest


def parts(text: str) -> tuple[str, str]:
    """The first word and the rest."""
    found = text.split(None, 1)
    return (found[0] if found else ""), (found[1].strip() if len(found) > 1 else "")


def key(text: str) -> tuple[str | None, str]:
    """An incident's key at the front, if there is one, and the rest."""
    text = text.strip()
    found = _KEY.match(text)
    return (found.group(1).upper(), text[found.end() :].strip()) if found else (None, text)


async def meant(ask: Ask, tx: Tx, rest: str) -> tuple[Incident, str]:
    """The incident a subcommand is about, and its words without the key. Raises NotFound, BadInput."""
    named, rest = key(rest)
    return await which(tx, named, ask.channel), rest


async def meant_alone(ask: Ask, rest: str) -> tuple[Incident, str]:
    """The same, in a reading of its own."""
    async with ask.ctx.store.read() as tx:
        return await meant(ask, tx, rest)


def own_words(raw: str) -> str:
    """What the person typed, as data."""
    return typed(raw).strip()


def person(ask: Ask, raw: str, example: str) -> Person:
    """The one listed person mentioned. Raises BadInput."""
    found = mentioned(raw)
    if len(found) != 1:
        raise BadInput("Name one person with @.", example=example)
    known = ask.ctx.content.now.directory.by_slack(found[0])
    if known is None:
        raise BadInput("That person is not listed in people.yaml, so they can hold no role.", example=example)
    return known


def unknown(command: str, word: str, known: list[str]) -> BadInput:
    """The refusal of a subcommand that does not exist, with the one it is most like."""
    near = get_close_matches(word, known, 1)
    meant = f" Did you mean {near[0]}?" if near else ""
    example = f"{command} {near[0] if near else 'help'}"
    return BadInput(f"{command} knows no “{typed(word)[:SHOWN]}”.{meant}", example=example)
