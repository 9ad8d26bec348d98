"""The peers of Node.js: their packages, and how they are started."""

import json
from pathlib import Path

from sqlalchemy import make_url

from bench.serving import Program
from tests.node_packages import node_modules

FOLDER = Path(__file__).parent
NODE, POSTGRAPHILE, GRAPHQL_WS = FOLDER / "node", FOLDER / "postgraphile", FOLDER / "graphql_ws"

# A larger young generation than the default of 16 MB: Mercurius answers 1,000 rows with 0.6 of the CPU.
_SETTINGS = ("--max-semi-space-size=64",)


def mercurius(database_url: str) -> Program:
    return _program(NODE / "mercurius.js", database_url)


def yoga(database_url: str) -> Program:
    return _program(NODE / "yoga.js", database_url)


def postgraphile(database_url: str) -> Program:
    _install(POSTGRAPHILE)
    return _program(POSTGRAPHILE / "postgraphile.js", database_url)


def graphql_ws() -> Program:
    _install(GRAPHQL_WS)
    return Program((str(_node()), str(GRAPHQL_WS / "server.js")), {"NODE_ENV": "production"})


def versions() -> dict[str, str]:
    """Of what is measured, as package.json pins it."""
    return _pinned(NODE, POSTGRAPHILE)


def live_versions() -> dict[str, str]:
    return _pinned(GRAPHQL_WS)


def _pinned(*folders: Path) -> dict[str, str]:
    packages = [json.loads((folder / "package.json").read_text()) for folder in folders]
    node = json.loads((NODE / "package.json").read_text())["optionalDependencies"]
    found = {name: version for package in packages for name, version in package["dependencies"].items()}
    return {**found, "node": next(iter(node.values()))}


def _program(script: Path, database_url: str) -> Program:
    command = (str(_node()), *_SETTINGS, str(script))
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    return Program(command, {"DATABASE_URL": url, "NODE_ENV": "production", "GRAPHILE_ENV": "production"})


def _node() -> Path:
    """The Node.js of the packages: the one on PATH may be too old for some peers, and all are to run on the same."""
    found = list(_install(NODE).glob("node-*/bin/node"))
    if not found:
        raise RuntimeError("bench/peers/node/package.json has no Node.js for this machine")
    return found[0]


def _install(folder: Path) -> Path:
    installed = node_modules(folder)
    if installed is None:
        raise RuntimeError(
            "These peers need node and npm on PATH: leave them out with --peers strawberry or --no-peers"
        )
    return installed
