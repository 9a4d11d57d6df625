"""Every damaged, missing or foreign file is named, with what mends it; a sound store has none."""

import os
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cellswap.store import database, folder, integrity, parts, records, runs
from cellswap.store.check import check
from cellswap.store.mend import mend

MODEL = {
    "network": ["n"], "weights_file": ["w"], "weights_sha256": ["0"], "weights_note": ["n"], "n_parameters": [1],
    "channels": ["c"], "preprocessing": ["p"], "precision": ["float32"],
}  # fmt: skip
VECTORS = {"image_id": ["a", "b", "c"], "crop_id": [None] * 3, "condition": [None] * 3, "embedding": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]}
OF = {"model": "m", "layer": "l", "pooling": "avg", "setting": "baseline"}


@pytest.fixture(scope="module")
def whole(empty, tmp_path_factory):
    made = folder.read(shutil.copytree(empty, tmp_path_factory.mktemp("whole") / "store"))
    with runs.record(made, "extract", {"network": "m"}) as run:
        run.wrote(parts.write(made, "models", ("m",), {"model": ["m"], **MODEL}, run.run_id))
        run.wrote(parts.write(made, "embeddings", ("e",), VECTORS, run.run_id, OF))
        run.drop("x", "no pixels")
    return made


@pytest.fixture
def written(whole, tmp_path):
    return folder.read(shutil.copytree(whole.path, tmp_path / "store"))


def vectors(store):
    return parts.part_path(store, "embeddings", ("e",), OF)


def test_a_sound_store_has_none_also_where_it_was_copied(written):
    assert integrity.damages(written) == []


def truncated(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path):
    path.write_bytes(b"")


def flipped(path):
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 3] ^= 64
    path.write_bytes(bytes(whole))


def flipped_in_the_footer(path):
    whole = bytearray(path.read_bytes())
    whole[-60] ^= 64
    path.write_bytes(bytes(whole))


def half_its_rows(path):
    rows = pq.ParquetFile(path).read()
    pq.write_table(rows.slice(0, max(1, len(rows) // 2)), path)


def edited(path):
    rows = pq.ParquetFile(path).read()
    names = {"n_parameters": [7], "n": [7], "image_id": ["c", "b", "a"]}
    name, values = next((n, v) for n, v in names.items() if n in rows.column_names)
    at = rows.column_names.index(name)
    pq.write_table(rows.set_column(at, rows.schema.field(at), pa.array(values, rows.schema.field(at).type)), path)


def turned_into_a_folder(path):
    path.unlink()
    path.mkdir()


def linked_to_nowhere(path):
    path.unlink()
    path.symlink_to("nowhere")


@pytest.mark.parametrize("table", ["models", "embeddings", "rejects"])
@pytest.mark.parametrize(
    "spoil", [truncated, emptied, flipped, flipped_in_the_footer, half_its_rows, edited, turned_into_a_folder, linked_to_nowhere]
)
def test_a_part_that_is_not_what_was_written_is_named_and_moved_aside(written, table, spoil):
    [path] = [p for p in (written.tables / table).rglob("part-*.parquet") if p.name != parts.EMPTY]
    spoil(path)
    [found] = integrity.damages(written)
    assert found.file == path.relative_to(written.path).as_posix()
    assert "cellswap extract (with network='m')" in found.mend
    assert list(mend(written)) == [f"moved {found.file} to damaged/ ({found.wrong}); {found.mend}"]
    # what was moved aside is now missing, and the command that wrote it makes it anew
    [missing] = integrity.damages(written)
    assert (missing.file, missing.wrong.split(";")[0]) == (found.file, "it is missing")
    with database.connect(written) as connection:
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchall() == [(0,)]


def test_a_part_that_was_taken_away_is_missed_and_so_is_a_whole_folder(written):
    vectors(written).unlink()
    [found] = integrity.damages(written)
    assert found.wrong.startswith("it is missing; the run extract-")
    assert found.wrong.endswith("wrote 3 rows into it")
    shutil.rmtree(written.tables / "embeddings" / "model=m")
    assert [d.file for d in integrity.damages(written)] == [found.file]


def test_a_doubled_part_and_a_foreign_one_are_named(written):
    path = vectors(written)
    shutil.copy(path, path.with_name("part-copy.parquet"))
    pq.write_table(pa.table({"a": [1]}), written.tables / "models" / "part-foreign.parquet")
    found = {d.file.rpartition("/")[2]: d.wrong for d in integrity.damages(written)}
    assert found["part-foreign.parquet"] == "cut short, or not written by cellswap"
    assert found["part-copy.parquet"].startswith("a copy of embeddings/model=m/layer=l/pooling=avg/setting=baseline/part-")


def test_a_part_of_another_store_is_named(written, empty, tmp_path):
    other = folder.read(shutil.copytree(empty, tmp_path / "other"))
    with runs.record(other, "extract", {"network": "another"}) as run:
        run.wrote(parts.write(other, "models", ("z",), {"model": ["z"], **MODEL}, run.run_id))
    name = parts.part_path(other, "models", ("z",))
    shutil.copy(name, written.tables / "models")
    [found] = integrity.damages(written)
    assert (found.file, found.wrong) == (f"tables/models/{name.name}", f"its run {run.run_id} has no record in runs/")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b'{"run_id": "x", ',
        b"[1]",
        b"[" * 200_000 + b"]" * 200_000,
        bytes(range(256)),
        b"3",
        b"9" * 6000,
        b'{"run_id":"x","started_at":"yesterday"}',
    ],
)
def test_a_record_that_cannot_be_read_is_named_and_the_next_run_of_its_command_writes_it_anew(written, text):
    [path] = written.runs.glob("extract-*.json")
    path.write_bytes(text)
    assert path.relative_to(written.path).as_posix() in [d.file for d in integrity.damages(written)]
    with runs.record(written, "extract", {"network": "m"}) as run:
        run.drop("x", "no pixels")
    assert integrity.damages(written) == []
    assert run.written == {"embeddings": 3, "models": 1}


def unreadable(path):
    path.write_bytes(b"\xff\xfe three\n")


def cut(path):
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])


