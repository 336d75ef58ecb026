"""Who runs a command on this machine, as the ledger records it: an account of the system, no person."""

from __future__ import annotations

import getpass
import os
import socket

from bot.domain.authority import Person
from bot.usecases.ports import Actor


def operator(via: str) -> Actor:
    """The account this process runs under, at this machine."""
    name = f"{account()}@{socket.gethostname()}"
    return Actor(Person(id=f"os:{name}", name=name), via=via, proof={"account": name})


def account() -> str:
    """The account's name, or its number where it has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())
