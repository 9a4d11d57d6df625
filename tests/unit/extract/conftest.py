"""Crops of noise with a round mask, and a small network of one's own."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from cellswap.store import database
from cellswap.store.folder import Store
from cellswap.store.runs import Run, settle

from ...crops import write_crops  # noqa: TID252 - tests are no package

OWN = """
import torch
from torch import nn

class Small(nn.Sequential):
    def __init__(self):
        torch.manual_seed(1)
        super().__init__(
            nn.Conv2d(1, 4, 3, stride=2), nn.ReLU(inplace=True), nn.Conv2d(4, 6, 3, stride=2), nn.Flatten(), nn.Linear(1350, 5)
        )

class Three(nn.Sequential):
    def __init__(self):
        torch.manual_seed(2)
        super().__init__(nn.Conv2d(3, 4, 3))

class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.relu = nn.Conv2d(1, 2, 3), nn.ReLU()
    def forward(self, x):
        return self.relu(self.conv(self.relu(x)))

def not_a_network():
    return 7

def by_function():
    return Three()

class Picky(nn.Module):
    def forward(self, x):
        assert x.shape[-1] == 224, "Input height doesn't match"
"""

N_RUN = itertools.count()


@pytest.fixture
def noise() -> tuple[np.ndarray, np.ndarray]:
    """Twelve crops (12, 64, 64, 2) of uint16 and their masks."""
    crops = np.random.default_rng(5).integers(100, 4000, (12, 64, 64, 2)).astype(np.uint16)
    y, x = np.mgrid[:64, :64]
    masks = np.stack([(y - 32) ** 2 + (x - 32) ** 2 < (12 + i) ** 2 for i in range(12)])
    return crops, masks


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module in the working directory that holds networks."""
    (tmp_path / "own_networks.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return "own_networks"


@pytest.fixture
def noisy(store: Store, noise: tuple[np.ndarray, np.ndarray]) -> Store:
    """A store with the crops of noise."""
    write_crops(store, *noise)
    return store


@pytest.fixture
def embed(own: str) -> Callable[..., Run]:
    """Run an extraction with one of those networks as the command does; the run with its counts."""
    from cellswap.extract import loading
    from cellswap.extract import run as extraction

    def extract(store: Store, network: str = "Small", model: dict[str, object] | None = None, **more: object) -> Run:
        wanted = loading.Wanted(**({"network": f"{own}:{network}"} | (model or {})))
        request = extraction.Request(wanted, **({"device": "cpu", "layers": ("0", "4")} | more))
        ready = extraction.prepare(store, request)
        run = Run(f"test-{next(N_RUN)}", "extract", {}, datetime.now(UTC))  # without its record, which costs a new catalog each time
        extraction.extract(store, request, ready, run)
        settle(store, run)
        return run

    return extract


def rows(store: Store, query: str) -> list[tuple]:
    """The rows of a query."""
    with database.connect(store) as connection:
        return connection.execute(query).fetchall()
