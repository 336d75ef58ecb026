"""What the doctor makes of a workspace: the strict Slack, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from bot.bootstrap.clock import SystemClock
from bot.bootstrap.settings import read_settings
from bot.cli.doctor_places import place_findings
from bot.cli.doctor_slack import slack_findings
from bot.cli.findings import Finding
from bot.domain.authority import Directory, RoleHolders
from bot.domain.base import Role
from bot.sandbox.slack import Workspace, running, seeded_workspace
from tests.slack.support.world import CONTENT

GROUP = "S01TREASURY"


@dataclass
class Doctor:
    """Asks one workspace; findings by name."""

    workspace: Workspace
    api: str
    directory: Directory = CONTENT.directory

    async def __call__(self, **env: str) -> dict[str, Finding]:
        token = self.workspace.app.bot_token
        known = {"SLACK_BOT_TOKEN": token, "SLACK_SIGNING_SECRET": "s", "SLACK_API_BASE_URL": self.api}
        settings = read_settings(known | env)
        return {f.name: f for f in await slack_findings(settings, SystemClock(), self.directory)}


@pytest.fixture
async def doctor() -> AsyncIterator[Doctor]:
    workspace = seeded_workspace(now=lambda: datetime.now(UTC), rate_limits=False)
    async with running(workspace) as slack:
        yield Doctor(workspace, slack.api_url)


async def test_a_workspace_as_it_should_be_is_well(doctor: Doctor) -> None:
    found = await doctor()
    assert [name for name, finding in found.items() if not finding.ok] == []
    assert found["slack"].said == "we are breakwater in Sandbox"
    assert found["incidents channel"].said == "we are in #incidents"
    assert found["people"].said.endswith("who may hold a role are members")


@pytest.mark.parametrize(
    ("code", "mend"),
    [
        ("invalid_auth", "copy it again from the app's OAuth page"),
        ("token_revoked", "install the app again and set SLACK_BOT_TOKEN to its new token"),
        ("account_inactive", "install the app again and set SLACK_BOT_TOKEN to its new token"),
    ],
)
async def test_a_token_that_slack_refuses_is_named_with_its_mend(
    doctor: Doctor, code: str, mend: str
) -> None:
    doctor.workspace.app.token_error = code
    [found] = (await doctor()).values()
    assert not found.ok
    assert f"({code})" in found.said
    assert mend in found.mend


async def test_scopes_that_were_not_given_are_listed(doctor: Doctor) -> None:
    doctor.workspace.app.scopes -= {"pins:write", "files:write"}
    found = (await doctor())["slack scopes"]
    assert found.said == "missing: files:write, pins:write"
    assert "update the app from `breakwater manifest`" in found.mend


async def test_a_channel_that_is_archived_missing_or_without_us_is_told_apart(doctor: Doctor) -> None:
    channel = doctor.workspace.channel_called("incidents")
    channel.members.remove(doctor.workspace.app.bot_user)
    assert (await doctor())["incidents channel"].said == "we are not in #incidents"
    channel.is_archived = True
    assert (await doctor())["incidents channel"].said == "#incidents is archived"
    missing = (await doctor(INCIDENTS_CHANNEL="elsewhere"))["incidents channel"]
    assert missing.said == "there is no channel elsewhere that we can see"
    assert "INCIDENTS_CHANNEL" in missing.mend


async def test_people_who_left_and_guests_are_named_with_their_roles(doctor: Doctor) -> None:
    doctor.workspace.person("bob").deleted = True
    doctor.workspace.person("dana").is_restricted = True
    found = (await doctor())["people"]
    assert found.said.startswith("2 of 5: ")
    assert "Bob Okafor (treasury lead): the account is deactivated" in found.said
    assert "Dana Kim (comms owner, support lead): is a guest" in found.said
    assert "people.yaml" in found.mend


async def test_groups_are_counted_and_one_that_entitles_nobody_is_named(doctor: Doctor) -> None:
    roles = {**CONTENT.directory.roles, Role.TREASURY_LEAD: RoleHolders(people=("bob",), groups=(GROUP,))}
    doctor.directory = CONTENT.directory.model_copy(update={"roles": roles})
    group, named = doctor.workspace.groups[GROUP], "group treasury (treasury lead)"
    group.users = ["U02BOB", "U07GUS"]
    assert (await doctor())[named].said == "1 may hold the role, 1 are guests or strangers and hold none"
    group.users = ["U07GUS"]
    assert (await doctor())[named].said == "nobody in it may hold a role"
    group.disabled = True
    assert "the user group is disabled" in (await doctor())[named].said
    doctor.workspace.app.scopes -= {"usergroups:read"}
    assert "the app lacks the scope usergroups:read" in (await doctor())["groups"].said


async def test_a_public_address_that_slack_cannot_reach_is_named(tmp_path: object) -> None:
    async def public(**env: str) -> Finding:
        own = {"LEDGER_KEY_FILE": f"{tmp_path}/key", "ANCHORS_FILE": f"{tmp_path}/anchors"}
        settings = read_settings({"SLACK_BOT_TOKEN": "t", "SLACK_SIGNING_SECRET": "s", **own, **env})
        return next(f for f in await place_findings(settings) if f.name == "public URL")

    assert (
        await public()
    ).said == "not set; messages link to http://127.0.0.1:3000, which Slack cannot reach"
    assert "is not https" in (await public(PUBLIC_URL="http://breakwater.example.com")).said
    near = await public(ENVIRONMENT="sandbox", PUBLIC_URL="http://127.0.0.1:9")
    assert near.ok
    assert "start the web process" in near.mend
