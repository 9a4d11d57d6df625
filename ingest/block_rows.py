"""The rows of a batch of given crops, block by block: pixels at once, all else when the last block has been added."""

from __future__ import annotations

import hashlib
from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from cellswap.ingest import cell_table, cut
from cellswap.ingest.crop_source import Block, Source
from cellswap.ingest.histograms import histogram
from cellswap.ingest.rows import complete
from cellswap.store import pixels
from cellswap.store.folder import Store


class Rows:
    """What is known of a batch's crops and fields once all of its blocks have been added."""

    def __init__(self, store: Store, source: Source, cells: pl.DataFrame) -> None:
        self.n_without_mask = 0
        self._store, self._source, self._cells = store, source, cells
        self._facts: list[pl.DataFrame] = []
        self._counted: dict[str, Counter[float]] = {}
        self._digests: dict[str, Any] = {}
        self._n_crops: Counter[str] = Counter()

    def add(self, cells: pl.DataFrame, block: Block) -> dict[str, Any]:
        """The block's rows of `pixels`; its facts are kept."""
        store, n = self._store, len(cells)
        bits = None if block.mask is None else block.mask.reshape(n, -1).sum(axis=1)
        there = np.ones(n, bool) if bits is None else bits > 0
        area = pl.Series([None] * n, dtype=pl.Int32) if bits is None else pl.Series(np.where(there, bits, 0), dtype=pl.Int32)
        self.n_without_mask += int((~there).sum())
        facts = {"mask_area_px": area.set(pl.Series(~there), None)}
        if block.cells is not None and block.mask is not None:
            facts["n_neighbours"] = pl.Series(block.n_neighbours, dtype=pl.Int32)
            facts["neighbour_share"] = pl.Series((block.cells & ~block.mask).mean(axis=(1, 2)))
        for name, shown in block.channels.items():
            mean, std = cut.means_and_stds(shown)
            facts |= {f"{name}_mean": pl.Series(mean), f"{name}_std": pl.Series(std)}
        self._facts.append(cells.with_columns(one.alias(name) for name, one in facts.items()))
        self._count(cells["field_id"].to_list(), block)
        columns: dict[str, Any] = {"crop_id": cells["crop_id"].to_list()}
        for name in store.facts.names:
            columns[name] = pixels.encode(block.channels[name]) if name in block.channels else pa.nulls(n, pa.binary())
        columns["mask"] = _packed(block.mask, there, n, store.crop_size)
        columns["cells"] = _packed(block.cells, np.ones(n, bool), n, store.crop_size)
        return columns

    def _count(self, fields: list[str], block: Block) -> None:
        """Count the signal's values and hash the bytes of each field."""
        signal = block.channels[self._store.signal]
        names = np.array(fields)
        ends = [0, *(np.flatnonzero(names[1:] != names[:-1]) + 1).tolist(), len(names)]
        for start, stop in pairwise(ends):
            self._n_crops[fields[start]] += stop - start
            values, counts = histogram(np.ascontiguousarray(signal[start:stop]))
            self._counted.setdefault(fields[start], Counter()).update(dict(zip(values.tolist(), counts.tolist(), strict=True)))
            digest = self._digests.setdefault(fields[start], hashlib.sha256())
            for one in (*block.channels.values(), *([] if block.mask is None else [block.mask])):
                digest.update(np.ascontiguousarray(one[start:stop]))

    def crops(self) -> pa.Table:
        """The rows of `crops`."""
        none = self._cells.clear().with_columns(pl.lit(None, pl.Int32).alias("mask_area_px"))
        frame = (pl.concat(self._facts) if self._facts else none).with_columns(
            pl.lit(value=True).alias("has_pixels"), pl.col("mask_area_px").alias("area_px")
        )
        return complete(frame, self._store.schema("crops"))

    def histograms(self) -> dict[str, list[Any]]:
        """The rows of `intensity_histograms`."""
        rows = [(name, value, n) for name, counted in sorted(self._counted.items()) for value, n in sorted(counted.items())]
        names, values, counts = ([row[i] for row in rows] for i in range(3))
        return {"field_id": names, "basis": ["crops"] * len(names), "value": values, "n_pixels": counts}

    def fields(self, stamps: pl.DataFrame) -> pa.Table:
        """The rows of `fields`, with each one's stamp."""
        made = cell_table.fields(self._cells, "given" if self._source.has_masks else "none")
        of_field = {str(name): of for (name,), of in self._cells.group_by("field_id")}
        digests = [self._digests.get(name, hashlib.sha256()).hexdigest() for name in made["field_id"]]
        files = [self._source.named(of_field[name]) for name in made["field_id"]]
        made = made.with_columns(
            pl.Series("files", files, pl.List(pl.String)),
            pl.Series("sha256", digests),
            pl.Series("n_crops", [self._n_crops[name] for name in made["field_id"]], pl.Int32),
        )
        return complete(made.join(stamps, on="field_id", maintain_order="left"), self._store.schema("fields"))


def _packed(masks: NDArray[np.bool_] | None, there: NDArray[np.bool_], n: int, size: int) -> pa.Array:
    if masks is None:
        return pa.nulls(n, pa.binary(pixels.mask_bytes(size)))
    packed = pixels.encode_mask(masks)
    return packed if there.all() else packed.take(pa.array(np.arange(n), mask=~there))
