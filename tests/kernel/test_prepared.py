"""Prepared statements: what becomes of values on the way to the driver and back, on both databases."""

from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import col

from modules.civic.tables import CommentRow, HideReason
from modules.identity.tables import Category, MunicipalityRow, PersonRow
from modules.kernel import storage as storages
from modules.kernel.policy import NOBODY, Role, Viewer
from modules.kernel.prepared import VIEWER_ID, Many, among, prepare, viewer_codes
from modules.kernel.storage import Storage
from modules.kernel.tables import Moment, one_of, pick
from tests.kernel.debates import DEBATES, comment, write_debates
from tests.people import BEGAN, BILA_TSERKVA, KYIV, PEOPLE

HIDDEN = comment(DEBATES[1], 0, body="", hidden_at=BEGAN, hidden_reason=HideReason.SPAM)


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


async def read(storage: Storage, statement: Any, viewer: Viewer = NOBODY, **values: Any) -> list[dict[str, Any]]:
    prepared = prepare(statement, storage.dialect)
    return prepared.rows(await storage.fetch(prepared, values, viewer))


def given(name: str, kind: Any) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=kind)


async def test_parameters_go_where_they_stand_whatever_the_order_they_are_given_in(storage: Storage) -> None:
    text = sa.Text()
    statement = sa.select(
        given("c", text).label("x"),
        given("a", text).label("y"),
        given("c", text).label("z"),
        given("b", text).label("w"),
    )
    assert await read(storage, statement, b="2", c="3", a="1") == [{"x": "3", "y": "1", "z": "3", "w": "2"}]


async def test_a_parameter_with_a_value_is_a_constant_encoded_once(storage: Storage) -> None:
    own = PEOPLE.mira.person_id
    statement = pick(PersonRow, "name").where(
        col(PersonRow.id) == own, col(PersonRow.joined_at) <= given("at", Moment())
    )
    assert await read(storage, statement, at=BEGAN) == [{"name": "Mira"}]
    assert await read(storage, statement, at=BEGAN - timedelta(seconds=1)) == []
    constants = [constant for name, _, constant in prepare(statement, storage.dialect).binds if name != "at"]
    assert constants == [own if storage.dialect.name == "postgresql" else UUID(int=1).hex]


def test_a_missing_value_is_no_null(storage: Storage) -> None:
    prepared = prepare(sa.select(given("here", sa.Text()), given("missing", sa.Text())), storage.dialect)
    with pytest.raises(KeyError, match="missing"):
        prepared.arguments({"here": "", "other": ""}, NOBODY)


def test_a_parameter_that_expands_is_refused(storage: Storage) -> None:
    with pytest.raises(ValueError, match="`among` for IN"):
        prepare(pick(PersonRow, "id").where(col(PersonRow.name).in_(["Mira"])), storage.dialect)


@pytest.mark.parametrize("viewer", [PEOPLE.nobody, PEOPLE.mira, PEOPLE.moderator], ids=["nobody", "mira", "moderator"])
async def test_who_asks_is_a_parameter(storage: Storage, viewer: Viewer) -> None:
    statement = pick(PersonRow, "id").where(col(PersonRow.id) == VIEWER_ID)
    found = [] if viewer.person_id is None else [{"id": viewer.person_id}]
    assert await read(storage, statement, viewer) == found


@pytest.mark.parametrize(
    ("viewer", "role", "codes"),
    [
        (PEOPLE.nobody, Role.MODERATOR, []),
        (PEOPLE.mira, Role.MODERATOR, []),
        (PEOPLE.moderator, Role.MODERATOR, [KYIV]),
        (PEOPLE.moderator, Role.OFFICIAL, []),
        (PEOPLE.official, Role.MODERATOR, [KYIV]),
        (PEOPLE.foreign_moderator, Role.MODERATOR, [BILA_TSERKVA]),
        (
            Viewer(roles=frozenset({(Role.OFFICIAL, KYIV), (Role.MODERATOR, BILA_TSERKVA)})),
            Role.MODERATOR,
            [BILA_TSERKVA, KYIV],
        ),
    ],
)
async def test_where_the_viewer_has_a_role_is_a_parameter(
    storage: Storage, viewer: Viewer, role: Role, codes: list[str]
) -> None:
    key = col(MunicipalityRow.id)
    statement = pick(MunicipalityRow, "id").where(among(key, viewer_codes(role))).order_by(key)
    assert [row["id"] for row in await read(storage, statement, viewer)] == codes


