from datetime import UTC, datetime, timedelta

import pytest

from modules.voting.rules import PollState, is_open, is_over, next_change, poll_state, tidy_line, tidy_options

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
INSTANT, HOUR = timedelta(microseconds=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("opens_at", "closes_at", "state", "changes_at"),
    [
        (NOON + HOUR, None, PollState.SCHEDULED, NOON + HOUR),
        (NOON + INSTANT, NOON + HOUR, PollState.SCHEDULED, NOON + INSTANT),
        (NOON, None, PollState.OPEN, None),
        (NOON, NOON + INSTANT, PollState.OPEN, NOON + INSTANT),
        (NOON - HOUR, NOON, PollState.CLOSED, None),
        (NOON, NOON, PollState.CLOSED, None),
    ],
)
def test_a_poll_is_open_from_its_beginning_until_just_before_its_end(
    opens_at: datetime, closes_at: datetime | None, state: PollState, changes_at: datetime | None
) -> None:
    assert poll_state(opens_at, closes_at, now=NOON) is state
    assert is_open(opens_at, closes_at, now=NOON) is (state is PollState.OPEN)
    assert is_over(closes_at, now=NOON) is (state is PollState.CLOSED)
    assert next_change(opens_at, closes_at, now=NOON) == changes_at


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("  За \n проєкт ", "За проєкт"),
        ("x" * 10, "x" * 10),
        ("x" * 11, None),
        ("  ", None),
        ("a\x00b", None),
    ],
)
def test_a_line_is_kept_with_single_spaces(text: str, tidy: str | None) -> None:
    assert tidy_line(text, 10) == tidy


@pytest.mark.parametrize(
    ("options", "tidy"),
    [
        (["За", "Проти"], ["За", "Проти"]),
        ([" Так", "Ні "], ["Так", "Ні"]),
        ([str(number) for number in range(20)], [str(number) for number in range(20)]),
        (["x" * 300, "y" * 300], ["x" * 300, "y" * 300]),
        ([str(number) for number in range(21)], None),
        (["одна"], None),
        ([], None),
        (["x" * 301, "y"], None),
        (["за", " "], None),
        (["За", "за "], None),
        (["За", "Проти", "ЗА"], None),
        (["й", "и\u0306"], None),  # the same letter, written as one sign and as two
        (["Straße", "STRASSE"], None),
    ],
)
def test_a_ballot_has_two_to_twenty_options_that_differ(options: list[str], tidy: list[str] | None) -> None:
    assert tidy_options(options) == tidy
