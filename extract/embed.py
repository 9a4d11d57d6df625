"""The engine: reading ahead, the forward pass, and writing behind, at the same time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from numpy.typing import NDArray

from cellswap.extract.forward import Vectors
from cellswap.extract.overlap import Behind, ahead
from cellswap.extract.plan import Target, Work
from cellswap.extract.read import Batch
from cellswap.extract.swap_batches import Swaps
from cellswap.store import parts
from cellswap.store.folder import Store
from cellswap.store.parts import Part
from cellswap.store.runs import REJECTS, Run, reject_columns
from cellswap.store.work import Progress

B = TypeVar("B", Batch, Swaps)
Stream = Generator[tuple[Work, B | None]]
AHEAD = 4
NOT_FINITE = "a vector that is not finite"


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
            self.wrong.setdefault((key[1], int(place)), f"{NOT_FINITE}, first in layer {key[0]}")

    def rows(self, target: Target) -> pa.Table:
        """The rows of a target's part: those that it lacked and that came out well."""
        keep = self.work.lacking[target].copy()
        keep[[place for setting, place in self.wrong if setting == target.setting]] = False
        vectors = self.vectors.get((target.layer, target.setting), np.empty((len(keep), 1), np.float32))[keep]
        rows = self.work.rows.filter(pa.array(keep))
        flat = pa.array(vectors.reshape(-1), pa.float32())
        embedding = pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
        return rows.select(["image_id", "crop_id", "orf"]).append_column("embedding", embedding)


def embed(
    store: Store, stream: Stream[B], compute: Callable[[B, str], Vectors], run: Run, progress: Progress
) -> None:
    """Write one part for each work and target; each appears whole, so a kill loses only what was under way.

    `compute` gives the vectors of a batch in a setting.
    """
    with ahead(stream, AHEAD) as items, Behind(AHEAD) as behind:
        filling: Filling | None = None
        for work, batch in items:
            if filling is None or filling.work is not work:
                filling = Filling(work)
            if batch is None:
                behind.call(partial(_commit, store, filling, run))
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


def _commit(store: Store, filling: Filling, run: Run) -> None:
    for setting in filling.work.settings:
        _commit_wrong(store, filling, setting, run)
    for target in filling.work.lacking:
        keys, rows = filling.work.keys(target), filling.rows(target)
        run.wrote(parts.write(store, "embeddings", keys, rows, run.run_id, target.partition))


def _commit_wrong(store: Store, filling: Filling, setting: str, run: Run) -> None:
    """Write which images of a setting can't be kept, in all layers alike: those that a killed try of this run found, too."""
    keys = (run.run_id, *filling.work.chunk.keys, setting)
    there = parts.part_path(store, REJECTS, keys)
    ids = filling.work.rows.column("image_id").to_pylist()
    if there.exists():
        place_of = {f"{name} ({setting})": place for place, name in enumerate(ids)}
        for row in pq.ParquetFile(there).read().to_pylist():
            reason = ", ".join(filter(None, (row["reason"], row["detail"])))
            filling.wrong[setting, place_of[row["place"]]] = reason
    wrong = sorted((place, reason) for (s, place), reason in filling.wrong.items() if s == setting)
    if wrong:
        split = ((place, reason.partition(", ")) for place, reason in wrong)
        columns = reject_columns((f"{ids[place]} ({setting})", kind, detail, 1) for place, (kind, _, detail) in split)
        run.wrote(parts.write(store, REJECTS, keys, columns, run.run_id))


def images_kept(written: Iterable[Part]) -> int:
    """How many images have vectors among these parts: of each setting those of its fullest layer."""
    images: Counter[tuple[str, ...]] = Counter()
    for part in written:
        if part.table == "embeddings":
            images[tuple(part.partition[name] for name in ("setting", "layer", "pooling"))] += part.n_rows
    return sum(max(n for (of, *_), n in images.items() if of == setting) for setting in {setting for setting, *_ in images})
