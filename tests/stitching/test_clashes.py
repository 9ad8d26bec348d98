"""Modules that cannot be one schema are told so, with what to do."""

from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Any

import pytest
import strawberry
from strawberry.tools import create_type

from gateway.modules import MODULES
from gateway.namesakes import StitchingError
from gateway.stitching import Stitched, Subgraph
from gateway.wiring import ports
from modules.kernel.context import Info
from modules.kernel.contract import Module
from modules.kernel.fields import Node, column, entity, part, reference
from modules.kernel.paging import Connection
from modules.kernel.storage import Row
from tests.stitching.conftest import VILLAGE


async def by_id(keys: Sequence[Row], info: Info) -> list[Row | None]:
    return [None for _ in keys]


def answering(kind: Any, name: str = "something") -> type:
    """A root query whose only field answers with this type."""

    def resolve() -> Any:
        return None

    resolve.__annotations__["return"] = kind
    return create_type("Query", [strawberry.field(resolver=resolve, name=name)])


def refused(*modules: Module) -> str:
    """Why the village cannot be joined with these."""
    with pytest.raises(StitchingError) as error:
        Stitched((*VILLAGE, *modules))
    sentence = str(error.value)
    assert sentence.count(". ") >= 1  # what is wrong, and what to do
    assert sentence.endswith(".")
    return sentence


def test_a_module_name_twice() -> None:
    assert "Two modules are named post. " in refused(Module(name="post"))


def test_an_entity_owned_twice() -> None:
    @entity("Another house.")
    class House(Node):
        pass

    assert "House is owned twice, the second time by other. " in refused(Module(name="other", owns={House: by_id}))


def test_a_part_without_owner() -> None:
    @part
    class Castle(Node):
        pass

    assert "other extends Castle, which no module owns. " in refused(Module(name="other", extends=(Castle,)))


def test_a_field_that_two_parts_add() -> None:
    @part
    class House(Node):
        letters: int = column("How many.")

    assert "House.letters is added twice, the second time by other. " in refused(Module(name="other", extends=(House,)))


def test_a_part_that_defines_its_owners_field() -> None:
    @part
    class House(Node):
        road: str = strawberry.field(name="street", description="Where it stands.")

    assert "House.street is its owner's, and other defines it again. " in refused(
        Module(name="other", extends=(House,))
    )


def test_a_part_with_another_key() -> None:
    @part
    class Square(Node):
        pass

    assert "other keys Square by UUID, its owner by str. " in refused(Module(name="other", extends=(Square,)))


def test_a_part_with_an_interface_of_its_own() -> None:
    @strawberry.interface
    class Paintable:
        colour: str = column("Which.")

    @part
    class House(Node, Paintable):
        pass

    assert "other makes House a Paintable, its owner does not. " in refused(Module(name="other", extends=(House,)))


@pytest.mark.parametrize("twice", ["owned and extended", "extended twice"])
def test_a_module_that_declares_an_entity_twice(twice: str) -> None:
    def house() -> type:
        @part
        class House(Node):
            pass

        return House

    owned = twice == "owned and extended"
    module = Module(
        name="other", owns={house(): by_id} if owned else {}, extends=(house(),) if owned else (house(), house())
    )
    with pytest.raises(StitchingError, match=r"other declares House twice. "):
        Stitched((module, *VILLAGE[1:]) if owned else (*VILLAGE, module))
    with pytest.raises(StitchingError, match=r"other declares House twice. "):
        Subgraph(module)


def test_an_entity_without_a_key() -> None:
    @strawberry.type
    class Well:
        depth: int

    assert "Well of other has no key. Declare it with @entity" in refused(Module(name="other", owns={Well: by_id}))


@pytest.mark.parametrize("root", ["query", "mutation", "subscription"])
def test_a_root_field_twice(root: str) -> None:
    def telling(name: str) -> Module:
        roots: dict[str, Any] = {root: answering(str, "weather")}
        return Module(name=name, **roots)

    one, other = telling("one"), telling("other")
    assert f"{root.capitalize()}.weather is defined twice. " in refused(one, other)


@pytest.mark.parametrize("field", ["node", "nodes"])
def test_a_root_field_of_the_gateway(field: str) -> None:
    assert f"Query.{field} is defined twice. " in refused(Module(name="other", query=answering(str, field)))


def test_a_root_field_twice_under_two_python_names() -> None:
    assert "Query.atHome is defined twice. " in refused(Module(name="other", query=answering(str, "atHome")))


@pytest.mark.parametrize("seen_by", [Stitched, Subgraph])
def test_a_reference_to_what_nobody_owns(seen_by: Any) -> None:
    @strawberry.type(description="A lake, which has no page.")
    class Lake:
        name: str

    @strawberry.type
    class Fish:
        lake: Lake | None = reference("lake_id", "Where it lives.")

    module = Module(name="other", query=answering(Fish))
    with pytest.raises(
        StitchingError, match=r"Fish.lake is a reference to Lake, which other neither owns nor extends. "
    ):
        seen_by(module) if seen_by is Subgraph else seen_by((*VILLAGE, module))


