from datetime import UTC, datetime, timedelta

import pytest

from modules.civic.rules import DebateState, debate_state, is_hidden, is_open, tidy_text

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
INSTANT, HOUR = timedelta(microseconds=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("opens_at", "closes_at", "state"),
    [
        (NOON + INSTANT, None, DebateState.SCHEDULED),
        (NOON + INSTANT, NOON + HOUR, DebateState.SCHEDULED),
        (NOON, None, DebateState.OPEN),
        (NOON, NOON + INSTANT, DebateState.OPEN),
        (NOON - HOUR, NOON, DebateState.CLOSED),
        (NOON, NOON, DebateState.CLOSED),
    ],
)
def test_a_debate_is_open_from_its_beginning_until_just_before_its_end(
    opens_at: datetime, closes_at: datetime | None, state: DebateState
) -> None:
    assert debate_state(opens_at, closes_at, now=NOON) is state
    assert is_open(opens_at, closes_at, now=NOON) is (state is DebateState.OPEN)


def test_what_has_a_time_of_hiding_is_hidden() -> None:
    assert is_hidden(NOON)
    assert not is_hidden(None)


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("  Парк \n", "Парк"),
        ("два\n\nкроки", "два\n\nкроки"),
        ("x" * 10, "x" * 10),
        (" " + "x" * 10 + " ", "x" * 10),
        ("x" * 11, None),
        (" \n ", None),
        ("", None),
        ("a\x00b", None),
    ],
)
def test_a_text_is_kept_without_the_space_around_it(text: str, tidy: str | None) -> None:
    assert tidy_text(text, 10) == tidy
