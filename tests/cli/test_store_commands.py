"""The commands on a store, as a user types them: what they print, where, and their exit codes."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests import labelled

CONDITIONS = {
    "condition": ["YAL001C", "YAL002W"], "gene": ["TFC3", None], "classes": [["cytoplasm", "nucleus"], ["endosome"]],
    "class": [None, "endosome"], "abundance": [125.0, 736.0], "abundance_note": [None, None], "purity": [None, None],
}  # fmt: skip


@pytest.fixture
def filled(store):
    labelled.put(store, ("labels",), CONDITIONS, "run-1")
    return store


def test_init_makes_a_store_once_and_says_what_comes_next(cellswap, tmp_path):
    first = cellswap("init", "screen", "--channels", "protein=gfp,cytoplasm=rfp", "--pixel-size-um", "0.2")
    assert first.stdout == ""
    assert first.stderr.splitlines()[1:] == [
        "  labels of budding yeast come with the package: cellswap ingest labels --store screen",
        "next: cellswap ingest fields IMAGES --store screen",
    ]
    assert cellswap("init", "screen").returncode == 0
    assert cellswap("status", "--store", "screen").stdout.startswith(f"{tmp_path}/screen: ")


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (("init", "a", "--crop-size", "15"), 2, "error: --crop-size: expected a whole number from 16 to 512, the paper has 64; found 15"),
        (("init", "a", "--channels", "dapi=ch1,gfp=ch2"), 2, "error: --signal: say which of dapi, gfp filters and windows"),
        (("init", "a", "--channels", "mask=ch1"), 2, "error: --channels: mask: the table pixels has a column of that name already"),
        (("init", "a", "--preset", "yaest"), 2, "error: unknown preset 'yaest'; did you mean yeast"),
        (("init", "a", "--words", "klass=x"), 2, "error: unknown word of --words 'klass'; did you mean class"),
        (("init", "a", "--mask-share", "0.9-0.1"), 2, "error: --mask-share: expected the least share under the most, found 0.9 and 0.1"),
        (("init", "a", "--signal", "nucleos"), 2, "error: --signal: expected one of the channels protein, nucleus, cytoplasm"),
        (("status",), 2, "error: no store at or above"),
        (("status", "--store", "nowhere"), 2, "not a store (no such folder); make one with: cellswap init nowhere"),
        (("tabels",), 2, "Did you mean 'tables'?"),
        (("sql", "FROM crops", "--file", "q.sql"), 2, "error: --file q.sql: expected a file with one query, found none"),
        (("sql", "FROM crops", "--file", "."), 2, "error: --file .: expected a file with one query, found none"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(cellswap, arguments, code, line):
    done = cellswap(*arguments, check=False)
    assert (done.returncode, done.stdout) == (code, "")
    assert line in done.stderr
    assert "Traceback" not in done.stderr


def test_tables_and_describe_speak_the_schemas_words(cellswap, filled):
    listed = json.loads(cellswap("tables", "--json", "--store", filled.path).stdout)
    rows = {t["name"]: t["rows"] for t in listed}
    assert rows["condition_classes"] == 2
    text = cellswap("describe", "condition_classes", "--store", filled.path).stdout
    assert text.startswith("condition_classes: One row a condition, with its classes in the chosen scheme.\nkey: condition\n")
    assert "molecules a cell [molecules]" in text
    described = cellswap("describe", "conditions", "--store", filled.path).stdout
    assert "molecules a cell [molecules] (Ghaemmaghami 2003)" in described
    unknown = cellswap("describe", "condition_class", "--store", filled.path, check=False)
    assert unknown.returncode == 2
    assert unknown.stderr.startswith("error: unknown table or view 'condition_class'; did you mean condition_classes")


def test_sql_writes_every_format(cellswap, filled, tmp_path):
    query = "SELECT condition, gene, classes, abundance FROM condition_classes ORDER BY condition"

    def run(form, *more):
        return cellswap("sql", query, "--format", form, "--store", filled.path, *more).stdout

    assert run("table").splitlines()[2].split() == ["YAL001C", "TFC3", "[cytoplasm,", "nucleus]", "125"]
    assert list(csv.reader(io.StringIO(run("csv"))))[2] == ["YAL002W", "", '["endosome"]', "736.0"]
    expected = [
        {"condition": "YAL001C", "gene": "TFC3", "classes": ["cytoplasm", "nucleus"], "abundance": 125.0},
        {"condition": "YAL002W", "gene": None, "classes": ["endosome"], "abundance": 736.0},
    ]
    assert json.loads(run("json")) == expected
    assert [json.loads(line) for line in run("jsonl").splitlines()] == expected
    assert run("markdown").splitlines()[0] == "| condition | gene | classes | abundance |"
    run("parquet", "-o", tmp_path / "out.parquet")
    assert pq.read_table(tmp_path / "out.parquet").to_pylist() == expected
    unknown = cellswap("sql", query, "--format", "cvs", "--store", filled.path, check=False)
    assert (unknown.returncode, unknown.stderr) == (2, "error: unknown format 'cvs'; did you mean csv\n")


def test_sql_takes_a_file_standard_input_and_parameters(cellswap, filled, tmp_path):
    (tmp_path / "q.sql").write_text("SELECT gene FROM condition_classes WHERE condition = getvariable('orf')")
    arguments = ("--format", "jsonl", "--store", filled.path, "--param", "orf=YAL001C")
    assert cellswap("sql", "--file", "q.sql", *arguments).stdout == '{"gene": "TFC3"}\n'
    assert cellswap("sql", *arguments, stdin="SELECT getvariable('orf') AS o").stdout == '{"o": "YAL001C"}\n'


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ("SELECT * FROM protein", "error: SQL: Catalog Error: Table with name protein does not exist!"),
        ("SELECT 1; SELECT 2", "error: SQL: expected one query, found 2 statements"),
        ("COPY conditions TO 'x.csv'", "only a query that reads is run"),
        ("SELECT * FROM read_csv('/etc/passwd')", "error: SQL: Permission Error"),
    ],
)
def test_sql_that_is_refused(cellswap, filled, query, line):
    done = cellswap("sql", query, "--store", filled.path, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert line in done.stderr


def test_sql_writes_parquet_into_a_pipe_and_says_nothing(cellswap, filled):
    import subprocess
    import sys
    from pathlib import Path

    command = [Path(sys.executable).parent / "cellswap", "sql", "SELECT 1 AS a", "--format", "parquet", "--store", filled.path]
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stderr == b""
    assert pq.read_table(io.BytesIO(done.stdout)).to_pylist() == [{"a": 1}]


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_an_error_far_into_the_rows_is_one_line_and_leaves_no_file(cellswap, store, tmp_path, form):
    query = "SELECT CASE WHEN i = 2500000 THEN error('late') ELSE i END AS v FROM range(3000000) AS t(i)"
    done = cellswap("sql", query, "--format", form, "-o", "new", "--store", store.path, check=False)
    assert (done.returncode, done.stderr) == (2, "error: SQL: Invalid Input Error: late\n")
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


@pytest.mark.parametrize("command", [("sql", "SELECT 1"), ("export", "csv")])
@pytest.mark.parametrize("place", ["store.json", "new/x.csv", "../link/store.json"])
def test_a_result_is_written_outside_the_store(cellswap, store, command, place):
    (store.path.parent / "link").symlink_to(store.path)
    before = (store.path / "store.json").read_bytes()
    out = store.path / place
    done = cellswap(*command, "-o", out, "--store", store.path, check=False)
    said = f"error: -o {out}: expected a place outside the store {store.path}, found one in it\n"
    assert (done.returncode, done.stderr) == (2, said)
    assert (store.path / "store.json").read_bytes() == before
    assert not (store.path / "new").exists()


@pytest.mark.parametrize("query", ["-- a comment\nSELECT 1 AS a", "--a comment\nSELECT 1 AS a"])
def test_a_query_may_begin_with_a_comment(cellswap, store, query):
    assert cellswap("sql", query, "--format", "csv", "--store", store.path).stdout == "a\n1\n"


def test_a_misspelt_option_of_sql_is_no_query(cellswap, store):
    done = cellswap("sql", "SELECT 1", "--formt=csv", "--store", store.path, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such option: --formt" in done.stderr


def test_check_has_an_exit_code_of_its_own(cellswap, filled):
    broken = cellswap("check", "--store", filled.path, check=False)
    assert broken.returncode == 4
    assert broken.stdout.startswith("tables/conditions/part-")
    assert "its run run-1 has no record in runs/; mend: put the record back" in broken.stdout


def test_doctor_says_what_to_mend(cellswap, store):
    assert cellswap("doctor", "--store", store.path).stdout.count("FAIL") == 0
    for part in (store.tables / "crops").iterdir():
        part.unlink()
    sick = cellswap("doctor", "--store", store.path, check=False)
    assert sick.returncode == 1
    assert f"mend: cellswap init {store.path}" in sick.stdout


def test_defaults_come_from_cellswap_toml_then_flag(cellswap, filled, tmp_path):
    (tmp_path / "cellswap.toml").write_text(f'[sql]\nstore = "{filled.path}"\nform = "jsonl"\n')
    assert cellswap("sql", "SELECT 1 AS a").stdout == '{"a": 1}\n'
    assert cellswap("sql", "SELECT 1 AS a", "--format", "csv").stdout == "a\n1\n"
    (tmp_path / "cellswap.toml").write_text("[sql\n")
    assert "cellswap.toml: expected TOML" in cellswap("status", check=False).stderr


def test_ctrl_c_says_so_and_exits_130(store, tmp_path):
    import signal
    import subprocess
    import sys
    import time
    from pathlib import Path

    command = [Path(sys.executable).parent / "cellswap", "sql", "--store", store.path]
    waiting = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # what a shell runs in the background ignores Ctrl-C, and hands that down to this command
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no thread of ours is about
    )
    time.sleep(2)
    waiting.send_signal(signal.SIGINT)
    _, said = waiting.communicate(timeout=30)
    assert waiting.returncode == 130
    assert said.strip().startswith("interrupted; what was finished is kept")


def test_help_loads_nothing_heavy(cellswap):
    import subprocess
    import sys

    program = "import sys, cellswap.cli; print([m for m in ('torch', 'duckdb', 'pyarrow', 'numpy', 'skimage') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert "Commands:" in cellswap("--help").stdout


def test_what_check_and_doctor_print_can_be_pasted(cellswap, tmp_path):
    (tmp_path / "o'er").mkdir()
    store = tmp_path / "o'er" / "my store"
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"

    def pasted(line):
        environment = {**os.environ, "PATH": path}
        return subprocess.run(["sh", "-c", line], cwd=store.parent, env=environment, capture_output=True, text=True, check=False)

    def mends(command):
        said = cellswap(command, "--store", store, check=False).stdout.splitlines()
        return [line.partition("mend: ")[2] for line in said if "mend: " in line]

    cellswap("init", store)
    cellswap("ingest", "labels", CELLSWAP_STORE=str(store))
    [part] = [p for p in (store / "tables/labels").glob("part-*.parquet") if pq.read_metadata(p).num_rows]
    part.unlink()
    again = f"(cd {tmp_path} && cellswap ingest labels --store '{tmp_path}/o'\"'\"'er/my store')"
    assert mends("check") == mends("doctor") == [again]
    assert "labels: 5610 rows" in pasted(again).stderr
    part.write_bytes(part.read_bytes()[:-9] + b"x" + part.read_bytes()[-8:])
    aside = f"cellswap doctor --mend --store '{tmp_path}/o'\"'\"'er/my store'; {again}"
    assert (mends("check"), mends("doctor")) == ([aside], [aside.partition(";")[0], aside])
    assert "labels: 5610 rows" in pasted(aside).stderr
    (store / "tables/crops/part-empty.parquet").unlink()
    for line in mends("doctor")[:1]:
        assert line == f"cellswap init '{tmp_path}/o'\"'\"'er/my store'"
        assert pasted(line).returncode == 0
    assert cellswap("check", "--store", store).stdout == "every rule holds\n"


@pytest.mark.parametrize(
    ("name", "mend"),
    [("a b", "cellswap init 'a b'"), ("it's", "cellswap init 'it'\"'\"'s'"), ("a[b", "give another path")],
)
def test_doctor_on_a_path_without_a_store_says_what_can_be_pasted(cellswap, name, mend):
    done = cellswap("doctor", "--store", name, check=False)
    assert done.returncode == 1
    assert f"mend: {mend}" in done.stdout
