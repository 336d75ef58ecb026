"""The schema over time: `migrate` brings a database to the newest revision, `standing` says where it is."""

from bot.store.migrations.run import Migrated, Standing, migrate, standing

__all__ = ["Migrated", "Standing", "migrate", "standing"]
