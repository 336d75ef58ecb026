"""`views.*` and `blocks.validate`."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.errors import SlackError, bad_argument
from bot.sandbox.slack.messages import Content, check_content
from bot.sandbox.slack.methods.registry import Call, Method
from bot.sandbox.slack.modals import (
    check_spec,
    current_modal,
    open_modal,
    publish_home,
    push_modal,
    update_view,
    view_by,
    view_json,
)
from bot.sandbox.slack.model import Json, View
from bot.sandbox.slack.rates import SPECIAL, TIER_4
from bot.sandbox.slack.tickets import use_trigger
from bot.sandbox.slack.validate import Problem, check_blocks, check_view


def open_(call: Call) -> Json:
    """Open a modal for whoever the trigger id belongs to."""
    spec = _spec(call)
    check_spec(call.workspace, spec, "modal")
    trigger = use_trigger(call.workspace, call.args.text("trigger_id"))
    return _shown(call, open_modal(call.workspace, trigger.user, spec))


def push(call: Call) -> Json:
    """Put one more view upon the modal in which the trigger arose."""
    spec = _spec(call)
    check_spec(call.workspace, spec, "modal")
    trigger = use_trigger(call.workspace, call.args.text("trigger_id"))
    if current_modal(call.workspace, trigger.user) is None:
        raise SlackError("invalid_trigger_id")
    return _shown(call, push_modal(call.workspace, trigger.user, spec))


def update(call: Call) -> Json:
    """Redraw an open view, by `view_id` or `external_id`; `hash` guards against a newer one."""
    view = view_by(call.workspace, call.args.optional("view_id"), call.args.optional("external_id"))
    return _shown(call, update_view(call.workspace, view, _spec(call), call.args.optional("hash") or None))


def publish(call: Call) -> Json:
    """Set somebody's Home tab; `not_enabled` where the app's manifest switches none on."""
    if not call.workspace.app.home_tab:
        raise SlackError("not_enabled")
    user = call.workspace.user(call.args.text("user_id"))
    return _shown(
        call, publish_home(call.workspace, user.id, _spec(call), call.args.optional("hash") or None)
    )


def validate(call: Call) -> Json:
    """Check `blocks`, `view` or `message` without sending any."""
    given = [name for name in ("blocks", "view", "message") if call.args.has(name)]
    if len(given) != 1:
        raise bad_argument("must provide exactly one of: blocks, view, message", "")
    kind = given[0]
    problems = _problems(kind, call.args.json(kind, error=f"invalid_{kind}"))
    if problems:
        raise SlackError(f"invalid_{kind}", errors=[problem.as_json() for problem in problems])
    return {"ok": True}


def _problems(kind: str, payload: Any) -> list[Problem]:
    if kind == "view":
        return check_view(payload)
    if kind == "blocks":
        return check_blocks(payload, "message")
    if not isinstance(payload, dict):
        return [Problem("", "must provide an object", "invalid_type")]
    problems = check_blocks(payload.get("blocks") or [], "message")
    if not problems:
        try:
            check_content(Content(str(payload.get("text") or ""), payload.get("blocks")))
        except SlackError as error:
            return [Problem("", error.code)]
    return problems


def _spec(call: Call) -> Json:
    spec = call.args.json("view")
    if not isinstance(spec, dict):
        raise bad_argument("missing required field: view", "/view")
    return spec


def _shown(call: Call, view: View) -> Json:
    return {"ok": True, "view": view_json(call.workspace, view)}


METHODS = (
    Method("views.open", open_, None, TIER_4),
    Method("views.push", push, None, TIER_4),
    Method("views.update", update, None, TIER_4),
    Method("views.publish", publish, None, TIER_4),
    Method("blocks.validate", validate, None, SPECIAL),
)
