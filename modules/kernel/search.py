"""Search that works the same on both databases: words are cut to stems when written and when asked.

A searched row keeps `search_text`: its stems, each after a space. A question matches when every one of its stems begins
a word there. PostgreSQL answers it from a pg_trgm index. The endings are the common ones of Ukrainian nouns and
adjectives; a stem that stays is at least three letters long.
"""

import re
from typing import Any

import sqlalchemy as sa

_WORD = re.compile(r"[\wʼ]+")
_APOSTROPHES = str.maketrans({"'": "ʼ", "’": "ʼ", "`": "ʼ"})
_ENDINGS = (
    *(
        "ського",
        "ському",
        "ськими",
        "ських",
        "ською",
        "ській",
        "ськими",
        "ський",
        "ськім",
        "ська",
        "ське",
        "ські",
        "ську",
    ),
    *(
        "ування",
        "уванню",
        "уванням",
        "ями",
        "ами",
        "ого",
        "ому",
        "ими",
        "ією",
        "ість",
        "ості",
        "істю",
        "ові",
        "еві",
        "єві",
    ),
    *(
        "ів",
        "їв",
        "ям",
        "ам",
        "ах",
        "ях",
        "ою",
        "ею",
        "єю",
        "ий",
        "ій",
        "ої",
        "их",
        "им",
        "ом",
        "ем",
        "єм",
        "ія",
        "ії",
        "ію",
        "ня",
        "ню",
    ),
    *("а", "у", "и", "і", "ї", "е", "я", "ю", "о", "ь", "й", "є"),
)
_SHORTEST = 3


def stems(text: str) -> list[str]:
    """The words of a text, lower case, without their endings."""
    return [_stem(word) for word in _WORD.findall(text.translate(_APOSTROPHES).casefold())]


def searchable(*texts: str | None) -> str:
    """What a row keeps in `search_text`."""
    return "".join(f" {stem}" for text in texts if text for stem in stems(text))


def matching(column: Any, question: str) -> Any:
    """The predicate that every word of the question begins a word of `column`. A question without words matches all."""
    return sa.and_(sa.true(), *(column.contains(f" {stem}", autoescape=True) for stem in stems(question)[:8]))


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return word[: -len(ending)]
    return word
