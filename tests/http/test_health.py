"""Alive is not the same as ready."""

import asyncio
from time import perf_counter
from typing import Any

from starlette.applications import Starlette
from structlog.testing import capture_logs

from gateway.http.health import Check, routes
from tests.http.app import client


async def well() -> None: ...


async def ill() -> None:
    raise ConnectionError("postgresql://spilno:hunter2@10.0.0.1 refused")


async def stuck() -> None:
    await asyncio.Future()


async def asked(path: str, within: float = 2.0, **checks: Check) -> tuple[int, dict[str, Any]]:
    async with client(Starlette(routes=list(routes(checks, timeout=within)))) as http:
        response = await http.get(path)
    assert response.headers["cache-control"] == "no-store"
    assert "hunter2" not in response.text
    return response.status_code, response.json()


async def test_a_process_that_answers_is_alive_whatever_its_checks_say() -> None:
    assert await asked("/healthz", database=ill) == (200, {"alive": True})


async def test_it_is_ready_when_all_is_well() -> None:
    status, told = await asked("/readyz", database=well, bus=well)
    assert status == 200
    assert told["ready"] is True
    assert [(name, check["ok"]) for name, check in told["checks"].items()] == [("database", True), ("bus", True)]


async def test_one_failing_check_is_named_and_its_reason_stays_in_the_log() -> None:
    with capture_logs() as logs:
        status, told = await asked("/readyz", database=ill, bus=well)
    assert status == 503
    assert told["ready"] is False
    assert told["checks"]["database"] == {"ok": False, "error": "failed; see the log"}
    assert told["checks"]["bus"]["ok"] is True
    (logged,) = logs
    assert (logged["event"], logged["check"], "hunter2" in str(logged["exc_info"])) == (
        "check_failed",
        "database",
        True,
    )


async def test_checks_run_together_and_none_takes_longer_than_it_may() -> None:
    started = perf_counter()
    with capture_logs():
        status, told = await asked("/readyz", within=0.1, one=stuck, two=stuck, three=stuck)
    assert status == 503
    assert perf_counter() - started < 0.25
    assert told["checks"]["one"] == {"ok": False, "error": "no answer within 0.1 s"}
