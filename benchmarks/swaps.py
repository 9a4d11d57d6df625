"""How fast swaps are planned, gathered, composed and embedded.

    python benchmarks/swaps.py [--quick] [--device cpu] [--crops N] [--images N]

- `gather once`: swaps a second of scanning the pixels once, keeping the needed crops and composing batch by batch, over
  those of reading the row groups that hold the two crops of each swap and composing that one swap. The second way is timed
  on the first few swaps. The ratio grows with the number of swaps, since the scan is shared by all of them.
- `compose`: composed images a second from kept crops, for the paper's rule and each variant, over the paper's rule.
- `extraction`: images a second of the whole pipeline on swaps (gathering, composing, preprocessing, network, writing)
  over those of PIFiA's bare forward pass on ready tensors, half of which is timed before and half after. Two classes, so that the
  few images fill batches as the paper's 14,000 of a class do.
- `growth`: time of the pipeline for all swaps over its time for a quarter of them (4 is linear; the scan is the same for both).
- `plan`: seconds to draw, check and write down all sets of the five settings (the paper: 15 x 15 x 1,000 in under 10 s).

Crops are noise in parts of 2,048, in row groups of 1,024 as every part of pixels has them.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import labelled
import numpy as np
import pyarrow.parquet as pq
import torch
from timing import seconds, weights_file

from cellswap.extract import embed_swaps, forward, loading
from cellswap.extract import run as extraction
from cellswap.extract.swaps import batches, plan
from cellswap.extract.swaps.compose import Pair, Side, compose
from cellswap.store import database, parts, pixels
from cellswap.store.create import create
from cellswap.store.folder import Store
from cellswap.store.presets import YEAST
from cellswap.store.runs import Run
from cellswap.store.schema import table
from cellswap.store.vocabulary import LOCALIZATIONS, REAL, SETTINGS

PER_PART = 2048
PER_CONDITION = 128
VARIANTS = ("", "feather", "dilate3", "shift", "match", "raw")
BLANK = {"VARCHAR": "x", "INTEGER": 1, "BIGINT": 1, "DOUBLE": 1.0, "BOOLEAN": True, "VARCHAR[]": []}


@dataclass(frozen=True)
class Size:
    """How many crops there are, images a set that are composed, swaps that are embedded, and swaps of the slow way."""

    crops: int
    images: int
    embedded: int
    one_by_one: int


def say(case: str, **facts: object) -> None:
    print(json.dumps({"benchmark": "swaps", "case": case, **facts}), flush=True)


def write(store: Store, name: str, key: str, n: int, some: dict[str, object]) -> None:
    blank = {c.name: None if c.nullable else BLANK[c.type] for c in table(name, YEAST.names).own_columns}
    rows = {k: v if isinstance(v, list) and len(v) == n else [v] * n for k, v in (blank | some).items()}
    parts.write(store, name, (key,), rows, "benchmark")


def fill(store: Store, n: int) -> None:
    """Crops of condition and cytoplasm, each with a cell-free window beside it as the table has it, of conditions of 15 classes."""
    rng = np.random.default_rng(7)
    coarse = rng.integers(200, 6000, (PER_PART, 2, 16, 16)).repeat(4, 2).repeat(4, 3)
    mask = np.zeros((PER_PART, 64, 64), bool)
    mask[:, 18:46, 18:46] = True
    conditions = [f"Y{i:05d}" for i in range(n // PER_CONDITION)]
    classes = [LOCALIZATIONS[i % 15] for i in range(len(conditions))]
    labelled.put(store, conditions, [[c] for c in classes])
    # Of each condition's crops a quarter are windows without cells.
    for start in range(0, n, PER_PART):
        crops = (coarse + rng.integers(0, 60, (PER_PART, 2, 64, 64))).astype(np.uint16)
        ids = [f"s/1/p/{start}/{i:04d}" for i in range(PER_PART)]
        condition = [conditions[(start + i) // PER_CONDITION] for i in range(PER_PART)]
        place = {"field_id": f"f{start}", "screen": "s", "replicate": 1, "plate": "p", "well": "A01", "has_pixels": True}
        facts = {f"{role}_mean": 3000.0 for role in ("protein", "cytoplasm")} | {f"{role}_std": 900.0 for role in ("protein", "cytoplasm")}
        window = [i % 4 == 0 for i in range(PER_PART)]
        for name, here in (("crops", False), ("backgrounds", True)):
            mine = [i for i in range(PER_PART) if window[i] == here]
            own = {"crop_id": [ids[i] for i in mine], "condition": [condition[i] for i in mine], "cell": [ids[i] for i in mine]}
            box = {"y0": 0, "x0": 0, "y1": 64, "x1": 64}
            more = {"mask_area_px": 784} if name == "crops" else {"distance_px": 60.0, "variance": 1.0, "empty": True} | box
            columns = {c.name for c in table(name, YEAST.names).own_columns}
            known = {k: v for k, v in (place | facts | own | more).items() if k in columns}
            write(store, name, f"{start}", len(mine), known)
        seen = {"field_id": [f"f{start}"], "basis": ["field"], "value": [0.0], "n_pixels": [1]}
        write(store, "intensity_histograms", f"{start}", 1, seen)
        of_field = {name: value for name, value in place.items() if name != "has_pixels"}
        write(store, "fields", f"{start}", 1, of_field | {"site": f"{start}", "masks": "given", "files": [[]]})
        parts.write(store, "pixels", (f"{start}",), {
            "crop_id": ids, "protein": pixels.encode(crops[:, 0]), "nucleus": [None] * PER_PART, "cytoplasm": pixels.encode(crops[:, 1]),
            "mask": pixels.encode_mask(mask), "cells": pixels.encode_mask(mask),
        }, "benchmark")  # fmt: skip


SWAPPED = tuple(name for name in SETTINGS if name not in REAL)


def make_plan(store: Store, images: int, settings: tuple[str, ...] = SWAPPED, classes: tuple[str, ...] = ()) -> tuple[str, int, float]:
    """The plan's id, how many images it has, and the seconds that drawing, checking and writing took."""
    start = time.perf_counter()
    with database.connect(store) as connection:
        made = plan.make(connection, plan.Options("s", settings, classes, images, replacement="both"))
    plan.write(store, made, Run("benchmark", "plan", {}, datetime.now(UTC)))
    return made.plan_id, len(made.rows), time.perf_counter() - start


