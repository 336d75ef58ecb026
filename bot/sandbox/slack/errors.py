"""`SlackError`: a refusal as the Web API words it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.sandbox.slack.model import Json
from bot.sandbox.slack.validate import Problem


class SlackError(Exception):
    """`{"ok": false, "error": code, …}`; never a failure of the sandbox itself."""

    def __init__(self, code: str, **extra: object) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra

    def as_json(self) -> Json:
        """The body that carries it."""
        return {"ok": False, "error": self.code, **self.extra}


class RateLimited(SlackError):
    """Status 429; `retry_after` is in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after


def refused(code: str, problems: Sequence[Problem]) -> SlackError:
    """The refusal of a payload, every broken rule named with its JSON pointer."""
    lines = [str(problem) for problem in problems]
    return SlackError(code, errors=lines, response_metadata={"messages": lines})


def bad_argument(sentence: str, pointer: str) -> SlackError:
    """`invalid_arguments` with one message, as Slack words a missing or malformed argument."""
    return refused("invalid_arguments", [Problem(pointer, sentence)])
