"""What is held of people is said for every column that names one: nothing is left out of an export, or of an erasure."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from gateway.modules import MODULES, migrated
from gateway.wiring import asked_by_personal, ports
from modules.kernel.personal import Trace
from modules.kernel.tables import Moment

# Keys of what is no person. A column that is neither here nor in a module's traces fails.
NOT_PEOPLE = {
    *("debate_id", "comment_id", "parent_id", "organisation_id", "verification_id", "poll_id", "option_id", "act_id"),
    "tracker",  # of a ballot: drawn at random, beside no person
}
# Keys of what tells of nobody, or is told by a trace of what it belongs to.
OWN_KEYS = {"id"}
PERSON = "identity_person.id"
WORDLESS = (sa.Uuid, sa.Integer, sa.Boolean, sa.Enum, Moment)


def holders() -> dict[str, Any]:
    return dict(ports(MODULES)[asked_by_personal.Holders].all())


def traces() -> list[tuple[str, Trace]]:
    return [(module, trace) for module, personal in holders().items() for trace in personal.traces]


def columns() -> Iterator[tuple[str, sa.Column[Any]]]:
    """The keys that any table has, by name."""
    for table in (table for owner in migrated() for table in owner.metadata.sorted_tables):
        yield from ((f"{table.name}.{column.name}", column) for column in table.c if isinstance(column.type, sa.Uuid))


def named(trace: Trace) -> str:
    return f"{trace.column.table.name}.{trace.column.name}"


def test_every_module_and_the_kernel_say_what_they_hold() -> None:
    assert set(holders()) == {*(module.name for module in MODULES), "kernel"}


def test_every_column_that_may_name_a_person_is_said() -> None:
    said = {named(trace) for _, trace in traces()}

    assert len(said) == len(traces()) >= 30, "each is said once"
    missing = {name for name, column in columns() if name not in said and column.name not in {*NOT_PEOPLE, *OWN_KEYS}}
    assert missing == set()
    assert {trace_name for trace_name in said if trace_name not in dict(columns())} == set()


def test_what_refers_to_a_person_is_said_whatever_it_is_called() -> None:
    said = {named(trace) for _, trace in traces()}
    referring = {name for name, column in columns() for key in column.foreign_keys if key.target_fullname == PERSON}
    assert referring - said == set()
    assert len(referring) >= 20


def test_a_file_shows_columns_that_there_are_and_no_secret() -> None:
    for module, trace in traces():
        there = {column.name for column in trace.column.table.c}
        assert set(trace.shows) <= there, (module, trace.file)
        assert set(trace.emptied) <= there, (module, trace.file)
        assert [name for name in trace.shows if name.endswith("hash") or name in ("secret", "nonce", "verifier")] == []


def test_files_have_names_of_their_own_and_everything_is_told_in_a_sentence() -> None:
    files = [f"{module}/{trace.file}" for module, trace in traces() if trace.file]
    assert len(files) == len(set(files))
    for _, trace in traces():
        assert trace.told.endswith("."), trace
        assert not trace.stays or trace.stays.endswith("."), trace


def test_nothing_that_people_write_of_themselves_stays_beside_their_key() -> None:
    """A row of a person who was erased keeps keys, times and numbers of identity's; texts are emptied, or are not about them."""
    not_of_the_person = {
        "identity_organisation_decision.reason": "of the organisation, by an official",
        "identity_organisation_verification.edrpou": "the organisation's",
        "identity_organisation_verification.municipality_id": "the organisation's",
        "identity_organisation_decision.municipality_id": "the organisation's",
    }
    kept = {
        f"{trace.column.table.name}.{column.name}"
        for module, trace in traces()
        if module == "identity" and trace.stays
        for column in trace.column.table.c
        if not isinstance(column.type, WORDLESS) and column.name not in trace.emptied
    }
    assert kept == set(not_of_the_person)
