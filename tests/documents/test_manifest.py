"""Manifests as frontends' tools write them, and what is wrong with one."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.documents.manifest import BadManifest, bare, hash_of, read, written

TEXT = "{ name }"
HASH = hash_of(TEXT)


def manifest(folder: Path, content: Any) -> Path:
    path = folder / "documents.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def apollo(id: str, **more: Any) -> dict[str, Any]:
    operation = {"id": id, "name": "Q", "type": "query", "body": TEXT}
    return {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [operation], **more}


def test_the_hash_is_the_one_that_the_specification_gives_as_its_example() -> None:
    text = "query ($id: ID!) {\n  user(id: $id) {\n    name\n  }\n}"
    assert hash_of(text) == "7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({HASH: TEXT}, {HASH: TEXT}),
        ({f"sha256:{HASH}": TEXT}, {HASH: TEXT}),
        ({"b5a2": TEXT, "x-app:1": TEXT}, {"b5a2": TEXT, "x-app:1": TEXT}),
        (apollo(HASH), {HASH: TEXT}),
        (apollo("42"), {"42": TEXT}),
    ],
    ids=["codegen", "prefixed", "other ids", "apollo", "apollo, other ids"],
)
def test_every_usual_form_is_read(tmp_path: Path, content: Any, expected: dict[str, str]) -> None:
    assert read(manifest(tmp_path, content)) == expected


def test_what_is_written_is_read_back_and_does_not_depend_on_the_order(tmp_path: Path) -> None:
    texts = {hash_of(text): text for text in ("{ name }", "{ said }")}
    assert read(manifest(tmp_path, written(texts).decode())) == texts
    assert written(texts) == written(dict(reversed(texts.items())))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "line 1 is not JSON"),
        ([], "is a JSON object"),
        ({}, "no document in it"),
        ({HASH: "{ names }"}, "is not the SHA-256 of its text"),
        ({f"sha256:{HASH}": "{ names }"}, "is not the SHA-256 of its text"),
        ({HASH: None}, "no id with the text"),
        ({"what an id": TEXT}, "no id with the text"),
        ({"md5:0": TEXT}, "no id with the text"),
        ({"format": "mine", "version": 1, "operations": []}, "is known"),
        (apollo("42", version=2), "is known"),
        (apollo("42", operations=["42"]), "no id with the text"),
        (apollo("42", operations=[{"id": "42", "body": TEXT}, {"id": "42", "body": "{ said }"}]), "names two"),
    ],
)
def test_what_is_wrong_with_a_manifest_is_told(tmp_path: Path, content: Any, told: str) -> None:
    path = manifest(tmp_path, content)
    with pytest.raises(BadManifest) as raised:
        read(path)
    assert told in str(raised.value)
    assert str(raised.value).startswith(f"{path}: ")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadManifest, match=r"none\.json: No such file or directory\."):
        read(tmp_path / "none.json")


def test_the_prefix_of_the_specification_is_taken_off_a_hash_only() -> None:
    assert bare(f"sha256:{HASH}") == bare(HASH) == HASH
    assert bare("sha256:short") == "sha256:short"
    assert bare(f"sha256:{HASH.upper()}") == f"sha256:{HASH.upper()}"
