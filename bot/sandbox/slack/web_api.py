"""`/api/<method>`: token, faults, rate tier, scope, then the method; every call is logged."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.sandbox.slack.arguments import Arguments, read_arguments
from bot.sandbox.slack.errors import RateLimited, SlackError
from bot.sandbox.slack.faults import Fault
from bot.sandbox.slack.guard import guarded, raise_ordered_error, record_refusal, too_many
from bot.sandbox.slack.journal import ApiCall
from bot.sandbox.slack.methods import METHODS, Call, need_scope
from bot.sandbox.slack.model import Json
from bot.sandbox.slack.workspace import Workspace

OK = 200
BAD_PAYLOAD = frozenset(
    {
        *("invalid_blocks", "invalid_blocks_format", "invalid_attachments", "invalid_arguments", "no_text"),
        *("msg_too_long", "msg_blocks_too_long", "block_mismatch", "view_too_large", "too_long"),
        *("invalid_metadata_format", "duplicate_external_id", "too_many_users", "unknown_method"),
        *("invalid_name_required", "invalid_name_maxlength", "invalid_name_specials"),
    }
)


class WebApi:
    """The endpoint that the app calls."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    async def __call__(self, request: Request) -> Response:
        """Answer one call, or close the connection if the fault plan says so."""

        async def run(entry: ApiCall, faults: Sequence[Fault]) -> Response:
            return await self._run(request, entry, faults)

        return await guarded(self.workspace, request, request.path_params["method"], run)

    async def _run(self, request: Request, entry: ApiCall, faults: Sequence[Fault]) -> Response:
        try:
            body = await self._call(request, entry.method, entry, faults)
        except RateLimited as error:
            return too_many(entry, error.retry_after)
        except SlackError as error:
            body = error.as_json()
            ordered = any(fault.kind == "error" for fault in faults)
            if error.code in BAD_PAYLOAD and entry.method != "blocks.validate" and not ordered:
                record_refusal(self.workspace, entry.method, body)
        entry.status, entry.error = OK, body.get("error")
        entry.ts = entry.ts or body.get("ts") or body.get("message_ts")
        return JSONResponse(body, headers={"x-oauth-scopes": ",".join(sorted(self.workspace.app.scopes))})

    async def _call(self, request: Request, name: str, entry: ApiCall, faults: Sequence[Fault]) -> Json:
        if name not in METHODS:
            raise SlackError("unknown_method", req_method=name)
        method = METHODS[name]
        args = await read_arguments(request)
        entry.channel = args.optional("channel") or args.optional("channel_id") or None
        entry.ts = args.optional("ts") or args.optional("timestamp") or None
        if name != "api.test":
            self._authenticate(request, args, app_level=method.app_level)
        raise_ordered_error(faults)
        wait = self.workspace.rates.wait_for_method(name, method.per_minute)
        if wait:
            raise RateLimited(wait)
        call = Call(self.workspace, args)
        need_scope(call, method.scope_for(call), app_level=method.app_level)
        return method.handler(call)

    def _authenticate(self, request: Request, args: Arguments, *, app_level: bool) -> None:
        header, app = request.headers.get("authorization", ""), self.workspace.app
        # In the header alone: https://docs.slack.dev/reference/methods/apps.connections.open
        token = header.removeprefix("Bearer ") if header or app_level else args.optional("token")
        wanted, other = (app.app_token, app.bot_token) if app_level else (app.bot_token, app.app_token)
        if not token:
            raise SlackError("not_authed")
        if app.token_error:
            raise SlackError(app.token_error)
        if token == other:
            raise SlackError("not_allowed_token_type")
        if token != wanted:
            raise SlackError("invalid_auth")
