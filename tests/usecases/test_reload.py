"""Other content into force while incidents run: what is held is safe, and who did it is recorded."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.authority import Person
from bot.domain.content import Content
from bot.domain.outline import outline
from bot.usecases import controls, reload
from bot.usecases.ports import Actor
from bot.usecases.reload import ProcessState, ReloadRefused, in_force, processes, report
from tests.support.world import USDT, WHY, World, changed

OPERATOR = Actor(Person(id="os:root@host", name="root@host"), via="command line")


async def begun(world: World) -> None:
    """The first process has started: its content is in force, and nobody is told."""
    assert (await bring(world, world.content.now, by=None)).anew


async def bring(world: World, content: Content, by: Actor | None = OPERATOR) -> reload.Reloaded:
    return await reload.reload(world.ctx, by, content, outline(content, {}), "test")


def without(content: Content, control_id: str) -> Content:
    return changed(content, controls=tuple(c for c in content.controls if c.id != control_id))


def renamed(content: Content, title: str = "Renamed") -> Content:
    return with_control(content, title=title)


def with_control(content: Content, **changes: Any) -> Content:
    found = tuple(c.model_copy(update=changes) if c.id == USDT else c for c in content.controls)
    return changed(content, controls=found)


async def test_the_first_start_is_silent_and_a_change_is_recorded_with_who_and_what(world: World) -> None:
    await begun(world)
    assert await world.rows("content.reloaded") == []
    done = await bring(world, renamed(world.content.now))
    assert done.changes.changed == (f"control {USDT}",)
    (row,) = await world.rows("content.reloaded")
    assert row.actor == "os:root@host"
    assert row.data["digest"] == done.after.digest
    assert row.data["before"] == outline(world.content.now, {}).digest
    assert row.data["changed"] == [f"control {USDT}"]
    assert row.proof["via"] == "command line"


async def test_asked_twice_it_changes_nothing_twice(world: World) -> None:
    await begun(world)
    content = renamed(world.content.now)
    assert (await bring(world, content)).anew
    assert not (await bring(world, content)).anew
    assert len(await world.rows("content.reloaded")) == 1


async def test_a_held_level_that_would_go_refuses_all_of_it_and_names_control_level_and_incident(
    world: World,
) -> None:
    await begun(world)
    await world.declared()
    await controls.set_control(world.ctx, world.actor("bob"), "INC-1", USDT, "tightened", WHY)
    why = f"INC-1 holds {USDT} at tightened, and that control would be gone"
    with pytest.raises(ReloadRefused, match=why):
        await bring(world, without(world.content.now, USDT))
    async with world.ctx.store.read() as tx:
        standing = await in_force(tx)
    assert standing is not None
    assert standing.digest == outline(world.content.now, {}).digest
    assert await world.rows("content.reloaded") == []
    levels = world.control(USDT).levels
    reordered = with_control(world.content.now, levels=(levels[0], *reversed(levels[1:])))
    with pytest.raises(ReloadRefused, match="its levels would stand in another order"):
        await bring(world, reordered)


async def test_what_nothing_holds_may_go(world: World) -> None:
    await begun(world)
    assert (await bring(world, without(world.content.now, USDT))).changes.removed == (f"control {USDT}",)


async def test_an_open_incident_keeps_its_runbooks_and_its_channel_hears_of_the_change(world: World) -> None:
    await begun(world)
    before = await world.declared()
    books = tuple(b.model_copy(update={"title": "Other"}) for b in world.content.now.pinned.runbooks)
    fresh = changed(
        renamed(world.content.now), pinned=world.content.now.pinned.model_copy(update={"runbooks": books})
    )
    await bring(world, fresh)
    world.content.take(fresh)
    await world.drain()
    async with world.ctx.store.read() as tx:
        kept = await tx.keepsakes.pinned((await world.incident()).content_digest)
    assert (await world.incident()).content_digest == before.content_digest
    assert "Other" not in {book.title for book in kept.runbooks}
    assert world.control(USDT).title == "Renamed"
    (said,) = [j.payload["text"] for j in world.wanted if j.key.startswith("say:reloaded")]
    assert "This incident keeps its own runbooks" in said
    assert f"control {USDT}" in said
    mine = await world.rows("content.reloaded", incident_id="INC-1")
    assert len(mine) == 1


async def test_of_two_at_once_one_is_recorded(any_world: World) -> None:
    await begun(any_world)
    content = renamed(any_world.content.now)
    done = await asyncio.gather(bring(any_world, content), bring(any_world, content))
    assert sorted(d.anew for d in done) == [False, True]
    assert len(await any_world.rows("content.reloaded")) == 1


async def test_processes_say_what_they_run_on_and_the_silent_are_forgotten(world: World) -> None:
    now = world.clock.wall()
    state = ProcessState(role="web", digest="d", at=now)
    await report(world.ctx, "host:1", state)
    await report(world.ctx, "host:2", state.model_copy(update={"trouble": "wrong files"}))
    async with world.ctx.store.read() as tx:
        assert set(await processes(tx, now)) == {"host:1", "host:2"}
        assert await processes(tx, now + timedelta(minutes=1)) == {}
    await report(world.ctx, "host:3", state.model_copy(update={"at": now + timedelta(minutes=5)}))
    async with world.ctx.store.read() as tx:
        assert set(await tx.keepsakes.facts(reload.PROCESS)) == {"process.host:3"}
    await reload.leave(world.ctx, "host:3")
    async with world.ctx.store.read() as tx:
        assert await tx.keepsakes.facts(reload.PROCESS) == {}


async def test_an_outline_of_another_release_is_no_obstacle(world: World) -> None:
    async with world.ctx.store.write() as tx:
        await tx.keepsakes.set_fact(reload.IN_FORCE, '{"shape": "of tomorrow"}')
        await tx.keepsakes.set_fact(reload.PROCESS + "x", "nothing")
    assert (await bring(world, world.content.now)).anew
    async with world.ctx.store.read() as tx:
        assert await processes(tx, world.clock.wall()) == {}
