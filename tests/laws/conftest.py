"""The product without Slack and web."""

from tests.support.world import any_world, full_world, world

__all__ = ["any_world", "full_world", "world"]
