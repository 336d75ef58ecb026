"""The story, scene by scene. A scene is a function that takes a `Play` and lets people do things in Slack."""

from bot.sandbox.demo.scenes.alarm import alarm
from bot.sandbox.demo.scenes.first_minutes import first_minutes
from bot.sandbox.demo.scenes.protection import protection
from bot.sandbox.demo.scenes.reopening import reopening
from bot.sandbox.demo.scenes.review import review
from bot.sandbox.demo.scenes.stabilizing import stabilizing
from bot.sandbox.demo.scenes.turning_point import turning_point
from bot.sandbox.demo.scenes.under_protection import under_protection

EPISODE = (
    alarm,
    first_minutes,
    stabilizing,
    protection,
    under_protection,
    turning_point,
    reopening,
    review,
)

__all__ = ["EPISODE"]
