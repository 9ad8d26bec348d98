"""Answers as bytes: the same over every transport."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from gateway.execution.answers import encoded
from gateway.live.messages import following

AT = datetime(2026, 5, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (AT, "2026-05-01T09:00:00Z"),
        (AT + timedelta(microseconds=120_000), "2026-05-01T09:00:00.120000Z"),
    ],
)
def test_a_time_that_was_left_to_the_encoder_is_written_as_the_scalar_is(at: datetime, told: str) -> None:
    assert encoded({"at": at}) == b'{"at":"%s"}' % told.encode()
    assert following("1", {"at": at}) == f'{{"id":"1","type":"next","payload":{{"at":"{told}"}}}}'


def test_what_json_cannot_hold_is_no_answer() -> None:
    with pytest.raises(TypeError):
        encoded({"at": timezone})
