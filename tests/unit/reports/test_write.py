"""A folder or one file, whole or not at all, and nothing of anybody else's overwritten."""

import json

import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from cellswap.errors import BadInput
from cellswap.reports import html, write


def test_rows_stand_beside_the_pages_twice(report, tmp_path):
    out = tmp_path / "report"
    write.folder(report, out)
    facts = json.loads((out / "report.json").read_text())
    assert facts["tables"] == sorted(report.answers())
    for name, answer in report.answers().items():
        rows = pq.read_table(out / "data" / f"{name}.parquet")
        assert rows.equals(answer.rows)
        assert rows.schema.metadata[b"sql"].decode() == answer.sql
        assert pc.read_csv(out / "data" / f"{name}.csv", parse_options=pc.ParseOptions(newlines_in_values=True)).num_rows == rows.num_rows
        assert answer.sql in (out / "data" / f"{name}.sql").read_text()
    assert {p.name for p in out.glob("*.html")} == {"index.html", *(f"{slug}.html" for slug in facts["pages"][1:])}
    assert {p.stem.removesuffix(".vl") for p in (out / "charts").iterdir()} == {
        item.answer.name for page in report.pages for item in page.items if item.kind == "chart" and not item.is_empty
    }


def test_pictures_are_written_under_the_names_that_pages_use(report, tmp_path):
    write.folder(report, tmp_path / "report")
    page = (tmp_path / "report/galleries.html").read_text()
    written = {p.name for p in (tmp_path / "report/images").iterdir()}
    assert written
    assert all(f"images/{name}" in page for name in written)


def test_a_former_report_is_replaced(report, tmp_path):
    out = tmp_path / "report"
    write.folder(report, out)
    (out / "data/of_before.csv").write_text("x")
    write.refuse_to_overwrite(out, single_file=False)
    write.folder(report, out)
    assert not (out / "data/of_before.csv").exists()
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("report")] == ["report"]


def test_a_failed_run_leaves_the_former_report(report, tmp_path, monkeypatch):
    out = tmp_path / "report"
    write.folder(report, out)
    before = (out / "report.json").read_text()

    def fail(*_):
        raise OSError("no space left")

    monkeypatch.setattr(write, "as_csv", fail)
    with pytest.raises(OSError, match="no space"):
        write.folder(report, out)
    assert (out / "report.json").read_text() == before
    assert not (tmp_path / "report.partial").exists()


@pytest.mark.parametrize("name", ["report", "report.partial", "report.former"])
def test_a_folder_of_other_things_is_refused(tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / "thesis.tex").write_text("years of work")
    with pytest.raises(BadInput, match="something else than a former report"):
        write.refuse_to_overwrite(tmp_path / "report", single_file=False)


def test_one_file_replaces_only_a_report(report, tmp_path):
    out = tmp_path / "report.html"
    write.single_file(report, out)
    write.refuse_to_overwrite(out, single_file=True)
    assert html.GENERATOR in out.read_text()[:4096]
    out.write_text("<p>my own page</p>")
    with pytest.raises(BadInput, match="not a former report"):
        write.refuse_to_overwrite(out, single_file=True)
    with pytest.raises(BadInput, match="ends in"):
        write.refuse_to_overwrite(tmp_path / "report", single_file=True)


def test_it_stays_small(report, tmp_path):
    write.folder(report, tmp_path / "report")
    size = sum(p.stat().st_size for p in (tmp_path / "report").rglob("*") if p.is_file() and p.parent.name != "images")
    assert size < 5_000_000
