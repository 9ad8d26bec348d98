"""How long things last."""

from datetime import timedelta

EXPORT_WAITS = timedelta(minutes=10)  # to be fetched
# What began before somebody was erased is over by then, on every process.
AGAIN_AFTER = timedelta(minutes=5)
# A farewell that cannot be delivered for so long is given up, and the address in its job with it.
FAREWELL_WAITS = timedelta(hours=4)
