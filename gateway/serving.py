"""How uvicorn runs the application, whoever starts it."""

from typing import Any

from gateway.settings import Settings

DRAINING = 5  # seconds that are left when the last client was let go
PROTOCOLS = {"own": "gateway.http.protocol:GraphProtocol", "stock": "httptools"}


def options(settings: Settings) -> dict[str, Any]:
    """For `uvicorn.Config` and `uvicorn.run`."""
    return {
        "http": PROTOCOLS[settings.http],
        "access_log": False,
        "log_config": None,
        "server_header": False,
        "ws": "gateway.live.protocol:LiveProtocol",
        "ws_per_message_deflate": False,
        "ws_max_size": 2**20,
        "timeout_graceful_shutdown": int(settings.live_drain) + DRAINING,
    }
