"""Slack user groups as they were last read: who may hold a role because a group says so.

Groups are pinned by id, so that a new handle changes nothing. What is remembered entitles while Slack is
away, for a day at most; a group that was never read entitles nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.domain.authority import Directory, Person, RoleHolders
from bot.domain.base import Frozen, Moment
from bot.usecases.ports import Context, Tx

PREFIX = "group:"
BELIEVED = timedelta(hours=24)


class Member(Frozen):
    """One person of a group, a full member of our workspace."""

    slack: str
    name: str


class Group(Frozen):
    """A user group as read at a moment of wall time; `left_out` counts guests, strangers and bots in it."""

    id: str
    handle: str = ""
    members: tuple[Member, ...] = ()
    left_out: int = 0
    read_at: Moment


def wanted(directory: Directory) -> list[str]:
    """The ids of all groups that people.yaml names."""
    return sorted({group for holders in directory.roles.values() for group in holders.groups})


def roles_of(directory: Directory, group_id: str) -> str:
    """The roles that a group may hold, in words."""
    return ", ".join(role.words for role, who in directory.roles.items() if group_id in who.groups)


async def remember(ctx: Context, group: Group) -> None:
    """Keep a group as it was read."""
    async with ctx.store.write() as tx:
        await tx.keepsakes.set_fact(f"{PREFIX}{group.id}", group.model_dump_json())


async def remembered(tx: Tx, now: datetime) -> dict[str, Group]:
    """Groups by id, as far as they can still be believed at a moment of wall time."""
    found = await tx.keepsakes.facts(PREFIX)
    groups = [Group.model_validate_json(kept) for kept in found.values() if kept]
    return {group.id: group for group in groups if now - group.read_at <= BELIEVED}


def with_groups(directory: Directory, groups: Mapping[str, Group]) -> Directory:
    """The directory with everybody in it who is in one of its groups. Listed people stay who they are."""
    people = dict(directory.people)
    roles = {}
    for role, holders in directory.roles.items():
        ids = list(holders.people)
        for member in (m for g in holders.groups if g in groups for m in groups[g].members):
            person = directory.by_slack(member.slack) or Person(
                id=f"slack:{member.slack}", name=member.name, slack=member.slack
            )
            people.setdefault(person.id, person)
            ids.append(person.id)
        roles[role] = RoleHolders(people=tuple(dict.fromkeys(ids)), groups=holders.groups)
    return directory.model_copy(update={"people": people, "roles": roles})
