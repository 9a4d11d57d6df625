"""Every view's header names its key and every column that it gives, in order."""

import re

import pytest

from cellswap import sql
from cellswap.store import database

VIEWS = sql.views(("protein", "nucleus", "cytoplasm"), "protein")


@pytest.mark.parametrize("view", VIEWS, ids=lambda v: v.name)
def test_a_header_names_what_the_view_gives(store, view):
    with database.connect(store) as connection:
        given = [row[0] for row in connection.execute(f"DESCRIBE {view.name}").fetchall()]
    assert [c.name for c in view.columns] == given
    assert set(view.key) <= set(given)


FOLDS = {"pair_accuracy", "layer_accuracy", "heldout_accuracy"}


def test_every_view_that_averages_folds_counts_those_that_did_not_converge():
    over_folds = set(FOLDS)
    for view in VIEWS:  # a view stands after those that it reads
        if over_folds & set(re.findall(r"\b(?:FROM|JOIN) (\w+)", view.text)):
            over_folds.add(view.name)
    without = {v.name for v in VIEWS if v.name in over_folds and not any(c.name == "n_unconverged" for c in v.columns)}
    assert len(over_folds) > 15
    assert without == {"misclassified_images"}  # which averages nothing


@pytest.mark.parametrize("text", ["SELECT 1", "-- only a meaning\nSELECT 1 AS a", "-- m\n-- @key a\n-- @column a no colon\nSELECT 1 AS a"])
def test_a_view_without_a_header_is_refused(text):
    with pytest.raises(ValueError, match=r"x\.sql"):
        sql.parse("10_x.sql", text)
