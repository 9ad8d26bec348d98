"""How long things last, and when somebody is locked out."""

from datetime import timedelta

from modules.identity import rules as shared

FREE_FAILURES = 4  # the next one locks
FAILURES_COUNT_FOR = timedelta(days=1)  # since the last one
LINK_LASTS = timedelta(hours=24)
RESET_LASTS = timedelta(hours=1)

LOCALES = ("uk", "en")


def lock(failures: int) -> timedelta | None:
    """How long nobody may try after so many failures: from the fifth on, 2^n minutes; None before."""
    return shared.lock(failures, free=FREE_FAILURES)
