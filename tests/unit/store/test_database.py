"""Views work from anywhere; untrusted SQL reads the store and nothing else, and writes nothing."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from cellswap import sql
from cellswap.errors import BadInput, BrokenStore
from cellswap.store import database, folder, parts
from cellswap.store.describe import describe
from cellswap.store.schema import TABLES

HOSTILE = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "FROM '/etc/passwd'",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM read_blob('{store}/../secret.txt')",
    "SELECT * FROM read_text('{store}/../../secret.txt')",
    "SELECT * FROM read_text('.tmp/secret.txt')",
    "SELECT * FROM glob('.tmp/*')",
    "SELECT * FROM glob('/tmp/*')",
    "SELECT * FROM read_csv('https://example.org/x.csv')",
    "COPY (SELECT 1) TO '{store}/tables/proteins/part-evil.parquet'",
    "COPY (SELECT 1) TO '/tmp/evil.csv'",
    "WITH x AS (COPY (SELECT 1) TO '{store}/evil.csv') SELECT * FROM x",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{store}/evil.csv'",
    "EXPLAIN SELECT 1",
    "SELECT 1; COPY (SELECT 1) TO '{store}/evil.csv'",
    "SELECT 1) ; COPY (SELECT 1) TO '{store}/evil.csv' --",
    "SELECT 1 --\n; COPY (SELECT 1) TO '{store}/evil.csv'",
    "EXPORT DATABASE '{store}/evil'",
    "ATTACH '{store}/evil.duckdb' AS evil",
    "ATTACH '/tmp/evil.duckdb' AS evil",
    "CREATE TABLE evil AS SELECT 1",
    "CREATE OR REPLACE TEMP VIEW proteins AS SELECT 1",
    "DROP VIEW proteins",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "RESET allowed_directories",
    "PRAGMA enable_profiling='json'",
    "SET profiling_output='{store}/evil.json'",
    "CALL pragma_version()",
    "DELETE FROM proteins",
    "UPDATE proteins SET gene = 'x'",
    "INSERT INTO proteins SELECT * FROM proteins",
    "CREATE SECRET evil (TYPE s3)",
    "BEGIN",
    "CHECKPOINT",
    "VACUUM",
    "PREPARE p AS SELECT 1",
    "IMPORT DATABASE '{store}'",
    "SELECT * FROM query('COPY (SELECT 1) TO ''{store}/evil.csv''')",
    "FROM (COPY (SELECT 1) TO '{store}/evil.csv')",
    "",
    "not sql at all",
]


def snapshot(path: Path) -> dict[str, bytes]:
    """Every file under a folder with its bytes."""
    return {str(p.relative_to(path)): p.read_bytes() for p in sorted(path.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("statement", HOSTILE)
def test_hostile_sql_is_refused_and_touches_nothing(store, statement, monkeypatch):
    monkeypatch.chdir(store.path.parent)
    Path(".tmp").mkdir()
    for secret in ("secret.txt", ".tmp/secret.txt"):
        Path(secret).write_text("secret")
    before = snapshot(store.path.parent)
    connection = database.connect_locked(store)
    with pytest.raises((BadInput, duckdb.Error)):
        database.run_untrusted(connection, statement.format(store=store.path)).fetchall()
    assert snapshot(store.path.parent) == before
    assert not Path("/tmp/evil.csv").exists()  # noqa: S108 - one of the hostile statements names it


def test_a_sort_larger_than_memory_uses_a_folder_of_its_own_that_goes(store, tmp_path, monkeypatch):
    plain = database.connect

    def small(store):
        connection = plain(store)
        connection.execute("SET memory_limit = '60MB'")
        connection.execute("SET threads = 1")
        return connection

    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr(database, "connect", small)
    connection = database.connect_locked(store)
    rows = "SELECT hash(i)::VARCHAR AS h FROM range(2000000) AS t(i)"
    query = f"SELECT max(r) FROM (SELECT row_number() OVER (ORDER BY h) AS r, h FROM ({rows}))"
    assert database.run_untrusted(connection, query).fetchall() == [(2_000_000,)]
    (own,) = (tmp_path / "temporary").iterdir()
    assert connection.execute("SELECT current_setting('temp_directory')").fetchall() == [(str(own),)]
    connection.close()
    del connection
    assert list((tmp_path / "temporary").iterdir()) == []


def test_without_a_temporary_folder_queries_run_in_memory(store, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    connection = database.connect_locked(store)
    assert database.run_untrusted(connection, "SELECT current_setting('temp_directory')").fetchall() == [("",)]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("SELECT count(*) FROM proteins", [(0,)]),
        ("FROM localizations LIMIT 1;", [(0, "actin")]),
        ("WITH t AS (SELECT 1 AS a) SELECT a + 1 FROM t -- a comment", [(2,)]),
        ("VALUES (1), (2)", [(1,), (2,)]),
        ("SELECT ER FROM (PIVOT (VALUES ('ER'), ('ER')) AS v(l) ON l IN ('ER') USING count(*))", [(2,)]),
        ("SELECT column_name FROM (DESCRIBE proteins) LIMIT 1", [("orf",)]),
        ("SELECT getvariable('class')", [("ER'; DROP",)]),
    ],
)
def test_queries_that_read_are_run(store, text, rows):
    connection = database.connect_locked(store, {"class": "ER'; DROP", "select": "a word of SQL"})
    assert database.run_untrusted(connection, text).fetchall() == rows


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT nope", "SELECT nope\n               ^^^^"),
        ("\n-- two lines before\nSELECT 1,\n nope", " nope\n         ^^^^"),
        ("SELECT 1" + ",\n1" * 7 + ",\nnope", " nope\n         ^^^^"),  # DuckDB counts ours: its line 10
    ],
)
def test_an_error_shows_the_querys_own_words_and_line(store, text, said):
    with pytest.raises(BadInput) as error:
        database.run_untrusted(database.connect_locked(store), text)
    assert str(error.value).endswith(f"\nLINE {text.count(chr(10)) + 1}: {said}")


def test_a_cut_line_shows_no_word_of_ours_and_its_caret_stands_under_the_fault(store):
    text = "SELECT " + "1 AS a_column_with_a_long_name, " * 5 + "nope, " + "2, " * 40 + "3"
    with pytest.raises(BadInput) as error:
        database.run_untrusted(database.connect_locked(store), text)
    line, caret = str(error.value).splitlines()[-2:]
    assert line.startswith("LINE 1: ...")
    assert line[caret.index("^") : len(caret)] == "nope"
    assert "untrusted_query" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("EXPLAIN SELECT 1", f"SQL: EXPLAIN is not run; {database.READING}"),
        ("COPY proteins TO 'x.csv'", f"SQL: COPY is not run; {database.READING}"),
        (
            "PIVOT proteins ON localization USING count(*)",
            "SQL: PIVOT is run where the values that become columns are named: PIVOT ... ON localization IN (val1, val2, ...)",
        ),
    ],
)
def test_what_is_not_run_is_named(store, text, said):
    with pytest.raises(BadInput) as error:
        database.run_untrusted(database.connect_locked(store), text)
    assert str(error.value) == said


def test_batches_of_an_untrusted_query_are_streamed(store):
    batches = database.untrusted_batches(database.connect_locked(store), "SELECT i FROM range(100000) AS t(i)", 1000)
    assert batches.read_next_batch().num_rows < 10_000
    assert sum(batch.num_rows for batch in batches) > 90_000
    with pytest.raises(BadInput, match="COPY is not run"):
        database.untrusted_batches(database.connect_locked(store), "COPY proteins TO 'x.csv'", 1000)


def test_a_parameter_has_a_plain_name(store):
    with pytest.raises(BadInput, match="expected NAME=VALUE"):
        database.connect_locked(store, {"a b": "1"})


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
    rows = {"image_id": ["a"], "crop_id": ["a"], "orf": ["Y1"], "embedding": vectors}
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
    names = set(TABLES) | {v.name for v in sql.views()} | {"runs", "store_facts", "localizations"}
    with duckdb.connect(str(store.catalog), read_only=True) as catalog:
        views = dict(catalog.execute("SELECT view_name, comment FROM duckdb_views() WHERE NOT internal").fetchall())
        bare = catalog.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL"
        ).fetchall()
    assert set(views) == names
    assert all(views.values())
    assert bare == []


def test_each_layer_has_a_view_of_its_proteins_means(store):
    vectors = np.arange(12, dtype=np.float32).reshape(4, 3)
    embedding = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), 3)
    rows = {"image_id": list("abcd"), "crop_id": list("abcd"), "orf": ["Y1", "Y1", "Y2", None], "embedding": embedding}
    partition = {"model": "My net", "layer": "conv1", "pooling": "avg", "setting": "masked"}
    parts.write(store, "embeddings", ("test",), rows, "run", partition)
    with database.connect(store) as connection:
        found = connection.execute("FROM protein_mean_my_net_conv1_avg ORDER BY orf").fetchall()
    assert found == [("masked", "Y1", 2, (1.5, 2.5, 3.5)), ("masked", "Y2", 1, (6.0, 7.0, 8.0))]
    meaning, key, columns = describe(store, "protein_mean_my_net_conv1_avg")
    assert meaning == "Mean embedding of each protein in each setting: My net, layer conv1, pooling avg."
    assert (key, [(c.column, c.type) for c in columns]) == (
        ("setting", "orf"), [("setting", "VARCHAR"), ("orf", "VARCHAR"), ("n", "BIGINT"), ("embedding", "FLOAT[3]")],
    )  # fmt: skip
    with duckdb.connect(str(database.build_catalog(store)), read_only=True) as catalog:
        query = "SELECT comment FROM duckdb_columns() WHERE table_name = 'protein_mean_my_net_conv1_avg' AND column_name = 'n'"
        assert catalog.execute(query).fetchall() == [("images averaged",)]


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
            parts.write(store, "embeddings", ("p",), {"image_id": ids, "crop_id": ids, "orf": ids, "embedding": embedding}, "r", where)
            query = "SELECT count(*), min(embedding[2]), max(embedding[2]), max(image_id) FROM embeddings"
            assert connection.execute(query).fetchall() == [(n, n, n, max(ids))]


def test_a_slow_query_draws_no_bar_among_the_data(store):
    with database.connect(store) as connection:
        assert connection.execute("SELECT current_setting('enable_progress_bar')").fetchall() == [(False,)]


def test_a_missing_table_says_how_to_mend_it(store):
    shutil.rmtree(store.tables / "crops")
    with pytest.raises(BrokenStore, match="mend it with: cellswap init"):
        database.connect(store)


def test_a_table_of_another_version_says_so(store):
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"orf": ["YAL001C"]}), store.tables / "proteins" / "part-empty.parquet")
    with pytest.raises(BrokenStore, match="not those of this version of cellswap"):
        database.connect(store)


def test_readers_never_see_half_a_part_while_a_writer_writes(store):
    writer = subprocess.Popen(
        [sys.executable, "-c", (
         "import sys\nfrom pathlib import Path\nfrom cellswap.store import folder, parts\n"
         "store = folder.read(Path(sys.argv[1]))\n"
         "for turn in range(60):\n"
         "    rows = {'orf': [f'Y{i}' for i in range(500)], 'gene': [None] * 500, 'localizations': [[]] * 500,"
         " 'localization': [None] * 500, 'abundance': [None] * 500, 'abundance_note': [None] * 500, 'purity': [None] * 500}\n"
         "    parts.write(store, 'proteins', ('labels',), rows, f'run-{turn}')\n"),
         str(store.path)],
        cwd=os.sep,
    )  # fmt: skip
    seen = set()
    while writer.poll() is None:
        with database.connect(store) as connection:
            seen.add(connection.execute("SELECT count(*), count(DISTINCT run_id) FROM proteins").fetchall()[0])
    assert writer.returncode == 0
    assert seen <= {(0, 0), (500, 1)}
    assert (500, 1) in seen
