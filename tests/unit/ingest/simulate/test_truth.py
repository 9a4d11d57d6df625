"""The truth in a store: under the names that ingest gives fields, and keeping every rule of the schema."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cellswap.errors import BadInput
from cellswap.ingest.simulate import run, truth
from cellswap.ingest.simulate.screen import PRESETS
from cellswap.store import database, runs
from cellswap.store.check import check

SMALL = replace(PRESETS["tiny"], localizations=("nucleus", "cytoplasm"), plates=1, cells_per_protein=8, field_size=128)


def test_truth_goes_into_a_store_under_the_screen_s_name(store, tmp_path):
    run.draw(run.plan(tmp_path / "out", SMALL), 1)
    for _ in range(2):  # doing it again adds nothing
        with runs.record(store, "simulate", {}) as record:
            truth.into_store(tmp_path / "out", store, "drawn", record)
    with database.connect(store) as connection:
        assert list(check(connection)) == []
        ids = connection.execute("SELECT DISTINCT field_id FROM truth_cells ORDER BY ALL").fetchall()
        expected = sorted(f"drawn/{w.field(1)}" for w in run.plan(tmp_path / "out", SMALL).wells if w.protein)
        assert [row[0] for row in ids] == expected
        sums = connection.execute("SELECT sum(proportion) FROM truth_conditions WHERE screen = 'drawn' GROUP BY condition").fetchall()
        assert [row[0] for row in sums] == pytest.approx([1.0] * 5)
        assert connection.execute("SELECT count(*) FROM truth_plates").fetchall() == [(1,)]


def test_a_folder_without_truth_is_refused(store, tmp_path):
    with runs.record(store, "simulate", {}) as record, pytest.raises(BadInput, match="truth_cells"):
        truth.into_store(tmp_path, store, "drawn", record)


def test_touching_labels_are_those_within_two_pixels():
    labels = np.zeros((20, 40), np.uint16)
    labels[5:10, 5:10], labels[5:10, 11:15], labels[5:10, 17:20] = 1, 2, 3
    assert truth.touching(labels) == {1, 2}
