"""Where people fetch their data: once, by a token that `exportMyData` gave them."""

from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from gateway.http.access import EXPORTS
from gateway.http.zipping import zipped
from modules.kernel import clock

Taken = Callable[[str], Awaitable[AsyncIterator[tuple[str, AsyncIterator[bytes]]] | None]]
_HEADERS = {"cache-control": "no-store", "referrer-policy": "no-referrer", "x-content-type-options": "nosniff"}
_GONE = "This link was used already, or is too old: ask for your data again.\n"


def routes(take: Taken) -> list[Route]:
    """`take` answers the files that a token opens, and lets it open nothing any more; None when it does not."""

    async def export(request: Request) -> Response:
        if request.method != "GET":  # looking whether it is there does not use it up
            return PlainTextResponse("Fetch it by GET: it can be fetched once.\n", 405, {"allow": "GET", **_HEADERS})
        files = await take(request.path_params["token"])
        if files is None:
            return PlainTextResponse(_GONE, 404, _HEADERS)
        named = f'attachment; filename="spilno-{clock.now():%Y-%m-%d}.zip"'
        return StreamingResponse(
            zipped(files), headers={**_HEADERS, "content-disposition": named}, media_type="application/zip"
        )

    return [Route(f"{EXPORTS}{{token}}", export)]
