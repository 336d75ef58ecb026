"""How an outside setting is set and read back: described in YAML, carried out by `bot.controls`.

- `service`: where outside services are; `calls`: requests over HTTP; `words`: a service's own words
- `kinds`: one description for each way of reaching a control
"""

from bot.domain.adapter.calls import FOUND, Expect, HttpCall, HttpRead, Probe, Resolve
from bot.domain.adapter.kinds import (
    AdapterSpec,
    ByHandAdapter,
    FanoutAdapter,
    Headers,
    HttpAdapter,
    LineAdapter,
    LineCall,
    LineRead,
    LineSet,
    NullAdapter,
)
from bot.domain.adapter.service import Described, Rate, Scalar, Service, Verify, slots_in
from bot.domain.adapter.words import Mapped, spoken, to_ours, to_theirs

__all__ = [
    "FOUND",
    "AdapterSpec",
    "ByHandAdapter",
    "Described",
    "Expect",
    "FanoutAdapter",
    "Headers",
    "HttpAdapter",
    "HttpCall",
    "HttpRead",
    "LineAdapter",
    "LineCall",
    "LineRead",
    "LineSet",
    "Mapped",
    "NullAdapter",
    "Probe",
    "Rate",
    "Resolve",
    "Scalar",
    "Service",
    "Verify",
    "slots_in",
    "spoken",
    "to_ours",
    "to_theirs",
]
