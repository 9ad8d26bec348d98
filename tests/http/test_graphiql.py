"""GraphiQL comes from ourselves, or says where it comes from."""

import io
import re
import shutil
import subprocess
import tarfile
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from gateway.http.graphiql import fetch as fetching
from gateway.http.graphiql.files import File, integrity, wanted
from gateway.http.graphiql.page import assets, page
from tests.http.app import client, endpoint

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
FILES = [file for file in wanted() if not file.name.endswith(".LICENSE")]


def app(directory: Path, path: str = "/graphql") -> Starlette:
    return Starlette(routes=[Route(path, endpoint(page(directory))), Mount(f"{path}/assets", assets(directory))])


def pretend(monkeypatch: pytest.MonkeyPatch) -> list[File]:
    """Small files in place of the real ones, known by their own checksums."""
    files = [
        File(file.package, file.version, file.package_integrity, file.path, integrity(file.name.encode()))
        for file in wanted()
    ]
    monkeypatch.setattr("gateway.http.graphiql.page.FILES", tuple(f for f in files if not f.name.endswith(".LICENSE")))
    monkeypatch.setattr(fetching, "wanted", lambda: files)
    return files


async def test_without_files_the_page_says_so_and_loads_them_elsewhere_checked(tmp_path: Path) -> None:
    async with client(app(tmp_path / "nothing")) as http:
        response = await http.get("/graphql", headers=BROWSER)
        missing = await http.get("/graphql/assets/graphiql-3.9.0.js")
    assert "not installed here" in response.text
    sources = re.findall(r'(?:src|href)="([^"]+)" integrity="(sha512-[^"]+)" crossorigin', response.text)
    expected = [f"https://cdn.jsdelivr.net/npm/{file.package}@{file.version}/{file.path}" for file in FILES]
    assert sorted(source for source, _ in sources) == sorted(expected)
    assert {own for _, own in sources} == {file.integrity for file in FILES}
    assert " https://cdn.jsdelivr.net;" in response.headers["content-security-policy"]
    assert missing.status_code == 404


async def test_with_files_nothing_comes_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in pretend(monkeypatch):
        (tmp_path / file.name).write_text(file.name)
    async with client(app(tmp_path, "/api/graphql")) as http:
        response = await http.get("/api/graphql", headers=BROWSER)
        sources = re.findall(r'(?:src|href)="([^"]+)"', response.text)
        assert sources[0] == "data:,"  # an empty icon, or the browser would ask for /favicon.ico
        for source in sources[1:]:
            assert source.startswith("/api/graphql/assets/")
            assert (await http.get(source)).status_code == 200
    assert "https:" not in response.text + response.headers["content-security-policy"]
    assert "not installed here" not in response.text


async def test_a_file_that_was_changed_is_not_served_as_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in pretend(monkeypatch):
        (tmp_path / file.name).write_text("other")
    async with client(app(tmp_path)) as http:
        assert "not installed here" in (await http.get("/graphql", headers=BROWSER)).text


async def test_only_the_script_of_the_page_may_run(tmp_path: Path) -> None:
    async with client(app(tmp_path)) as http:
        response = await http.get("/graphql", headers=BROWSER)
    (script,) = re.findall(r"<script>(.*?)</script>", response.text, re.DOTALL)
    policy = response.headers["content-security-policy"]
    assert f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'; script-src 'self' 'sha256-")
    assert "'unsafe-eval'" not in policy
    assert policy.count("'unsafe-inline'") == 1  # styles
    assert response.headers["content-type"] == "text/html; charset=utf-8"


async def test_the_page_cannot_be_made_to_hold_what_the_address_says(tmp_path: Path) -> None:
    async with client(Starlette(routes=[Route("/{anything:path}", endpoint(page(tmp_path)))])) as http:
        response = await http.get('/"><script>alert(1)</script>', headers=BROWSER)
    assert "<script>alert" not in response.text


async def test_only_a_browser_that_asks_for_a_page_gets_it(tmp_path: Path) -> None:
    async with client(app(tmp_path)) as http:
        for accept in ("*/*", "application/json", "application/graphql-response+json, application/json"):
            response = await http.get("/graphql", params={"query": "{ name }"}, headers={"accept": accept})
            assert response.json() == {"data": {"name": "thing"}}
        assert (await http.post("/graphql", json={"query": "{ name }"}, headers=BROWSER)).json() == {
            "data": {"name": "thing"}
        }


def packed(monkeypatch: pytest.MonkeyPatch, known: list[File]) -> list[list[str]]:
    """npm, as far as it is asked: it writes an archive with the files that we pretend to want."""
    calls: list[list[str]] = []

    def npm(command: list[str], *, cwd: str, **_: object) -> None:
        calls.append(command)
        files = [file for file in known if f"{file.package}@{file.version}" == command[-1]]
        with tarfile.open(Path(cwd) / "package.tgz", "w:gz") as archive:
            for file in files:
                content = file.name.encode()
                member = tarfile.TarInfo(f"package/{file.path}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))

    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/npm")
    monkeypatch.setattr(subprocess, "run", npm)
    return calls


def test_files_are_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = pretend(monkeypatch)
    calls = packed(monkeypatch, files)
    monkeypatch.setattr(fetching, "expect", lambda known, content, what: None)
    assert fetching.fetch(tmp_path / "assets") == f"GraphiQL's files are fetched: {len(files)}."
    assert {path.name for path in (tmp_path / "assets").iterdir()} == {file.name for file in files}
    assert [command[-1] for command in calls] == list(dict.fromkeys(f"{file.package}@{file.version}" for file in files))
    calls.clear()
    assert fetching.fetch(tmp_path / "assets") == "GraphiQL's files are here."
    assert calls == []


def test_a_package_that_is_not_the_one_we_know_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed(monkeypatch, pretend(monkeypatch))
    with pytest.raises(ValueError, match=r"react 18.3.1 is not the one we know"):
        fetching.fetch(tmp_path / "assets")
    assert not (tmp_path / "assets").exists()


def test_without_npm_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert fetching.fetch(tmp_path) == (
        "npm is not here, so GraphiQL's files are not fetched: the page will load them from a CDN."
    )


def test_without_a_network_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(command: list[str], **_: object) -> None:
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/npm")
    monkeypatch.setattr(subprocess, "run", offline)
    assert fetching.fetch(tmp_path) == "npm could not fetch GraphiQL's files: the page will load them from a CDN."
