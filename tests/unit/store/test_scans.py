"""A catalog reads the store in which it lies, or says that it can't; only the folders below tables/ name a partition."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from cellswap.errors import BrokenStore
from cellswap.store import database, folder, parts, runs
from cellswap.store.create import create

QUERIES = ("SELECT count(*) FROM {}crops", "SELECT crop_id FROM {}crops LIMIT 1", "SELECT count(*) FROM {}crops WHERE screen = 'none'",
           "SELECT count(*) FROM {}wells", "SELECT count(*) FROM {}runs", "SELECT crop_size FROM {}store_facts")  # fmt: skip
REFUSED = "this catalog was built for the store"


def crop(store, name) -> None:
    """One crop of this name, whose other columns are the least that their types allow."""
    least = {"VARCHAR": "", "BOOLEAN": False, "VARCHAR[]": []}

    own = store.schema("crops").own_columns
    columns = {c.name: None if c.nullable else least.get(c.type, 0) for c in own} | {
        "crop_id": name,
        "screen": "s",
    }
    parts.write(store, "crops", (name,), {key: [value] for key, value in columns.items()}, "run")


@pytest.fixture
def pair(tmp_path) -> tuple[Path, Path]:
    """A store with the crop `a`, and a copy of it in which there is the crop `b` in its place; the catalog is the first one's."""
    made = create(tmp_path / "one" / "store")
    crop(made, "a")
    copied = shutil.copytree(made.path, tmp_path / "two" / "store")
    shutil.rmtree(copied / "tables" / "crops")
    crop(folder.read(copied), "b")
    return made.path, copied


