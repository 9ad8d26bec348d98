"""`spilno documents`, and a server that runs only what it wrote."""

import json
from pathlib import Path

import httpx2
import pytest

from gateway.documents.manifest import hash_of
from tests.commands.test_operating import spilno
from tests.processes import running
from tests.servers import free_port

OPERATIONS = Path(__file__).parents[2] / "operations"


def test_the_manifest_has_every_operation_under_the_hash_of_its_text() -> None:
    made = spilno("documents", str(OPERATIONS))
    manifest = json.loads(made.stdout)
    assert (made.returncode, len(manifest)) == (0, len(list(OPERATIONS.glob("*.graphql"))))
    assert all(hash_of(text) == key for key, text in manifest.items())


def test_with_an_output_it_lists_ids_and_names(tmp_path: Path) -> None:
    path = tmp_path / "documents.json"
    made = spilno("documents", str(OPERATIONS), "--output", str(path))
    listed = dict(line.split() for line in made.stdout.splitlines())
    assert listed.keys() == json.loads(path.read_text()).keys()
    assert {"DebatePage", "LegalEntity", "LiveTally"} < set(listed.values())


def test_wrong_operations_are_told_by_file_and_line_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "wrong.graphql").write_text("query A {\n  nothing\n}\n")
    made = spilno("documents", str(tmp_path), "--output", str(tmp_path / "documents.json"))
    assert (made.returncode, made.stdout) == (1, "")
    assert made.stderr == (
        f"{tmp_path}/wrong.graphql:2: Cannot query field 'nothing' on type 'Query'.\nNothing was written.\n"
    )
    assert not (tmp_path / "documents.json").exists()


@pytest.mark.parametrize(
    ("manifest", "settings", "told"),
    [
        (None, {"documents_only": "true"}, "SPILNO_DOCUMENTS_ONLY: name the documents"),
        (None, {"documents": "none.json"}, "none.json: No such file"),
        ('{"a": "{ nothing }"}', {}, "a: Cannot query field 'nothing'"),
        ("[]", {}, "documents.json: a manifest is a JSON object."),
    ],
)
def test_a_server_says_what_is_wrong_with_its_documents(
    tmp_path: Path, manifest: str | None, settings: dict[str, str], told: str
) -> None:
    if manifest is not None:
        (tmp_path / "documents.json").write_text(manifest)
        settings = {"documents": str(tmp_path / "documents.json")}
    refused = spilno("serve", **settings)
    assert (refused.returncode, "Traceback" in refused.stderr) == (1, False)
    assert told in refused.stderr


def test_a_server_runs_what_was_written_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "documents.json"
    listed = spilno("documents", str(OPERATIONS), "--output", str(path)).stdout
    ids = {name: key for key, name in map(str.split, listed.splitlines())}
    settings = {
        "documents": str(path),
        "documents_only": "true",
        "database_url": f"sqlite+aiosqlite:///{tmp_path / 'site.db'}",
    }
    with running(free_port(), settings) as server:
        address = f"http://{server.address}/graphql"
        given = {"documentId": f"sha256:{ids['LegalEntity']}", "variables": '{"edrpou":"00032112"}'}
        assert httpx2.get(address, params=given).json() == {"data": {"legalEntity": None}}
        refused = httpx2.post(address, json={"query": "{ debates { totalCount } }"}).json()
    assert [error["extensions"]["code"] for error in refused["errors"]] == ["QUERY_NOT_IN_SAFELIST"]
