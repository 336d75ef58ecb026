"""One YAML file, read safely, with the line and column of everything in it.

Only plain values are read: text, whole numbers, true and false. `on`, `off`, `yes`, `no`, dates, sexagesimal
and octal numbers stay the text they were written as; so do decimals, because amounts are never floats.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.content.problems import ContentErrors
from bot.domain.errors import ContentError

TAB = "not YAML: a tab, which YAML does not take for indentation; write two spaces instead"
MAX_BYTES = 1_000_000
MAX_DEPTH = 30
MAX_NODES = 50_000
_TAG = "tag:yaml.org,2002:"
Loc = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """SafeLoader whose plain scalars are text, whole numbers, booleans or nothing, and never too deep."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    depth = 0
    nodes = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        self.depth += 1
        self.nodes += 1
        if self.depth > MAX_DEPTH or self.nodes > MAX_NODES:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            deep = f"nested more than {MAX_DEPTH} deep"
            problem = deep if self.depth > MAX_DEPTH else f"more than {MAX_NODES:,} values"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
        try:
            node: Node | None = super().compose_node(parent, index)
        finally:
            self.depth -= 1
        return node


for _name, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
):
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(rf"^(?:{_pattern})$"), list(_first))


class Source:
    """A file's plain data, and where each part of it was written. Lines and columns count from 1."""

    def __init__(self, file: str, root: Node, data: Any) -> None:
        self.file = file
        self.data = data
        self._root = root

    def error(self, loc: Sequence[str | int], reason: str, *, key: bool = False) -> ContentError:
        """A mistake at a place in the data; `key` points at the key instead of its value."""
        return ContentError(self.file, *self.where(loc, key=key), reason)

    def where(self, loc: Sequence[str | int], *, key: bool = False) -> tuple[int, int]:
        """Line and column of a place; parts of `loc` that the file does not have are passed over."""
        node, name = self._root, self._root
        for part in loc:
            below = _child(node, part)
            if below is not None:
                name, node = below
        mark = (name if key or isinstance(node, MappingNode | SequenceNode) else node).start_mark
        return mark.line + 1, mark.column + 1


def read_source(path: Path) -> Source:
    """Read one YAML file whose top is a mapping. Raises ContentErrors."""
    file = str(path)
    text = _text(path, file)
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        _refuse_syntax(file, error)
    except yaml.reader.ReaderError as error:
        line, column = _place(text, error.position)
        character = f"character U+{int(error.character):04X} is not allowed in YAML"
        raise ContentErrors([ContentError(file, line, column, character)]) from None
    if not isinstance(root, MappingNode):
        raise ContentErrors([ContentError(file, 1, 1, "the file must hold fields such as `id: …`")])
    reader = _Plain(file)
    data = reader.read(root)
    if reader.errors:
        raise ContentErrors(reader.errors)
    return Source(file, root, data)


def _text(path: Path, file: str) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            reason = f"the file is larger than {MAX_BYTES:,} bytes"
            raise ContentErrors([ContentError(file, 1, 1, reason)])
        raw = path.read_bytes()
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
        raise ContentErrors([ContentError(file, 1, 1, reason)]) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        raise ContentErrors([ContentError(file, line, column, "the text is not UTF-8")]) from None


def _refuse_syntax(file: str, error: yaml.MarkedYAMLError) -> NoReturn:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    if "'\\t'" in str(error.problem):
        raise ContentErrors([ContentError(file, line, column, TAB)]) from None
    said = " ".join(part for part in (error.context, error.problem) if part)
    raise ContentErrors([ContentError(file, line, column, f"not YAML: {said}")]) from None


def _place(text: str, position: int) -> tuple[int, int]:
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1


def _child(node: Node, part: str | int) -> tuple[Node, Node] | None:
    """The key node and value node of a part; an item of a list is its own key."""
    if isinstance(node, SequenceNode) and isinstance(part, int) and 0 <= part < len(node.value):
        return node.value[part], node.value[part]
    if isinstance(node, MappingNode):
        return next(((k, v) for k, v in node.value if str(getattr(k, "value", "")) == str(part)), None)
    return None


class _Plain:
    """Turns nodes into plain data, noting duplicate keys, foreign tags and what grows without bound."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.errors: list[ContentError] = []
        self._count = 0
        self._above: list[Node] = []

    def read(self, node: Node) -> Any:
        """The data of a node. Aliases are read each time they are met, so the count bounds them."""
        self._count += 1
        if self._count > MAX_NODES:
            if self._count == MAX_NODES + 1:
                self._note(node, f"more than {MAX_NODES:,} values once aliases are followed")
            return None
        if node in self._above:
            self._note(node, "an alias leads back to itself")
            return None
        self._above.append(node)
        try:
            return self._kind(node)
        finally:
            self._above.pop()

    def _kind(self, node: Node) -> Any:
        if isinstance(node, MappingNode) and node.tag == _TAG + "map":
            return self._mapping(node)
        if isinstance(node, SequenceNode) and node.tag == _TAG + "seq":
            return [self.read(item) for item in node.value]
        if isinstance(node, ScalarNode):
            return self._scalar(node)
        return self._foreign(node)

    def _mapping(self, node: MappingNode) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._note(key, "a field's name must be plain text")
                continue
            name = str(key.value)
            if name in data:
                self._note(key, f"`{name}` is written twice")
            data[name] = self.read(value)
        return data

    def _scalar(self, node: ScalarNode) -> Any:
        text = str(node.value)
        match node.tag.removeprefix(_TAG):
            case "str":
                return text
            case "null":
                return None
            case "bool" if text.lower() in {"true", "false"}:
                return text.lower() == "true"
            case "int" if re.fullmatch(r"[-+]?[0-9]{1,30}", text):
                return int(text)
        return self._foreign(node)

    def _foreign(self, node: Node) -> None:
        self._note(node, f"tag {node.tag.replace(_TAG, '!!')} is not allowed here; write plain values")

    def _note(self, node: Node, reason: str) -> None:
        mark = node.start_mark
        self.errors.append(ContentError(self.file, mark.line + 1, mark.column + 1, reason))
