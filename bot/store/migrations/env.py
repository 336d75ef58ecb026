"""What Alembic runs for each upgrade; `run.migrate` has opened the transaction and holds the lock."""

from alembic import context

from bot.store.tables import METADATA

connection = context.config.attributes["connection"]
# SQLite can take a schema change back; Alembic assumes that it cannot.
context.configure(
    connection=connection, target_metadata=METADATA, render_as_batch=True, transactional_ddl=True
)
with context.begin_transaction():
    context.run_migrations()
