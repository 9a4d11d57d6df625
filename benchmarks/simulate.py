"""The simulated screen: cells a second, memory, likeness to real fields, and how the segmenter does on it.

    python benchmarks/simulate.py [--quick] [--real FOLDER] [--picture FILE.png]

FOLDER is CycleNET's example (images/, labels/): one dense, one sparse and one empty field of an Opera Phenix. What its
well's protein is nobody knows; it is weak, so the weakest simulated cytoplasm protein is put beside it. A distance of
0 means alike: for a mean or a spread |log2 of the ratio|, for a spectrum the mean of that over frequencies, for
a histogram the Kolmogorov-Smirnov distance. Rates are of this machine, now.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from likeness import compare, picture
from memory import apart
from scoring import score

from cellswap.ingest.simulate import optics, render, run
from cellswap.ingest.simulate.screen import PRESETS, Screen, wells

REAL = Path(__file__).resolve().parents[2] / "shared/data/cyclenet_fields"
FULL = PRESETS["screen"]
ONE_OF_EACH = replace(FULL, proteins_per_class=1, multiple=0, plates=2, empty_wells=0, fields_per_well=1, cells_per_protein=250)


def say(case: str, **facts: object) -> None:
    print(json.dumps({"benchmark": "simulate", "case": case, **facts}), flush=True)


def speed(fields: int, jobs: int) -> tuple[int, float, float]:
    """Cells drawn, seconds taken and processor seconds used, for 15 wells of so many fields, starting included."""
    screen = replace(ONE_OF_EACH, fields_per_well=fields, cells_per_protein=250 * fields)
    with tempfile.TemporaryDirectory() as folder:
        start, used = time.perf_counter(), _processor_seconds()
        n = run.draw(run.plan(Path(folder), screen), jobs)
        return n, time.perf_counter() - start, _processor_seconds() - used


def _processor_seconds() -> float:
    """Of this process and of those that it started and that have ended."""
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def peak_megabytes(fields: int) -> float:
    """The most memory that a process held which drew so many fields of one well."""
    screen = replace(ONE_OF_EACH, fields_per_well=fields, cells_per_protein=250 * fields)
    with tempfile.TemporaryDirectory() as folder:
        return apart(_peak, Path(folder), screen)


def _peak(folder: Path, screen: Screen) -> float:
    run.draw_well(folder, screen, wells(screen)[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def cost(quick: bool) -> None:
    for fields in (2,) if quick else (1, 4, 16):
        n, seconds, used = speed(fields, 2)
        facts = {"goal": 1000, "n": n, "on_two_idle_cores": round(2 * n / used)}
        say(f"cells a second, two processes, {15 * fields} fields, start included", ratio=round(n / seconds), **facts)
    small, large = peak_megabytes(1), peak_megabytes(3 if quick else 12)
    say("memory of many fields over that of one", ratio=round(large / small, 3), goal=1.1, megabytes=round(large))


def segmentation(quick: bool) -> None:
    """The default segmenter against the truth."""
    chosen = [wells(ONE_OF_EACH)[i] for i in range(0, 15, 7 if quick else 1)]
    for buds in ("apart",) if quick else ("apart", "either", "together"):
        found = score(chosen, ONE_OF_EACH, buds)
        for where, goal in (("isolated", 0.95), ("clumped", 0.85), ("all", None)):
            facts = found[where]
            rest = {k: v for k, v in facts.items() if k != "f1"}
            say(f"segmentation, {where} cells, buds {buds}", ratio=facts["f1"], goal=goal, **rest)


def likeness(real: Path, to: Path | None) -> None:
    """Simulated fields beside real ones; the picture shows 64 crops of each, in three channels."""
    if not real.is_dir():
        say("likeness", skipped=f"no real fields at {real.name}; give --real FOLDER")
        return
    for case, facts in compare(real):
        say(case, **facts)
    if to:
        picture(real, to)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--real", type=Path, default=REAL)
    options.add_argument("--picture", type=Path)
    given = options.parse_args()
    render.field(ONE_OF_EACH, wells(ONE_OF_EACH)[0], 1, optics.Microscope())
    np.seterr(all="raise", under="ignore")
    likeness(given.real, given.picture)
    segmentation(given.quick)
    cost(given.quick)


if __name__ == "__main__":
    main()
