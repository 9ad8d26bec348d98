"""An update as it is sent: rendered once, framed once for each way of sending, shared by all who get it."""

from functools import cached_property

TEXT, LAST = 0x81, b"}"
_BEFORE_ID = b'{"id":"'


class Rendered:
    """`payload` is the answer as JSON, `seq` its place among those of its group, `cursor` where its client may go on."""

    def __init__(self, seq: int, payload: bytes, cursor: str = "") -> None:
        self.seq, self.payload, self.cursor = seq, payload, cursor
        self._heads: dict[int, bytes] = {}  # what stands before the id, by the id's length

    @cached_property
    def tail(self) -> bytes:
        """What follows the id in a `next` of graphql-transport-ws."""
        return b'","type":"next","payload":' + self.payload + LAST

    def frame(self, id: bytes) -> bytes:
        """A whole WebSocket frame. `id` is the operation's, as it stands in JSON between its quotation marks."""
        head = self._heads.get(len(id))
        if head is None:
            length = len(_BEFORE_ID) + len(id) + len(self.tail)
            head = self._heads[len(id)] = header(length) + _BEFORE_ID
        return b"".join((head, id, self.tail))

    def message(self, id: bytes) -> str:
        """The same message as text, for servers that frame themselves."""
        return b"".join((_BEFORE_ID, id, self.tail)).decode()

    @cached_property
    def event(self) -> bytes:
        """An event of a stream (GraphQL over SSE). Lines end in LF alone: some clients know no other."""
        place = b"id: %s\n" % self.cursor.encode() if self.cursor else b""
        return b"event: next\n%sdata: %s\n\n" % (place, self.payload)

    @cached_property
    def part(self) -> bytes:
        """A part of Apollo's multipart subscriptions, with the boundary that ends it."""
        return part(b'{"payload":%s}' % self.payload)


def header(length: int) -> bytes:
    """Of an unmasked text frame that is not divided, as a server sends it (RFC 6455)."""
    if length < 126:
        return bytes((TEXT, length))
    if length < 1 << 16:
        return bytes((TEXT, 126)) + length.to_bytes(2)
    return bytes((TEXT, 127)) + length.to_bytes(8)


def part(body: bytes) -> bytes:
    """Readers wait for the boundary behind a part, so it is written with it."""
    return b"\r\ncontent-type: application/json\r\n\r\n%s\r\n--graphql" % body
