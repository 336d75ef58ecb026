"""Moving money out of our buckets: proposed by one person, agreed by another, sent, seen to arrive."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from bot.domain.base import Frozen, Role
from bot.domain.errors import BadInput

MOST = Decimal(10) ** 15
PLACES = 18
_ASSET = re.compile(r"[A-Z0-9]{2,12}")
_HASH = re.compile(r"[A-Za-z0-9][A-Za-z0-9:_/+=-]{7,127}")
_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")


class Bucket(Frozen):
    """Funds with one purpose. Nothing is ever moved out of one that is not `movable`, whoever asks."""

    title: str
    movable: bool = True


class TransferState(StrEnum):
    """How far a transfer has come."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    SENT = "sent"
    CONFIRMED = "confirmed"
    CALLED_OFF = "called_off"


class Transfer(Frozen):
    """One transfer. `by` proposed it and `agreed_by` is another; `hash` is empty until it was broadcast."""

    id: str
    bucket: str
    amount: Decimal
    asset: str
    to: str
    reason: str
    by: str
    role: Role
    at: datetime
    state: TransferState = TransferState.PROPOSED
    agreed_by: str | None = None
    agreed_at: datetime | None = None
    hash: str = ""
    sent_by: str | None = None
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None

    @property
    def under_way(self) -> bool:
        """Whether somebody still has to act on it."""
        return self.state in (TransferState.PROPOSED, TransferState.AGREED, TransferState.SENT)

    @property
    def words(self) -> str:
        """`250,000 USDT to Tron hot wallet`."""
        return f"{self.amount:,f} {self.asset} to {self.to}"


def read_amount(text: str) -> Decimal:
    """An amount as it was typed, thousands by commas or not at all. Raises BadInput."""
    typed = text.strip()
    plain = typed.replace(",", "") if _GROUPED.fullmatch(typed) else typed
    example = "250000 or 0.75"
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        raise BadInput("An amount is a plain number.", example=example, field="amount") from None
    if not amount.is_finite() or not 0 < amount < MOST or "e" in plain.casefold():
        raise BadInput("An amount is a number above zero, written out.", example=example, field="amount")
    if -int(amount.as_tuple().exponent) > PLACES:
        raise BadInput(f"An amount has at most {PLACES} places.", example=example, field="amount")
    return amount


def read_asset(text: str) -> str:
    """An asset as it was typed. Raises BadInput."""
    asset = text.strip().upper()
    if not _ASSET.fullmatch(asset):
        raise BadInput("Name the asset by its short name.", example="USDT", field="asset")
    return asset


def read_hash(text: str) -> str:
    """A transaction hash or a bank's reference as it was typed. Raises BadInput."""
    found = text.strip()
    if not _HASH.fullmatch(found):
        why = "A transaction hash, or the bank's reference, has 8 to 128 letters and digits and no spaces."
        raise BadInput(why, example="0x5eed1e55c0ffee…", field="hash")
    return found
