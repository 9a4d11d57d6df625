import numpy as np

from cellswap.ingest.necks import borders, join

PIECES = np.array([[1, 1, 2, 2, 3, 3], [1, 1, 2, 2, 0, 0]], np.int32)
DEPTH = np.array([[4, 9, 8, 9, 2, 5], [1, 1, 1, 1, 0, 0]], np.float32)


def test_borders_hold_their_greatest_depth():
    lower, higher, neck = borders(PIECES, DEPTH)
    assert list(zip(lower, higher, neck, strict=True)) == [(1, 2, 8), (2, 3, 2)]


def test_only_wide_necks_join():
    joined = join(PIECES, DEPTH, 0.8)
    assert joined[0, 0] == joined[0, 2] != joined[0, 4]
    assert joined[1, 4] == 0


def test_nothing_to_join():
    empty = np.zeros((5, 5), np.int32)
    assert not join(empty, empty.astype(np.float32), 0.8).any()
