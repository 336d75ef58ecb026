"""The console: one page on loopback that is the sandbox's Slack, with the marketplace live beside it.

`app`, `door`, `files` and `relay` are the page and its Slack. `run` is the whole of `breakwater sandbox`:
`stage` the processes, `conductor` their common pace, `director` the story. `world` is what the page asks of
the marketplace, `feed` looks at it, `books` reads the bot's records, `levels` knows what controls are called,
and `drawn` puts it together.
"""
