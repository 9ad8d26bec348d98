"""Chromium without a window, and what its pages tell."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.browser.pages import FOLDER

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 60.0  # the clients wait up to 30 between their attempts


def require_chromium() -> str:
    """Its path, or the test is skipped with a word."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("needs Chromium on PATH: this test opens pages in it")
    return found


@dataclass
class Page:
    """What it heard from its client in order, what it shows now, and by which codes its sockets were closed.

    It shows nothing, None, until it has read the debate.
    """

    heard: list[str] = field(default_factory=list)
    shown: list[str] | None = None
    closed: list[int] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def note(self, told: Mapping[str, Any]) -> None:
        match told:
            case {"heard": str(words)}:
                self.heard.append(words)
            case {"shown": list(bodies)}:
                self.shown = bodies
            case {"closed": int(code)}:
                self.closed.append(code)
            case {"complaint": str(text)}:
                self.complaints.append(text)
            case _:
                raise AssertionError(f"a page told {told}")


@dataclass
class Browser:
    pages: dict[str, Page]
    _process: asyncio.subprocess.Process

    async def until(self, reached: Callable[[Page], bool]) -> None:
        """Read what the pages tell until that is true of all."""
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(PATIENCE):
                while not all(map(reached, self.pages.values())):
                    line = await self._process.stdout.readline()
                    assert line, "the browser has ended"
                    told = json.loads(line)
                    self.pages[told.pop("page")].note(told)
        except TimeoutError:
            late = {name: page for name, page in self.pages.items() if not reached(page)}
            raise AssertionError(f"waited in vain for {late}") from None

    async def until_shown(self, words: str) -> None:
        """The last comment of all pages."""
        await self.until(lambda page: page.shown is not None and page.shown[-1:] == [words])

    async def until_open(self) -> None:
        """All pages have read the debate: they are told what is said from now on."""
        await self.until(lambda page: page.shown is not None)


@asynccontextmanager
async def browsing(addresses: Mapping[str, str]) -> AsyncIterator[Browser]:
    """With a page at each address, by name; closed with the block."""
    pairs = [word for pair in addresses.items() for word in pair]
    process = await asyncio.create_subprocess_exec(
        "node",
        "drive.mjs",
        require_chromium(),
        *pairs,
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    try:
        yield Browser({name: Page() for name in addresses}, process)
    finally:
        process.stdin.close()  # drive.mjs closes Chromium and ends
        async with asyncio.timeout(PATIENCE):
            await process.communicate()
