"""The documents that strangers read, and the pieces of them that can be tried."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "runbooks/README.md")
_FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: the document and heading it stands under, its language, its text without the indent."""

    document: str
    heading: str
    language: str
    text: str

    @property
    def commands(self) -> list[str]:
        """A shell block's commands, one each, comments left out and continued lines joined."""
        joined = re.sub(r"\\\n\s*", " ", self.text)
        bare = (re.sub(r"(^|\s+)#.*$", "", line).strip() for line in joined.splitlines())
        return [line for line in bare if line]

    def only(self, word: str) -> Block:
        """Of a shell block, the commands with this word in them."""
        return replace(self, text="\n".join(c for c in self.commands if word in c))


def read(document: str) -> str:
    return (ROOT / document).read_text()


def blocks(document: str, language: str | None = None, heading: str | None = None) -> list[Block]:
    """Every fenced block in order, of one language or under one heading on demand."""
    text = read(document)
    found = []
    for fence in _FENCED.finditer(text):
        indent, tongue, body = fence.groups()
        above = [h for h in _HEADING.finditer(text, 0, fence.start()) if not _inside(text, h.start())]
        under = above[-1].group(1) if above else ""
        plain = "".join(line.removeprefix(indent) for line in body.splitlines(keepends=True))
        if language in (None, tongue) and heading in (None, under):
            found.append(Block(document, under, tongue, plain))
    return found


def _inside(text: str, at: int) -> bool:
    """Whether a place lies within a fenced block, where `#` begins a comment."""
    return any(fence.start() < at < fence.end() for fence in _FENCED.finditer(text))


def table(document: str, heading: str) -> list[list[str]]:
    """The rows of the first table under a heading, its head left out."""
    text = read(document)
    start = next(
        h.end() for h in _HEADING.finditer(text) if h.group(1) == heading and not _inside(text, h.start())
    )
    rows = []
    for line in text[start:].splitlines():
        if line.startswith("|"):
            rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))])
        elif rows:
            break
    return rows[2:]
