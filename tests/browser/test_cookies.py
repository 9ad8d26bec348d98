"""Chromium keeps a session in a cookie: its pages are signed in by it, and pages of a stranger get nothing out of it.

The stranger's page lies on another port of the same host, so that SameSite lets the cookie pass: what is left is us.
"""

import asyncio
import json
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from tests.browser.chromium import PATIENCE, require_chromium
from tests.browser.pages import FOLDER, documented, require_packages, served
from tests.browser.town import MIRA, town

EMPTY = '<!doctype html><link rel="icon" href="data:,"><title>A page</title>'
MIRAS = {"data": {"viewer": {"email": MIRA["email"]}}}
NOBODYS = {"status": 200, "data": {"viewer": None}}


async def _driven(command: list[str], comment: Callable[[], None]) -> dict[str, Any]:
    """What came of each step. Somebody comments when the pages are ready to hear it."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    steps: dict[str, Any] = {}
    try:
        async with asyncio.timeout(PATIENCE):
            while line := await process.stdout.readline():
                told = json.loads(line)
                steps[told["step"]] = told["told"]
                if told["step"] == "ready":
                    await asyncio.to_thread(comment)
                    process.stdin.write(b"\n")
            complaints = (await process.stderr.read()).decode()
            assert await process.wait() == 0, f"{complaints}\n{steps}"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return steps


@pytest.fixture(scope="module")
def steps(settled: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    chromium, folder = require_chromium(), tmp_path_factory.mktemp("own")
    require_packages()
    (folder / "page.html").write_text(EMPTY)
    (folder / "index.html").write_text(EMPTY)
    (folder / "signing-in.js").write_text(documented()["signing-in.js"])
    with ExitStack() as stack:
        friend, stranger = stack.enter_context(served(folder)), stack.enter_context(served(folder))
        debate = stack.enter_context(town(settled, friend)).debate()
        graph = f"http://{debate.server.address}/graphql"
        given = (chromium, str(folder), graph, friend, stranger, debate.id, MIRA["email"], MIRA["password"])
        return asyncio.run(_driven(["node", "cookies.mjs", *given], lambda: debate.comment("чути")))


def test_a_page_that_signed_in_is_known_and_holds_no_token(steps: dict[str, Any]) -> None:
    assert steps["before"] == NOBODYS
    assert steps["signIn"] == {"__typename": "SignedIn", "viewer": {"person": {"name": "Mira"}}}
    assert steps["ask"] == {"status": 200, **MIRAS}
    assert steps["graphiql"] == [{"status": 200, **MIRAS}, MIRAS]


def test_the_browser_keeps_it_from_scripts(steps: dict[str, Any]) -> None:
    [cookie] = steps["kept"]
    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == ("spilno", True, "Lax", "/")
    assert (cookie["domain"], len(cookie["value"]) > 40) == ("127.0.0.1", True)
    assert steps["script"] == steps["stranger"]["script"] == ""


def test_sockets_and_streams_are_asked_by_it(steps: dict[str, Any]) -> None:
    assert steps["connect"] == MIRAS
    assert json.dumps(MIRAS, separators=(",", ":")) in steps["asEvent"]
    assert (steps["listen"], steps["heard"]) == ("open", ["чути"])


def test_a_page_of_an_allowed_origin_may_use_it(steps: dict[str, Any]) -> None:
    assert steps["friend"] == [{"status": 200, **MIRAS}, MIRAS, "open"]


def test_a_page_of_a_stranger_neither_reads_nor_writes_nor_connects(steps: dict[str, Any]) -> None:
    stranger = steps["stranger"]
    assert stranger["reads"] == stranger["writes"][0] == stranger["anonymously"] == "failed: TypeError"
    assert stranger["writes"][1] == "nothing to read"
    assert (stranger["connects"], stranger["listens"]) == ("closed: 1006", "failed")
    assert steps["signOut"]["data"]["signOut"]["__typename"] == "SignedOut", "it was not signed out before"


def test_signing_out_takes_it_away_and_closes_the_socket(steps: dict[str, Any]) -> None:
    assert (steps["closed"], steps["left"], steps["after"]) == (4403, [], NOBODYS)
