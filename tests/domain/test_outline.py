"""Two contents are told apart part by part, and what is held keeps a reload out."""

from typing import Any

import pytest

from bot.domain.content import Content
from bot.domain.control import Control, Level
from bot.domain.outline import Keeper, changes, in_the_way, outline
from tests.support.made import hold
from tests.support.world import FEW_CONTROLS, USDT, changed

HELD = hold(control_id=USDT, level="tightened", value=FEW_CONTROLS.by_id[USDT].level("tightened").value)


def with_levels(*ids: str, **more: Any) -> Content:
    """The content in which one control has these levels of its own alone."""
    was = FEW_CONTROLS.by_id[USDT]
    levels = tuple(was.level(one) for one in ids) if ids else was.levels
    return with_control(was.model_copy(update={"levels": levels, **more}))


def with_control(control: Control | None) -> Content:
    others = tuple(c for c in FEW_CONTROLS.controls if c.id != USDT)
    return changed(FEW_CONTROLS, controls=(control, *others) if control else others)


def reasons(after: Content, *, keepers: tuple[Keeper, ...] = ()) -> tuple[str, ...]:
    return in_the_way(outline(FEW_CONTROLS, {}), after, [HELD], keepers)


def test_what_was_added_removed_and_changed_is_named() -> None:
    before = outline(FEW_CONTROLS, {"status/a.txt": "a", "status/b.txt": "b"})
    after = outline(with_control(None), {"status/a.txt": "A", "status/c.txt": "c"})
    found = changes(before, after)
    assert found.added == ("template status/c.txt",)
    assert found.removed == (f"control {USDT}", "template status/b.txt")
    assert found.changed == ("template status/a.txt",)
    assert before.digest != after.digest


def test_where_there_was_nothing_before_nothing_has_changed() -> None:
    assert changes(None, outline(FEW_CONTROLS, {})).added == ()


def test_the_same_content_has_one_digest_wherever_its_services_are() -> None:
    service = FEW_CONTROLS.services["marketplace"].model_copy(update={"base_url": "http://elsewhere"})
    moved = changed(FEW_CONTROLS, services={"marketplace": service})
    assert outline(moved, {}) == outline(FEW_CONTROLS, {})
    rewritten = changed(FEW_CONTROLS, addresses={"marketplace": "${ELSEWHERE}"})
    assert changes(outline(FEW_CONTROLS, {}), outline(rewritten, {})).changed == ("service marketplace",)


def test_what_does_not_touch_a_held_level_may_come() -> None:
    assert reasons(FEW_CONTROLS) == ()
    assert reasons(with_levels("normal", "tightened", "suspended")) == ()
    assert reasons(with_levels(title="Renamed")) == ()


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (with_control(None), "that control would be gone"),
        (with_levels("normal", "eased", "suspended"), "that level would be gone"),
        (with_levels("normal", "tightened", "eased", "suspended"), "its levels would stand in another order"),
        (with_levels(targets=("eu",)), "on all, and that target would be gone"),
    ],
)
def test_a_held_level_is_neither_removed_nor_reordered(after: Content, why: str) -> None:
    (reason,) = reasons(after)
    assert reason.startswith(f"INC-1 holds {USDT} at tightened")
    assert why in reason


def test_a_held_level_keeps_its_meaning() -> None:
    was = FEW_CONTROLS.by_id[USDT]
    looser = Level(id="tightened", value={**was.level("tightened").value, "max_per_transaction": "9000000"})
    levels = tuple(looser if level.id == "tightened" else level for level in was.levels)
    (reason,) = reasons(with_control(was.model_copy(update={"levels": levels})))
    assert "that level would mean something else" in reason


def test_a_released_hold_keeps_nothing_out() -> None:
    released = HELD.model_copy(update={"released_at": HELD.placed_at})
    assert in_the_way(outline(FEW_CONTROLS, {}), with_control(None), [released], []) == ()


def test_what_an_open_incidents_own_runbooks_need_stays() -> None:
    keeper = Keeper("INC-1", FEW_CONTROLS.pinned)
    gates = {one: gate for one, gate in FEW_CONTROLS.gates.items() if one != "books-match-now"}
    statuses = {one: text for one, text in FEW_CONTROLS.statuses.items() if one != "holding"}
    after = changed(FEW_CONTROLS, gates=gates, statuses=statuses, phase_gates={})
    found = " ".join(reasons(after, keepers=(keeper,)))
    assert "check-books need the gate books-match-now, which would be gone" in found
    assert "publish-holding need the status text holding, which would be gone" in found


def test_a_gate_that_an_open_incident_could_never_open_is_refused() -> None:
    books = [b for b in FEW_CONTROLS.pinned.runbooks if b.id != "recover-and-review"]
    kept = FEW_CONTROLS.pinned.model_copy(update={"runbooks": tuple(books)})
    keeper = Keeper("INC-1", kept)
    assert reasons(FEW_CONTROLS, keepers=(keeper,)) == ()  # as it was before: not this reload's doing
    spec = FEW_CONTROLS.gates["reconciled"]
    gates = {**FEW_CONTROLS.gates, "reconciled": spec.model_copy(update={"title": "Reconciled anew"})}
    found = reasons(changed(FEW_CONTROLS, gates=gates), keepers=(keeper,))
    assert any("no step reconcile: the gate reconciled could never open for it" in reason for reason in found)
