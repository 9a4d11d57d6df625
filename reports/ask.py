"""Questions to the open store: a file of sql/queries/report in, its rows out; and the pixels of crops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cellswap import sql
from cellswap.reports import own_words
from cellswap.reports.items import Answer
from cellswap.reports.sheet import Swap
from cellswap.store import pixels, wording
from cellswap.store.facts import TAKEN
from cellswap.store.folder import Store

Compose = Callable[[list[dict[str, Any]]], dict[tuple[str, str], Swap]]


@dataclass(frozen=True)
class Source:
    """An open store: what every page is made from.

    `compose` gives the images of swaps by setting and name, where somebody can make them.
    """

    store: Store
    connection: duckdb.DuckDBPyConnection
    compose: Compose | None = None

    @property
    def words(self) -> wording.Words:
        """The words in which people read of the store."""
        return wording.of(self.store.facts)

    @cached_property
    def shows_paper(self) -> bool:
        """Whether the paper's figures stand beside the store's: in one of its screen, and where somebody read them."""
        [(there,)] = self.connection.sql(sql.query("published_there")).fetchall()
        return self.words.is_papers_screen or there

    def papers(self, text: str) -> str:
        """What a page says of the paper's figures; nothing where they do not stand there."""
        return text if self.shows_paper else ""

    def ask(self, name: str) -> Answer:
        """The answer of `queries/report/NAME.sql`, its columns as the header describes them, in the words of the store."""
        text = sql.put_in(sql.query(f"report/{name}"), self.store.facts.names, self.store.signal)
        query = sql.parse(f"{name}.sql", text)
        rows = self.connection.sql(query.text).to_arrow_table()
        if [c.name for c in query.columns] != rows.column_names:
            raise ValueError(f"report/{name}.sql: the header names {[c.name for c in query.columns]}, the query gives {rows.column_names}")
        return own_words.of_answer(Answer(name, query.meaning, query.text, query.columns, rows), self.words)

    def pixels(self, crop_ids: list[str]) -> dict[str, dict[str, NDArray[Any]]]:
        """For each crop or window its channels and mask, arrays (size, size) by name; absent channels are left out."""
        wanted = pa.table({"crop_id": pa.array(crop_ids, pa.string())})
        self.connection.register("wanted_crops", wanted)
        found = self.connection.sql("SELECT pixels.* EXCLUDE (run_id) FROM pixels JOIN wanted_crops USING (crop_id)").to_arrow_table()
        self.connection.unregister("wanted_crops")
        return {row["crop_id"]: _decoded(row, self.store.crop_size) for row in found.to_pylist()}

    def previews(self, field_ids: list[str]) -> dict[str, bytes]:
        """For each field its picture with outlines, a PNG file as it was drawn when the field was read."""
        found = self.connection.execute("SELECT field_id, png FROM field_previews WHERE list_contains(?, field_id)", [field_ids])
        return dict(found.fetchall())


def _decoded(row: dict[str, Any], size: int) -> dict[str, NDArray[Any]]:
    channels = {name: value for name, value in row.items() if name not in TAKEN and value is not None}
    crop: dict[str, NDArray[Any]] = {
        name: pixels.decode(pa.array([value], pa.binary()), size)[0].astype(np.float32) for name, value in channels.items()
    }
    if row["mask"] is not None:
        crop["mask"] = pixels.decode_mask(pa.array([row["mask"]], pa.binary()), size)[0]
    return crop
