"""Sums of vectors by protein: what stands in which row, and means that are those of the vectors."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cellswap.store import condition_sums, database, parts
from cellswap.store.check import check

WHERE = {"model": "net", "layer": "d2", "pooling": "none", "setting": "baseline"}
MEANS = "SELECT condition, n, embedding FROM condition_mean_net_d2_none ORDER BY condition"


def test_the_first_of_a_conditions_rows_has_their_number_and_sum():
    made = condition_sums.beside({"condition": ["Y1", "Y1", None, "Y2", "Y1"], "embedding": [[1, 2], [3, 4], [5, 6], [7, 8], [9, 1]]})
    assert made["condition_n"].to_pylist() == [2, None, None, 1, 1]
    assert made["condition_sum"].to_pylist() == [[4, 6], None, None, [7, 8], [9, 1]]


@pytest.mark.parametrize("condition", [[], [None, None]])
def test_without_a_condition_there_is_no_sum(condition):
    made = condition_sums.beside({"condition": condition, "embedding": [[1.0]] * len(condition)})
    assert (made["condition_n"].to_pylist(), made["condition_sum"].to_pylist()) == ([None] * len(condition), [None] * len(condition))


def test_codes_of_a_dictionary_are_no_names():
    condition = pa.DictionaryArray.from_arrays(pa.array([1, 0, 0, 2], pa.uint8()), ["Y1", "Y2", None])
    made = condition_sums.beside({"condition": condition, "embedding": [[1.0], [2.0], [4.0], [8.0]]})
    assert (made["condition_n"].to_pylist(), made["condition_sum"].to_pylist()) == ([1, 2, None, None], [[1], [6], None, None])


@pytest.mark.parametrize("vectors", [[[1, 2], [3], [4, 5, 6]], pa.array([[1.0, 2.0], None, [3.0, 4.0]], pa.list_(pa.float32(), 2))])
def test_a_vector_that_lacks_or_has_another_width_is_not_summed(vectors):
    with pytest.raises(ValueError, match="one width in a part"):
        condition_sums.beside({"condition": ["Y1", "Y1", "Y2"], "embedding": vectors})


def test_a_sum_is_rounded_once():
    vectors = np.array([[1], [2**24], [1]], np.float32)  # 2**24 + 1 is no float32: step by step nothing would be added
    assert np.float32(1) + np.float32(2**24) + np.float32(1) == 2**24
    made = condition_sums.beside({"condition": ["Y1"] * 3, "embedding": pa.FixedSizeListArray.from_arrays(vectors.ravel(), 1)})
    assert made["condition_sum"].to_pylist() == [[2**24 + 2], None, None]


def write(store, key, condition, seed, width=5):
    vectors = np.random.default_rng(seed).standard_normal((len(condition), width)).astype(np.float32)
    ids = [f"{key}{i}" for i in range(len(condition))]
    rows = {"image_id": ids, "crop_id": ids, "condition": condition, "embedding": pa.FixedSizeListArray.from_arrays(vectors.ravel(), width)}
    parts.write(store, "embeddings", (key,), rows, "run", WHERE)
    return vectors


def test_means_over_sorted_and_unsorted_parts_are_those_of_the_vectors(store):
    rng = np.random.default_rng(4)
    conditions = [np.sort(rng.integers(0, 40, 20_000)), rng.integers(0, 50, 300), np.full(10, 7)]
    vectors = [write(store, f"p{i}", [f"Y{o:02d}" for o in condition], i) for i, condition in enumerate(conditions)]
    of, matrix = np.concatenate(conditions), np.concatenate(vectors).astype(np.float64)
    with database.connect(store) as connection:
        found = connection.execute(MEANS).fetchall()
    assert [(condition, n) for condition, n, _ in found] == [(f"Y{o:02d}", int((of == o).sum())) for o in np.unique(of)]
    means = np.stack([matrix[of == o].mean(0) for o in np.unique(of)])
    np.testing.assert_allclose([mean for _, _, mean in found], means, atol=2e-7)


def test_a_layer_of_two_widths_is_found_and_a_part_of_no_rows_gives_none(store):
    write(store, "p", ["Y1"], 0)
    for key in range(8):  # whichever comes first in the folder
        write(store, f"none{key}", [], 0, width=1)
    with database.connect(store) as connection:
        assert [len(mean) for _, _, mean in connection.execute(MEANS).fetchall()] == [5]
        rule = "a layer's vectors have one width"
        assert [b for b in check(connection) if b.rule == rule] == []
        write(store, "q", ["Y2"], 0, width=4)
        [broken] = [b for b in check(connection) if b.rule == rule]
    assert (broken.table, broken.n) == ("embeddings", 2)


def test_rows_that_another_tool_took_out_of_a_part_are_found(store):
    write(store, "p", ["Y1", "Y1", "Y2"], 0)
    path = parts.part_path(store, "embeddings", ("p",), WHERE)
    rule = "condition_n counts the rows of each protein"
    with database.connect(store) as connection:
        assert [b for b in check(connection) if b.table == "embeddings" and b.rule.startswith("condition_")] == []
        for kept, example in (([0, 2], "Y1"), ([1, 2], "Y1")):
            whole = pq.ParquetFile(path).read()
            pq.write_table(whole.take(kept), path)
            [broken] = [b for b in check(connection) if b.rule == rule]
            assert (broken.n, example in broken.example) == (1, True)
            pq.write_table(whole, path)
