"""Texts for the public: their templates exist, and one may go out on the commander's word alone."""

from __future__ import annotations

from collections.abc import Iterator

from bot.content.checks.ids import ids
from bot.content.draft import Draft
from bot.content.problems import near
from bot.content.source import Loc
from bot.content.texts import Texts
from bot.domain.errors import ContentError

# What an incident drafts by itself as it moves from phase to phase.
REQUIRED = ("holding", "update", "protected", "reopening", "resolved")


def check_publications(draft: Draft) -> Iterator[ContentError]:
    """Everything wrong with status texts and macros beyond their own fields."""
    if draft.publications is None:
        return
    source, found = draft.publications.source, draft.publications.value
    yield from ids(source, [(one, ("statuses", one)) for one in found.statuses], key=True)
    yield from ids(source, [(m.id, ("macros", i, "id")) for i, m in enumerate(found.macros)])
    for one in REQUIRED:
        if one not in found.statuses:
            yield source.error(("statuses",), f"status text `{one}` is missing{near(one, found.statuses)}")
    if not any(spec.preapproved for spec in found.statuses.values()):
        reason = "no text is `preapproved: true`, so nobody could speak while the comms owner sleeps"
        yield source.error(("statuses",), reason)
    yield from _runbooks(draft)
    if draft.texts is None:
        return
    named: list[tuple[Loc, str, str]] = [
        (("statuses", one, "template"), spec.template, "status/") for one, spec in found.statuses.items()
    ]
    named += [(("macros", i, "template"), m.template, "macros/") for i, m in enumerate(found.macros)]
    for loc, template, folder in named:
        if reason := _unusable(draft.texts, template, folder):
            yield source.error(loc, reason)


def _runbooks(draft: Draft) -> Iterator[ContentError]:
    """Macros of some runbooks alone name runbooks that there are."""
    if draft.publications is None or not draft.every_runbook:
        return
    source, known = draft.publications.source, [part.value.id for part in draft.runbooks]
    for i, macro in enumerate(draft.publications.value.macros):
        for j, one in enumerate(macro.runbooks):
            if one not in known:
                reason = f"there is no runbook `{one}`{near(one, known)}"
                yield source.error(("macros", i, "runbooks", j), reason)


def _unusable(texts: Texts, template: str, folder: str) -> str:
    if not template.startswith(folder):
        return f"the template of such a text lies under {folder}, for example {folder}{template}"
    if template not in texts.sources:
        return f"there is no template {texts.file(template)}{near(template, texts.sources)}"
    return ""
