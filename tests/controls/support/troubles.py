"""What can go wrong with any far end, whatever language it speaks."""

from enum import StrEnum, auto


class Trouble(StrEnum):
    """How a far end misbehaves until told otherwise."""

    DROP_BEFORE = auto()
    DROP_AFTER = auto()
    STALL_BEFORE = auto()
    STALL_AFTER = auto()
    LIE = auto()
    NONSENSE = auto()
    HUGE = auto()


NONE: frozenset[Trouble] = frozenset()
EVERY = frozenset(Trouble)
