"""How close extraction comes to the bare forward pass, and how far it is from one crop and one layer at a time.

    python benchmarks/extract.py [--quick] [--device cpu] [--crops N]

- `bare`: crops a second of the whole pipeline (reading and decompressing Parquet, preprocessing, pooling, writing) over
  those of the network alone on ready tensors of the same batch on the same device. Half of the bare pass is timed
  before the pipeline and half after it, so that a machine that is busy slows both.
- `as its authors' script`: the same over the PCI authors' way: Keras, one crop at a time, `predict` once for each layer.
- `one at a time`: that way in torch too, up to the wanted layer only, so that the ratio shows the method and not the
  framework. `shared_pass` is how many times fewer operations one pass for all layers takes; what is left comes from batches.
  The two take turns, a piece of the one before and after each run of the other, so that a busy machine slows both.
- `channels last`, `compiled`: the network alone in that memory order, and compiled, over torch's own order.
- `growth`: time of all crops over time of a quarter of them (4 is linear; less where starting costs as much as the few).

Weights are as torch draws them and crops are noise: neither changes the work. Peak memory is that of this process.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pci_script
import torch
from numpy.typing import NDArray
from timing import seconds, weights_file
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from cellswap.extract import forward, loading, preprocess, taps, todo
from cellswap.extract import run as extraction
from cellswap.extract.networks import NETWORKS
from cellswap.extract.read import batches
from cellswap.store import database, parts, pixels
from cellswap.store.create import create
from cellswap.store.folder import Store
from cellswap.store.presets import YEAST
from cellswap.store.runs import Run
from cellswap.store.schema import table

PCI_LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")
PER_FIELD = 400
ROUNDS = 2


@dataclass(frozen=True)
class Case:
    """A network with the layers that are wanted of it."""

    network: str
    layers: tuple[str, ...]


def say(case: str, **facts: object) -> None:
    print(json.dumps({"benchmark": "extract", "case": case, **facts}), flush=True)


def fill(store: Store, n: int) -> NDArray[np.uint16]:
    """The condition and cytoplasm crops (n, 2, 64, 64) that the store now has, in fields of 400."""
    rng = np.random.default_rng(7)
    # Smooth noise, so that the pixels compress about as real ones do.
    coarse = rng.integers(200, 6000, (n, 2, 16, 16)).repeat(4, 2).repeat(4, 3)
    crops = (coarse + rng.integers(0, 60, (n, 2, 64, 64))).astype(np.uint16)
    masks = np.zeros((n, 64, 64), bool)
    masks[:, 18:46, 18:46] = True
    for start in range(0, n, PER_FIELD):
        write_field(store, start, crops[start : start + PER_FIELD], masks[start : start + PER_FIELD])
    return crops


def write_field(store: Store, start: int, crops: NDArray[np.uint16], masks: NDArray[np.bool_]) -> None:
    n, field = len(crops), f"bench/1/P/{start}"
    ids = [f"{field}/{i:04d}" for i in range(n)]
    columns: dict[str, object] = dict.fromkeys((c.name for c in table("crops", YEAST.names).own_columns), [None] * n)
    columns |= {
        "crop_id": ids,
        "field_id": [field] * n,
        "screen": ["bench"] * n,
        "replicate": [1] * n,
        "plate": ["P"] * n,
    }
    columns |= {"condition": [f"Y{start:06d}"] * n, "cell": ids, "has_pixels": [True] * n, "mask_area_px": [784] * n}
    columns |= {"protein_mean": [1.0] * n}
    parts.write(store, "crops", (field,), columns, "benchmark")
    rows = {"crop_id": ids, "protein": pixels.encode(crops[:, 0]), "nucleus": [None] * n}
    rows |= {"cytoplasm": pixels.encode(crops[:, 1]), "mask": pixels.encode_mask(masks), "cells": [None] * n}
    parts.write(store, "pixels", (field,), rows, "benchmark")


@contextmanager
def new_store(crops: int) -> Iterator[tuple[Store, NDArray[np.uint16], Path]]:
    with tempfile.TemporaryDirectory() as folder:
        store = create(Path(folder) / "store")
        yield store, fill(store, crops), Path(folder)


def prepared(store: Store, case: Case, folder: Path, device: str, name: str) -> tuple[extraction.Request, extraction.Prepared]:
    wanted = loading.Wanted(case.network, weights_file(case.network, folder), name)
    request = extraction.Request(wanted, case.layers, ("baseline",), all_crops=True, device=device)
    return request, extraction.prepare(store, request)


def bare(ready: extraction.Prepared, n: int) -> Callable[[], None]:
    """The network alone, up to the deepest wanted layer, over n crops in batches that lie ready on the device."""
    model, size = ready.model, min(ready.forward.batch_size, n)
    side = model.input_size or 64
    x = torch.randn(size, model.feeding.n_inputs, side, side, device=ready.forward.device)
    x = x.to(memory_format=ready.forward.order)
    run = ready.forward._taps  # noqa: SLF001 - the network, ended after the deepest layer

    def work() -> None:
        for start in range(0, n, size):
            run(x[: min(size, n - start)])

    return work


def compare_with_bare(case: Case, n: int, device: str) -> float:
    """The same in a new store of n crops."""
    with new_store(n) as (store, _, folder):
        return pipeline_in(store, case, n, folder, device)


def pipeline_in(store: Store, case: Case, n: int, folder: Path, device: str) -> float:
    """Time the pipeline between two halves of the bare pass; the pipeline's crops a second."""
    name = f"{case.network}-{len(case.layers)}-layers"
    request, ready = prepared(store, case, folder, device, name)
    where = ready.forward.device
    alone = bare(ready, n // 2)
    seconds(bare(ready, ready.forward.batch_size), where)
    before = seconds(alone, where)
    run = Run(name, "extract", {}, datetime.now(UTC))
    pipeline = seconds(lambda: extraction.extract(store, request, ready, run), where)
    after = seconds(alone, where)
    if run.rows_kept != n:
        raise SystemExit(f"expected {n} crops embedded, found {run.rows_kept}")
    say(
        f"{case.network} bare",
        ratio=round((before + after) / pipeline, 3),
        goal=0.9,
        n=n,
        layers=len(case.layers),
        device=forward.device_name(where),
        batch=ready.forward.batch_size,
        crops_per_second=round(n / pipeline, 1),
        bare_crops_per_second=round(n / (before + after), 1),
        peak_memory_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    )
    return n / pipeline


def stages(store: Store, case: Case, n: int, folder: Path, device: str) -> None:
    """Crops a second of each stage alone: what is read is kept, then run through the network, then fetched from the device."""
    request, ready = prepared(store, case, folder, device, "stages")
    where, kept = ready.forward.device, []

    def read() -> None:
        with database.connect(store) as connection:
            for crops in extraction._crops(connection, store, request, ready):  # noqa: SLF001 - the step that is measured
                for work in todo.work(connection, crops.done, crops.left):
                    kept.extend(batches(work, ready.need, ready.forward.batch_size, ready.forward.threads))

    def forward_all() -> list[forward.Vectors]:
        return [ready.forward(batch, masked=False) for batch in kept]

    reading = seconds(read)
    forward_all()
    made: list[forward.Vectors] = []
    computing = seconds(lambda: made.extend(forward_all()), where)
    fetching = seconds(lambda: [v.cpu() for vectors in made for v in (*vectors.layers.values(), *vectors.problems.values())], where)
    rates = {"read": n / reading, "upload_preprocess_forward": n / computing, "fetch": n / fetching}
    say(
        f"{case.network} stages", n=n, layers=len(case.layers), device=forward.device_name(where), **{k: round(v) for k, v in rates.items()}
    )


def one_at_a_time(case: Case, crops: Tensor, ready: extraction.Prepared) -> None:
    """For each crop and each layer a pass of its own."""
    module = ready.model.module.to(memory_format=torch.contiguous_format)
    prepare = preprocess.PREPROCESSING[ready.model.preprocessing]
    single = {layer: taps.Taps(module, {layer: "avg"}) for layer in case.layers}
    for crop in crops:
        for tap in single.values():
            raw = crop[None, : ready.model.feeding.n_inputs].float()
            x = prepare(raw.to(ready.forward.device), None)
            tap(preprocess.centre(x, ready.model.input_size or 64))


def limit(case: Case, module: nn.Module, n_inputs: int) -> float:
    """Operations of a pass for each layer over those of one pass for all: what sharing the pass can gain at most."""
    spent = []
    for layers in (*((layer,) for layer in case.layers), case.layers):
        with FlopCounterMode(display=False) as counted:
            taps.Taps(module, dict.fromkeys(layers, "avg"))(torch.zeros(1, n_inputs, 64, 64))
        spent.append(counted.get_total_flops())
    return sum(spent[:-1]) / spent[-1]


def compare_with_script(n: int, n_single: int, device: str) -> None:
    """The pipeline against the PCI authors' own way, where TensorFlow is at hand."""
    try:
        loop = pci_script.script()
    except ImportError:
        print("pci as its authors' script: skipped, it needs TensorFlow (pip install '.[weights]')", file=sys.stderr)
        return
    with new_store(n) as (store, crops, folder):
        request, ready = prepared(store, Case("pci", PCI_LAYERS), folder, device, "measured")
        loop(crops[:2])
        before = seconds(lambda: loop(crops[: n_single // 2]))
        run = Run("benchmark", "extract", {}, datetime.now(UTC))
        pipeline = seconds(lambda: extraction.extract(store, request, ready, run), ready.forward.device) / n
        alone = (before + seconds(lambda: loop(crops[n_single // 2 : n_single]))) / n_single
    facts = {"n": n, "layers": len(PCI_LAYERS), "device": forward.device_name(ready.forward.device)}
    rates = {"crops_per_second": round(1 / pipeline, 1), "crops_per_second_theirs": round(1 / alone, 2)}
    say("pci as its authors' script", ratio=round(alone / pipeline, 1), goal=20, **facts, **rates)


def compare_formats(case: Case, device: str) -> None:
    """The network on ready batches: in channels-last memory and compiled, over the same in torch's own order."""
    where = forward.device(device)
    known = NETWORKS[case.network]
    x = torch.randn(64, len(known.facts.channels), known.facts.input_size, known.facts.input_size, device=where)
    last = x.to(memory_format=torch.channels_last)
    with tempfile.TemporaryDirectory() as folder:
        wanted = loading.Wanted(case.network, weights_file(case.network, Path(folder)), "measured")
        plain, moved, compiled = (loading.load(wanted, "protein").module.to(where) for _ in range(3))
    moved = moved.to(memory_format=torch.channels_last)
    fused = torch.compile(compiled.to(memory_format=torch.channels_last))
    ways = {
        "contiguous": lambda: plain(x),
        "channels last": lambda: moved(last),
        "channels last, compiled": lambda: fused(last),
    }
    took = dict.fromkeys(ways, 0.0)
    with torch.inference_mode():
        first = {name: seconds(way, where) for name, way in ways.items()}
        for name, way in [*ways.items()] * 6:
            took[name] += seconds(way, where)
    for name in list(ways)[1:]:
        ratio, start = round(took["contiguous"] / took[name], 2), round(first[name], 1)
        say(f"{case.network} {name}", ratio=ratio, n=6 * len(x), device=forward.device_name(where), first_batch_s=start)


def compare_with_one_at_a_time(case: Case, n: int, n_single: int, device: str) -> None:
    pipeline = alone = 0.0
    with new_store(n // ROUNDS) as (store, crops, folder):
        rounds = [prepared(store, case, folder, device, f"round-{i}") for i in range(ROUNDS)]
        ready = rounds[0][1]
        where = ready.forward.device
        pieces = iter(torch.from_numpy(crops[:n_single]).chunk(2 * ROUNDS))
        seconds(bare(ready, ready.forward.batch_size), where)
        one_at_a_time(case, torch.from_numpy(crops[:1]), ready)
        for of_round in rounds:
            run = Run("benchmark", "extract", {}, datetime.now(UTC))
            alone += seconds(lambda: one_at_a_time(case, next(pieces), ready), where) / n_single
            pipeline += seconds(lambda of=(*of_round, run): extraction.extract(store, *of), where) / n
            alone += seconds(lambda: one_at_a_time(case, next(pieces), ready), where) / n_single
            if run.rows_kept != n // ROUNDS:
                raise SystemExit(f"expected {n // ROUNDS} crops embedded, found {run.rows_kept}")
    say(
        f"{case.network} one at a time",
        ratio=round(alone / pipeline, 1),
        shared_pass=round(limit(case, ready.model.module, ready.model.feeding.n_inputs), 1),
        n=n,
        layers=len(case.layers),
        device=forward.device_name(where),
        crops_per_second=round(1 / pipeline, 1),
        crops_per_second_one_at_a_time=round(1 / alone, 2),
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--quick", action="store_true", help="under 50 s on two cores")
    asked.add_argument("--device", default="auto")
    asked.add_argument("--crops", type=int, help="crops in each case")
    options = asked.parse_args()
    n = options.crops or (640 if options.quick else 4096)
    cases = [Case("pifia", ("conv8", "d2"))]
    cases += [] if options.quick else [Case("pci", PCI_LAYERS), Case("deeploc", ("conv_5",))]
    for case in cases:
        quarter, whole = (compare_with_bare(case, m, options.device) for m in (n // 4, n))
        say(f"{case.network} growth", ratio=round(4 * quarter / whole, 2), goal=4.0, n=n)
        if not options.quick:
            compare_formats(case, options.device)
    compare_with_script(n // 4, 8 if options.quick else 32, options.device)
    compare_with_one_at_a_time(Case("pci", PCI_LAYERS), n // 2, 8 if options.quick else 32, options.device)
    pifia_all = NETWORKS["pifia"].facts.layer_names
    compare_with_one_at_a_time(Case("pifia", pifia_all), n // 4, 4 if options.quick else 16, options.device)


if __name__ == "__main__":
    main()
