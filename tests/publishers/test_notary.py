"""Heads of the ledger on their way out: each minute, to the file first, then to every other place."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import shutil
import ssl
import subprocess
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.bootstrap.clock import SystemClock
from bot.controls.outbound import Outbound
from bot.domain.ledger import Anchor, Head, plain_row, sign
from bot.domain.verifier.command import witnesses
from bot.domain.verifier.examine import Evidence, examine
from bot.domain.verifier.heads import statement
from bot.publishers.notary import Notary, append_anchor
from bot.publishers.places import HttpStore, Road, TimeAuthority, der
from bot.sandbox.slack import listen, serving
from bot.store import guards
from bot.store.link import Link
from bot.usecases import troubles
from bot.usecases.ports import Refused, ServiceError, Unanswered
from tests.support.clock import START
from tests.support.databases import our_engine
from tests.support.real import absent
from tests.web.story import Story

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
Answer = Callable[[Request], Awaitable[Response]]


def lines(file: Path) -> list[dict[str, Any]]:
    return witnesses(file.read_text()) if file.exists() else []


async def told(story: Story) -> dict[str, str]:
    async with story.ctx.store.read() as tx:
        return await troubles.standing(tx)


async def posted(story: Story) -> dict[str, str]:
    """What the messages of heads are to say, by their key."""
    async with story.ctx.store.write() as tx:
        link: Link = tx.jobs._link  # type: ignore[attr-defined]
        rows = await link.execute(text("select key, payload from job where kind = 'head'"))
        return dict(rows)


async def test_a_head_is_kept_only_while_there_is_something_new(live: Story, tmp_path: Path) -> None:
    file = tmp_path / "anchors.jsonl"
    notary = Notary(live.ctx, KEY, file)
    await notary.round()
    assert (lines(file), notary.reached) == ([], 0)
    incident = await live.declared()
    await notary.round()
    await notary.round()
    assert [line["seq"] for line in lines(file)] == [notary.reached]
    assert list(await posted(live)) == [f"head:{incident.id}:1"]
    await live.classified(incident)
    await notary.round()
    assert [line["seq"] for line in lines(file)] == sorted({line["seq"] for line in lines(file)})
    assert len(lines(file)) == 2
    assert list(await posted(live)) == [f"head:{incident.id}:1"]


async def test_it_goes_on_by_itself(live: Story, tmp_path: Path) -> None:
    await live.declared()
    notary = Notary(live.ctx, KEY, tmp_path / "anchors.jsonl")
    running = asyncio.create_task(notary.run(every=0.01))
    while not notary.reached:
        done, _ = await asyncio.wait([running], timeout=0.01)
        assert not done
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_a_file_that_cannot_be_written_is_told_once_and_forgotten_when_it_can(
    live: Story, tmp_path: Path
) -> None:
    await live.declared()
    (tmp_path / "dir").write_text("in the way")
    notary = Notary(live.ctx, KEY, tmp_path / "dir" / "anchors.jsonl")
    await notary.round()
    assert "Nothing is loosened until it can be" in (await told(live))["anchors_file"]
    (tmp_path / "dir").unlink()
    await notary.round()
    assert await told(live) == {}
    assert notary.reached > 0


async def test_a_ledger_that_is_not_the_one_that_was_signed_is_told_at_once(
    live: Story, tmp_path: Path, sqlite_url: str
) -> None:
    incident = await live.declared()
    await live.protected(incident)
    file = tmp_path / "anchors.jsonl"
    await Notary(live.ctx, KEY, file).round()
    engine = our_engine(sqlite_url)
    with engine.begin() as connection:
        for name in guards.NAMES["sqlite"]:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql("DELETE FROM ledger WHERE seq > 2")
    engine.dispose()
    await Notary(live.ctx, KEY, file).round()
    assert "not the one that was signed" in (await told(live))["ledger_course"]


# --- an HTTP store that creates objects once


class Objects:
    """A store as S3 and its like are: PUT creates, If-None-Match: * refuses to replace."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.asked: list[Request] = []
        self.answer: Response | None = None

    async def put(self, request: Request) -> Response:
        self.asked.append(request)
        if self.answer is not None:
            return self.answer
        if request.url.path in self.kept and request.headers.get("if-none-match") == "*":
            return Response(status_code=412)
        self.kept[request.url.path] = await request.body()
        return Response(status_code=201)


def road(url: str, allowed: bool = True) -> Road:
    hosts = f"127.0.0.1:{httpx.URL(url).port}" if allowed else "elsewhere.example"
    return Road(Outbound.parse(hosts).check, TLS)


def a_head(seq: int = 7) -> Anchor:
    return sign(Head(seq=seq, hash=f"{seq:x}" * 64), START, KEY)


async def test_a_head_becomes_an_object_that_is_created_once(live: Story, tmp_path: Path) -> None:
    objects = Objects()
    app = Starlette(routes=[Route("/{name:path}", objects.put, methods=["PUT"])])
    async with serving(app, listen()) as url:
        await live.declared()
        file = tmp_path / "anchors.jsonl"
        store = HttpStore(road(url), f"{url}/heads", "a-token-of-ours")
        await Notary(live.ctx, KEY, file, [store]).round()
        (line,) = lines(file)
        (path,) = objects.kept
        assert path == f"/heads/{line['seq']:012d}-{line['hash']}.json"
        assert witnesses(objects.kept[path].decode()) == [line]
        assert objects.asked[0].headers["if-none-match"] == "*"
        assert objects.asked[0].headers["authorization"] == "Bearer a-token-of-ours"
        await Notary(live.ctx, KEY, file, [store]).round()
        assert len(objects.asked) == 2
        assert await told(live) == {}


