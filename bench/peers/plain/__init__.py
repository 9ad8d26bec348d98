"""Plain Strawberry over SQLModel entities, as it is usually written."""

import sys

from bench.serving import Program


def program(database_url: str) -> Program:
    command = (
        sys.executable,
        "-m",
        "uvicorn",
        "bench.peers.plain.app:app",
        "--port",
        "{port}",
        "--log-level",
        "warning",
    )
    return Program(command, {"DATABASE_URL": database_url})
