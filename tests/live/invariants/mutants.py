"""Small wrongs in the product, each of which breaks one invariant: what tests of invariants are measured by."""

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import pytest

from gateway.execution.subscribing import Known
from gateway.live import cursors, hub
from gateway.live.channels import Channel, LogChannel, StateChannel
from gateway.live.cursors import Cursor
from gateway.live.feed import Feed
from gateway.live.groups import Group, LogGroup
from gateway.live.hub import Hub
from gateway.live.places import Places
from gateway.live.protocol import LiveProtocol
from gateway.live.redis_backend import RedisBackend
from gateway.live.subscribers import People, Subscriber
from gateway.live.wires import RawWire
from gateway.sessions import Sessions
from modules.kernel.live import LogTopic
from modules.kernel.storage import Storage
from tests.live.invariants import (
    test_access,
    test_completeness,
    test_hiding,
    test_history,
    test_leaving,
    test_outages,
    test_promptness,
    test_sharing,
    test_slowness,
    wrongs,
)


@dataclass(frozen=True)
class Mutant:
    """`apply` makes the product wrong, and `scenario` has to notice; `given` are its arguments by parametrising. Its clients
    wait `patience` seconds: enough where nothing is wrong."""

    name: str
    scenario: Callable[..., Awaitable[None]]
    apply: Callable[[pytest.MonkeyPatch], None]
    given: tuple[Any, ...] = ()
    patience: float = 0.6

    def __str__(self) -> str:
        invariant = self.scenario.__name__.split("_")[1]
        return f"{invariant} {self.name} {' '.join(map(str, self.given))[:30]}".strip()


def replaced(owner: Any, name: str, other: Any) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(owner, name, other)


