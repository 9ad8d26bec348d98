"""The demo's content, written to a database in bulk, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gateway.demo.settling import Settling
from gateway.demo.shapes import Demo, Hidden, Poll
from gateway.wiring import (
    LegalEntityKind,
    asked_by_identity,
    civic_imports,
    hashed,
    identity_actions,
    identity_imports,
    municipality_actions,
    registry_imports,
    voting_imports,
)
from modules.kernel import clock, keys
from modules.kernel.levels import Level
from modules.kernel.policy import Role
from modules.kernel.storage import Storage, Work


@dataclass(frozen=True)
class Loaded:
    """The demo with the keys that its parts got, each at the position of its part."""

    demo: Demo
    people: tuple[UUID, ...]
    debates: tuple[UUID, ...]
    comments: tuple[UUID, ...]
    polls: tuple[UUID, ...]
    options: tuple[tuple[UUID, ...], ...]


def keyed(demo: Demo) -> Loaded:
    """Keys are derived from positions: the same demo has the same keys, wherever it is loaded."""
    return Loaded(
        demo,
        people=_keys("person", len(demo.people)),
        debates=_keys("debate", len(demo.debates)),
        comments=_keys("comment", len(demo.comments)),
        polls=_keys("poll", len(demo.polls)),
        options=tuple(_keys(f"poll-{at}-option", len(poll.options)) for at, poll in enumerate(demo.polls)),
    )


async def load(storage: Storage, demo: Demo, secrets: asked_by_identity.Secrets) -> Loaded:
    """Write everything, or nothing. Raises EmailTaken when a demo is there already."""
    loaded = keyed(demo)
    passwords = {login.email: await hashed(login.password) for login in demo.logins}
    async with storage.writing() as work:
        await _put_identity(work, loaded, passwords)
        await _put_registry(work, demo)
        await _put_civic(work, loaded)
        await _put_voting(work, loaded)
        settling = Settling(work, demo, loaded.people, secrets)
        await settling.municipalities()
        await settling.residents()
        await settling.associations()
    return loaded


def _keys(kind: str, count: int) -> tuple[UUID, ...]:
    return tuple(keys.derived("demo", f"{kind}-{at}") for at in range(count))


async def _put_identity(work: Work, loaded: Loaded, passwords: Mapping[str, str]) -> None:
    demo = loaded.demo
    places = [place.code for place in demo.municipalities]
    units = [
        identity_imports.Unit(
            place.code,
            None if place.parent is None else places[place.parent],
            identity_imports.Category(place.kind),
            place.name,
        )
        for place in demo.municipalities
    ]
    await identity_imports.put_municipalities(work, units)
    people = [
        identity_imports.Person(
            id=key,
            name=person.name,
            joined_at=person.joined_at,
            municipality_id=places[person.municipality],
            about=person.about or "",
            locale=person.locale,
            interests=person.interests,
        )
        for key, person in zip(loaded.people, demo.people, strict=True)
    ]
    await identity_imports.put_people(work, people)
    for role in demo.roles:
        if role.role != "citizen":
            person_id, place = loaded.people[role.person], places[role.municipality]
            await municipality_actions.appoint(work, person_id, Role(role.role), place)
    for login in demo.logins:
        await identity_actions.open_account(
            work, loaded.people[login.person], login.email, passwords[login.email], confirmed_at=clock.now()
        )


async def _put_registry(work: Work, demo: Demo) -> None:
    entities = [
        registry_imports.Entity(
            edrpou=each.edrpou,
            name=each.name,
            short_name=each.short_name,
            kind=LegalEntityKind(each.kind),
            parent=None if each.parent is None else demo.organisations[each.parent].edrpou,
            municipality_id=demo.municipalities[each.municipality].code,
        )
        for each in demo.organisations
    ]
    await registry_imports.put_legal_entities(work, entities)


async def _put_civic(work: Work, loaded: Loaded) -> None:
    demo = loaded.demo
    debates = [
        civic_imports.Debate(
            id=key,
            municipality_id=demo.municipalities[debate.municipality].code,
            title=debate.title,
            body=debate.body,
            opened_by=loaded.people[debate.opener],
            opens_at=debate.opens_at,
            closes_at=debate.closed_at,
        )
        for key, debate in zip(loaded.debates, demo.debates, strict=True)
    ]
    reactions = [
        civic_imports.Reaction(
            loaded.comments[each.comment], loaded.people[each.person], civic_imports.ReactionKind(each.kind)
        )
        for each in demo.reactions
    ]
    await civic_imports.put_debates(work, debates, _comments(loaded), reactions)


def _comments(loaded: Loaded) -> list[civic_imports.Comment]:
    return [
        civic_imports.Comment(
            id=key,
            debate_id=loaded.debates[comment.debate],
            parent_id=None if comment.parent is None else loaded.comments[comment.parent],
            author_id=loaded.people[comment.author],
            body=comment.body,
            created_at=comment.written_at,
            hidden=_hidden(loaded, comment.hidden) if comment.hidden else None,
        )
        for key, comment in zip(loaded.comments, loaded.demo.comments, strict=True)
    ]


def _hidden(loaded: Loaded, hidden: Hidden) -> civic_imports.Hidden:
    reason, moderator = civic_imports.HideReason(hidden.reason), loaded.people[hidden.moderator]
    return civic_imports.Hidden(hidden.hidden_at, reason, moderator)


async def _put_voting(work: Work, loaded: Loaded) -> None:
    demo = loaded.demo
    polls = [
        {
            "id": key,
            "debate_id": loaded.debates[poll.debate],
            "municipality_id": demo.municipalities[demo.debates[poll.debate].municipality].code,
            "title": poll.question,
            "opened_by": loaded.people[poll.opener],
            "opens_at": poll.opens_at,
            "closes_at": _end(poll),
            "minimum_level": (Level.RESIDENT if poll.is_for_residents else Level.REGISTERED).number,
        }
        for key, poll in zip(loaded.polls, demo.polls, strict=True)
    ]
    options = [
        {"id": key, "poll_id": poll_id, "position": position, "text": text}
        for poll_id, poll, option_ids in zip(loaded.polls, demo.polls, loaded.options, strict=True)
        for position, (key, text) in enumerate(zip(option_ids, poll.options, strict=True), start=1)
    ]
    participations = [
        {"poll_id": loaded.polls[each.poll], "person_id": loaded.people[each.person]} for each in demo.ballots
    ]
    ballots = [
        {"poll_id": loaded.polls[each.poll], "option_id": loaded.options[each.poll][each.option]}
        for each in demo.ballots
    ]
    await voting_imports.put_polls(work, polls, options, participations, ballots)


def _end(poll: Poll) -> datetime | None:
    return poll.closed_at or poll.closes_at
