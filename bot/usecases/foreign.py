"""What somebody else changed between our read and our set: shown, and left so until someone decides anew."""

from __future__ import annotations

from bot.domain.control import ControlState, Foreign, Value
from bot.usecases.scene import Scene


def left(scene: Scene, found: Value | None) -> str:
    """The change in words, and what it takes to go on."""
    control, hold = scene.at.control, scene.hold
    level = control.level_of(found)
    seen = level.id if level else "what nothing here describes" if found else "something that cannot be read"
    again = f"/control set {control.id} {hold.level} and why" if hold else "propose the release again"
    return f"somebody else set it to {seen} meanwhile; it is left so until someone decides anew: {again}"


def with_foreign(scene: Scene, state: ControlState) -> ControlState:
    """The state with the change as seen, which no set overwrites before a decision knows of it."""
    over = scene.before.observed or scene.at.control.levels[0].value
    foreign = Foreign(value=state.observed, over=over, under=scene.decision)
    return state.model_copy(update={"foreign": foreign, "detail": left(scene, state.observed)})
