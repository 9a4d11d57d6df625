"""`cellswap report` by hand: what it writes, what it refuses, what it says."""

from cellswap.reports import run


def test_a_new_store_gets_a_report_that_says_what_to_run(cellswap, store, tmp_path):
    done = cellswap("report", "--store", store.path, "--out", "report", "--title", "My report")
    assert done.stdout == ""
    assert f"{len(run.PAGES)} pages" in done.stderr
    assert "without rows yet" in done.stderr
    assert done.stderr.endswith("next: open report/index.html in a browser\n")
    assert "<title>Overview · My report</title>" in (tmp_path / "report/index.html").read_text()
    again = cellswap("report", "--store", store.path, "--out", "report.html", "--single-file")
    assert "next: open report.html" in again.stderr


def test_other_peoples_files_stay(cellswap, store, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis/chapter.tex").write_text("x")
    done = cellswap("report", "--store", store.path, "--out", "thesis", check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == ("error: thesis: the folder holds something else than a former report; give a new or an empty one\n")
    assert (tmp_path / "thesis/chapter.tex").read_text() == "x"


def test_a_comparison_with_nothing_says_what_is_wrong(cellswap, store, tmp_path):
    done = cellswap("report", "--store", store.path, "--out", "report", "--compare", "no/such/store", check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: no/such/store: not a store (no such folder); make one with: cellswap init no/such/store\n"
    done = cellswap("report", "--store", store.path, "--out", "report", "--compare", "20260101T000000-evaluate-pairs-000000", check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: unknown store or run '20260101T000000-evaluate-pairs-000000'; known are init-")
    assert not (tmp_path / "report").exists()
