"""Views of layers: one name for each, whatever networks are called."""

from __future__ import annotations

import hashlib

import pyarrow as pa
import pytest

from cellswap.store import database, locked, parts, view_names
from cellswap.store.describe import describe, tables


def ending(*names: str) -> str:
    return hashlib.sha256("\x1f".join(names).encode()).hexdigest()[:6]


def test_names_that_differ_are_left_as_they_are():
    layers = [("pifia", "d2", "none"), ("pifia", "conv1", "avg"), ("my-net", "d2", "none")]
    assert view_names.of_layers(layers) == {
        layers[0]: "embedding_pifia_d2_none", layers[1]: "embedding_pifia_conv1_avg", layers[2]: "embedding_my_net_d2_none"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "name"),
    [
        (("my-net", "d2", "none"), ("my_net", "d2", "none"), "embedding_my_net_d2_none"),
        (("Net", "d2", "none"), ("net", "d2", "none"), "embedding_net_d2_none"),  # DuckDB tells them not apart
        (("net", "Mixed.5", "avg"), ("net", "mixed_5", "avg"), "embedding_net_mixed_5_avg"),
        (("a", "b_c", "avg"), ("a_b", "c", "avg"), "embedding_a_b_c_avg"),
        (("a", "b", "c-avg"), ("a", "b-c", "avg"), "embedding_a_b_c_avg"),
    ],
)
def test_names_that_would_be_one_end_in_a_hash(one, other, name):
    third = ("third", "d2", "none")
    named = view_names.of_layers([one, other, third])
    assert named == {one: f"{name}_{ending(*one)}", other: f"{name}_{ending(*other)}", third: "embedding_third_d2_none"}


def test_who_takes_whose_name():
    one, other, third = ("my-net", "d2", "none"), ("my_net", "d2", "none"), ("My.Net", "d2", "none")
    assert view_names.renamed({one}, {other}) == {one: other}
    assert view_names.renamed({one}, {one}) == view_names.renamed({one}, {("my_net", "d3", "none")}) == {}
    assert view_names.renamed({one, other}, {third}) == {}  # both end in a hash already
    assert view_names.renamed(set(), {one, other}) == {}


def test_a_view_that_is_there_keeps_its_name(monkeypatch):
    monkeypatch.setitem(view_names.TABLES, "embedding_net_d2_none", None)
    monkeypatch.setitem(view_names.TABLES, "condition_mean_other_d2_none", None)
    layers = [("net", "d2", "none"), ("other", "d2", "none")]
    assert view_names.of_layers(layers) == {layer: f"embedding_{layer[0]}_d2_none_{ending(*layer)}" for layer in layers}


def test_each_view_reads_its_own_network(store):
    for i, model in enumerate(("my-net", "my_net", "My.Net")):
        vectors = pa.FixedSizeListArray.from_arrays(pa.array([float(i)] * 2, pa.float32()), 2)
        rows = {"image_id": [f"image {i}"], "crop_id": ["c"], "condition": ["YAL001C"], "embedding": vectors}
        where = {"model": model, "layer": "d2", "pooling": "none", "setting": "baseline"}
        parts.write(store, "embeddings", ("test",), rows, "run", where)
    listed = [t.name for t in tables(store) if t.name.startswith(("embedding_", "condition_mean_"))]
    assert len(set(listed)) == 6
    database.build_catalog(store)
    for i, model in enumerate(("my-net", "my_net", "My.Net")):
        name = f"embedding_my_net_d2_none_{ending(model, 'd2', 'none')}"
        meaning, key, _ = describe(store, name)
        assert meaning == f"Embeddings of {model}, layer d2, pooling none, as FLOAT[2]."
        assert key == ("model", "layer", "pooling", "setting", "image_id")
        query = f"SELECT model, image_id, embedding FROM {name}"
        assert locked.run(locked.connect(store), query).fetchall() == [(model, f"image {i}", (float(i),) * 2)]
        means = f"SELECT condition, n, embedding FROM {view_names.of_conditions(name)}"
        assert locked.run(locked.connect(store), means).fetchall() == [("YAL001C", 1, (float(i),) * 2)]
