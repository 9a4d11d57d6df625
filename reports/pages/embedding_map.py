"""Cells on a plane where those of like feature vectors lie close to each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from cellswap.reports import flatten
from cellswap.reports.ask import Source
from cellswap.reports.charts import embedding_map
from cellswap.reports.items import Answer, Item, Page
from cellswap.reports.pages.overview import weights_notes
from cellswap.sql import ViewColumn
from cellswap.store import work
from cellswap.store.vectors import stacked

EXTRACT = ("cellswap extract --model pifia --weights FILE",)


def page(source: Source) -> Page:
    """The page of the map."""
    drawn = source.ask("map_cells")
    made_by = flatten.how(drawn.rows.num_rows)
    placed = _placed(drawn, made_by)
    return Page(
        "embedding_map",
        "Map",
        "Each point is an image; images with like feature vectors lie close to each other. Distances between groups mean little.",
        (
            Item(
                "Map of feature vectors",
                f"{made_by}, over vectors with each dimension in units of its spread; {drawn.rows.num_rows:,} images"
                f"{_network(drawn)}, as many of each setting, drawn by a hash of their names. The SQL gives the images and their "
                f"vectors; the "
                "places x and y were computed from these. A click on a name of the legend leaves its points standing.",
                placed,
                embedding_map.chart(placed, made_by.partition(",")[0], _order(source)),
                EXTRACT,
                weights_notes(source),
            ),
        ),
    )


def _order(source: Source) -> list[str]:
    """The scheme's classes in its order."""
    return [name for (name,) in source.connection.sql("SELECT class FROM chosen_classes ORDER BY rank").fetchall()]


def _network(drawn: Answer) -> str:
    row = next(iter(drawn.rows.slice(0, 1).to_pylist()), None)
    return f" of {row['model']} {row['layer']} {row['pooling']}" if row else ""


def _placed(drawn: Answer, made_by: str) -> Answer:
    """The images with their places instead of their vectors."""
    x, y = _places(drawn).T
    rows = drawn.rows.drop_columns(["embedding"]).append_column("x", pa.array(x)).append_column("y", pa.array(y))
    axes = tuple(ViewColumn(name, f"place on the map along axis {i} of {made_by}", "") for i, name in enumerate("xy", 1))
    return replace(drawn, name="map", columns=(*drawn.columns[:-1], *axes), rows=rows)


def _places(drawn: Answer) -> np.ndarray:
    if not drawn.rows.num_rows:
        return np.zeros((0, 2))
    first = drawn.rows.slice(0, 1).to_pylist()[0]
    return flatten.flatten(
        stacked(drawn.rows.column("embedding")), work.seed("map", first["model"], first["layer"], first["pooling"])
    ).round(3)
