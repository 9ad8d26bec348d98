from itertools import islice

from tests.live.faults.schedule import GREAT, LASTS, SERVERS, SMALL, great, small


def test_a_seed_draws_the_same_faults_again_and_another_seed_others() -> None:
    first, again, other = (list(islice(great(seed), 50)) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert list(islice(small(1), 50)) == list(islice(small(1), 50))


def test_every_kind_has_its_turn_before_one_comes_again() -> None:
    for drawn, kinds in ((great(7), GREAT), (small(7), SMALL)):
        for _ in range(3):
            turn = [fault.kind for fault in islice(drawn, len(kinds))]
            assert sorted(turn, key=kinds.index) == list(kinds)


def test_faults_meet_every_server_and_last_as_long_as_they_may() -> None:
    drawn = list(islice(great(3), 300))
    assert {fault.server for fault in drawn} == set(range(SERVERS))
    for fault in drawn:
        shortest, longest = LASTS.get(fault.kind, (0.0, 3.0))
        assert shortest <= fault.lasts <= longest
