"""Change named lines of the science one at a time, and see that a test says so: `make mutants`, or `python tests/mutants.py --only NAME`.

Each mutant of `mutants.toml` is a text that stands once in a file, what to write in its place, and the tests that must then fail. They
run in a copy of the repository; the working tree is left alone. Exit code 1 where a mutant lives, its text is gone, or its tests fail
without it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "tests/mutants.toml"
STAGES = ("store", "ingest", "extract", "evaluate", "reports", "sql")
SECONDS = 900  # a change may make a loop endless: then time is what kills it
KILLED, LIVES, TIME, BROKEN = "killed", "LIVES", "killed (time)", "BROKEN"


@dataclass(frozen=True)
class Mutant:
    """A change of one line, and the tests, as pytest names them, that must notice."""

    name: str
    file: str
    text: str
    instead: str
    tests: tuple[str, ...]

    def fault(self, root: Path = ROOT) -> str | None:
        """Why it can't be made; None where it can."""
        n = (root / self.file).read_text(encoding="utf-8").count(self.text)
        return None if n == 1 else f"{self.file}: expected this text once, found it {n} times: {self.text}"


def table() -> list[Mutant]:
    """All mutants, in the order of the file."""
    rows = tomllib.loads(TABLE.read_text(encoding="utf-8"))["mutant"]
    return [Mutant(**row | {"tests": tuple(row["tests"])}) for row in rows]


def copied(place: Path) -> Path:
    """A copy of the repository's files as they are now, with `cellswap` importable from `place/import`."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    root = place / "repository"
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file() and not (ROOT / name).is_symlink():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
    for compiled in ROOT.glob("evaluate/__pycache__/*.nb[ci]"):  # minutes of compiling, where tests were run before
        (root / compiled.relative_to(ROOT)).parent.mkdir(exist_ok=True)
        shutil.copy2(compiled, root / compiled.relative_to(ROOT))
    (place / "import").mkdir()
    (place / "import/cellswap").symlink_to(root / "cellswap")
    for stage in STAGES:
        (root / "cellswap" / stage).symlink_to(root / stage)
    return root


def run(root: Path, tests: tuple[str, ...], compiled: Path | None = None) -> tuple[str, str]:
    """How the tests end on the copy: what became of a mutant, and the test that noticed or pytest's last line.

    `compiled` is where numba keeps what it compiles, else beside the sources.
    """
    more = {"PYTHONPATH": str(root.parent / "import"), "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    more |= {"NUMBA_CACHE_DIR": str(compiled)} if compiled else {}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-W", "ignore", *tests]
    try:
        done = subprocess.run(command, cwd=root, env=os.environ | more, capture_output=True, text=True, check=False, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return TIME, f"after {SECONDS} s"
    lines = done.stdout.strip().splitlines() or [done.stderr.strip()[-300:]]
    failed = [line.removeprefix("FAILED ").split(" - ")[0] for line in lines if line.startswith("FAILED ")]
    if done.returncode == 0 and " passed" in lines[-1]:
        return LIVES, lines[-1]
    return (KILLED, failed[0]) if done.returncode == 1 and failed else (BROKEN, lines[-1])


def tried(root: Path, mutant: Mutant, caches: Path) -> tuple[str, str]:
    """What becomes of one mutant; the copy is as it was afterwards."""
    path = root / mutant.file
    before = path.read_text(encoding="utf-8")
    times = path.stat()
    # numba does not see that what a compiled function calls has changed, so such a file starts from nothing compiled
    compiled = caches / mutant.name if "njit" in before else None
    try:
        path.write_text(before.replace(mutant.text, mutant.instead), encoding="utf-8")
        return run(root, mutant.tests, compiled)
    finally:
        path.write_text(before, encoding="utf-8")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # numba goes by it


def chosen(names: list[str]) -> list[Mutant]:
    """The mutants named, or all."""
    mutants = table()
    unknown = set(names) - {m.name for m in mutants}
    if unknown:
        sys.exit(f"no mutant is named {', '.join(sorted(unknown))}; see --list")
    return [m for m in mutants if not names or m.name in names]


def hunt(mutants: list[Mutant], place: Path) -> list[str]:
    """What became of each mutant, in order; says each as it goes."""
    root = copied(place)
    tests = tuple(dict.fromkeys(test for m in mutants for test in m.tests))
    state, said = run(root, tests)
    if state != LIVES:
        sys.exit(f"the tests fail without any mutant, so they can't tell one: {said}")
    ends: list[str] = []
    for m in mutants:
        state, said = tried(root, m, place)
        sys.stdout.write(f"{state:14} {m.name}: {said}\n")
        sys.stdout.flush()
        ends.append(state)
    return ends


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="only this mutant; may be repeated")
    parser.add_argument("--list", action="store_true", help="what there is, and where")
    given = parser.parse_args()
    mutants = chosen(given.only)
    if given.list:
        sys.stdout.writelines(f"{m.name}: {m.file}: {m.text!r} -> {m.instead!r}\n" for m in mutants)
        return
    faults = [f"{m.name}: {fault}" for m in mutants if (fault := m.fault())]
    if faults:
        sys.exit("\n".join(faults))
    with tempfile.TemporaryDirectory() as place:
        ends = hunt(mutants, Path(place))
    counts = {state: ends.count(state) for state in (KILLED, TIME, LIVES, BROKEN) if state in ends}
    sys.stdout.write(f"{len(ends)} mutants: " + ", ".join(f"{n} {state}" for state, n in counts.items()) + "\n")
    sys.exit(1 if LIVES in ends or BROKEN in ends else 0)


if __name__ == "__main__":
    main()
