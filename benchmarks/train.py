"""How close the training loop comes to the bare forward and backward pass.

    python benchmarks/train.py [--quick] [--device cpu] [--precision float32]

- `ratio`: images a second of the whole loop (drawing batches, taking crops out of memory, composing swaps, preprocessing,
  augmentation, the optimizer's step) over those of the forward and backward pass alone on one batch that stays on the device.
  The two take turns, a piece of the one before and after each piece of the other, so that a busy machine slows both.

Crops are noise: that does not change the work. The network is the narrow one on a processor, the whole one elsewhere.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import labelled
import numpy as np
import torch
from timing import seconds

from cellswap.extract import forward
from cellswap.extract.pipeline import ahead
from cellswap.extract.training import batches, loop, state
from cellswap.extract.training import run as training
from cellswap.extract.training.options import Data, Options
from cellswap.store import parts, pixels
from cellswap.store.create import create
from cellswap.store.folder import Store
from cellswap.store.presets import YEAST
from cellswap.store.runs import Run
from cellswap.store.schema import table

N_CONDITIONS, N_FIELDS, PER_FIELD = 8, 10, 16
CASES = {"pifia": ((), ("swap",)), "deeploc": ((),), "pci": ((),)}
GOAL = 0.85


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer steps, under 50 s on two cores")
    parser.add_argument("--device", default="auto", help="cpu, cuda, or auto")
    parser.add_argument("--precision", default="float32", help="float32, bfloat16 or float16")
    asked = parser.parse_args()
    width = "-narrow" if forward.device(asked.device).type == "cpu" else ""
    names = [name for name in CASES if name != "pci"] if asked.quick else CASES
    with filled() as (store, folder):
        compare_each(store, folder, names, Work(width, asked.device, asked.precision, *((1, 3) if asked.quick else (3, 20))))


@dataclass(frozen=True)
class Work:
    """How networks are trained to be timed: the ending of their names, where, in which precision, and how often how many steps."""

    width: str
    device: str
    precision: str
    rounds: int
    steps: int


def compare_each(store: Store, folder: Path, names: Iterable[str], work: Work) -> None:
    """Each network in each of its ways."""
    for name in names:
        for robust in CASES[name]:
            out = folder / f"{name}-{work.precision}-{'-'.join(robust)}.safetensors"
            options = Options(name + work.width, out, Data(), robust, device=work.device, precision=work.precision)
            compare(store, options, work.rounds, work.steps)


def compare(store: Store, options: Options, rounds: int, steps: int) -> None:
    """The loop and the bare pass in turns."""
    ready = training.prepare(store, options).training
    now = state.begin(options, ready.names, len(ready.material.names), None, ready.looking.device)
    now.network.train()
    where = ready.looking.device
    resident = next(batches.epoch(ready.material, ready.kinds, ("resident",)))
    given = ready.looking.training(resident, torch.Generator().manual_seed(1))

    def bare() -> None:
        for _ in range(steps):
            now.optimizer.zero_grad(set_to_none=True)
            with loop.autocast(ready):
                made = options.recipe.outcome(now.network, given)
            now.scaler.scale(made.loss).backward()

    def whole() -> None:
        done = 0
        while done < steps:
            with ahead(batches.epoch(ready.material, ready.kinds, ("epoch", done)), 3) as coming:
                for examples in coming:
                    loop.step(ready, now, examples)
                    done += 1
                    if done == steps:
                        break

    seconds(bare, where), seconds(whole, where)
    alone = looped = 0.0
    for _ in range(rounds):
        alone += seconds(bare, where) / 2
        looped += seconds(whole, where)
        alone += seconds(bare, where) / 2
    n = rounds * steps * ready.kinds.size
    robust = "+".join(options.robust) or "ordinary"
    say(
        f"{options.network} {robust}", ratio=round(alone / looped, 3), goal=GOAL, n=n, images_per_second=round(n / looped, 1),
        precision=options.precision, threads=torch.get_num_threads(), device=forward.device_name(where),
    )  # fmt: skip


@contextmanager
def filled() -> Iterator[tuple[Store, Path]]:
    """A store of noise: conditions of two classes, several fields each."""
    with tempfile.TemporaryDirectory() as folder:
        store = create(Path(folder) / "store")
        run = Run("benchmark", "train", {}, datetime.now(UTC))
        conditions = [f"Y{i:03d}W" for i in range(N_CONDITIONS)]
        seen = ["ER" if i % 2 else "nucleus" for i in range(N_CONDITIONS)]
        labelled.put(store, conditions, [[s] for s in seen], run.run_id)
        for field in range(N_FIELDS):
            for condition in conditions:
                put_field(store, run, condition, f"s/1/p/{condition}/{field}")
        rows = {"field_id": [f"s/1/p/{conditions[0]}/0"], "basis": ["crops"], "value": [0.0], "n_pixels": [1]}
        put(store, run, "intensity_histograms", "all", rows)
        yield store, Path(folder)


def put_field(store: Store, run: Run, condition: str, field_id: str) -> None:
    rng = np.random.default_rng([*field_id.encode()])
    crops = rng.integers(100, 4000, (PER_FIELD, 2, 64, 64)).astype("u2")
    y, x = np.mgrid[:64, :64]
    masks = np.repeat(((y - 32) ** 2 + (x - 32) ** 2 < 144)[None], PER_FIELD, 0)
    ids = [f"{field_id}/{i:02d}" for i in range(PER_FIELD)]
    facts = {"field_id": [field_id], "screen": ["s"], "replicate": [1], "plate": ["p"], "condition": [condition], "has_pixels": [True]}
    sizes = {"mask_area_px": [int(masks[0].sum())], "protein_mean": [2000.0], "protein_std": [1100.0]}
    sizes |= {"cytoplasm_mean": [2000.0], "cytoplasm_std": [1100.0]}
    rows = {name: value * PER_FIELD for name, value in (facts | sizes).items()}
    put(store, run, "crops", field_id, rows | {"crop_id": ids, "cell": ids})
    counts = {"site": [field_id], "n_cells": [PER_FIELD], "n_crops": [PER_FIELD], "masks": ["given"], "files": [[]]}
    put(store, run, "fields", field_id, facts | counts)
    parts.write(store, "pixels", (field_id,), {
        "crop_id": ids, "protein": pixels.encode(crops[:, 0]), "nucleus": [None] * PER_FIELD,
        "cytoplasm": pixels.encode(crops[:, 1]), "mask": pixels.encode_mask(masks), "cells": [None] * PER_FIELD,
    }, run.run_id)  # fmt: skip


def put(store: Store, run: Run, name: str, key: str, some: dict[str, list]) -> None:
    n = len(next(iter(some.values())))
    rows = {c.name: some.get(c.name, [None] * n) for c in table(name, YEAST.names).own_columns}
    parts.write(store, name, (key,), rows, run.run_id)


def say(case: str, **facts: object) -> None:
    print(json.dumps({"benchmark": "train", "case": case, **facts}), flush=True)


if __name__ == "__main__":
    main()
