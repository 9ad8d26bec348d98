"""The files of GraphiQL: which ones, of which packages, and their SHA-512 (in the form of subresource integrity)."""

import json
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha512
from pathlib import Path

ASSETS = Path(__file__).parent / "assets"
PACKAGES = Path(__file__).parent / "packages.json"


@dataclass(frozen=True)
class File:
    """One file of a published package. `integrity` is its own, `package_integrity` that of the whole archive."""

    package: str
    version: str
    package_integrity: str
    path: str
    integrity: str

    @property
    def name(self) -> str:
        """Its name among the assets: `graphiql-3.9.0.js`."""
        return f"{self.package.split('/')[-1]}-{self.version}{Path(self.path).suffix or '.' + self.path}"

    def is_in(self, directory: Path) -> bool:
        """Whether it is there, unchanged."""
        found = directory / self.name
        return found.is_file() and integrity(found.read_bytes()) == self.integrity


def wanted() -> list[File]:
    """In the order in which a page loads them."""
    return [
        File(package["name"], package["version"], package["integrity"], path, own)
        for package in json.loads(PACKAGES.read_text())
        for path, own in package["files"].items()
    ]


def integrity(content: bytes) -> str:
    return f"sha512-{b64encode(sha512(content).digest()).decode()}"
