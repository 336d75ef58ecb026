"""Texts for the public: their templates exist, and one may go out on the commander's word alone."""

from __future__ import annotations

from collections.abc import Iterator

from bot.content.checks.ids import ids
from bot.content.draft import Draft
from bot.content.problems import near
from bot.content.source import Loc
from bot.domain.errors import ContentError


def check_publications(draft: Draft) -> Iterator[ContentError]:
    """Everything wrong with status texts and macros beyond their own fields."""
    if draft.publications is None:
        return
    source, found = draft.publications.source, draft.publications.value
    yield from ids(source, [(one, ("statuses", one)) for one in found.statuses], key=True)
    yield from ids(source, [(m.id, ("macros", i, "id")) for i, m in enumerate(found.macros)])
    if not any(spec.preapproved for spec in found.statuses.values()):
        reason = "no text is `preapproved: true`, so nobody could speak while the comms owner sleeps"
        yield source.error(("statuses",), reason)
    if draft.texts is None:
        return
    templates = draft.texts.sources
    named: list[tuple[Loc, str]] = []
    for one, spec in found.statuses.items():
        named.append((("statuses", one, "template"), f"status/{spec.template}"))
    for index, macro in enumerate(found.macros):
        named.append((("macros", index, "template"), f"macros/{macro.template}"))
    for loc, template in named:
        if template not in templates:
            reason = f"there is no template {draft.texts.file(template)}{near(template, templates)}"
            yield source.error(loc, reason)
