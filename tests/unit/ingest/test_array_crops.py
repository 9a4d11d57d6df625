"""Crops in arrays become rows and pixels as they were; what does not fit is refused in a line."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from cellswap.errors import BadInput
from cellswap.ingest import array_crops, cell_table
from cellswap.ingest.array_files import Place
from cellswap.ingest.cell_table import Columns
from cellswap.ingest.layouts import arrays
from cellswap.ingest.layouts.arrays import Layout
from cellswap.store import check, database, runs

from .conftest import ask, stored

N, SIZE = 12, 64
CHANNELS = ("protein", "cytoplasm")
CELLS = Columns(("drug",), "plate", "well", "site", "cell", "y", "x")


@pytest.fixture(autouse=True)
def _no_catalog(monkeypatch):
    """The catalog file has its own tests; here it would be most of the time."""
    monkeypatch.setattr(database, "build_catalog", lambda store: store.catalog)


@pytest.fixture
def field():
    """A field (2, 300, 300) of noise, from which crops are cut."""
    return np.random.default_rng(5).integers(0, 4000, (2, 300, 300), np.uint16)


@pytest.fixture
def cut(field):
    """12 crops (n, 2, 64, 64), each 30 px right of the one before, of two sites in turn; labels; and the table."""
    images, labels, rows = np.empty((N, 2, SIZE, SIZE), np.uint16), np.zeros((N, SIZE, SIZE), np.int32), []
    for i in range(N):
        y, x = 100 + i, 40 + 15 * i
        images[i] = field[:, y - 32 : y + 32, x - 32 : x + 32]
        labels[i, 20:44, 20:44], labels[i, :4] = 7 + i, 3
        rows.append({"drug": f"d{i % 3}", "plate": "p", "well": "B2", "site": f"{i % 2}", "cell": f"c{i:02d}", "y": y, "x": x})
    return images, labels, pl.DataFrame(rows)


def ingest(store, tmp_path, cut, *, again=False, columns=CELLS, **how):
    images, labels, table = cut
    np.save(tmp_path / "images.npy", images)
    np.save(tmp_path / "labels.npy", labels)
    table.write_csv(tmp_path / "table.csv")
    places = [Place(tmp_path / name, "", name) for name in ("images.npy", "labels.npy")]
    layout = replace(Layout(*places, "NCHW", CHANNELS, 0, tuple(place.path for place in places)), **how)
    cells = cell_table.cells(cell_table.read(tmp_path / "table.csv"), columns, "screen", store.crop_size)
    with runs.record(store, "ingest crops", {"layout": "arrays", "again": again}) as run:
        array_crops.write(store, layout, cells, run, again=again, jobs=1)
    return run


def test_pixels_masks_and_facts_are_those_of_the_arrays(store, tmp_path, cut):
    images, labels, _ = cut
    ingest(store, tmp_path, cut)
    np.testing.assert_array_equal(stored(store, "protein"), images[:, 0])
    np.testing.assert_array_equal(stored(store, "cytoplasm"), images[:, 1])
    np.testing.assert_array_equal(stored(store, "mask"), labels == (7 + np.arange(N))[:, None, None])
    np.testing.assert_array_equal(stored(store, "cells"), labels > 0)
    row = ask(
        store,
        "SELECT crop_id, condition, well, mask_area_px, n_neighbours, neighbour_share, y0, x1, protein_mean FROM crops WHERE cell = 'c05'",
    )
    # 24 x 24 px of the cell, 4 x 64 of one other; the centre is y = 105, x = 115
    assert row == [("screen/1/p/B02/1/c05", "d2", "B02", 576, 1, 4 / 64, 73, 147, images[5, 0].mean())]
    assert ask(store, "SELECT site, n_crops, masks, files FROM fields ORDER BY 1") == [
        (site, 6, "given", ["images.npy", "labels.npy"]) for site in "01"
    ]
    values, counts = np.unique(images[::2, 0], return_counts=True)
    found = ask(store, "SELECT value, n_pixels FROM intensity_histograms WHERE field_id LIKE '%/0' ORDER BY 1")
    assert found == list(zip(values.astype(float).tolist(), counts.tolist(), strict=True))
    with database.connect(store) as connection:
        assert list(check.check(connection)) == []


def test_crops_without_a_place_are_searched_for_shared_pixels(store, tmp_path, cut):
    ingest(store, tmp_path, cut, columns=replace(CELLS, y="", x=""))
    # cells of one site and drug are 6 apart: 90 px to the right, further than a crop is wide
    assert ask(store, "SELECT count(*) FROM crop_overlaps_found") == [(0,)]
    ingest(store, tmp_path, cut, again=True, columns=replace(CELLS, y="", x="", condition=()))
    # within a site every second cell: 30 px right and 2 down of each other, 60 and 4 of the next
    found = ask(
        store, "SELECT split_part(crop_a, '/', 6), split_part(crop_b, '/', 6), dy, dx, shared_px FROM crop_overlaps_found ORDER BY ALL"
    )
    assert found == [(f"c{i:02d}", f"c{i + 2:02d}", 2, 30, 62 * 34) for i in range(N - 2)]


def test_the_same_again_reads_nothing_and_others_are_noticed(store, tmp_path, cut):
    images, labels, table = cut
    first = ingest(store, tmp_path, cut)
    for name in ("images.npy", "labels.npy"):
        assert (tmp_path / name).is_file()
    other = (images + np.uint16(1), labels, table)
    with pytest.raises(BadInput, match=r"2 of 2 fields, such as screen/1/p/B02/0, are in the store already.*--again"):
        ingest(store, tmp_path, other)
    np.testing.assert_array_equal(stored(store, "protein"), images[:, 0])
    ingest(store, tmp_path, other, again=True)
    np.testing.assert_array_equal(stored(store, "protein"), images[:, 0] + 1)
    assert first.n_written("crops") == N
    more = (
        np.concatenate([images, images[:1]]),
        np.concatenate([labels, labels[:1]]),
        pl.concat([table, table[:1].with_columns(pl.lit("9").alias("site"))]),
    )
    ingest(store, tmp_path, more, again=True)
    assert ask(store, "SELECT site, n_crops FROM fields ORDER BY 1") == [("0", 6), ("1", 6), ("9", 1)]
    with pytest.raises(BadInput, match="beside other fields than these, which would be lost"):
        ingest(store, tmp_path, (images[::2], labels[::2], table[::2]), again=True)


def test_channels_last_and_truth_values_are_the_same_crops(store, tmp_path, cut):
    images, labels, table = cut
    ingest(store, tmp_path, (images.transpose(0, 2, 3, 1), labels >= 7, table), axes="NHWC")
    np.testing.assert_array_equal(stored(store, "cytoplasm"), images[:, 1])
    np.testing.assert_array_equal(stored(store, "mask"), labels >= 7)


def test_larger_crops_are_brought_down_by_the_mean_of_areas(store, tmp_path, cut):
    images, labels, table = cut
    doubled = (images.repeat(2, axis=2).repeat(2, axis=3), labels.repeat(2, axis=1).repeat(2, axis=2), table)
    doubled[0][..., ::2] -= 1  # of each two pixels one is less: the mean is half a count less, and rounded to even
    ingest(store, tmp_path, doubled, resize=SIZE)
    halves = images[:, 0].astype(float) - 0.5
    wrapped = np.where(images[:, 0] == 0, (65535 + 0) / 2, halves)
    np.testing.assert_array_equal(stored(store, "protein"), np.rint(wrapped).astype(np.uint16))
    np.testing.assert_array_equal(stored(store, "mask"), labels >= 7)


def test_a_cell_without_a_label_at_its_centre_has_no_mask(store, tmp_path, cut):
    cut[1][4, 32, 32] = 0
    run = ingest(store, tmp_path, cut)
    assert "1 crops have no cell at their centre in the masks: they are stored without a mask" in run.remarks
    assert ask(store, "SELECT cell, reason FROM crop_filter JOIN crops USING (crop_id) WHERE NOT kept") == [
        ("c04", "no mask of the centre cell")
    ]


def spoiled(images):
    made = images.astype(np.float32)
    made[3, 1, 5, 5] = np.nan
    return made


@pytest.mark.parametrize(
    ("change", "how", "message"),
    [
        (lambda i, m, t: (i, m, t.head(11)), {}, r"found 12 crops of 2 channels, 64 x 64 px; expected 11, a row of the table each"),
        (lambda i, m, t: (i, m[:11], t), {}, r"expected masks \(12, 64, 64\).*found \(11, 64, 64\)"),
        (lambda i, m, t: (i, m[:, :60], t), {}, r"expected masks \(12, 64, 64\).*found \(12, 60, 64\)"),
        (lambda i, m, t: (i[:, :, :60], m, t), {}, r"60 x 64 px; this store has crops of 64 px: --resize 64"),
        (lambda i, m, t: (i, m, t), {"axes": "NHWC"}, r"found 12 crops of 64 channels, 2 x 64 px; expected 2 channels: protein, cytoplasm"),
        (lambda i, m, t: (i[0], m, t), {}, r"expected NCHW or NHWC, four axes"),
        (lambda i, m, t: (i.astype(np.int32), m, t), {}, r"pixels of int32: expected uint8, uint16, float32 or float64"),
        (lambda i, m, t: (i, m.astype(float), t), {}, r"expected truth values or whole numbers, found float64"),
        (lambda i, m, t: (spoiled(i), m, t), {}, r"1 crops have pixels that are NaN or infinite, the first is row 3 from 0"),
        (lambda i, m, t: (i, m, t.with_columns(pl.lit("c").alias("cell"))), {}, r"2 cells stand in more than one row"),
    ],
)  # fmt: skip
def test_what_does_not_fit(store, tmp_path, cut, change, how, message):
    with pytest.raises(BadInput, match=message):
        ingest(store, tmp_path, change(*cut), **how)


def test_channels_are_those_of_the_store():
    assert arrays.called("", ("a", "b")) == ("a", "b")
    assert arrays.called("b, a", ("a", "b", "c")) == ("b", "a")
    for text in ("d", "a,a"):
        with pytest.raises(BadInput, match="expected channels of the store, each once: a, b"):
            arrays.called(text, ("a", "b"))
