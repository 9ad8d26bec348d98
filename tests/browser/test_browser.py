"""The clients of frontends as they are, in Chromium, on pages that lose their server: they come back, and have missed nothing.

Their code is what docs/live-clients.md shows.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.browser.chromium import Page, browsing
from tests.browser.pages import CLIENTS, Pages
from tests.browser.proxy import Network
from tests.browser.town import Town, addresses, town

EARLY, FIRST, MISSED, LATE = ("early",), ("one", "two"), ("three", "four", "п'ять 🌻"), ("six", "seven")
SIGN_OUT = "mutation { signOut { __typename } }"


@dataclass
class Story:
    """What each page was told, and what kept it from being told."""

    pages: dict[str, Page] = field(default_factory=dict)
    failure: str = ""


async def _away_and_back(pages: Pages, place: Town) -> Story:
    """All clients at once: starting Chromium takes longer than the rest."""
    story = Story()
    async with Network(place.server.address) as network:
        place.comment(*EARLY)
        async with browsing(addresses(pages, place, network.url, *CLIENTS)) as browser:
            story.pages = browser.pages
            try:
                await browser.until_shown(EARLY[-1])
                await asyncio.to_thread(place.comment, *FIRST)
                await browser.until_shown(FIRST[-1])
                await network.cut()
                await asyncio.to_thread(place.comment, *MISSED)
                await network.mend()
                await browser.until_shown(MISSED[-1])
                await asyncio.to_thread(place.comment, *LATE)
                await browser.until_shown(LATE[-1])
            except AssertionError as error:  # of some client: the tests of the others may pass
                story.failure = str(error)
    return story


@pytest.fixture(scope="module")
def place(pages: Pages, settled: str) -> Iterator[Town]:
    with town(settled, pages.origin) as made:
        pages.sign_in(made.token)
        yield made


@pytest.fixture(scope="module")
def story(pages: Pages, place: Town) -> Story:
    return asyncio.run(_away_and_back(pages, place))


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_that_lost_its_connection_hears_every_comment_once_and_in_order(story: Story, client: str) -> None:
    page = story.pages[client]
    assert page.heard == [*FIRST, *MISSED, *LATE], (page.complaints, story.failure)
    assert page.shown == [*EARLY, *FIRST, *MISSED, *LATE]
