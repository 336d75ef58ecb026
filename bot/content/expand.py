"""Reads `controls.yaml`: entries with `each` become one control for every set of params."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from bot.content.draft import Controls, Part
from bot.content.files import Expansion
from bot.content.problems import MissingVariable, near
from bot.content.reasons import complaints
from bot.content.source import Loc, Source
from bot.domain.adapter import Service
from bot.domain.base import Frozen
from bot.domain.control import Control
from bot.domain.errors import ContentError

_SLOT = re.compile(r"\{([A-Za-z_]+)\}")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_ADDRESS = re.compile(
    r"https?://[^\s/?#@]+(/[^\s?#]*)?|tcp://[^\s/?#@]+:\d+|rediss?://[^\s/?#@]+(/\d+)?|unix:/[\x21-\x7e]+"
)


class _Outer(Frozen):
    """The file before its entries are expanded."""

    services: dict[str, Service] = {}
    controls: tuple[dict[str, Any], ...]


def read_controls(
    source: Source, env: Mapping[str, str], *, resolve_env: bool
) -> tuple[Part[Controls] | None, list[ContentError]]:
    """The expanded controls and what is wrong; None for controls that are wrong in themselves.

    Missing variables count only with `resolve_env`.
    """
    try:
        outer = _Outer.model_validate(source.data)
    except ValidationError as error:
        return None, list(complaints(source, (), _Outer, error))
    errors: list[ContentError] = []
    services = {
        name: _resolved(source, name, service, env, errors, demanded=resolve_env)
        for name, service in outer.services.items()
    }
    found: dict[str, Control] = {}
    origin: dict[str, Loc] = {}
    for index, entry in enumerate(outer.controls):
        loc: Loc = ("controls", index)
        for control in _expanded(source, loc, entry, errors):
            if control.id in found:
                errors.append(source.error((*loc, "id"), f"two controls bear the id {control.id}"))
            found[control.id], origin[control.id] = control, loc
    if any(not isinstance(error, MissingVariable) for error in errors):
        return None, errors
    addresses = {name: service.base_url for name, service in outer.services.items()}
    return Part(source, Controls(services, addresses, tuple(found.values()), origin)), errors


def _resolved(
    source: Source,
    name: str,
    service: Service,
    env: Mapping[str, str],
    errors: list[ContentError],
    *,
    demanded: bool,
) -> Service:
    loc = ("services", name, "base_url")
    missing = [v for v in _VARIABLE.findall(service.base_url) if not env.get(v)]
    if missing and demanded:
        where = source.where(loc)
        errors.extend(MissingVariable(source.file, *where, variable) for variable in missing)
    if missing:
        return service
    url = _VARIABLE.sub(lambda m: env[m.group(1)], service.base_url)
    if not _ADDRESS.fullmatch(url):
        wanted = "http://, https://, tcp://host:port, redis:// or unix:/path"
        errors.append(
            source.error(loc, f"`{url}` is no address of a service ({wanted}), or holds a password")
        )
    return service.model_copy(update={"base_url": url.rstrip("/")})


def _expanded(
    source: Source, loc: Loc, entry: dict[str, Any], errors: list[ContentError]
) -> Iterator[Control]:
    own = {key: entry[key] for key in Expansion.model_fields if key in entry}
    try:
        expansion = Expansion.model_validate(own)
    except ValidationError as error:
        errors.extend(complaints(source, loc, Expansion, error))
        return
    if "each" in entry and "params" in entry:
        errors.append(source.error((*loc, "params"), "an entry has `each` or `params`, not both"))
    errors.extend(_off_pattern(source, loc, expansion, entry))
    body = {key: value for key, value in entry.items() if key not in own}
    for params in expansion.each or (None,):
        raw = body if params is None else _filled({**body, "params": params}, params)
        try:
            control = Control.model_validate(raw)
        except ValidationError as error:
            errors.extend(complaints(source, loc, Control, error))
            continue
        errors.extend(_unfilled(source, loc, control))
        yield control


def _off_pattern(
    source: Source, loc: Loc, expansion: Expansion, entry: Mapping[str, Any]
) -> Iterator[ContentError]:
    sets = [(("each", i), params) for i, params in enumerate(expansion.each)]
    if isinstance(entry.get("params"), dict):
        sets.append((("params",), entry["params"]))  # type: ignore[arg-type]
    for name, pattern in expansion.patterns.items():
        try:
            wanted = re.compile(pattern)
        except re.error as error:
            yield source.error((*loc, "patterns", name), f"not a regular expression: {error}")
            continue
        for where, params in sets:
            if name not in params:
                reason = f"param `{name}` is missing{near(name, params)}"
                yield source.error((*loc, *where), reason)
            elif not wanted.fullmatch(str(params[name])):
                reason = f"`{params[name]}` does not match the pattern {pattern}"
                yield source.error((*loc, *where, name), reason)


def _filled(raw: dict[str, Any], params: Mapping[str, str]) -> dict[str, Any]:
    """The entry with its params in id, title and level titles; paths and texts keep their slots."""
    out = {key: _fill(raw[key], params) if key in ("id", "title") else raw[key] for key in raw}
    if isinstance(raw.get("levels"), list):
        out["levels"] = [
            {**level, "title": _fill(level["title"], params)}
            if isinstance(level, dict) and "title" in level
            else level
            for level in raw["levels"]
        ]
    return out


def _fill(text: Any, params: Mapping[str, str]) -> Any:
    if not isinstance(text, str):
        return text
    return _SLOT.sub(lambda m: params.get(m.group(1), m.group(0)), text)


def _unfilled(source: Source, loc: Loc, control: Control) -> Iterator[ContentError]:
    texts: list[tuple[Loc, str]] = [(("id",), control.id), (("title",), control.title)]
    texts += [(("levels", i, "title"), level.title) for i, level in enumerate(control.levels)]
    for where, text in texts:
        for name in _SLOT.findall(text):
            reason = f"{{{name}}} is no param of this control{near(name, control.params)}"
            yield source.error((*loc, *where), reason)
