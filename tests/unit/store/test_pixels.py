"""Pixels and masks come back from bytes as they went in."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cellswap.errors import BadInput, BrokenStore
from cellswap.store import pixels


@given(
    st.sampled_from(["u1", "<u2", "<f4"]).flatmap(lambda kind: arrays.arrays(kind, st.tuples(st.integers(1, 4), st.just(8), st.just(8))))
)
def test_crops_come_back(crops):
    encoded = pixels.encode(crops)
    assert encoded.type == pa.binary(64 * crops.dtype.itemsize)
    np.testing.assert_array_equal(pixels.decode(encoded, 8), crops)
    np.testing.assert_array_equal(pixels.decode(pa.chunked_array([encoded[1:]], encoded.type), 8), crops[1:])


def test_low_bytes_stand_first():
    crop = np.full((1, 8, 8), 0x0201, "<u2")
    assert pixels.encode(crop)[0].as_py() == b"\x01" * 64 + b"\x02" * 64


@given(arrays.arrays(bool, st.tuples(st.integers(1, 4), st.just(16), st.just(16))))
def test_masks_come_back(masks):
    encoded = pixels.encode_mask(masks)
    assert encoded.type == pa.binary(32)
    np.testing.assert_array_equal(pixels.decode_mask(encoded, 16), masks)


def test_bytes_from_duckdb_come_back(store):
    crops = np.arange(2 * 64 * 64, dtype="<u2").reshape(2, 64, 64)
    values = pa.array([row.as_py() for row in pixels.encode(crops)], pa.binary())
    np.testing.assert_array_equal(pixels.decode(values, 64), crops)


def test_other_dtypes_and_sizes_are_refused():
    with pytest.raises(BadInput, match="expected uint8, uint16 or float32"):
        pixels.encode(np.zeros((1, 8, 8), "f8"))
    with pytest.raises(BrokenStore, match="expected 16 x 16"):
        pixels.decode(pixels.encode(np.zeros((1, 8, 8), "u1")), 16)
