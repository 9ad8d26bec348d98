"""Whether two servers answered the same."""

from collections.abc import Iterator, Mapping
from typing import Any


def difference(ours: Any, theirs: Any) -> str | None:
    """Where two answers differ first, None when they do not. A cursor is opaque: both have one, or neither."""
    return next(_differences("data", ours, theirs), None)


def _differences(path: str, ours: Any, theirs: Any) -> Iterator[str]:
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        if list(ours) != list(theirs):
            yield f"{path}: fields {list(ours)}, theirs {list(theirs)}"
            return
        for name in ours:
            yield from _differences(f"{path}.{name}", ours[name], theirs[name])
    elif isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            yield f"{path}: {len(ours)} items, theirs {len(theirs)}"
        for place, (own, other) in enumerate(zip(ours, theirs, strict=False)):
            yield from _differences(f"{path}[{place}]", own, other)
    elif path.endswith("endCursor") and isinstance(ours, str) and isinstance(theirs, str):
        return
    elif type(ours) is not type(theirs) or ours != theirs:
        yield f"{path}: {ours!r}, theirs {theirs!r}"
