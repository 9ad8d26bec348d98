"""A ZIP that is made while it is sent: nothing of it is kept, however large it gets."""

import asyncio
from collections.abc import AsyncIterator
from io import RawIOBase
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from modules.kernel import clock


class _Sink(RawIOBase):
    """What was written since it was taken last. It cannot be sought in, so sizes come after what they are of."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, block: Any) -> int:
        self._written += block
        return len(block)

    def taken(self) -> bytes:
        taken, self._written = bytes(self._written), bytearray()
        return taken


async def zipped(files: AsyncIterator[tuple[str, AsyncIterator[bytes]]]) -> AsyncIterator[bytes]:
    """The archive, block by block. Compressing is done in a thread."""
    sink = _Sink()
    with ZipFile(sink, "w") as archive:
        async for name, blocks in files:
            entry = ZipInfo(name, clock.now().timetuple()[:6])
            entry.compress_type = ZIP_DEFLATED
            with archive.open(entry, "w") as file:
                async for block in blocks:
                    await asyncio.to_thread(file.write, block)
                    yield sink.taken()
    yield sink.taken()
