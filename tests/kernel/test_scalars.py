"""Scalars take what they say and refuse the rest with a sentence."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from graphql import GraphQLError

from modules.kernel import keys
from modules.kernel.fields import Node, entity, part
from modules.kernel.refusals import InvalidInput
from modules.kernel.scalars import read_big_int, read_cursor, read_datetime, read_money, write_datetime


def test_a_time_is_answered_in_utc() -> None:
    kyiv = timezone(timedelta(hours=3))
    assert write_datetime(datetime(2026, 5, 1, 12, 0, tzinfo=kyiv)) == "2026-05-01T09:00:00Z"
    assert read_datetime("2026-05-01T12:00:00+03:00") == datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
    with pytest.raises(ValueError, match="aware"):
        write_datetime(datetime(2026, 5, 1, 12, 0))  # noqa: DTZ001 (that is what is refused)


@pytest.mark.parametrize("given", ["2026-05-01T12:00:00", "yesterday", "", 5, None, "2026-13-01T00:00:00Z"])
def test_a_time_without_a_zone_or_sense_is_refused(given: object) -> None:
    with pytest.raises(GraphQLError) as refused:
        read_datetime(given)
    assert refused.value.extensions == {"code": "BAD_USER_INPUT"}


def test_big_int_takes_64_bits_as_number_or_text() -> None:
    assert read_big_int(2**63 - 1) == read_big_int(str(2**63 - 1)) == 2**63 - 1
    for given in (2**63, "1e3", "9" * 6000, True, 1.5, None, ""):
        with pytest.raises(GraphQLError, match="64 bits"):
            read_big_int(given)


def test_money_has_two_decimals_and_a_currency() -> None:
    assert read_money("-1250.00 UAH") == "-1250.00 UAH"
    for given in ("1250 UAH", "1250.00", "1250.0 UAH", "1250.00 uah", 1250, "1,250.00 UAH"):
        with pytest.raises(GraphQLError, match=r"1250\.00 UAH"):
            read_money(given)


def test_a_cursor_is_a_short_text() -> None:
    assert read_cursor("abc") == "abc"
    for given in (5, None, "x" * 4_001):
        with pytest.raises(GraphQLError, match="Cursor"):
            read_cursor(given)


@entity("A thing.")
class Thing(Node): ...


@part(key=str)
class Place(Node): ...


def test_a_global_id_names_its_type_and_key() -> None:
    key = keys.new()
    assert keys.encode("Thing", key) == f"Thing_{key.hex}"
    assert keys.decode_uuid(Thing, f"Thing_{key.hex}") == key
    assert keys.decode_code(Place, "Place_UA80000000000093317") == "UA80000000000093317"


@pytest.mark.parametrize("given", ["", "Thing", "Thing_", "Thing_xyz", "Other_" + "a" * 32, "Thing_" + "g" * 32])
def test_another_id_is_refused_with_the_name_of_its_field(given: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        keys.decode(Thing, given, "thingId")
    assert (refused.value.field, refused.value.code) == ("thingId", "BAD_USER_INPUT")
