"""Who is who in Slack: user groups are read, and everyone who may hold a role is looked up, again and again.

Whatever is wrong is told in the incidents channel once, long before somebody is paged in vain.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.domain.authority import Directory
from bot.slack.jobs.desk import JobDesk, complain
from bot.slack.text import escape
from bot.slack.troubles import advice, unfit
from bot.slack.wire import SlackRefused
from bot.usecases import groups, troubles
from bot.usecases.groups import Group, Member
from bot.usecases.ports import Again, Job

EVERY = timedelta(minutes=5)
NAME = 80
LISTED = "; nobody new is entitled through it, whoever is listed in people.yaml still is"


@dataclass
class _Round:
    """One look at everybody: each user is asked for once, and what is wrong is told at the end."""

    desk: JobDesk
    team: str
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    fine: list[str] = field(default_factory=list)

    def judge(self, key: str, said: str) -> None:
        if said:
            self.wrong[key] = said
        else:
            self.fine.append(key)

    async def user(self, slack_id: str) -> dict[str, Any]:
        """A user of Slack's. Raises SlackRefused."""
        if slack_id not in self.users:
            answer = await self.desk.call("users.info", slack_id, user=slack_id)
            self.users[slack_id] = dict(answer.get("user") or {})
        return self.users[slack_id]


async def people(desk: JobDesk, _job: Job) -> Again | None:
    """Read every group and look everybody up; then again in five minutes."""
    directory = desk.ctx.content.now.directory
    looking = _Round(desk, await _team(desk))
    if wanted := groups.wanted(directory):
        await _groups(looking, directory, wanted)
    for person in directory.people.values():
        if roles := directory.eligible(person.id):
            held = ", ".join(r.words for r in sorted(roles))
            said = await _person(looking, person.slack)
            looking.judge(f"person:{person.id}", said and f"{escape(person.name, NAME)} ({held}): {said}.")
    await troubles.note(desk.ctx, looking.wrong)
    await troubles.mended(desk.ctx, looking.fine)
    return Again(EVERY)


async def _person(looking: _Round, slack_id: str) -> str:
    """What keeps somebody from being paged and let in; empty when nothing does."""
    if not slack_id:
        return "has no Slack id, so that Slack reaches them nowhere; put it into people.yaml"
    try:
        user = await looking.user(slack_id)
    except SlackRefused as refused:
        if refused.code in {"user_not_found", "user_not_visible"}:
            return advice(SlackRefused("user_not_found"))
        complain(refused, user=slack_id)
        return ""
    code = unfit(looking.team, user)
    return advice(SlackRefused(code)) if code else ""


async def _groups(looking: _Round, directory: Directory, wanted: list[str]) -> None:
    desk = looking.desk
    try:
        listed = (await desk.call("usergroups.list", "groups", include_disabled=True))["usergroups"]
    except SlackRefused as refused:
        complain(refused, groups=wanted)
        for group in wanted:
            what = f"User group {group} ({groups.roles_of(directory, group)}) cannot be read"
            looking.judge(f"group:{group}", f"{what}: {advice(refused)}{LISTED}.")
        return
    known = {str(g["id"]): g for g in listed}
    for group in wanted:
        said = await _group(looking, group, known.get(group))
        handle = escape(str(known.get(group, {}).get("handle") or group), NAME)
        what = f"User group {handle} ({groups.roles_of(directory, group)})"
        looking.judge(f"group:{group}", said and f"{what}: {said}.")


async def _group(looking: _Round, group: str, listed: dict[str, Any] | None) -> str:
    """Remember one group's people; what is wrong with it, or nothing."""
    ctx = looking.desk.ctx
    now = ctx.clock.wall()
    if listed is None or listed.get("date_delete"):
        await groups.remember(ctx, Group(id=group, read_at=now))
        return f"{advice(SlackRefused('subteam_disabled' if listed else 'no_such_subteam'))}{LISTED}"
    try:
        answer = await looking.desk.call("usergroups.users.list", group, usergroup=group)
    except SlackRefused as refused:
        complain(refused, group=group)
        return f"cannot be read: {advice(refused)}{LISTED}"
    members, left_out = [], 0
    for slack_id in answer.get("users") or ():
        try:
            user = await looking.user(str(slack_id))
        except SlackRefused as refused:
            complain(refused, user=slack_id)
            left_out += 1
            continue
        if unfit(looking.team, user):
            left_out += 1
        else:
            members.append(Member(slack=str(slack_id), name=_called(user)))
    handle = str(listed.get("handle") or "")
    found = Group(id=group, handle=handle, members=tuple(members), left_out=left_out, read_at=now)
    await groups.remember(ctx, found)
    return (
        "" if members else f"nobody in it may hold a role (subteam_empty); put full members into it{LISTED}"
    )


async def _team(desk: JobDesk) -> str:
    """The id of our own workspace."""
    async with desk.ctx.store.read() as tx:
        known = await tx.keepsakes.fact("team_id")
    return known or str((await desk.call("auth.test", "people"))["team_id"])


def _called(user: dict[str, Any]) -> str:
    profile = user.get("profile") or {}
    return str(profile.get("real_name") or user.get("real_name") or user.get("name") or user.get("id"))[:NAME]
