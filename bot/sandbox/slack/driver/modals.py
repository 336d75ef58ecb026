"""Filling in, submitting and closing modals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.sandbox.slack.driver.requests import Close, Fill, Submit
from bot.sandbox.slack.driver.seen import TROUBLE, Desk, Seen, json_body
from bot.sandbox.slack.errors import SlackError, bad_argument
from bot.sandbox.slack.guard import record_refusal
from bot.sandbox.slack.inputs import NotOnOffer, chosen, complaints
from bot.sandbox.slack.modals import (
    close_all,
    close_view,
    current_modal,
    push_modal,
    update_view,
    view_by,
)
from bot.sandbox.slack.model import Json, User, View
from bot.sandbox.slack.parcels import Outcome
from bot.sandbox.slack.payloads import view_click, view_closed, view_submission
from bot.sandbox.slack.validate import elements_of


async def fill(desk: Desk, deed: Fill) -> Json:
    """Type or choose; the app hears of it only from dispatching blocks and from choices outside inputs."""
    since, user = desk.mark(), desk.workspace.person(deed.user)
    view = _open_view(desk, user, deed.view_id)
    block, element, entry = _enter(view, deed.block_id, deed.action_id, deed.value)
    seen = Seen()
    if block["type"] != "input" or block.get("dispatch_action"):
        action = {"action_id": element["action_id"], "block_id": block["block_id"], **entry}
        action["action_ts"] = desk.workspace.new_ts()
        seen.outcomes = await desk.send(deed, "block_actions", view_click(desk.workspace, user, view, action))
        seen.saw = None if seen.outcomes[0].ok else TROUBLE
    return desk.answer(user, since, seen)


async def submit(desk: Desk, deed: Submit) -> Json:
    """Press submit: first the client's own complaints, then the app's answer."""
    since, user = desk.mark(), desk.workspace.person(deed.user)
    view = _open_view(desk, user, deed.view_id)
    for block_id, given in deed.values.items():
        entries = given if isinstance(given, dict) and given else {None: given}
        for action_id, value in entries.items():
            _enter(view, block_id, action_id, value)
    seen = Seen(errors=complaints(view.spec["blocks"], view.state))
    if seen.errors:
        return desk.answer(user, since, seen)
    payload = view_submission(desk.workspace, user, view)
    seen.outcomes = await desk.send(deed, "view_submission", payload)
    if seen.outcomes[0].ok:
        _take_response(desk, view, seen.outcomes[0], seen)
    else:
        seen.saw = TROUBLE
    return desk.answer(user, since, seen)


async def close(desk: Desk, deed: Close) -> Json:
    """Put away the uppermost view or all of them; the app hears of it if it asked to."""
    since, user = desk.mark(), desk.workspace.person(deed.user)
    view = _open_view(desk, user, None)
    everything = deed.all or bool(view.spec.get("clear_on_close"))
    payload = view_closed(desk.workspace, user, view, cleared=everything)
    if everything:
        close_all(desk.workspace, user.id)
    else:
        close_view(desk.workspace, view)
    seen = Seen()
    if view.spec.get("notify_on_close"):
        seen.outcomes = await desk.send(deed, "view_closed", payload)
    return desk.answer(user, since, seen)


def _open_view(desk: Desk, user: User, view_id: str | None) -> View:
    view = view_by(desk.workspace, view_id, None) if view_id else current_modal(desk.workspace, user.id)
    if view is None or view.user != user.id:
        raise SlackError("not_found")
    return view


def _enter(view: View, block_id: str, action_id: str | None, value: Any) -> tuple[Json, Json, Json]:
    for block, element in elements_of(view.spec["blocks"]):
        if block["block_id"] == block_id and action_id in (None, element["action_id"]):
            try:
                entry = chosen(element, value)
            except NotOnOffer as problem:
                raise SlackError("not_on_offer", detail=str(problem)) from None
            view.state.setdefault(block_id, {})[element["action_id"]] = entry
            return block, element, entry
    raise SlackError("no_such_element")


def _take_response(desk: Desk, view: View, outcome: Outcome, seen: Seen) -> None:
    body = json_body(outcome)
    action = body.get("response_action") if isinstance(body, dict) else None
    if action is None and not outcome.body.strip():
        close_view(desk.workspace, view)
        return
    try:
        if action not in _RESPONSES:
            raise bad_argument("response_action must be errors, update, push or clear", "/response_action")
        _RESPONSES[action](desk, view, body, seen)
    except SlackError as error:
        record_refusal(desk.workspace, "view_submission acknowledgement", error.as_json())
        seen.error, seen.saw = error.code, TROUBLE


def _errors(_desk: Desk, view: View, body: Json, seen: Seen) -> None:
    errors = body.get("errors")
    inputs = {block["block_id"] for block in view.spec["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise bad_argument("errors must name input blocks of the view", "/errors")
    seen.errors = {block_id: str(sentence) for block_id, sentence in errors.items()}


def _update(desk: Desk, view: View, body: Json, _seen: Seen) -> None:
    update_view(desk.workspace, view, body.get("view") or {})


def _push(desk: Desk, view: View, body: Json, _seen: Seen) -> None:
    push_modal(desk.workspace, view.user, body.get("view") or {})


def _clear(desk: Desk, view: View, _body: Json, _seen: Seen) -> None:
    close_all(desk.workspace, view.user)


_RESPONSES: dict[str | None, Callable[[Desk, View, Json, Seen], None]] = {
    "errors": _errors,
    "update": _update,
    "push": _push,
    "clear": _clear,
}
