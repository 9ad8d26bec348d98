"""What the settings of a municipality may be: pure, without a database."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from modules.identity.rules import is_https
from modules.identity.verification.terms import Method

LANGUAGES = ("uk", "en", "crh", "pl", "hu", "ro", "bg")  # that people of Ukraine's municipalities speak with them
USUAL_AGE, LOWEST_AGE, HIGHEST_AGE = 18, 14, 100
MOST_POSTAL_CODES, MOST_REPORTS, LONGEST_NAME, LONGEST_URL = 500, 1_000, 200, 500

# Settings by column, as the graph's input names them.
NAMES = {
    "active_since": "isActive",
    "languages": "languages",
    "verification_handlers": "verification.handlers",
    "minimum_age": "verification.minimumAge",
    "postal_codes": "verification.postalCodes",
    "hide_after_reports": "moderation.hideAfterReports",
    "shown_name": "branding.name",
    "colour": "branding.colour",
    "logo_url": "branding.logoUrl",
}

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_POSTAL_CODES = re.compile(r"([0-9]{5})(?:-([0-9]{5}))?")


class NotASetting(ValueError):
    """A value that a setting cannot have; `field` is what the input calls it."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.field = NAMES[name]


def is_active(active_since: datetime | None) -> bool:
    return active_since is not None


def tidy_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of the settings, tidy; those that are None were not given. Raises NotASetting."""
    return {name: _TIDY[name](value) for name, value in given.items() if value is not None}


def takes_postal_code(ranges: Sequence[str], code: str) -> bool:
    """Whether a postal code is in one of the ranges, `09100` or `09100-09199`; any is when there are none."""
    return not ranges or any(first <= code <= (last or first) for first, _, last in (r.partition("-") for r in ranges))


def _languages(codes: Sequence[str]) -> tuple[str, ...]:
    tidy = tuple(dict.fromkeys(code.strip().lower() for code in codes))
    if not tidy or not set(tidy) <= set(LANGUAGES):
        raise NotASetting("languages", f"Languages are one or more of {', '.join(LANGUAGES)}.")
    return tidy


def _handlers(handlers: Sequence[Method]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(handler.value) for handler in handlers))


def _minimum_age(age: int) -> int:
    if not LOWEST_AGE <= age <= HIGHEST_AGE:
        raise NotASetting("minimum_age", f"The minimum age is {LOWEST_AGE} to {HIGHEST_AGE} years.")
    return age


def _postal_codes(ranges: Sequence[str]) -> tuple[str, ...]:
    tidy = tuple(dict.fromkeys("".join(each.split()) for each in ranges))
    found = [_POSTAL_CODES.fullmatch(each) for each in tidy]
    if len(tidy) > MOST_POSTAL_CODES or not all(each and each[1] <= (each[2] or each[1]) for each in found):
        raise NotASetting(
            "postal_codes",
            f"Postal codes are 5 digits, or a range of them like 09100-09199; {MOST_POSTAL_CODES} at most.",
        )
    return tidy


def _reports(count: int) -> int | None:
    if not 0 <= count <= MOST_REPORTS:
        raise NotASetting("hide_after_reports", f"Reports are 1 to {MOST_REPORTS:,}, or 0 for never.")
    return count or None


def _name(name: str) -> str | None:
    tidy = " ".join(name.split())
    if len(tidy) > LONGEST_NAME or not tidy.isprintable():
        raise NotASetting("shown_name", f"The name has at most {LONGEST_NAME} printable characters.")
    return tidy or None


def _colour(colour: str) -> str | None:
    tidy = colour.strip().lower()
    if tidy and not _COLOUR.fullmatch(tidy):
        raise NotASetting("colour", "A colour is # and six hexadecimal digits: #0057b7.")
    return tidy or None


def _logo_url(url: str) -> str | None:
    tidy = url.strip()
    if tidy and not is_https(tidy, LONGEST_URL):
        raise NotASetting("logo_url", f"The logo's URL begins with https:// and has up to {LONGEST_URL} characters.")
    return tidy or None


_TIDY: dict[str, Callable[[Any], Any]] = {
    "languages": _languages,
    "verification_handlers": _handlers,
    "minimum_age": _minimum_age,
    "postal_codes": _postal_codes,
    "hide_after_reports": _reports,
    "shown_name": _name,
    "colour": _colour,
    "logo_url": _logo_url,
}
