"""Where the app writes besides the Web API: response URLs and file uploads."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.sandbox.slack.answers import take_answer
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.faults import Fault
from bot.sandbox.slack.guard import guarded, raise_ordered_error, record_refusal
from bot.sandbox.slack.journal import ApiCall
from bot.sandbox.slack.methods.files import receive
from bot.sandbox.slack.model import Json
from bot.sandbox.slack.tickets import use_response_url
from bot.sandbox.slack.workspace import Workspace

OK, BAD_REQUEST, NOT_FOUND = 200, 400, 404
GONE = frozenset({"expired_url", "used_url", "message_not_found", "file_not_found"})


class Outside:
    """The endpoints behind URLs that Slack hands out; logged as `response_url` and `upload`."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    async def respond(self, request: Request) -> Response:
        """`POST /response/…`: JSON with text, blocks, response_type, replace_original, delete_original."""
        body = await request.body()

        def take() -> None:
            try:
                answer = json.loads(body)
            except ValueError:
                raise SlackError("invalid_json") from None
            ticket = use_response_url(self.workspace, request.path_params["name"])
            take_answer(self.workspace, ticket, answer)

        return await self._guarded(request, "response_url", take)

    async def upload(self, request: Request) -> Response:
        """`POST /upload/{id}`: a file's bytes, as they are or as a form's one file."""
        number = request.path_params["number"]
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            async with request.form() as form:
                parts = [part for part in form.values() if not isinstance(part, str)]
                content = await parts[0].read() if parts else b""
        else:
            content = await request.body()
        return await self._guarded(request, "upload", lambda: receive(self.workspace, number, content))

    async def file(self, request: Request) -> Response:
        """`GET /files/{id}`: the bytes again."""
        file = self.workspace.files.get(request.path_params["number"])
        if file is None or file["content"] is None:
            return JSONResponse({"ok": False, "error": "file_not_found"}, status_code=NOT_FOUND)
        return Response(file["content"], media_type="application/octet-stream")

    async def _guarded(self, request: Request, name: str, act: Callable[[], None]) -> Response:
        async def run(entry: ApiCall, faults: Sequence[Fault]) -> Response:
            body: Json = {"ok": True}
            entry.status = OK
            try:
                raise_ordered_error(faults)
                act()
            except SlackError as error:
                body, entry.error = error.as_json(), error.code
                entry.status = NOT_FOUND if error.code in GONE else BAD_REQUEST
                if error.code not in GONE:
                    record_refusal(self.workspace, name, body)
            return JSONResponse(body, status_code=entry.status)

        return await guarded(self.workspace, request, name, run)
