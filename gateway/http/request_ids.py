"""The id of a request: in the answer's headers, in every error, in every log line."""

import re
from uuid import uuid4

from starlette.requests import HTTPConnection

SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")


def request_id(connection: HTTPConnection) -> str:
    """The client's `x-request-id` when it is a sane token, else one made up; the same for the whole connection."""
    if "spilno.request_id" not in connection.scope:
        given = connection.headers.get("x-request-id", "")
        connection.scope["spilno.request_id"] = given if SANE.fullmatch(given) else uuid4().hex
    return str(connection.scope["spilno.request_id"])