def tensors(batch: batches.Swaps, where: torch.device) -> Pair:
    sides = (Side(*(torch.from_numpy(a).to(where) for a in (half.crops, half.mean, half.std))) for half in (batch.centre, batch.background))
    mask, cells = (torch.from_numpy(m).to(where) for m in (batch.mask, batch.mask if batch.cells is None else batch.cells))
    return Pair(*sides, mask, cells)


def works(store: Store, plan_id: str) -> tuple[list, batches.Source]:
    """Every chunk of a plan's swaps, and the crops that they show, kept."""
    from cellswap import sql
    from cellswap.extract import todo
    from cellswap.extract.swaps.gather import Room

    asked = embed_swaps.Planned(plan_id)
    with database.connect(store) as connection:
        settings = [s for s in embed_swaps.settings_of(connection, asked) if embed_swaps.is_swap(s)]
        targets = [todo.Target("none", "none", "none", s) for s in settings]
        mine = embed_swaps.share(connection, store, asked, targets, "1/1")
        room = Room(64, ("protein", "cytoplasm"), False, 8 * 10**9, store.path)
        source = embed_swaps._source(connection, store, mine, room)  # noqa: SLF001 - the step that is measured
        found = [w for s, left in mine.left.items() for w in todo.work(connection, mine.done[s], left, sql.query("swap_rows"))]
    return found, source


def gather_and_compose(store: Store, plan_id: str, where: torch.device) -> int:
    """How many swaps were composed."""
    n = 0
    found, source = works(store, plan_id)
    for work in found:
        for batch in batches.batches(work, source, 1024):
            compose(tensors(batch, where))
            n += len(batch.places)
    return n


def one_by_one(store: Store, plan_id: str, n: int) -> None:
    """Each swap alone: the row groups that hold its crops are read, decoded, and the one pair composed."""
    query = """
        WITH places AS (SELECT crop_id, filename AS file, file_row_number AS place
            FROM read_parquet($2, filename = true, file_row_number = true, hive_partitioning = false))
        SELECT c.file, c.place, b.file, b.place FROM swaps AS s
        JOIN places AS c ON c.crop_id = s.centre_crop_id JOIN places AS b ON b.crop_id = s.background_crop_id
        WHERE s.plan_id = $1 ORDER BY md5(s.image_id) LIMIT $3
    """
    with database.connect(store) as connection:
        pairs = connection.execute(query, [plan_id, str(store.tables / "pixels/*.parquet"), n]).fetchall()
    ones = torch.ones(1, 2)
    for centre_file, centre_place, file, place in pairs:
        (front, mask), (back, _) = (crop(*at) for at in ((centre_file, centre_place), (file, place)))
        compose(Pair(Side(front, ones, ones), Side(back, ones, ones), mask, mask))


def crop(path: str, place: int) -> tuple[torch.Tensor, torch.Tensor]:
    file = pq.ParquetFile(path)
    group, start = 0, 0
    while place >= start + file.metadata.row_group(group).num_rows:
        start += file.metadata.row_group(group).num_rows
        group += 1
    row = file.read_row_group(group, ["protein", "cytoplasm", "mask"]).slice(place - start, 1)
    channels = np.stack([pixels.decode(row.column(name), 64)[0] for name in ("protein", "cytoplasm")])
    return torch.from_numpy(channels)[None], torch.from_numpy(pixels.decode_mask(row.column("mask"), 64))


