"""Mutations, of which one changes what the next finds: two databases live through the same, each answered another way."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from shutil import copy
from typing import Any

import orjson
import pytest
from graphql import OperationType

from gateway.execution.engine import QUERIES_AND_MUTATIONS, Engine
from gateway.modules import MODULES
from gateway.wiring import ports
from modules.kernel import clock, keys
from modules.kernel.context import Context
from modules.kernel.following import Log
from modules.kernel.policy import Viewer
from modules.kernel.storage import Storage
from tests.contents import contents
from tests.execution.sameness import quarter
from tests.execution.sameness.comparing import Comparing
from tests.execution.sameness.drawing import Case, draw
from tests.people import PEOPLE
from tests.servers import create_database

ACTING = (PEOPLE.mira, PEOPLE.official, PEOPLE.moderator, PEOPLE.taras, PEOPLE.nobody)
DOCUMENTS = 400
# Their answers hold a token or a code that nothing determines, or they cost a hash.
SECRET = {
    *("signUp", "signIn", "confirmEmail", "resetPassword", "changeEmail", "printVerificationLetter"),
    *("enableTotp", "startPasskeyRegistration", "startPasskeySignIn", "startOidc", "createApiClient", "exportMyData"),
}


@dataclass(frozen=True)
class Twin:
    storage: Storage
    engine: Engine
    way: Callable[..., Any]

    async def answer(self, case: Case, viewer: Viewer, number: int) -> dict[str, Any]:
        log = Log(self.storage)
        context = Context(storage=self.storage, log=log, ports=ports(MODULES), viewer=viewer, request_id="sameness")
        comparing = Comparing(self.engine, lambda: context, allow=QUERIES_AND_MUTATIONS)
        with keys.numbered(1 + number * 1_000):
            answer: dict[str, Any] = orjson.loads(await comparing.ask(self.way, case))
        return answer


@pytest.fixture
async def twins(engine: Engine, template: Path | tuple[str, str], tmp_path: Path) -> AsyncIterator[tuple[Twin, Twin]]:
    async with AsyncExitStack() as stack:
        stack.enter_context(clock.frozen(quarter.NOW))
        storages = []
        for name in ("one", "other"):
            if isinstance(template, Path):
                copy(template, tmp_path / f"{name}.db")
                storages.append(Storage(f"sqlite+aiosqlite:///{tmp_path / name}.db"))
            else:
                storages.append(
                    Storage(await stack.enter_async_context(create_database(template[0], template=template[1])))
                )
            stack.push_async_callback(storages[-1].close)
            await quarter.fill(storages[-1])
        yield Twin(storages[0], engine, engine.execute), Twin(storages[1], engine, engine.reference)


async def test_mutations_are_answered_and_done_the_same(engine: Engine, twins: tuple[Twin, Twin]) -> None:
    known, done, refused = quarter.known(), 0, 0
    for number in range(DOCUMENTS):
        case = draw(engine.schema, known, 1, number, OperationType.MUTATION)
        if engine.prepare(case.text).ast is None or any(name in case.text for name in SECRET):
            continue
        one, other = [await twin.answer(case, ACTING[number % len(ACTING)], number) for twin in twins]
        assert orjson.dumps(one.get("data")) == orjson.dumps(other.get("data")), (case, one, other)
        assert _codes(one) == _codes(other), (case, one, other)
        done, refused = done + ("errors" not in one), refused + ("errors" in one)
    assert done > DOCUMENTS / 3
    assert refused > 0
    found, meant = [await contents(twin.storage) for twin in twins]
    for each in (found, meant):
        del each["voting_ballot"], each["live_epoch"]  # drawn by lot
    assert found == meant
    assert len(found["live_event"]) > 5, "hardly anything was done"


def _codes(answer: dict[str, Any]) -> list[str]:
    return sorted(error["extensions"]["code"] for error in answer.get("errors", ()))


def test_what_acts_is_drawn(engine: Engine) -> None:
    mutation = engine.schema.mutation_type
    assert mutation is not None
    texts = " ".join(draw(engine.schema, quarter.known(), 1, n, OperationType.MUTATION).text for n in range(DOCUMENTS))
    assert [name for name in mutation.fields if name not in texts] == []
