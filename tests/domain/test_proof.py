"""Personal keys: what is signed, by whom, and that nothing else passes for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.domain.authority import Person
from bot.domain.base import Environment
from bot.domain.proof import SignedRequest, approval_body, public_line, read_public, verifies
from tests.domain.builders import NOW

KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


def request(**changes: Any) -> SignedRequest:
    given = {
        "id": "req_1",
        "person": "alice",
        "verb": "control set",
        "arguments": {"control": "swaps", "level": "none", "why": "They run"},
        "environment": Environment.LIVE,
        "at": NOW,
        "key": public_line(KEY.public_key()),
    }
    return SignedRequest.model_validate(given | changes)


def test_a_request_bears_its_persons_signature_also_after_it_was_kept() -> None:
    made = request().signed(KEY)
    assert made.holds
    assert SignedRequest.model_validate_json(made.model_dump_json()).holds


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "req_2"},
        {"person": "bob"},
        {"verb": "control release"},
        {"arguments": {"control": "swaps", "level": "low_risk", "why": "They run"}},
        {"environment": Environment.SANDBOX},
        {"at": NOW + timedelta(seconds=1)},
        {"key": public_line(OTHER.public_key())},
    ],
    ids=lambda c: next(iter(c)),
)
def test_whatever_is_changed_breaks_the_signature(changes: dict[str, Any]) -> None:
    made = request().signed(KEY)
    assert not made.model_copy(update=changes).holds


def test_a_request_that_was_not_signed_or_by_another_key_does_not_hold() -> None:
    assert not request().holds
    assert not request().signed(OTHER).holds
    assert not request(signature="not base64").holds


def test_an_approval_is_never_a_request_nor_another_persons() -> None:
    body = approval_body("prop_1", "ab" * 32, "alice", NOW)
    signature = request().signed(KEY).signature
    assert not verifies(public_line(KEY.public_key()), signature, body)
    assert body != approval_body("prop_1", "ab" * 32, "bob", NOW)
    assert body != approval_body("prop_2", "ab" * 32, "alice", NOW)
    assert body != approval_body("prop_1", "cd" * 32, "alice", NOW)


@pytest.mark.parametrize("line", ["", "ed25519:", "ed25519:AAAA", "ssh-ed25519 AAAA", "ed25519:!!"])
def test_a_line_that_is_no_key_is_refused_with_where_keys_come_from(line: str) -> None:
    with pytest.raises(ValueError, match="breakwater operator enroll"):
        read_public(line)
    with pytest.raises(ValueError, match="breakwater operator enroll"):
        Person(id="alice", name="Alice", keys=(line,))
