"""The doctor's look at the database: revision, guards, our role's powers, its clock, work given up."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, exc, text

from bot.bootstrap.clock import SystemClock
from bot.bootstrap.settings import Settings
from bot.cli.findings import Finding, fair, good, wrong
from bot.domain.text import clean
from bot.store import WEB_PATIENCE, SqlQueue, SqlStore, open_database
from bot.store.engines import parse_url, sync_engine
from bot.store.migrations.run import standing
from bot.usecases import troubles
from bot.usecases.ports import StoreError

BEAT_WITHIN, SKEW_SECONDS = 30, 5
FORBIDDEN = ("UPDATE", "DELETE", "TRUNCATE")
OWNER = (
    "run `breakwater migrate` with OWNER_DATABASE_URL set to a role that owns the tables, "
    "and give DATABASE_URL another one"
)


def database_finding(settings: Settings) -> Finding:
    """Whether the database can be used at all."""
    try:
        found = standing(settings.database_url)
    except StoreError as error:
        return wrong("database", str(error), "check DATABASE_URL, and that the server runs and lets us in")
    except OSError as error:
        said = f"{error.filename} cannot be used: {error.strerror}"
        return wrong("database", said, "set DATABASE_URL to a place that we may write to")
    if found.needs_migration:
        said = f"at {found.revision or 'nothing yet'}, the newest is {found.newest}"
        return wrong("database", said, "run `breakwater migrate`")
    if found.guards_missing:
        said = "the ledger's guards are missing: " + ", ".join(found.guards_missing)
        return wrong("database", said, "run `breakwater migrate`, and find out who removed them")
    return good("database", f"at {found.revision}, the ledger is guarded")


async def stored_findings(settings: Settings, clock: SystemClock) -> list[Finding]:
    """What a database that stands says of itself, and of the work in it."""
    found = [] if parse_url(settings.database_url).is_sqlite else _server(settings.database_url, clock)
    return [*found, *await _work(settings.database_url)]


def _server(url: str, clock: SystemClock) -> list[Finding]:
    engine = sync_engine(parse_url(url))
    try:
        with engine.begin() as connection:
            return [_role(connection), _skew(connection, clock)]
    except exc.SQLAlchemyError as error:
        said = clean(str(getattr(error, "orig", None) or error), limit=200)
        return [wrong("database role", said, "check what the role in DATABASE_URL may do")]
    finally:
        engine.dispose()


def _role(connection: Connection) -> Finding:
    """The application's role must be able to add to the ledger and to do nothing else to it."""
    who = str(connection.execute(text("SELECT current_user")).scalar_one())
    asked = "SELECT has_table_privilege(current_user, 'ledger', :right)"
    may = [r for r in FORBIDDEN if connection.execute(text(asked), {"right": r}).scalar_one()]
    owns = connection.execute(
        text(
            "SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class WHERE oid = 'ledger'::regclass"
        )
    ).scalar_one()
    if owns:
        said = f"{who} owns the ledger, so that only the guards, which it could remove, protect it"
        return fair("database role", said, OWNER)
    if may:
        said = f"{who} may {', '.join(may).lower()} rows of the ledger"
        return wrong(
            "database role", said, "run `breakwater migrate` with OWNER_DATABASE_URL, which takes it away"
        )
    return good("database role", f"{who} can add to the ledger and change nothing in it")


def _skew(connection: Connection, clock: SystemClock) -> Finding:
    theirs: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    apart = abs((clock.wall() - theirs.astimezone(UTC)).total_seconds())
    if apart > SKEW_SECONDS:
        said = f"{apart:.0f} s away from this machine's"
        return wrong("database clock", said, "let both machines set their clocks by NTP")
    return good("database clock", f"within {apart:.1f} s of this machine's")


async def _work(url: str) -> list[Finding]:
    database = open_database(url, patience=WEB_PATIENCE)
    queue = SqlQueue(database)
    try:
        age, dead = await queue.heartbeat_age(), await queue.dead()
        async with SqlStore(database).read() as tx:
            known = await troubles.standing(tx)
    except StoreError as error:
        return [wrong("worker", str(error), "see the database above")]
    finally:
        await queue.close()
        await database.close()
    out = [_worker(age)]
    if dead:
        last = dead[-1]
        said = f"{len(dead)} given up, the last {last.job.key}: {clean(last.error, limit=120)}"
        out.append(fair("jobs", said, "mend what its error names; what is wanted again runs again"))
    return [*out, *(wrong("told in Slack", clean(said, limit=500), "as it says") for said in known.values())]


def _worker(age: float | None) -> Finding:
    if age is None or age > BEAT_WITHIN:
        said = "none has ever run" if age is None else f"not heard of for {age:.0f} s"
        mend = "start `breakwater worker`, or `breakwater serve` for web and worker in one"
        return wrong("worker", said, mend)
    return good("worker", f"heard of {age:.0f} s ago")
