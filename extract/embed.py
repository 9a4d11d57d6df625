"""The engine: reading ahead, the forward pass, and writing behind, at the same time."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray

from cellswap.extract import left_out
from cellswap.extract.forward import Vectors
from cellswap.extract.left_out import Tally
from cellswap.extract.pipeline import Behind, ahead, in_order
from cellswap.extract.read import Batch
from cellswap.extract.swaps.batches import Swaps
from cellswap.extract.todo import Target, Work
from cellswap.store import parts
from cellswap.store.folder import Store
from cellswap.store.parts import Part
from cellswap.store.progress import Progress
from cellswap.store.runs import REJECTS, Run

B = TypeVar("B", Batch, Swaps)
Stream = Generator[tuple[Work, B | None]]
AHEAD = 4


@dataclass
class Filling:
    """The vectors of one work while its batches come in; whole after the last."""

    work: Work
    vectors: dict[tuple[str, str], NDArray[np.float32]] = field(default_factory=dict)
    wrong: dict[tuple[str, int], str] = field(default_factory=dict)

    def put(self, batch: Batch | Swaps, setting: str, made: Vectors) -> None:
        """Take in one batch of one setting, and see which of its crops can't be kept."""
        for place, what in batch.absent.items():
            if setting == "masked" or what != "no mask":
                self.wrong[setting, place] = what
        for reason, which in made.problems.items():
            for place in batch.places[which.cpu().numpy()]:
                self.wrong.setdefault((setting, int(place)), reason)
        for layer, tensor in made.layers.items():
            self._lay(batch, (layer, setting), tensor)

    def _lay(self, batch: Batch | Swaps, key: tuple[str, str], tensor: torch.Tensor) -> None:
        found = tensor.cpu().numpy()
        if key not in self.vectors:
            self.vectors[key] = np.empty((len(self.work.rows), found.shape[1]), np.float32)
        self.vectors[key][batch.places] = found
        for place in batch.places[~np.isfinite(found).all(1)]:
            self.wrong.setdefault((key[1], int(place)), f"{left_out.NOT_FINITE}, first in layer {key[0]}")

    def rows(self, target: Target) -> pa.Table:
        """The rows of a target's part: those that it lacked and that came out well."""
        keep = self.work.lacking[target].copy()
        keep[[place for setting, place in self.wrong if setting == target.setting]] = False
        vectors = self.vectors.get((target.layer, target.setting), np.empty((len(keep), 1), np.float32))[keep]
        rows = self.work.rows.filter(pa.array(keep))
        flat = pa.array(vectors.reshape(-1), pa.float32())
        embedding = pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
        return rows.select(["image_id", "crop_id", "condition"]).append_column("embedding", embedding)

    def left_out(self, setting: str) -> list[tuple[str, str]]:
        """Id and reason of each image of a setting that can't be kept."""
        ids = self.work.rows.column("image_id")
        return [(ids[place].as_py(), reason) for (of, place), reason in sorted(self.wrong.items()) if of == setting]

    def n_lacking(self, setting: str) -> int:
        """How many images of a setting were to be embedded."""
        return int(np.any([lack for target, lack in self.work.lacking.items() if target.setting == setting], axis=0).sum())


def embed(store: Store, stream: Stream[B], compute: Callable[[B, str], Vectors], run: Run, progress: Progress, threads: int = 1) -> None:
    """Write one part for each work and target; each appears whole, so a kill loses only what was under way.

    `compute` gives the vectors of a batch in a setting. As many parts as there are threads are written at a time, of more than one
    while the next work is computed. Images whose vectors are not finite are dropped; BadInput where all of the first work's are.
    """
    tally = Tally()
    with ahead(stream, AHEAD) as items, Behind(int(threads > 1)) as last, Behind(AHEAD) as behind:
        filling: Filling | None = None
        for work, batch in items:
            if filling is None or filling.work is not work:
                filling = Filling(work)
            if batch is None:
                behind.call(partial(last.call, partial(_commit, store, filling, run, tally, threads)))
                continue
            for setting in work.settings:
                behind.call(partial(filling.put, batch, setting, compute(batch, setting)))
                progress.step(len(batch.places))


def in_batches(works: Iterable[Work], batches: Callable[[Work], Iterator[B]]) -> Stream[B]:
    """Each work's batches, and a None after the last of them."""
    for work in works:
        for batch in batches(work):
            yield work, batch
        yield work, None


def _commit(store: Store, filling: Filling, run: Run, tally: Tally, threads: int) -> None:
    keys = {setting: (run.run_id, *filling.work.chunk.keys, setting) for setting in filling.work.settings}
    for setting, of in keys.items():
        _remember(store, filling, setting, of)
    wrong = {setting: filling.left_out(setting) for setting in keys}
    tally.add(sum(map(filling.n_lacking, keys)), [pair for of in wrong.values() for pair in of], next(iter(filling.work.lacking)).model)
    for setting, of in wrong.items():
        left_out.write(store, keys[setting], {left_out.place(name, setting): reason for name, reason in of}, run)

    def write(target: Target) -> Part:
        return parts.write(store, "embeddings", filling.work.keys(target), filling.rows(target), run.run_id, target.partition)

    for part in in_order(write, filling.work.lacking, threads):
        run.wrote(part)


def _remember(store: Store, filling: Filling, setting: str, keys: tuple[str, ...]) -> None:
    """Leave out, in all layers alike, what a killed try of this run found in the layers that it wrote."""
    known = left_out.before(parts.part_path(store, REJECTS, keys))
    ids = filling.work.rows.column("image_id").to_pylist() if known else []
    filling.wrong |= {(setting, i): known[at] for i, name in enumerate(ids) if (at := left_out.place(name, setting)) in known}
