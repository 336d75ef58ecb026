"""The doctor's look at what lies around us: the ledger's key, the anchors, Redis, and our public address."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import httpx
from redis.exceptions import RedisError

from bot.bootstrap.keys import ledger_key
from bot.bootstrap.redis import open_redis
from bot.bootstrap.settings import Settings, SettingsError
from bot.cli.findings import Finding, fair, good, wrong
from bot.domain.base import Environment

WITHIN = 5.0
OK = 200


async def place_findings(settings: Settings) -> list[Finding]:
    """All of them."""
    out = [_key(settings.ledger_key_file), _anchors(settings.anchors_file), await _redis(settings.redis_url)]
    return [*out, await _public(settings)] if settings.slack_bot_token else out


def _key(path: Path) -> Finding:
    try:
        ledger_key(path)
    except SettingsError as error:
        return wrong("ledger key", str(error), "set LEDGER_KEY_FILE to the key, or to where one can be made")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return wrong("ledger key", f"{path} can be read by others ({mode:04o})", f"chmod 600 {path}")
    return good("ledger key", f"{path} is ours alone")


def _anchors(path: Path) -> Finding:
    """Signed heads must find their place; the last line tells that they did."""
    mend = "set ANCHORS_FILE to a file we may append to, best off the database's host"
    folder = next((p for p in (path.parent, *path.parent.parents) if p.exists()), Path())
    if path.exists():
        if not path.is_file() or not os.access(path, os.W_OK):
            return wrong("anchors", f"{path} cannot be written to", mend)
    elif not os.access(folder, os.W_OK):
        return wrong("anchors", f"{path} cannot be made in {folder}", mend)
    else:
        return good("anchors", f"{path} will be made with the first signed head")
    lines = path.read_bytes().splitlines()
    try:
        last = json.loads(lines[-1]) if lines else {}
    except ValueError:
        said, mending = (
            f"the last line of {path} is torn",
            "run `breakwater audit verify`; the next head ends it",
        )
        return fair("anchors", said, mending)
    return good("anchors", f"{path} holds {len(lines)} signed heads, the last at row {last.get('seq', '–')}")


async def _redis(url: str | None) -> Finding:
    redis = open_redis(url)
    try:
        await redis.ping()
    except (RedisError, OSError) as error:
        said = f"no answer ({type(error).__name__})"
        return wrong("redis", said, "check REDIS_URL, or unset it to do without")
    finally:
        await redis.aclose()
    return good("redis", "answers" if url else "in this process")


async def _public(settings: Settings) -> Finding:
    """Slack must reach us there, and the links in messages lead there."""
    url, name = settings.link, "public URL"
    mend = "set PUBLIC_URL to where Slack and readers reach the web process, https://…"
    needed = settings.slack_mode == "http" and settings.environment is Environment.LIVE
    if settings.public_url is None and needed:
        return wrong(name, f"not set; messages link to {url}, which Slack cannot reach", mend)
    if not url.startswith("https://") and needed:
        return wrong(name, f"{url} is not https, which Slack insists on", mend)
    try:
        async with httpx.AsyncClient(timeout=WITHIN, trust_env=False) as client:
            answer = await client.get(f"{url}/healthz")
    except httpx.HTTPError as error:
        said = f"{url} does not answer from here ({type(error).__name__})"
        return fair(name, said, "start the web process, and see that the proxy before it leads to it")
    if answer.status_code != OK:
        said = f"{url}/healthz answers {answer.status_code}"
        return fair(name, said, "see that the proxy there leads to the web process")
    return good(name, f"{url} leads to us")
