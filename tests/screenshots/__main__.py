"""`python -m tests.screenshots`: play, draw, and write the pictures over those that are there."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from bot.sandbox.demo.play import SceneFailed
from bot.sandbox.people import NotSeen
from bot.sandbox.staging.process import StageError
from tests.screenshots.pictures import draw
from tests.screenshots.scene import playing
from tests.support.browser import CHROMIUM, chromium, have_chromium


async def main(out: Path, seed: int) -> int:
    """Draw them all; 1 with a line that says why when that cannot be done."""
    if not have_chromium():
        sys.stderr.write(f"{CHROMIUM} is missing; on Debian: apt install chromium fonts-noto-color-emoji\n")
        return 1
    with tempfile.TemporaryDirectory(prefix="breakwater-screenshots-") as folder:
        try:
            async with playing(Path(folder), seed) as scene, chromium() as browser:
                await draw(scene, browser, out)
        except (SceneFailed, StageError, NotSeen) as error:
            sys.stderr.write(f"The incident did not come as far as the pictures: {error}\n")
            return 1
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="where the PNGs go")
    parser.add_argument("--seed", type=int, default=7, help="another seed is another market")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    sys.exit(asyncio.run(main(asked.out, asked.seed)))
