"""What a module declares of a topic: its name, its arguments, what an event is in the graph."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import strawberry
from strawberry import UNSET

from modules.kernel import keys
from modules.kernel.fields import MARK
from modules.kernel.following import Log, Logged
from modules.kernel.live import (
    AudienceTopic,
    Followed,
    LogTopic,
    ResyncReason,
    State,
    StateTopic,
    Topic,
    cursor,
    cursors,
    followed,
    parsed,
)
from modules.kernel.policy import NOBODY, Viewer
from modules.kernel.refusals import InvalidInput
from modules.kernel.storage import Storage

KEY, PIN = UUID(int=5), UUID(int=6)


@strawberry.type
class Board:
    id: strawberry.ID


@dataclass(frozen=True)
class PinAdded:
    board_id: UUID
    pin_id: UUID
    colour: str


@dataclass(frozen=True)
class BoardCleared:
    board_id: UUID


@strawberry.type
class ShownPin:
    pin_id: strawberry.Private[UUID]
    colour: str
    size: int = 1


@strawberry.type
class ShownClearing:
    """Nothing of the event is shown."""


@strawberry.type
class Update:
    cursor: str
    event: ShownPin | None = None
    resync: ResyncReason | None = None


async def may(info: Any, key: UUID) -> Viewer:
    return NOBODY


async def load(info: Any, key: UUID, *, colours: list[str], first: int = 3) -> State:
    return State(None, 0)


PINS = LogTopic(
    kind="board",
    of=Board,
    authorize=may,
    update=Update,
    shows={PinAdded: ShownPin, BoardCleared: ShownClearing},
    conceals=(BoardCleared,),
)
COUNTS = StateTopic(kind="counts", of=Board, authorize=may, load=load)
LOOKERS = AudienceTopic(kind="lookers", of=Board, authorize=may, show=lambda number: number)


def logged(kind: type[Any], **payload: Any) -> Logged:
    return Logged("board:5", 1, datetime.now(UTC), kind.__name__, "6", payload)


def test_a_topic_is_named_by_its_kind_and_its_key() -> None:
    assert [topic.name(KEY) for topic in (PINS, COUNTS, LOOKERS)] == [
        f"board:{KEY.hex}", f"counts:{KEY.hex}", f"lookers:{KEY.hex}",
    ]  # fmt: skip
    assert (PINS.argument, PINS.key(keys.encode("Board", KEY))) == ("board_id", KEY)


@pytest.mark.parametrize("given", ["", "x", f"Pin_{KEY.hex}", "Board_x", f"Board_{KEY.hex}0"])
def test_what_is_no_id_is_refused_by_the_name_of_the_argument(given: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        PINS.key(given)
    assert refusal.value.field == "boardId"


def test_an_event_is_made_of_its_own_fields_with_keys_as_keys() -> None:
    event = logged(PinAdded, board_id=KEY.hex, pin_id=PIN.hex, colour=KEY.hex)
    update = PINS.event(cursor("e", "board:5", 1), event)
    assert (update.cursor, update.resync) == (cursor("e", "board:5", 1), None)
    assert update.event == ShownPin(pin_id=PIN, colour=KEY.hex, size=1), "a text that looks like a key is a text"
    assert PINS.event(cursor("e", "board:5", 2), logged(BoardCleared, board_id=KEY.hex)).event == ShownClearing()


@pytest.mark.parametrize(
    ("event", "can"),
    [
        (logged(PinAdded, board_id=KEY.hex, pin_id=PIN.hex, colour="red"), True),
        (logged(PinAdded, board_id=KEY.hex, pin_id=PIN.hex, colour="red", shape="round"), True),
        (logged(PinAdded, board_id=KEY.hex, pin_id=PIN.hex), False),
        (logged(BoardCleared), True),
        (logged(Board), False),
    ],
    ids=["as it is", "with more", "with less", "nothing of it is shown", "another"],
)
def test_an_event_of_another_release_is_shown_if_it_has_all_that_is_shown(event: Logged, can: bool) -> None:
    assert PINS.can_show(event) == can


def test_word_to_query_again_has_no_event() -> None:
    again = PINS.resync(cursor("e", "board:5", 7), ResyncReason.TRIMMED)
    assert again == Update(cursor=cursor("e", "board:5", 7), event=None, resync=ResyncReason.TRIMMED)


def test_which_events_conceal_what_was_rendered() -> None:
    added, cleared = logged(PinAdded), logged(BoardCleared)
    assert [PINS.does_conceal(events) for events in ([], [added, added], [added, cleared])] == [False, False, True]


@pytest.mark.parametrize(
    ("topic", "arguments"),
    [
        (PINS, [("board_id", UNSET), ("after", None)]),
        (COUNTS, [("board_id", UNSET), ("colours", UNSET), ("first", 3)]),
        (LOOKERS, [("board_id", UNSET)]),
    ],
)
def test_a_subscription_takes_the_id_and_what_its_topic_takes(topic: Topic, arguments: list[Any]) -> None:
    field = followed(topic, "What happens on a board.")
    assert (field.metadata, field.description) == ({MARK: Followed(topic)}, "What happens on a board.")
    assert [(argument.python_name, argument.default) for argument in field.arguments] == arguments
    assert field.arguments[0].description == "Which board."


def test_cursors_of_topics_are_told_apart() -> None:
    assert len({cursor("e", topic.name(KEY), 1) for topic in (PINS, COUNTS, LOOKERS)}) == 3
    with pytest.raises(InvalidInput, match="`after`"):
        parsed(cursor("e", PINS.name(KEY), 1), PINS.name(PIN))


async def test_cursors_of_many_topics_name_one_history(storage: Storage) -> None:
    log = Log(storage)
    made = await cursors(log, [("board:1", 3), ("board:2", 0)])
    epoch = await log.epoch()
    assert [parsed(at, f"board:{number}") for number, at in enumerate(made, 1)] == [(epoch, 3), (epoch, 0)]
