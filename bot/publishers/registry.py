"""Which publisher takes which kind of publication, for each environment by itself."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.base import Environment
from bot.domain.publication import Publication, PublicationKind
from bot.publishers.builtin import BuiltinPages
from bot.usecases.ports import Publisher

Shelf = Mapping[PublicationKind, Publisher]


class Registry:
    """Implements the port of the use cases over one shelf of publishers for each environment."""

    def __init__(self, shelves: Mapping[Environment, Shelf]) -> None:
        self._shelves = shelves

    def of(self, publication: Publication) -> Publisher:
        """Where this publication goes. Raises KeyError when nothing takes its kind in its environment."""
        return self._shelves[publication.environment][publication.kind]


def builtin_registry() -> Registry:
    """Our own pages for every environment; they show no drill on the live page by themselves."""
    pages = BuiltinPages()
    return Registry({environment: dict.fromkeys(PublicationKind, pages) for environment in Environment})
