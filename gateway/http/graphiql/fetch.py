"""Puts GraphiQL's files beside this one: `python -m gateway.http.graphiql.fetch`. The second time it only looks.

Without npm, or without a network, the page loads them from a content delivery network instead; a package that is not
the one we know is an error.
"""

import shutil
import subprocess
import sys
import tarfile
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.http.graphiql.files import ASSETS, File, integrity, wanted


def fetch(directory: Path = ASSETS) -> str:
    """What was done, as a sentence. Raises ValueError for a package or a file with another checksum."""
    missing = [file for file in wanted() if not file.is_in(directory)]
    if not missing:
        return "GraphiQL's files are here."
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not here, so GraphiQL's files are not fetched: the page will load them from a CDN."
    try:
        for _, files in groupby(missing, key=lambda file: file.package):
            fetch_package(npm, list(files), directory)
    except subprocess.CalledProcessError:
        return "npm could not fetch GraphiQL's files: the page will load them from a CDN."
    return f"GraphiQL's files are fetched: {len(missing)}."


def fetch_package(npm: str, files: list[File], directory: Path) -> None:
    """Download one package and keep the files that are wanted of it."""
    one = files[0]
    with TemporaryDirectory() as temporary:
        command = [npm, "pack", "--silent", "--ignore-scripts", f"{one.package}@{one.version}"]
        subprocess.run(command, cwd=temporary, check=True, capture_output=True, timeout=120)  # noqa: S603 (names are ours)
        (archive,) = Path(temporary).glob("*.tgz")
        expect(one.package_integrity, archive.read_bytes(), f"{one.package} {one.version}")
        with tarfile.open(archive) as opened:
            for file in files:
                member = opened.extractfile(f"package/{file.path}")
                content = member.read() if member else b""
                expect(file.integrity, content, f"{file.path} of {file.package} {file.version}")
                directory.mkdir(parents=True, exist_ok=True)
                (directory / file.name).write_bytes(content)


def expect(known: str, content: bytes, what: str) -> None:
    if integrity(content) != known:
        raise ValueError(f"{what} is not the one we know: its checksum is {integrity(content)}, expected {known}.")


if __name__ == "__main__":
    try:
        sys.stdout.write(fetch() + "\n")
    except ValueError as wrong:
        sys.exit(str(wrong))
