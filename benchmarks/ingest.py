"""Full fields into a store: seconds a field and crops a second on one core, and peak memory against the number of fields.

Uses the real dense field of CycleNET's example where it is beside the checkout, else a drawn one, copied under new names. Each measurement
runs in a process of its own; absolute times mean little on a shared machine, so CPU seconds stand beside them.

    python benchmarks/ingest.py [--quick]
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REAL = Path(__file__).resolve().parents[2] / "shared/data/cyclenet_fields/images"
CHANNELS = ("ch1", "ch2", "ch3")
GOAL_SECONDS = 1.0
GOAL_MEMORY = 1.1
SIZE, N_CELLS = 1080, 400


def draw(folder: Path) -> str:
    """Three channels of a drawn field of 400 round cells, where there is no real one."""
    import numpy as np
    import tifffile
    from scipy import ndimage

    rng = np.random.default_rng(0)
    y, x = np.mgrid[:SIZE, :SIZE]
    signal = np.zeros((SIZE, SIZE))
    for cy, cx, radius in zip(*rng.uniform(0, SIZE, (2, N_CELLS)), rng.uniform(8, 13, N_CELLS), strict=True):
        box = np.s_[max(0, int(cy) - 15) : int(cy) + 16, max(0, int(cx) - 15) : int(cx) + 16]
        inside = np.hypot(y[box] - cy, x[box] - cx) < radius
        signal[box] = np.maximum(signal[box], 3000 * inside)
    for channel, gain in zip(CHANNELS, (0.2, 0.5, 1.0), strict=True):
        image = rng.poisson(200 + gain * ndimage.gaussian_filter(signal, 1.2)).astype(np.uint16)
        tifffile.imwrite(folder / f"field-{channel}.tiff", image, compression="zlib")
    return "drawn"


def sources(folder: Path) -> tuple[str, dict[str, Path]]:
    """What the field is, and its three files."""
    if REAL.is_dir():
        return "real dense", {c: REAL / f"r01c01f01p01-{c}sk1fk1fl1.tiff" for c in CHANNELS}
    return draw(folder), {c: folder / f"field-{c}.tiff" for c in CHANNELS}


def measure(folder: Path) -> None:
    """Ingest a folder on one core and print what it took: run in a process of its own."""
    from cellswap.ingest import field_plan
    from cellswap.ingest import fields as stage
    from cellswap.ingest.layouts.fields import Source, list_fields
    from cellswap.ingest.recipe import Recipe
    from cellswap.ingest.segment import Segmentation
    from cellswap.store import runs
    from cellswap.store.create import create

    store = create(folder.parent / f"{folder.name}-store")
    recipe = Recipe("benchmark", Segmentation(), 64, None)
    listing = list_fields(Source(folder, "phenix", None, None, 1), store.channels)
    plan = field_plan.plan(store, listing, recipe)
    with runs.record(store, "ingest fields", {}) as run:
        start, cpu = time.perf_counter(), time.process_time()
        stage.write(store, plan, recipe, run, 1)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                "fields": len(listing.fields),
                "seconds": seconds,
                "cpu": cpu,
                "crops": run.rows_kept,
                "cells": run.rows_in,
                "mb": peak,
            }
        )
    )


def ingest_copies(work: Path, files: dict[str, Path], n: int) -> dict[str, float]:
    """Ingest n copies of the field, all in one well: the most that one batch can be."""
    folder = work / f"n{n}"
    folder.mkdir()
    for site in range(1, n + 1):
        for channel, path in files.items():
            shutil.copy(path, folder / f"r01c01f{site:02d}p01-{channel}sk1fk1fl1.tiff")
    done = subprocess.run([sys.executable, __file__, "--measure", folder], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer fields: under 50 s on two cores")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure)
        return
    with tempfile.TemporaryDirectory() as name:
        kind, files = sources(Path(name))
        found = [ingest_copies(Path(name), files, n) for n in ((2, 8) if options.quick else (2, 8, 32))]
    print(f"{kind} field, {found[0]['cells'] / found[0]['fields']:.0f} cells, one core")
    for f in found:
        n, seconds = f["fields"], f["seconds"]
        print(
            f"{n:>3} fields: {1000 * seconds / n:5.0f} ms a field ({1000 * f['cpu'] / n:.0f} ms of CPU),"
            f" {n / seconds:.2f} fields/s, {f['crops'] / seconds:.0f} crops/s, peak memory {f['mb']:.0f} MB"
        )
    few, many = found[0], found[-1]
    a_field = {
        "benchmark": "ingest",
        "case": "CPU seconds a field, one core, crops included; at most",
        "goal": GOAL_SECONDS,
    }
    memory = {
        "benchmark": "ingest",
        "case": f"peak memory, {many['fields']} fields over {few['fields']}; at most",
        "goal": GOAL_MEMORY,
    }
    print(json.dumps(a_field | {"ratio": round(many["cpu"] / many["fields"] / GOAL_SECONDS, 3), "n": many["fields"]}))
    print(json.dumps(memory | {"ratio": round(many["mb"] / few["mb"], 3), "n": many["fields"]}))


if __name__ == "__main__":
    main()
