"""What an operation costs in SQL statements: a fixed number, whatever the data's size."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.execution.engine import Engine
from gateway.modules import MODULES
from gateway.wiring import ports
from modules.civic.events import topic_of
from modules.kernel.live import cursor
from modules.kernel.policy import Viewer
from modules.kernel.storage import Storage
from tests.asking import Ask, asking
from tests.budgets.town import EMAIL, PASSWORD, fill, id_of, key
from tests.identity.residence import DATA
from tests.people import BILA_TSERKVA, KYIV, PEOPLE, municipality_id
from tests.spending import reads_log

FOLDER = Path(__file__).parents[2] / "operations"
THE_ISSUES = """{ debates(first: 20) { edges { node {
    title openedBy { name }
    comments(first: 10) { edges { node { body author { name } } } }
    polls { title options { text } }
} } } }"""

BEGINNING = "the cursor of a live topic's beginning"


@dataclass(frozen=True)
class Budget:
    """`locks` are what PostgreSQL is asked for besides, where SQLite's one writer needs none."""

    statements: int
    variables: dict[str, Any]
    as_: Viewer = PEOPLE.mira
    locks: int = 0


# In the order in which they are asked, so that a poll is still open when a ballot is cast.
OPERATIONS = {
    "debates": Budget(3, {"first": 20}),
    "debate-page": Budget(12, {"id": id_of("Debate")}),
    "comment-replies": Budget(4, {"id": id_of("Comment")}),
    "person-page": Budget(6, {"id": f"Person_{PEOPLE.taras.person_id.hex}"}),  # type: ignore[union-attr]
    "viewer": Budget(7, {}, PEOPLE.moderator),
    "municipalities": Budget(1, {"first": 20}),
    "persons": Budget(4, {"first": 20}),
    "municipality-page": Budget(6, {"code": KYIV}),
    "organisations": Budget(3, {"first": 20}),
    "polls": Budget(1, {"first": 20}),
    "poll-page": Budget(5, {"id": id_of("Poll")}),
    "legal-entities": Budget(2, {"search": "legal"}),
    "legal-entity": Budget(3, {"edrpou": "00000000"}),
    # To begin and to be told once. What it costs from then on, however many follow: `test_an_event_...`.
    "live-tally": Budget(4, {"pollId": id_of("Poll")}),
    "live-polls": Budget(4, {"debateId": id_of("Debate")}),
    "reaction-counts": Budget(5, {"debateId": id_of("Debate"), "commentIds": [id_of("Comment")]}),
    "presence": Budget(2, {"debateId": id_of("Debate")}),
    "start-debate": Budget(
        4, {"input": {"municipalityId": municipality_id(BILA_TSERKVA), "title": "Ринок", "body": "Де?"}}
    ),
    "add-comment": Budget(
        6, {"input": {"debateId": id_of("Debate"), "parentId": id_of("Comment"), "body": "На площі."}}
    ),
    "live-debate": Budget(5, {"debateId": id_of("Debate"), "after": BEGINNING}),
    "react": Budget(8, {"input": {"commentId": id_of("Comment"), "reaction": "SUPPORT"}}),
    "hide-comment": Budget(9, {"input": {"commentId": id_of("Comment"), "reason": "SPAM"}}, PEOPLE.moderator),
    "open-poll": Budget(
        7, {"input": {"debateId": id_of("Debate"), "title": "Де?", "options": ["Тут", "Там"]}}, PEOPLE.official
    ),
    "cast-ballot": Budget(9, {"input": {"pollId": id_of("Poll"), "optionId": id_of("PollOption")}}, locks=1),
    "close-poll": Budget(9, {"input": {"pollId": id_of("Poll")}}, PEOPLE.official, locks=1),
    "close-debate": Budget(7, {"input": {"debateId": id_of("Debate")}}, PEOPLE.official),
    "create-organisation": Budget(
        4, {"input": {"municipalityId": municipality_id(BILA_TSERKVA), "name": "Кручі"}}
    ),
    "update-profile": Budget(8, {"input": {"about": "Люблю сквери.", "interests": ["сквери", "шахи"]}}),
    "request-verification": Budget(
        11, {"input": {"municipalityId": municipality_id(), "handler": "FORM", **DATA}}, PEOPLE.taras, locks=1
    ),
    "sign-up": Budget(2, {"input": {"name": "Олена", "email": "olena@example.org", "password": PASSWORD}}, PEOPLE.nobody),
    "sign-in": Budget(6, {"input": {"email": EMAIL, "password": PASSWORD}}, PEOPLE.nobody),
    "end-session": Budget(4, {"input": {"sessionId": str(key("Session", 0))}}),
    "change-email": Budget(8, {"input": {"newEmail": "new@example.org", "password": PASSWORD}}),
    "confirm-email": Budget(2, {"input": {"token": "confirm_email"}}, PEOPLE.nobody),
    "request-password-reset": Budget(2, {"input": {"email": EMAIL}}, PEOPLE.nobody),
    "reset-password": Budget(10, {"input": {"token": "reset_password", "password": PASSWORD}}, PEOPLE.nobody),
    "sign-out-everywhere": Budget(1, {}),
    "sign-out": Budget(1, {}),
    "export-my-data": Budget(2, {}),
    # Asks the register over a session: after signing in, when that has its connection, and PostgreSQL has told of itself.
    "organisation-page": Budget(9, {"id": id_of("Organisation")}),
    # A statement or two for each table that names her: it is done once in a life.
    "erase-me": Budget(41, {"input": {}}, PEOPLE.official, locks=1),
}  # fmt: skip

