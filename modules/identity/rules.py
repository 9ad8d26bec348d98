"""What names, addresses and passwords may be, and how long wrong tries lock."""

import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

# What the headers of a letter take as one address: nothing there separates it into two.
_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]+(\.[\w-]+)+")

LONGEST_EMAIL = 254
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200  # hashing costs grow with it


def tidy_email(email: str) -> str | None:
    """The address as it is kept, lower case; None when it cannot be one."""
    tidy = email.strip().lower()
    return tidy if len(tidy) <= LONGEST_EMAIL and _EMAIL.fullmatch(tidy) else None


def tidy_name(name: str) -> str | None:
    """A person's name with single spaces, 2 to 100 characters; None when it cannot be one."""
    tidy = " ".join(name.split())
    return tidy if 2 <= len(tidy) <= 100 and tidy.isprintable() else None


def fits_password(password: str) -> bool:
    return SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD


def is_https(url: str, longest: int) -> bool:
    """Whether a page may show what is there: an https address without a name or password in it."""
    if len(url) > longest or not url.isascii() or not url.isprintable() or set(url) & set(" \"'<>\\`"):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:  # a bracket where no address of a host has one, or no number where a port is
        return False


def is_erased(erased_at: datetime | None) -> bool:
    return erased_at is not None


def key_of(id: str) -> UUID | None:
    """The key in the id of what only its owner sees (a linked identity); None when it cannot be one."""
    try:
        return UUID(id)
    except ValueError:
        return None


def lock(failures: int, *, free: int, longest: timedelta = timedelta(days=1)) -> timedelta | None:
    """How long nobody may try after so many failures: 2, 4, 8 ... minutes after those that are free; None until then."""
    over = failures - free
    return min(timedelta(minutes=2 ** min(over, 20)), longest) if over > 0 else None
