"""What modules announce: facts by their keys, on topics that a subscription can read whole."""

import re
from dataclasses import FrozenInstanceError, fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints
from uuid import UUID

import pytest

from gateway.modules import MODULES
from modules.kernel import keys
from modules.kernel.live import Topic
from modules.kernel.log import Event
from modules.kernel.storage import Storage
from tests.asking import Ask
from tests.civic.scenes import add_comment, following, start_debate
from tests.contents import announced
from tests.voting.scenes import open_poll

DEBATE_EVENTS = "subscription($id: ID!, $after: Cursor) { debateEvents(debateId: $id, after: $after) { event { __typename } resync } }"


def _events(module: str) -> list[type[Any]]:
    """The events that a module announces, itself and by its nouns; a module without them announces nothing."""
    inside = Path(str(import_module(f"modules.{module}").__file__)).parent
    rooms = sorted(path.relative_to(inside).with_suffix("") for path in inside.rglob("events.py"))
    names = [".".join(("modules", module, *room.parts)) for room in rooms]
    declared = [kind for name in names for kind in vars(import_module(name)).values()]
    shapes = [kind for kind in declared if isinstance(kind, type) and is_dataclass(kind)]
    return [kind for kind in shapes if not kind.__subclasses__()]  # what others are made of is not announced itself


EVENTS = [(module.name, kind) for module in MODULES for kind in _events(module.name)]


def of(module: str) -> list[type[Any]]:
    return [kind for name, kind in EVENTS if name == module]


def sample(kind: type[Any], **known: UUID) -> Any:
    return kind(**{field.name: known.get(field.name, UUID(int=7)) for field in fields(kind)})


def test_there_are_events() -> None:
    assert {name: len(of(name)) for name, _ in EVENTS} == {"identity": 8, "civic": 5, "voting": 4}


@pytest.mark.parametrize(("module", "kind"), EVENTS, ids=lambda value: getattr(value, "__name__", value))
def test_an_event_is_frozen_and_has_only_keys(module: str, kind: type[Any]) -> None:
    event: Event = sample(kind)

    assert set(get_type_hints(kind).values()) <= {UUID, str}
    assert [field.name for field in fields(kind) if not field.name.endswith("_id")] == []
    with pytest.raises(FrozenInstanceError):
        setattr(event, fields(kind)[0].name, UUID(int=8))
    assert re.fullmatch(r"[a-z]+:[0-9a-f]{32}|viewers", event.topic)
    assert event.entity == UUID(int=7)
    assert re.fullmatch(r"([A-Z][a-z]+)+(ed|Cast|Hidden)", kind.__name__)  # in the past tense


async def announce(storage: Storage, event: Any) -> None:
    async with storage.writing() as work:
        work.record(event)


async def test_debate_events_tells_every_event_of_its_topic(ask: Ask, storage: Storage) -> None:
    debate = await start_debate(ask)
    known = {"debate_id": _key(debate), "comment_id": _key(await add_comment(ask, debate))}
    on_topic = [kind for kind in of("civic") if sample(kind, **known).topic == f"debate:{_key(debate).hex}"]

    assert [kind.__name__ for kind in on_topic] == ["CommentAdded", "CommentHidden", "DebateClosed"]
    after = (await ask("query($id: ID!) { debate(id: $id) { liveCursor } }", {"id": debate}))["debate"]["liveCursor"]
    for kind in on_topic:
        await announce(storage, sample(kind, **known))
    async with following(ask, DEBATE_EVENTS, id=debate, after=after) as heard:
        pushes = [(await heard())["data"]["debateEvents"] for _ in on_topic]
    assert pushes == [{"event": {"__typename": kind.__name__}, "resync": None} for kind in on_topic]


def topics() -> dict[str, str]:
    """The kinds of topics on which events are announced, by event."""
    return {kind.__name__: sample(kind).topic.partition(":")[0] for _, kind in EVENTS}


def test_every_topic_that_is_announced_on_is_followed() -> None:
    declared = {each.kind for module in ("civic", "voting") for each in _declared(module)}
    assert {kind for kind in topics().values() if kind != "viewers"} <= declared


def _declared(module: str) -> list[Topic]:
    found = vars(import_module(f"modules.{module}.subscriptions")).values()
    return [each for each in found if isinstance(each, Topic)]


STATES = [
    ("poll", "subscription($id: ID!) { s: pollTally(pollId: $id) { version } }"),
    ("polls", "subscription($id: ID!) { s: debatePolls(debateId: $id) { version } }"),
    (
        "reactions",
        "subscription($id: ID!, $c: [ID!]!) { s: reactionCounts(debateId: $id, commentIds: $c) { version } }",
    ),
]


@pytest.mark.parametrize(("topic", "query"), STATES)
async def test_a_state_moves_with_every_event_of_its_topic(ask: Ask, storage: Storage, topic: str, query: str) -> None:
    debate = await start_debate(ask)
    poll, comment = await open_poll(ask, debate), await add_comment(ask, debate)
    known = {"poll_id": poll.key, "debate_id": _key(debate), "comment_id": _key(comment)}
    on_topic = [kind for _, kind in EVENTS if topics()[kind.__name__] == topic]

    assert on_topic
    variables: dict[str, Any] = {"id": poll.id if topic == "poll" else debate}
    if topic == "reactions":
        variables["c"] = [comment]
    async with following(ask, query, **variables) as heard:
        version = (await heard())["data"]["s"]["version"]
        for later, kind in enumerate(on_topic, start=version + 1):
            await announce(
                storage, sample(kind, **{name: known[name] for name in known if name in get_type_hints(kind)})
            )
            assert await heard() == {"data": {"s": {"version": later}}}


async def test_the_log_keeps_keys_as_text_and_nothing_else(storage: Storage) -> None:
    for _, kind in EVENTS:
        await announce(storage, sample(kind))

    kept = await announced(storage)
    assert sorted(name for name, _ in kept) == sorted(kind.__name__ for _, kind in EVENTS)
    for name, payload in kept:
        (kind,) = (kind for _, kind in EVENTS if kind.__name__ == name)
        assert payload == {field.name: UUID(int=7).hex for field in fields(kind)}


def _key(global_id: str) -> UUID:
    return UUID(hex=keys.split(global_id)[1])
