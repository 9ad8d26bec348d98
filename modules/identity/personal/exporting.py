"""What an export holds: a file of JSON for each kind of thing that is known of a person, and what explains them."""

from collections.abc import AsyncIterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from modules.kernel import clock, keys
from modules.kernel.personal import Personal, Trace, pages
from modules.kernel.storage import Row, Storage

File = tuple[str, AsyncIterator[bytes]]
"""Its name, and what it holds, a few hundred rows at a time."""


async def files(storage: Storage, held: Mapping[str, Personal], person_id: UUID) -> AsyncIterator[File]:
    """The files of a person's export, one after the other; what is in them is read as it is taken."""
    yield "README.txt", _at_once(_read_me())
    yield "manifest.json", _at_once(_json(_manifest(held, person_id)))
    for module, personal in held.items():
        for trace in personal.traces:
            if trace.file:
                yield _name(module, trace), _rows(storage, trace, person_id)


async def _rows(storage: Storage, trace: Trace, person_id: UUID) -> AsyncIterator[bytes]:
    """A list, an object for each row."""
    begun = False
    async for page in pages(storage, trace, person_id):
        objects = b",\n".join(orjson.dumps(_plain(row)) for row in page)
        if objects:
            yield (b",\n" if begun else b"[\n") + objects
            begun = True
    yield b"\n]\n" if begun else b"[]\n"


async def _at_once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _manifest(held: Mapping[str, Personal], person_id: UUID) -> dict[str, Any]:
    traces = [(module, trace) for module, personal in held.items() for trace in personal.traces]
    return {
        "person": keys.encode("Person", person_id),
        "made_at": clock.now(),
        "files": [
            {"name": _name(module, trace), "what": trace.told, "stays_when_you_are_erased": trace.stays or None}
            for module, trace in traces
            if trace.file
        ],
        "not_given": [
            {"what": trace.told, "stays_when_you_are_erased": trace.stays or None}
            for _, trace in traces
            if not trace.file
        ],
    }


def _name(module: str, trace: Trace) -> str:
    return f"{module}/{trace.file}.json"


def _plain(row: Row) -> dict[str, Any]:
    """Keys as the graph's ids have them, after the name of the type."""
    return {name: value.hex if isinstance(value, UUID) else value for name, value in row.items()}


def _json(told: Mapping[str, Any]) -> bytes:
    return orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


@cache
def _read_me() -> bytes:
    return (Path(__file__).parent / "read_me.txt").read_bytes()
