"""A request and its reply, as any transport has them."""

from collections.abc import Iterable
from dataclasses import dataclass

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(slots=True, eq=False)
class Incoming:
    """The head of a request: everything but its body. `headers` are by their names in lower case.

    `set_cookie` is what the reply says of the browser's cookie, whatever else it says: None for nothing.
    """

    method: str
    query: bytes
    headers: dict[bytes, bytes]
    client: str
    request_id: str
    set_cookie: bytes | None = None

    def header(self, name: bytes) -> str | None:
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")


@dataclass(frozen=True, slots=True)
class Reply:
    """Written at once. Its length, the id of the request and what the connection needs are the transport's to add.

    `own` are headers that no other reply has: what is told of the budget of who asks, and a cookie.
    `kind` is that of the operation, "query" or "mutation"; "none" when it did not come to one.
    """

    status: int
    headers: Headers
    body: bytes
    kind: str = "none"
    own: Headers = ()


def first_of_each(pairs: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Of headers that came twice, the first counts."""
    found: dict[bytes, bytes] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found
