"""RFC 9457 problem documents: the only shape an error leaves this process in."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from bot.usecases.ports import StoreAway, StoreError

RETRY_SECONDS = 5


class Problem(Exception):
    """A request that is answered with a problem document. `more` becomes members of the document."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more


def problem_response(problem: Problem, request_id: str) -> Response:
    """The document, with the id under which the request is found in the logs."""
    document = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.detail,
        "request_id": request_id,
        **problem.more,
    }
    headers = {"Cache-Control": "no-store", **problem.headers}
    return JSONResponse(document, problem.status, headers, "application/problem+json")


def answer_problems(app: FastAPI) -> None:
    """Register what turns each kind of error into its document."""

    async def told(request: Request, error: Exception) -> Response:
        return problem_response(_problem(error), request_id(request))

    for kind in (Problem, HTTPException, RequestValidationError, StoreError):
        app.add_exception_handler(kind, told)


def request_id(request: Request) -> str:
    """The id that the edge gave this request."""
    return str(request.scope.get("request_id", ""))


def _problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, StoreError):
        said = str(error) if isinstance(error, StoreAway) else "The database is not ready."
        return Problem(HTTPStatus.SERVICE_UNAVAILABLE, said, headers={"Retry-After": str(RETRY_SECONDS)})
    if isinstance(error, HTTPException):
        status = HTTPStatus(error.status_code)
        return Problem(status, _DETAILS.get(status, status.description), headers=error.headers)
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, "The request does not have the shape that is wanted here."
    )


_DETAILS = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address takes other methods; the Allow header lists them.",
}
