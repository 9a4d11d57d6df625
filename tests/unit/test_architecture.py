"""The page on the architecture names what there is; the code points at headings that it has, and at no document that nobody has."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
ROOMS = ("cellswap", "store", "ingest", "extract", "evaluate", "reports", "sql", "tests", "benchmarks", "docs")
BLOCK = re.compile(r"```\w*\n(.*?)```", re.DOTALL)
# A path has a slash, or is a document or a file of settings at the root.
PATH = re.compile(r"`([\w.-]+(?:/[\w.-]+)+/?|[\w.-]+/|[\w.-]+\.(?:md|toml|py|txt|cff))`")
POINTER = re.compile(r'docs/architecture\.md[^"\n]*\n?[^"\n]*"([^"]+)"')
NOT_HERE = re.compile(r"(?<!\w)(?:SCIENCE|DESIGN|SOLVER)(?!\w)")


def texts():
    """Every source file, query and page, by its path; not this file, which holds what it looks for."""
    files = [path for room in ROOMS for ending in ("py", "sql", "md", "toml") for path in (ROOT / room).rglob(f"*.{ending}")]
    return {path: path.read_text(encoding="utf-8") for path in (*files, *ROOT.glob("*.md")) if path != Path(__file__)}


def test_every_path_that_it_names_is_there():
    named = PATH.findall(BLOCK.sub("", PAGE))
    assert len(named) > 60
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_its_picture_of_the_house_shows_every_package_and_no_folder_that_is_not_there():
    picture = BLOCK.findall(PAGE)[0]
    shown = {line.split()[0].rstrip("/") for line in picture.splitlines()}
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-dir"]
    assert set(packages.values()) - shown == set()
    assert [folder for folder in shown if not (ROOT / folder).is_dir()] == []


def test_the_code_points_at_headings_that_it_has():
    headings = set(re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE))
    pointed = {path: set(POINTER.findall(text)) for path, text in texts().items() if path.suffix in {".py", ".sql"}}
    assert any(pointed.values())
    assert {path: found - headings for path, found in pointed.items() if found - headings} == {}


def test_no_file_points_at_a_document_that_is_not_here():
    assert [path for path, text in texts().items() if NOT_HERE.search(text)] == []
