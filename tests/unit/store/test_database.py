"""Views work from anywhere, and while others write; the catalog is built once."""

import os
import shutil
import subprocess
import sys

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from cellswap import sql
from cellswap.errors import BrokenStore
from cellswap.store import database, folder, parts, view_names
from cellswap.store.describe import describe
from cellswap.store.schema import TABLES


def test_the_catalog_opens_anywhere_read_only_and_after_a_move(store, tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    database.build_catalog(store)
    with duckdb.connect(str(store.catalog), read_only=True) as catalog:
        assert catalog.execute("SELECT command FROM runs").fetchall() == [("init",)]
    moved = tmp_path / "moved to here"
    shutil.move(store.path, moved)
    with duckdb.connect(str(moved / "cellswap.duckdb"), read_only=True) as catalog:
        catalog.execute(f"SET VARIABLE cellswap_store = '{moved}'")
        assert catalog.execute("SELECT command FROM runs").fetchall() == [("init",)]
    again = folder.read(moved)
    with database.connect(again) as connection:
        assert connection.execute("SELECT command FROM runs").fetchall() == [("init",)]
    database.build_catalog(again)
    with duckdb.connect(str(moved / "cellswap.duckdb"), read_only=True) as catalog:
        assert catalog.execute("SELECT count(*) FROM runs").fetchall() == [(1,)]


def test_a_store_without_write_permission_can_be_read(store, tmp_path):
    subprocess.run(["chmod", "-R", "a-w", store.path], check=True)
    try:
        with database.connect(store) as connection:
            assert connection.execute("SELECT count(*) FROM crops").fetchall() == [(0,)]
    finally:
        subprocess.run(["chmod", "-R", "u+w", store.path], check=True)


def new_layer(store):
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(np.zeros(3, np.float32)), 3)
    rows = {"image_id": ["a"], "crop_id": ["a"], "condition": ["Y1"], "embedding": vectors}
    partition = {"model": "net", "layer": "conv1", "pooling": "avg", "setting": "baseline"}
    parts.write(store, "embeddings", ("test",), rows, "run", partition)


def test_a_new_catalog_shuts_no_reader_out(store):
    database.build_catalog(store)
    with duckdb.connect(str(store.catalog), read_only=True) as reader:
        new_layer(store)
        before = store.catalog.stat().st_ino
        database.build_catalog(store)
        assert store.catalog.stat().st_ino != before
        assert reader.execute("SELECT count(*) FROM runs").fetchall() == [(1,)]


def test_the_catalog_is_built_only_where_another_is_there(store):
    database.build_catalog(store)
    same = store.catalog.stat().st_ino
    assert database.build_catalog(store).stat().st_ino == same
    store.catalog.write_bytes(b"no catalog")
    database.build_catalog(store)
    with duckdb.connect(str(store.catalog), read_only=True) as catalog:
        assert catalog.execute("SELECT count(*) FROM runs").fetchall() == [(1,)]


def test_another_version_of_duckdb_builds_the_catalog_anew(store, monkeypatch):
    database.build_catalog(store)
    before = store.catalog.stat().st_ino
    monkeypatch.setattr(duckdb, "__version__", "another")
    assert database.build_catalog(store).stat().st_ino != before


def test_every_table_view_and_column_is_commented(store):
    names = set(TABLES) | set(sql.view_names()) | {"runs", "store_facts", "settings", "networks"}
    with duckdb.connect(str(store.catalog), read_only=True) as catalog:
        views = dict(catalog.execute("SELECT view_name, comment FROM duckdb_views() WHERE NOT internal").fetchall())
        bare = catalog.execute("SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL").fetchall()
    assert set(views) == names
    assert all(views.values())
    assert bare == []


def test_each_layer_has_a_view_of_its_conditions_means(store):
    vectors = np.arange(12, dtype=np.float32).reshape(4, 3)
    embedding = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), 3)
    rows = {"image_id": list("abcd"), "crop_id": list("abcd"), "condition": ["Y1", "Y1", "Y2", None], "embedding": embedding}
    partition = {"model": "My net", "layer": "conv1", "pooling": "avg", "setting": "masked"}
    parts.write(store, "embeddings", ("test",), rows, "run", partition)
    with database.connect(store) as connection:
        found = connection.execute("FROM condition_mean_my_net_conv1_avg ORDER BY condition").fetchall()
    assert found == [("masked", "Y1", 2, (1.5, 2.5, 3.5)), ("masked", "Y2", 1, (6.0, 7.0, 8.0))]
    meaning, key, columns = describe(store, "condition_mean_my_net_conv1_avg")
    assert meaning == "Mean embedding of each protein in each setting, over all screens: My net, layer conv1, pooling avg."
    assert (key, [(c.column, c.type) for c in columns]) == (
        ("setting", "condition"), [("setting", "VARCHAR"), ("condition", "VARCHAR"), ("n", "BIGINT"), ("embedding", "FLOAT[3]")],
    )  # fmt: skip
    with duckdb.connect(str(database.build_catalog(store)), read_only=True) as catalog:
        query = "SELECT comment FROM duckdb_columns() WHERE table_name = 'condition_mean_my_net_conv1_avg' AND column_name = 'n'"
        assert catalog.execute(query).fetchall() == [("images averaged",)]


