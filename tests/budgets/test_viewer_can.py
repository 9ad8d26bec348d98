"""What it costs to tell what the viewer may do: for a page as for one."""

import re

import pytest

from modules.kernel.policy import Viewer
from tests.asking import Ask
from tests.civic.scenes import add_comment, start_debate
from tests.identity import organisation_scenes as organisations
from tests.people import PEOPLE
from tests.spending import spent
from tests.test_authorisation import scene as scene

_OF_EACH = "{ organisations { edges { node { name @ { edges { node { # viewerCan { allowed } } } } } } } }"
PAGES: dict[str, tuple[str, Viewer, int]] = {
    "debates": ("{ debates { edges { node { title viewerCan { allowed } } } } }", PEOPLE.mira, 1),
    "debates, without polls": ('{ debates { edges { node { title viewerCan(actions: ["closeDebate"]) { allowed } } } } }', PEOPLE.mira, 0),
    "comments": ("{ debates { edges { node { comments { edges { node { body viewerCan { allowed } } } } } } } }", PEOPLE.mira, 1),
    "municipalities": ("{ municipalities { edges { node { name viewerCan { allowed } } } } }", PEOPLE.official, 0),
    "teams": ("{ municipalities { edges { node { team { edges { node { role viewerCan { allowed } } } } } } } }", PEOPLE.mira, 0),
    "one's own team": ("{ municipalities { edges { node { team { edges { node { role viewerCan { allowed } } } } } } } }", PEOPLE.administrator, 1),
    "organisations": ("{ organisations { edges { node { name viewerCan { allowed } } } } }", PEOPLE.mira, 1),
    "organisations, to nobody": ("{ organisations { edges { node { name viewerCan { allowed } } } } }", PEOPLE.nobody, 0),
    "members": (_OF_EACH.replace("@", "members").replace("#", "role"), PEOPLE.mira, 1),
    "claims": (_OF_EACH.replace("@", "verifications").replace("#", "edrpou"), PEOPLE.official, 2),
    "requests": ("{ verificationRequests { edges { node { handler viewerCan { allowed } } } } }", PEOPLE.official, 0),
}  # fmt: skip


@pytest.fixture
async def crowded(ask: Ask, scene: object) -> None:
    """Three of each and more: pages that would cost more if each were asked about."""
    for number in range(3):
        debate = await start_debate(ask, PEOPLE.taras)
        for _ in range(3):
            await add_comment(ask, debate, PEOPLE.mira)
        organisation = await organisations.create(ask, name=f"Кручі {number}")
        await organisations.join(ask, organisation, PEOPLE.taras)
        await organisations.ask_to_verify(ask, organisation)


@pytest.mark.usefixtures("crowded")
async def test_a_page_costs_no_statement_for_each(ask: Ask, statements: list[str]) -> None:
    """The more that is told, for how many."""
    more = {}
    for page, (query, viewer, _) in PAGES.items():
        costs = []
        for text in (query, re.sub(r"viewerCan(\(.*?\))? \{ allowed \}", "", query)):
            statements.clear()
            answer = str(await ask(text, as_=viewer))
            costs.append(spent(statements))
            assert answer.count("'edges'") and answer.count("'node'") >= 2, page
        more[page] = costs[0] - costs[1]
    assert more == {page: expected for page, (_, _, expected) in PAGES.items()}
