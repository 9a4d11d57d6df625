"""Vectors of others become cells, embeddings, labels and a plan; what does not fit is refused in a line, and nothing is written."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from cellswap.errors import BadInput
from cellswap.ingest import vectors
from cellswap.ingest.cell_table import Columns
from cellswap.ingest.vector_parts import How, Layer
from cellswap.ingest.vector_rows import Asked, Swapped
from cellswap.ingest.vectors import Names
from cellswap.reports import anndata_file, export
from cellswap.store import check, database, folder, runs

from .conftest import ask

N, WIDTH = 40, 6
CELLS = Columns(("drug", "plate"), "plate", "well", "site", "cell", "y", "x", "kind")
NAMES = Names(Layer("net", "code", "avg"), "screen", "given", "moa")


@pytest.fixture(autouse=True)
def _no_catalog(monkeypatch):
    """The catalog file has its own tests; here it would be most of the time."""
    monkeypatch.setattr(database, "build_catalog", lambda store: store.catalog)


@pytest.fixture
def table():
    """40 cells of 4 drugs in 2 classes, on 2 plates of 2 wells with one field each, in an order that mixes them."""
    rows = []
    for i in np.random.default_rng(0).permutation(N).tolist():
        drug, plate = i % 4, (i // 4) % 2
        rows.append(
            {
                "drug": f"drug{drug}", "kind": f"kind{drug // 2}", "plate": f"00{plate + 1}", "well": f"a{drug + 1}", "site": "1",
                "cell": f"c{i}", "y": 100.0 + i, "x": 50.5,
            }
        )  # fmt: skip
    return pl.DataFrame(rows)


@pytest.fixture
def numbers():
    return np.random.default_rng(1).normal(size=(N, WIDTH)).astype(np.float32)


def ingest(store, path, metadata, names=NAMES, swapped=None, *, cells=CELLS, array=None, again=False):
    asked = Asked(cells, swapped or Swapped())
    room = path.parent / f"room{len(list(path.parent.iterdir()))}"
    room.mkdir()
    with runs.record(store, "ingest vectors", {"path": path, "model": names.layer.model, "array": array}) as run:
        file = vectors.opened(path, array, cells.named, room)
        vectors.write(store, vectors.given(store, path, metadata, asked, names, file), names, run, How(again, 2))
    return run


def put(tmp_path, table, numbers, name="v"):
    np.save(tmp_path / f"{name}.npy", numbers)
    table.write_csv(tmp_path / f"{name}.csv")
    return tmp_path / f"{name}.npy", tmp_path / f"{name}.csv"


def broken(store):
    with database.connect(store) as connection:
        return list(check.check(connection))


def held(store, where="true"):
    return {name: np.array(v, np.float32) for name, v in ask(store, f"SELECT image_id, embedding FROM embeddings WHERE {where}")}


def test_every_vector_stands_under_its_own_cell_bit_by_bit(store, tmp_path, table, numbers):
    ingest(store, *put(tmp_path, table, numbers))
    wells = {"a1": "A01", "a2": "A02", "a3": "A03", "a4": "A04"}
    expected = {
        f"screen/1/{r['plate']}/{wells[r['well']]}/1/{r['cell']}": v for r, v in zip(table.iter_rows(named=True), numbers, strict=True)
    }
    found = held(store)
    assert found.keys() == expected.keys()
    assert all(found[name].tobytes() == expected[name].tobytes() for name in expected)
    crops = dict(ask(store, "SELECT crop_id, (condition, plate, well, cell, centre_y, centre_x, y0, x0, y1, x1) FROM crops"))
    # 64 px around y = 107, x = 50.5: the middle pixel is 107, 51
    [seventh] = [crop for crop in crops if crop.endswith("/c7")]
    assert crops[seventh] == ("drug3@002", "002", "A04", "c7", 107.0, 50.5, 75, 19, 139, 83)
    assert sorted(ask(store, "SELECT condition, class FROM condition_classes")) == sorted(
        {(f"drug{d}@00{p}", f"kind{d // 2}") for d in range(4) for p in (1, 2)}
    )
    assert ask(store, "SELECT count(*), sum(n_crops), any_value(masks) FROM fields") == [(8, 40, "elsewhere")]
    assert ask(store, "SELECT count(*) FROM crop_filter WHERE kept") == [(40,)]
    assert broken(store) == []


def test_rows_of_a_condition_stand_together_with_their_sums(store, tmp_path, table, numbers):
    ingest(store, *put(tmp_path, table, numbers))
    names = [condition for (condition,) in ask(store, "SELECT condition FROM embeddings")]
    assert names == sorted(names)
    of_drug = numbers[[f"{r['drug']}@{r['plate']}" == "drug0@001" for r in table.iter_rows(named=True)]]
    [(n, total)] = ask(store, "SELECT condition_n, condition_sum FROM embeddings WHERE condition = 'drug0@001' AND condition_n IS NOT NULL")
    assert n == len(of_drug)
    np.testing.assert_array_equal(np.float32(total), of_drug.sum(0, dtype=np.float64).astype(np.float32))


def test_the_same_again_writes_no_vector_and_other_ones_are_noticed(store, tmp_path, table, numbers):
    path, metadata = put(tmp_path, table, numbers)
    ingest(store, path, metadata)
    before = {p.name: p.read_bytes() for p in store.tables.rglob("embeddings/**/part-*.parquet")}
    run = ingest(store, path, metadata)
    assert "embeddings" not in run.written_now
    assert "40 of 40 vectors were in the store already, bit by bit" in run.remarks
    np.save(path, numbers + np.float32(1e-3))
    with pytest.raises(BadInput, match=r"net/code/avg: the store has other vectors of 40 of these images.*--again"):
        ingest(store, path, metadata)
    assert before == {p.name: p.read_bytes() for p in store.tables.rglob("embeddings/**/part-*.parquet")}
    ingest(store, path, metadata, again=True)
    assert {v.tobytes() for v in held(store).values()} == {v.tobytes() for v in numbers + np.float32(1e-3)}
    assert len(ask(store, "FROM models")) == 1


def test_vectors_that_are_there_outlive_a_bad_file(store, tmp_path, table, numbers):
    ingest(store, *put(tmp_path, table, numbers))
    before = held(store)
    with pytest.raises(BadInput, match="1 of 40 vectors hold NaN"):
        ingest(store, *put(tmp_path, table, spoiled(numbers * 2, 39)), again=True)
    assert {name: v.tobytes() for name, v in held(store).items()} == {name: v.tobytes() for name, v in before.items()}


def test_another_file_makes_another_hash_of_the_model(store, tmp_path, table, numbers):
    path, metadata = put(tmp_path, table, numbers)
    ingest(store, path, metadata)
    [(first,)] = ask(store, "SELECT weights_sha256 FROM models")
    ingest(store, path, metadata)
    assert ask(store, "SELECT weights_sha256 FROM models") == [(first,)]
    np.save(path, numbers * 2)
    ingest(store, path, metadata, again=True)
    assert ask(store, "SELECT weights_sha256 FROM models") != [(first,)]


def test_more_cells_of_a_layer_in_a_file_that_grew(store, tmp_path, table, numbers):
    first = table["plate"] == "001"
    ingest(store, *put(tmp_path, table.filter(first), numbers[first.to_numpy()]))
    path, metadata = put(tmp_path, table, numbers)
    with pytest.raises(BadInput, match="the store has vectors of 20 of these images already"):
        ingest(store, path, metadata)
    ingest(store, path, metadata, again=True)
    assert len(held(store)) == N
    assert broken(store) == []
    with pytest.raises(BadInput, match="20 images that the store has beside these would be lost"):
        ingest(store, *put(tmp_path, table.filter(first), numbers[first.to_numpy()]), again=True)


def swaps(table):
    """Each cell of plate 1 on the first cell of each other drug on plate 2."""
    centres = table.filter(pl.col("plate") == "001").sort("cell").to_dicts()
    behind = [table.filter((pl.col("plate") == "002") & (pl.col("drug") == f"drug{d}")).sort("cell").row(0, named=True) for d in range(4)]
    rows = [
        {"how": "same" if c["kind"] == b["kind"] else "diff", "centre": c["cell"], "behind": b["cell"]}
        for c in centres
        for b in behind
        if b["drug"] != c["drug"]
    ]
    return pl.DataFrame(rows)


TWO = Names(Layer("two", "code", "avg"), "screen", "g2")
SWAPPED = Swapped("how", "centre", "behind")


@pytest.fixture
def swapped(store, tmp_path, table, numbers):
    """The store with real cells, masked ones and swaps, and the table of these."""
    path, metadata = put(tmp_path, table, numbers)
    ingest(store, path, metadata)
    ingest(store, *put(tmp_path, table, numbers + 1, "masked"), swapped=Swapped("masked"))
    made = swaps(table)
    of_swaps = np.random.default_rng(2).normal(size=(len(made), WIDTH)).astype(np.float32)
    ingest(store, *put(tmp_path, made, of_swaps, "swaps"), swapped=SWAPPED, cells=Columns())
    return made, of_swaps


def test_swaps_of_others_become_a_plan(store, swapped, table):
    made, of_swaps = swapped
    drug = {r["cell"]: (r["drug"], r["kind"], f"{r['drug']}@{r['plate']}") for r in table.iter_rows(named=True)}
    expected = {
        (f"{r['how']}_class_swap", drug[r["centre"]][1], drug[r["behind"]][1], r["centre"], r["behind"], v.tobytes())
        for r, v in zip(made.iter_rows(named=True), of_swaps, strict=True)
    }
    rows = ask(
        store,
        """
        SELECT s.setting, s.class, s.background_class, a.cell, b.cell, e.embedding
        FROM swaps AS s JOIN crops AS a ON a.crop_id = centre_crop_id JOIN crops AS b ON b.crop_id = background_crop_id
        JOIN embeddings AS e ON e.image_id = s.image_id AND e.setting = s.setting AND e.crop_id = s.centre_crop_id
        """,
    )
    assert {(*row[:-1], np.float32(row[-1]).tobytes()) for row in rows} == expected
    # 20 centres; of each class 10, on 1 cell of its own class and on 2 of the other
    sets = ask(store, "SELECT setting, class, background_class, n, wanted FROM plan_sets ORDER BY ALL")
    assert sets == [
        ("baseline", "kind0", None, 20, 20), ("baseline", "kind1", None, 20, 20),
        ("diff_class_swap", "kind0", "kind1", 20, 20), ("diff_class_swap", "kind1", "kind0", 20, 20),
        ("masked", "kind0", None, 20, 20), ("masked", "kind1", None, 20, 20),
        ("same_class_swap", "kind0", "kind0", 10, 20), ("same_class_swap", "kind1", "kind1", 10, 20),
    ]  # fmt: skip
    assert ask(store, "SELECT kind, images, n_images, n_short, scheme FROM plans") == [("given", 20, 140, 2, "moa")]
    assert broken(store) == []


def test_a_plan_has_the_same_rows_whatever_the_order_of_the_file(store, swapped, tmp_path):
    made, of_swaps = swapped
    before = ask(store, "SELECT * EXCLUDE (run_id) FROM swaps ORDER BY ALL")
    ingest(store, *put(tmp_path, made.reverse(), of_swaps[::-1], "swaps"), swapped=SWAPPED, cells=Columns(), again=True)
    assert ask(store, "SELECT * EXCLUDE (run_id) FROM swaps ORDER BY ALL") == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.with_columns(pl.lit("c999").alias("centre")), r"centre: 60 of 60 names are no cell of the store.*row 0 from 0: c999"),
        (lambda t: t.with_columns(pl.lit("sideways").alias("how")), r"--setting how: unknown setting 'sideways'.*--settings sideways="),
        (lambda t: t.with_columns(pl.lit("same").alias("how")), r"break the rule 'the same class on both sides'"),
        (
            lambda t: t.rename({"behind": "bckground"}),
            r"no column 'behind'; its columns are how, centre, bckground",
        ),
    ],
)
def test_swaps_that_are_not_what_they_are_said_to_be(store, swapped, tmp_path, change, message):
    made, of_swaps = swapped
    with pytest.raises(BadInput, match=message):
        ingest(
            store,
            *put(tmp_path, change(made), of_swaps, "other"),
            Names(Layer("two", "code", "avg"), "screen", "g2"),
            SWAPPED,
            cells=Columns(),
        )


def spoiled(numbers, *rows):
    made = numbers.copy()
    made[list(rows), 2] = np.nan
    return made


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t, v: (t.head(39), v), r"--metadata: expected 40 rows, one a vector, found 39"),
        (lambda t, v: (t, spoiled(v, 7, 9)), r"2 of 40 vectors hold NaN or infinity, the first is row 7 from 0; nothing was written"),
        (lambda t, v: (t, v.astype(np.float64) * 1e300), r"40 of 40 vectors hold NaN or infinity"),
        (lambda t, v: (t.rename({"drug": "drgu"}), v), r"no column 'drug'; did you mean drgu; its columns are drgu, kind, plate"),
        (lambda t, v: (t.with_columns(pl.lit("c1").alias("cell")), v), r"8 cells stand in more than one row"),
        (lambda t, v: (t.with_columns(pl.lit("Q99").alias("well")), v), r"row 0 from 0: row 17, column 99"),
        (lambda t, v: (t.with_columns(pl.lit("a/b").alias("cell")), v), r"the cell 'a/b' holds a /"),
        (lambda t, v: (t, v.reshape(2, 20, 6)), r"expected vectors \(n, width\), found an array \(2, 20, 6\)"),
        (lambda t, v: (t, v.astype(object)), r"Python objects \(a pickle\)"),
        (lambda t, v: (t, v.astype(str)), r"expected numbers, found <U"),
        (lambda t, v: (t.with_columns(pl.Series("kind", [f"k{i}" for i in range(N)])), v), r"has the classes k.*expected one each"),
        (lambda t, v: (t.with_columns(pl.lit(None).alias("drug")), v), r"stands in a row without a condition"),
    ],
)
def test_what_does_not_fit_is_refused_and_no_vector_written(store, tmp_path, table, numbers, change, message):
    with pytest.raises(BadInput, match=message):
        ingest(store, *put(tmp_path, *change(table, numbers)))
    assert ask(store, "SELECT count(*) FROM embeddings") == [(0,)]


def test_another_condition_or_class_than_the_stores_is_refused(store, tmp_path, table, numbers):
    ingest(store, *put(tmp_path, table, numbers))
    here, elsewhere = (Names(Layer("b", "c", "avg"), screen, "g", "moa") for screen in ("screen", "second"))
    other = put(tmp_path, table.with_columns(pl.lit("x").alias("drug"), pl.lit("kind0").alias("kind")), numbers, "b")
    with pytest.raises(BadInput, match=r"40 cells have another condition in the store"):
        ingest(store, *other, here)
    renamed = put(tmp_path, table.with_columns(pl.col("cell") + "x"), numbers, "b")
    with pytest.raises(BadInput, match=r"40 cells are none that the store has of their fields"):
        ingest(store, *renamed, here)
    other = put(tmp_path, table.with_columns((pl.lit("new") + pl.col("kind")).alias("kind")), numbers, "b")
    with pytest.raises(BadInput, match=r"8 conditions have other classes in the store's scheme moa"):
        ingest(store, *other, elsewhere)


def test_paths_that_are_not_there(store, tmp_path, table, numbers):
    path, metadata = put(tmp_path, table, numbers)
    with pytest.raises(BadInput, match=r"nowhere.npy: expected a file of vectors, found no such file"):
        ingest(store, tmp_path / "nowhere.npy", metadata)
    with pytest.raises(BadInput, match=r"nowhere.csv: expected a table, CSV or Parquet, found no such file"):
        ingest(store, path, tmp_path / "nowhere.csv")


def test_a_killed_try_goes_on_with_what_it_wrote(store, tmp_path, table, numbers, monkeypatch):
    path, metadata = put(tmp_path, table, numbers)

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(vectors, "_write_model", killed)
    with pytest.raises(KeyboardInterrupt):
        ingest(store, path, metadata)
    monkeypatch.undo()
    monkeypatch.setattr(database, "build_catalog", lambda store: store.catalog)
    ingest(store, path, metadata)
    assert len(held(store)) == N
    assert broken(store) == []


@pytest.mark.parametrize("form", ["anndata", "parquet", "csv"])
def test_what_was_exported_comes_back_bit_by_bit(store, swapped, empty, tmp_path, form):
    settings = ("baseline", "masked", "same_class_swap", "diff_class_swap")
    with database.connect(store) as connection:
        wanted = export.choose(connection, export.Wanted("net", (("code", ""),), settings), None)
        made, source = export.batches(connection, wanted), export.provenance(connection, wanted)
        out = tmp_path / f"out.{ {'anndata': 'h5ad'}.get(form, form) }"
        n = anndata_file.write(made, out, source) if form == "anndata" else export.write_profiles(made, out, form, source)
    second = folder.read(shutil.copytree(empty, tmp_path / "second"))
    ingest(second, out, None, replace(NAMES, scheme="moa"), Swapped(), cells=Columns())
    rows = "SELECT setting, image_id, crop_id, condition, embedding FROM embeddings ORDER BY ALL"
    before, after = ask(store, rows), ask(second, rows)
    assert len(before) == n == len(after)
    assert [row[:-1] for row in after] == [row[:-1] for row in before]
    assert np.array([row[-1] for row in after], np.float32).tobytes() == np.array([row[-1] for row in before], np.float32).tobytes()
    facts = "SELECT crop_id, field_id, plate, well, cell, condition, centre_y, centre_x, y0, x0 FROM crops ORDER BY 1"
    assert ask(second, facts) == ask(store, facts)
    # the cell behind is not exported, its class and condition are
    known = "plan_id, setting, class, background_class, draw, image_id, centre_crop_id, background_condition"
    swaps = f"SELECT {known} FROM swaps ORDER BY ALL"
    assert ask(second, swaps) == ask(store, swaps)
    assert broken(second) == []


def test_pairs_and_robustness_from_vectors_alone(cellswap, store, swapped):
    at = ("--store", store.path)
    cellswap("evaluate", "pairs", *at, "--plan", "given", "--group", "protein", "--jobs", 1)
    cellswap("evaluate", "robustness", *at)
    # 2 classes: one pair of baseline, masked and same; each background of diff is one of the two, so that no triplet is left
    found = ask(store, "SELECT setting_from, setting_to, low <= estimate AND estimate <= high, n_conditions FROM robustness ORDER BY ALL")
    assert ("baseline", "masked", True, 8) in found
    assert ask(store, "SELECT count(*) FROM pair_accuracy WHERE overlap_share IS NULL") == [(0,)]
