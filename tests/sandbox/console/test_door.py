import re

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.console.app import create_console
from bot.sandbox.console.files import STATIC
from bot.sandbox.slack import SlackServer, listen, serving
from tests.sandbox.slack.echo_bot import EchoBot

DEED = {"user": "U01ALICE", "channel": "incidents", "text": "/incident status please"}


async def test_the_page_and_its_files_come_with_their_types(console: httpx.AsyncClient) -> None:
    wanted = {
        "/": "text/html",
        "/console/static/main.js": "text/javascript",
        "/console/static/tokens.css": "text/css",
        "/console/static/mark.svg": "image/svg+xml",
    }
    for path, kind in wanted.items():
        answer = await console.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["content-type"].startswith(kind)


@pytest.mark.parametrize(
    "path",
    [
        "%2e%2e/app.py",
        "..%2f..%2fmarketplace%2falertmanager-firing.json",
        "slack",
        "nothing.js",
        "%2fetc%2fpasswd",
        "",
    ],
)
async def test_nothing_outside_the_folder_is_served(console: httpx.AsyncClient, path: str) -> None:
    assert (await console.get(f"/console/static/{path}")).status_code == 404


async def test_every_answer_allows_the_page_itself_and_nothing_else(console: httpx.AsyncClient) -> None:
    for path in ("/", "/console/static/main.js", "/nowhere", "/console/slack/history?channel=nowhere"):
        policy = (await console.get(path)).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy


async def test_the_page_holds_no_script_of_its_own_and_asks_nobody_else(console: httpx.AsyncClient) -> None:
    page = (await console.get("/")).text
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r"\son\w+=|\sstyle=", page) == []
    for file in [path for path in STATIC.rglob("*") if path.is_file()]:
        addresses = set(re.findall(r"https?://[\w.-]+\.[a-z]{2,}", file.read_text("utf-8")))
        assert addresses <= {"http://www.w3.org"}, file
        assert "innerHTML" not in file.read_text("utf-8"), file


def test_every_module_that_is_imported_is_there() -> None:
    for file in STATIC.rglob("*.js"):
        for named in re.findall(r'from "(\.[^"]+)"', file.read_text("utf-8")):
            assert (file.parent / named).is_file(), f"{file.name} imports {named}"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "[::", ""]
)
async def test_a_name_of_somebody_elses_is_refused(console: httpx.AsyncClient, host: str) -> None:
    assert (await console.get("/", headers={"Host": host})).status_code in {400, 421}


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:3200", "[::1]:3200"])
async def test_loopback_names_are_answered(console: httpx.AsyncClient, host: str) -> None:
    assert (await console.get("/", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),
    ],
)
async def test_another_sites_page_does_nothing_in_our_name(
    console: httpx.AsyncClient, bot: EchoBot, headers: dict[str, str], status: int
) -> None:
    answer = await console.post("/console/slack/command", json=DEED, headers=headers)
    assert answer.status_code == status
    assert bot.commands == []


async def test_what_is_mounted_beside_it_stands_behind_the_same_door(slack: SlackServer) -> None:
    async def weather(_request: Request) -> Response:
        return JSONResponse({"sky": "clear"})

    foreign = {"Origin": "http://evil.example"}
    beside = [Route("/console/world/weather", weather, methods=["GET", "POST"])]
    async with serving(create_console(slack.url, beside), listen()) as url, httpx.AsyncClient() as client:
        asked = f"{url}/console/world/weather"
        assert (await client.get(asked)).json() == {"sky": "clear"}
        assert (await client.get(asked, headers={"Host": "evil.example"})).status_code == 421
        assert (await client.post(asked, json={}, headers=foreign)).status_code == 403
        assert (await client.post(asked, json={}, headers={"Origin": url})).status_code == 200
