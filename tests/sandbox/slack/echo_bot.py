"""A small app on the real Bolt, for talking to the strict Slack."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.slack import SlackServer, listen, serving

Json = dict[str, Any]


def text(words: str) -> Json:
    return {"type": "plain_text", "text": words}


def markup(words: str) -> Json:
    return {"type": "mrkdwn", "text": words}


def form(**extra: Any) -> Json:
    severities = [{"text": text(name), "value": name} for name in ("sev1", "sev2")]
    return {
        "type": "modal",
        "callback_id": "declare",
        "title": text("Declare incident"),
        "submit": text("Declare"),
        "close": text("Cancel"),
        "notify_on_close": True,
        "blocks": [
            {
                "type": "input",
                "block_id": "summary",
                "label": text("Summary"),
                "element": {"type": "plain_text_input", "action_id": "summary"},
            },
            {
                "type": "input",
                "block_id": "severity",
                "optional": True,
                "label": text("Severity"),
                "element": {"type": "static_select", "action_id": "severity", "options": severities},
            },
            {
                "type": "input",
                "block_id": "lead",
                "optional": True,
                "label": text("Lead"),
                "element": {"type": "users_select", "action_id": "lead"},
            },
        ],
        **extra,
    }


def card(note: str = "") -> list[Json]:
    def step(number: int, words: str) -> list[Json]:
        done = {"type": "button", "action_id": f"done_{number}", "text": text("Done"), "value": words}
        more = {
            "type": "overflow",
            "action_id": f"more_{number}",
            "options": [
                {"text": text("Skip"), "value": "skip"},
                {"text": text("Blocked"), "value": "blocked"},
            ],
        }
        return [
            {"type": "section", "text": markup(f"*{words}*")},
            {"type": "actions", "elements": [done, more]},
        ]

    stop: Json = {
        "type": "button",
        "action_id": "stop",
        "text": text("Stop"),
        "confirm": {
            "title": text("Sure?"),
            "text": text("This stops."),
            "confirm": text("Yes"),
            "deny": text("No"),
        },
    }
    head = {"type": "section", "text": markup(f"*PROTECTED* 12/12 {note}"), "accessory": stop}
    return [head, *step(1, "Freeze changes"), *step(2, "Check signers")]


@dataclass
class EchoBot:
    """What reached the app: commands, actions, submissions and events, in order."""

    url: str = ""
    commands: list[Json] = field(default_factory=list)
    actions: list[Json] = field(default_factory=list)
    submissions: list[Json] = field(default_factory=list)
    closed: list[Json] = field(default_factory=list)
    events: list[Json] = field(default_factory=list)
    shortcuts: list[Json] = field(default_factory=list)
    event_failures: int = 0


def build(bot: EchoBot, slack: SlackServer) -> AsyncApp:
    workspace = slack.workspace
    client = AsyncWebClient(token=workspace.app.bot_token, base_url=slack.api_url)

    async def authorize() -> AuthorizeResult:
        app = workspace.app
        return AuthorizeResult(
            enterprise_id=None, team_id=workspace.team_id, bot_token=app.bot_token, bot_user_id=app.bot_user
        )

    app = AsyncApp(signing_secret=workspace.app.signing_secret, authorize=authorize, client=client)
    take_commands(app, bot, client)
    take_clicks(app, bot, client)
    take_submissions(app, bot)
    take_events(app, bot, client)
    return app


def take_commands(app: AsyncApp, bot: EchoBot, client: AsyncWebClient) -> None:
    @app.command("/incident")
    async def on_command(ack: AsyncAck, body: Json, respond: AsyncRespond) -> None:
        bot.commands.append(body)
        verb, _, rest = body["text"].partition(" ")
        if verb == "modal":
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=form())
        elif verb == "slow":
            await asyncio.sleep(30)
        elif verb == "loud":
            await ack(text=rest, response_type="in_channel")
        elif verb == "later":
            await ack()
            await respond(text=rest)
        elif verb == "card":
            await ack()
            await client.chat_postMessage(channel=body["channel_id"], text="card", blocks=card())
        elif verb == "broken":
            await ack(blocks=[{"type": "header", "text": markup("no")}])
        elif rest:
            await ack(text=f"{verb}: {rest}")
        else:
            await ack()


def take_clicks(app: AsyncApp, bot: EchoBot, client: AsyncWebClient) -> None:
    @app.action(re.compile(".*"))
    async def on_action(ack: AsyncAck, body: Json) -> None:
        bot.actions.append(body)
        await ack()
        if "message" in body:
            action = body["actions"][0]
            words = action.get("value") or action.get("selected_option", {}).get("value", "")
            place = {"channel": body["channel"]["id"], "ts": body["message"]["ts"]}
            await client.chat_update(**place, text="card", blocks=card(f"after {words}"))

    @app.shortcut(re.compile("declare.*"))
    async def on_shortcut(ack: AsyncAck, body: Json) -> None:
        bot.shortcuts.append(body)
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=form())


def take_submissions(app: AsyncApp, bot: EchoBot) -> None:
    @app.view("declare")
    async def on_submit(ack: AsyncAck, body: Json) -> None:
        bot.submissions.append(body)
        words = body["view"]["state"]["values"]["summary"]["summary"]["value"]
        answers: dict[str, Json] = {
            "bad": {"response_action": "errors", "errors": {"summary": "Say more."}},
            "nowhere": {"response_action": "errors", "errors": {"nowhere": "Say more."}},
            "more": {"response_action": "update", "view": form(title=text("Second page"))},
            "above": {"response_action": "push", "view": form(title=text("On top"))},
            "enough": {"response_action": "clear"},
            "wrong": {"response_action": "update", "view": {"type": "modal"}},
        }
        await ack(**answers.get(words, {}))

    @app.view_closed("declare")
    async def on_close(ack: AsyncAck, body: Json) -> None:
        bot.closed.append(body)
        await ack()


def take_events(app: AsyncApp, bot: EchoBot, client: AsyncWebClient) -> None:
    @app.event("app_home_opened")
    async def on_home(body: Json, event: Json, request: Any) -> None:
        bot.events.append({**body, "headers": request.headers})
        button = {"type": "actions", "elements": [{"type": "button", "action_id": "go", "text": text("Go")}]}
        view = {"type": "home", "blocks": [{"type": "section", "text": markup("*All quiet*")}, button]}
        await client.views_publish(user_id=event["user"], view=view)

    @app.event({"type": "app_mention"})
    async def on_mention(body: Json, request: Any) -> None:
        bot.events.append({**body, "headers": request.headers})


@asynccontextmanager
async def echo_bot(slack: SlackServer) -> AsyncIterator[EchoBot]:
    """The app, listening, with the workspace pointed at it."""
    bot = EchoBot()
    handler = AsyncSlackRequestHandler(build(bot, slack))

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        if bot.event_failures and body.startswith(b'{"token"'):
            bot.event_failures -= 1
            return Response("busy", status_code=500)
        return await handler.handle(request)

    app = Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])])
    async with serving(app, listen()) as url:
        bot.url = f"{url}/slack/events"
        slack.workspace.app.bot_url = bot.url
        yield bot
