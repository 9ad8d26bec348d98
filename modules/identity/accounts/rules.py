"""How long things last, and when somebody is locked out."""

from datetime import timedelta

FREE_FAILURES = 4  # the next one locks
LONGEST_LOCK = timedelta(days=1)
FAILURES_COUNT_FOR = timedelta(days=1)  # since the last one
LINK_LASTS = timedelta(hours=24)
RESET_LASTS = timedelta(hours=1)

LOCALES = ("uk", "en")


def lock(failures: int) -> timedelta | None:
    """How long nobody may try after so many failures: from the fifth on, 2^n minutes; None before."""
    over = failures - FREE_FAILURES
    return min(timedelta(minutes=2 ** min(over, 20)), LONGEST_LOCK) if over > 0 else None
