"""Is everything here that Cellswap needs? One check a line, each with its mend."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from shlex import quote

from cellswap.errors import CellswapError
from cellswap.store import database, files, folder, integrity, records, scratch
from cellswap.store.folder import Store

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
        _, said, mend = str(error).rpartition("; ")
        return [Check("store", path is None, str(error), mend.removeprefix("make one with: ") if said else "cellswap init PATH")]
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
    return [*checks, _views(found), _catalog(found), *_damaged(found), *_left_over(found)]


def _views(store: Store) -> Check:
    try:
        database.connect(store).close()
    except CellswapError as error:
        reason, said, mend = str(error).partition("; mend it with: ")
        return Check("tables", False, reason, mend if said else f"cellswap doctor --mend --store {quote(str(store.path))}")
    return Check("tables", True, "all open", "")


def _catalog(store: Store) -> Check:
    fault = database.catalog_fault(store)
    mend = f"cellswap init {quote(str(store.path))}"
    return Check("catalog", not fault or database.ELSEWHERE in fault, fault or "reads this store", mend)


def _damaged(store: Store) -> list[Check]:
    """One check a damaged file, or one that says that there is none."""
    found = integrity.damages(store)
    checks = [Check("file", False, str(d), integrity.mending(store, d)) for d in found]
    return checks or [Check("files", True, "every part and record is what was written", "")]


def _left_over(store: Store) -> list[Check]:
    """What killed commands left."""
    dead = [path.stem for path in records.every(store) if (facts := records.find(store, path.stem)) and records.was_killed(facts)]
    partials = records.unfinished(store)
    left = list(files.abandoned(partials))
    mend = f"cellswap doctor --mend --store {quote(str(store.path))}"
    checks = [Check("killed runs", not dead, ", ".join(dead) or "none", mend)]
    said = f"{len(left)} left by killed runs; they are never read" if left else "none"
    at_work = f"; {len(partials) - len(left)} are being written" if len(partials) > len(left) else ""
    scraps = scratch.stale()
    return [
        *checks,
        Check("half-written files", not left, said + at_work, mend),
        Check("temporary files", not scraps, ", ".join(map(str, scraps)) or "none left by killed commands", mend),
    ]
