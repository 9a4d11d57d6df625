"""Untrusted SQL reads the store and nothing else, and writes nothing; what is refused is named."""

import tempfile
from pathlib import Path

import duckdb
import pytest

from cellswap.errors import BadInput
from cellswap.store import database, locked

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
    "COPY (SELECT 1) TO '{store}/tables/conditions/part-evil.parquet'",
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
    "CREATE OR REPLACE TEMP VIEW conditions AS SELECT 1",
    "DROP VIEW proteins",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "RESET allowed_directories",
    "PRAGMA enable_profiling='json'",
    "SET profiling_output='{store}/evil.json'",
    "CALL pragma_version()",
    "DELETE FROM condition_classes",
    "UPDATE proteins SET gene = 'x'",
    "INSERT INTO conditions SELECT * FROM condition_classes",
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
    connection = locked.connect(store)
    with pytest.raises((BadInput, duckdb.Error)):
        locked.run(connection, statement.format(store=store.path)).fetchall()
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
    connection = locked.connect(store)
    rows = "SELECT hash(i)::VARCHAR AS h FROM range(2000000) AS t(i)"
    query = f"SELECT max(r) FROM (SELECT row_number() OVER (ORDER BY h) AS r, h FROM ({rows}))"
    assert locked.run(connection, query).fetchall() == [(2_000_000,)]
    (own,) = (tmp_path / "temporary").iterdir()
    assert connection.execute("SELECT current_setting('temp_directory')").fetchall() == [(str(own),)]
    connection.close()
    del connection
    assert list((tmp_path / "temporary").iterdir()) == []


def test_without_a_temporary_folder_queries_run_in_memory(store, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    connection = locked.connect(store)
    assert locked.run(connection, "SELECT current_setting('temp_directory')").fetchall() == [("",)]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("SELECT count(*) FROM condition_classes", [(0,)]),
        ("FROM chosen_classes LIMIT 1;", [(0, "actin")]),
        ("WITH t AS (SELECT 1 AS a) SELECT a + 1 FROM t -- a comment", [(2,)]),
        ("VALUES (1), (2)", [(1,), (2,)]),
        ("SELECT ER FROM (PIVOT (VALUES ('ER'), ('ER')) AS v(l) ON l IN ('ER') USING count(*))", [(2,)]),
        ("SELECT column_name FROM (DESCRIBE conditions) LIMIT 1", [("condition",)]),
        ("SELECT getvariable('class')", [("ER'; DROP",)]),
    ],
)
def test_queries_that_read_are_run(store, text, rows):
    connection = locked.connect(store, {"class": "ER'; DROP", "select": "a word of SQL"})
    assert locked.run(connection, text).fetchall() == rows


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT nope", "SELECT nope\n               ^"),
        ("\n-- two lines before\nSELECT 1,\n nope", " nope\n         ^"),
        ("SELECT 1" + ",\n1" * 7 + ",\nnope", " nope\n         ^"),  # DuckDB counts ours: its line 10
    ],
)
def test_an_error_shows_the_querys_own_words_and_line(store, text, said):
    with pytest.raises(BadInput) as error:
        locked.run(locked.connect(store), text)
    # DuckDB before 1.5 marks the first letter of a word, later ones all of it.
    assert f"{str(error.value).rstrip('^')}^".endswith(f"\nLINE {text.count(chr(10)) + 1}: {said}")


def test_a_cut_line_shows_no_word_of_ours_and_its_caret_stands_under_the_fault(store):
    text = "SELECT " + "1 AS a_column_with_a_long_name, " * 5 + "nope, " + "2, " * 40 + "3"
    with pytest.raises(BadInput) as error:
        locked.run(locked.connect(store), text)
    line, caret = str(error.value).splitlines()[-2:]
    assert line.startswith("LINE 1: ...")
    assert line[caret.index("^") :].startswith("nope, 2")
    assert "untrusted_query" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("EXPLAIN SELECT 1", f"SQL: EXPLAIN is not run; {locked.READING}"),
        ("COPY conditions TO 'x.csv'", f"SQL: COPY is not run; {locked.READING}"),
        pytest.param(
            "PIVOT conditions ON class USING count(*)",
            'SQL: PIVOT is run where the values that become columns are named: PIVOT ... ON "class" IN (val1, val2, ...)',
            marks=pytest.mark.skipif(duckdb.__version__ < "1.5", reason="this DuckDB makes two statements of it, which are refused so"),
        ),
    ],
)
def test_what_is_not_run_is_named(store, text, said):
    with pytest.raises(BadInput) as error:
        locked.run(locked.connect(store), text)
    assert str(error.value) == said


def test_batches_of_an_untrusted_query_are_streamed(store):
    batches = locked.batches(locked.connect(store), "SELECT i FROM range(100000) AS t(i)", 1000)
    assert batches.read_next_batch().num_rows < 10_000
    assert sum(batch.num_rows for batch in batches) > 90_000
    with pytest.raises(BadInput, match="COPY is not run"):
        locked.batches(locked.connect(store), "COPY conditions TO 'x.csv'", 1000)


def test_a_parameter_has_a_plain_name(store):
    with pytest.raises(BadInput, match="expected NAME=VALUE"):
        locked.connect(store, {"a b": "1"})
