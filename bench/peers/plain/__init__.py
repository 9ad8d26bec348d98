"""Plain Strawberry over SQLModel entities, as it is usually written."""

import sys

from bench.serving import Program


def program(database_url: str) -> Program:
    return Program(_command("bench.peers.plain.app:app"), {"DATABASE_URL": database_url})


def live() -> Program:
    return Program(_command("bench.peers.plain.live:app"), {})


def _command(application: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "uvicorn", application, "--port", "{port}", "--log-level", "warning")
