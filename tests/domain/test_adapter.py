"""How a setting is set and read back: what cannot work is refused while the YAML is read."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from bot.domain.adapter import AdapterSpec, HttpAdapter, HttpCall, NullAdapter

SPEC: TypeAdapter[Any] = TypeAdapter(AdapterSpec)
HTTP: dict[str, Any] = {
    "kind": "http",
    "service": "marketplace",
    "read": {"path": "/limits/{asset}", "value": "{limit: limit}"},
    "set": {"method": "PUT", "path": "/limits/{asset}"},
}


def test_an_adapter_is_chosen_by_its_kind() -> None:
    assert isinstance(SPEC.validate_python(HTTP), HttpAdapter)
    assert isinstance(SPEC.validate_python({"kind": "null"}), NullAdapter)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "telepathy"},
        {"set": {"method": "GET", "path": "/x"}},
        {"set": {"method": "DELETE", "path": "/x"}},
        {"set": {"method": "PUT", "path": "limits"}},
        {"set": {"method": "PUT", "path": "https://elsewhere.example/limits"}},
        {"read": {"path": "/x", "value": "{limit:"}},
        {"read": {"path": "/x"}},
        {"verify": {"within": "soon"}},
        {"retries": 3},
    ],
    ids=str,
)
def test_what_cannot_work_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SPEC.validate_python(HTTP | wrong)


def test_a_call_names_the_slots_of_its_path() -> None:
    assert HttpCall(path="/limits/{asset}/{network}").slots == {"asset", "network"}
