"""The proof is worth something: it goes red when an answer is not graphql-core's."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.execution.engine import Engine
from tests.execution.sameness import unruly
from tests.execution.sameness.comparing import Different, FellBack
from tests.execution.sameness.drawing import Case
from tests.execution.sameness.reducing import reduced
from tests.execution.sameness.worlds import rabble

Answer = dict[str, Any]
Wrong = Callable[[Answer], Answer]


def everywhere(change: Callable[[Any], Any]) -> Wrong:
    """An answer with every value of its data changed, from the innermost outwards."""

    def changed(value: Any) -> Any:
        if isinstance(value, dict):
            return change({name: changed(each) for name, each in value.items()})
        return change([changed(each) for each in value] if isinstance(value, list) else value)

    return lambda answer: answer | {"data": changed(answer["data"])} if "data" in answer else answer


def of_errors(change: Callable[[list[Any]], list[Any]]) -> Wrong:
    return lambda answer: answer | {"errors": change(answer["errors"])} if "errors" in answer else answer


WRONG: dict[str, Wrong] = {
    "keys in another order": everywhere(
        lambda value: dict(reversed(value.items())) if isinstance(value, dict) else value
    ),
    "a key is missing": everywhere(lambda value: dict([*value.items()][1:]) if isinstance(value, dict) else value),
    "a list lost its last item": everywhere(lambda value: value[:-1] if isinstance(value, list) else value),
    "false for null": everywhere(lambda value: False if value is None else value),
    "a number with a point": everywhere(lambda value: float(value) if type(value) is int else value),
    "the last error is not told": of_errors(lambda errors: errors[:-1]),
    "errors in another order": of_errors(lambda errors: errors[::-1]),
    "an error without its place": of_errors(lambda errors: [error | {"locations": []} for error in errors]),
    "an error without its path": of_errors(
        lambda errors: [error | {"path": error.get("path", [])[:-1]} for error in errors]
    ),
    "no data at all": lambda answer: {name: value for name, value in answer.items() if name != "data" or value},
}


class WrongEngine(Engine):
    """Answers as graphql-core does, and then not quite."""

    wrong: Wrong

    async def execute(self, *given: Any, **more: Any) -> Answer:
        return self.wrong(await Engine.reference(self, *given, **more))


def engine(wrong: Wrong) -> Engine:
    made = WrongEngine(unruly.schema())
    made.wrong = wrong
    return made


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_a_wrong_answer_is_found(wrong: Wrong) -> None:
    async with rabble(engine(wrong)) as world:
        with pytest.raises(Different, match="the answers differ"):
            for number in range(150):
                await world.compare(1, number)


async def test_a_right_answer_is_not_found() -> None:
    async with rabble(engine(lambda answer: answer)) as world:
        for number in range(30):
            await world.compare(1, number)


class LeavingEngine(Engine):
    """Answers rightly, and leaves everything to graphql-core."""

    async def execute(self, *given: Any, **more: Any) -> Answer:
        self.programs.leave("a whim")
        return await Engine.reference(self, *given, **more)


async def test_an_orderly_document_that_falls_back_is_found() -> None:
    like_a_frontend = Case("time", "{ time }", orderly=True)
    async with rabble(LeavingEngine(unruly.schema())) as world:
        world.begin(1, 0)  # everybody behaves
        await world.compare_case(like_a_frontend)
        world.in_order = True
        await world.compare_case(replace(like_a_frontend, orderly=False))
        with pytest.raises(FellBack):
            await world.compare_case(like_a_frontend)


async def test_what_differs_is_made_short() -> None:
    text = """
        query Long($first: Int = 2, $on: Boolean!) { __typename ...Q herd { id } creatures(first: $first) { id ...C age } }
        fragment Q on Query { den(name: "nest") { size } }
        fragment C on Creature { nick @include(if: $on) friends(first: 2) { name title } }
    """
    async with rabble(engine(lambda answer: answer)) as world:

        async def differs(case: Case) -> bool:
            """As if `title` were answered wrongly wherever it stands."""
            return world.engine.prepare(case.text).ast is not None and "title" in case.text

        short = await reduced(Case("long", text), differs)
    assert (
        " ".join(short.text.split()) == "query Long { creatures { ...C } } fragment C on Creature { friends { title } }"
    )
