"""What an error leaves in the logs: where it happened, and nothing of what people entrusted us with."""

import asyncio
import json
import logging
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Literal

import pytest

from gateway.execution.errors import internal_error
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
