"""How the token of a new session reaches who signs in: in the answer, or in a cookie that no script can read."""

from enum import Enum

import strawberry

from modules.identity.actions import Started, sign_out
from modules.kernel.context import Context
from modules.kernel.refusals import InvalidInput
from modules.kernel.storage import Work


@strawberry.enum(
    description="How the token of a new session reaches the client, and comes back with each of its requests."
)
class SessionTransport(Enum):
    TOKEN = strawberry.enum_value(
        "token", description="In the answer; the client keeps it, and sends `Authorization: Bearer <token>`."
    )
    COOKIE = strawberry.enum_value(
        "cookie",
        description="In a cookie, which scripts cannot read and the browser sends by itself; `token` is null. "
        "For pages of this site and of the origins that it allows, over HTTP.",
    )


def require(context: Context, transport: SessionTransport) -> None:
    """That the token can go this way: to ask before anything is done. Raises InvalidInput."""
    if transport is SessionTransport.COOKIE and not (context.cookie and context.cookie.may_be_set):
        raise InvalidInput(
            field="transport",
            message="A cookie is set over HTTP, for pages of this site and of the origins that it allows.",
        )


async def make_room(work: Work, context: Context, transport: SessionTransport) -> None:
    """End the session of the cookie that another is to take the place of: nobody would have its token any more."""
    if transport is SessionTransport.COOKIE and context.cookie and context.cookie.is_asking:
        await sign_out(work, context.viewer)


def handed_over(context: Context, started: Started, transport: SessionTransport) -> str | None:
    """The token for the answer; None, after the browser was given it to keep. To call after the commit."""
    if transport is SessionTransport.TOKEN or context.cookie is None:
        return started.token
    context.cookie.keep(started.token, started.expires_at)
    return None


def forget(context: Context) -> None:
    """Let the browser forget the session that it asked with, which has ended. To call after the commit."""
    if context.cookie is not None:
        context.cookie.forget()
