"""The verifier as one file that needs nothing beside it."""

from __future__ import annotations

import importlib.resources
import re

MODULES = ("canon", "ed25519", "heads", "rules", "examine", "command")
HEADER = '''#!/usr/bin/env python3
"""Checks a Breakwater ledger bundle: this file, Python 3.9 or newer, no network and nothing installed.

    python3 verify.py [FOLDER] [--anchors FILE] [--key ID] [--head SEQ:HASH] [--json]

It rehashes every row, checks every signed head against rows and keys, compares times, and replays two rules.
*Reason before effect*: nothing was moved but under an earlier decision that covers it. *Second person*:
nothing was loosened but under the yes of another person to exactly what was shown; out of a full suspension
an executive is one of the two. Exit status: 0 it holds; 1 it does not, and one line names the first bad row;
2 bad usage.

What it cannot know is whether the bundle's own keys are the organisation's: compare their ids with what you
were told elsewhere and give them as --key, and heads that were posted in Slack as --head.
"""

from __future__ import annotations
'''
_OWN = re.compile(r"^from bot\.domain\.verifier\.\w+ import (?:\([^)]*\)|[^\n]*)\n", re.MULTILINE)


def verify_py() -> str:
    """The text of `verify.py`: every module as it stands, but for what they import from one another."""
    parts = [HEADER]
    for name in MODULES:
        text = importlib.resources.files("bot.domain.verifier").joinpath(f"{name}.py").read_text("utf-8")
        said, _, code = text.partition("from __future__ import annotations\n")
        title = said.strip().strip('"').splitlines()[0]
        parts.append(f"\n# --- {title}\n{_OWN.sub('', code).rstrip()}\n")
    return "".join(parts)
