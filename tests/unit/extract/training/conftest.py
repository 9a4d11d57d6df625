"""A small store with several fields of each protein, and trainings on it that end in seconds."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import torch

from cellswap.extract.training import run as stage
from cellswap.extract.training.options import Data, Options
from cellswap.extract.training.run import Prepared
from cellswap.store import database, folder
from cellswap.store.folder import Store
from cellswap.store.runs import Run

from .... import swap_store  # noqa: TID252 - tests are no package

CONDITIONS = {"ER": [2, 2], "nucleus": [2, 2], "cytoplasm": [2, 2]}
N_FIELDS = 12


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def several_fields(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of 6 proteins with 12 fields of 2 crops each."""
    store = folder.read(shutil.copytree(empty, tmp_path_factory.mktemp("fields") / "store"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "build_catalog", lambda _store: None)  # twelve times would take most of the time
        for i in range(N_FIELDS):
            swap_store.fill(store, CONDITIONS, n_windows=0, field=str(i))
    return store.path


@pytest.fixture
def fields(several_fields: Path, tmp_path: Path) -> Store:
    """A copy of that store."""
    return folder.read(shutil.copytree(several_fields, tmp_path / "fields"))


Asked = Callable[..., Options]


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    """Options of a training that takes seconds; `data` are options of the crops."""

    def options(network: str = "pifia-narrow", data: dict[str, object] | None = None, **more: object) -> Options:
        given = {"epochs": 2, "batch_size": 16, "device": "cpu"} | more
        return Options(network, tmp_path / "out.safetensors", Data(**(data or {})), **given)

    return options


@pytest.fixture
def train() -> Callable[..., list[str]]:
    """Train as the command does; the lines that it said. `fixed` are changes of what does not change in a training."""

    def run(store: Store, ready: Prepared, **fixed: object) -> list[str]:
        said: list[str] = []
        ready = replace(ready, training=replace(ready.training, **fixed))
        record = Run("test", "train", {}, datetime.now(UTC))  # without its record, which costs a new catalog each time
        stage.train(store, ready, record, said.append)
        return said

    return run
