"""People, roles and rules: everybody named is known, and every rule can be satisfied by two persons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from bot.content.checks.ids import ids
from bot.content.draft import Draft
from bot.content.problems import near
from bot.content.source import Source
from bot.domain.authority import Authority, Directory, RoleHolders, Rule, loosening_roles
from bot.domain.base import Role
from bot.domain.errors import ContentError
from bot.domain.proof import StepUp

LEAVING = "money"
_SLACK = re.compile(r"[UW][A-Z0-9]{2,}")
_GROUP = re.compile(r"S[A-Z0-9]{2,}")


def check_people(draft: Draft) -> Iterator[ContentError]:
    """Everything wrong with people and roles beyond their own fields."""
    if draft.people is None:
        return
    source, directory = draft.people.source, draft.people.value
    yield from ids(source, [(one, ("people", one)) for one in directory.people], key=True)
    seen: dict[str, str] = {}
    for person in directory.people.values():
        loc = ("people", person.id, "slack")
        if person.slack and not _SLACK.fullmatch(person.slack):
            yield source.error(loc, f"`{person.slack}` is no Slack user id; they look like U01ALICE")
        elif person.slack and person.slack in seen:
            yield source.error(loc, f"{person.slack} is already {seen[person.slack]}")
        seen[person.slack] = person.id
    yield from _keys(draft.people.source, directory)
    yield from ids(source, [(one, ("contacts", one)) for one in directory.contacts], key=True)
    for role, holders in directory.roles.items():
        for index, one in enumerate(holders.people):
            if one not in directory.people:
                reason = f"nobody is called `{one}`{near(one, directory.people)}"
                yield source.error(("roles", role.value, "people", index), reason)
        for index, group in enumerate(holders.groups):
            if not _GROUP.fullmatch(group):
                reason = f"`{group}` is no Slack group id; they look like S01TREASURY"
                yield source.error(("roles", role.value, "groups", index), reason)


def _keys(source: Source, directory: Directory) -> Iterator[ContentError]:
    """A key is one person's: with a shared one nobody could say who it was."""
    owners: dict[str, str] = {}
    for person in directory.people.values():
        for index, key in enumerate(person.keys):
            if owners.setdefault(key, person.id) != person.id:
                reason = f"this key is already {owners[key]}'s; everybody enrols one of their own"
                yield source.error(("people", person.id, "keys", index), reason)


def check_authority(draft: Draft) -> Iterator[ContentError]:
    """Rules that nobody could satisfy."""
    if draft.authority is None:
        return
    source, authority = draft.authority.source, draft.authority.value
    yield from ids(source, [(one, ("rules", one)) for one in authority.rules], key=True)
    if LEAVING not in authority.rules:
        yield source.error(("rules",), f"rule `{LEAVING}` is missing; leaving a mode is approved under it")
    yield from ids(source, [(one, ("buckets", one)) for one in authority.buckets], key=True)
    if draft.controls is not None:
        yield from _step_up_patterns(source, authority, draft.controls.value.by_id)
    for name, rule in authority.rules.items():
        if not 1 <= rule.tighten_needs <= 2:  # noqa: PLR2004 - a proposer and one approver is all there is
            reason = "`tighten_needs` is 1 or 2"
            yield source.error(("rules", name, "tighten_needs"), reason)
        if draft.people is not None:
            yield from _without_keys(source, name, rule, authority, draft.people.value)
        if not rule.tighten:
            yield source.error(("rules", name, "tighten"), "nobody may tighten under this rule")
        elif draft.people is not None:
            for field, reason in _unsatisfied(rule, authority, draft.people.value):
                yield source.error(("rules", name, field), reason)


def _without_keys(
    source: Source, name: str, rule: Rule, authority: Authority, directory: Directory
) -> Iterator[ContentError]:
    """A key that is asked for must be somebody's, or nothing under the rule could ever be loosened."""
    may = directory.holders((*rule.loosen, authority.executive))
    if any(person.keys for person in may):
        return
    for field in ("step_up", "step_up_suspended"):
        if getattr(rule, field) is StepUp.KEY:
            reason = "nobody who may approve has a key in people.yaml; `breakwater operator enroll` makes one"
            yield source.error(("rules", name, field), reason)


def _step_up_patterns(
    source: Source, authority: Authority, controls: Iterable[str]
) -> Iterator[ContentError]:
    for pattern in authority.step_up:
        if not any(fnmatchcase(one, pattern) for one in controls):
            yield source.error(("step_up", pattern), f"no control is called `{pattern}`", key=True)


def _unsatisfied(rule: Rule, authority: Authority, directory: Directory) -> Iterator[tuple[str, str]]:
    if not any(_who(directory, role) for role in rule.tighten):
        yield "tighten", "people.yaml names nobody who may tighten under this rule"
    for suspended in (False, True):
        pairs = loosening_roles(rule, authority, out_of_suspension=suspended)
        if not any(_two(directory, a, b) for a, b in pairs):
            which = " or ".join(f"{a.words} and {b.words}" for a, b in pairs)
            when = " out of a full suspension" if suspended else ""
            yield "loosen", f"people.yaml names no two persons who could loosen{when}: {which}"


def _who(directory: Directory, role: Role) -> set[str]:
    """Persons who may hold a role; a group, whose members Slack knows, counts as somebody of its own."""
    holders = directory.roles.get(role, RoleHolders())
    return {*holders.people, *holders.groups}


def _two(directory: Directory, one: Role, other: Role) -> bool:
    return any(a != b for a in _who(directory, one) for b in _who(directory, other))
