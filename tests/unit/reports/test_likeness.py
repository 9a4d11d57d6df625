"""The sheet of simulated and real crops: only where a screen is simulated, and never without its licence."""

from __future__ import annotations

import io

from PIL import Image

from cellswap.ingest.simulate import run, truth
from cellswap.ingest.simulate.screen import PRESETS
from cellswap.reports import likeness
from cellswap.reports.ask import Source
from cellswap.store import database, runs


def test_a_store_without_a_simulated_screen_does_not_show_it(report):
    titles = [item.title for page in report.pages for item in page.items]
    assert "Segmentation" in titles
    assert likeness.TITLE not in titles


def test_a_simulated_screen_shows_it_with_what_was_drawn(store, tmp_path):
    run.draw(run.plan(tmp_path / "screen", PRESETS["tiny"]), 1)
    with runs.record(store, "simulate", {}) as record:
        truth.into_store(tmp_path / "screen", store, "drawn", record)
    with database.connect(store) as connection:
        (item,) = likeness.items(Source(store, connection))
        drawn = connection.execute("SELECT count(*) FROM truth_cells").fetchone()
    (row,) = item.answer.rows.to_pylist()
    assert (row["screen"], row["fields"], (row["cells"],), row["classes"]) == ("drawn", 9, drawn, 4)


def test_the_picture_is_small_and_carries_the_licence_of_its_real_half():
    png = likeness.picture()
    assert len(png) < 350_000
    with Image.open(io.BytesIO(png)) as image:
        (licence,) = image.text.values()  # pyright: ignore[reportAttributeAccessIssue] - a PNG has it
    assert licence == likeness.licence()
    assert "Copyright (c) 2023, Myra Paz Masinas" in licence
