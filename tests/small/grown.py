"""Weight files whose kernels were drawn from a seed, with the kernels put back.

The golden weights are small whole numbers times one scale a kernel, drawn one after another from NumPy's PCG64. `kernels.json` beside
the files says where in the draws each kernel begins and where in its file it lies; the file holds zeros there.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray


class Kernel(TypedDict):
    """A kernel's place among the draws and in its file, its whole numbers -top..top, and the factor on them."""

    start: int
    n: int
    top: int
    scale: float
    offset: int


def draws(seed: int, n: int) -> NDArray[np.uint64]:
    """The 2 n draws of 32 bits of a seed, as `Generator.integers` uses them."""
    return np.random.PCG64(seed).random_raw(n).astype("<u8").view("<u4").astype(np.uint64)


def whole(drawn: NDArray[np.uint64], top: int) -> NDArray[np.int64]:
    """Whole numbers from -top to top, one for each draw, by the multiplication of `Generator.integers`."""
    return (drawn * np.uint64(2 * top + 1) >> np.uint64(32)).astype(np.int64) - top


def kernel(of: Kernel, drawn: NDArray[np.uint64]) -> NDArray[np.float32]:
    """The numbers of a kernel, in the order of its file."""
    levels = whole(drawn[of["start"] : of["start"] + of["n"]], of["top"])
    return levels.astype(np.float32) * np.float32(of["scale"])


def fill(folder: Path) -> None:
    """Put the kernels into the files of a folder, where it has `kernels.json`; the hashes of the originals must come out."""
    listed = folder / "kernels.json"
    if not listed.exists():
        return
    held = json.loads(listed.read_text())
    drawn = draws(held["seed"], held["n_draws"])
    for name, file in held["files"].items():
        with (folder / name).open("r+b") as out:
            for of in file["kernels"]:
                out.seek(of["offset"])
                out.write(kernel(of, drawn).astype("<f4").tobytes())
            out.seek(0)
            assert hashlib.file_digest(out, "sha256").hexdigest() == file["sha256"], name
    listed.unlink()
