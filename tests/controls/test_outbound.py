"""Where requests may go."""

import httpx
import pytest

from bot.controls.outbound import Outbound
from bot.usecases.ports import Refused


@pytest.mark.parametrize(
    ("hosts", "url"),
    [
        ("api.example.com", "https://api.example.com/v1"),
        ("api.example.com", "http://API.Example.Com/v1"),
        ("api.example.com", "https://api.example.com:443/v1"),
        ("api.example.com:443", "https://api.example.com/v1"),
        ("API.EXAMPLE.COM:8443", "https://api.example.com:8443/"),
        (" a.test , 127.0.0.1:8080,", "http://127.0.0.1:8080/x"),
        ("[::1]:9000", "http://[::1]:9000/"),
        ("[::1]", "https://[::1]/"),
        ("bücher.example", "https://xn--bcher-kva.example/"),
    ],
)
def test_a_listed_host_passes(hosts: str, url: str) -> None:
    Outbound.parse(hosts).check(httpx.URL(url))


@pytest.mark.parametrize(
    ("hosts", "url"),
    [
        ("", "https://api.example.com/"),
        ("api.example.com", "https://api.example.com:8443/"),
        ("api.example.com:80", "https://api.example.com/"),
        ("api.example.com:8443", "https://api.example.com/"),
        ("example.com", "https://api.example.com/"),
        ("example.com", "https://example.com.evil.test/"),
        ("example.com", "https://example.com@evil.test/"),
        ("127.0.0.1", "http://2130706433/"),
        ("[::1]:9000", "http://[::2]:9000/"),
        ("example.com", "ftp://example.com/"),
        ("example.com", "//example.com/"),
        ("example.com", "file:///etc/passwd"),
    ],
)
def test_everything_else_is_refused(hosts: str, url: str) -> None:
    with pytest.raises(Refused, match="nothing was sent"):
        Outbound.parse(hosts).check(httpx.URL(url))


@pytest.mark.parametrize(
    "hosts",
    ["https://a.test", "a.test/v1", "*", "*.a.test", "a.test:port", "a.test:0", "a.test:70000", "a b", "::1"],
)
def test_an_entry_that_is_no_host_stops_the_start_and_is_named(hosts: str) -> None:
    with pytest.raises(ValueError, match="OUTBOUND_HOSTS") as caught:
        Outbound.parse(f"fine.test,{hosts}")
    assert repr(hosts) in str(caught.value)
    assert "\n" not in str(caught.value)
