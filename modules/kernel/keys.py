"""Keys of rows, and the global ids made of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4, uuid5

from uuid_utils.compat import uuid7

from modules.kernel.refusals import InvalidInput

Key = UUID | str

_IMPORTED = UUID("6f1d7d9c-7e0b-5c4e-9a53-2f4a3f0c8b11")
_source: Callable[[], UUID] = uuid7


def new() -> UUID:
    """A fresh key: UUIDv7, so rows of a table lie in the order of their making."""
    return _source()


def unordered() -> UUID:
    """A fresh key that tells nothing about when it was made (ballots)."""
    return uuid4()


def derived(source: str, name: str) -> UUID:
    """The key that an imported thing always has: the same source and name give the same key."""
    return uuid5(_IMPORTED, f"{source}:{name}")


@contextmanager
def numbered(start: int = 1) -> Iterator[None]:
    """Inside the block `new()` counts: ...0001, ...0002. For tests and deterministic demo data."""
    global _source  # noqa: PLW0603 (one source of keys per process is the point)
    number = start - 1

    def count() -> UUID:
        nonlocal number
        number += 1
        return UUID(int=(7 << 76) | (2 << 62) | number)

    before, _source = _source, count
    try:
        yield
    finally:
        _source = before


def encode(type_name: str, key: Key) -> str:
    """The global id of an entity: `Debate_0198c0e2...`. Clients treat it as opaque."""
    return f"{type_name}_{key.hex if isinstance(key, UUID) else key}"


def split(global_id: str) -> tuple[str, str]:
    """(type name, raw key) of a global id; a text without a type gives an empty type name."""
    type_name, _, raw = global_id.partition("_")
    return (type_name, raw) if raw else ("", global_id)


def parse(raw: str, kind: type) -> Key | None:
    """The raw part of a global id as a key of `kind` (UUID or str); None when it cannot be one."""
    if kind is str:
        return raw if raw.isascii() and raw.isprintable() else None  # what else there is, no database takes for text
    try:
        return UUID(hex=raw) if len(raw) == 32 else None
    except ValueError:
        return None


def decode(entity: type, global_id: str, field: str = "id") -> Key:
    """The key in a client's id of `entity`. Raises InvalidInput naming `field` when the id is of something else."""
    type_name, raw = split(global_id)
    key = parse(raw, entity_key(entity)) if type_name == entity.__name__ else None
    if key is None:
        raise InvalidInput(field=field, message=f"`{field}` is not the id of a {entity.__name__}.")
    return key


def decode_uuid(entity: type, global_id: str, field: str = "id") -> UUID:
    """`decode` for entities keyed by UUID (most are)."""
    key = decode(entity, global_id, field)
    assert isinstance(key, UUID)
    return key


def decode_code(entity: type, global_id: str, field: str = "id") -> str:
    """`decode` for entities keyed by a code."""
    key = decode(entity, global_id, field)
    assert isinstance(key, str)
    return key


def entity_key(entity: type) -> type:
    """What keys an entity has: UUID, or str where a code is the key. Set by `fields.entity` and `fields.part`."""
    found: type = getattr(entity, "__key__", UUID)
    return found
