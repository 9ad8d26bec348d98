"""What an error leaves in the logs: where it happened, and nothing of what people entrusted us with."""

import asyncio
import json
import logging
import re
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Literal

import pytest
import structlog

from gateway.execution.errors import internal_error
from gateway.http.access import AccessLog
from gateway.logs import configure

SECRET = "correct horse battery staple"
ERRORS = 20
MOST_MILLISECONDS = 10.0


async def sign_up(password: str, depth: int = 50) -> None:
    """Fails as deep inside as the executor of a graph stands, with secrets all along the way."""
    account = {"password": password, "password_hash": f"$argon2id$v=19${password}", "more": ["x" * 1000] * 1000}
    if depth:
        await sign_up(password, depth - 1)
    try:
        account["email"]
    except KeyError as error:
        raise RuntimeError("the disk is full") from error


def main(style: Literal["console", "json"]) -> None:
    """Log errors of ours and of a library; the milliseconds of each go to stdout."""
    configure(style)
    for _ in range(ERRORS):
        try:
            asyncio.run(sign_up(SECRET))
        except RuntimeError as error:
            began = perf_counter()
            internal_error(error, "request-0001")
            logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
            print((perf_counter() - began) * 1000 / 2)  # noqa: T201 (what the test reads)


@pytest.mark.parametrize("style", ["console", "json"])
def test_an_error_is_told_soon_and_without_what_variables_held(style: str) -> None:
    """In a process of its own: a process has one configuration of logs, and the tests have theirs."""
    program = f"from tests.test_logs import main; main({style!r})"
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    for secret in (SECRET, "argon2id", "xxxx"):
        assert secret not in ran.stderr
    for told in ("request_failed", "request-0001", "Exception in ASGI application"):
        assert ran.stderr.count(told) == ERRORS
    for told in ("in sign_up", "KeyError: 'email'", "RuntimeError: the disk is full"):
        assert ran.stderr.count(told) >= 2 * ERRORS
    assert len(ran.stderr) < 2 * ERRORS * 10_000
    assert median(map(float, ran.stdout.split())) < MOST_MILLISECONDS


def test_in_json_an_error_is_one_line() -> None:
    program = "from tests.test_logs import main; main('json')"
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in ran.stderr.splitlines()]
    assert len(lines) == 2 * ERRORS
    assert all("RuntimeError: the disk is full" in line["exception"] for line in lines)


REQUESTS = [("POST", "/graphql", 200), ("GET", "/a b='c'", 404), ("GET", "/new\nline", 404), ("PUT", '/"Київ"', 0)]


def access(style: Literal["console", "json"]) -> None:
    """Each line twice: as structlog writes it, and as the access log does."""
    configure(style)
    log, ours = structlog.get_logger("spilno.access"), AccessLog(style)
    for method, path, status in REQUESTS:
        log.info("request", method=method, path=path, status=status, ms=1.2, request_id="request-0001")
        ours.tell(method, path, status, 0.00124, "request-0001")


@pytest.mark.parametrize("style", ["console", "json"])
def test_the_line_of_a_request_looks_as_structlog_would_write_it(style: str) -> None:
    program = f"from tests.test_logs import access; access({style!r})"
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True
    )
    lines = [re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<when>", line) for line in ran.stderr.splitlines()]
    assert len(lines) == 2 * len(REQUESTS)
    assert all("<when>" in line for line in lines)
    if style == "json":
        lines = [json.loads(line) for line in lines]
    assert lines[::2] == lines[1::2]


def test_without_the_level_no_line_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    AccessLog("json").tell("POST", "/graphql", 200, 0.001, "request-0001")  # tests are at WARNING
    assert capsys.readouterr().err == ""
