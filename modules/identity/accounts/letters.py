"""What letters say: texts of `letters.toml`, in the language of who reads them."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from modules.identity.accounts import rules
from modules.identity.accounts.notices import Change
from modules.identity.accounts.ports import Letter
from modules.identity.accounts.tables import Purpose

KNOWN = "known"  # to who has an account already
ERASED = "erased"  # to who has none any more
_PAGES = {Purpose.RESET_PASSWORD.value: "reset-password", KNOWN: "reset-password"}


def letter(kind: str, to: str, locale: str, site: str, token: str = "") -> Letter:
    """A letter of this kind: a purpose, KNOWN or ERASED. Its link leads to a page of the site that gives the token to the graph.

    The token is in the part of the link that browsers keep to themselves: no server on the way writes it down.
    """
    text = _texts()[kind][_language(locale)]
    link = f"{site}/{_PAGES.get(kind, 'confirm-email')}{f'#token={token}' if token else ''}"
    return Letter(to, text["subject"], text["text"].lstrip().format(link=link))


def notice(change: Change, to: str, locale: str, site: str) -> Letter:
    """A letter that tells of a change. Its link leads to where a password is chosen anew, with no token in it."""
    language = _language(locale)
    kind = change.value if change is Change.EMAIL else "changed"  # who lost the address gets no letters there
    text, what = _texts()[kind][language], _texts()["what"][language].get(change.value, "")
    link = f"{site}/{_PAGES[Purpose.RESET_PASSWORD.value]}"
    return Letter(to, text["subject"], text["text"].lstrip().format(link=link, site=site, what=what))


def _language(locale: str) -> str:
    return locale if locale in rules.LOCALES else rules.LOCALES[0]


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "letters.toml").read_text(encoding="utf-8"))
