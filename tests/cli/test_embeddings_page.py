"""docs/embeddings.md: its query and its Python run as they stand."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest

from cellswap.store import parts
from tests import labelled

from ..conftest import ROOT  # noqa: TID252 - tests are no package
from ..crops import write_crops  # noqa: TID252

PAGE = (ROOT / "docs" / "embeddings.md").read_text(encoding="utf-8")
PARTITION = {"model": "pifia", "layer": "d2", "pooling": "none", "setting": "baseline"}


def block(language):
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return found


@pytest.fixture
def embedded(store):
    rng = np.random.default_rng(2)
    masks = np.zeros((14, 64, 64), bool)
    masks[:, 20:44, 20:44] = True
    ids = write_crops(store, rng.random((14, 64, 64, 2)).astype(np.float32), masks)
    conditions = ["YAL001C" if i % 2 else "YBR002W" for i in range(14)]
    known = {"condition": ["YAL001C", "YBR002W"], "class": ["nucleus", "cytoplasm"]}
    labelled.put(store, ("test",), known, "test")
    vectors = rng.random((14, 64)).astype(np.float32)
    embedding = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), 64)
    rows = {"image_id": ids, "crop_id": ids, "condition": conditions, "embedding": embedding}
    parts.write(store, "embeddings", ("test",), rows, "test", PARTITION)
    return store, ids, vectors


def test_the_nearest_cells(embedded, cellswap, tmp_path):
    store, ids, vectors = embedded
    (tmp_path / "nearest.sql").write_text(block("sql"))
    shown = cellswap("sql", "--store", store.path, "--file", "nearest.sql", "--param", f"cell={ids[4]}", "--format", "csv")
    lengths = np.linalg.norm(vectors, axis=1)
    distance = 1 - vectors @ vectors[4] / lengths / lengths[4]
    wanted = [ids[i] for i in np.argsort(distance)[1:11]]
    assert [line.split(",")[0] for line in shown.stdout.splitlines()[1:]] == wanted


def test_the_matrix_of_two_classes(embedded):
    store, _, vectors = embedded
    made: dict[str, object] = {}
    exec(block("python").replace('"STORE"', repr(str(store.path))), made)  # noqa: S102 - our own page
    assert np.array_equal(made["matrix"], vectors)
    assert made["tensor"].shape == (14, 64)
