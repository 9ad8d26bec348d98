"""A real server for tests, in the same event loop: uvicorn on a free port of 127.0.0.1."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from gateway.http.protocol import GraphProtocol
from gateway.live.protocol import LiveProtocol

DEFAULTS: dict[str, Any] = {
    "http": GraphProtocol,
    "ws": LiveProtocol,
    "log_config": None,
    "timeout_graceful_shutdown": 5,
    "ws_per_message_deflate": False,
}


@asynccontextmanager
async def serving(app: ASGIApp, **settings: Any) -> AsyncIterator[str]:
    """Its address, `127.0.0.1:<port>`, ready when this returns. `settings` are those of uvicorn.Config."""
    config = uvicorn.Config(app, **{**DEFAULTS, **settings})
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await server.startup([listener])
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            await server.shutdown([listener])
