"""`/v1`: the controls, their list and the trail."""

import hmac
from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse

from bot.sandbox.marketplace.catalogue import BY_PATH, KINDS, Kind
from bot.sandbox.marketplace.desk import REASON_LIMIT, Answer, Arrived
from bot.sandbox.marketplace.faults import Rule
from bot.sandbox.marketplace.front import FAULT
from bot.sandbox.marketplace.problems import MEDIA_TYPE, Refused
from bot.sandbox.marketplace.world import World

AUDIT_PAGE = 1000
REFUSALS = (400, 401, 404, 409, 412, 422)
Handler = Callable[[Request], Coroutine[Any, Any, JSONResponse]]
PUT_HEADERS = (
    ("Idempotency-Key", True, "1 to 255 visible characters; the same key again is answered as before"),
    ("Generation", False, "epoch/generation; lower or equal to the last applied is refused"),
    ("If-Match", False, "refused with 412 when stale"),
    ("Reason", False, "why, percent-encoded UTF-8"),
)


class Guard:
    """Knows the token."""

    def __init__(self, token: str) -> None:
        self._expected = f"Bearer {token}".encode()

    def admits(self, request: Request) -> bool:
        """Whether the request carries the token."""
        given = request.headers.get("authorization", "").encode("latin-1")
        return hmac.compare_digest(given, self._expected)

    async def __call__(self, request: Request) -> None:
        """As a dependency.

        Raises:
            Refused: no token, or another.
        """
        if not self.admits(request):
            raise Refused(401, "unauthorized", "Send Authorization: Bearer with the marketplace's token.")

    def arrived(self, request: Request, raw: bytes, fault: Rule | None) -> Arrived:
        """A PUT as it came in."""
        headers = request.headers
        reason = headers.get("reason")
        return Arrived(
            path=request.url.path,
            raw=raw,
            idempotency_key=headers.get("idempotency-key"),
            generation=headers.get("generation"),
            if_match=headers.get("if-match"),
            reason=None if reason is None else unquote(reason)[:REASON_LIMIT],
            authorised=self.admits(request),
            fault=fault,
        )


def control_router(world: World, guard: Guard) -> APIRouter:
    """GET and PUT for every kind of resource, the list of all, and the trail."""
    router = APIRouter(tags=["controls"])
    for kind in KINDS:
        _add_kind(router, kind, world, guard)

    @router.get("/v1/controls", dependencies=[Depends(guard)], summary="Every control")
    async def controls() -> dict[str, Any]:
        """Every resource with its value, default, ETag, generation and time."""
        return {
            "controls": [
                {
                    "path": path,
                    "value": held.value.fields(),
                    "default": BY_PATH[path].default.fields(),
                    "etag": held.etag,
                    **{k: v for k, v in held.body().items() if k in ("generation", "updated_at", "reason")},
                }
                for path, held in world.desk.held.items()
            ]
        }

    @router.get("/v1/audit", dependencies=[Depends(guard)], summary="The trail")
    async def audit(since: Annotated[int, Query(ge=0)] = 0) -> dict[str, Any]:
        """Rows after number `since`, oldest first, at most 1000; `next` is the number to go on from."""
        rows = world.desk.trail[since : since + AUDIT_PAGE]
        return {"rows": [row.public() for row in rows], "next": since + len(rows)}

    return router


def _handlers(world: World, guard: Guard) -> tuple[Handler, Handler]:
    async def read(request: Request) -> JSONResponse:
        held = world.desk.get(request.url.path)
        return JSONResponse(held.body(), headers={"ETag": held.etag})

    async def write(request: Request) -> JSONResponse:
        raw = await request.body()
        return _response(world.put(guard.arrived(request, raw, request.scope.get(FAULT))))

    return read, write


def _add_kind(router: APIRouter, kind: Kind, world: World, guard: Guard) -> None:
    read, write = _handlers(world, guard)
    name = kind.model.__name__
    schema = {"content": {"application/json": {"schema": _answer_schema(kind)}}}
    refusals: dict[int | str, dict[str, Any]] = {
        code: {"description": "Problem document"} for code in REFUSALS
    }
    router.add_api_route(
        kind.template,
        read,
        methods=["GET"],
        operation_id=f"get{name}",
        summary=kind.summary,
        dependencies=[Depends(guard)],
        openapi_extra={"parameters": _path_parameters(kind)},
        responses={200: schema},
    )
    router.add_api_route(
        kind.template,
        write,
        methods=["PUT"],
        operation_id=f"put{name}",
        summary=kind.summary,
        openapi_extra=_put_documentation(kind),
        responses={200: schema, **refusals},
    )


def _response(answer: Answer) -> JSONResponse:
    headers = {} if answer.etag is None else {"ETag": answer.etag}
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
    media = MEDIA_TYPE if answer.problem is not None else "application/json"
    return JSONResponse(answer.body, answer.status, headers=headers, media_type=media)


def _path_parameters(kind: Kind) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "enum": sorted({target[name] for target in kind.targets})},
        }
        for name in kind.targets[0]
    ]


def _put_documentation(kind: Kind) -> dict[str, Any]:
    headers = [
        {"name": name, "in": "header", "required": needed, "description": text, "schema": {"type": "string"}}
        for name, needed, text in PUT_HEADERS
    ]
    content = {"schema": kind.model.model_json_schema(), "example": kind.default.fields()}
    return {
        "parameters": _path_parameters(kind) + headers,
        "requestBody": {"required": True, "content": {"application/json": content}},
    }


def _answer_schema(kind: Kind) -> dict[str, Any]:
    schema = kind.model.model_json_schema(mode="serialization")
    added = {
        "generation": {"type": ["string", "null"], "description": "epoch/generation last applied"},
        "updated_at": {"type": "string", "format": "date-time"},
        "reason": {"type": ["string", "null"]},
    }
    return {**schema, "properties": {**schema["properties"], **added}}
