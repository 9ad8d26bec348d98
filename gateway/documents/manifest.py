"""Manifests: files that name the documents which a frontend sends.

Read are both forms that frontends' tools write: `{id: text}` (GraphQL Code Generator's persisted-documents.json, Relay's
persisted_queries.json, and our own `spilno documents`) and Apollo's persisted query manifest.
"""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

APOLLO = "apollo-persisted-query-manifest"
HASH = re.compile(r"[0-9a-f]{64}")
PREFIX = "sha256:"
_ID = re.compile(r"[A-Za-z0-9._~-]{1,128}|x-[A-Za-z0-9._~-]{1,64}:[A-Za-z0-9._~-]{1,128}")


class BadManifest(Exception):
    """A manifest that cannot be used, and why."""


def hash_of(text: str) -> str:
    """The id of a document that is nothing but its text: SHA-256, 64 hexadecimal digits."""
    return sha256(text.encode()).hexdigest()


def bare(id: str) -> str:
    """`sha256:<hash>`, as GraphQL over HTTP writes an id, is the hash; any other id is itself."""
    return id.removeprefix(PREFIX) if HASH.fullmatch(id, len(PREFIX)) else id


def read(path: Path) -> dict[str, str]:
    """Texts by id. An id that has the form of a SHA-256 must be the one of its text. Raises BadManifest."""
    try:
        content = orjson.loads(path.read_bytes())
    except OSError as error:
        raise BadManifest(f"{path}: {error.strerror}.") from None
    except orjson.JSONDecodeError as error:
        raise BadManifest(f"{path}: line {error.lineno} is not JSON in UTF-8.") from None
    found: dict[str, str] = {}
    for name, text in _pairs(path, content):
        if not isinstance(name, str) or not isinstance(text, str) or not _ID.fullmatch(bare(name)):
            raise BadManifest(f"{path}: {str(name)[:80]!r} is no id with the text of a document.")
        if HASH.fullmatch(bare(name)) and hash_of(text) != bare(name):
            raise BadManifest(
                f"{path}: {name} is not the SHA-256 of its text: the file was changed by hand or by accident."
            )
        if found.setdefault(bare(name), text) != text:
            raise BadManifest(f"{path}: {name} names two documents.")
    if not found:
        raise BadManifest(f"{path}: there is no document in it.")
    return found


def written(texts: Mapping[str, str]) -> bytes:
    """A manifest `{id: text}`, the same for the same documents."""
    return orjson.dumps(texts, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def _pairs(path: Path, content: Any) -> Iterable[tuple[Any, Any]]:
    if not isinstance(content, dict):
        raise BadManifest(f"{path}: a manifest is a JSON object.")
    if "format" not in content:
        return content.items()
    operations = content.get("operations")
    if content["format"] != APOLLO or content.get("version") != 1 or not isinstance(operations, list):
        raise BadManifest(f"{path}: of manifests with a `format`, only {APOLLO!r}, version 1, is known.")
    return [(each.get("id"), each.get("body")) if isinstance(each, dict) else (None, None) for each in operations]
