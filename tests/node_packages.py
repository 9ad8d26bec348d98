"""The npm packages that some tests drive: clients and gateways of the world, against our server."""

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "node"
INSTALL = ("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts")


def node_modules(beside: Path = FOLDER) -> Path | None:
    """`node_modules` with what the package.json in a folder names, installed when that has changed; None without Node.js.

    Raises RuntimeError with npm's words when it cannot install.
    """
    if not (shutil.which("node") and shutil.which("npm")):
        return None
    folder, wanted = beside / "node_modules", beside / "package.json"
    with wanted.open("rb") as package:
        fcntl.flock(package, fcntl.LOCK_EX)  # two test runs at once install once
        version, installed = hashlib.sha256(package.read()).hexdigest(), folder / ".installed"
        if not installed.is_file() or installed.read_text() != version:
            _install(beside)
            installed.write_text(version)
    return folder


def require_node_modules() -> Path:
    """`node_modules()`, or the test is skipped with a word."""
    try:
        folder = node_modules()
    except RuntimeError as error:
        pytest.skip(str(error))
    if folder is None:
        pytest.skip("needs node and npm on PATH: this test drives a real JavaScript client")
    return folder


def _install(beside: Path) -> None:
    try:
        subprocess.run(INSTALL, cwd=beside, check=True, capture_output=True, text=True, timeout=300)
    except subprocess.CalledProcessError as error:
        raise RuntimeError(f"npm could not install {beside}/package.json: {error.stderr.strip()[-500:]}") from error
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"npm did not install {beside}/package.json within five minutes") from error
