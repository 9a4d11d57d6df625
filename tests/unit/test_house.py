"""The rules of the house: which room may import which, in no circle; where heavy libraries live; that every room is packaged."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("cellswap", "store", "ingest", "extract", "evaluate", "reports", "sql")
MAY_IMPORT = {
    "errors": set(),
    "sql": {"errors"},
    "store": {"errors", "sql"},
    "ingest": {"errors", "sql", "store"},
    "extract": {"errors", "sql", "store"},
    "evaluate": {"errors", "sql", "store"},
    "reports": {"errors", "sql", "store"},
    "cli": {"errors", "sql", "store", "ingest", "extract", "evaluate", "reports"},
}
ONLY_IN = {
    "torch": ("extract/", "evaluate/"),
    "jinja2": ("reports/html.py",),
    "typer": ("cellswap/cli/",),
    "tensorflow": ("extract/",),
    "click": (),
}


def sources() -> list[Path]:
    """Every Python file of the product."""
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, anywhere in it."""
    yield from imported(ast.parse(path.read_text(encoding="utf-8"), str(path)))


def imported(tree: ast.AST) -> Iterator[str]:
    """The modules, or names of modules, that a tree imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import of {node.module}"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def run_imports(path: Path) -> Iterator[str]:
    """What a file imports when it runs: not what only a type checker reads."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    yield from imported(tree)


def room_of(path: Path) -> str:
    """The room a file belongs to, as MAY_IMPORT names it."""
    parts = path.relative_to(ROOT).parts
    if parts[0] != "cellswap":
        return parts[0]
    return "cli" if parts[1] in {"cli", "__main__.py"} else "errors"


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_one_way(path):
    room = room_of(path)
    for name in imports(path):
        top, *rest = name.split(".")
        assert top not in ROOMS or top == "cellswap", f"{path}: import {name} as cellswap.{name}"
        if top == "cellswap" and rest and rest[0] in MAY_IMPORT and rest[0] != room:
            assert rest[0] in MAY_IMPORT[room], f"{path}: {room} may not import {rest[0]}"


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_heavy_libraries_have_their_room(path):
    place = path.relative_to(ROOT).as_posix()
    for name in imports(path):
        top = name.split(".")[0]
        if top in ONLY_IN:
            assert place.startswith(ONLY_IN[top] or ("nowhere",)), f"{place}: {top} belongs into {ONLY_IN[top]}"


def name_of(path: Path) -> str:
    """A file's name as it is imported."""
    place = path.relative_to(ROOT).with_suffix("").parts
    parts = place if place[0] == "cellswap" else ("cellswap", *place)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_modules_import_each_other_in_no_circle():
    files = {name_of(path): path for path in sources()}
    needs = {name: {n if n in files else n.rpartition(".")[0] for n in run_imports(path)} - {name} for name, path in files.items()}
    order = TopologicalSorter({name: found & set(files) for name, found in needs.items()})
    order.prepare()  # CycleError names the circle


def test_every_folder_is_packaged():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    folders = {path.parent.relative_to(ROOT) for path in sources() if path.name == "__init__.py"}
    named = {"cellswap" if f.parts == ("cellswap",) else ".".join(("cellswap", *f.parts[f.parts[0] == "cellswap" :])) for f in folders}
    assert set(settings["packages"]) == named
    assert {Path(folder) for folder in settings["package-dir"].values()} == folders


def test_type_checkers_find_every_stage():
    links = {link.name: link.resolve() for link in (ROOT / "typings/cellswap").iterdir() if link.is_symlink()}
    assert links == {room: ROOT / room for room in ROOMS if room != "cellswap"}


def test_no_path_of_one_machine():
    wanted = [*sources(), *(ROOT / "tests").rglob("*.py"), *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    for path in wanted:
        text = path.read_text(encoding="utf-8")
        for start in ("/" + "work/", "/" + "home/", "/" + "root/"):
            assert start not in text, f"{path} names a folder of one machine"
