"""Processes stay on the content in force: they take it up whole, or stay where they are and say why."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from bot.bootstrap.build import Parts, opened
from bot.bootstrap.edition import Follower, following, read_on_disk
from bot.bootstrap.operator import operator
from bot.bootstrap.settings import Settings, read_settings
from bot.domain.control import Hold
from bot.usecases import reload
from bot.usecases.ports import Refused
from tests.content.folder import SMALL, Folder
from tests.support.made import hold, incident

CONTROLS = "runbooks/platform/controls.yaml"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.setenv("DESK_URL", "http://127.0.0.1:9")
    shutil.copytree(SMALL, tmp_path / "here")
    return Folder(tmp_path / "here")


def settings_of(folder: Folder, url: str) -> Settings:
    return read_settings(
        {"DATABASE_URL": url, "RUNBOOKS_DIR": str(folder.runbooks), "TEMPLATES_DIR": str(folder.templates)}
    )


class Deployment:
    """Processes of one database, each with its files."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.stack = AsyncExitStack()

    async def start(self, folder: Folder, role: str) -> tuple[Parts, Follower]:
        settings = settings_of(folder, self.url)
        content = read_on_disk(settings).content
        parts = await self.stack.enter_async_context(opened(settings, content, patience=timedelta(seconds=5)))
        follower = Follower(settings, parts.ctx, parts.edition, role)
        follower.name = role
        await follower.begin(content)
        return parts, follower


@pytest.fixture
async def deployment(sqlite_url: str) -> AsyncIterator[Deployment]:
    made = Deployment(sqlite_url)
    async with made.stack:
        yield made


async def held(parts: Parts, one: Hold) -> None:
    """An incident under the content of now, and its hold."""
    pinned = parts.ctx.content.now.pinned
    async with parts.ctx.store.write() as tx:
        await tx.keepsakes.pin(pinned)
        await tx.incidents.add(incident(content_digest=pinned.digest))
        await tx.holds.add(one)


LOW = hold(control_id="limit.USDT", level="low", value={"most": "100"})


async def step(*followers: Follower) -> None:
    for follower in followers:
        await follower.look()
        await follower.report()


async def test_one_process_is_told_and_every_process_takes_it_up(
    deployment: Deployment, folder: Folder
) -> None:
    (web, web_follows), (worker, worker_follows) = [
        await deployment.start(folder, role) for role in ("web", "worker")
    ]
    folder.swap(CONTROLS, "title: Swaps", "title: Instant swaps")
    folder.swap("templates/macros/works.txt", "{{", "Now: {{")
    assert await worker_follows.announce() == ""
    await step(web_follows, worker_follows)
    for parts in (web, worker):
        assert parts.ctx.content.now.by_id["swaps"].title == "Instant swaps"
        assert parts.edition.texts.texts.sources["macros/works.txt"].startswith("Works: Now: ")
    async with web.ctx.store.read() as tx:
        states = await reload.processes(tx, web.ctx.clock.wall())
        rows = await tx.ledger.rows()
    assert {s.digest for s in states.values()} == {web.edition.outline.digest}
    (row,) = [r for r in rows if r.kind == "content.reloaded"]
    assert row.data["changed"] == ["control swaps", "template macros/works.txt"]
    assert row.data["how"] == "SIGHUP"
    assert row.actor == operator("").person.id


async def test_adapters_follow_the_services(deployment: Deployment, folder: Folder) -> None:
    parts, follower = await deployment.start(folder, "worker")
    folder.swap(CONTROLS, "auth_env: DESK_TOKEN", "auth_env: OTHER_TOKEN")
    await follower.announce()
    await follower.look()
    control = parts.ctx.content.now.by_id["limit.USDT"]
    with pytest.raises(Refused, match="OTHER_TOKEN is not set"):
        await parts.registries[parts.ctx.environment].of(control).read(control, "all")


async def test_wrong_content_leaves_the_old_in_force_and_is_told(
    deployment: Deployment, folder: Folder
) -> None:
    parts, follower = await deployment.start(folder, "web")
    before = parts.edition.outline
    folder.swap(CONTROLS, "title: Swaps", "titel: Swaps")
    follower.refused = await follower.announce()
    await step(follower)
    assert "mistakes, the first:" in follower.trouble
    assert "controls.yaml" in follower.trouble
    assert parts.edition.outline is before
    async with parts.ctx.store.read() as tx:
        (state,) = (await reload.processes(tx, parts.ctx.clock.wall())).values()
    assert state.trouble == follower.trouble
    folder.swap(CONTROLS, "titel: Swaps", "title: Swaps now")
    follower.refused = await follower.announce()
    await follower.look()
    assert follower.trouble == ""
    assert parts.ctx.content.now.by_id["swaps"].title == "Swaps now"


