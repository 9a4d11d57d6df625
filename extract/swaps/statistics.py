"""What a crop is standardized with before it is composed: the statistics of its own condition, on its own plate (paper 3.2)."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cellswap import sql
from cellswap.errors import BadInput
from cellswap.store import wording

Floats = NDArray[np.float32]
FEW_CROPS = 5


@dataclass(frozen=True)
class Stats:
    """Mean and standard deviation (crops, C) over the kept crops of each crop's condition on its plate; NaN where there are none."""

    mean: Floats
    std: Floats


def of_crops(connection: duckdb.DuckDBPyConnection, screen: str, channels: tuple[str, ...], crop_ids: pa.ChunkedArray) -> Stats:
    """The statistics of these crops and windows of a screen; leaves them in the connection's temporary table `stats_of_crops`."""
    n = len(crop_ids)
    connection.register("crops_wanted", pa.table({"number": np.arange(n), "crop_id": crop_ids}))
    connection.execute(sql.query("stats_of_crops"), {"screen": screen, "channels": list(channels)})
    connection.unregister("crops_wanted")
    found = connection.execute("SELECT number, channel_at, mean, std FROM stats_of_crops").fetchnumpy()
    mean, std = np.full((2, n, len(channels)), np.nan, np.float32)
    at = found["number"], found["channel_at"]
    mean[at], std[at] = found["mean"], found["std"]
    return Stats(mean, std)


def refuse_flat(connection: duckdb.DuckDBPyConnection) -> None:
    """Raise BadInput naming the first condition in `stats_of_crops` whose pixels have no spread: it can't be standardized."""
    query = """
        SELECT condition, channel, replicate, plate, several FROM stats_of_crops WHERE std = 0
        ORDER BY condition, channel_at, replicate, plate LIMIT 1
    """
    for condition, channel, replicate, plate, several in connection.execute(query).fetchall():
        where = f" on plate {plate} of replicate {replicate}" if several else ""
        which = f"{wording.condition()} {condition}: its {channel} channel"
        raise BadInput(f"{which} has no spread over all kept crops{where}, so it can't be standardized")


def few(connection: duckdb.DuckDBPyConnection) -> str | None:
    """What to say of conditions in `stats_of_crops` that lie in several places and have few kept crops in one; None where all have more."""
    query = """
        SELECT count(*) FILTER (several AND n_crops < $1), count(*) FILTER (several),
            min(format('{} on plate {} of replicate {} ({})', condition, coalesce(plate, 'not known'), replicate, n_crops))
                FILTER (several AND n_crops < $1)
        FROM (SELECT DISTINCT condition, replicate, plate, n_crops, several FROM stats_of_crops)
    """
    n, n_places, example = connection.execute(query, [FEW_CROPS]).fetchall()[0]
    if not n:
        return None
    where = f"{wording.conditions()} on a plate of a replicate"
    return f"{n} of {n_places} {where} are standardized by fewer than {FEW_CROPS} kept crops, such as {example}"
