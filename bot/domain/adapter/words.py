"""A service's own words for what our levels say."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import model_validator

from bot.domain.adapter.service import Described, Scalar


class Mapped(Described):
    """A kind whose service may say things otherwise: `map` gives, for a field, its word for each of ours."""

    map: dict[str, dict[str, Scalar]] = {}

    @model_validator(mode="after")
    def _one_to_one(self) -> Mapped:
        for field, words in self.map.items():
            theirs = [spoken(word) for word in words.values()]
            if twice := next((word for word in theirs if theirs.count(word) > 1), None):
                raise ValueError(f"the map of `{field}` gives `{twice}` twice, so it could not be read back")
        return self


def spoken(value: Scalar) -> str:
    """A value as text: `true`, `250000`."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def to_theirs(words: Mapping[str, Mapping[str, Scalar]], value: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """A value in the service's words; what its map does not know stays as it is."""
    return {field: words.get(field, {}).get(spoken(part), part) for field, part in value.items()}


def to_ours(words: Mapping[str, Mapping[str, Scalar]], value: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """What a service said in our words, which it may use as well when it is read.

    Raises KeyError with a field whose word its map does not know.
    """
    out = dict(value)
    for field, known in words.items():
        if field not in value:
            continue
        ours = {mine: mine for mine in known} | {spoken(theirs): mine for mine, theirs in known.items()}
        if spoken(value[field]) not in ours:
            raise KeyError(field)
        out[field] = ours[spoken(value[field])]
    return out
