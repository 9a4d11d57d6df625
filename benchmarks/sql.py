"""How fast the commonest queries are on a store of many embeddings, and how much memory they take.

    python benchmarks/sql.py [--quick] [--embeddings N] [--keep FOLDER]

A store of N vectors of 64 floats (10 million; quick: 600,000) is generated: half real crops, half masked, of 1,000 cells a
condition, ten plates, in parts of so many rows of one plate as extract writes them, sorted by condition and id. Each query runs
four times in a process of its own: opening the store and the first run, which reads the footers of all parts, are printed apart
(`connect`, `first`); `seconds` is the median of the others, `processor_seconds` the least that one took on all cores together,
which other work on the machine touches less, and `peak_mb` that process's peak memory. The ratios:

- `mean by condition`, from the sums beside the vectors: over reading every vector once (goal: at most 1.5);
- `ten nearest cells`: exact cosine over all real crops, over numpy on the same vectors already in memory (at most 5);
- `two classes`: the vectors of two conditions of 1,000 cells each; the goal is 50 ms, and 10 times the speed of a store whose
  rows are not sorted by condition (written beside it);
- peak memory: under 1 GB in every query.

`--keep FOLDER` generates the stores there and leaves them for the next time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from memory import apart, peak_mb
from sql_store import WIDTH, fill, fill_unsorted

from cellswap.store import database, folder
from cellswap.store.create import create
from cellswap.store.folder import Store
from cellswap.store.vectors import stacked

RUNS = 4
VIEW = "embedding_net_d2_none"
QUERIES = {
    "scan": "SELECT sum(embedding[1]), count(*) FROM embeddings",
    "mean by protein": "FROM condition_mean_net_d2_none",
    "ten nearest cells": f"""
        SELECT other.image_id, array_cosine_distance(other.embedding, this.embedding) AS distance
        FROM (SELECT embedding FROM {VIEW} WHERE setting = 'baseline' AND image_id = 'c000000042') AS this, {VIEW} AS other
        WHERE other.setting = 'baseline' ORDER BY distance LIMIT 10""",
    "two classes": "SELECT image_id, embedding FROM embeddings WHERE setting = 'baseline' AND condition IN ('Y000051', 'Y000200')",
    "one cell": "SELECT * FROM embeddings WHERE image_id = 'c000000042' AND setting = 'baseline'",
    "rows by layer and setting": "SELECT model, layer, pooling, setting, count(*) FROM embeddings GROUP BY ALL",
    "crops by reason": "SELECT reason, count(*) FROM crop_filter GROUP BY ALL",
    "protein statistics": "SELECT count(*), avg(std) FROM condition_stats",
    "moved by masking": """
        SELECT condition, array_cosine_distance(a.embedding, b.embedding) AS moved
        FROM condition_mean_net_d2_none AS a JOIN condition_mean_net_d2_none AS b USING (condition)
        WHERE a.setting = 'baseline' AND b.setting = 'masked' ORDER BY moved DESC LIMIT 10""",
    "accuracy by setting": "FROM accuracy_by_setting ORDER BY ALL",
    "plate skew": "SELECT * FROM plate_skew ORDER BY share DESC LIMIT 10",
}  # fmt: skip


@dataclass(frozen=True)
class Took:
    """What a process of its own took: wall seconds, least processor seconds, rows, and its peak memory in MB."""

    connect: float
    first: float
    seconds: float
    processor: float
    rows: int
    peak_mb: float


def say(case: str, **facts: object) -> None:
    rounded = {name: round(fact, 3) if isinstance(fact, float) else fact for name, fact in facts.items()}
    print(json.dumps({"benchmark": "sql", "case": case, **rounded}), flush=True)


def measured(work: Callable[[], int], connect: float) -> Took:
    """The work's times, the first apart from the others."""
    wall, processor, rows = [], [], 0
    for _ in range(RUNS):
        begun, spent = time.perf_counter(), time.process_time()
        rows = work()
        wall.append(time.perf_counter() - begun)
        processor.append(time.process_time() - spent)
    return Took(connect, wall[0], statistics.median(wall[1:]), min(processor[1:]), rows, peak_mb())


