"""Code that numba compiles, where neither the program's folder nor the home can be written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

DECLARES = "import numba\n\n@numba.njit(cache=True)\ndef twice(x):\n    return 2 * x\n"
RUNS = """
import sys
from pathlib import Path
sys.path.insert(0, {folder!r})
if {kept}:
    from cellswap.store import compiled
    compiled.keep(Path({folder!r}))
    compiled.keep(Path({folder!r}))
from declares import twice
print(twice(21))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a module that numba compiles, in which nothing compiled can be kept: even for root a file is no folder."""
    made = tmp_path / "package"
    made.mkdir()
    (made / "declares.py").write_text(DECLARES)
    (made / "__pycache__").write_text("in the way")
    (tmp_path / "temporary").mkdir()
    return made


def run(folder: Path, *, kept: bool, **places: str) -> subprocess.CompletedProcess[str]:
    """Import the module and call its function, with a home below a file, and where else the environment says."""
    nowhere = str(folder / "declares.py" / "home")
    environment = {k: v for k, v in os.environ.items() if k not in {"XDG_CACHE_HOME", "NUMBA_CACHE_DIR"}}
    environment |= {"HOME": nowhere, "TMPDIR": str(folder.parent / "temporary")} | places
    code = RUNS.format(folder=str(folder), kept=kept)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)


def test_without_a_place_numba_compiles_nothing(folder: Path) -> None:
    assert "no locator available" in run(folder, kept=False).stderr


def test_without_a_place_it_gets_one_that_goes_again_and_a_line_says_so_once(folder: Path) -> None:
    done = run(folder, kept=True)
    assert done.stdout == "42\n"
    assert done.stderr.count("compiled code can't be kept") == done.stderr.count("\n") == 1
    assert list((folder.parent / "temporary").iterdir()) == []


@pytest.mark.parametrize("place", ["NUMBA_CACHE_DIR", "XDG_CACHE_HOME"])
def test_a_place_that_is_there_is_used_and_nothing_said(folder: Path, place: str) -> None:
    kept = folder.parent / "kept"
    done = run(folder, kept=True, **{place: str(kept)})
    assert (done.stdout, done.stderr) == ("42\n", "")
    assert [p.suffix for p in kept.rglob("*.nbi")] == [".nbi"]


def test_without_even_a_temporary_folder_the_error_says_what_to_set(folder: Path) -> None:
    code = f"import tempfile; tempfile.tempdir = {str(folder / 'declares.py')!r}\n"
    code += f"from pathlib import Path\nfrom cellswap.store import compiled\ncompiled.keep(Path({str(folder)!r}))"
    environment = {k: v for k, v in os.environ.items() if k not in {"XDG_CACHE_HOME", "NUMBA_CACHE_DIR"}}
    environment |= {"HOME": str(folder / "declares.py")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert "CellswapError: no folder for compiled code can be written" in done.stderr
    assert "set TMPDIR or NUMBA_CACHE_DIR" in done.stderr
