"""The id of a request: in the answer's headers, in every error, in every log line."""

import re
from random import getrandbits

from starlette.requests import HTTPConnection

SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")


def sane(given: str | None) -> str:
    """What the client gave when it is a sane token, else one made up."""
    if given is not None and SANE.fullmatch(given):
        return given
    return f"{getrandbits(128):032x}"  # a name, no secret: the system would take ten times as long


def request_id(connection: HTTPConnection) -> str:
    """The id by the client's `x-request-id`; the same for the whole connection."""
    if "spilno.request_id" not in connection.scope:
        connection.scope["spilno.request_id"] = sane(connection.headers.get("x-request-id"))
    return str(connection.scope["spilno.request_id"])
