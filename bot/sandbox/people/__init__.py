"""Scripted people: they type, click and read in the sandbox's Slack, finding things by their visible text.

`Person` acts; `screen` is what lies before a person's eyes and `find` points at things on it; `render`
turns blocks into the text that a reader sees; `line` is the connection to the sandbox.
"""

from bot.sandbox.people.find import NotSeen
from bot.sandbox.people.person import Answer, Person
from bot.sandbox.people.render import render_blocks, render_mrkdwn, render_view

__all__ = ["Answer", "NotSeen", "Person", "render_blocks", "render_mrkdwn", "render_view"]
