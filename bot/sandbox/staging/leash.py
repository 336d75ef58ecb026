"""Runs a module that ends with the process which started it: `python -m bot.sandbox.staging.leash MODULE …`.

Standard input is a pipe whose other end only the parent holds. It closes however the parent ends, by SIGKILL
too; then the module is asked to end, and ended.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time

PATIENCE = 5.0


def _watch() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os.killpg(os.getpgid(0), signal.SIGKILL)


def main() -> None:
    """Run the module named first with the arguments that follow."""
    module, *arguments = sys.argv[1:]
    threading.Thread(target=_watch, name="leash", daemon=True).start()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
