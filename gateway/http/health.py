"""Is this process alive, and may it be sent requests?"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from typing import Any

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

TIMEOUT = 2.0  # seconds for each check; they run together
Check = Callable[[], Awaitable[object]]
log = structlog.get_logger()


def routes(checks: Mapping[str, Check], *, timeout: float = TIMEOUT) -> list[Route]:
    """`/healthz` answers as long as the process runs its loop; `/readyz` answers 503 while a check fails.

    A check fails by raising, or by taking longer than `timeout` seconds. Its reason goes to the log only: it may hold
    addresses and passwords.
    """

    async def healthz(_: Request) -> Response:
        return _json({"alive": True}, 200)

    async def readyz(_: Request) -> Response:
        found = await asyncio.gather(*(_run(name, check, timeout) for name, check in checks.items()))
        ready = all(result["ok"] for result in found)
        return _json({"ready": ready, "checks": dict(zip(checks, found, strict=True))}, 200 if ready else 503)

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


async def _run(name: str, check: Check, timeout: float) -> dict[str, Any]:  # noqa: ASYNC109 (each check has its own)
    started = perf_counter()
    try:
        async with asyncio.timeout(timeout):
            await check()
    except Exception as error:  # whatever it is, it means not ready
        log.warning("check_failed", check=name, exc_info=error)
        told = f"no answer within {timeout:g} s" if isinstance(error, TimeoutError) else "failed; see the log"
        return {"ok": False, "error": told}
    return {"ok": True, "milliseconds": round((perf_counter() - started) * 1000, 1)}


def _json(content: Mapping[str, Any], status: int) -> Response:
    return Response(orjson.dumps(content), status, {"cache-control": "no-store"}, "application/json")
