"""Words in the wrong order, names that nothing can be called, and places where nothing can be written: one line each."""

from __future__ import annotations

import pytest

LONG = "n" * 300
DEEP = "/".join(["ab"] * 2500)  # 7,499 letters


def one_line(done):
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr[:-1].isprintable()
    return done.stderr.strip()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--store", "X", "status"), "error: --store: an option goes after its command: cellswap status --store X"),
        (("--json", "status", "--store", "X"), "error: --json: an option goes after its command: cellswap status --store X --json"),
        (("--store=X", "ingest", "labels"), "error: --store=X: an option goes after its command: cellswap ingest labels --store=X"),
        (("ingest", "--store", "a b", "labels"), "error: --store: an option goes after its command: cellswap ingest labels --store 'a b'"),
        (("evaluate", "--dry-run", "pairs"), "error: --dry-run: an option goes after its command: cellswap evaluate pairs --dry-run"),
    ],
)
def test_an_option_before_its_command(cellswap, words, line):
    assert one_line(cellswap(*words, check=False)) == line


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("plan", "--settings", "baseline", "--settings", "masked"), "--settings: given twice, baseline and masked"),
        (("plan", "--images=5", "--images", "6"), "--images: given twice, 5 and 6"),
        (("show", "-oa.png", "--plan", "p", "--out", "b.png"), "--out: given twice, a.png and b.png"),
    ],
)
def test_an_option_of_one_value_is_given_one(cellswap, words, line):
    assert one_line(cellswap(*words, check=False)) == f"error: {line}; give it once (a list has commas between)"


def test_options_that_may_be_repeated_and_the_same_value_twice(cellswap, store):
    same = ("--images", "5", "--images", "5", "--class", "ER", "--class", "nucleus")
    said = cellswap("plan", *same, "--store", store.path, check=False).stderr
    assert "given twice" not in said
    assert "error: the store has no crops" in said


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("ingest", "--help")])
def test_options_of_the_program_itself(cellswap, words):
    assert cellswap(*words).returncode == 0


def test_an_option_that_nothing_knows_is_still_unknown(cellswap):
    done = cellswap("--stoer", "X", check=False)
    assert done.returncode == 2
    assert "No such option: --stoer" in done.stderr


WRITING = [
    ("sql", "SELECT 1", "--format", "csv", "-o"),
    ("export", "csv", "-o"),
    ("export", "anndata", "--out"),
    ("show", "--plan", "p", "-o"),
    ("report", "-o"),
    ("train", "pifia-narrow", "-o"),
    ("weights", "random", "--model", "pifia-narrow", "-o"),
    ("weights", "import", "file.pt", "--model", "pifia-narrow", "-o"),
    ("init",),
    ("simulate", "--preset", "tiny"),
    ("demo",),
]


@pytest.mark.parametrize("command", WRITING, ids=" ".join)
@pytest.mark.parametrize("place", [LONG, DEEP, "/proc/x"])
def test_a_place_where_nothing_can_be_written(cellswap, store, command, place):
    assert one_line(cellswap(*command, place, check=False, CELLSWAP_STORE=str(store.path))).startswith("error: ")


@pytest.mark.parametrize("command", [c for c in WRITING if c[0] not in ("init", "simulate", "demo", "report")], ids=" ".join)
def test_a_device_is_not_replaced(cellswap, store, command):
    line = one_line(cellswap(*command, "/dev/null", check=False, CELLSWAP_STORE=str(store.path)))
    assert line.endswith("/dev/null: expected a file to write, found a device or a pipe")


NAMED = [
    ("extract", "--model", "pifia-narrow", "--weights", "w.safetensors", "--as"),
    ("ingest", "features", ".", "--as"),
    ("ingest", "fields", ".", "--screen"),
    ("ingest", "fields", ".", "--plate"),
    ("ingest", "crops", ".", "--layout", "pci", "--screen"),
    ("ingest", "labels", ".", "--layout", "deepyeast", "--screen"),
    ("simulate", "out", "--truth-into", "store", "--screen"),
]


@pytest.mark.parametrize("command", NAMED, ids=" ".join)
@pytest.mark.parametrize("name", [LONG, "a/b", "a\nb", ""])
def test_a_name_that_nothing_can_have(cellswap, store, command, name):
    line = one_line(cellswap(*command, name, check=False, CELLSWAP_STORE=str(store.path)))
    assert "the name may not be empty or hold a / or a control character, and has at most 100 bytes" in line


@pytest.mark.parametrize(
    "command",
    [
        ("status", "--store", "x" * 5000), ("sql", "SELECT 1", "--store", DEEP), ("ingest", "crops", DEEP, "--layout", "pci"),
        ("ingest", "fields", "x" * 5000), ("ingest", "published", DEEP), ("ingest", "labels", "x" * 5000), ("ingest", "features", DEEP),
        ("weights", "show", "x" * 5000), ("sql", "--file", DEEP), ("extract", "--model", "pifia-narrow", "--weights", "x" * 5000),
    ],
    ids=lambda words: " ".join(words)[:40],
)  # fmt: skip
def test_a_path_that_no_system_takes(cellswap, store, command):
    assert one_line(cellswap(*command, check=False, CELLSWAP_STORE=str(store.path))).startswith("error: ")
