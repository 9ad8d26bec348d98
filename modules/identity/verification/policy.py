"""Who may do what with verifications."""

from uuid import UUID

from modules.identity.verification.handlers import Awaits, handler_of
from modules.kernel.policy import Role, Viewer, require, somebody
from modules.kernel.refusals import InvalidInput, NotAllowed
from modules.kernel.storage import Row


def may_request(viewer: Viewer) -> UUID:
    """Anybody who is signed in; the person's key."""
    return somebody(viewer)


def may_enter_code(viewer: Viewer, request: Row) -> UUID:
    """Whose request it is."""
    person_id = somebody(viewer)
    if request["person_id"] != person_id:
        raise NotAllowed(message="Only the person who asked for the letter enters its code.")
    return person_id


def may_decide(viewer: Viewer, request: Row) -> UUID:
    """An official of the request's municipality, on others' requests."""
    return _another(require(viewer, Role.OFFICIAL, request["municipality_id"]), request)


def may_complete(viewer: Viewer, request: Row) -> UUID:
    """Whoever ends it in one of the ways there are: the person by the code of a letter, officials by what they decide."""
    if viewer.person_id == request["person_id"] and waits_for_letter(request):
        return may_enter_code(viewer, request)
    return may_decide(viewer, request)


def may_print_letter(viewer: Viewer, request: Row) -> UUID:
    """An official of the request's municipality, on others' requests, if it is one by letter."""
    official_id = _another(require(viewer, Role.OFFICIAL, request["municipality_id"]), request)
    if not waits_for_letter(request):
        raise InvalidInput(field="requestId", message="This request waits for no letter.")
    return official_id


def waits_for_letter(request: Row) -> bool:
    return handler_of(request["method"]).awaits is Awaits.CODE


def may_upload_census(viewer: Viewer, municipality_id: str) -> UUID:
    """An official of the municipality."""
    return require(viewer, Role.OFFICIAL, municipality_id)


def _another(person_id: UUID, request: Row) -> UUID:
    if request["person_id"] == person_id:
        raise NotAllowed(message="Nobody confirms themselves: ask another official.")
    return person_id