@contextmanager
def attached(**catalogs: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for name, store in catalogs.items():
            connection.execute(f"ATTACH '{store / 'cellswap.duckdb'}' AS {name} (READ_ONLY)")
        yield connection


def crops(connection, prefix="") -> list[str]:
    return [name for (name,) in connection.execute(f"SELECT crop_id FROM {prefix}crops ORDER BY ALL").fetchall()]


@pytest.mark.parametrize("read_only", [True, False])
def test_the_catalog_of_a_copied_store_reads_the_copy(pair, monkeypatch, read_only):
    monkeypatch.chdir("/")
    for store, name in zip(pair, "ab", strict=True):
        with duckdb.connect(str(store / "cellswap.duckdb"), read_only=read_only) as catalog:
            assert crops(catalog) == [name]
    monkeypatch.chdir(pair[1])
    with duckdb.connect("cellswap.duckdb", read_only=read_only) as catalog:
        monkeypatch.chdir(pair[0])
        assert crops(catalog) == ["b"]


def test_a_moved_store_and_one_whose_original_is_gone_read_themselves(pair, tmp_path):
    shutil.rmtree(pair[0])
    moved = shutil.move(pair[1], tmp_path / 'it\'s moved to "here" é')
    with duckdb.connect(str(Path(moved) / "cellswap.duckdb"), read_only=True) as catalog:
        assert crops(catalog) == ["b"]


@pytest.mark.parametrize("query", QUERIES)
def test_an_attached_catalog_is_read_where_it_was_built_and_refused_elsewhere(pair, query):
    made, copied = pair
    with attached(one=made) as connection:
        assert len(connection.execute(query.format("one.")).fetchall()) == 1
    for at_hand in ({"two": copied}, {"one": made, "two": copied}):
        with attached(**at_hand) as connection, pytest.raises(duckdb.Error, match=REFUSED):
            connection.execute(query.format("two.")).fetchall()
    with duckdb.connect(str(made / "cellswap.duckdb"), read_only=True) as opened:  # the temporary folder is the first one's here
        opened.execute(f"ATTACH '{copied / 'cellswap.duckdb'}' AS two (READ_ONLY)")
        with pytest.raises(duckdb.Error, match=REFUSED):
            opened.execute(query.format("two.")).fetchall()


def test_two_catalogs_that_were_built_where_they_lie_are_attached_side_by_side(pair):
    database.build_catalog(folder.read(pair[1]))
    with attached(one=pair[0], two=pair[1]) as connection:
        assert (crops(connection, "one."), crops(connection, "two.")) == (["a"], ["b"])


def test_what_another_name_or_temporary_folder_hides_is_refused_until_the_store_is_named(pair, tmp_path):
    shutil.copy(pair[1] / "cellswap.duckdb", tmp_path / "other.duckdb")
    with duckdb.connect(str(tmp_path / "other.duckdb"), read_only=True) as catalog:
        with pytest.raises(duckdb.Error, match=REFUSED):
            crops(catalog)
        catalog.execute(f"SET VARIABLE cellswap_store = '{pair[1]}'")
        assert crops(catalog) == ["b"]
    for store, found in zip(pair, (["a"], REFUSED), strict=True):
        with duckdb.connect(str(store / "cellswap.duckdb"), read_only=True, config={"temp_directory": str(tmp_path)}) as catalog:
            if isinstance(found, str):
                with pytest.raises(duckdb.Error, match=found):
                    crops(catalog)
            else:
                assert crops(catalog) == found


def test_the_fault_of_a_catalog_is_named_and_mended(pair):
    store = folder.read(pair[1])
    assert database.catalog_fault(folder.read(pair[0])) is None
    assert f"built for {pair[0]}, and not for the store in which it lies" in (database.catalog_fault(store) or "")
    store.catalog.write_bytes(b"no catalog")
    assert "no catalog that this version of DuckDB can read" in (database.catalog_fault(store) or "")
    store.catalog.unlink()
    assert "it is not there" in (database.catalog_fault(store) or "")
    database.build_catalog(store)
    assert database.catalog_fault(store) is None
    with duckdb.connect(str(store.catalog)) as catalog:
        catalog.execute("CREATE OR REPLACE MACRO catalog_made_of() AS 'another'")
    assert "built before the store's views were what they are" in (database.catalog_fault(store) or "")


PLACE = {"model": "net", "layer": "conv1", "pooling": "avg", "setting": "masked"}


@pytest.mark.parametrize("above", ["model=zzz", "setting=baseline/layer=9", "plate=007", "pooling=__HIVE_DEFAULT_PARTITION__", "run_id=1"])
def test_only_the_folders_below_tables_name_a_partition(tmp_path, above):
    store = create(tmp_path / above / "store")
    for part, (layer, ids) in enumerate({"conv1": ["a", "b"], "100% conv=2": ["c"]}.items()):
        vectors = pa.FixedSizeListArray.from_arrays(np.arange(2 * len(ids), dtype=np.float32), 2)
        rows = {"image_id": ids, "crop_id": ids, "condition": ["Y"] * len(ids), "embedding": vectors}
        parts.write(store, "embeddings", (str(part),), rows, "run", PLACE | {"layer": layer})
    query = "SELECT model, layer, pooling, setting, image_id FROM embeddings ORDER BY image_id"
    wanted = [("net", layer, "avg", "masked", name) for name, layer in (("a", "conv1"), ("b", "conv1"), ("c", "100% conv=2"))]
    facts = "SELECT format, crop_size, pixel_size_um FROM store_facts"
    database.build_catalog(store)
    for connection in (database.connect(store), duckdb.connect(str(store.catalog), read_only=True)):
        assert connection.execute(query).fetchall() == wanted
        assert connection.execute("SELECT image_id FROM embedding_net_conv1_avg ORDER BY ALL").fetchall() == [("a",), ("b",)]
        assert connection.execute(facts).fetchall() == [(3, 64, None)]
        assert connection.execute("SELECT command FROM runs").fetchall() == [("init",)]
        connection.close()


def test_a_query_of_one_partition_reads_its_files_alone(store):
    for number, layer in enumerate("abcd"):
        vectors = pa.FixedSizeListArray.from_arrays(np.zeros(2, np.float32), 2)
        rows = {"image_id": ["i"], "crop_id": ["i"], "condition": ["Y"], "embedding": vectors}
        parts.write(store, "embeddings", (str(number),), rows, "run", PLACE | {"layer": layer})
    with database.connect(store) as connection:
        query = "EXPLAIN ANALYZE SELECT count(image_id) FROM embeddings WHERE layer = 'c' AND setting = 'masked'"
        plan = connection.execute(query).fetchall()
    assert "Total Files Read: 1 " in plan[0][1]


@pytest.mark.parametrize("fault", ["crops", "runs"])
def test_a_lost_table_is_named(store, fault):
    shutil.rmtree(store.tables / fault if fault == "crops" else store.runs)
    with pytest.raises(BrokenStore, match=rf"a table is missing \({fault}\); mend it with: cellswap init {store.path}$"):
        database.connect(store)


def test_a_part_that_is_none_is_not_called_missing(store):
    (store.tables / "crops" / "part-empty.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(BrokenStore, match=f"^{store.path}: its files can't be read .*part-empty.parquet"):
        database.connect(store)


def test_a_disk_that_is_full_while_the_catalog_is_built_keeps_the_rows(store, tmp_path, monkeypatch):
    room = tmp_path / "full"
    room.mkdir()
    if os.system(f"mount -t tmpfs -o size=64k tmpfs '{room}' 2>/dev/null"):  # noqa: S605 - a path of this test
        pytest.skip("only root may mount a small disk")
    monkeypatch.setattr("tempfile.tempdir", str(room))
    store.catalog.unlink()
    try:
        with runs.record(store, "test", {}) as run:
            run.keep(3)
        assert [remark.partition(": ")[0] for remark in run.remarks] == [str(store.catalog)]
        assert not list(room.iterdir())
    finally:
        os.system(f"umount '{room}'")  # noqa: S605
    with database.connect(store) as connection:
        assert connection.execute("SELECT status, rows_kept FROM runs WHERE command = 'test'").fetchall() == [("done", 3)]
    assert not list(store.path.rglob("*.partial"))
