"""Views: opening, pushing, updating and closing them, as the app asks or a person does."""

from __future__ import annotations

from hashlib import sha1

from bot.sandbox.slack.errors import SlackError, bad_argument, refused
from bot.sandbox.slack.inputs import initial_state
from bot.sandbox.slack.messages import with_ids
from bot.sandbox.slack.model import Json, View
from bot.sandbox.slack.validate import check_view, view_too_large
from bot.sandbox.slack.workspace import Workspace

STACK = 3


def check_spec(workspace: Workspace, spec: Json, kind: str, replacing: View | None = None) -> None:
    """Refuse a view that Slack would refuse; one being replaced keeps its own external id."""
    problems = check_view(spec)
    if problems:
        raise refused("invalid_arguments", problems)
    if spec["type"] != kind:
        raise bad_argument(f"must be a {kind}", "/view/type")
    if view_too_large(spec):
        raise SlackError("view_too_large")
    external = spec.get("external_id")
    open_views = (*workspace.views.values(), *workspace.homes.values())
    if external and any(v.spec.get("external_id") == external for v in open_views if v is not replacing):
        raise SlackError("duplicate_external_id")


def open_modal(workspace: Workspace, user: str, spec: Json) -> View:
    """A new modal for this person; an open one of theirs gives way."""
    check_spec(workspace, spec, "modal")
    close_all(workspace, user)
    return _put_on_top(workspace, user, spec, None)


def push_modal(workspace: Workspace, user: str, spec: Json) -> View:
    """One more view upon the open one; three at most."""
    check_spec(workspace, spec, "modal")
    stack = workspace.stacks.get(user, [])
    if not stack:
        raise SlackError("not_found")
    if len(stack) >= STACK:
        raise SlackError("push_limit_reached")
    return _put_on_top(workspace, user, spec, workspace.views[stack[-1]])


def update_view(workspace: Workspace, view: View, spec: Json, known_hash: str | None = None) -> View:
    """Redraw a view, typed values kept by block and action; a hash that is not the view's is a conflict."""
    check_spec(workspace, spec, str(view.spec["type"]), view)
    if known_hash is not None and known_hash != view.hash:
        raise SlackError("hash_conflict")
    view.spec = _named(workspace, spec)
    view.hash = _new_hash(workspace, view.id)
    fresh = initial_state(view.spec["blocks"])
    for block_id, actions in fresh.items():
        kept = view.state.get(block_id, {})
        actions.update({name: kept[name] for name in actions if name in kept})
    view.state = fresh
    _note(workspace, view)
    return view


def publish_home(workspace: Workspace, user: str, spec: Json, known_hash: str | None = None) -> View:
    """Set a person's Home tab."""
    check_spec(workspace, spec, "home")
    current = workspace.homes.get(user)
    if current is not None:
        return update_view(workspace, current, spec, known_hash)
    view = _make(workspace, user, spec, None)
    workspace.homes[user] = view
    _note(workspace, view)
    return view


def current_modal(workspace: Workspace, user: str) -> View | None:
    """The view this person is looking at."""
    stack = workspace.stacks.get(user)
    return workspace.views[stack[-1]] if stack else None


def close_view(workspace: Workspace, view: View) -> None:
    """Take one view away wherever it lies; one already gone is no matter."""
    stack = workspace.stacks.get(view.user, [])
    if view.id in stack:
        stack.remove(view.id)
        del workspace.views[view.id]
        _note(workspace, view)


def close_all(workspace: Workspace, user: str) -> None:
    """Take every modal of this person away."""
    for view_id in list(workspace.stacks.get(user, [])):
        close_view(workspace, workspace.views[view_id])


def view_by(workspace: Workspace, view_id: str | None, external_id: str | None) -> View:
    """An open view by either of its ids; `not_found` once it is closed."""
    for view in (*workspace.views.values(), *workspace.homes.values()):
        if view_id == view.id or (external_id and external_id == view.spec.get("external_id")):
            return view
    raise SlackError("not_found")


def view_json(workspace: Workspace, view: View) -> Json:
    """The view object of answers and payloads."""
    spec = view.spec
    shown: Json = {
        "id": view.id,
        "team_id": workspace.team_id,
        "type": spec["type"],
        "blocks": spec["blocks"],
        "private_metadata": spec.get("private_metadata", ""),
        "callback_id": spec.get("callback_id", ""),
        "external_id": spec.get("external_id", ""),
        "state": {"values": view.state},
        "hash": view.hash,
        "title": spec.get("title"),
        "submit": spec.get("submit"),
        "close": spec.get("close"),
        "clear_on_close": spec.get("clear_on_close", False),
        "notify_on_close": spec.get("notify_on_close", False),
        "submit_disabled": spec.get("submit_disabled", False),
        "previous_view_id": view.previous_id,
        "root_view_id": view.root_id,
        "app_id": workspace.app.app_id,
        "app_installed_team_id": workspace.team_id,
        "bot_id": workspace.app.bot_id,
    }
    return shown


def _note(workspace: Workspace, view: View) -> None:
    workspace.changes.note("home" if view.is_home else "modal", view.user)


def _put_on_top(workspace: Workspace, user: str, spec: Json, below: View | None) -> View:
    view = _make(workspace, user, spec, below)
    workspace.views[view.id] = view
    workspace.stacks.setdefault(user, []).append(view.id)
    _note(workspace, view)
    return view


def _make(workspace: Workspace, user: str, spec: Json, below: View | None) -> View:
    number = workspace.new_id("V")
    named = _named(workspace, spec)
    root = below.root_id if below else number
    view = View(number, user, named, _new_hash(workspace, number), root, below.id if below else None)
    view.state = initial_state(named["blocks"])
    return view


def _named(workspace: Workspace, spec: Json) -> Json:
    return {**spec, "blocks": with_ids(workspace, spec.get("blocks") or [])}


def _new_hash(workspace: Workspace, view_id: str) -> str:
    stamp = workspace.new_ts()
    return (
        f"{stamp.split('.')[0]}.{sha1(f'{view_id}{stamp}'.encode(), usedforsecurity=False).hexdigest()[:8]}"
    )