def test_a_reference_to_a_part_that_is_not_declared() -> None:
    @part
    class House(Node):
        pass

    @strawberry.type
    class Cat:
        home: House | None = reference("home_id", "Where it sleeps.")

    assert "Two types are named House; other has one. " in refused(Module(name="other", query=answering(Cat)))


def _enum(value: str) -> Any:
    @strawberry.enum
    class State(Enum):
        OPEN = value

    return State


def _input(_: str) -> Any:
    @strawberry.input
    class Filter:
        word: str

    def find(by: Filter) -> int:
        return 0

    return find


def _union(value: str) -> Any:
    yes, no = (strawberry.type(type(f"{name}{value}", (), {"__annotations__": {"ok": bool}})) for name in ("Yes", "No"))
    return Annotated[yes | no, strawberry.union("Answer")]


def _interface(_: str) -> Any:
    @strawberry.interface
    class Named:
        name: str

    return Named


def _object(_: str) -> Any:
    @strawberry.type
    class Bell:
        tone: str

    return Bell


def _interface_of_an_object(value: str) -> Any:
    @strawberry.interface
    class Loud:
        tone: str

    @strawberry.type(name=f"Bell{value}")
    class Bell(Loud):
        pass

    return Bell


def _scalar(_: str) -> Any:
    return strawberry.scalar(type("Colour", (str,), {}), name="Colour", serialize=str, parse_value=str)


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (_enum, "State"),
        (_union, "Answer"),
        (_interface, "Named"),
        (_object, "Bell"),
        (_interface_of_an_object, "Loud"),
    ],
)
def test_namesakes_of_every_kind(made: Any, name: str) -> None:
    one, other = (
        Module(name=module, query=answering(list[made(module)] | None, module))  # type: ignore[misc]
        for module in ("one", "other")
    )

    assert f"Two types are named {name}; other has one. " in refused(one, other)


@pytest.mark.filterwarnings("ignore:Passing a class to strawberry.scalar:DeprecationWarning")
def test_namesakes_that_are_scalars() -> None:
    one, other = (Module(name=module, query=answering(_scalar(module), module)) for module in ("one", "other"))

    assert "Two types are named Colour; other has one. " in refused(one, other)


def test_namesakes_that_are_inputs() -> None:
    roots = (create_type("Query", [strawberry.field(resolver=_input(name), name=name)]) for name in ("one", "other"))
    one, other = (Module(name=name, query=root) for name, root in zip(("one", "other"), roots, strict=True))

    assert "Two types are named Filter; other has one. " in refused(one, other)


def test_namesakes_of_a_page() -> None:
    """A generic has its name from what it is made with: `HouseConnection`."""

    @strawberry.type
    class HouseConnection:
        bridges: int

    @part
    class House(Node):
        pass

    pages = Module(name="pages", query=answering(Connection[House], "pages"), extends=(House,))
    assert "Two types are named HouseConnection; other has one. " in refused(
        pages, Module(name="other", query=answering(HouseConnection, "bridge"))
    )


def test_namesakes_of_a_scalar_of_the_kernel() -> None:
    @strawberry.type
    class Cursor:
        row: int

    assert "Two types are named Cursor; other has one. " in refused(
        Module(name="one", query=answering(Connection[_object("")], "bells")),  # type: ignore[misc]
        Module(name="other", query=answering(Cursor, "cursor")),
    )


def test_a_page_of_a_part_is_a_page_of_its_owner() -> None:
    @part
    class House(Node):
        pass

    module = Module(name="one", query=answering(Connection[House], "one"), extends=(House,))

    @part
    class House(Node):  # type: ignore[no-redef]
        pass

    other = Module(name="other", query=answering(Connection[House], "other"), extends=(House,))
    assert "type HouseConnection" in Stitched((*VILLAGE, module, other)).as_str()


def test_a_type_of_the_kernel_may_be_used_by_all() -> None:
    same = _object("")
    one, other = (Module(name=name, query=answering(same, name)) for name in ("one", "other"))

    assert Stitched((*VILLAGE, one, other)).as_str().count("type Bell ") == 1


def test_a_question_that_nobody_answers() -> None:
    class Weather:
        pass

    with pytest.raises(StitchingError, match=r"other asks Weather, which nobody answers. Wire it"):
        ports((*MODULES, Module(name="other", ports=(Weather,))))


async def nothing(rows: Sequence[Row], info: Info, *, actions: Any = None) -> list[list[Any]]:
    return [[] for _ in rows]


def test_what_the_viewer_may_do_is_told_in_the_owners_field() -> None:
    @part
    class House(Node):
        pass

    told = Module(name="other", extends=(House,), permissions={House: nothing})
    assert "House has no `viewerCan`, where modules would tell " in refused(told)


def test_what_the_viewer_may_do_is_told_of_parts() -> None:
    @part
    class House(Node):
        pass

    told = Module(name="other", permissions={House: nothing})
    assert "other tells what the viewer may do with House, which it does not extend. " in refused(told)