@pytest.mark.parametrize(
    ("column", "table", "value", "other"),
    [
        ("id", PersonRow, PEOPLE.mira.person_id, PEOPLE.taras.person_id),
        ("name", PersonRow, "Mira", "Taras"),
        ("category", MunicipalityRow, Category.OBLAST, Category.SPECIAL_CITY),
    ],
    ids=["uuid", "text", "enum"],
)
async def test_among_takes_no_value_one_and_many(
    storage: Storage, column: str, table: Any, value: Any, other: Any
) -> None:
    found = table.__table__.c[column]
    statement = pick(table, column).where(among(found, given("many", Many(found.type))))
    texts = set()
    for many in ([], [value], [other, value, value]):
        prepared = prepare(statement, storage.dialect)
        texts.add(prepared.text)
        rows = prepared.rows(await storage.fetch(prepared, {"many": many}))
        assert {row[column] for row in rows} == set(many)
    assert len(texts) == 1


async def test_many_raw_values_go_back_as_they_came(storage: Storage) -> None:
    key: Any = col(PersonRow.id)
    keys = prepare(pick(PersonRow, "id").where(key == PEOPLE.mira.person_id), storage.dialect)
    raw = [row[0] for row in await storage.fetch(keys, {})]
    statement = pick(PersonRow, "name").where(among(key, given("keys", Many(key.type, raw=True))))
    assert await read(storage, statement, keys=raw) == [{"name": "Mira"}]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (sa.Uuid(), UUID(int=5)),
        (sa.Text(), "Їжа 🥕 ' \" \\"),
        (sa.BigInteger(), 2**62),
        (sa.Boolean(), True),
        (sa.Boolean(), False),
        (one_of(Colour), Colour.BLUE),
        (Moment(), BEGAN + timedelta(microseconds=1)),
    ],
    ids=str,
)
async def test_values_come_back_as_they_went(storage: Storage, kind: Any, value: Any) -> None:
    (row,) = await read(storage, sa.select(given("value", kind).label("value")), value=value)
    assert row == {"value": value}
    assert isinstance(row["value"], type(value))


async def test_a_moment_goes_in_any_zone_and_comes_back_in_utc(storage: Storage) -> None:
    kyiv = BEGAN.astimezone(timezone(timedelta(hours=3)))
    (row,) = await read(storage, sa.select(given("value", Moment()).label("value")), value=kyiv)
    assert row["value"] == BEGAN
    assert row["value"].isoformat() == "2026-05-01T09:00:00+00:00"
    with pytest.raises(ValueError, match="aware"):
        await read(storage, sa.select(given("value", Moment())), value=BEGAN.replace(tzinfo=None))


@pytest.mark.parametrize("edge", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
async def test_the_first_and_the_last_moment_are_times_like_any(storage: Storage, edge: datetime) -> None:
    (row,) = await read(storage, sa.select(given("value", Moment()).label("value")), value=edge)
    assert abs(row["value"] - edge) == timedelta(microseconds=1)


@pytest.mark.parametrize("kind", [sa.Uuid(), sa.Text(), one_of(Colour), Moment()], ids=str)
async def test_null_goes_and_comes_as_none(storage: Storage, kind: Any) -> None:
    assert await read(storage, sa.select(given("value", kind).label("value")), value=None) == [{"value": None}]


async def test_columns_of_every_kind_are_read_from_a_table_with_and_without_values(storage: Storage) -> None:
    await write_debates(storage)
    async with storage.writing() as work:
        await work.put(CommentRow, [HIDDEN])
    names = ("id", "parent_id", "created_at", "support_count", "hidden_at", "hidden_reason")
    key = col(CommentRow.id)
    hidden = await read(storage, pick(CommentRow, *names).where(key == HIDDEN["id"]))
    assert hidden == [{name: HIDDEN[name] for name in names}]
    shown = await read(storage, pick(CommentRow, *names).where(key != HIDDEN["id"]).limit(1))
    assert (shown[0]["hidden_at"], shown[0]["hidden_reason"], shown[0]["parent_id"]) == (None, None, None)


def counted(made: list[str], name: str) -> Any:
    def make() -> Any:
        made.append(name)
        return sa.select(sa.literal_column("1").label(name))

    return make


def test_a_statement_is_made_once_for_a_key(storage: Storage) -> None:
    made: list[str] = []
    first = storage.prepared("one", counted(made, "one"))
    assert storage.prepared("one", counted(made, "one")) is first
    assert storage.prepared("two", counted(made, "two")) is not first
    assert made == ["one", "two"]


def test_statements_are_kept_up_to_a_bound_and_the_one_used_longest_ago_goes(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storages, "STATEMENTS", 3)
    made: list[str] = []
    for name in "abcad":  # a is used again: b goes when d comes
        storage.prepared(name, counted(made, name))
    assert "".join(made) == "abcd"
    for name in "acd":
        storage.prepared(name, counted(made, name))
    assert "".join(made) == "abcd"
    storage.prepared("b", counted(made, "b"))
    assert "".join(made) == "abcdb"


def test_a_constant_is_not_null(storage: Storage) -> None:
    with pytest.raises(ValueError, match="say IS NULL"):
        prepare(sa.select(sa.literal(None, sa.Text()).label("nothing")), storage.dialect)
