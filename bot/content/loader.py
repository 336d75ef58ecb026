"""Reads everything the operators own into one checked `Content`, or says all that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.content.checks import CHECKS
from bot.content.draft import Draft, Part
from bot.content.expand import read_controls
from bot.content.files import (
    KEYED,
    ModesFile,
    PublicationsFile,
    SignalsFile,
    TriggersFile,
)
from bot.content.problems import ContentErrors, in_order
from bot.content.reasons import complaints
from bot.content.source import Loc, Source, read_source
from bot.content.templates import check_templates
from bot.content.texts import Texts
from bot.domain.authority import Authority, Directory
from bot.domain.classification import DecisionTree
from bot.domain.content import Content, Pinned
from bot.domain.errors import ContentError
from bot.domain.runbook import Runbook

M = TypeVar("M", bound=BaseModel)


def load(
    runbooks_dir: Path, templates_dir: Path, env: Mapping[str, str], *, resolve_env: bool = True
) -> Content:
    """Everything under the two folders, compiled and checked. Raises ContentErrors with every mistake.

    `${NAME}` in a service's address comes from `env`; a name missing there is a mistake unless
    `resolve_env` is false, when the address stays as written.
    """
    draft, errors = _read(runbooks_dir, templates_dir, env, resolve_env=resolve_env)
    errors += _cross(draft)
    content = _content(draft)
    if errors or content is None:
        raise ContentErrors(errors)
    return content


def check(runbooks_dir: Path, templates_dir: Path) -> list[ContentError]:
    """Everything wrong with the content on disk, wherever it will run; empty when it is right."""
    draft, errors = _read(runbooks_dir, templates_dir, {}, resolve_env=False)
    return list(in_order(errors + _cross(draft)))


def _cross(draft: Draft) -> list[ContentError]:
    found = [error for one in CHECKS for error in one(draft)]
    return found + (list(check_templates(draft.texts)) if draft.texts else [])


class _Reader:
    """Reads the files of a folder, keeping what is wrong and going on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.errors: list[ContentError] = []

    def source(self, path: Path) -> Source | None:
        """A file's plain data, or None when it is no usable YAML."""
        try:
            return read_source(path)
        except ContentErrors as wrong:
            self.errors += wrong.errors
            return None

    def platform(self, name: str, model: type[M]) -> Part[M] | None:
        """One of the files under `platform/`, as its model."""
        source = self.source(self.folder / "platform" / f"{name}.yaml")
        if source is None:
            return None
        return self.part(source, model, self._with_ids(source, KEYED.get(name, ())))

    def part(self, source: Source, model: type[M], data: Any) -> Part[M] | None:
        """A file's data as its model."""
        try:
            return Part(source, model.model_validate(data))
        except ValidationError as error:
            self.errors += complaints(source, (), model, error)
            return None

    def _with_ids(self, source: Source, fields: tuple[str, ...]) -> dict[str, Any]:
        """The data with each key of these mappings as its value's `id`, which the file itself never says."""
        data = dict(source.data)
        for field in fields:
            if isinstance(data.get(field), dict):
                data[field] = {key: self._with_id(source, (field, key)) for key in data[field]}
        return data

    def _with_id(self, source: Source, loc: Loc) -> Any:
        value: Any = source.data
        for part in loc:
            value = value[part]
        if not isinstance(value, dict):
            return value
        if "id" in value:
            self.errors.append(
                source.error((*loc, "id"), "the key above is the id; leave `id` out", key=True)
            )
        return {**value, "id": loc[-1]}


def _read(
    runbooks_dir: Path, templates_dir: Path, env: Mapping[str, str], *, resolve_env: bool
) -> tuple[Draft, list[ContentError]]:
    reader = _Reader(runbooks_dir)
    controls = None
    source = reader.source(runbooks_dir / "platform" / "controls.yaml")
    if source is not None:
        controls, wrong = read_controls(source, env, resolve_env=resolve_env)
        reader.errors += wrong
    runbooks, every = _runbooks(reader)
    draft = Draft(
        controls=controls,
        modes=reader.platform("modes", ModesFile),
        signals=reader.platform("signals", SignalsFile),
        triggers=reader.platform("triggers", TriggersFile),
        authority=reader.platform("authority", Authority),
        people=reader.platform("people", Directory),
        classification=reader.platform("classification", DecisionTree),
        publications=reader.platform("publications", PublicationsFile),
        runbooks=runbooks,
        every_runbook=every,
        texts=_texts(templates_dir, reader.errors),
    )
    return draft, reader.errors


def _runbooks(reader: _Reader) -> tuple[tuple[Part[Runbook], ...], bool]:
    """The runbooks that could be read, and whether that is all of them."""
    paths = sorted(reader.folder.glob("*.yaml"))
    if not paths:
        reader.errors.append(ContentError(str(reader.folder), 1, 1, "there are no runbooks (*.yaml) here"))
    found = []
    for path in paths:
        source = reader.source(path)
        part = reader.part(source, Runbook, source.data) if source else None
        if part is not None:
            found.append(part)
    return tuple(found), bool(paths) and len(found) == len(paths)


def _texts(folder: Path, errors: list[ContentError]) -> Texts | None:
    if not folder.is_dir():
        errors.append(ContentError(str(folder), 1, 1, "there is no such folder of templates"))
        return None
    try:
        return Texts(folder)
    except ContentError as error:
        errors.append(error)
        return None


def _content(draft: Draft) -> Content | None:
    """The content, when every part could be read."""
    if not (draft.controls and draft.modes and draft.signals and draft.triggers and draft.authority):
        return None
    if not (draft.people and draft.classification and draft.publications and draft.texts):
        return None
    if not draft.every_runbook:
        return None
    signals, publications = draft.signals.value, draft.publications.value
    return Content(
        services=draft.controls.value.services,
        addresses=draft.controls.value.addresses,
        controls=draft.controls.value.controls,
        modes=draft.modes.value.modes,
        signals=signals.signals,
        gates=signals.gates,
        phase_gates={phase.value: gates for phase, gates in signals.phase_gates.items()},
        triggers=draft.triggers.value.triggers,
        directory=draft.people.value,
        authority=draft.authority.value,
        pinned=Pinned(runbooks=tuple(part.value for part in draft.runbooks), tree=draft.classification.value),
        statuses=publications.statuses,
        macros=publications.macros,
    )