@pytest.mark.parametrize("spoil", [unreadable, cut, emptied, os.unlink])
def test_a_list_of_parts_that_is_not_what_was_written_is_named_and_the_next_run_writes_it_anew(written, spoil):
    [path] = written.runs.glob("extract-*.parts")
    before = sorted(path.read_bytes().splitlines())
    spoil(path)
    [found] = integrity.damages(written)
    assert found.file == f"runs/{path.name}"
    with runs.record(written, "extract", {"network": "m"}) as run:
        run.drop("x", "no pixels")
    assert integrity.damages(written) == []
    assert sorted(path.read_bytes().splitlines()) == before


def test_a_deleted_record_is_named_by_the_parts_that_it_wrote(written):
    [path] = written.runs.glob("extract-*.json")
    path.unlink()
    assert {d.wrong for d in integrity.damages(written)} == {f"its run {path.stem} has no record in runs/"}


def test_a_table_without_its_empty_part_is_named(written):
    (written.tables / "swaps" / parts.EMPTY).unlink()
    [found] = integrity.damages(written)
    assert (found.file, found.mend) == (f"tables/swaps/{parts.EMPTY}", f"cellswap init {written.path}")


def test_a_part_that_another_run_wrote_anew_is_no_damage(written):
    """As robustness does, whose parts are named after the sweep and not after the run."""
    with runs.record(written, "extract", {"network": "m", "again": True}) as run:
        run.wrote(parts.write(written, "embeddings", ("e",), {k: v[:2] for k, v in VECTORS.items()}, run.run_id, OF))
    assert integrity.damages(written) == []


def test_all_parts_of_a_batch_are_moved_aside_so_that_it_is_read_again(written):
    with runs.record(written, "ingest fields", {}) as run:
        rows = {"field_id": ["f"], "basis": ["field"], "value": [1.0], "n_pixels": [2]}
        field = {"field_id": "f", "screen": "s", "replicate": 1, "site": "1", "n_cells": 0, "n_crops": 0, "masks": "given", "files": []}
        columns = {c.name: [field.get(c.name)] for c in parts.table("fields").own_columns}
        for name, made in (("intensity_histograms", rows), ("fields", columns)):
            run.wrote(parts.write(written, name, ("b",), made, run.run_id))
    flipped(parts.part_path(written, "intensity_histograms", ("b",)))
    [line] = mend(written)
    assert line.startswith("moved tables/fields/part-")
    assert ", tables/intensity_histograms/part-" in line
    with database.connect(written) as connection:
        assert connection.execute("SELECT count(*) FROM fields").fetchall() == [(0,)]
        assert list(check(connection)) == []


def test_the_record_of_a_run_whose_list_is_gone_is_no_damage(written):
    """A run that wrote nothing has none."""
    with runs.record(written, "ingest nothing", {}) as run:
        pass
    assert records.parts_of(written, run.run_id) == []
