"""Is everything here that Cellswap needs? One check a line, each with its mend."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from cellswap.errors import CellswapError
from cellswap.store import database, folder

NEEDED_PYTHON = (3, 11)
LOW_DISK_GB = 1.0


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    what: str
    ok: bool
    found: str
    mend: str


def examine(store: Path | None) -> list[Check]:
    """All checks; a store is looked at only where there is one or one was asked for."""
    return [_python(), *_packages(), *_store(store)]


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    return Check(
        "Python",
        sys.version_info >= NEEDED_PYTHON,
        found,
        "install Python 3.11 or newer and make the environment again",
    )


def _packages() -> list[Check]:
    checks = []
    for line in requires("cellswap") or []:
        name = line.split(";")[0].split(">")[0].split("=")[0].split("<")[0].strip()
        if "extra ==" in line:
            continue
        try:
            checks.append(Check(name, True, version(name), ""))
        except PackageNotFoundError:
            checks.append(Check(name, False, "not installed", f"pip install '{line}'"))
    return checks


def _store(path: Path | None) -> list[Check]:
    try:
        found = folder.find(path)
    except CellswapError as error:
        return [Check("store", path is None, str(error), "cellswap init PATH")]
    checks = [Check("store", True, str(found.path), "")]
    free = shutil.disk_usage(found.path).free / 1e9
    checks.append(
        Check(
            "disk",
            free > LOW_DISK_GB,
            f"{free:.1f} GB free",
            "free some space: extraction writes about 217 bytes a crop and layer",
        )
    )
    try:
        database.connect(found).close()
        checks.append(Check("tables", True, "all open", ""))
    except CellswapError as error:
        reason, _, mend = str(error).rpartition("; ")
        checks.append(Check("tables", False, reason, mend.removeprefix("mend it with: ")))
    left = [p.name for p in found.path.rglob("*.partial")]
    checks.append(
        Check(
            "half-written files", True, f"{len(left)} left by killed runs; they are never read" if left else "none", ""
        )
    )
    return checks