@pytest.mark.parametrize("status", [301, 307, 403, 500])
async def test_a_store_that_refuses_is_told_and_asked_again(live: Story, tmp_path: Path, status: int) -> None:
    objects = Objects()
    app = Starlette(routes=[Route("/{name:path}", objects.put, methods=["PUT", "GET"])])
    async with serving(app, listen()) as url:
        await live.declared()
        notary = Notary(live.ctx, KEY, tmp_path / "anchors.jsonl", [HttpStore(road(url), url)])
        objects.answer = Response(status_code=status, headers={"location": f"{url}/elsewhere"})
        await notary.round()
        assert str(status) in (await told(live))["ANCHOR_URL"]
        assert len(objects.asked) == 1
        assert lines(tmp_path / "anchors.jsonl")
        objects.answer = None
        await notary.round()
        assert await told(live) == {}
        assert len(objects.kept) == 1


async def test_nothing_goes_to_a_host_that_is_not_allowed() -> None:
    with pytest.raises(Refused, match="is not among OUTBOUND_HOSTS"):
        await HttpStore(road("http://127.0.0.1:9", allowed=False), "http://127.0.0.1:9").keep(a_head())


async def test_a_store_that_is_away_is_unanswered() -> None:
    with pytest.raises(Unanswered, match="gave no whole answer"):
        await HttpStore(road("http://127.0.0.1:9"), "http://127.0.0.1:9").keep(a_head())


# --- a time-stamping authority, by openssl


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority of our own: its key, certificate and policy."""
    if shutil.which("openssl") is None:
        absent("openssl", FileNotFoundError("openssl"))
    folder = tmp_path_factory.mktemp("tsa")
    (folder / "tsa.cnf").write_text(
        "[req]\ndistinguished_name=dn\nx509_extensions=ext\nprompt=no\n[dn]\nCN=Our time\n"
        "[ext]\nextendedKeyUsage=critical,timeStamping\n[tsa]\ndefault_tsa=ours\n[ours]\nserial=$ENV::TSA/serial\n"
        "signer_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256\naccuracy=secs:1\n"
    )
    (folder / "serial").write_text("01\n")
    request = "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -config tsa.cnf"
    openssl(folder, *request.split())
    return folder


def openssl(folder: Path, *words: str) -> None:
    environment = {"TSA": str(folder), "PATH": "/usr/bin:/bin"}
    subprocess.run(["openssl", *words], cwd=folder, env=environment, check=True, capture_output=True)  # noqa: S603, S607 - fixed words, the system's openssl


def stamping(folder: Path) -> Answer:
    async def stamp(request: Request) -> Response:
        assert request.headers["content-type"] == "application/timestamp-query"
        (folder / "query.tsq").write_bytes(await request.body())
        words = (
            "ts -reply -config tsa.cnf -queryfile query.tsq -signer cert.pem -inkey key.pem -out reply.tsr"
        )
        await asyncio.to_thread(openssl, folder, *words.split())
        return Response((folder / "reply.tsr").read_bytes(), media_type="application/timestamp-reply")

    return stamp


async def test_a_head_is_stamped_and_the_stamp_is_checked(
    live: Story, tmp_path: Path, authority: Path
) -> None:
    live = replace(live, ctx=replace(live.ctx, clock=SystemClock()))  # as the authority's own
    app = Starlette(routes=[Route("/tsa", stamping(authority), methods=["POST"])])
    async with serving(app, listen()) as url:
        await live.declared()
        file = tmp_path / "anchors.jsonl"
        await Notary(live.ctx, KEY, file, [TimeAuthority(road(url), f"{url}/tsa")]).round()
    assert await told(live) == {}
    head, stamp = lines(file)
    imprint = hashlib.sha256(statement(head)).hexdigest()
    assert stamp["imprint"] == imprint
    (authority / "token.tst").write_bytes(base64.b64decode(stamp["token"]))
    openssl(authority, *f"ts -verify -token_in -in token.tst -digest {imprint} -CAfile cert.pem".split())
    async with live.ctx.store.read() as tx:
        rows = [plain_row(row) for row in await tx.ledger.rows()]
    assert examine(Evidence(rows, [head], [stamp])) is None
    flaw = examine(Evidence(rows, [head], [stamp | {"token": base64.b64encode(b"0\x03abc").decode()}]))
    assert flaw is not None
    assert "the time stamp of row" in flaw.what
    other = sign(Head(seq=head["seq"], hash=head["hash"]), live.ctx.clock.wall(), KEY)
    flaw = examine(Evidence(rows, [other.model_dump(mode="json")], [stamp]))
    assert flaw is not None
    assert "something else than a head that is kept" in flaw.what


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "no time stamp"),
        (b"<html>", "no time stamp"),
        (der(0x30, der(0x30, der(0x02, b"\x02"))), "status 2"),
        (der(0x30, der(0x30, der(0x02, b"\x00"))), "status 0"),
        (der(0x30, der(0x30, der(0x02, b"\x00")), der(0x30, der(0x02, b"\x01"))), "no time-stamp token"),
    ],
)
async def test_an_authority_that_answers_nonsense_stamps_nothing(body: bytes, said: str) -> None:
    async def answer(_: Request) -> Response:
        return Response(body)

    async with serving(Starlette(routes=[Route("/", answer, methods=["POST"])]), listen()) as url:
        with pytest.raises(ServiceError, match=said):
            await TimeAuthority(road(url), url).keep(a_head())


def test_a_head_appended_after_a_torn_line_stands_by_itself(tmp_path: Path) -> None:
    file = tmp_path / "anchors.jsonl"
    file.write_bytes(b'{"seq":1,"ha')
    append_anchor(file, a_head())
    assert [line["seq"] for line in lines(file)] == [7]
