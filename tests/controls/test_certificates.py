"""Services must prove who they are."""

import asyncio
import contextlib
import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.controls.calling import Reach
from bot.controls.http import HttpAdapter
from bot.controls.outbound import Outbound
from bot.domain.adapter import Service
from bot.usecases.ports import Unanswered
from tests.controls.support.rigs import LIMIT, TLS, control

ANSWER = b'{"state": {"status": "open", "limit": "25000"}}'


@contextlib.asynccontextmanager
async def behind(certificate: Path) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A TLS service on loopback; gives its port and what it heard."""
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(ANSWER), ANSWER))
        await writer.drain()
        writer.close()

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1], heard


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody but its own key has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "desk")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "desk.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def adapter(port: int, tls: ssl.SSLContext) -> HttpAdapter:
    service = Service(base_url=f"https://127.0.0.1:{port}", auth_env="DESK_TOKEN")
    outbound = Outbound.parse(f"127.0.0.1:{port}")
    return HttpAdapter(Reach(lambda: {"desk": service}, {"DESK_TOKEN": "key"}.get, outbound, tls))


async def test_a_certificate_nobody_vouches_for_hears_no_secret(certificate: Path) -> None:
    async with behind(certificate) as (port, heard):
        with pytest.raises(Unanswered, match="certificate that does not verify: self-signed certificate"):
            await adapter(port, TLS).read(control(LIMIT), "all")
        assert heard == []


async def test_a_certificate_the_operator_trusts_is_enough(certificate: Path) -> None:
    async with behind(certificate) as (port, _):
        trusting = ssl.create_default_context(cafile=str(certificate))
        seen = await adapter(port, trusting).read(control(LIMIT), "all")
        assert seen.value == {"status": "open", "limit": "25000"}
