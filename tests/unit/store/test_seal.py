"""A part tells of itself whether it is what was written, to the last bit."""

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cellswap.store import parts, seal

ROWS = {"place": [f"row {i}" for i in range(500)], "reason": ["r"] * 500, "detail": [None] * 500, "n": list(range(500))}


@pytest.fixture
def part(store):
    parts.write(store, "rejects", ("a",), ROWS | {"detail": ["d"] * 500}, "run-1")
    return parts.part_path(store, "rejects", ("a",))


def test_a_part_is_whole_and_its_digest_is_that_of_its_bytes(part):
    assert seal.fault(part) is None
    said = pq.read_metadata(part).metadata[b"cellswap_sha256"]
    whole = part.read_bytes()
    assert whole.count(said) == 1
    assert hashlib.sha256(whole.replace(said, b"0" * 64)).hexdigest().encode() == said


def test_a_part_names_itself_and_its_run(part):
    words = pq.read_metadata(part).metadata
    assert (words[b"cellswap_part"], words[b"cellswap_run"]) == (f"rejects/{part.name}".encode(), b"run-1")


def test_every_single_flipped_bit_is_found(part):
    whole = part.read_bytes()
    rng = np.random.default_rng(5)
    places = {0, 3, len(whole) - 1, len(whole) - 5, len(whole) - 8, *rng.choice(len(whole), 300, replace=False).tolist()}
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << int(rng.integers(8))
        part.write_bytes(bytes(damaged))
        assert seal.fault(part), place


@pytest.mark.parametrize("n", [0, 1, 11, 12, 400, -1])
def test_a_part_that_is_cut_short_is_found(part, n):
    part.write_bytes(part.read_bytes()[:n])
    assert seal.fault(part)


def test_rows_that_another_tool_wrote_are_found_though_it_keeps_our_words(part):
    rows = pq.read_table(part)
    pq.write_table(rows.slice(0, 250), part)
    assert seal.fault(part)
    pq.write_table(pa.table({"a": [1]}), part)
    assert seal.fault(part) == "cut short, or not written by cellswap"


def test_a_page_has_a_checksum_of_its_own(part):
    """So that other readers, who do not know of the digest, can find a flipped bit, too."""
    column = pq.read_metadata(part).row_group(0).column(0)
    damaged = bytearray(part.read_bytes())
    damaged[column.data_page_offset + column.total_compressed_size // 2] ^= 4
    part.write_bytes(bytes(damaged))
    with pytest.raises(OSError, match=r"(?i)crc|corrupt"):
        pq.ParquetFile(part, page_checksum_verification=True).read(["place"])
