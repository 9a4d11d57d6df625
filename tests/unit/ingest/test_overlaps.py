"""Overlaps of crops whose places are not known, on drawn fields and on the real archive."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellswap.ingest import overlaps

SIZE = 64
FIELD = np.random.default_rng(5).integers(0, 4000, (2, 300, 300), np.uint16)


def cut(*corners):
    return np.stack([FIELD[:, y : y + SIZE, x : x + SIZE] for y, x in corners])


def rows(found):
    return list(zip(*(column.tolist() for column in (found.a, found.b, found.dy, found.dx, found.shared_px)), strict=True))


def test_offset_and_shared_pixels_of_crops_that_meet():
    found = overlaps.find(cut((10, 20), (30, 10), (100, 100), (150, 40), (156, 156)))
    assert rows(found) == [(0, 1, 20, -10, 44 * 54), (2, 4, 56, 56, 64)]


def test_fewer_than_8_rows_or_columns_are_no_overlap():
    assert rows(overlaps.find(cut((0, 0), (57, 0), (0, 57)))) == []
    assert rows(overlaps.find(cut((0, 0), (56, 0)))) == [(0, 1, 56, 0, 8 * 64)]


def test_all_channels_must_be_equal():
    crops = cut((0, 0), (20, 20))
    crops[1, 1] += 1
    assert rows(overlaps.find(crops)) == []


def test_the_whole_rectangle_must_be_equal():
    crops = cut((0, 0), (20, 20))
    crops[1, 0, 3, 3] += 1
    assert rows(overlaps.find(crops)) == []


def test_empty_borders_that_look_alike_are_no_overlap():
    crops = cut((0, 0), (200, 200))
    crops[:, :, :20] = 0
    assert rows(overlaps.find(crops)) == []
    assert rows(overlaps.find(np.zeros((3, 2, SIZE, SIZE), np.float32))) == []


def test_no_crop_or_one_has_no_overlap():
    assert rows(overlaps.find(FIELD[None, :, :SIZE, :SIZE])) == []


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 236), st.integers(0, 236)), min_size=2, max_size=6, unique=True))
def test_every_pair_is_found_with_the_offset_of_its_boxes(corners):
    expected = []
    for a, (y_a, x_a) in enumerate(corners):
        for b, (y_b, x_b) in enumerate(corners):
            height, width = SIZE - abs(y_b - y_a), SIZE - abs(x_b - x_a)
            if b > a and min(height, width) >= 8:
                expected.append((a, b, y_b - y_a, x_b - x_a, height * width))
    assert rows(overlaps.find(cut(*corners))) == sorted(expected)


@pytest.mark.slow
def test_the_published_overlaps_of_the_real_crops_are_found_to_the_pixel(toy_store, shared):
    from cellswap.store import database

    with (shared / "data/pci_toy_yeast_small/overlapping_crops.csv").open(newline="") as file:
        listed = [
            (r["gene"], r["field"], r["cell_a"], r["cell_b"], int(r["dy"]), int(r["dx"]), int(r["shared_pixels"]))
            for r in csv.DictReader(file)
        ]
    assert len(listed) >= 22
    expected = set()
    for gene, field, a, b, dy, dx, shared_px in listed:
        ids = [f"pci/1/-/-/{gene}-{field}/{cell}" for cell in (a, b)]
        expected.add((*ids, dy, dx, shared_px) if ids[0] < ids[1] else (*ids[::-1], -dy, -dx, shared_px))
    with database.connect(toy_store) as connection:
        found = connection.execute("SELECT crop_a, crop_b, dy, dx, shared_px FROM crop_overlaps_found").fetchall()
        in_a_pair = "SELECT count(DISTINCT c) FROM (SELECT unnest([crop_a, crop_b]) AS c FROM crop_overlaps)"
        assert connection.execute(in_a_pair).fetchone() == (len({c for pair in expected for c in pair[:2]}),)
    assert set(found) == expected
