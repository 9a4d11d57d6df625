import numpy as np
import pytest

from cellswap.ingest.histograms import histogram


def test_whole_numbers_are_counted_exactly():
    values, counts = histogram(np.array([[3, 3, 65535], [0, 3, 9]], np.uint16))
    assert values.tolist() == [0, 3, 9, 65535]
    assert counts.tolist() == [1, 3, 1, 1]


def test_floats_lose_at_most_one_part_in_2048():
    pixels = np.random.default_rng(0).lognormal(0, 3, (100, 100)).astype(np.float32)
    values, counts = histogram(pixels)
    assert counts.sum() == pixels.size
    ordered = np.repeat(values, counts)
    assert np.sort(pixels.ravel()) == pytest.approx(ordered, rel=2**-11)
    assert np.all(ordered <= np.sort(pixels.ravel()))
    assert len(values) < len(np.unique(pixels))


def test_floats_keep_11_bits():
    values = (1 + np.arange(2**11) / 2**11).astype(np.float32)
    assert np.array_equal(histogram(values)[0], values)
    assert len(histogram((1 + np.arange(2**12) / 2**12).astype(np.float32))[0]) == 2**11
