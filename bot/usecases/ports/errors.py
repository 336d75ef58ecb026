"""What goes wrong outside, as the use cases and the worker see it.

StoreError
└── StoreAway           the database is locked or gone; nothing was done
ServiceError            what an adapter raises; `str()` is safe to show
├── Unanswered          no usable answer: nobody knows whether it took effect
│   └── ByHand          only people can set it, or say how it stands
├── Refused             a definite no, with no effect
│   └── Changed         because somebody else changed the setting since it was read
└── Outrun              the service has already taken a higher generation
LeaseLost               another worker holds the job now; roll back
Unfit                   this process cannot know how to do the job, another may; roll back and leave it
"""

from __future__ import annotations


class StoreError(Exception):
    """The database could not do it."""


class StoreAway(StoreError):
    """The database is locked or gone; nothing was done."""


class ServiceError(Exception):
    """An outside service did not do as asked."""


class Unanswered(ServiceError):
    """No usable answer: a timeout, a dropped connection, a 5xx, nonsense. The effect is unknown."""


class ByHand(Unanswered):
    """No service is behind it: people are to be asked to set it, or to look."""


class Refused(ServiceError):
    """A definite no without an effect."""


class Changed(Refused):
    """The setting was changed by somebody else since it was read; ours had no effect."""


class Outrun(ServiceError):
    """The service has already taken a higher generation; ours had no effect."""


class LeaseLost(Exception):
    """Another worker holds the job now."""


class Unfit(Exception):
    """This process does not know what the job is about: its release or its content is another's."""
