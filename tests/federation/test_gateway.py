"""The same questions, through a federation gateway over four subgraphs and through the stitched graph: the same answers."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from gateway.app import build, schema
from gateway.modules import MODULES
from gateway.printing import sdl
from gateway.settings import Settings
from modules.identity import actions
from modules.kernel import clock, keys
from modules.kernel.context import Client
from modules.kernel.storage import Storage
from modules.registry.rules import LegalEntityKind
from modules.registry.tables import LegalEntityRow
from tests.asking import Ask
from tests.civic.scenes import COMMENT, REFUSAL, add_comment, start_debate
from tests.federation.javascript import run
from tests.node_packages import require_node_modules
from tests.people import BILA_TSERKVA, KYIV, PEOPLE, municipality_id
from tests.serving import serving
from tests.voting.scenes import CAST, Poll, open_poll

SECRET = "a secret of the tests, long enough to be one"

# Each with how often the gateway asks each subgraph for it.
QUESTIONS: dict[str, tuple[str, dict[str, int]]] = {
    "debates with who and what others add": (
        """{ debates(first: 20) { edges { cursor node {
               id title openedBy { name } municipality { name }
               comments(first: 10) { totalCount edges { node { body author { name } } } }
               polls { title options { id text } }
             } } pageInfo { hasNextPage endCursor } } }""",
        {"civic": 1, "identity": 3, "voting": 1},  # identity: once for each way that leads to it
    ),
    "what a person wrote": (
        """{ viewer { email person { id name comments(first: 5) { edges { node {
               body debate { title polls { title viewerHasVoted } }
             } } } } } }""",
        {"identity": 1, "civic": 1, "voting": 1},
    ),
    "legal entities where they are": (
        """{ legalEntities(first: 5, orderBy: EDRPOU) { totalCount edges { node {
               edrpou municipality { name debates(first: 2) { edges { node { title } } } polls { totalCount } }
             } } } }""",
        {"registry": 1, "identity": 1, "civic": 1, "voting": 1},
    ),
    "what somebody may do, which each module tells of its own acts": (
        """{ debates(first: 3) { edges { node {
               viewerCan { action allowed reason missing } municipality { viewerCan { action allowed reason missing } }
             } } } }""",
        {"civic": 1, "identity": 1},  # voting tells of its acts in the fields of the others
    ),
    "only keys of others": (
        "{ polls { edges { node { title debate { id __typename } openedBy { id } } } } }",
        {"voting": 1},
    ),
}


@dataclass(frozen=True)
class Federation:
    """Four running subgraphs, and what they need to know of who asks."""

    services: list[dict[str, str]]
    headers: dict[str, str]

    async def ask(self, *operations: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
        asked = [{"query": query, "variables": variables} for query, variables in operations]
        answers: list[dict[str, Any]] = await run(
            "federate.cjs", {"services": self.services, "headers": self.headers, "operations": asked}
        )
        return answers


@pytest.fixture
async def federation(database_url: str, storage: Storage) -> AsyncIterator[Federation]:
    """Every module served on its own, over one database; Mira asks."""
    require_node_modules()
    assert PEOPLE.mira.person_id is not None
    async with storage.writing() as work:
        session = await actions.start_session(work, PEOPLE.mira.person_id, Client())
    async with AsyncExitStack() as servers:
        services = []
        for module in MODULES:
            settings = Settings(database_url=database_url, secret_key=SECRET, module=module.name)
            address = await servers.enter_async_context(serving(build(settings)))
            services.append({"name": module.name, "url": f"http://{address}/graphql", "sdl": sdl(schema(module.name))})
        yield Federation(services, {"authorization": f"Bearer {session.token}"})


@pytest.fixture
async def poll(ask: Ask, storage: Storage) -> Poll:
    """On the first of three debates, with comments by two people; there are four legal entities, one of no municipality."""
    for title, place in (("Парк", KYIV), ("Ринок", BILA_TSERKVA), ("Школа", KYIV)):
        debate = await start_debate(ask, title=title, municipalityId=municipality_id(place))
        first = await add_comment(ask, debate, body=f"{title}: так.")
        await add_comment(ask, debate, PEOPLE.taras, body=f"{title}: ні.", parentId=first)
        await add_comment(ask, debate, PEOPLE.taras, body=f"{title}: чому?")
    poll = await open_poll(ask, debate)
    async with storage.writing() as work:
        await work.put(
            LegalEntityRow,
            [
                {
                    "id": keys.derived("test", str(number)),
                    "edrpou": f"{number:08}",
                    "name": f"Організація {number}",
                    "short_name": "",
                    "kind": LegalEntityKind.CHARITY,
                    "region": "",
                    "municipality_id": place,
                    "parent_id": None,
                    "is_verified": True,
                    "search_text": " організація",
                    "updated_at": clock.now(),
                }
                for number, place in enumerate((KYIV, BILA_TSERKVA, None, KYIV))
            ],
        )
    return poll


async def test_a_federation_gateway_answers_as_the_stitched_graph(ask: Ask, poll: Poll, federation: Federation) -> None:
    answers = await federation.ask(*((query, {}) for query, _ in QUESTIONS.values()))

    for (name, (query, calls)), answer in zip(QUESTIONS.items(), answers, strict=True):
        assert answer["errors"] == [], name
        assert answer["data"] == await ask(query, as_=PEOPLE.mira), name
        assert answer["calls"] == calls, name
    names = [edge["node"]["openedBy"]["name"] for edge in answers[0]["data"]["debates"]["edges"]]
    assert names == ["Mira", "Mira", "Mira"]


async def test_acting_through_a_federation_gateway(ask: Ask, poll: Poll, federation: Federation) -> None:
    cast = (
        CAST.replace("{ viewerHasVoted ballotCount }", "{ ballotCount debate { title openedBy { name } } }") + REFUSAL
    )
    ballot = {"i": {"pollId": poll.id, "optionId": poll.options[1]}}
    foreign = {"i": {"debateId": poll.id, "body": "Не туди."}}

    first, again, wrong = await federation.ask((cast, ballot), (cast, ballot), (COMMENT + REFUSAL, foreign))

    shown = {"ballotCount": 1, "debate": {"title": "Школа", "openedBy": {"name": "Mira"}}}
    assert first["data"] == {"r": {"__typename": "BallotCast", "poll": shown}}
    assert first["calls"] == {"voting": 1, "civic": 1, "identity": 1}
    assert again["data"]["r"]["code"] == "ALREADY_VOTED"
    assert (wrong["data"]["r"]["code"], wrong["data"]["r"]["field"]) == ("BAD_USER_INPUT", "debateId")
    tally = await ask("query($id: ID!) { poll(id: $id) { tally { total } } }", {"id": poll.id})
    assert tally == {"poll": {"tally": {"total": 1}}}
