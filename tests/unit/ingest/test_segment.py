import numpy as np
import pytest
import tifffile
from skimage.segmentation import clear_border

from cellswap.ingest.segment import Segmentation, fill, judge, segment

FIELDS = "data/cyclenet_fields"
HOW = Segmentation()


def overlaps(ours, theirs):
    """(intersection, area of ours, area of theirs) as matrices over labels, 0 left out."""
    table = np.zeros((ours.max() + 1, theirs.max() + 1), int)
    np.add.at(table, (ours.ravel(), theirs.ravel()), 1)
    return table[1:, 1:], table[1:].sum(axis=1)[:, None], table[:, 1:].sum(axis=0)[None]


def f1(ours, truth):
    both, a, b = overlaps(ours, truth)
    matched = np.count_nonzero(both / (a + b - both) > 0.5)
    return 2 * matched / (ours.max() + truth.max())


def discs(size=400):
    """Rows of discs, each touching the next; every third one a bud of half the radius."""
    made = []
    for row, y in enumerate(range(50, size - 40, 60)):
        x = 40.0
        for i in range(12):
            radius = 6.0 if i % 3 == 2 else 11.0 + (i + row) % 3
            if x + 2 * radius > size - 30:
                break
            made.append((float(y), x + radius, radius))
            x += 2 * radius - 0.5
    return made


def test_touching_discs_and_buds_are_told_apart(draw_field):
    placed = discs()
    truth = np.zeros((400, 400), int)
    y, x = np.mgrid[:400, :400]
    for i, (cy, cx, radius) in enumerate(placed, 1):
        truth[np.hypot(y - cy, x - cx) < radius] = i
    found = segment(draw_field(placed, 400), HOW)
    assert len(placed) > 60
    assert f1(found, truth) > 0.95


def test_a_field_without_cells_has_none(draw_field):
    assert segment(draw_field([], 400), HOW).max() == 0
    assert segment(np.full((100, 100), 9, np.uint8), HOW).max() == 0


def test_the_real_empty_field_has_no_cell(shared):
    image = tifffile.imread(shared / FIELDS / "images/r02c01f02p01-ch3sk1fk1fl1.tiff")
    theirs = tifffile.imread(shared / FIELDS / "labels/r02c01f02p01_labeled.tiff")
    assert len(np.unique(theirs)) - 1 > 10  # false ones, at the edge of the light
    assert segment(image, HOW).max() == 0


# Cells of a field or, in the small copy, of a piece of 400 px: counted by eye to within a few per cent.
BY_EYE = {"r01c01f01": {1080: (780, 880), 400: (62, 72)}, "r01c01f02": {1080: (310, 360), 400: (23, 27)}}


@pytest.mark.parametrize("field", BY_EYE)
def test_the_real_fields_against_the_labs_labels(shared, field):
    image = tifffile.imread(shared / FIELDS / f"images/{field}p01-ch3sk1fk1fl1.tiff")
    labelled = clear_border(tifffile.imread(shared / FIELDS / f"labels/{field}p01_labeled.tiff"))
    theirs = np.unique(labelled, return_inverse=True)[1]
    ours = segment(image, HOW)
    least, most = BY_EYE[field][len(image)]
    assert least <= ours.max() <= most
    both, a, b = overlaps(ours, theirs)
    inside = (both > 0.5 * a).sum(axis=0)
    alone = inside == 1
    assert np.all(both.max(axis=0) > 0)  # each of their cells is one of ours, or more
    assert (inside > 1).mean() > 0.35  # they merged these; the area of a merged label is that of several cells
    assert np.median(b[0, inside > 1]) > 1.5 * np.median(b[0, alone])
    assert ((both / (a + b - both)).max(axis=0)[alone] > 0.5).mean() > 0.9  # where they did not, we agree
    areas = np.bincount(ours.ravel())[1:]
    assert np.percentile(areas, 95) < 700  # two cells in one would be larger


def test_holes_of_one_cell_are_filled_and_gaps_between_two_are_not():
    cells = np.zeros((20, 40), np.int32)
    cells[4:12, 4:12] = 1
    cells[7:9, 7:9] = 0
    cells[4:12, 20:25] = 2
    cells[4:12, 25:30] = 3
    cells[7:9, 24:26] = 0
    filled = fill(cells)
    assert filled[7:9, 7:9].tolist() == [[1, 1], [1, 1]]
    assert not filled[7:9, 24:26].any()


def test_debris_is_judged_by_area_and_light():
    cells = np.zeros((60, 60), np.int32)
    signal = np.zeros((60, 60), np.float32)
    for label, (y, size, light) in enumerate([(0, 15, 1000), (20, 15, 1000), (40, 15, 100), (40, 4, 1000)], 1):
        x = 30 if size == 4 else 0
        cells[y : y + size, x : x + size] = label
        signal[y : y + size, x : x + size] = light
    kept = judge(cells, signal, 1.0, HOW)
    assert np.unique(kept).tolist() == [0, 1, 2]
    assert (kept[0, 0], kept[20, 0]) == (1, 2)
