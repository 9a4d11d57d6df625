import numpy as np
import pytest

from cellswap.ingest.cut import cut, find_cells, means_and_stds, windows


def labels_with(*boxes, shape=(200, 200)):
    made = np.zeros(shape, np.int64)
    for label, y0, x0, y1, x1 in boxes:
        made[y0:y1, x0:x1] = label
    return made


@pytest.mark.parametrize("great", [900, 2**40])
def test_cells_keep_their_labels_with_gaps(great):
    cells = find_cells(labels_with((5, 10, 20, 20, 30), (great, 100, 50, 101, 53)))
    assert cells.label.tolist() == [5, great]
    assert cells.area.tolist() == [100, 3]
    assert list(zip(cells.centre_y, cells.centre_x, strict=True)) == [(14.5, 24.5), (100.0, 51.0)]
    assert np.unique(cells.numbered).tolist() == [0, 1, 2]


def test_a_field_without_cells_and_one_that_is_all_cell():
    assert find_cells(labels_with()).label.tolist() == []
    assert cut(find_cells(labels_with()), 64).mask.shape == (0, 64, 64)
    assert find_cells(np.ones((70, 70), int)).area.tolist() == [4900]


def test_a_crop_has_its_own_mask_and_its_neighbours():
    cells = find_cells(labels_with((2, 90, 90, 110, 110), (3, 90, 110, 110, 112), (9, 60, 60, 70, 70), (4, 0, 100, 5, 110)))
    crops = cut(cells, 64)
    assert cells.label[crops.cell].tolist() == [2, 3, 9]
    assert (crops.y0[0], crops.x0[0]) == (100 - 32, 100 - 32)
    own = np.zeros((64, 64), bool)
    own[22:42, 22:42] = True
    assert np.array_equal(crops.mask[0], own)
    assert np.array_equal(crops.cells[0], cells.numbered[68:132, 68:132] > 0)
    assert crops.n_neighbours[0] == 2
    assert crops.neighbour_share[0] == pytest.approx((20 * 2 + 2 * 2) / 4096)


@pytest.mark.parametrize(("y", "kept"), [(31, False), (32, True), (168, True), (169, False)])
def test_a_crop_that_would_leave_the_field_is_none(y, kept):
    crops = cut(find_cells(labels_with((1, y, 100, y + 1, 101))), 64)
    assert len(crops.cell) == kept


def test_no_crop_is_centred_on_what_is_not_its_cell():
    two_parts = (1, 80, 80, 90, 90), (1, 110, 110, 120, 120)
    shifted = (2, 140, 40, 160, 60), (2, 150, 66, 152, 68)
    crops = cut(find_cells(labels_with(*two_parts, *shifted)), 64)
    assert (crops.cell.tolist(), crops.n_off) == ([1], 1)
    assert crops.mask.sum() == 404
    assert crops.mask[0, 32, 32]
    assert (cut(find_cells(labels_with(*shifted)), 64, {2}).cell.tolist()) == []


def test_windows_are_the_pixels():
    image = np.arange(100 * 90).reshape(100, 90).astype(np.uint16)
    found = windows(image, np.array([3]), np.array([20]), 64)
    assert np.array_equal(found[0], image[3:67, 20:84])
    assert windows(image[:10], np.array([0]), np.array([0]), 64).shape == (0, 64, 64)


def test_means_and_stds_are_exact_far_from_zero():
    crops = (np.random.default_rng(0).normal(0, 1, (3, 64, 64)) + 60_000).astype(np.float32)
    mean, std = means_and_stds(crops)
    flat = crops.reshape(3, -1).astype(np.float64)
    assert mean == pytest.approx(flat.mean(axis=1), rel=1e-12)
    assert std == pytest.approx(flat.std(axis=1), rel=1e-9)


@pytest.mark.parametrize(("rows", "centre"), [((100, 101), 100), ((100, 102), 101), ((100, 103), 101)])
def test_the_centre_pixel_is_the_one_nearest_to_the_centroid(rows, centre):
    crops = cut(find_cells(labels_with((1, rows[0], 90, rows[1], 91))), 64)
    assert (crops.y0.tolist(), crops.x0.tolist()) == ([centre - 32], [90 - 32])  # of two equally near the second


def test_the_deviation_is_the_populations():
    crops = np.random.default_rng(0).integers(0, 5, (4, 8, 8)).astype(np.uint16)
    mean, std = means_and_stds(crops)
    assert mean == pytest.approx(crops.mean((1, 2)), rel=1e-14)
    assert std == pytest.approx(crops.std((1, 2)), rel=1e-12)
