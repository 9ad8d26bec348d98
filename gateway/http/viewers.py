"""Who asks: the bearer token of a request or a socket, looked up once."""

from collections.abc import Mapping
from typing import Any

from modules.kernel.refusals import NotSignedIn


def bearer(authorization: str | None) -> str | None:
    """The token of an `Authorization: Bearer ...` header, None without the header. Raises NotSignedIn for another kind."""
    return None if authorization is None else _token(authorization)


def connection_token(parameters: Mapping[str, Any] | None) -> str | None:
    """The token in the payload of `connection_init`: `{authorization: "Bearer ..."}` or `{token: ...}`.

    None without either, or when they are null. Raises NotSignedIn for what is no token.
    """
    given = {name.lower(): value for name, value in (parameters or {}).items()}
    authorization, token = given.get("authorization"), given.get("token")
    if not isinstance(authorization, str | None) or not isinstance(token, str | None) or token == "":
        raise NotSignedIn(message="`authorization` is `Bearer <token>`, `token` is the token that signIn gave.")
    return token if authorization is None else _token(authorization)


def _token(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn(message="The Authorization header is `Bearer <token>`, with the token that signIn gave.")
    return token.strip()
