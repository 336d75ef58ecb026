"""Ed25519 signatures (RFC 8032), checked with nothing but integers where no library is at hand."""

from __future__ import annotations

import hashlib

try:  # a hundred times as fast, and not needed
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:  # pragma: no cover - the arithmetic below takes its place
    Ed25519PublicKey = None  # type: ignore[assignment,misc] # tested for where it is used

KEY_BYTES, SIGNATURE_BYTES = 32, 64

_P, _Q = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_BASE_Y = 4 * pow(5, -1, _P) % _P
Point = tuple[int, int, int, int]


def signature_fits(key: bytes, said: bytes, signature: bytes) -> bool:
    """Whether a signature over these bytes is by this public key."""
    if len(key) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    if Ed25519PublicKey is None:
        return _fits(key, said, signature)
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, said)
    except (InvalidSignature, ValueError):
        return False
    return True


def _fits(key: bytes, said: bytes, signature: bytes) -> bool:
    public, scalar = _point(int.from_bytes(key, "little")), int.from_bytes(signature[32:], "little")
    if public is None or scalar >= _Q:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + key + said).digest(), "little") % _Q
    x, y, z, t = public
    minus, base = (-x % _P, y, z, -t % _P), _point(_BASE_Y)
    assert base is not None  # noqa: S101 - the base point is on the curve
    both, total = _add(base, minus), (0, 1, 1, 0)
    for bit in range(252, -1, -1):
        total = _add(total, total)
        of_both = (scalar >> bit & 1, challenge >> bit & 1)
        if any(of_both):
            total = _add(total, both if all(of_both) else base if of_both[0] else minus)
    inverse = pow(total[2], -1, _P)
    packed = total[1] * inverse % _P | (total[0] * inverse % _P & 1) << 255
    return packed.to_bytes(32, "little") == signature[:32]


def _point(packed: int) -> Point | None:
    y, odd = packed & (1 << 255) - 1, packed >> 255
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if x * x % _P != square:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if y >= _P or x * x % _P != square or (x == 0 and odd):
        return None
    x = _P - x if x & 1 != odd else x
    return x, y, 1, x * y % _P


def _add(one: Point, two: Point) -> Point:
    a, b = (one[1] - one[0]) * (two[1] - two[0]), (one[1] + one[0]) * (two[1] + two[0])
    c, d = 2 * one[3] * two[3] * _D, 2 * one[2] * two[2]
    e, f, g, h = (b - a) % _P, (d - c) % _P, (d + c) % _P, (b + a) % _P
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P
