"""Measuring: each row of `make bench` is a small module here, listed in `__main__`.

- `rows`: a measured value, its aim, the table and `var/bench.json`
- `stage`: the bot under `serve`, a strict Slack and a marketplace, as processes of their own
- `wire`: Slack's signed requests over connections that stand already
"""