def test_a_view_of_a_layer_has_its_own_rows_whatever_a_glob_would_make_of_its_name(store):
    embedding = pa.FixedSizeListArray.from_arrays(pa.array([1.0, 2.0], pa.float32()), 2)
    names = ("a[bc]d", "abd", "a*d", "a?d", "a'd")
    for name in names:
        rows = {"image_id": [name], "crop_id": [name], "condition": [name], "embedding": embedding}
        parts.write(store, "embeddings", (name,), rows, "run", {"model": name, "layer": "l", "pooling": "avg", "setting": "masked"})
    views = {layer[0]: view for view, layer in database.embedding_views(store).items()}
    with database.connect(store) as connection, duckdb.connect(str(database.build_catalog(store)), read_only=True) as catalog:
        for name in names:
            for one in (connection, catalog):
                assert one.execute(f"SELECT image_id, model FROM {views[name]}").fetchall() == [(name, name)]
                assert one.execute(f"SELECT condition, n FROM {view_names.of_conditions(views[name])}").fetchall() == [(name, 1)]


def test_nothing_is_installed(store):
    with database.connect(store) as connection:
        assert connection.execute("SELECT current_setting('autoinstall_known_extensions')").fetchall() == [(False,)]


def test_a_part_that_is_written_again_is_read_anew_by_an_open_connection(store):
    where = {"model": "net", "layer": "conv", "pooling": "avg", "setting": "baseline"}
    with database.connect(store) as connection:
        assert connection.execute("SELECT current_setting('parquet_metadata_cache')").fetchall() == [(True,)]
        for n in (3, 9000, 1, 500, 20_000):
            ids = [f"i{i}" for i in range(n)]
            embedding = pa.FixedSizeListArray.from_arrays(np.full(2 * n, n, np.float32), 2)
            parts.write(
                store, "embeddings", ("p",), {"image_id": ids, "crop_id": ids, "condition": ids, "embedding": embedding}, "r", where
            )
            query = "SELECT count(*), min(embedding[2]), max(embedding[2]), max(image_id) FROM embeddings"
            assert connection.execute(query).fetchall() == [(n, n, n, max(ids))]


def test_a_slow_query_draws_no_bar_among_the_data(store):
    with database.connect(store) as connection:
        assert connection.execute("SELECT current_setting('enable_progress_bar')").fetchall() == [(False,)]


def test_a_missing_table_says_how_to_mend_it(store):
    shutil.rmtree(store.tables / "crops")
    with pytest.raises(BrokenStore, match="mend it with: cellswap init"):
        database.connect(store)


@pytest.mark.parametrize("reads", [database.connect, database.build_catalog])
def test_a_table_of_another_version_says_so(store, reads):
    import pyarrow.parquet as pq

    store.catalog.unlink()
    pq.write_table(pa.table({"condition": ["YAL001C"]}), store.tables / "conditions" / "part-empty.parquet")
    with pytest.raises(BrokenStore, match="not those of this version of cellswap"):
        reads(store)
    assert not list(store.path.glob("*.partial"))


def test_readers_never_see_half_a_part_while_a_writer_writes(store):
    writer = subprocess.Popen(
        [sys.executable, "-c", (
         "import sys\nfrom pathlib import Path\nfrom cellswap.store import folder, parts\n"
         "store = folder.read(Path(sys.argv[1]))\n"
         "for turn in range(60):\n"
         "    rows = {'condition': [f'Y{i}' for i in range(500)], 'gene': [None] * 500,"
         " 'abundance': [None] * 500, 'abundance_note': [None] * 500, 'purity': [None] * 500}\n"
         "    parts.write(store, 'conditions', ('labels',), rows, f'run-{turn}')\n"),
         str(store.path)],
        cwd=os.sep,
    )  # fmt: skip
    seen = set()
    while writer.poll() is None:
        with database.connect(store) as connection:
            seen.add(connection.execute("SELECT count(*), count(DISTINCT run_id) FROM conditions").fetchall()[0])
    assert writer.returncode == 0
    assert seen <= {(0, 0), (500, 1)}
    assert (500, 1) in seen
