"""Whether a value that no level has is tighter than one that a level has."""

from __future__ import annotations

import pytest

from bot.domain.control import Value
from bot.domain.direction import at_least_as_tight
from tests.domain.builders import withdrawals

SMALL: Value = {"enabled": True, "max_per_transaction": "500"}


@pytest.mark.parametrize(
    ("value", "tight"),
    [
        ({"enabled": True, "max_per_transaction": "499.99"}, True),
        ({"enabled": True, "max_per_transaction": "500.00"}, True),
        ({"enabled": True, "max_per_transaction": "501"}, False),
        ({"enabled": False, "max_per_transaction": "400"}, None),
        ({"enabled": False, "max_per_transaction": "600"}, False),
        ({"enabled": True, "max_per_transaction": "little"}, None),
        ({"enabled": True}, None),
    ],
)
def test_the_levels_tell_which_way_a_field_tightens(value: Value, tight: bool | None) -> None:
    assert at_least_as_tight(withdrawals(), value, SMALL) is tight
