"""Crops as bytes and back: byte planes for pixels, packed bits for masks.

All lowest bytes of a crop stand first, then all next ones: the high bytes of microscope images hardly vary, so zstd
shrinks a uint16 crop of 8,192 bytes to about 3,100 (docs/architecture.md, "Physical design").
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cellswap.errors import BadInput, BrokenStore

DTYPES: dict[int, np.dtype[np.generic]] = {1: np.dtype("u1"), 2: np.dtype("<u2"), 4: np.dtype("<f4")}


def encode(crops: NDArray[np.generic]) -> pa.FixedSizeBinaryArray:
    """Crops (n, size, size) of uint8, uint16 or float32 as one fixed-size binary value each; BadInput for other dtypes."""
    n, height, width = crops.shape
    itemsize = crops.dtype.itemsize
    if itemsize not in DTYPES or DTYPES[itemsize] != crops.dtype.newbyteorder("<"):
        raise BadInput(f"pixels of {crops.dtype}: expected uint8, uint16 or float32")
    as_bytes = np.ascontiguousarray(crops, DTYPES[itemsize]).view("u1").reshape(n, height * width, itemsize)
    planes = np.ascontiguousarray(as_bytes.transpose(0, 2, 1))
    return _binary(planes.reshape(n, -1))


def decode(values: pa.Array | pa.ChunkedArray, size: int) -> NDArray[np.generic]:
    """Crops (n, size, size) in the dtype they were stored in, from values that are all of one width, none null and at least one."""
    flat = _bytes(values)
    n, width = flat.shape
    itemsize, rest = divmod(width, size * size)
    if rest or itemsize not in DTYPES:
        raise BrokenStore(f"pixels of {width} bytes: expected {size} x {size} times 1, 2 or 4; was the store made for another crop size?")
    planes = flat.reshape(n, itemsize, size * size)
    out = np.empty((n, size * size, itemsize), "u1")
    for plane in range(itemsize):
        out[:, :, plane] = planes[:, plane, :]
    return out.view(DTYPES[itemsize]).reshape(n, size, size)


def mask_bytes(size: int) -> int:
    """How many bytes the bits of a mask take."""
    return -(-size * size // 8)


def encode_mask(masks: NDArray[np.bool_]) -> pa.FixedSizeBinaryArray:
    """Masks (n, size, size) as one bit a pixel."""
    return _binary(np.packbits(masks.reshape(len(masks), -1), axis=1))


def decode_mask(values: pa.Array | pa.ChunkedArray, size: int) -> NDArray[np.bool_]:
    """Masks (n, size, size), from values none of which is null, and at least one."""
    return unpack_masks(mask_bits(values), size)


def mask_bits(values: pa.Array | pa.ChunkedArray) -> NDArray[np.uint8]:
    """Masks as they are stored, packed bits (n, mask_bytes(size)), from values none of which is null, and at least one."""
    return _bytes(values)


def unpack_masks(bits: NDArray[np.uint8], size: int) -> NDArray[np.bool_]:
    """Masks (n, size, size) from packed bits."""
    return np.unpackbits(bits, axis=1, count=size * size).reshape(-1, size, size).astype(bool)


def _binary(rows: NDArray[np.uint8]) -> pa.FixedSizeBinaryArray:
    n, width = rows.shape
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), n, [None, pa.py_buffer(np.ascontiguousarray(rows))])


def _bytes(values: pa.Array | pa.ChunkedArray) -> NDArray[np.uint8]:
    """The values as bytes (n, width), without a copy where they are one fixed-size chunk."""
    array = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if not pa.types.is_fixed_size_binary(array.type):
        array = array.cast(pa.binary(len(array[0].as_py())))
    width = array.type.byte_width
    return np.frombuffer(array.buffers()[1], "u1", len(array) * width, array.offset * width).reshape(len(array), width)
