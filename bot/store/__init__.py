"""The database: one transaction for ledger, state and jobs, on SQLite and PostgreSQL.

`open_database` connects, `SqlStore` is what use cases write through, `SqlQueue` what workers claim from;
`migrations` makes the tables and the guards that keep the ledger append-only.
"""

from bot.store.db import WEB_PATIENCE, WORKER_PATIENCE, Database, open_database
from bot.store.queue import SqlQueue
from bot.store.store import SqlStore

__all__ = ["WEB_PATIENCE", "WORKER_PATIENCE", "Database", "SqlQueue", "SqlStore", "open_database"]
