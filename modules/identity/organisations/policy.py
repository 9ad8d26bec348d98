"""Who may do what in and for an organisation.

Each function takes who asks and the organisation's row with `viewer_role`: what the viewer is to it, None for a stranger.
What else it is asked about is what the action has read under the organisation's lock. That a creator remains, the database
decides: `is_last_creator` is for who wants to know beforehand.
"""

from uuid import UUID

from modules.identity.organisations.refusals import (
    AlreadyMember,
    LastCreator,
    VerificationReplaced,
    VerificationUnderWay,
)
from modules.identity.organisations.tables import BELONGING, LEADING, MembershipRole, VerificationState
from modules.kernel.policy import Role, Viewer, require, somebody
from modules.kernel.refusals import NotAllowed, NotFound
from modules.kernel.storage import Row


def may_create(viewer: Viewer) -> UUID:
    """Anybody who is signed in; the creator's key."""
    return somebody(viewer)


def may_request_membership(viewer: Viewer, organisation: Row) -> UUID:
    """Anybody who is signed in and has no part in it; the person's key."""
    person_id = somebody(viewer)
    if organisation["viewer_role"] is not None:
        raise AlreadyMember()
    return person_id


def may_leave(viewer: Viewer, organisation: Row, *, is_last_creator: bool = False) -> UUID:
    """Anybody who is signed in, from where they are; the person's key."""
    person_id = somebody(viewer)
    _require_part(organisation["viewer_role"])
    _keep_a_creator(is_last_creator)
    return person_id


def may_invite(viewer: Viewer, organisation: Row) -> UUID:
    return _leader(viewer, organisation)


def may_answer_membership(viewer: Viewer, organisation: Row, membership: Row) -> UUID:
    """Whoever is invited answers that; who asked to join is answered by the organisation. Nobody lets oneself in, nor takes up
    what was offered to another. `membership` is whose: `person_id, role`, the role None for none."""
    is_own = viewer.person_id == membership["person_id"]
    actor_id = somebody(viewer) if is_own else _leader(viewer, organisation)
    if membership["role"] is not (MembershipRole.INVITED if is_own else MembershipRole.REQUESTED):
        raise NotFound(message="There is nothing to answer: no request, and no invitation.")
    return actor_id


def may_change_role(
    viewer: Viewer, organisation: Row, membership: Row, role: MembershipRole, *, is_last_creator: bool = False
) -> UUID:
    """Creators; admins may step down themselves. `membership` is whose: `person_id, role`, the role None for none."""
    actor_id, steps_down = somebody(viewer), role is MembershipRole.MEMBER
    is_own = actor_id == membership["person_id"]
    if not (is_own and steps_down and organisation["viewer_role"] is MembershipRole.ADMIN):
        _creator(viewer, organisation)
    if membership["role"] not in BELONGING:
        raise NotFound(message="This person does not belong to it.")
    _keep_a_creator(is_last_creator and role is not MembershipRole.CREATOR)
    return actor_id


def may_remove(
    viewer: Viewer, organisation: Row, held: MembershipRole | None, *, is_last_creator: bool = False
) -> UUID:
    """Admins, whoever does not lead; creators, everybody. `held` is what the one to be removed is."""
    actor_id = _creator(viewer, organisation) if held in LEADING else _leader(viewer, organisation)
    _require_part(held)
    _keep_a_creator(is_last_creator)
    return actor_id


def may_request_verification(viewer: Viewer, organisation: Row) -> UUID:
    """Who leads it, unless it is verified or waits for a decision."""
    actor_id = _leader(viewer, organisation)
    if organisation["verification_state"] not in (VerificationState.UNVERIFIED, VerificationState.REJECTED):
        raise VerificationUnderWay()
    return actor_id


def may_decide_verification(viewer: Viewer, organisation: Row, request_id: UUID) -> UUID:
    """Officials of its municipality, but none who belongs to it, on its newest request.

    Comparing papers with a register is an official's desk work, as confirming residence is; administrators may too.
    """
    official = require(viewer, Role.OFFICIAL, organisation["municipality_id"])
    if organisation["viewer_role"] is not None:
        raise NotAllowed(message="Who has a part in an organisation does not decide on it: another official does.")
    if organisation["verification_id"] != request_id:
        raise VerificationReplaced()
    return official


def speaks(role: MembershipRole | None, state: VerificationState) -> bool:
    """Whether who has this role speaks for an organisation in this state: what is said in its name binds it, and nobody may use a
    name that nobody has looked at."""
    return role in LEADING and state is VerificationState.VERIFIED


def _require_part(held: MembershipRole | None) -> None:
    if held is None:
        raise NotFound(message="This person has no part in it.")


def _keep_a_creator(is_last_creator: bool) -> None:
    if is_last_creator:
        raise LastCreator()


def _leader(viewer: Viewer, organisation: Row) -> UUID:
    person_id = somebody(viewer)
    if organisation["viewer_role"] not in LEADING:
        raise NotAllowed(message="Only admins of this organisation may do this.")
    return person_id


def _creator(viewer: Viewer, organisation: Row) -> UUID:
    person_id = somebody(viewer)
    if organisation["viewer_role"] is not MembershipRole.CREATOR:
        raise NotAllowed(message="Only creators of this organisation may do this.")
    return person_id
