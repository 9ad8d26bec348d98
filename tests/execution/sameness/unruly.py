"""A schema of everything that can be declared, over rows, batches and resolvers that do mischief."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry

from gateway.stitching import Stitched
from modules.kernel import clock
from modules.kernel.context import Context, Info
from modules.kernel.contract import Module
from modules.kernel.fields import Node, TypedRow, batched, column, computed, described, entity, reference
from modules.kernel.keys import encode
from modules.kernel.paging import Connection
from modules.kernel.refusals import InvalidInput, NotAllowed
from modules.kernel.scalars import BigInt, Cursor, Money
from modules.kernel.storage import Row
from tests.execution.sameness.mischief import MISCHIEF
from tests.execution.sameness.values import Known

NOTHING: Any = None  # there is no storage and no log
BORN = datetime(2026, 1, 1, tzinfo=UTC)
CREATURES = [UUID(int=number) for number in range(1, 9)]
GONE = UUID(int=99)
DENS = ["burrow", "nest", "lair"]


class Hue(Enum):
    RED = "red"
    GREEN = "green"


Colour = described(Hue, "A colour.", RED="Like a fox.", GREEN="Like a frog.")


def creature(key: UUID) -> dict[str, Any]:
    number = key.int
    return MISCHIEF.row(
        *("Creature", key),
        name=f"Creature {number}",
        nick=None if number % 2 else "Nick",
        age=number,
        weight=number / 3,
        alive=number % 3 > 0,
        born=BORN + timedelta(days=number),
        died=None if number % 3 else BORN,
        colour=list(Hue)[number % 2],
        moods=[Hue.RED, Hue.GREEN][: number % 3],
        tags=["тиха", "small"][: number % 3],
        scores=None if number % 4 == 0 else [1, None, number],
        grid=[[number, 2], []],
        stars=2**40 * number,
        wealth="12.50 UAH" if number % 2 else None,
        mother_id=None if number % 4 == 1 else GONE if number == 8 else UUID(int=number - 1 or 1),
        den_id=DENS[number % 3],
    )


def den(key: str) -> dict[str, Any]:
    return MISCHIEF.row("Den", key, size=len(key), owner_id=CREATURES[len(key) % 8])


def thing(number: int) -> Any:
    """A member of the union `Thing`: a whole row, a key, a payload, nothing."""
    return (
        TypedRow("Creature", creature(CREATURES[number % 8])),
        TypedRow("Den", {"id": DENS[number % 3]}),
        Gift(number=number, given_by=CREATURES[0]),
        TypedRow("Creature", {"id": CREATURES[number % 8]}),
        TypedRow("Gift", MISCHIEF.row("Gift", number, number=number, given_by=CREATURES[1])),
    )[number % 5]


async def creatures_by_id(keys: Sequence[Row], info: Info) -> Any:
    found = [creature(key["id"]) if key["id"] in CREATURES else None for key in keys]
    return MISCHIEF.batch(found, "creatures_by_id", keys)


async def dens_by_id(keys: Sequence[Row], info: Info) -> Any:
    return MISCHIEF.batch([den(key["id"]) if key["id"] in DENS else None for key in keys], "dens_by_id", keys)


async def friends_of(parents: Sequence[Row], info: Info, *, first: int = 3, like: Colour | None = None) -> Any:  # type: ignore[valid-type]
    friends = [
        creature(key)
        for key in CREATURES[1 : 1 + max(0, first)]
        if like is None or (key.int % 2 == 0) == (like is Hue.RED)
    ]
    return MISCHIEF.batch([list(friends) for _ in parents], f"friends_of {first} {like}", parents)


async def foes_of(parents: Sequence[Row], info: Info) -> Any:
    return MISCHIEF.batch([[{"id": CREATURES[0]}, None, {"id": GONE}] for _ in parents], "foes_of", parents)


async def best_friend_of(parents: Sequence[Row], info: Info) -> Any:
    return MISCHIEF.batch([{"id": CREATURES[2]} for _ in parents], "best_friend_of", parents)


async def counts_of(parents: Sequence[Row], info: Info) -> Any:
    return MISCHIEF.batch([7 for _ in parents], "counts_of", parents)


async def colours_of(parents: Sequence[Row], info: Info, *, mark: Money | None = None) -> Any:
    return MISCHIEF.batch([[Hue.RED, Hue.GREEN] for _ in parents], f"colours_of {mark}", parents)


async def things_of(parents: Sequence[Row], info: Info) -> Any:
    found = [[thing(number) for number in range(parent["id"].int % 6)] for parent in parents]
    return MISCHIEF.batch(found, "things_of", parents)


async def nodes_of(parents: Sequence[Row], info: Info) -> Any:
    found = [[TypedRow("Den", {"id": "nest"}), TypedRow("Creature", creature(CREATURES[4])), None] for _ in parents]
    return MISCHIEF.batch(found, "nodes_of", parents)


async def guests_of(parents: Sequence[Row], info: Info, *, first: int = 2, after: Cursor | None = None) -> Any:
    if after:
        raise InvalidInput(field="after", message="There is nothing after it.")
    pages = [_page([creature(key) for key in CREATURES[: max(0, first)]], parent["id"]) for parent in parents]
    return MISCHIEF.batch(pages, f"guests_of {first}", parents)


def _page(rows: list[Any], key: Any) -> dict[str, Any]:
    edges = [MISCHIEF.row("Edge", row["id"], cursor=f"c{row['id']}", node=row) for row in rows]
    info = MISCHIEF.row("PageInfo", key, has_next_page=True, has_previous_page=False, start_cursor="c", end_cursor=None)
    return MISCHIEF.row("Connection", key, edges=edges, page_info=info)


def title(name: Any, age: Any) -> Any:
    return MISCHIEF.answer(f"{name} the {age + 0}th", "title", repr(name))


def years(born: datetime, *, now: datetime) -> int:
    return (now - born).days // 365


@strawberry.interface(description="What has a label.")
class Labelled:
    @strawberry.field(description="The label.")
    def label(self, loud: bool = False) -> str:
        key = self["id"] if isinstance(self, dict) else "payload"
        return MISCHIEF.answer("LABEL" if loud else "label", "label", key)  # type: ignore[no-any-return]


@strawberry.type(description="Something given: a payload.")
class Gift(Labelled):
    given_by: strawberry.Private[UUID]
    number: int = strawberry.field(description="Which.")
    giver: "Creature | None" = reference("given_by", "Who gave it.")

    @strawberry.field(description="What is in it, once it is opened.")
    async def inside(self, info: Info) -> "list[Thing | None]":
        return MISCHIEF.answer([thing(3), None, thing(1)], "inside")  # type: ignore[no-any-return]

    @strawberry.field(description="What is on it.")
    def ribbon(self) -> str | None:
        return MISCHIEF.answer("silk", "ribbon")  # type: ignore[no-any-return]


@entity("A place to sleep.", key=str)
class Den(Node, Labelled):
    size: int = column("How large.")
    owner: "Creature" = reference("owner_id", "Whose.")
    guests: "Connection[Creature]" = batched(guests_of, "Who sleeps there.")


@entity("An animal.")
class Creature(Node):
    name: str = column("Its name.")
    nick: str | None = column("What friends say.")
    alias: str | None = column("The same, by another name.", of="nick")
    age: int = column("Years.")
    weight: float | None = column("Kilograms.")
    alive: bool = column("Whether it lives.")
    born: datetime = column("When it was born.")
    died: datetime | None = column("When it died.")
    colour: Colour = column("Its colour.")  # type: ignore[valid-type]
    moods: list[Colour] = column("As they come.")  # type: ignore[valid-type]
    tags: list[str] = column("What it is known for.")
    scores: list[int | None] | None = column("Of games.")
    grid: list[list[int]] = column("Where it steps.")
    stars: BigInt = column("How many it has seen.")
    wealth: Money | None = column("What it has.")
    title: str | None = computed(title, ("name", "age"), "How it is announced.")
    years: int = computed(years, ("born",), "How old it is now.")
    mother: "Creature | None" = reference("mother_id", "Its mother.")
    den: Den = reference("den_id", "Where it sleeps.")
    friends: "list[Creature]" = batched(friends_of, "Those it likes.")
    foes: "list[Creature | None] | None" = batched(foes_of, "Those it does not like.")
    best_friend: "Creature" = batched(best_friend_of, "The one it likes best.")
    count: int = batched(counts_of, "How many there are.")
    colours: list[Colour] | None = batched(colours_of, "What it has worn.")  # type: ignore[valid-type]
    things: "list[Thing]" = batched(things_of, "What it keeps.")
    nodes: list[Node | None] = batched(nodes_of, "What it visits.")

    @strawberry.field(description="What it says, at once.")
    def said(self, times: int = 1) -> str:
        return MISCHIEF.answer("так " * min(times, 5), "said", times)  # type: ignore[no-any-return]

    @strawberry.field(description="What it says after a while.")
    async def thought(self, info: Info) -> str:
        return MISCHIEF.answer("hm", "thought")  # type: ignore[no-any-return]


Thing = Annotated[Creature | Den | Gift, strawberry.union("Thing", description="What can be kept.")]
Answer = Annotated[Gift | NotAllowed | InvalidInput, strawberry.union("Answer", description="What may come of a wish.")]


@strawberry.input(description="A wish.")
class Wish:
    colour: Colour | None = strawberry.field(default=None, description="Which colour.")  # type: ignore[valid-type]
    first: int = strawberry.field(default=2, description="How many.")
    ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Which.")


@strawberry.type
class Query:
    @strawberry.field(description="One.")
    async def creature(self, id: strawberry.ID) -> Creature | None:
        found = [key for key in CREATURES if encode("Creature", key) == id]
        return MISCHIEF.answer(creature(found[0]) if found else None, "creature", id)  # type: ignore[no-any-return]

    @strawberry.field(description="Some.")
    async def creatures(self, wish: Wish | None = None, first: int = 3) -> list[Creature]:
        return MISCHIEF.answer([creature(key) for key in CREATURES[: max(0, first)]], "creatures")  # type: ignore[no-any-return]

    @strawberry.field(description="Some, by their keys only.")
    def herd(self) -> list[Creature | None] | None:
        return MISCHIEF.answer([{"id": CREATURES[1]}, {"id": GONE}, None, {"id": CREATURES[1]}], "herd")  # type: ignore[no-any-return]

    @strawberry.field(description="A den.")
    def den(self, name: str = "nest") -> Den | None:
        return MISCHIEF.answer({"id": name}, "den", name)  # type: ignore[no-any-return]

    @strawberry.field(description="Anything.")
    def thing(self, number: int = 0) -> Thing | None:
        return MISCHIEF.answer(thing(number % 5), "thing", number)  # type: ignore[no-any-return]

    @strawberry.field(description="Anything with a label.")
    async def labelled(self) -> list[Labelled]:
        found = [Gift(number=1, given_by=CREATURES[3]), TypedRow("Den", den("lair"))]
        return MISCHIEF.answer(found, "labelled")  # type: ignore[no-any-return]

    @strawberry.field(description="A wish, which may be refused.")
    async def wish(self, wish: Wish) -> Answer:
        if wish.first > 2:
            raise NotAllowed(message="Too many.")
        return MISCHIEF.answer(Gift(number=wish.first, given_by=GONE), "wish")  # type: ignore[no-any-return]

    @strawberry.field(description="Who sleeps anywhere.")
    async def guests(self, info: Info, first: int = 2) -> Connection[Creature]:
        return MISCHIEF.answer(_page([creature(key) for key in CREATURES[: max(0, first)]], "all"), "guests")  # type: ignore[no-any-return]

    @strawberry.field(description="What time it is.")
    def time(self) -> datetime | None:
        return MISCHIEF.answer(clock.now(), "time")  # type: ignore[no-any-return]

    @strawberry.field(description="A table of numbers.")
    def numbers(self) -> list[list[int | None] | None]:
        return MISCHIEF.answer([[1, None], None, []], "numbers")  # type: ignore[no-any-return]


def schema() -> Stitched:
    return Stitched([Module(name="unruly", query=Query, owns={Creature: creatures_by_id, Den: dens_by_id})])


def known() -> Known:
    ids = {
        "Creature": [encode("Creature", key) for key in (*CREATURES, GONE)],
        "Den": [encode("Den", key) for key in (*DENS, "no")],
    }
    return Known(ids=ids, texts={"name": [*DENS, "no"]})


def context() -> Context:
    return Context(storage=NOTHING, log=NOTHING, ports={}, request_id="sameness")
