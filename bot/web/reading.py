"""Reading request bodies: who may send, and what is wrong with what was sent."""

from __future__ import annotations

import hmac
import json
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Any, NoReturn

from fastapi import Request
from pydantic import ValidationError

from bot.web.problems import Problem

SHOWN = 20


def require_bearer(request: Request, token: str | None, variable: str) -> None:
    """Let a request pass that bears the token, compared in constant time. Raises Problem 503 or 401."""
    if not token:
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            f"{variable} is not set, so nothing can be accepted at this address.",
        )
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    right = hmac.compare_digest(given.strip().encode(), token.encode())
    if scheme.casefold() != "bearer" or not right:
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            "Send the token as `Authorization: Bearer …`.",
            headers={"WWW-Authenticate": "Bearer"},
        )


def read_json(body: bytes) -> Any:
    """A JSON value with its numbers as exact decimals. Raises Problem 400."""
    try:
        return json.loads(body, parse_float=_number, parse_int=_number, parse_constant=_no_number)
    except RecursionError:
        raise _not_json("it is nested too deeply") from None
    except ValueError as error:  # JSONDecodeError, UnicodeDecodeError and what the hooks below raise
        reason = (
            f"{error.msg} at character {error.pos}" if isinstance(error, json.JSONDecodeError) else "bad text"
        )
        raise _not_json(reason) from None


def shape_problem(error: ValidationError, wanted: str) -> Problem:
    """What is wrong with a body, field by field, without repeating what was in it."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    if found[0]["type"] == "json_invalid":
        return _not_json("it cannot be parsed")
    wrong = [{"at": ".".join(str(p) for p in e["loc"])[:200], "what": e["msg"]} for e in found[:SHOWN]]
    first = wrong[0]
    detail = f"This is not {wanted}: {first['at'] or 'the body'}: {first['what']}."
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=wrong)


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("a number beyond all bounds") from None


def _no_number(_text: str) -> NoReturn:
    raise ValueError("NaN and Infinity are no JSON")


def _not_json(reason: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, f"The body is not JSON: {reason}.")
