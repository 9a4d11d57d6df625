"""`cellswap report` by hand: what it writes, what it refuses, what it says."""

from cellswap.reports import run


def test_a_new_store_gets_a_report_that_says_what_to_run(cellswap, store, tmp_path):
    done = cellswap("report", "--store", store.path, "--out", "report", "--title", "My report")
    assert done.stdout == ""
    assert f"{len(run.PAGES)} pages" in done.stderr
    assert "without rows yet" in done.stderr
    assert done.stderr.endswith("next: open report/index.html\n")
    assert "<title>Overview · My report</title>" in (tmp_path / "report/index.html").read_text()
    again = cellswap("report", "--store", store.path, "--out", "report.html", "--single-file")
    assert "next: open report.html" in again.stderr


def test_other_peoples_files_stay(cellswap, store, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis/chapter.tex").write_text("x")
    done = cellswap("report", "--store", store.path, "--out", "thesis", check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: thesis: the folder holds something else than a former report; give a new or an empty one\n"
    )
    assert (tmp_path / "thesis/chapter.tex").read_text() == "x"
