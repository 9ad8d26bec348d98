"""What narrows a list: a clause that is a constant, with its values beside it, so that a statement is made only once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class Predicate:
    """A clause whose parameters are named, and what they are now. Equal predicates have one and the same clause."""

    clause: Any
    values: Mapping[str, Any]


def same(column: Any, value: Any) -> Predicate | None:
    """The column has this value; None, which narrows nothing, for a value that is not given."""
    return None if value is None else Predicate(_equals(column), {f"{column.key}_is": value})


@lru_cache(maxsize=1_000)
def _equals(column: Any) -> Any:
    return column == sa.bindparam(f"{column.key}_is", type_=column.type)
