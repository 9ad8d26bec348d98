"""What the viewer may do with requests to be verified."""

from collections.abc import Sequence

from modules.identity.verification import policy
from modules.kernel.context import Info
from modules.kernel.permissions import Actions, Permission, permitted
from modules.kernel.storage import Row

REQUESTS = {"completeVerification": policy.may_complete, "printVerificationLetter": policy.may_print_letter}


async def permissions_by_request(
    requests: Sequence[Row], info: Info, *, actions: Actions = None
) -> list[list[Permission]]:
    return permitted(info.context.viewer, requests, REQUESTS, actions)
