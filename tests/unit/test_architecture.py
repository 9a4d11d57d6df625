"""The page on the architecture names what there is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```\w*\n(.*?)```", re.DOTALL)
# A path has a slash, or is a document or a file of settings at the root.
PATH = re.compile(r"`([\w.-]+(?:/[\w.-]+)+/?|[\w.-]+/|[\w.-]+\.(?:md|toml|py|txt|cff))`")


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
