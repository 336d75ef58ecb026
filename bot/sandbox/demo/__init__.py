"""The demo: one whole liquidity incident, played by scripted people against the real bot.

`run` is a performance from beginning to end, on the stage of `bot.sandbox.staging`. `scenes/` is the story,
`play` what a scene is given, `screen` and `watchers` what the terminal shows. `public` keeps what outsiders
see, `finale` gathers the artifacts, `checks` with `truth`, `record` and `figures` judge them, `report` tells
how it went.
"""

from bot.sandbox.demo.run import main

__all__ = ["main"]
