"""Exports of one's own data, asked for and fetched as the gateway does it."""

import json
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from gateway.http.zipping import zipped
from gateway.wiring import personal_actions
from modules.identity.personal.ports import Holders
from modules.kernel.policy import Viewer
from tests.asking import Ask
from tests.civic.scenes import act

EXPORT = "mutation { r: exportMyData { __typename ... on DataExportStarted { url expiresAt } ...R } }"


async def start(ask: Ask, who: Viewer) -> str:
    """The token of a new export."""
    path = str((await act(ask, EXPORT, who))["url"])
    assert path.startswith("/exports/")
    return path.removeprefix("/exports/")


async def taken(ask: Ask, token: str) -> dict[str, str] | None:
    """What the files of an export hold, by their names; None for a token that opens nothing."""
    files = await personal_actions.take_export(ask.storage, ask.ports[Holders], token)
    return None if files is None else unzipped(b"".join([block async for block in zipped(files)]))


async def export(ask: Ask, who: Viewer) -> dict[str, Any]:
    """All that is known of somebody: what is in the JSON files, by their names."""
    found = await taken(ask, await start(ask, who))
    assert found is not None
    return {name: json.loads(text) for name, text in found.items() if name.endswith(".json")}


def unzipped(archive: bytes) -> dict[str, str]:
    with ZipFile(BytesIO(archive)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name).decode() for name in opened.namelist()}
