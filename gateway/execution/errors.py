"""What a client is told of an error: all of an expected one, nothing of a bug but where to ask."""

from typing import Any

import structlog
from graphql import ArgumentNode, GraphQLError, ValueNode

from modules.kernel.refusals import InvalidInput, Refusal

MASKED = "Something went wrong on our side."
log = structlog.get_logger()


def format_error(error: GraphQLError, request_id: str) -> dict[str, Any]:
    """`{message, locations?, path?, extensions: {code, requestId, ...}}`.

    Shown as they are: Refusals (their own code), GraphQLErrors with `extensions.code`, and what the library says
    about a value in the request (BAD_USER_INPUT). Anything else is a bug: it is logged with its traceback, and the
    client gets INTERNAL_SERVER_ERROR and the request id to name when asking.
    """
    told: dict[str, Any] = dict(error.formatted)
    cause = _cause(error)
    known = _known(error, cause)
    if known is None:
        log.error("field_failed", request_id=request_id, path=error.path, exc_info=cause)
        told["message"] = MASKED
        known = {"code": "INTERNAL_SERVER_ERROR"}
    elif isinstance(cause, Refusal):
        told["message"] = cause.message
    return told | {"extensions": known | {"requestId": request_id}}


def internal_error(error: Exception, request_id: str) -> dict[str, Any]:
    """The masked form of what is no field's error; logged once."""
    log.error("request_failed", request_id=request_id, exc_info=error)
    return {"message": MASKED, "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": request_id}}


def _known(error: GraphQLError, cause: Exception) -> dict[str, Any] | None:
    """The extensions of an expected error; None for a bug."""
    if isinstance(cause, Refusal):
        field = {"field": cause.field} if isinstance(cause, InvalidInput) else {}
        return {"code": cause.code, **field}
    of_the_request = isinstance(cause, GraphQLError) or error.path is None
    if of_the_request and (error.extensions or {}).get("code"):
        return dict(error.extensions or {})
    if not isinstance(cause, GraphQLError):
        return None
    about_a_value = any(isinstance(node, ValueNode | ArgumentNode) for node in cause.nodes or ())
    return {"code": "BAD_USER_INPUT"} if about_a_value else None


def _cause(error: GraphQLError) -> Exception:
    """What was raised first: the library wraps what resolvers raise, sometimes twice."""
    cause: Exception = error
    while isinstance(cause, GraphQLError) and isinstance(cause.original_error, Exception):
        cause = cause.original_error
    return cause
