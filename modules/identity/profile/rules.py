"""What people may tell of themselves."""

import unicodedata
from collections.abc import Sequence

LONGEST_ABOUT = 1_000
LONGEST_AVATAR = 500
MOST_INTERESTS, LONGEST_INTEREST = 20, 40

_APOSTROPHE = "ʼ"
_TIDY = str.maketrans(dict.fromkeys("'’‘`´＇", _APOSTROPHE))


class NotInterests(ValueError):
    """Too many, or one of them cannot be one; the message says which."""


def tidy_about(text: str) -> str | None:
    """The text without space around it, perhaps nothing; None when it is too long."""
    tidy = text.strip()
    return tidy if len(tidy) <= LONGEST_ABOUT else None


def tidy_interest(text: str) -> str | None:
    """An interest in one way of writing: small letters, single spaces, one apostrophe, no # before it; None when it
    cannot be one."""
    plain = unicodedata.normalize("NFKC", text.translate(_TIDY)).lower()
    tidy = " ".join(plain.split()).removeprefix("#").strip()
    fits = 2 <= len(tidy) <= LONGEST_INTEREST and tidy.isprintable() and any(sign.isalnum() for sign in tidy)
    return tidy if fits else None


def tidy_interests(texts: Sequence[str]) -> tuple[str, ...]:
    """Each once, in their order. Raises NotInterests."""
    tidy = {text: tidy_interest(text) for text in texts}
    for text, interest in tidy.items():
        if interest is None:
            raise NotInterests(
                f"“{text[:LONGEST_INTEREST]}” is no interest: it has 2 to {LONGEST_INTEREST} characters."
            )
    found = tuple(dict.fromkeys(interest for interest in tidy.values() if interest is not None))
    if len(found) > MOST_INTERESTS:
        raise NotInterests(f"Interests are {MOST_INTERESTS} at most.")
    return found
