"""Where numba keeps the code that it compiles: beside the source or at home, and where neither can be written, for this process alone.

Without any such place numba does not compile at all ("no locator available"), and a package installed for everybody, under an
account without a home, has none.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cellswap.errors import CellswapError
from cellswap.store import scratch

PLACE = "NUMBA_CACHE_DIR"


def keep(folder: Path) -> None:
    """See to it that numba can compile the modules of a folder; where nothing can be kept, a line on stderr says so, once."""
    if not any(map(_can_be_written, _places(folder))):
        _use(_of_our_own())


def _places(folder: Path) -> Iterator[Path]:
    """Where numba looks, in its order."""
    if given := os.environ.get(PLACE):
        yield Path(given)
    yield folder / "__pycache__"
    yield Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "numba"  # noqa: PTH111 - never fails


def _can_be_written(place: Path) -> bool:
    """Whether a file can be made there; the rights alone don't say so, of a disk that is read-only or full."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=place).close()
    except (OSError, ValueError):
        return False
    return True


def _of_our_own() -> str:
    """A new folder that nobody else can write, as what lies in it is run, and that goes when the process ends."""
    try:
        made = scratch.new_name("numba")
        made.mkdir(mode=0o700)
    except OSError as error:
        raise CellswapError(
            f"no folder for compiled code can be written: not beside the program, not at home, and no temporary one ({error}); "
            f"set TMPDIR or {PLACE} to one that can"
        ) from error
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    why = "compiled code can't be kept, neither beside the program nor at home, so each command compiles anew"
    sys.stderr.write(f"note: {why}; set {PLACE} to a folder that can be written\n")
    return str(made)


def _use(place: str) -> None:
    os.environ[PLACE] = place  # for numba, if it is still to be imported, and for worker processes
    if numba := sys.modules.get("numba"):
        numba.config.CACHE_DIR = place
