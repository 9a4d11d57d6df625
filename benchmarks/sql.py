"""How fast the commonest queries are on a store of many embeddings, and how much memory they take.

    python benchmarks/sql.py [--quick] [--embeddings N]

A store of N vectors of 64 floats (10 million; quick: 600,000) is generated: half real crops, half masked, of 1,000 cells a
protein, in parts sorted by protein and id as extract writes them. Each query runs three times in a process of its own; the
median time and that process's peak memory are printed. The ratios:

- `mean by protein`: over reading every vector once (goal: at most 1.5);
- `ten nearest cells`: exact cosine over all real crops, over numpy on the same vectors already in memory (at most 5);
- `two classes`: the vectors of two proteins of 1,000 cells each; the goal is 50 ms, and 10 times the speed of a store whose
  rows are not sorted by protein (`unsorted`: written beside it);
- peak memory: under 1 GB in every query.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from multiprocessing.queues import Queue
from pathlib import Path

import numpy as np
import pyarrow as pa

from cellswap.store import database, folder, parts
from cellswap.store.create import DEFAULT_CHANNELS, create
from cellswap.store.folder import Store
from cellswap.store.schema import TABLES
from cellswap.store.vocabulary import LOCALIZATIONS

WIDTH, PER_PROTEIN, PER_PART = 64, 1000, 50_000
RUNS = 3
VIEW = "embedding_net_d2_none"
BLANK = {"VARCHAR": "x", "INTEGER": 1, "BIGINT": 1, "DOUBLE": 1.0, "BOOLEAN": True, "VARCHAR[]": []}
QUERIES = {
    "scan": "SELECT sum(embedding[1]), count(*) FROM embeddings",
    "mean by protein": "FROM protein_mean_net_d2_none",
    "ten nearest cells": f"""
        SELECT other.image_id, array_cosine_distance(other.embedding, this.embedding) AS distance
        FROM (SELECT embedding FROM {VIEW} WHERE setting = 'baseline' AND image_id = 'c000000042') AS this, {VIEW} AS other
        WHERE other.setting = 'baseline' ORDER BY distance LIMIT 10""",
    "two classes": "SELECT image_id, embedding FROM embeddings WHERE setting = 'baseline' AND orf IN ('Y000050', 'Y000200')",
    "one cell": "SELECT * FROM embeddings WHERE image_id = 'c000000042' AND setting = 'baseline'",
    "rows by layer and setting": "SELECT model, layer, pooling, setting, count(*) FROM embeddings GROUP BY ALL",
    "crops by reason": "SELECT reason, count(*) FROM crop_filter GROUP BY ALL",
    "protein statistics": "SELECT count(*), avg(std) FROM protein_stats",
    "moved by masking": """
        SELECT orf, array_cosine_distance(a.embedding, b.embedding) AS moved
        FROM protein_mean_net_d2_none AS a JOIN protein_mean_net_d2_none AS b USING (orf)
        WHERE a.setting = 'baseline' AND b.setting = 'masked' ORDER BY moved DESC LIMIT 10""",
    "accuracy by setting": "FROM accuracy_by_setting ORDER BY ALL",
    "plate skew": "SELECT * FROM plate_skew ORDER BY share DESC LIMIT 10",
}  # fmt: skip


def say(case: str, **facts: object) -> None:
    print(json.dumps({"benchmark": "sql", "case": case, **facts}), flush=True)


def write(store: Store, name: str, key: str, n: int, some: dict[str, object]) -> None:
    blank = {c.name: None if c.nullable else BLANK[c.type] for c in TABLES[name].own_columns}
    rows = {k: v if isinstance(v, list) and len(v) == n else [v] * n for k, v in (blank | some).items()}
    parts.write(store, name, (key,), rows, "benchmark")


def fill(store: Store, n: int) -> None:
    """Half of n crops, with a vector each as they are and masked; proteins, plates and the paper's number of classifiers."""
    n_proteins = n // 2 // PER_PROTEIN
    orfs = [f"Y{i:06d}" for i in range(n_proteins)]
    classes = [LOCALIZATIONS[i % 15] for i in range(n_proteins)]
    write(store, "proteins", "all", n_proteins, {"orf": orfs, "localization": classes, "localizations": [[c] for c in classes]})
    rng = np.random.default_rng(3)
    for start in range(0, n // 2, PER_PART):
        size = min(PER_PART, n // 2 - start)
        ids = [f"c{i:09d}" for i in range(start, start + size)]
        orf = [orfs[min(i // PER_PROTEIN, n_proteins - 1)] for i in range(start, start + size)]
        plate = [str(i // PER_PROTEIN % 10) for i in range(start, start + size)]
        write(store, "crops", str(start), size, {
            "crop_id": ids, "cell": ids, "orf": orf, "plate": plate, "well": "A01", "field_id": "f", "localization": None,
            "mask_area_px": rng.integers(100, 4000, size).tolist(), "protein_mean": rng.random(size).tolist(), "protein_std": 1.0,
        })  # fmt: skip
        for setting in ("baseline", "masked"):
            embed(store, setting, str(start), ids, orf, rng.standard_normal((size, WIDTH), np.float32))
    classifiers(store)


def embed(store: Store, setting: str, key: str, ids: list[str], orf: list[str], vectors: np.ndarray) -> None:
    lists = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), WIDTH)
    partition = {"model": "net", "layer": "d2", "pooling": "none", "setting": setting}
    parts.write(store, "embeddings", (key,), {"image_id": ids, "crop_id": ids, "orf": orf, "embedding": lists}, "benchmark", partition)


def classifiers(store: Store) -> None:
    """Five folds of every pair in each setting, and of every triplet in the two that have a third class."""
    cases = [
        (setting, a, b, third)
        for setting in ("baseline", "masked", "same_loc_swap", "diff_loc_swap", "cell_free_swap")
        for i, a in enumerate(LOCALIZATIONS) for b in LOCALIZATIONS[i + 1 :]
        for third in (LOCALIZATIONS if setting in {"diff_loc_swap", "cell_free_swap"} else (None,))
    ]  # fmt: skip
    rows = [(*case, fold) for case in cases for fold in range(5)]
    names = ("setting", "class_1", "class_2", "background", "fold")
    some = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    write(store, "pair_accuracy", "all", len(rows), some | {
        "class_by": "localization", "accuracy": np.random.default_rng(1).random(len(rows)).tolist(),
    })  # fmt: skip


def unsorted(store: Store, n: int) -> None:
    """As many vectors as there are real crops, each of a protein drawn at random: no part is sorted."""
    rng = np.random.default_rng(9)
    n_proteins = n // 2 // PER_PROTEIN
    for start in range(0, n // 2, PER_PART):
        size = min(PER_PART, n // 2 - start)
        ids = [f"c{i:09d}" for i in range(start, start + size)]
        orf = [f"Y{i:06d}" for i in rng.integers(0, n_proteins, size)]
        embed(store, "baseline", str(start), ids, orf, rng.standard_normal((size, WIDTH), np.float32))


def peak_mb() -> float:
    """This process's own peak: getrusage would count its parent's too."""
    said = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(said.partition("VmHWM:")[2].split()[0]) / 1000


def timed(path: str, name: str, found: Queue) -> None:
    """In a process of its own: median seconds, rows, and peak memory in MB."""
    with database.connect(folder.read(Path(path))) as connection:
        took = []
        for _ in range(RUNS):
            begun = time.perf_counter()
            rows = connection.sql(QUERIES[name]).to_arrow_table()
            took.append(time.perf_counter() - begun)
    found.put((statistics.median(took), rows.num_rows, peak_mb()))


def nearest_in_numpy(path: str, _name: str, found: Queue) -> None:
    """The same ten nearest cells from vectors that lie in memory; memory counted with them, for comparison."""
    query = "SELECT embedding FROM embeddings WHERE setting = 'baseline'"
    with database.connect(folder.read(Path(path))) as connection:
        batches = connection.sql(query).to_arrow_reader(100_000)
        matrix = np.concatenate([b.column(0).flatten().to_numpy().reshape(-1, WIDTH) for b in batches])
    took = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        distance = 1 - matrix @ matrix[42] / np.linalg.norm(matrix, axis=1) / np.linalg.norm(matrix[42])
        nearest = np.argpartition(distance, 10)[:10]
        took.append(time.perf_counter() - begun)
    found.put((statistics.median(took), len(nearest), peak_mb()))


def apart(work: Callable[[str, str, Queue], None], store: Store, name: str) -> tuple[float, int, float]:
    """Run it in a fresh process."""
    fresh = multiprocessing.get_context("spawn")
    found = fresh.Queue()
    process = fresh.Process(target=work, args=(str(store.path), name, found))
    process.start()
    answer = found.get(timeout=900)
    process.join()
    return answer


def measure(store: Store, mixed: Store, n: int) -> None:
    took: dict[str, float] = {}
    for name in QUERIES:
        took[name], rows, peak = apart(timed, store, name)
        say(name, n=n, rows=rows, seconds=round(took[name], 3), peak_mb=round(peak), peak_goal_mb=1000)
    say("mean by protein / scan", ratio=round(took["mean by protein"] / took["scan"], 2), goal=1.5, n=n)
    in_numpy, _, _ = apart(nearest_in_numpy, store, "")
    say("ten nearest cells / numpy", ratio=round(took["ten nearest cells"] / in_numpy, 2), goal=5, n=n, numpy_seconds=round(in_numpy, 3))
    slow, _, _ = apart(timed, mixed, "two classes")
    facts = {"milliseconds": round(took["two classes"] * 1000, 1), "goal_milliseconds": 50, "unsorted_milliseconds": round(slow * 1000, 1)}
    say("two classes, sorted over unsorted", ratio=round(slow / took["two classes"], 1), goal=10, n=n, **facts)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--quick", action="store_true", help="under 50 s on two cores")
    asked.add_argument("--embeddings", type=int, help="vectors in the store")
    options = asked.parse_args()
    n = options.embeddings or (600_000 if options.quick else 10_000_000)
    with tempfile.TemporaryDirectory() as place:
        store, mixed = (create(Path(place) / name, 64, DEFAULT_CHANNELS, None) for name in ("store", "mixed"))
        begun = time.perf_counter()
        fill(store, n)
        unsorted(mixed, n)
        size = sum(p.stat().st_size for p in store.tables.rglob("*.parquet"))
        say("generate", n=n, seconds=round(time.perf_counter() - begun, 1), megabytes=round(size / 1e6))
        measure(store, mixed, n)


if __name__ == "__main__":
    main()
