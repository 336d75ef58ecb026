"""One-time codes: the published vectors, and nothing but them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.totp import code_of, counter_of, otpauth, read_secret, seal

SECRET = b"12345678901234567890"  # of RFC 6238, appendix B


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_the_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert counter_of(SECRET, code, at) == seconds // 30
    assert counter_of(SECRET, f"{code[:3]} {code[3:]}", at) == seconds // 30


def test_a_clock_may_be_half_a_minute_off_and_no_more() -> None:
    at = datetime.fromtimestamp(1234567890, UTC)
    for off in (-30, 30):
        assert counter_of(SECRET, "005924", at + timedelta(seconds=off)) is not None
    for off in (-61, 61):
        assert counter_of(SECRET, "005924", at + timedelta(seconds=off)) is None


@pytest.mark.parametrize("code", ["", "5924", "005925", "٠٠٥٩٢٤", "0059240"])
def test_anything_else_is_wrong(code: str) -> None:
    assert counter_of(SECRET, code, datetime.fromtimestamp(1234567890, UTC)) is None


def test_a_secret_comes_back_from_what_an_app_is_given() -> None:
    address = otpauth(SECRET, "alice")
    assert address.startswith("otpauth://totp/Breakwater:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&")
    assert read_secret("gezd gnbv gy3t qojq gezd gnbv gy3t qojq") == SECRET


@pytest.mark.parametrize("text", ["", "not base32!", "GEZDGNBV"])
def test_a_secret_that_is_none_or_too_short_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a secret"):
        read_secret(text)


def test_a_seal_is_of_one_secret_and_one_body() -> None:
    assert seal(SECRET, b"one") != seal(SECRET, b"other")
    assert seal(SECRET, b"one") != seal(SECRET[::-1], b"one")
    assert code_of(SECRET, 1) == "287082"
