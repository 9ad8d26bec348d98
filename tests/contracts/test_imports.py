"""Who may know whom, and what no file of the repository may say."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = [path for folder in ("gateway", "modules") for path in sorted((ROOT / folder).rglob("*.py"))]
MODULES = {path.name for path in (ROOT / "modules").iterdir() if path.is_dir() and path.name.isalpha()} - {"kernel"}

# The rooms of a module that wiring.py may enter, and what else it hands to commands, each with a reason.
ROOMS = {"ports", "actions", "answers", "imports"}
FURTHER = {
    "civic.decide_madrid": "reads the files that `spilno import` and `spilno replay` are given",
    "identity.passwords": "demo people have passwords",
    "identity.requests": "demo people are confirmed at a desk",
    "registry.rules": "demo organisations have kinds",
}
# What imports when it is asked, beside commands, each with a reason.
LATE = {
    "modules/identity/openid/actions.py": "the client of OpenID is slow to import, and an extra",
    "modules/identity/passkeys/actions.py": "WebAuthn is slow to import",
}
LONGEST_FILE, LONGEST_FUNCTION = 350, 50


def imported(path: Path) -> Iterator[str]:
    """The dotted names that a file imports: modules, and what is taken out of them."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def of_modules(path: Path) -> set[tuple[str, str]]:
    """(module, what of it) that a file imports of the four modules."""
    names = (name.split(".") for name in imported(path) if name.startswith("modules."))
    return {(name[1], ".".join(name[2:])) for name in names if name[1] in MODULES}


def room(module: str, what: str) -> str:
    """The room that is entered; rooms of a noun have the same names as those of a module."""
    place = ROOT / "modules" / module
    for name in what.split("."):
        place /= name
        if not place.is_dir():
            break
    return place.name


def test_there_are_four_modules() -> None:
    assert {"identity", "civic", "voting", "registry"} == MODULES


def test_the_gateway_knows_of_a_module_only_what_it_tells_of_itself() -> None:
    curious = {
        path.name: inside
        for path in PRODUCT
        if path.is_relative_to(ROOT / "gateway") and path.name != "wiring.py"
        if (inside := {(name, what) for name, what in of_modules(path) if what not in ("", "module")})
    }
    assert curious == {}


def test_wiring_enters_only_the_rooms_that_are_open_to_it() -> None:
    entered = {(name, room(name, what)) for name, what in of_modules(ROOT / "gateway" / "wiring.py")}

    assert {f"{name}.{room}" for name, room in entered if room not in ROOMS} == set(FURTHER)


def test_import_contracts_hold() -> None:
    lint = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert lint is not None
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("path", PRODUCT, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_are_short(path: Path) -> None:
    text = path.read_text()
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = {node.name: _length(node) for node in functions if "migrations" not in path.parts}

    assert text.count("\n") <= LONGEST_FILE
    assert {name: lines for name, lines in long.items() if lines > LONGEST_FUNCTION} == {}


def test_imports_stand_at_the_top() -> None:
    """Commands import what they run when they run; few others do."""
    late = {
        str(path.relative_to(ROOT))
        for path in PRODUCT
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and any(isinstance(inner, ast.Import | ast.ImportFrom) for inner in ast.walk(node))
    }
    assert {name for name in late if not name.startswith("gateway/commands/")} == set(LATE)


def test_no_file_names_a_package_registry_or_a_place_of_one_machine() -> None:
    """Packages come from wherever a machine is set up to get them."""
    hosts = r"\b(pypi|npmjs|pythonhosted|yarnpkg|jsr)\.(org|com|io)\b"
    places = r"(?<![\w.<>~}*-])/(root|home|work|Users)/\w"
    told = re.compile(f"{hosts}|{places}")
    found = {
        f"{path.relative_to(ROOT)}:{number}"
        for path in _tracked()
        for number, line in enumerate(_text(path).splitlines(), start=1)
        if told.search(line)
    }
    assert found == set()


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _tracked() -> list[Path]:
    git = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("needs git and a clone: only it knows which files belong to the repository")
    listed = subprocess.run(git, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def _text(path: Path) -> str:
    return path.read_text(errors="replace")
