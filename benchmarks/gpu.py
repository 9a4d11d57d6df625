"""What a GPU is worth: extraction, composition, training at full width, nearest neighbours; `gpu.sh` runs it, tests first.

    python benchmarks/gpu.py [--quick] [--device cuda]
    python benchmarks/gpu.py --table FILE

Each line is a figure, as `extract.py`, `swaps.py`, `train.py` and `neighbours.py` print them; `--table` shows those of a file for
people to read. What is cut short shows in the table by what is not there.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import neighbours
import numpy as np
import swaps
import torch
import train

import extract
from cellswap.evaluate import nearest
from cellswap.extract import forward
from cellswap.extract.networks import NETWORKS
from cellswap.store.create import create

CASES = (
    extract.Case("pifia", ("conv8", "d2")),
    extract.Case("pci", extract.PCI_LAYERS),
    extract.Case("deeploc", ("conv_5",)),
    extract.Case("pifia", NETWORKS["pifia"].facts.layer_names),
)


def say(case: str, **facts: object) -> None:
    print(json.dumps({"benchmark": "gpu", "case": case, **facts}), flush=True)


def machine(device: str) -> None:
    """On what all else was measured."""
    where = forward.device(device)
    say("machine", device=forward.device_name(where), torch=torch.__version__, python=platform.python_version(), cores=os.cpu_count())


def extraction(n: int, device: str) -> None:
    """Each network's pipeline over its bare pass, and each stage alone."""
    with extract.new_store(n) as (store, _, folder):
        for case in CASES:
            extract.stages(store, case, n, folder, device)
            extract.pipeline_in(store, case, n, folder, device)


def composition(size: swaps.Size, device: str) -> None:
    """Composed images a second, and the whole pipeline on swaps."""
    swaps.compare_variants(forward.device(device))
    with tempfile.TemporaryDirectory() as folder:
        store = create(Path(folder) / "store")
        swaps.fill(store, size.crops)
        swaps.compare_with_bare(store, size, Path(folder), device)


def training(width: str, rounds: int, steps: int, device: str) -> None:
    """The loop over the bare pass, each network at full width, in float32 and in bfloat16."""
    with train.filled() as (store, folder):
        for precision in ("float32", "bfloat16"):
            train.compare_each(store, folder, train.CASES, train.Work(width, device, precision, rounds, steps))


def neighbour_search(n: int, device: str) -> None:
    """The same search on the device and on all cores, and whether both found the same."""
    x = neighbours.drawn(n, neighbours.WIDTH)
    together = np.arange(n)
    nearest.nearest(x[:2000], together[:2000], neighbours.K, cosine=False, device=device)
    took, found = {}, {}
    for where in (device, "cpu"):
        start = time.perf_counter()
        found[where] = nearest.nearest(x, together, neighbours.K, cosine=False, device=where).index
        took[where] = time.perf_counter() - start
    same = float((found[device] == found["cpu"]).mean())
    ratio = round(took["cpu"] / took[device], 1)
    say("neighbours over all cores", ratio=ratio, n=n, seconds=round(took[device], 2), seconds_cpu=round(took["cpu"], 2), agree=same)


def table(lines: list[str]) -> Iterator[str]:
    """The figures as a table; the machine above it."""
    facts = [json.loads(line) for line in lines if line.startswith("{")]
    for fact in facts:
        if fact["case"] == "machine":
            yield f"{fact['device']}, {fact['cores']} cores, torch {fact['torch']}, Python {fact['python']}"
            yield ""
    yield "| what | ratio | n | more |"
    yield "| --- | --- | --- | --- |"
    shown = {"benchmark", "case", "ratio", "goal", "n", "device"}
    for fact in facts:
        if fact["case"] != "machine":
            more = "; ".join(f"{name.replace('_', ' ')} {value}" for name, value in fact.items() if name not in shown)
            yield f"| {fact['benchmark']}: {fact['case']} | {fact.get('ratio', '')} | {fact.get('n', '')} | {more} |"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--quick", action="store_true", help="so few that a processor does it in a minute")
    asked.add_argument("--device", default="cuda")
    asked.add_argument("--table", type=Path, help="show the figures of this file")
    options = asked.parse_args()
    if options.table:
        print("\n".join(table(options.table.read_text().splitlines())))
        return
    machine(options.device)
    extraction(400 if options.quick else 32_768, options.device)
    n_parts, n_embedded = (6, 320) if options.quick else (16, 24_000)
    composition(swaps.Size(n_parts * swaps.PER_PART, 20, n_embedded, 15), options.device)
    training(*(("-narrow", 1, 2) if options.quick else ("", 3, 20)), options.device)
    neighbour_search(3000 if options.quick else 50_000, options.device)
    extract.compare_formats(CASES[0], options.device)


if __name__ == "__main__":
    main()
