"""What people type: each subcommand reads its words, asks a use case and answers privately.

`incident` shows and declares, `decisions` decides in an incident, `protected_mode` and `control` move
controls; `words` takes a command's text apart and `previews` says what a change would do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.slack.ask import Ask, Reply
from bot.slack.commands import control, incident, protected_mode

Answering = Callable[[Ask], Awaitable[Reply]]

COMMANDS: dict[str, Answering] = {
    "/incident": incident.answer,
    "/protected-mode": protected_mode.answer,
    "/control": control.answer,
}
