"""`make migration module=civic message="add pins"`: write a module's next migration from its tables."""

import asyncio
import sys
import tempfile
from pathlib import Path

from gateway.modules import migrated
from modules.kernel.migrating import revise, upgrade
from modules.kernel.storage import Storage


async def main(name: str, message: str) -> None:
    """Compare the tables of `name` with a database migrated so far. Raises StopIteration for an unknown name."""
    owner = next(owner for owner in migrated() if owner.name == name)
    with tempfile.TemporaryDirectory() as folder:
        storage = Storage(f"sqlite+aiosqlite:///{Path(folder) / 'revise.db'}")
        await upgrade(storage, migrated())
        await revise(storage, owner, message)
        await storage.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
