"""What people do in organisations."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from modules.identity.actions import municipality_exists
from modules.identity.events import MembershipChanged
from modules.identity.organisations import policy, rules
from modules.identity.organisations.refusals import AlreadyMember, LastCreator
from modules.identity.organisations.tables import BELONGING, MembershipRole, MembershipRow, OrganisationRow
from modules.identity.tables import PersonRow
from modules.kernel import clock, keys
from modules.kernel.policy import Viewer
from modules.kernel.refusals import InvalidInput, NotFound
from modules.kernel.search import searchable
from modules.kernel.storage import Row, Work
from modules.kernel.tables import col, pick

_ORGANISATION = pick(OrganisationRow, "id", "municipality_id", "name", "about", "verification_state", "verification_id")


async def create_organisation(
    work: Work, viewer: Viewer, *, municipality_id: str, name: str, about: str, website: str | None
) -> UUID:
    """Found an organisation, as its creator; its key. Raises NotSignedIn or InvalidInput."""
    creator_id, now = policy.may_create(viewer), clock.now()
    tidy_name, tidy_about = rules.tidy_line(name, rules.LONGEST_NAME), rules.tidy_text(about)
    if tidy_name is None:
        raise InvalidInput(field="name", message=f"A name has 2 to {rules.LONGEST_NAME} printable characters.")
    if tidy_about is None:
        raise InvalidInput(field="about", message=f"`about` has at most {rules.LONGEST_TEXT:,} characters.")
    address = rules.tidy_website(website) if website else None
    if website and address is None:
        raise InvalidInput(field="website", message="A website begins with https:// or http://.")
    if not await municipality_exists(work, municipality_id):
        raise InvalidInput(field="municipalityId", message="There is no such municipality.")
    organisation_id = keys.new()
    founded = {"name": tidy_name, "about": tidy_about, "website": address, "created_at": now}
    told = {"municipality_id": municipality_id, "search_text": searchable(tidy_name, tidy_about)}
    await work.run(work.insert(OrganisationRow).values(id=organisation_id, **founded, **told))
    await _joins(work, organisation_id, creator_id, MembershipRole.CREATOR)
    return organisation_id


async def invite_member(work: Work, viewer: Viewer, organisation_id: UUID, person_id: UUID) -> None:
    """Offer somebody to join. Raises NotSignedIn, NotFound, NotAllowed or AlreadyMember."""
    policy.may_invite(viewer, await held(work, viewer, organisation_id))
    living = (col(PersonRow.id) == person_id, col(PersonRow.erased_at).is_(None))
    if await work.value(pick(PersonRow, "id").where(*living)) is None:
        raise NotFound(message="There is no such person.")
    await _joins(work, organisation_id, person_id, MembershipRole.INVITED)


async def request_membership(work: Work, viewer: Viewer, organisation_id: UUID) -> UUID:
    """Ask to join; the person's key. Raises NotSignedIn, NotFound or AlreadyMember."""
    person_id = policy.may_request_membership(viewer, await held(work, viewer, organisation_id))
    await _joins(work, organisation_id, person_id, MembershipRole.REQUESTED)
    return person_id


async def answer_membership(
    work: Work, viewer: Viewer, organisation_id: UUID, person_id: UUID, *, is_accepted: bool
) -> None:
    """Let in who asked, or take up an invitation; or not. Raises NotSignedIn, NotFound or NotAllowed."""
    organisation = await held(work, viewer, organisation_id)
    policy.may_answer_membership(viewer, organisation, await _membership(work, organisation_id, person_id))
    if is_accepted:
        joined = {"role": MembershipRole.MEMBER, "joined_at": clock.now()}
        await work.run(sa.update(MembershipRow).where(*_of(organisation_id, person_id)).values(joined))
        work.record(MembershipChanged(person_id, organisation_id))
    else:
        await work.run(sa.delete(MembershipRow).where(*_of(organisation_id, person_id)))


