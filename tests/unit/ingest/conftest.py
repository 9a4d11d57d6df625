"""A store with the real crops, read once for all tests of ingest."""

from __future__ import annotations

import pytest

from cellswap.ingest import crops, labels
from cellswap.ingest.layouts import pci
from cellswap.store import runs
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
