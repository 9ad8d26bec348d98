"""The command line as a user has it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway import cli
from gateway.commands import opening

Spilno = Callable[..., Awaitable[Result]]


@pytest.fixture
def spilno(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Spilno:
    """`await spilno("import", "katottg", file)` is what came of a command on the database of this test."""
    monkeypatch.setenv("SPILNO_DATABASE_URL", database_url)
    monkeypatch.setenv("SPILNO_SECRET_KEY", "a secret of tests, long enough for PostgreSQL")
    monkeypatch.setattr(opening, "configure", lambda *_: None)  # logs are the test run's own

    async def run(*words: str | Path, stdin: str = "") -> Result:
        # In a thread: a command runs an event loop of its own.
        return await asyncio.to_thread(CliRunner().invoke, cli.app, [str(word) for word in words], input=stdin)

    return run