async def change_member_role(
    work: Work, viewer: Viewer, organisation_id: UUID, person_id: UUID, role: MembershipRole
) -> None:
    """Make a member an admin, a creator or a plain member. Raises NotSignedIn, NotFound, NotAllowed, LastCreator or
    InvalidInput. The same role again is no error, and no news."""
    organisation = await held(work, viewer, organisation_id)
    membership = await _membership(work, organisation_id, person_id)
    policy.may_change_role(viewer, organisation, membership, role)
    if role not in BELONGING:
        raise InvalidInput(field="role", message="A member is made a creator, an admin or a member.")
    if membership["role"] is role:
        return
    if not await work.run(sa.update(MembershipRow).where(*_spared(organisation_id, person_id)).values(role=role)):
        raise LastCreator()
    work.record(MembershipChanged(person_id, organisation_id))


async def leave_organisation(work: Work, viewer: Viewer, organisation_id: UUID) -> None:
    """Leave, take back a request, or turn down an invitation. Raises NotSignedIn, NotFound or LastCreator."""
    organisation = await held(work, viewer, organisation_id)
    person_id = policy.may_leave(viewer, organisation)
    await _take_out(work, organisation_id, person_id, organisation["viewer_role"])


async def remove_member(work: Work, viewer: Viewer, organisation_id: UUID, person_id: UUID) -> None:
    """Take somebody out, or take back an invitation. Raises NotSignedIn, NotFound, NotAllowed or LastCreator."""
    organisation = await held(work, viewer, organisation_id)
    role = await _role(work, organisation_id, person_id)
    policy.may_remove(viewer, organisation, role)
    await _take_out(work, organisation_id, person_id, role)


async def held(work: Work, viewer: Viewer, organisation_id: UUID) -> Row:
    """The organisation with `viewer_role`. Who does what in it is kept from changing until this work ends. Raises NotFound."""
    # By itself: what is read after the lock, not with it, is what whoever had the lock before has left.
    own = _ORGANISATION.where(col(OrganisationRow.id) == organisation_id).with_for_update()
    organisation = await work.row(own)
    if organisation is None:
        raise NotFound(message="There is no such organisation.")
    role = await _role(work, organisation_id, viewer.person_id) if viewer.person_id else None
    return {**organisation, "viewer_role": role}


async def _membership(work: Work, organisation_id: UUID, person_id: UUID) -> Row:
    """Whose it is, and what the person is to the organisation; None for nothing."""
    return {"person_id": person_id, "role": await _role(work, organisation_id, person_id)}


async def _role(work: Work, organisation_id: UUID, person_id: UUID) -> MembershipRole | None:
    """What the person is to the organisation."""
    role: MembershipRole | None = await work.value(pick(MembershipRow, "role").where(*_of(organisation_id, person_id)))
    return role


async def _joins(work: Work, organisation_id: UUID, person_id: UUID, role: MembershipRole) -> None:
    """Raises AlreadyMember, whatever the person is already."""
    membership = work.insert(MembershipRow).values(
        organisation_id=organisation_id, person_id=person_id, role=role, joined_at=clock.now()
    )
    if not await work.run(membership.on_conflict_do_nothing(index_elements=["organisation_id", "person_id"])):
        raise AlreadyMember()


async def _take_out(work: Work, organisation_id: UUID, person_id: UUID, role: MembershipRole | None) -> None:
    """Raises LastCreator."""
    if not await work.run(sa.delete(MembershipRow).where(*_spared(organisation_id, person_id))):
        raise LastCreator()
    if role in BELONGING:
        work.record(MembershipChanged(person_id, organisation_id))


def _of(organisation_id: UUID, person_id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(MembershipRow.organisation_id) == organisation_id, col(MembershipRow.person_id) == person_id)


def _spared(organisation_id: UUID, person_id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    """The membership, unless the organisation has no other creator than this."""
    other: Any = MembershipRow.__table__.alias("other")  # type: ignore[attr-defined]
    another = sa.exists().where(
        other.c.organisation_id == organisation_id,
        other.c.person_id != person_id,
        other.c.role == MembershipRole.CREATOR,
    )
    return (*_of(organisation_id, person_id), sa.or_(col(MembershipRow.role) != MembershipRole.CREATOR, another))
