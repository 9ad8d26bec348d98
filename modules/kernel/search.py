"""Search that works the same on both databases: a row keeps its words, a question is cut to stems.

A searched row keeps `search_text`: its words, each after a space. A question matches when each of its words, cut to a
stem, begins a word there, whatever the ending: no database has a stemmer for Ukrainian. Where the stem itself changes
(Київ, Києва; ринок, ринку; послуга, послузі) its other forms are asked for too. PostgreSQL answers from a pg_trgm
index, where the extension can be had.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError

from modules.kernel.predicates import Predicate

log = structlog.get_logger(__name__)

TRIGRAMS = "_trigrams"  # ends the name of an index that a database may be without

_MOST_WORDS = 8  # of a question; the others do not narrow
_LONGEST_WORD = 40
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHE = "ʼ"
_TIDY = str.maketrans({**dict.fromkeys("'’‘`´ʹ＇", _APOSTROPHE), "\u0301": ""})  # a stress mark is no letter

_STEM = re.compile(
    r"""(.{3,}?)  # a stem has three letters at least; the shortest stem leaves the longest ending
    (?:сько(?:го|му|ю|ї)|ськ(?:ими|их|ій|ий|им|ім|а|е|і|у)  # of a place: київська, Київ
    |(?<=.{5})(?:остями|остей|ості|ість|істю)
    |(?<=.{4})(?:ові|еві|єві)
    |(?<=[вклнр])ій
    |ого|ому|ими|их|им|ий|ої|ою|ею|єю
    |ням|нях|ня|ню|ями|ами|ям|ам|ях|ах|ів|їв|ом|ем|єм
    |а|у|и|і|ї|е|я|ю|о|ь|й|є
    |ies|es|y|s)?""",
    re.VERBOSE,
)
_C = "[бвгґджзйклмнпрстфхцчшщ]"  # a consonant
_CHANGES = [  # what a stem may end in instead
    (re.compile(end + "$"), other)
    for end, other in (
        (f"[ое]({_C})", r"і\1"),  # школа, шкіл
        (f"і({_C})", r"о\1"),
        (f"і({_C})", r"е\1"),
        (f"є({_C})", r"ї\1"),  # Києва, Київ
        (f"ї({_C})", r"є\1"),
        (f"({_C})[ое]([кцнл])", r"\1\2"),  # ринок, ринку
        (f"({_C})([кцнл])", r"\1о\2"),
        (f"({_C})([кцнл])", r"\1е\2"),
        *("кц", "цк", "гз", "зг", "хс", "сх"),  # послуга, послузі
    )
]


def words(text: str) -> list[str]:
    """The words of a text: lower case, one kind of apostrophe, no stress marks."""
    tidy = unicodedata.normalize("NFKC", text.translate(_TIDY)).casefold()
    stripped = (word.strip(_APOSTROPHE) for word in _WORD.findall(tidy))
    return [word for word in stripped if word]


def searchable(*texts: str | None) -> str:
    """What a row keeps in `search_text`."""
    return "".join(f" {word}" for word in dict.fromkeys(word for text in texts if text for word in words(text)))


def matching(column: Any, question: str) -> Predicate | None:
    """Every word of the question begins a word of `column`. A question without words, None, matches all."""
    # In the order of how many forms they have: questions share few clauses, so few statements.
    asked = sorted((stems(word) for word in list(dict.fromkeys(words(question)))[:_MOST_WORDS]), key=len)
    if not asked:
        return None
    # A word has no character that LIKE takes for a pattern.
    values = {f"word_{at}_{other}": f"% {stem}%" for at, word in enumerate(asked) for other, stem in enumerate(word)}
    return Predicate(_likeness(column, tuple(len(word) for word in asked)), values)


@lru_cache(maxsize=200)
def _likeness(column: Any, forms: tuple[int, ...]) -> Any:
    """The clause for this many words, each in this many forms."""

    def like(at: int, other: int) -> Any:
        return column.like(sa.bindparam(f"word_{at}_{other}", type_=sa.Text()))

    return sa.and_(*(sa.or_(*(like(at, other) for other in range(count))) for at, count in enumerate(forms)))


def stems(word: str) -> list[str]:
    """What a word, as `words` gives it, may begin with in its other forms; the plain stem first."""
    found = _STEM.fullmatch(word[:_LONGEST_WORD])
    stem = found[1] if found else word
    if len(stem) < 4:
        return [stem]
    return list(dict.fromkeys([stem, *(end.sub(other, stem) for end, other in _CHANGES)]))


def index_words(operations: Any, table: str) -> None:
    """In a migration: the index of `search_text` on PostgreSQL, if pg_trgm is there or can be. Without it search reads on."""
    connection = operations.get_bind()
    if connection.dialect.name != "postgresql":
        return
    try:
        with connection.begin_nested():
            operations.execute("create extension if not exists pg_trgm")
            operations.execute(f"create index {table}{TRIGRAMS} on {table} using gin (search_text gin_trgm_ops)")
    except DBAPIError as error:
        log.info("search reads without an index", table=table, reason=str(error.orig))
