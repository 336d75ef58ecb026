"""What the use cases stand on: the store, the clock, ids, content, texts and the outside adapters."""

from bot.usecases.ports.context import Actor, Clock, ContentSource, Context, Ids, Texts
from bot.usecases.ports.errors import (
    LeaseLost,
    Outrun,
    Refused,
    ServiceError,
    StoreAway,
    StoreError,
    Unanswered,
)
from bot.usecases.ports.outside import (
    Adapters,
    ControlAdapter,
    Observation,
    Order,
    Publisher,
    Publishers,
    Registries,
)
from bot.usecases.ports.queue import Again, Handler, Queue, Retry
from bot.usecases.ports.records import (
    Controls,
    Holds,
    Incidents,
    Proposals,
    Publications,
    Samples,
    Steps,
    Suggestions,
)
from bot.usecases.ports.rows import Actuation, DeadLetter, Job, Sent
from bot.usecases.ports.store import Jobs, Keepsakes, Ledger, Store, Tx

__all__ = [
    "Actor",
    "Actuation",
    "Adapters",
    "Again",
    "Clock",
    "ContentSource",
    "Context",
    "ControlAdapter",
    "Controls",
    "DeadLetter",
    "Handler",
    "Holds",
    "Ids",
    "Incidents",
    "Job",
    "Jobs",
    "Keepsakes",
    "LeaseLost",
    "Ledger",
    "Observation",
    "Order",
    "Outrun",
    "Proposals",
    "Publications",
    "Publisher",
    "Publishers",
    "Queue",
    "Refused",
    "Registries",
    "Retry",
    "Samples",
    "Sent",
    "ServiceError",
    "Steps",
    "Store",
    "StoreAway",
    "StoreError",
    "Suggestions",
    "Texts",
    "Tx",
    "Unanswered",
]
