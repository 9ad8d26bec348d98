"""Running the scripts of tests/node: JSON in, JSON out."""

import asyncio
import json
from typing import Any

from tests.node_packages import FOLDER


async def run(script: str, given: Any) -> Any:
    """What the script answers. Raises AssertionError with its words when it fails."""
    pipe = asyncio.subprocess.PIPE
    node = await asyncio.create_subprocess_exec("node", script, cwd=FOLDER, stdin=pipe, stdout=pipe, stderr=pipe)
    told, complaints = await asyncio.wait_for(node.communicate(json.dumps(given).encode()), 60)
    assert node.returncode == 0, complaints.decode()[-2000:]
    return json.loads(told)