def compare_gathering(store: Store, size: Size, where: torch.device) -> None:
    for images in (max(1, size.images // 4), size.images):
        plan_id, n, _ = make_plan(store, images)
        once = seconds(lambda plan_id=plan_id: gather_and_compose(store, plan_id, where), where) / n
        alone = seconds(lambda plan_id=plan_id: one_by_one(store, plan_id, size.one_by_one), where) / size.one_by_one
        facts = {"n": n, "crops": size.crops, "swaps_per_second": round(1 / once), "swaps_per_second_one_by_one": round(1 / alone, 1)}
        say("gather once", ratio=round(alone / once, 1), goal=100, **facts)


def compare_variants(where: torch.device) -> None:
    """Each variant on batches of 256 images of noise that lie ready."""
    torch.manual_seed(5)
    halves = [Side(torch.rand(256, 2, 64, 64) * 4000, torch.full((256, 2), 2000.0), torch.full((256, 2), 900.0)) for _ in range(2)]
    masks = [torch.rand(256, 64, 64) < 0.3 for _ in range(2)]
    sides = [Side(h.crops.to(where), h.mean.to(where), h.std.to(where)) for h in halves]
    pair = Pair(sides[0], sides[1], *(m.to(where) for m in masks))
    usual = 0.0
    for variant in VARIANTS:
        compose(pair, variant)
        rate = 4 * 256 / seconds(lambda v=variant: [compose(pair, v) for _ in range(4)], where)
        usual = usual or rate
        say(f"compose {variant or 'as the paper'}", ratio=round(rate / usual, 2), n=4 * 256, images_per_second=round(rate))


def pipeline(store: Store, request: extraction.Request, where: torch.device) -> tuple[float, float, int]:
    """Seconds of the bare pass over as many images, of the pipeline, and how many images there are."""
    ready = extraction.prepare(store, request)
    size, run = ready.forward.batch_size, Run(ready.model.name, "extract", {}, datetime.now(UTC))
    with database.connect(store) as connection:
        [(n,)] = connection.execute("SELECT count(*) FROM swaps WHERE plan_id = ?", [request.planned.plan_id]).fetchall()
    x = torch.randn(min(size, n), 1, 64, 64, device=where).to(memory_format=ready.forward.order)
    taps = ready.forward._taps  # noqa: SLF001 - the network, ended after the deepest layer

    def bare(images: int) -> None:
        for start in range(0, images, size):
            taps(x[: min(size, images - start)])

    bare(size)
    before = seconds(lambda: bare(n // 2), where)
    whole = seconds(lambda: extraction.extract(store, request, ready, run), where)
    after = seconds(lambda: bare(n - n // 2), where)
    if run.rows_kept != n:
        raise SystemExit(f"expected {n} swaps embedded, found {run.rows_kept}")
    return before + after, whole, n


def compare_with_bare(store: Store, size: Size, folder: Path, device: str) -> None:
    where = forward.device(device)
    took = []
    for part, images in (("quarter", size.embedded // 4), ("whole", size.embedded)):
        plan_id, _, _ = make_plan(store, images // 2, ("diff_class_swap",), LOCALIZATIONS[:2])
        wanted = loading.Wanted("pifia", weights_file("pifia", folder), f"pifia-{part}")
        request = extraction.Request(wanted, ("conv8",), device=device, planned=embed_swaps.Planned(plan_id))
        bare, whole, n = pipeline(store, request, where)
        took.append((n, whole))
        facts = {"n": n, "device": forward.device_name(where), "images_per_second": round(n / whole, 1)}
        say(f"extraction {part}", ratio=round(bare / whole, 3), goal=0.9, **facts)
    (few, short), (many, long) = took
    say("growth", ratio=round(long / short * 4 * few / many, 2), goal=4.0, n=many)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--quick", action="store_true", help="under 50 s on two cores")
    asked.add_argument("--device", default="auto")
    asked.add_argument("--crops", type=int, help="crops and windows in the store")
    asked.add_argument("--images", type=int, help="images of each set that are composed")
    options = asked.parse_args()
    size = Size(6 * PER_PART, 20, 640, 15) if options.quick else Size(64 * PER_PART, 1000, 8400, 200)
    size = Size(options.crops or size.crops, options.images or size.images, size.embedded, size.one_by_one)
    where = forward.device(options.device)
    with tempfile.TemporaryDirectory() as folder:
        store = create(Path(folder) / "store")
        fill(store, size.crops)
        compare_gathering(store, size, where)
        compare_variants(where)
        compare_with_bare(store, size, Path(folder), options.device)
        _, n, took = make_plan(store, 1000, plan.Options("s").settings)
        say("plan", ratio=round(10 / took, 1), goal=1, n=n, seconds=round(took, 2))


if __name__ == "__main__":
    main()