# Some of these end sessions, which whoever remembers who a token is reads of in the log, sooner or later.
ACCOUNTS = list(OPERATIONS)[list(OPERATIONS).index("sign-up") :]


@pytest.fixture(params=[(2, 10), (40, 200)], ids=["2 debates", "40 debates"])
async def town(request: pytest.FixtureRequest, storage: Storage) -> Storage:
    await fill(storage, *request.param)
    return storage


@pytest.fixture
async def ask(engine: Engine, town: Storage) -> AsyncIterator[Ask]:
    """The log is not polled, and who a token is has been read: nobody else sends statements."""
    async with asking(engine, town, ports(MODULES), poll=3600) as made:
        async with asyncio.timeout(10):
            while made.hub.sessions.read < 0:  # noqa: ASYNC110 (nothing announces it)
                await asyncio.sleep(0.01)
        yield made


def sent(statements: list[str]) -> list[str]:
    """What was sent since the last time, without the beginning of SQLite's transactions (PostgreSQL's is not told)."""
    found = [statement for statement in statements if statement != "BEGIN IMMEDIATE"]
    statements.clear()
    return found


async def answers(ask: Ask, name: str, budget: Budget, beginning: str) -> AsyncGenerator[dict[str, Any], None]:
    text = (FOLDER / f"{name}.graphql").read_text()
    variables = {key: beginning if value == BEGINNING else value for key, value in budget.variables.items()}
    if "\nsubscription " not in f"\n{text}":
        yield await ask.answer(text, variables, as_=budget.as_)
        return
    async with aclosing(ask.follow(text, variables, as_=budget.as_)) as pushes:
        async for push in pushes:
            yield push


async def test_the_issues_query_costs_four_statements(ask: Ask, statements: list[str]) -> None:
    statements.clear()
    data = await ask(THE_ISSUES)

    assert len(data["debates"]["edges"]) in (2, 20)
    assert all(edge["node"]["comments"]["edges"] for edge in data["debates"]["edges"])
    assert len(sent(statements)) == 4  # debates and who opened them, comments and who wrote them, polls, options


def test_every_operation_has_a_budget() -> None:
    assert set(OPERATIONS) == {path.stem for path in FOLDER.glob("*.graphql")}


async def test_every_operation_keeps_its_budget(ask: Ask, statements: list[str]) -> None:
    locks = ask.storage.url.get_backend_name() == "postgresql"
    beginning, spent = cursor(await ask.log.epoch(), topic_of(key("Debate", 0)), 0), {}
    for name, budget in OPERATIONS.items():
        statements.clear()
        async with aclosing(answers(ask, name, budget, beginning)) as answered:
            answer = await anext(answered)
        spent[name] = len([each for each in sent(statements) if name not in ACCOUNTS or not reads_log(each)])
        assert "errors" not in answer, (name, answer)
        assert "code" not in str(answer["data"]).replace("'code': 'UA", ""), (name, answer)

    assert spent == {name: budget.statements + locks * budget.locks for name, budget in OPERATIONS.items()}


FOLLOWED: dict[str, tuple[int, dict[str, Any], str, dict[str, Any]]] = {
    "live-debate": (2, {"debateId": id_of("Debate")}, "add-comment", {"debateId": id_of("Debate"), "parentId": id_of("Comment"), "body": "На площі."}),
    "live-tally": (3, {"pollId": id_of("Poll")}, "cast-ballot", {"pollId": id_of("Poll"), "optionId": id_of("PollOption")}),
}  # fmt: skip


@pytest.mark.parametrize("name", FOLLOWED)
async def test_an_event_costs_the_same_however_many_follow(ask: Ask, statements: list[str], name: str) -> None:
    reads, variables, act, asked = FOLLOWED[name]
    text, acting = ((FOLDER / f"{each}.graphql").read_text() for each in (name, act))
    async with AsyncExitStack() as stack, asyncio.timeout(20):
        seats = [
            await stack.enter_async_context(ask.seats.listening(text, variables, viewer=lambda: PEOPLE.nobody))
            for _ in range(30)
        ]
        if name == "live-tally":
            assert [await seat.told(1) for seat in seats]
        statements.clear()
        await ask(acting, {"input": asked}, as_=PEOPLE.mira)
        told = [await seat.told(1) for seat in seats]
    assert all(each == told[0] for each in told)
    locks = OPERATIONS[act].locks if ask.storage.url.get_backend_name() == "postgresql" else 0
    assert len(sent(statements)) == OPERATIONS[act].statements + locks + reads
