import numpy as np

from cellswap.ingest.backgrounds import certainly_empty, find, grid
from cellswap.ingest.cut import find_cells


def test_the_grid_of_a_real_field():
    y0, x0 = grid((1080, 1080), 64)
    assert len(y0) == 31 * 31
    assert (y0.min(), y0.max()) == (32, 992)
    assert (x0.max() + 64) < 1080


def test_windows_are_far_from_every_centre():
    labels = np.zeros((400, 400), int)
    labels[195:206, 195:206] = 1
    found = find(find_cells(labels), 64, 1000, "field")
    centre_y, centre_x = found.y0 + 31.5, found.x0 + 31.5
    assert np.allclose(found.distance, np.hypot(centre_y - 200, centre_x - 200))
    assert found.distance.min() >= 50
    y0, x0 = grid((400, 400), 64)
    assert found.n_found == np.count_nonzero(np.hypot(y0 + 31.5 - 200, x0 + 31.5 - 200) >= 50) < len(y0)


def test_the_draw_is_by_the_fields_name():
    cells = find_cells(np.zeros((400, 400), int))
    first, again, other = (find(cells, 64, 5, name) for name in ("a", "a", "b"))
    assert len(first.y0) == 5
    assert first.n_found == 100
    assert np.isinf(first.distance).all()
    assert np.array_equal(first.y0, again.y0)
    assert not np.array_equal([first.y0, first.x0], [other.y0, other.x0])


def test_certainly_empty_looks_16_px_around():
    covered = np.zeros((200, 200), bool)
    covered[100, 100] = True
    y0 = np.array([100 - 63, 100 - 64 - 15, 100 - 64 - 16, 0])
    x0 = np.array([90, 90, 90, 0])
    assert certainly_empty(covered, y0, x0, 64).tolist() == [False, False, True, True]


def test_windows_start_at_32_and_end_before_the_border():
    for n, expected in ((128, [32]), (129, [32, 64]), (160, [32, 64]), (161, [32, 64, 96])):
        assert sorted(set(grid((n, 400), 64)[0].tolist())) == expected, n


def test_a_window_exactly_50_px_from_a_cell_is_far_enough():
    labels = np.zeros((400, 400), int)
    labels[32 + 31 : 32 + 33, 63 + 50 : 65 + 50] = 1  # its centroid is 50 px right of the first window's centre: (63.5, 63.5)
    found = find(find_cells(labels), 64, 1000, "field")
    assert (found.y0[0], found.x0[0], found.distance[0]) == (32, 32, 50.0)
    labels = np.roll(labels, -1, 1)
    found = find(find_cells(labels), 64, 1000, "field")
    assert (32, 32) not in list(zip(found.y0.tolist(), found.x0.tolist(), strict=True))
