"""How fast the pages of a report over 4,000 conditions open in a browser, and how large they are.

Absolute times mean little on a shared machine: beside each page stands the same page of a report over no condition at all.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import labelled
import numpy as np

from cellswap.reports import run, write
from cellswap.store import parts, runs
from cellswap.store.create import create
from cellswap.store.folder import Store
from cellswap.store.presets import YEAST
from cellswap.store.vocabulary import LOCALIZATIONS

GOAL_S, GOAL_BYTES = 1.0, 5_000_000
LEAST = {"VARCHAR": "", "VARCHAR[]": [], "BOOLEAN": False}
PROFILE = {"model": "pifia", "layer": "d2", "pooling": "avg"}
ALL = "return [...document.querySelectorAll('[data-chart]')].every(c => c.dataset.drawn)"
SEEN = ALL.replace("every(c =>", "filter(c => c.getBoundingClientRect().top < innerHeight).every(c =>")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="each page once instead of five times")
    options.add_argument("--proteins", type=int, default=4000)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as place:
        full = reported(Path(place) / "full", asked.conditions)
        nothing = reported(Path(place) / "nothing", 0)
        with browser(Path(place)) as driver:
            for page in sorted(full.glob("*.html")):
                show(page, [opened(driver, folder / page.name, 1 if asked.quick else 5) for folder in (full, nothing)], asked.conditions)
        size = sum(p.stat().st_size for p in full.rglob("*") if p.is_file() and p.parent.name != "images")
    print(json.dumps({"benchmark": "report", "case": "bytes without pictures", "bytes": size, "goal": GOAL_BYTES, "n": asked.conditions}))


def show(page: Path, seconds: list[tuple[float, float]], n: int) -> None:
    """One line: until what is seen first is drawn, until everything is, and how many times the empty report's page that takes."""
    (seen, everything), (nothing, _) = seconds
    line = {"benchmark": "report", "case": page.stem, "seconds": round(seen, 3), "goal_seconds": GOAL_S}
    print(json.dumps(line | {"seconds_all": round(everything, 3), "ratio": round(seen / nothing, 2), "n": n}), flush=True)


def reported(place: Path, n: int) -> Path:
    """The folder of a report over a store of n conditions."""
    store = create(place / "store")
    with runs.record(store, "ingest stand-in", {}) as made:
        if n:
            fill(store, made.run_id, n)
    write.folder(run.gathered(store, f"{n} proteins"), place / "report")
    return place / "report"


def fill(store: Store, run_id: str, n: int) -> None:
    """Conditions with their wells, ten crops of each, and two predicted distributions of each."""
    rng = np.random.default_rng(1)
    conditions = [f"Y{i:05d}" for i in range(n)]
    places = [LOCALIZATIONS[i % len(LOCALIZATIONS)] for i in range(n)]
    labelled.put(store, conditions, [[p] for p in places], run_id)
    wells = [f"{chr(65 + i % 16)}{1 + i // 16 % 24:02d}" for i in range(n)]
    plates = [str(1 + i // 384) for i in range(n)]
    put(store, "wells", run_id, {
        "condition": conditions, "gene": conditions, "plate": plates, "well": wells, "screen": ["s"] * n,
        "plate_row": [i % 16 for i in range(n)],
        "plate_column": [i // 16 % 24 for i in range(n)],
    })  # fmt: skip
    ten = np.repeat(np.arange(n), 10)
    put(store, "crops", run_id, {
        "crop_id": [f"s/{i}" for i in range(10 * n)], "field_id": [f"f{i}" for i in ten], "screen": ["s"] * 10 * n,
        "condition": [conditions[i] for i in ten], "plate": [plates[i] for i in ten], "well": [wells[i] for i in ten],
        "mask_area_px": rng.integers(100, 3000, 10 * n), "protein_mean": rng.gamma(3, 100, 10 * n), "has_pixels": [True] * 10 * n,
    })  # fmt: skip
    put(store, "fields", run_id, {
        "field_id": [f"f{i}" for i in range(n)], "screen": ["s"] * n, "plate": plates, "well": wells, "n_cells": [12] * n,
        "n_crops": [10] * n,
    })  # fmt: skip
    shares(store, run_id, conditions)


def shares(store: Store, run_id: str, conditions: list[str]) -> None:
    rng = np.random.default_rng(2)
    n, k = len(conditions), len(LOCALIZATIONS)
    for crops in ("original", "masked"):
        drawn = rng.dirichlet(np.full(k, 0.4), n)
        put(store, "proportions", run_id, {name: [value] * n * k for name, value in PROFILE.items()} | {
            "crops": [crops] * n * k, "setting": ["baseline"] * n * k, "scheme": ["adam"] * n * k, "form": ["argmax"] * n * k,
            "condition": np.repeat(conditions, k), "class": list(LOCALIZATIONS) * n, "share": drawn.ravel(), "n_crops": [10] * n * k,
        }, crops)  # fmt: skip


def put(store: Store, table: str, run_id: str, rows: dict[str, Any], key: str = "all") -> None:
    """Write columns; what they do not name is NULL, or the least of its type."""
    n = len(next(iter(rows.values())))
    blank = {c.name: [None if c.nullable else LEAST.get(c.type, 0)] * n for c in table(table, YEAST.names).own_columns}
    parts.write(store, table, (key,), blank | rows, run_id)


@contextmanager
def browser(place: Path) -> Iterator[Any]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,900"):
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={place / 'profile'}")
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def opened(driver: Any, page: Path, times: int) -> tuple[float, float]:
    """The least of so many times from asking for a page until what is seen first is drawn, and until all charts are."""
    taken = []
    for _ in range(times):
        begun, ends = time.perf_counter(), []
        driver.get(page.as_uri())
        for drawn in (SEEN, ALL):
            while not driver.execute_script(drawn):
                time.sleep(0.01)
            ends.append(time.perf_counter() - begun)
        taken.append((ends[0], ends[1]))
    return min(taken)


if __name__ == "__main__":
    main()
