"""A deployment of its own whose people have keys."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

from tests.cli.conftest import Breakwater, Said

ROOT = Path(__file__).parents[2]


class Desk:
    """A deployment whose people have keys; `desk("alice", "incident", …)` is Alice at her terminal."""

    def __init__(self, breakwater: Breakwater, environment: dict[str, str], folder: Path) -> None:
        self.run, self.folder, self.environment = breakwater, folder, environment
        for name in ("runbooks", "templates"):
            shutil.copytree(ROOT / name, folder / name)
            environment[f"{name.upper()}_DIR"] = str(folder / name)
        breakwater("migrate")
        people = folder / "runbooks/platform/people.yaml"
        for name in ("alice", "bob", "carol"):
            made = self.json("operator", "enroll", "--no-passphrase", "--key", str(self.key(name)), "--json")
            old = people.read_text()
            people.write_text(old.replace(f"  {name}: {{", f"  {name}: {{keys: ['{made['key']}'], "))
        breakwater("reload")

    def key(self, name: str) -> Path:
        return self.folder / f"{name}.key"

    def __call__(self, name: str, *words: str, **env: str) -> Said:
        return self.run(*words, OPERATOR_KEY_FILE=str(self.key(name)), **env)

    def json(self, *words: str) -> Any:
        said = self.run(*words)
        assert said.status == 0, said.err
        return json.loads(said.out)

    def rows(self, kind: str) -> list[dict[str, Any]]:
        database = sqlite3.connect(self.folder / "b.db")
        try:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute("SELECT * FROM ledger WHERE kind = ?", (kind,))]
        finally:
            database.close()
