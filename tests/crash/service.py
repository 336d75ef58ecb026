"""The service of the crash test: the sandbox marketplace in its own process, failing as ordered."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.crash.world import ROOT, TOKEN

READY = "marketplace ready on "
PAGE = 1000
LATENCY_MS = 8
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "fail_before", "method": "PUT", "probability": "0.10"},
    {"kind": "fail_after", "method": "PUT", "probability": "0.10"},
    {"kind": "drop_before", "method": "PUT", "probability": "0.06"},
    {"kind": "drop_after", "method": "PUT", "probability": "0.08"},
    # Longer than a call may take: the request is given up by us and takes effect later, or too late.
    {"kind": "stall", "method": "PUT", "probability": "0.08", "seconds": "0.9"},
    {"kind": "stall", "method": "PUT", "probability": "0.04", "seconds": "2.5"},
    {"kind": "ok_without_effect", "method": "PUT", "probability": "0.04"},
    {"kind": "status", "method": "GET", "probability": "0.05", "code": 503},
    {"kind": "drop_after", "method": "GET", "probability": "0.03"},
)


class Service:
    """What the driver asks of the service's other side."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self.url = url
        self._client = client

    async def misbehave(self) -> None:
        for fault in FAULTS:
            await self._post("/sandbox/faults", {"times": None, **fault})

    async def settings(self, **settings: object) -> None:
        await self._post("/sandbox/settings", settings)

    async def behave(self) -> None:
        (await self._client.delete("/sandbox/faults")).raise_for_status()

    async def audit(self) -> list[dict[str, Any]]:
        """Its own record of every PUT, oldest first."""
        rows: list[dict[str, Any]] = []
        while True:
            page = (await self._client.get("/v1/audit", params={"since": len(rows)})).json()["rows"]
            rows += page
            if len(page) < PAGE:
                return rows

    async def _post(self, path: str, body: object) -> None:
        (await self._client.post(path, json=body)).raise_for_status()


@asynccontextmanager
async def service(seed: int, log: Path) -> AsyncIterator[Service]:
    """Start it, standing still but for its controls; ended with the block."""
    with log.open("ab") as complaints:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bot.sandbox.marketplace", "--paused", "--seed", str(seed)),
            env={**os.environ, "MARKETPLACE_TOKEN": TOKEN},
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=complaints,
        )
    assert process.stdout is not None
    try:
        said = (await asyncio.wait_for(process.stdout.readline(), 20)).decode().strip()
        assert said.startswith(READY), said
        url = said.removeprefix(READY)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=20) as client:
            yield Service(url, client)
    finally:
        process.kill()
        await process.wait()
