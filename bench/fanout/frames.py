"""Frames of WebSockets (RFC 6455): what a client sends, and what it hears, however the bytes are cut."""

from collections.abc import Sequence
from typing import NamedTuple

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
LAST = 0x80  # the bit of a frame that is a whole message
MASKED = 0x80


class WrongDelivery(Exception):
    """A message was lost, doubled, out of order or not what was published; or the server ended a socket."""


class Frame(NamedTuple):
    """`whole` is head and payload as they came."""

    opcode: int
    whole: bytes
    payload: bytes


def client_frame(opcode: int, payload: bytes) -> bytes:
    """Masked, as clients must; with zeros, so that it costs nothing."""
    size = len(payload)
    if size < 126:
        head = bytes((LAST | opcode, MASKED | size))
    else:
        head = bytes((LAST | opcode, MASKED | 126)) + size.to_bytes(2, "big")
    return head + bytes(4) + payload


def server_frame(payload: bytes) -> bytes:
    """A text, as servers send it."""
    size = len(payload)
    return bytes((LAST | TEXT, size)) + payload if size < 126 else _long(size) + payload


def cut(data: bytes) -> tuple[Sequence[Frame], bytes]:
    """The whole frames that the data begin with, and what is left until more comes. Raises WrongDelivery."""
    frames, begins = [], 0
    while len(data) >= begins + 2:
        head = _head_size(data[begins + 1])
        starts = begins + head
        if len(data) < starts:
            break
        ends = starts + (data[begins + 1] if head == 2 else int.from_bytes(data[begins + 2 : starts], "big"))
        if len(data) < ends:
            break
        frames.append(Frame(_opcode(data[begins]), data[begins:ends], data[starts:ends]))
        begins = ends
    return frames, data[begins:]


def payload_of(whole: bytes) -> bytes:
    return whole[_head_size(whole[1]) :]


def _long(size: int) -> bytes:
    return bytes((LAST | TEXT, 126)) + size.to_bytes(2, "big")


def _head_size(second: int) -> int:
    return {126: 4, 127: 10}.get(second, 2)


def _opcode(first: int) -> int:
    opcode = first ^ LAST
    if opcode not in (TEXT, CLOSE, PING, PONG):
        raise WrongDelivery(f"A frame that begins with {first:#04x}: no whole text, and nothing that keeps a socket.")
    return opcode
