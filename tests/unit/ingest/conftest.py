"""A store with the real crops, read once for all tests of ingest."""

from __future__ import annotations

import numpy as np
import pytest

from cellswap.ingest import crops, labels
from cellswap.ingest.layouts import pci
from cellswap.store import database, pixels, runs
from cellswap.store.create import create
from cellswap.store.folder import Store
from tests.real import Real


@pytest.fixture(scope="session")
def toy_store(shared: Real, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Labels, and the 985 real crops straight from their archive."""
    store = create(tmp_path_factory.mktemp("toy") / "store")
    with runs.record(store, "ingest labels", {}) as run:
        labels.write_huh(store, None, run, replace=False)
    with runs.record(store, "ingest crops", {}) as run:
        crops.write(store, crops.listed(shared / "data/pci_toy_yeast.tar.xz", pci.LAYOUT, "pci", run), run, 1)
    return store


def ask(store: Store, query: str) -> list[tuple]:
    """The rows of a query."""
    with database.connect(store) as connection:
        return connection.execute(query).fetchall()


def stored(store: Store, name: str) -> np.ndarray:
    """A column of pixels (n, size, size), in the order of the cells' own names."""
    with database.connect(store) as connection:
        rows = connection.sql(f"SELECT {name} FROM pixels ORDER BY split_part(crop_id, '/', 6)").to_arrow_table()
    return (pixels.decode_mask if name in {"mask", "cells"} else pixels.decode)(rows.column(0), store.crop_size)
