"""Parts are whole or absent, named after their keys, and carry the schema's meanings."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cellswap.errors import BadInput, CellswapError
from cellswap.store import database, files, parts
from cellswap.store.schema import TABLES

MODEL = {
    "model": ["pifia"], "network": ["pifia"], "weights_file": ["w.safetensors"], "weights_sha256": ["00"],
    "weights_note": ["pseudo-random"], "n_parameters": [3], "channels": ["protein"], "preprocessing": ["none"], "precision": ["float32"],
}  # fmt: skip


def part_files(store, name):
    return sorted(p.name for p in (store.tables / name).rglob("*") if p.is_file() and p.name != parts.EMPTY)


def test_the_same_batch_twice_is_one_file_with_the_last_rows(store):
    assert parts.write(store, "models", ("pifia",), MODEL, "run-1").n_rows == 1
    assert parts.write(store, "models", ("pifia",), {**MODEL, "n_parameters": [4]}, "run-2").n_rows == 1
    assert len(part_files(store, "models")) == 1
    with database.connect(store) as connection:
        rows = connection.execute("FROM models").fetchall()
    assert rows == [("pifia", "pifia", "w.safetensors", "00", "pseudo-random", 4, "protein", "none", "float32", "run-2")]


def test_meaning_and_unit_travel_in_the_file(store):
    parts.write(store, "models", ("pifia",), MODEL, "run-1")
    schema = pq.read_schema(parts.part_path(store, "models", ("pifia",)))
    assert schema.metadata[b"meaning"].decode() == TABLES["models"].meaning
    assert schema.field("weights_note").metadata[b"meaning"].decode() == TABLES["models"].column("weights_note").meaning
    assert not schema.field("model").nullable


@pytest.mark.parametrize("change", [{"surplus": [1]}, {"model": None}])
def test_other_columns_than_the_schemas_are_a_bug(store, change):
    rows = {k: v for k, v in {**MODEL, **change}.items() if v is not None}
    with pytest.raises(ValueError, match="expected the columns"):
        parts.write(store, "models", ("pifia",), rows, "run-1")
    assert part_files(store, "models") == []


def test_a_failed_block_leaves_nothing_and_keeps_the_old_part(store):
    parts.write(store, "models", ("pifia",), MODEL, "run-1")

    def write_half():
        with parts.open_part(store, "models", ("pifia",), "run-2") as part:
            part.write({**MODEL, "n_parameters": [5]})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert pq.read_table(parts.part_path(store, "models", ("pifia",)), partitioning=None)["run_id"].to_pylist() == ["run-1"]
    assert not list(store.path.rglob("*.partial"))


def test_vectors_keep_their_width_and_partition_columns_come_from_folders(store):
    vectors = np.arange(12, dtype="f4").reshape(3, 4)
    rows = {
        "image_id": ["a", "b", "c"], "crop_id": ["a", "b", "c"], "condition": ["YAL001C", None, "YAL002W"],
        "embedding": pa.FixedSizeListArray.from_arrays(vectors.ravel(), 4),
    }  # fmt: skip
    where = {"model": "my net", "layer": "block.1", "pooling": "avg", "setting": "baseline"}
    parts.write(store, "embeddings", ("p1",), rows, "run-1", where)
    with database.connect(store) as connection:
        name = "embedding_my_net_block_1_avg"
        kind = connection.execute(f"SELECT DISTINCT typeof(embedding) FROM {name}").fetchall()
        found = connection.execute(f"SELECT model, layer, image_id, condition, embedding FROM {name} ORDER BY image_id").fetchall()
        nearest = connection.execute(
            f"SELECT b.image_id FROM {name} a, {name} b WHERE a.image_id = 'c' AND b.image_id <> 'c'"
            " ORDER BY array_cosine_distance(a.embedding, b.embedding)"
        ).fetchall()
    assert kind == [("FLOAT[4]",)]
    assert found == [("my net", "block.1", i, o, tuple(v)) for i, o, v in zip("abc", rows["condition"], vectors.tolist(), strict=True)]
    assert nearest == [("b",), ("a",)]


def test_a_part_of_vectors_says_which_conditions_it_lacks(store):
    conditions = [f"Y{i:03d}" for i in range(0, 40, 2)]
    rows = {
        "image_id": conditions, "crop_id": conditions, "condition": conditions,
        "embedding": pa.FixedSizeListArray.from_arrays(np.zeros(40, "f4"), 2),
    }  # fmt: skip
    where = {"model": "net", "layer": "conv", "pooling": "avg", "setting": "baseline"}
    parts.write(store, "embeddings", ("p1",), rows, "run-1", where)
    part = str(parts.part_path(store, "embeddings", ("p1",), where))
    query = "SELECT bloom_filter_excludes FROM parquet_bloom_probe($1, 'condition', $2)"
    with database.connect(store) as connection:
        found = [connection.execute(query, [part, condition]).fetchall() for condition in ("Y004", "Y005")]
    assert found == [[(False,)], [(True,)]]


def test_a_part_that_is_killed_while_written_is_never_seen(store, tmp_path):
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from cellswap.store import folder, parts\n"
        f"rows = {MODEL!r}\n"
        "store = folder.read(Path(sys.argv[1]))\n"
        "with parts.open_part(store, 'models', ('pifia',), 'run-1') as part:\n"
        "    part.write(rows)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(store.path)], cwd=tmp_path, check=False)
    assert killed.returncode == -9
    assert [name for name in part_files(store, "models") if name.endswith(".partial")]
    with database.connect(store) as connection:
        assert connection.execute("SELECT count(*) FROM models").fetchall() == [(0,)]
    parts.write(store, "models", ("pifia",), MODEL, "run-2")
    with database.connect(store) as connection:
        assert connection.execute("SELECT run_id FROM models").fetchall() == [("run-2",)]


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="a full disk is made with mount, as root")
def test_a_full_disk_says_so_and_leaves_nothing(tmp_path):
    from cellswap.store.create import create

    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=False, capture_output=True).returncode:
        pytest.skip("mount is not allowed here")
    try:
        store = create(disk / "store")
        noise = np.random.default_rng(0).integers(0, 256, (3000, 512), "u1")
        rows = {
            "crop_id": [str(i) for i in range(3000)], "nucleus": pa.nulls(3000, pa.binary()), "cytoplasm": pa.nulls(3000, pa.binary()),
            "protein": [row.tobytes() for row in noise], "mask": pa.nulls(3000, pa.binary()),
            "cells": pa.nulls(3000, pa.binary()),
        }  # fmt: skip
        with pytest.raises(CellswapError, match="the disk is full; nothing was half-written"):
            parts.write(store, "pixels", ("x",), rows, "run-1")
        assert part_files(store, "pixels") == []
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(BadInput, match=r"file/sheets: can't make this folder \(Not a directory\); give another place"),
        files.whole_file(tmp_path / "file/sheets/out.csv"),
    ):
        pass
