"""Having a chart drawn by a process of its own."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from bot.usecases.chart import Chart, Undrawn

WITHIN = 30.0
KEPT = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "MPLCONFIGDIR", "SYSTEMROOT", "PYTHONHOME")
ROOT = Path(__file__).parents[2]


async def draw(chart: Chart, within: float = WITHIN) -> bytes:
    """A chart as a PNG. Raises Undrawn. The drawing process is given no secrets and `within` seconds."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.publishers.png",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={name: os.environ[name] for name in KEPT if name in os.environ} | {"PYTHONPATH": str(ROOT)},
    )
    try:
        async with asyncio.timeout(within):
            picture, complaint = await child.communicate(chart.model_dump_json().encode())
    except TimeoutError:
        raise Undrawn(f"drawing took more than {within:g} s") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode or not picture:
        last = complaint.decode(errors="replace").strip().splitlines()[-1:] or ["nothing was drawn"]
        raise Undrawn(last[0][:200])
    return picture
