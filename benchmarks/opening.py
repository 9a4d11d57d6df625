"""How opening a store grows with its parts and layers, beside listing the files.

python benchmarks/opening.py [--quick]

51,150 parts of 31 layers are the paper's screen with all of PIFiA. Each case ends with one line: seconds to connect, to count a layer in
one setting by its own view and by the table of all, and to write the catalog; `ratio` is connecting over listing the files, which is the
least that anybody can do who wants to know what is there.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
from memory import apart, peak_mb
from timing import seconds

from cellswap.store import database, folder, parts
from cellswap.store.create import create
from cellswap.store.facts import Asked
from cellswap.store.folder import Store
from cellswap.store.vocabulary import SETTINGS

ROWS, WIDTH = 8, 64
CASES = ((51_150, 31), (10_000, 310), (100_000, 1))
QUICK = ((5_115, 31), (1_000, 310))
GOAL_S = 3.0


def main() -> None:
    """One line a case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    with tempfile.TemporaryDirectory() as place:
        for n, layers in QUICK if parser.parse_args().quick else CASES:
            store = filled(Path(place) / f"{n}-{layers}", n, layers)
            found = apart(measured, store.path)
            print(
                json.dumps({"benchmark": "opening", "case": f"{n} parts of {layers} layers", **found, "goal_s": GOAL_S, "n": n}), flush=True
            )


def filled(place: Path, n: int, layers: int) -> Store:
    """A store of n small parts of vectors, as many of each layer and setting; all but the first are copies of its bytes."""
    store = create(place, Asked(preset="yeast"))
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(np.random.default_rng(0).random(ROWS * WIDTH, np.float32)), WIDTH)
    names = [f"i{i}" for i in range(ROWS)]
    rows = {"image_id": names, "crop_id": names, "condition": ["Y1"] * ROWS, "embedding": vectors}
    kinds = [{"model": "m", "layer": f"l{i}", "pooling": "avg", "setting": setting} for i in range(layers) for setting in SETTINGS]
    parts.write(store, "embeddings", ("0",), rows, "benchmark", kinds[0])
    made = parts.part_path(store, "embeddings", ("0",), kinds[0]).read_bytes()
    for i in range(1, n):
        path = parts.part_path(store, "embeddings", (str(i),), kinds[i % len(kinds)])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made)
    return store


def measured(place: Path) -> dict[str, float]:
    """Seconds of what somebody waits for who opens the store, in a process of its own."""
    store = folder.read(place)
    listing = seconds(lambda: sum(len(files) for _, _, files in os.walk(store.tables)))
    connecting = seconds(lambda: database.connect(store).close())
    with database.connect(store) as connection:
        of_layer = "WHERE setting = 'masked'"
        view = seconds(lambda: connection.execute(f"SELECT count(*) FROM embedding_m_l0_avg {of_layer}").fetchall())
        of_all = f"{of_layer} AND model = 'm' AND layer = 'l0' AND pooling = 'avg'"
        table = seconds(lambda: connection.execute(f"SELECT count(*) FROM embeddings {of_all}").fetchall())
    catalog = seconds(lambda: database.build_catalog(store))
    found = {"connect_s": connecting, "view_s": view, "table_s": table, "catalog_s": catalog, "listing_s": listing}
    return {name: round(value, 3) for name, value in found.items()} | {"ratio": round(connecting / listing, 2), "peak_mb": round(peak_mb())}


if __name__ == "__main__":
    main()
