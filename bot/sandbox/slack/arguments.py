"""Arguments of a Web API call, from a query, a form or a JSON body alike."""

from __future__ import annotations

import json
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from bot.sandbox.slack.errors import SlackError, bad_argument
from bot.sandbox.slack.model import Json

TRUE, FALSE = {"1", "true", "True"}, {"0", "false", "False", ""}


class Arguments:
    """Typed reading; what is missing or malformed raises `invalid_arguments` with a JSON pointer."""

    def __init__(self, values: Json) -> None:
        self.values = values

    def has(self, name: str) -> bool:
        """Whether the call speaks of it at all."""
        return self.values.get(name) is not None

    def text(self, name: str) -> str:
        """A required text."""
        value = self.optional(name)
        if not value:
            raise bad_argument(f"missing required field: {name}", f"/{name}")
        return value

    def optional(self, name: str, default: str = "") -> str:
        """A text that may be left out."""
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, bool | dict | list):
            raise bad_argument("must provide a string", f"/{name}")
        return str(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A yes or no."""
        value = self.values.get(name)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        if str(value) in TRUE | FALSE:
            return str(value) in TRUE
        raise bad_argument("must provide a boolean", f"/{name}")

    def number(self, name: str, default: int) -> int:
        """A whole number."""
        value = self.values.get(name)
        try:
            return default if value is None else int(value)
        except (TypeError, ValueError):
            raise bad_argument("must provide an integer", f"/{name}") from None

    def json(self, name: str, *, error: str = "invalid_arguments") -> Any:
        """A JSON value, encoded as text or not; None when left out, `error` when it cannot be read."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise SlackError(error) from None

    def ids(self, name: str) -> list[str]:
        """A list of ids, comma-separated or as JSON."""
        value = self.values.get(name)
        parts = value if isinstance(value, list) else str(value or "").split(",")
        return [str(part).strip() for part in parts if str(part).strip()]


async def read_arguments(request: Request) -> Arguments:
    """The call's arguments; the body overrides the query.

    Raises:
        SlackError: `invalid_json`, `json_not_object` or `invalid_form_data`.
    """
    values: Json = dict(request.query_params)
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "application/json":
        values |= _object(await request.body())
    elif kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        async with request.form() as form:
            for name, value in form.multi_items():
                values[name] = await value.read() if isinstance(value, UploadFile) else value
    elif await request.body():
        raise SlackError("invalid_post_type")
    return Arguments(values)


def _object(body: bytes) -> Json:
    try:
        value = json.loads(body) if body else {}
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(value, dict):
        raise SlackError("json_not_object")
    return value
