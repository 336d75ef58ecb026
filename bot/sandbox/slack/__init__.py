"""A strict Slack in one ASGI app: every limit, scope, rate and deadline of the real one, over real HTTP.

`workspace` and `model` hold the state and `seed` the people everybody knows; `web_api` with `methods/`
answers the app; `validate/` refuses what Slack refuses; `courier` and `payloads` bring requests to the
app, over its Request URL or over Socket Mode (`socket/`); `driver/` is what a person does and sees;
`faults` is trouble to order and `journal` what happened; `server` serves it (`async with
running(workspace) as slack`).
"""

from bot.sandbox.slack.app import create_app
from bot.sandbox.slack.faults import Fault
from bot.sandbox.slack.seed import FOREIGN_TEAM, seeded_app, seeded_workspace
from bot.sandbox.slack.server import SlackServer, listen, running, serving, url_of
from bot.sandbox.slack.workspace import Workspace

__all__ = [
    "FOREIGN_TEAM",
    "Fault",
    "SlackServer",
    "Workspace",
    "create_app",
    "listen",
    "running",
    "seeded_app",
    "seeded_workspace",
    "serving",
    "url_of",
]