MUTANTS = [
    Mutant(
        "only the last is told",
        test_completeness.test_i1_everything_from_the_cursor_to_the_head,
        replaced(LogGroup, "take", wrongs.only_the_last),
        patience=2.5,
    ),
    Mutant(
        "no poll",
        test_completeness.test_i1_everything_from_the_cursor_to_the_head,
        replaced(Feed, "_look", wrongs.nothing_awaited),
        patience=2.5,
    ),
    Mutant(
        "one read of the log",
        test_outages.test_i1_what_could_not_be_rendered_is_rendered_again,
        replaced(hub, "ATTEMPTS", 1),
    ),
    Mutant(
        "told from the first moment",
        test_completeness.test_i2_nothing_is_told_before_it_is_known_where_to_begin,
        replaced(cursors, "NOT_BEGUN", 0),
    ),
    Mutant(
        "backwards", test_completeness.test_i1_everything_from_the_cursor_to_the_head, wrongs.backwards, patience=2.5
    ),
    Mutant(
        "told twice", test_completeness.test_i1_everything_from_the_cursor_to_the_head, wrongs.told_twice, patience=2.5
    ),
    Mutant(
        "two fetches",
        test_completeness.test_i3_once_though_the_group_changes_in_the_middle_of_catching_up,
        replaced(Cursor, "_fetch", wrongs.forgets_its_successor),
    ),
    Mutant("nodes in answers", test_completeness.test_i4_every_node_renders_the_same_bytes, wrongs.node_in_answers),
    Mutant("late hints", test_promptness.test_i5_prompt_while_the_bus_is_up, wrongs.late_hints),
    Mutant("slow poll", test_promptness.test_i5_within_a_poll_while_the_bus_is_down, wrongs.slow_poll, patience=1.4),
    Mutant(
        "announced though rolled back",
        test_completeness.test_i6_what_is_rolled_back_is_never_seen,
        replaced(Storage, "writing", wrongs.announced_whatever_becomes_of_it),
    ),
    Mutant(
        "any cursor goes on",
        test_history.test_i7_a_cursor_of_another_history_is_told_at_joining,
        replaced(LogChannel, "_resync", wrongs.nothing),
    ),
    Mutant("trimmed is passed over", test_history.test_i7_what_was_trimmed_is_told_at_joining, wrongs.passed_over),
    Mutant(
        "goes on silently",
        test_history.test_i7_whoever_follows_is_told_when_a_backup_is_restored,
        replaced(LogGroup, "restart", wrongs.goes_on_silently),
    ),
    Mutant(
        "nobody looks at the history",
        test_history.test_i7_whoever_follows_is_told_when_a_backup_is_restored,
        replaced(Feed, "_history", wrongs.nothing),
    ),
    Mutant(
        "states do not look",
        test_history.test_i7_a_state_is_told_anew_when_a_backup_is_restored,
        replaced(StateChannel, "look", wrongs.nothing),
    ),
    Mutant(
        "what is left of a block",
        test_history.test_i7_what_was_trimmed_is_told_to_who_was_slow,
        replaced(LogGroup, "block", wrongs.whatever_is_there),
        (130,),
    ),
    Mutant(
        "nobody is too far",
        test_history.test_i7_who_is_too_far_behind_is_told,
        replaced(LogChannel, "_resync", wrongs.nothing),
    ),
    Mutant(
        "access is not reached",
        test_access.test_i8_nothing_after_the_revocation_on_any_node,
        replaced(Sessions, "reach", wrongs.nothing_awaited),
    ),
    Mutant(
        "nobody is suspect",
        test_access.test_i8_a_socket_is_told_nothing_after_the_revocation,
        replaced(Subscriber, "suspect", wrongs.nothing),
    ),
    Mutant(
        "the short way stays open",
        test_access.test_i8_a_socket_is_told_nothing_after_the_revocation,
        replaced(Subscriber, "take_back", wrongs.nothing),
    ),
    Mutant(
        "nobody is found",
        test_access.test_i8_nothing_after_the_revocation_on_any_node,
        replaced(People, "_changed", wrongs.nothing),
    ),
    Mutant(
        "who it is is not asked again",
        test_access.test_i8_a_join_that_races_with_a_role_that_is_taken,
        replaced(Subscriber, "_begin", wrongs.not_asked_again),
        ("in its group",),
    ),
    Mutant(
        "who it is is not asked again",
        test_access.test_i8_a_join_that_races_with_a_role_that_is_taken,
        replaced(Subscriber, "_begin", wrongs.not_asked_again),
        ("behind its start",),
    ),
    Mutant(
        "who it is is not asked again",
        test_access.test_i8_a_join_that_races_with_a_role_that_is_taken,
        replaced(Subscriber, "_begin", wrongs.not_asked_again),
        ("before its start",),
    ),
    Mutant(
        "who it is is not known before",
        test_access.test_i8_a_join_that_races_with_the_revocation,
        replaced(Subscriber, "_begin", wrongs.not_known_before),
        ("asked who",),
    ),
    Mutant(
        "states do not settle",
        test_access.test_i8_a_state_is_not_told_after_the_revocation,
        replaced(Hub, "settled", wrongs.nothing_awaited),
    ),
    Mutant(
        "roles stay",
        test_access.test_i8_a_role_that_is_taken_moves_the_subscription,
        replaced(Subscriber, "_place_again", wrongs.nothing_awaited),
    ),
    Mutant(
        "time is not looked at",
        test_access.test_i9_nothing_after_expiry_however_late_the_timer_is,
        replaced(Subscriber, "wake", wrongs.timeless),
    ),
    Mutant(
        "the short way is open for ever",
        test_access.test_i9_a_socket_is_told_nothing_after_expiry,
        replaced(Subscriber, "grant", wrongs.for_ever),
    ),
    Mutant(
        "viewers share",
        test_sharing.test_i10_what_is_of_the_viewer_is_theirs_alone,
        replaced(Hub, "admit", wrongs.all_alike),
        (test_sharing.MINE[1],),
    ),
    Mutant("scopes share", test_sharing.test_i10_two_scopes_never_share, wrongs.one_scope),
    Mutant(
        "variables share",
        test_sharing.test_i10_variables_are_compared_by_what_they_say,
        replaced(Known, "shared", lambda *_: b"{}"),
    ),
    Mutant(
        "no start is shared",
        test_sharing.test_i10_where_one_starts_is_no_difference,
        replaced(Known, "shared", wrongs.all_variables),
    ),
    Mutant(
        "buffers without end",
        test_slowness.test_i11_who_does_not_read_costs_a_buffer_and_slows_nobody,
        replaced(LiveProtocol, "pause_writing", wrongs.nothing),
    ),
    Mutant(
        "all at once",
        test_slowness.test_i11_a_client_that_reads_a_little_gets_a_little,
        replaced(Cursor, "_piece", lambda _self, taken, _most: taken),
    ),
    Mutant(
        "endless patience",
        test_slowness.test_i11_a_client_that_takes_nothing_for_too_long_is_closed,
        replaced(RawWire, "_stopped", wrongs.nothing),
    ),
    Mutant(
        "nobody is too slow",
        test_slowness.test_i11_a_client_that_is_too_far_behind_is_closed,
        replaced(Subscriber, "too_slow", wrongs.nothing),
    ),
    Mutant(
        "groups stay",
        test_leaving.test_i12_nothing_is_left_of_clients_that_left,
        replaced(Channel, "withdraw", wrongs.left_behind),
    ),
    Mutant(
        "topics stay",
        test_leaving.test_i12_nothing_is_left_of_clients_that_left,
        replaced(Hub, "leave", wrongs.leaves_open),
    ),
    Mutant(
        "tasks stay",
        test_leaving.test_i12_nothing_is_left_of_clients_that_left,
        replaced(Group, "close", wrongs.nothing),
    ),
    Mutant(
        "people stay",
        test_leaving.test_i12_nothing_is_left_of_clients_that_left,
        replaced(People, "forget", wrongs.nothing),
    ),
    Mutant(
        "nothing is forgotten",
        test_hiding.test_i13_replays_out_of_the_ring_and_out_of_blocks,
        replaced(LogGroup, "forget", wrongs.nothing),
        (0,),
    ),
    Mutant(
        "nothing conceals",
        test_hiding.test_i13_what_is_being_rendered_is_rendered_again,
        replaced(LogTopic, "does_conceal", wrongs.nothing),
    ),
    Mutant(
        "what was fetched stays",
        test_hiding.test_i13_what_was_fetched_for_a_client_that_does_not_read_is_forgotten,
        replaced(Cursor, "forget", wrongs.nothing),
    ),
    Mutant(
        "a block as it was",
        test_hiding.test_i13_a_block_that_was_ready_a_moment_before_is_made_again,
        replaced(LogGroup, "block", wrongs.known_as_it_was),
    ),
    Mutant(
        "one subscription to Redis",
        test_promptness.test_i14_hints_resume_when_redis_is_back,
        replaced(RedisBackend, "_supervise", wrongs.ends_with_the_first),
        ("restarted",),
    ),
    Mutant(
        "one topic at a time", test_promptness.test_i15_a_busy_topic_does_not_delay_another, wrongs.one_topic_at_a_time
    ),
    Mutant(
        "room for all ways",
        test_outages.test_a_topic_is_told_in_so_many_ways,
        replaced(Hub, "expect_room", wrongs.nothing),
    ),
    Mutant(
        "places for all",
        test_outages.test_so_many_clients_have_a_place,
        replaced(Places, "taken", lambda *_: nullcontext()),
        (Places(2), 503),
    ),
]
