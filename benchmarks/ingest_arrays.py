"""Crops and vectors in arrays into a store: how fast beside copying their file, and peak memory against their number.

Copying is reading the file and writing it with fsync, as parts are written. Each measurement runs in a process of its own, one after the
other.

    python benchmarks/ingest_arrays.py [--quick] [--share 0.1]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

CROPS, VECTORS, WIDTH, SIZE = 200_000, 1_000_000, 384, 64
GOALS = {"crops": 0.5, "vectors": 0.3}
IN_FIELD = 400


def table(n: int) -> pl.DataFrame:
    """A table of n cells: 400 to a field, four fields to a well, a condition a well."""
    field = np.arange(n) // IN_FIELD
    well = field // 4
    names = [f"{chr(65 + w % 384 // 24)}{w % 24 + 1:02d}" for w in range(int(well.max(initial=0)) + 1)]
    columns = {"plate": well // 384, "well": np.array(names)[well], "site": field % 4, "cell": np.arange(n) % IN_FIELD}
    place = {"y": np.arange(n) % 20 * 48 + 40, "x": np.arange(n) // 20 % 20 * 48 + 40}
    return pl.DataFrame(columns | {"drug": well % 100} | place).cast(pl.String)


def make(folder: Path, kind: str, n: int) -> Path:
    """An array of n crops like a camera's, smooth with noise, or of n vectors of which half the numbers are 0, as after a ReLU."""
    path = folder / f"{kind}-{n}.npy"
    rng = np.random.default_rng(0)
    shape, dtype = ((n, 1, SIZE, SIZE), np.uint16) if kind == "crops" else ((n, WIDTH), np.float32)
    out = np.lib.format.open_memmap(path, "w+", dtype, shape)
    y, x = np.mgrid[:SIZE, :SIZE] - SIZE / 2
    cell = 900 * np.exp(-(y**2 + x**2) / 200)
    for start in range(0, n, 4096):
        m = min(4096, n - start)
        if kind == "crops":
            out[start : start + m, 0] = 200 + cell + rng.normal(0, 12, (m, SIZE, SIZE))
        else:
            out[start : start + m] = np.maximum(rng.standard_normal((m, WIDTH), np.float32), 0)
    out.flush()
    table(n).write_parquet(folder / f"{kind}-{n}.parquet")
    return path


def copy(path: Path) -> float:
    """Seconds that a copy takes until it is on the disk."""
    start = time.perf_counter()
    with path.open("rb") as source, path.with_suffix(".copy").open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
        target.flush()
        os.fsync(target.fileno())
    seconds = time.perf_counter() - start
    path.with_suffix(".copy").unlink()
    return seconds


def measure(path: Path) -> None:
    """Ingest a file and print what it took: run in a process of its own."""
    from cellswap.ingest import array_crops, cell_table, vectors
    from cellswap.ingest.array_files import Place
    from cellswap.ingest.cell_table import Columns
    from cellswap.ingest.layouts.arrays import Layout
    from cellswap.ingest.vector_parts import How, Layer
    from cellswap.ingest.vector_rows import Asked, Swapped
    from cellswap.ingest.vectors import Names
    from cellswap.store import runs, work
    from cellswap.store.create import create

    made = create(path.parent / f"{path.stem}-store")
    columns = Columns(("drug",), "plate", "well", "site", "cell", "y", "x")
    metadata, jobs = path.with_suffix(".parquet"), work.processes(None)
    with runs.record(made, "ingest vectors", {}) as run:
        start = time.perf_counter()
        if path.stem.startswith("crops"):
            cells = cell_table.cells(cell_table.read(metadata), columns, "benchmark", made.crop_size)
            layout = Layout(Place(path, "", path.name), None, "NCHW", ("protein",), 0, (path,))
            array_crops.write(made, layout, cells, run, again=False, jobs=jobs)
        else:
            file = vectors.opened(path, None, (), path.parent)
            names = Names(Layer("net", "code", "avg"), "benchmark", "given")
            given = vectors.given(made, path, metadata, Asked(columns, Swapped()), names, file)
            vectors.write(made, given, names, run, How(jobs=jobs))
        seconds = time.perf_counter() - start
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    print(json.dumps({"seconds": seconds, "n": run.rows_kept, "mb": peak}))


def compared(folder: Path, kind: str, n: int) -> dict[str, float]:
    """What reading n of a kind takes, beside a copy of their file before and one after."""
    path = make(folder, kind, n)
    before = copy(path)
    done = subprocess.run([sys.executable, __file__, "--measure", path], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout) | {"copy": (before + copy(path)) / 2, "bytes": path.stat().st_size}
    path.unlink()
    shutil.rmtree(folder / f"{path.stem}-store")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fortieth of the size: under 50 s on two cores")
    parser.add_argument("--share", type=float, default=1.0, help="this share of 200,000 crops and a million vectors")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure)
        return
    share = 0.025 if options.quick else options.share
    with tempfile.TemporaryDirectory() as name:
        for kind, whole in (("crops", CROPS), ("vectors", VECTORS)):
            few, many = (compared(Path(name), kind, int(n)) for n in (share * whole / 4, share * whole))
            mb, seconds = many["bytes"] / 2**20, many["seconds"]
            print(
                f"{many['n']:,} {kind}: {seconds:.1f} s, {mb / seconds:.0f} MB/s; a copy {mb / many['copy']:.0f} MB/s;"
                f" peak memory {many['mb']:.0f} MB, of a quarter {few['mb']:.0f} MB"
            )
            case = {"benchmark": "ingest_arrays", "n": many["n"]}
            speed = many["copy"] / seconds
            print(json.dumps(case | {"case": f"{kind}, over a copy of the file", "ratio": round(speed, 3), "goal": GOALS[kind]}))
            memory = many["mb"] / few["mb"]
            print(json.dumps(case | {"case": f"{kind}, peak memory over a quarter's; at most", "ratio": round(memory, 3), "goal": 1.5}))


if __name__ == "__main__":
    main()
