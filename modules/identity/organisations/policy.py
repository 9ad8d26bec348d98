"""Who may do what in and for an organisation.

Each function takes who asks and the organisation's row with `viewer_role`: what the viewer is to it, None for a stranger.
"""

from uuid import UUID

from modules.identity.organisations.tables import LEADING, MembershipRole, VerificationState
from modules.kernel.policy import Role, Viewer, require, somebody
from modules.kernel.refusals import NotAllowed
from modules.kernel.storage import Row


def may_create(viewer: Viewer) -> UUID:
    """Anybody who is signed in; the creator's key."""
    return somebody(viewer)


def may_request_membership(viewer: Viewer) -> UUID:
    """Anybody who is signed in; the person's key."""
    return somebody(viewer)


def may_leave(viewer: Viewer) -> UUID:
    """Anybody who is signed in, from where they are; the person's key."""
    return somebody(viewer)


def may_invite(viewer: Viewer, organisation: Row) -> UUID:
    return _leader(viewer, organisation)


def may_answer_membership(viewer: Viewer, organisation: Row, person_id: UUID) -> UUID:
    """Whoever is invited answers that; who asked to join is answered by the organisation."""
    return somebody(viewer) if viewer.person_id == person_id else _leader(viewer, organisation)


def may_change_role(viewer: Viewer, organisation: Row, person_id: UUID, role: MembershipRole) -> UUID:
    """Creators; admins may step down themselves."""
    own, steps_down = somebody(viewer), role is MembershipRole.MEMBER
    if own == person_id and organisation["viewer_role"] is MembershipRole.ADMIN and steps_down:
        return own
    return _creator(viewer, organisation)


def may_remove(viewer: Viewer, organisation: Row, held: MembershipRole | None) -> UUID:
    """Admins, whoever does not lead; creators, everybody. `held` is what the one to be removed is."""
    return _creator(viewer, organisation) if held in LEADING else _leader(viewer, organisation)


def may_request_verification(viewer: Viewer, organisation: Row) -> UUID:
    return _leader(viewer, organisation)


def may_decide_verification(viewer: Viewer, organisation: Row) -> UUID:
    """Officials of its municipality, but none who belongs to it.

    Comparing papers with a register is an official's desk work, as confirming residence is; administrators may too.
    """
    official = require(viewer, Role.OFFICIAL, organisation["municipality_id"])
    if organisation["viewer_role"] is not None:
        raise NotAllowed(message="Who has a part in an organisation does not decide on it: another official does.")
    return official


def speaks(role: MembershipRole | None, state: VerificationState) -> bool:
    """Whether who has this role speaks for an organisation in this state: what is said in its name binds it, and nobody may use a
    name that nobody has looked at."""
    return role in LEADING and state is VerificationState.VERIFIED


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
