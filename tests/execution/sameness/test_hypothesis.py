"""The same proof with documents of somebody else's making: hypothesis-graphql knows the schema, and none of its data."""

from graphql import IntValueNode, StringValueNode, ValueNode, print_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import queries

from gateway.execution.engine import Engine
from modules.kernel.storage import Storage
from tests.execution.sameness.drawing import Case
from tests.execution.sameness.values import NO_CURSORS, PLAIN
from tests.execution.sameness.worlds import town

DOCUMENTS = 60


def node(value: object) -> ValueNode:
    return IntValueNode(value=str(value)) if isinstance(value, int) else StringValueNode(value=str(value))


SCALARS = {
    **{name: st.sampled_from([node(value) for value in PLAIN[name]]) for name in ("BigInt", "DateTime", "Money")},
    "Cursor": st.sampled_from([node(value) for value in NO_CURSORS]),
}


def drawn(engine: Engine) -> list[str]:
    found: list[str] = []

    @settings(
        max_examples=DOCUMENTS, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(queries(print_schema(engine.schema), custom_scalars=SCALARS, allow_x00=False))
    def draw(text: str) -> None:
        found.append(text)

    draw()
    return found


async def test_answers_to_the_documents_of_another_generator_are_the_same(engine: Engine, storage: Storage) -> None:
    async with town(engine, storage) as world:
        for number, text in enumerate(drawn(engine)):
            await world.compare_case(Case(f"example {number}", text), number)
        assert world.seen.figures["documents"] > DOCUMENTS / 2
