from dataclasses import dataclass

import pytest

from gateway.live.gaps import gapless


@dataclass(frozen=True)
class Place:
    seq: int


@pytest.mark.parametrize(
    ("seqs", "after", "expected"),
    [
        ([], 0, []),
        ([1, 2, 3], 0, [1, 2, 3]),
        ([1, 2, 3], 1, [2, 3]),
        ([1, 2, 3], 3, []),
        ([2, 3], 0, []),
        ([1, 2, 4, 5], 0, [1, 2]),
        ([1, 2, 4, 5], 3, [4, 5]),
        ([1, 2, 4, 5], 2, []),
    ],
)
def test_nothing_after_a_gap(seqs: list[int], after: int, expected: list[int]) -> None:
    assert [each.seq for each in gapless(map(Place, seqs), after)] == expected
