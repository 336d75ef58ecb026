"""What a public template may contain, checked before anything is rendered, and then by rendering samples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

from jinja2 import TemplateSyntaxError, nodes

from bot.content.problems import listed, near
from bot.content.texts import FILTERS, Texts
from bot.domain.errors import ContentError
from bot.domain.public_words import forbidden
from bot.domain.publication import PublicFacts

FOLDERS = ("status", "macros")
_MAX_LOOPS = 2
_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Const),
    *(nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
    *(nodes.If, nodes.For, nodes.CondExpr, nodes.Concat, nodes.Include),
)
_LOOP = ("index", "first", "last", "length")


def check_templates(texts: Texts) -> Iterator[ContentError]:
    """Everything wrong with the templates for the public."""
    for name in texts.sources:
        if name.split("/")[0] in FOLDERS:
            found = list(_template(texts, name))
            yield from found or _samples(texts, name)


def _template(texts: Texts, name: str) -> Iterator[ContentError]:
    try:
        tree = texts.environment.parse(texts.sources[name], name)
    except TemplateSyntaxError as error:
        yield ContentError(texts.file(name), error.lineno, 1, f"not a template: {error.message}")
        return
    except RecursionError:
        yield ContentError(texts.file(name), 1, 1, "not a template: nested too deeply")
        return
    yield from _Walk(texts, name).over(tree, frozenset({"facts"}), 0)
    if cycle := _includes_itself(texts, name):
        yield ContentError(texts.file(name), 1, 1, f"the template includes itself by way of {cycle}")


class _Walk:
    """Looks at every node of a template, knowing which names stand for something there."""

    def __init__(self, texts: Texts, name: str) -> None:
        self.texts = texts
        self.name = name
        self.lines = texts.sources[name].splitlines()

    def over(self, node: nodes.Node, names: frozenset[str], loops: int) -> Iterator[ContentError]:
        """The mistakes in a node and below it."""
        if reason := self._wrong(node, names):
            yield self._error(node, *reason)
            return
        if isinstance(node, nodes.For):
            if loops == _MAX_LOOPS or node.recursive:
                yield self._error(node, f"loops are not nested more than {_MAX_LOOPS} deep", "for")
                return
            yield from self.over(node.iter, names, loops)
            names |= {n.name for n in node.find_all(nodes.Name) if n.ctx == "store"} | {"loop"}
            loops += 1
        for child in node.iter_child_nodes(exclude=("iter",) if isinstance(node, nodes.For) else None):
            yield from self.over(child, names, loops)

    def _wrong(self, node: nodes.Node, names: frozenset[str]) -> tuple[str, str] | None:
        """Why this node is refused and the word to point at, or None."""
        if not isinstance(node, _ALLOWED):
            return f"templates cannot use `{type(node).__name__.lower()}`", ""
        match node:
            case nodes.Name(name=name, ctx="load") if name not in names:
                return f"unknown name `{name}`; templates are given {listed(sorted(names))}", name
            case nodes.Filter(name=name) if name not in FILTERS:
                return f"unknown filter `{name}`{near(name, FILTERS)}; there are {listed(FILTERS)}", name
            case nodes.Test(name=name) if name not in self.texts.environment.tests:
                return f"unknown test `{name}`{near(name, self.texts.environment.tests)}", name
            case nodes.Getattr():
                return self._attribute(node)
            case nodes.Include():
                return self._include(node, looped="loop" in names)
        return None

    def _attribute(self, node: nodes.Getattr) -> tuple[str, str] | None:
        owner = node.node.name if isinstance(node.node, nodes.Name) else ""
        known = {"facts": tuple(PublicFacts.model_fields), "loop": _LOOP}.get(owner, ())
        if node.attr in known:
            return None
        where = f"`{owner}` has no" if known else "a template cannot reach"
        return f"{where} `{node.attr}`{near(node.attr, known)}", node.attr

    def _include(self, node: nodes.Include, *, looped: bool) -> tuple[str, str] | None:
        if looped:
            return "a template includes no others inside a loop", "include"
        if not isinstance(node.template, nodes.Const) or not isinstance(node.template.value, str):
            return "a template includes others by name only", "include"
        wanted = node.template.value
        if wanted in self.texts.sources:
            return None
        return f"there is no template {wanted}{near(wanted, self.texts.sources)}", wanted

    def _error(self, node: nodes.Node, reason: str, word: str) -> ContentError:
        line = node.lineno
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        at = re.search(rf"\b{re.escape(word)}\b", text) if word else None
        return ContentError(self.texts.file(self.name), line, at.start() + 1 if at else 1, reason)


def _includes_itself(texts: Texts, name: str) -> str:
    """The template by way of which this one would include itself, or nothing."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        here = waiting.pop()
        for wanted in _included(texts, here):
            if wanted == name:
                return here
            if wanted in texts.sources and wanted not in seen:
                seen.add(wanted)
                waiting.append(wanted)
    return ""


def _included(texts: Texts, name: str) -> list[str]:
    try:
        tree = texts.environment.parse(texts.sources[name], name)
    except (TemplateSyntaxError, RecursionError):
        return []
    found = [n.template for n in tree.find_all(nodes.Include)]
    return [t.value for t in found if isinstance(t, nodes.Const) and isinstance(t.value, str)]


def _samples(texts: Texts, name: str) -> Iterator[ContentError]:
    """Render a template with samples of what it can meet; stops at the first mistake."""
    if PurePosixPath(name).name.startswith("_"):
        return
    for facts in sample_facts():
        try:
            text = texts.render(name, facts=facts)
        except ContentError as error:
            yield error
            return
        if not text:
            yield ContentError(texts.file(name), 1, 1, "says nothing at all with some facts")
            return
        if word := forbidden(text):
            line = next((i for i, t in enumerate(texts.sources[name].splitlines(), 1) if word in t), 1)
            yield ContentError(texts.file(name), line, 1, f"`{word}` is never said in public")
            return


def sample_facts() -> tuple[PublicFacts, ...]:
    """What a text for the public may have to state: everything, nothing, and each special moment."""
    now = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)
    full = PublicFacts(
        now=now,
        since=now - timedelta(minutes=40),
        mode="protected",
        mode_says="Account access and smaller withdrawals continue.",
        guarantees=("log-in", "account balances", "withdrawals up to 500 USDT in value"),
        restrictions=(
            "Withdrawals up to 500 USDT on Tron continue; larger ones wait.",
            "Instant swaps are paused.",
        ),
        settling=False,
        withdrawals="Withdrawals up to 500 USDT on Tron continue; larger ones wait.",
        deposits="Deposits of USDT on Tron are credited after 18 confirmations.",
        swaps="Instant swaps are paused.",
        next_update_at=now + timedelta(minutes=30),
    )
    bare = PublicFacts(
        now=now, since=now, mode="normal", mode_says="", guarantees=(), restrictions=(), settling=False
    )
    moments = (
        {"settling": True},
        {"reopened": "Withdrawals up to 5,000 USDT"},
        {"resolved": True, "restrictions": (), "withdrawals": "", "deposits": "", "swaps": ""},
        {"next_update_at": None},
        {"guarantees": (), "restrictions": ()},
    )
    return (full, bare, *(full.model_copy(update=moment) for moment in moments))
