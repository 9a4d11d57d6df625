"""Galleries: groups of one heading, what stands under a picture, and what can not be shown."""

import numpy as np
import pyarrow as pa
import pytest

from cellswap.reports import gallery
from cellswap.reports.ask import Source
from cellswap.reports.items import Answer
from cellswap.reports.pages import galleries
from cellswap.reports.sheet import Swap
from cellswap.store import database


@pytest.fixture
def source(full_store):
    with database.connect(full_store) as connection:
        yield Source(full_store, connection)


def test_crops_stand_under_their_heading(source):
    body = gallery.crops(source, source.ask("divergent_crops"), lambda row: row["top_masked"])
    assert [(title, len(tiles)) for title, tiles in body.groups] == [("ER", 24)]
    assert body.groups[0][1][0].lines[1].startswith("mask ")


def composed(rows):
    """Something to show for each swap but the first."""
    picture = {"protein": np.arange(64.0 * 64).reshape(64, 64)}
    return {(row["setting"], row["image_id"]): Swap(picture, picture, np.eye(64) > 0, picture, ("a swap",)) for row in rows[1:]}


def test_a_wrong_image_says_truth_and_call(source, full_store):
    seen = Source(full_store, source.connection, composed)
    item = next(item for item in galleries.page(seen).items if item.answer.name == "misclassified")
    (lost, none), (shown, tiles) = item.body.groups
    assert (lost, none) == ("pifia conv8, baseline (1 of 1 can not be composed)", ())
    assert shown == "pifia conv8, diff_class_swap"
    assert tiles[0].lines == (
        "true: nucleus (YBR002W)", "called: ER, 2.50 on that side", "on ER, YAL001C", "classifier: ER / nucleus on actin",
    )  # fmt: skip


def test_a_variant_of_an_image_is_another_picture(source):
    rows = [{"setting": setting, "image_id": "i1"} for setting in ("diff_class_swap", "diff_class_swap+feather")]
    picture = {"protein": np.ones((64, 64))}
    made = {(row["setting"], "i1"): Swap(picture, picture, np.eye(64) > 0, picture, (row["setting"],)) for row in rows}
    answer = Answer("swaps", "", "", (), pa.Table.from_pylist(rows))
    groups = gallery.swaps(Source(source.store, source.connection, lambda _: made), answer, lambda row: row["setting"]).groups
    assert [(title, [tile.lines for tile in tiles]) for title, tiles in groups] == [
        ("diff_class_swap", [("diff_class_swap",)]), ("diff_class_swap+feather", [("diff_class_swap+feather",)]),
    ]  # fmt: skip


def test_without_anybody_to_compose_there_is_nothing(source):
    assert gallery.swaps(source, source.ask("swaps"), str).groups == ()
