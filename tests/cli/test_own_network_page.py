"""docs/own_network.md does what it says: its class and its commands are run as they stand."""

from __future__ import annotations

import importlib
import re
import shlex

import numpy as np
import pytest
import torch

from cellswap.extract.preprocess import PREPROCESSING
from cellswap.store import database

from ..conftest import ROOT  # noqa: TID252 - tests are no package
from ..crops import write_crops  # noqa: TID252

PAGE = (ROOT / "docs" / "own_network.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def crops_of_noise(store):
    rng = np.random.default_rng(8)
    masks = np.zeros((6, 64, 64), bool)
    masks[:, 20:44, 20:44] = True
    write_crops(store, rng.random((6, 64, 64, 2)).astype(np.float32), masks)
    return store


def test_the_page_works_as_it_stands(crops_of_noise, cellswap, tmp_path, monkeypatch):
    (network,) = blocks("python")
    (tmp_path / "my_networks.py").write_text(network)
    monkeypatch.syspath_prepend(tmp_path)
    torch.save(importlib.import_module("my_networks").Tiny().state_dict(), tmp_path / "tiny.pt")
    commands = [line for block in blocks("sh") for line in block.splitlines()]
    assert [shlex.split(line)[1] for line in commands] == ["extract", "weights", "extract"]
    for line in commands:
        cellswap(*shlex.split(line)[1:], CELLSWAP_STORE=str(crops_of_noise.path))
    query = """
        SELECT model, layer, pooling, len(embedding), count(*), any_value(weights_note)
        FROM embeddings JOIN models USING (model) GROUP BY ALL ORDER BY ALL
    """
    with database.connect(crops_of_noise) as connection:
        assert connection.execute(query).fetchall() == [
            ("Tiny", "code", "none", 8, 12, "as my_networks:Tiny makes them itself"),
            ("Tiny", "conv", "avg", 16, 12, "as my_networks:Tiny makes them itself"),
            ("tiny-trained", "code", "none", 8, 12, "trained on the 2024 screen"),
        ]


def test_the_page_names_every_preprocessing():
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == [
        "minmax",
        "minmax_standardize",
        "percentile_stretch",
        "standardize",
        "none",
    ]
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == set(PREPROCESSING)
