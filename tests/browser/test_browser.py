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
from tests.browser.town import Backup, Debate, Town, town

EARLY, FIRST, MISSED, LATE = ("early",), ("one", "two"), ("three", "four", "п'ять 🌻"), ("six", "seven")
SIGN_OUT = "mutation { signOut { __typename } }"


@dataclass
class Story:
    """What each page was told, and what kept it from being told."""

    pages: dict[str, Page] = field(default_factory=dict)
    failure: str = ""


async def _away_and_back(pages: Pages, debate: Debate) -> Story:
    """All clients at once: starting Chromium takes longer than the rest."""
    story = Story()
    debate.comment(*EARLY)
    async with (
        Network(debate.server.address) as network,
        browsing(pages.addresses(network.url, debate.id, *CLIENTS)) as browser,
    ):
        story.pages = browser.pages
        try:
            await browser.until_open()
            await asyncio.to_thread(debate.comment, *FIRST)
            await browser.until_shown(FIRST[-1])
            await network.cut()
            await asyncio.to_thread(debate.comment, *MISSED)
            await network.mend()
            await browser.until_shown(MISSED[-1])
            await asyncio.to_thread(debate.comment, *LATE)
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
    return asyncio.run(_away_and_back(pages, place.debate()))


@pytest.fixture
def debate(place: Town) -> Debate:
    return place.debate()


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_that_lost_its_connection_hears_every_comment_once_and_in_order(story: Story, client: str) -> None:
    page = story.pages[client]
    assert page.heard == [*FIRST, *MISSED, *LATE], (page.complaints, story.failure)
    assert page.shown == [*EARLY, *FIRST, *MISSED, *LATE]


async def test_a_client_follows_on_when_its_server_was_killed_and_started_again(pages: Pages, debate: Debate) -> None:
    async with (
        Network(debate.server.address) as network,
        browsing(pages.addresses(network.url, debate.id, "graphql-ws")) as browser,
    ):
        page = browser.pages["graphql-ws"]
        await browser.until_open()
        await asyncio.to_thread(debate.comment, "before")
        await browser.until_shown("before")
        await asyncio.to_thread(debate.server.kill)
        await browser.until(lambda page: bool(page.closed))
        network.hang()  # the page has to come later than what it missed
        await asyncio.to_thread(debate.server.start)
        await asyncio.to_thread(debate.comment, "while it was away")
        await network.mend()
        await browser.until_shown("while it was away")
        await asyncio.to_thread(debate.comment, "after")
        await browser.until_shown("after")
    assert page.heard == ["before", "while it was away", "after"]
    assert set(page.closed) == {1006}


async def test_a_client_whose_session_was_ended_comes_back_with_another_token(
    pages: Pages, place: Town, debate: Debate
) -> None:
    first, second = await asyncio.to_thread(lambda: (place.sign_in(), place.sign_in()))
    pages.sign_in(first)
    url = f"http://{debate.server.address}/graphql"
    async with browsing(pages.addresses(url, debate.id, "graphql-ws")) as browser:
        page = browser.pages["graphql-ws"]
        await browser.until_open()
        await asyncio.to_thread(debate.comment, "before")
        await browser.until_shown("before")
        await asyncio.to_thread(debate.server.ask, SIGN_OUT, None, first)
        await browser.until(lambda page: len(page.closed) == 1)
        await asyncio.to_thread(debate.comment, "while it was nobody")
        await browser.until(lambda page: len(page.closed) == 2)  # the dead token is refused
        pages.sign_in(second)
        await browser.until_shown("while it was nobody")
        await asyncio.to_thread(debate.comment, "after")
        await browser.until_shown("after")
    assert page.heard == ["before", "while it was nobody", "after"]
    assert set(page.closed) == {4403}


async def test_a_page_is_read_again_when_the_server_cannot_go_on(pages: Pages, settled: str, debate: Debate) -> None:
    async with (
        Network(debate.server.address) as network,
        browsing(pages.addresses(network.url, debate.id, "graphql-ws")) as browser,
    ):
        page = browser.pages["graphql-ws"]
        await browser.until_open()
        await asyncio.to_thread(debate.comment, "before")
        backup = await asyncio.to_thread(Backup.of, settled)
        await asyncio.to_thread(debate.comment, "lost")
        await browser.until_shown("lost")
        network.hang()
        await asyncio.to_thread(debate.server.kill)
        await asyncio.to_thread(backup.restore)
        await asyncio.to_thread(debate.server.start)
        await asyncio.to_thread(debate.comment, "while it was away")
        await network.mend()
        await browser.until_shown("while it was away")
        await asyncio.to_thread(debate.comment, "after")
        await browser.until_shown("after")
    assert page.heard == ["before", "lost", "EPOCH_CHANGED", "after"]
    assert page.shown == ["before", "while it was away", "after"]
