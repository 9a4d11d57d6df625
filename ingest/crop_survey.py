"""What the headers of many crops' files say, looked at before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cellswap.errors import BadInput, shown
from cellswap.ingest import crop_images
from cellswap.store import progress
from cellswap.store.pool import workers

SCHEMA = {"path": pl.String, "channels": pl.Int64, "height": pl.Int64, "width": pl.Int64, "dtype": pl.String, "fault": pl.String}
# So many files are looked at before a process of its own pays.
CHUNK = 2000
COLOURS = "expected grey, found colours"


@dataclass(frozen=True)
class How:
    """Where channels stand in a file, and whether red, green and blue may be three of them."""

    axes: str
    colours: bool


def look(paths: Sequence[str], how: How, jobs: int) -> pl.DataFrame:
    """Of each path channels, height, width and dtype, or in `fault` why these are not known: columns of SCHEMA, in any order."""
    chunks = [(list(paths[start : start + CHUNK]), how) for start in range(0, len(paths), CHUNK)]
    found: list[list[tuple[object, ...]]] = []
    with progress.shown("look at headers", len(paths), "files") as bar:
        if jobs <= 1 or len(chunks) < 2:
            for chunk in chunks:
                found.append(_facts(chunk))
                bar.step(len(chunk[0]))
        else:
            with workers(min(jobs, len(chunks))) as pool:
                for rows in pool.map(_facts, chunks):
                    found.append(rows)
                    bar.step(len(rows))
    return pl.DataFrame([row for rows in found for row in rows], SCHEMA, orient="row")


def _facts(chunk: tuple[list[str], How]) -> list[tuple[object, ...]]:
    paths, how = chunk
    return [_of(path, how) for path in paths]


def _of(path: str, how: How) -> tuple[object, ...]:
    try:
        found = crop_images.facts(Path(path))
        if found.colours and not (how.colours and 3 in (found.shape[0], found.shape[-1])):
            return (path, None, None, None, None, f"{COLOURS} ({found.colours})")
        return (path, *crop_images.channels(found, how.axes), found.dtype, None)
    except BadInput as error:
        return (path, None, None, None, None, str(error))


def example(rows: pl.DataFrame) -> str:
    """The first of these rows (`_at`, `path`), as a message names it."""
    first = rows.sort("_at").row(0, named=True)
    return f"row {first['_at']} from 0: {shown(first['path'])}"
