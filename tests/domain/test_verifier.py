"""The verifier's own forms and arithmetic, held against the libraries that the product writes with."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.verifier.canon import canonical
from bot.domain.verifier.command import sentences, witnesses
from bot.domain.verifier.ed25519 import _fits, signature_fits
from bot.domain.verifier.heads import known_keys, rotation_part
from bot.domain.verifier.single import verify_py

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
KEYS = [Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2, 3)]
IDS = [base64.b64encode(key.public_key().public_bytes_raw()).decode() for key in KEYS]

text = st.text(st.characters(codec="utf-8"), max_size=8)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_canonical_json_is_what_the_product_hashes(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_written_as_ecmascript_writes_them(value: float) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, b"x", {1: 2}, "\ud800", NOW], ids=repr)
def test_what_json_cannot_say_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical({"v": value})


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80))
def test_a_signature_fits_without_any_library(seed: bytes, said: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(said)
    assert _fits(public, said, signature)
    assert signature_fits(public, said, signature)
    assert not _fits(public, said + b"!", signature)
    assert not _fits(KEYS[0].public_key().public_bytes_raw(), said, signature)


@given(st.integers(0, 511), st.binary(min_size=1, max_size=16))
def test_a_signature_or_key_with_any_other_bit_fits_no_more(bit: int, said: bytes) -> None:
    public, signature = KEYS[0].public_key().public_bytes_raw(), KEYS[0].sign(said)
    other = bytearray(signature)
    other[bit // 8] ^= 1 << bit % 8
    assert not _fits(public, said, bytes(other))
    key = bytearray(public)
    key[bit // 8 % 32] ^= 1 << bit % 8
    assert _fits(bytes(key), said, signature) == signature_fits(bytes(key), said, signature)


@pytest.mark.parametrize(
    ("key", "signature"), [(b"", b""), (b"k" * 31, b"s" * 64), (b"\xff" * 32, b"s" * 64)]
)
def test_what_is_no_key_or_signature_fits_nothing(key: bytes, signature: bytes) -> None:
    assert not signature_fits(key, b"said", signature)
    if key and len(key) == 32:
        assert not _fits(key, b"said", signature)


def rotation(old: int, new: int) -> dict[str, Any]:
    made: dict[str, Any] = {"from": IDS[old], "to": IDS[new], "at": NOW.isoformat()}
    said = rotation_part(made)
    return made | {"signatures": [base64.b64encode(KEYS[n].sign(said)).decode() for n in (old, new)]}


def test_keys_stay_known_through_rotations_that_both_signed() -> None:
    keys = {"rotations": [rotation(0, 1), rotation(1, 2)]}
    assert known_keys(keys, [IDS[2]]) == frozenset(IDS)
    assert known_keys(keys, [IDS[0]]) == frozenset(IDS)


@pytest.mark.parametrize(
    "forged",
    [
        {"to": IDS[2]},
        {"at": (NOW + timedelta(days=1)).isoformat()},
        {"signatures": []},
        {"signatures": rotation(0, 1)["signatures"][::-1]},
        {"signatures": [rotation(0, 1)["signatures"][0]] * 2},
        {"from": None},
    ],
    ids=str,
)
def test_a_rotation_that_one_of_the_keys_did_not_sign_makes_nothing_known(forged: dict[str, Any]) -> None:
    assert known_keys({"rotations": [rotation(0, 1) | forged]}, [IDS[0]]) == {IDS[0]}


def test_lines_that_a_crash_tore_are_passed_over() -> None:
    assert witnesses('{"seq":1,"ha\n{"seq":2,"hash":"x"}\n[]\n{"seq":3}\n\n') == [{"seq": 2, "hash": "x"}]


def test_the_single_file_imports_nothing_that_is_not_pythons_own() -> None:
    lines = [line.split()[1] for line in verify_py().splitlines() if line.startswith(("import ", "from "))]
    assert {name.partition(".")[0] for name in lines} <= {
        "__future__", "argparse", "base64", "collections", "datetime", "decimal", "hashlib", "json", "math",
        "pathlib", "sys", "typing",
    }  # fmt: skip
    compile(verify_py(), "verify.py", "exec")


def test_what_is_said_names_the_entry_that_is_wrong() -> None:
    flaw = {"seq": 7, "id": "rec_7", "what": "row 7 was changed after it was written", "rule": "chain"}
    assert sentences({"flaw": flaw}) == [
        "The ledger does not hold: row 7 was changed after it was written (entry rec_7)."
    ]
