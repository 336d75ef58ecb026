"""The database: one transaction for ledger, state and jobs, on SQLite and PostgreSQL."""
