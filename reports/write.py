"""A report as files: written beside its place and moved there whole, so that a killed run leaves nothing half-written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from cellswap.errors import BadInput
from cellswap.reports import html
from cellswap.reports.items import ChartBody, GalleryBody, Report
from cellswap.reports.rows import as_csv, as_parquet, as_sql
from cellswap.store import files

MARK = "report.json"
README = """The rows behind every table and chart of this report: NAME.parquet and NAME.csv hold the same rows, NAME.sql is
the query that gives them (cellswap sql --file NAME.sql --store STORE). In the Parquet files each column carries its
meaning and unit as metadata.
"""


def refuse_to_overwrite(out: Path, *, single_file: bool) -> None:
    """BadInput where `out` holds anything but a former report."""
    if single_file:
        if out.is_dir() or out.suffix.lower() not in {".html", ".htm"}:
            raise BadInput(f"--out {out}: expected a file name that ends in .html, as --single-file was given")
        if out.exists() and (other := files.other_kind(out)):  # a pipe would be waited for
            raise BadInput(f"--out {out}: expected a file to write, found {other}")
        if out.exists() and html.GENERATOR not in out.read_text(encoding="utf-8", errors="replace")[:4096]:
            raise BadInput(f"--out {out}: the file is there and is not a former report; give another name")
        return
    if out.is_file():
        raise BadInput(f"--out {out}: expected a folder, found a file (for one file, add --single-file)")
    for folder in (out, _partial(out), _former(out)):
        if folder.exists() and any(folder.iterdir()) and not (folder / MARK).is_file():
            raise BadInput(f"{folder}: the folder holds something else than a former report; give a new or an empty one")


def single_file(report: Report, out: Path) -> None:
    """Write the whole report as one HTML file."""
    text = html.single_page(report)
    with files.whole_file(out) as partial:
        partial.write_text(text, encoding="utf-8")


def folder(report: Report, out: Path) -> None:
    """Write the report as a folder; a former one is replaced when the new one is whole."""
    partial, former = _partial(out), _former(out)
    for left_over in (partial, former):
        shutil.rmtree(left_over, ignore_errors=True)
    files.make_folder(partial)
    try:
        with files.full_disk_said(out):
            _fill(report, partial)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    if out.exists():
        out.replace(former)
    partial.replace(out)
    shutil.rmtree(former, ignore_errors=True)


def _fill(report: Report, place: Path) -> None:
    _write_text(place / MARK, json.dumps(_facts(report), indent=1) + "\n")
    _write_pages(report, place)
    _write_rows(report, place / "data")
    _write_charts(report, place / "charts")
    _write_images(report, place / "images")


def _partial(out: Path) -> Path:
    return out.with_name(f"{out.name}.partial")


def _former(out: Path) -> Path:
    return out.with_name(f"{out.name}.former")


def _facts(report: Report) -> dict[str, object]:
    return {
        "made_by": html.GENERATOR,
        "version": report.version,
        "title": report.title,
        "store": report.store,
        "made_at": report.made_at,
        "pages": [page.slug for page in report.pages],
        "tables": sorted(report.answers()),
    }


def _write_pages(report: Report, place: Path) -> None:
    (place / "assets").mkdir()
    for name, text in html.assets().items():
        _write_text(place / "assets" / name, text)
    for page in report.pages:
        _write_text(place / report.file_of(page), html.folder_page(report, page))


def _write_rows(report: Report, place: Path) -> None:
    place.mkdir()
    _write_text(place / "README.txt", README)
    for name, answer in report.answers().items():
        (place / f"{name}.parquet").write_bytes(as_parquet(answer))
        (place / f"{name}.csv").write_bytes(as_csv(answer))
        _write_text(place / f"{name}.sql", as_sql(answer))


def _write_charts(report: Report, place: Path) -> None:
    place.mkdir()
    for item in (item for page in report.pages for item in page.items if not item.is_empty):
        if isinstance(item.body, ChartBody):
            _write_text(place / f"{item.answer.name}.vl.json", json.dumps(item.body.spec, default=str, separators=(",", ":")))


def _write_images(report: Report, place: Path) -> None:
    place.mkdir()
    for item in (item for page in report.pages for item in page.items):
        if isinstance(item.body, GalleryBody):
            for tile in (tile for _, tiles in item.body.groups for tile in tiles):
                (place / html.image_name(tile.image)).write_bytes(tile.image)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
