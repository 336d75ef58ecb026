"""What a reading transaction has read it need not read again: it sees one moment from beginning to end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any


def remembering(repository: Any) -> Any:
    """The same repository, which answers the same question from memory the second time."""
    return _Remembering(repository)


class _Remembering:
    """A repository's answers by question; what is no question that can be compared is asked anew."""

    def __init__(self, repository: Any) -> None:
        self._repository = repository
        self._answers: dict[Any, Any] = {}

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        ask = getattr(self._repository, name)

        async def answer(*words: Any, **more: Any) -> Any:
            question = (name, words, tuple(sorted(more.items())))
            try:
                hash(question)
            except TypeError:
                return await ask(*words, **more)
            if question not in self._answers:
                self._answers[question] = await ask(*words, **more)
            return self._answers[question]

        return answer