def query(path: Path, name: str) -> Took:
    """In a process of its own: open the store, and run one of the queries."""
    begun = time.perf_counter()
    with database.connect(folder.read(path)) as connection:
        connect = time.perf_counter() - begun
        return measured(lambda: connection.sql(QUERIES[name]).to_arrow_table().num_rows, connect)


def nearest_in_numpy(path: Path) -> Took:
    """The same ten nearest cells from vectors that lie in memory; memory counted with them, for comparison."""
    baseline = "SELECT embedding FROM embeddings WHERE setting = 'baseline'"
    with database.connect(folder.read(path)) as connection:
        batches = connection.sql(baseline).to_arrow_reader(100_000)
        matrix = np.concatenate([stacked(b.column(0)) for b in batches])

    def nearest() -> int:
        distance = 1 - matrix @ matrix[42] / np.linalg.norm(matrix, axis=1) / np.linalg.norm(matrix[42])
        return len(np.argpartition(distance, 10)[:10])

    return measured(nearest, 0.0)


def measure(store: Store, mixed: Store, n: int) -> None:
    took: dict[str, Took] = {}
    for name in QUERIES:
        took[name] = this = apart(query, store.path, name)
        times = {"connect": this.connect, "first": this.first, "seconds": this.seconds, "processor_seconds": this.processor}
        say(name, n=n, rows=this.rows, **times, peak_mb=round(this.peak_mb), peak_goal_mb=1000)
    say("scan: megabytes of numbers a processor second", n=n, rate=round(n * WIDTH * 4 / 1e6 / took["scan"].processor))
    over("mean by protein / scan", took["mean by protein"], took["scan"], 1.5, n)
    over("ten nearest cells / numpy", took["ten nearest cells"], apart(nearest_in_numpy, store.path), 5, n)
    two = took["two classes"]
    over("two classes, unsorted / sorted", apart(query, mixed.path, "two classes"), two, 10, n)
    say("two classes", n=n, milliseconds=two.seconds * 1000, first_milliseconds=two.first * 1000, goal_milliseconds=50)


def over(case: str, this: Took, other: Took, goal: float, n: int) -> None:
    """Print the ratio of two medians, and that of their processor times."""
    facts = {"seconds": this.seconds, "other_seconds": other.seconds}
    say(case, ratio=this.seconds / other.seconds, processor_ratio=this.processor / other.processor, goal=goal, n=n, **facts)


@contextmanager
def place(keep: Path | None) -> Iterator[Path]:
    """The folder for the stores: the one to keep, or one that is removed at the end."""
    if keep is not None:
        yield keep
        return
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def stores(where: Path, n: int) -> tuple[Store, Store]:
    """The sorted and the unsorted store of n vectors; generated where they are not there yet."""
    made = []
    for name, work in (("sorted", fill), ("unsorted", fill_unsorted)):
        path, begun = where / f"{name}-{n}", time.perf_counter()
        if not (whole := path / "whole").exists():
            work(create(path), n)
            whole.touch()
        parts = [p.stat().st_size for p in (path / "tables" / "embeddings").rglob("*.parquet")]
        say(f"generate {name}", n=n, seconds=time.perf_counter() - begun, parts=len(parts), megabytes=round(sum(parts) / 1e6))
        made.append(folder.read(path))
    return made[0], made[1]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--quick", action="store_true", help="under 50 s on two cores")
    asked.add_argument("--embeddings", type=int, help="vectors in the store")
    asked.add_argument("--keep", type=Path, help="generate the stores in this folder, once, and leave them there")
    options = asked.parse_args()
    n = options.embeddings or (600_000 if options.quick else 10_000_000)
    with place(options.keep) as where:
        measure(*stores(where, n), n)


if __name__ == "__main__":
    main()