async def test_a_process_whose_files_are_others_stays_until_they_arrive(
    deployment: Deployment, folder: Folder, tmp_path: Path
) -> None:
    shutil.copytree(SMALL, tmp_path / "there")
    there = Folder(tmp_path / "there")
    _, here_follows = await deployment.start(folder, "here")
    parts, there_follows = await deployment.start(there, "there")
    folder.swap(CONTROLS, "title: Swaps", "title: Instant swaps")
    await here_follows.announce()
    await step(here_follows, there_follows)
    assert there_follows.trouble.startswith("the files here are content ")
    assert parts.ctx.content.now.by_id["swaps"].title == "Swaps"
    there.swap(CONTROLS, "title: Swaps", "title: Instant swaps")
    there_follows._tried = 0.0
    await step(there_follows)
    assert there_follows.trouble == ""
    assert parts.ctx.content.now.by_id["swaps"].title == "Instant swaps"


async def test_a_held_level_is_refused_by_name(deployment: Deployment, folder: Folder) -> None:
    parts, follower = await deployment.start(folder, "web")
    await held(parts, LOW)
    folder.swap(CONTROLS, "- {id: low, title", "- {id: lower, title")
    for file, text in (
        ("runbooks/platform/modes.yaml", "low"),
        ("runbooks/common.yaml", "level: low"),
        (CONTROLS, "expect: {low:"),
    ):
        folder.write(file, folder.read(file).replace(text, text.replace("low", "lower")))
    reason = await follower.announce()
    assert reason.startswith("INC-1 holds limit.USDT at low, and that level would be gone")
    assert "INC-1 keeps its runbooks, and lower need the level low of limit.BTC" in reason
    assert "low" in [level.id for level in parts.ctx.content.now.by_id["limit.USDT"].levels]


async def test_a_start_on_content_that_changes_a_held_level_is_refused(
    deployment: Deployment, folder: Folder
) -> None:
    parts, _ = await deployment.start(folder, "web")
    await held(parts, LOW)
    folder.write(CONTROLS, folder.read(CONTROLS).replace('{most: "100"}', '{most: "900"}'))
    with pytest.raises(reload.ReloadRefused, match="that level would mean something else"):
        await deployment.start(folder, "worker")


async def test_a_hold_placed_meanwhile_keeps_a_process_where_it_is(
    deployment: Deployment, folder: Folder
) -> None:
    parts, follower = await deployment.start(folder, "web")
    folder.write(CONTROLS, folder.read(CONTROLS).replace('{most: "100"}', '{most: "900"}'))
    assert await follower.announce() == ""
    await held(parts, LOW)
    await step(follower)
    assert "that level would mean something else" in follower.trouble
    assert parts.ctx.content.now.by_id["limit.USDT"].level("low").value == {"most": "100"}


async def test_a_restart_on_changed_files_brings_them_into_force(
    deployment: Deployment, folder: Folder
) -> None:
    web, web_follows = await deployment.start(folder, "web")
    folder.swap(CONTROLS, "title: Swaps", "title: Instant swaps")
    await deployment.start(folder, "worker")
    await step(web_follows)
    assert web.ctx.content.now.by_id["swaps"].title == "Instant swaps"
    async with web.ctx.store.read() as tx:
        (row,) = [r for r in await tx.ledger.rows() if r.kind == "content.reloaded"]
    assert row.actor == "breakwater"
    assert row.data["how"].startswith("start of ")


async def test_a_process_that_ends_is_forgotten(sqlite_url: str, folder: Folder) -> None:
    settings = settings_of(folder, sqlite_url)
    content = read_on_disk(settings).content

    async def count(parts: Parts) -> int:
        async with parts.ctx.store.read() as tx:
            return len(await reload.processes(tx, parts.ctx.clock.wall()))

    async with opened(settings, content, patience=timedelta(seconds=5)) as parts:
        async with following(settings, parts.ctx, parts.edition, content, "web"):
            assert await count(parts) == 1
        assert await count(parts) == 0
