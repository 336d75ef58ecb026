"""Where requests may go: the hosts an operator allows, and nothing else."""

from __future__ import annotations

import re

import httpx

from bot.usecases.ports import Refused

VARIABLE = "OUTBOUND_HOSTS"
_DEFAULT_PORT = {"http": 80, "https": 443, "redis": 6379, "rediss": 6379}
_SOCKET = re.compile(r"unix:/[\x21-\x7e]+")
_ENTRY = re.compile(r"(\[[0-9a-f:.]+\]|[\w.-]+)(:\d{1,5})?", re.IGNORECASE)
_PORTS = range(1, 65536)


class Outbound:
    """An allow-list of places. An entry without a port means the default port of the scheme called."""

    def __init__(
        self, places: frozenset[tuple[str, int | None]] = frozenset(), sockets: frozenset[str] = frozenset()
    ) -> None:
        self._places = places
        self._sockets = sockets

    @classmethod
    def parse(cls, hosts: str) -> Outbound:
        """Read `api.example.com, localhost:8080, [::1]:9000, unix:/run/haproxy.sock`.

        Raises ValueError naming the variable.
        """
        entries = [entry for part in hosts.split(",") if (entry := part.strip())]
        sockets = frozenset(entry for entry in entries if _SOCKET.fullmatch(entry))
        return cls(frozenset(_place(entry) for entry in entries if entry not in sockets), sockets)

    def check(self, url: httpx.URL) -> None:
        """Let a URL pass or raise Refused."""
        if url.scheme not in ("http", "https") or not url.host:
            raise Refused(f"nothing was sent: {url.scheme or 'an empty scheme'} is neither http nor https")
        self._check(url)

    def check_other(self, address: str, schemes: tuple[str, ...]) -> None:
        """The same for an address of another scheme, or of a socket on this machine: `unix:/run/x.sock`."""
        if _SOCKET.fullmatch(address):
            if address not in self._sockets:
                raise Refused(f"nothing was sent: {address} is not among {VARIABLE}")
            return
        try:
            url = httpx.URL(address)
        except httpx.InvalidURL:
            url = httpx.URL()
        if url.scheme not in schemes or not url.host or not (url.port or url.scheme in _DEFAULT_PORT):
            wanted = " or ".join(f"{scheme}://host:port" for scheme in schemes)
            raise Refused(f"nothing was sent: the address is neither {wanted} nor unix:/path")
        self._check(url)

    def _check(self, url: httpx.URL) -> None:
        host = _host(url)
        port = url.port or _DEFAULT_PORT.get(url.scheme)
        if (host, port) not in self._places and (url.port or (host, None) not in self._places):
            shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            raise Refused(f"nothing was sent: {shown} is not among {VARIABLE}")


def _place(entry: str) -> tuple[str, int | None]:
    try:
        url = httpx.URL(f"any://{entry}") if _ENTRY.fullmatch(entry) else httpx.URL()
    except httpx.InvalidURL:
        url = httpx.URL()
    if not url.host or (url.port is not None and url.port not in _PORTS):
        raise ValueError(
            f"{VARIABLE} lists hosts such as api.example.com, localhost:8080 or [::1]:9000; {entry!r} is none"
        )
    return _host(url), url.port


def _host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii").lower()
