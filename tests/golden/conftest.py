"""The golden fixtures: weights imported once a session, and stores made of their crops."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from cellswap.extract import run as extraction
from cellswap.extract.importing import import_file
from cellswap.extract.loading import Wanted
from cellswap.store import database
from cellswap.store.folder import Store
from cellswap.store.runs import Run

from ..crops import write_crops  # noqa: TID252 - tests are no package
from ..real import Real  # noqa: TID252
from ..small import grown  # noqa: TID252

CHECKPOINTS = {
    "pifia": "two_shards/pifia_weights_golden.index",
    "pci": "pci_golden_model.h5",
    "deeploc": "tf1.0.1_train_graph/model.ckpt-5000.index",
}
NOTE = "pseudo-random, golden fixture"
TOLERANCE = 2e-4


@pytest.fixture(scope="session")
def golden(shared: Real) -> Path:
    """The folder of golden fixtures."""
    return shared / "golden"


@pytest.fixture(scope="session")
def unpacked(golden: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Unpack a network's weight archive, once."""
    done: dict[str, Path] = {}

    def unpack(network: str) -> Path:
        if network not in done:
            done[network] = tmp_path_factory.mktemp(network)
            with tarfile.open(golden / network / "weights.tar.xz", "r:xz") as archive:
                archive.extractall(done[network], filter="data")
            grown.fill(done[network])
        return done[network]

    return unpack


@pytest.fixture(scope="session")
def imported(unpacked: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A network's weights as safetensors, imported from its authors' format, once."""
    done: dict[str, Path] = {}

    def convert(network: str) -> Path:
        if network not in done:
            pytest.importorskip("h5py" if network == "pci" else "tensorflow")
            out = tmp_path_factory.mktemp("imported") / f"{network}.safetensors"
            import_file(unpacked(network) / CHECKPOINTS[network], network, out, NOTE)
            done[network] = out
        return done[network]

    return convert


@pytest.fixture
def filled(store: Store, golden: Path) -> Callable[..., Store]:
    """The store with the 16 crops of one network's fixture, given as they are, and PIFiA's masks."""

    def fill(network: str, **more: object) -> Store:
        crops = np.load(golden / network / "inputs.npy")
        masks = np.load(golden / "pifia" / "masks.npy") > 0
        write_crops(store, crops, masks, **more)
        return store

    return fill


def vectors(store: Store) -> dict[tuple[str, str, str, str], np.ndarray]:
    """All embeddings by model, layer, pooling and setting: vectors (n, width) in the order of the fixture's crops."""
    found: dict[tuple[str, str, str, str], list[list[float]]] = {}
    with database.connect(store) as connection:
        query = "SELECT model, layer, pooling, setting, embedding FROM embeddings ORDER BY crop_id"
        for *key, vector in connection.execute(query).fetchall():
            found.setdefault(tuple(key), []).append(vector)
    return {key: np.array(rows, np.float32) for key, rows in found.items()}


def worst(found: np.ndarray, golden: np.ndarray) -> float:
    """The largest difference from the golden values, in standard deviations of the layer."""
    assert found.shape == golden.shape
    return float(np.abs(found - golden).max() / golden.std())


def embed(store: Store, wanted: Wanted, **more: object) -> Run:
    """Run the extraction as the command does, in this process; the run with its counts."""
    request = extraction.Request(wanted, **({"all_crops": True, "device": "cpu"} | more))
    ready = extraction.prepare(store, request)
    run = Run("golden", "extract", {}, datetime.now(UTC))
    extraction.extract(store, request, ready, run)
    return run
