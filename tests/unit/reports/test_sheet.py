"""Contact sheets of swaps, read back as pixels."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from cellswap.reports import sheet, tiles
from cellswap.reports.ask import Source
from cellswap.reports.pages import galleries
from cellswap.store import database


def swap(background=True, roles=("protein", "cytoplasm"), lines=("one", "two")):
    y, x = np.mgrid[:64, :64]
    mask = (y - 32) ** 2 + (x - 32) ** 2 < 15**2
    front, behind = (y / 63).astype("f4"), (x / 63).astype("f4")
    result = np.where(mask, front, behind)
    return sheet.Swap(
        dict.fromkeys(roles, front), dict.fromkeys(roles, behind) if background else None, mask, dict.fromkeys(roles, result), lines
    )


def opened(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def test_a_strip_has_four_columns_a_channel():
    one = swap()
    scale = {"protein": (0.0, 1.0), "cytoplasm": (0.0, 2.0)}
    strip = sheet._strip(one, scale)
    step = 128 + tiles.GAP
    assert strip.shape == (2 * step - tiles.GAP, 4 * step - tiles.GAP, 3)
    centre, behind, mask, result = (strip[:128, i * step : i * step + 128] for i in range(4))
    amber = (centre == tiles.OUTLINE).all(2)
    assert amber.any()
    assert not (centre[~amber] == tiles.OUTLINE).all(1).any()
    assert (mask[::2, ::2, 0] > 0).tolist() == one.mask.tolist()
    inside = (mask[..., 0] > 0) & ~amber
    assert (result[inside] == centre[inside]).all()
    assert (result[mask[..., 0] == 0] == behind[mask[..., 0] == 0]).all()
    assert strip[step:].max() <= 255
    assert strip[step + 127, 10, 0] == 128 - 128 % 4  # half of a scale that is twice as wide


def test_a_sheet_has_a_row_a_swap_and_blanks_for_real_crops():
    one, three = opened(sheet.sheet([swap()], "a plan")), opened(sheet.sheet([swap(), swap(False), swap()], "a plan"))
    assert three.shape[1] == one.shape[1]
    row = (three.shape[0] - one.shape[0]) // 2
    assert row > 256
    left = sheet.LABEL_PX + sheet.MARGIN + 128 + tiles.GAP
    behind = three[:, left : left + 128]
    assert (behind[40 : row + 40] < 255).any()
    assert (behind[row + 60 : 2 * row + 20] == 255).all()  # the second has no background
    assert (three[:, : sheet.LABEL_PX] < 255).any()


def test_a_figure_has_a_column_an_image():
    made = opened(sheet.figure([swap(lines=("a", "b", "c"))] * 5, "title"))
    assert made.shape[1] == 5 * 170 + 2 * sheet.MARGIN
    assert all((made[:, sheet.MARGIN + i * 170 :][:, :128] < 200).any() for i in range(5))


def test_a_tile_for_the_gallery():
    made = sheet.tile(swap(), sheet.scale_of([swap()]), "what it shows")
    assert made.lines == ("one", "two")
    assert made.size == (4 * 128 + 3 * tiles.GAP, 2 * 128 + tiles.GAP)
    assert np.asarray(Image.open(io.BytesIO(made.image))).shape[:2] == made.size[::-1]


def test_the_gallery_shows_what_the_composer_gives(full_store):
    asked = []

    def compose(rows):
        asked.extend(rows)
        return {(row["setting"], row["image_id"]): swap() for row in rows if row["setting"] != "same_class_swap"}

    with database.connect(full_store) as connection:
        page = galleries.page(Source(full_store, connection, compose))
    (item,) = [item for item in page.items if item.title == "Swaps"]
    assert [row["setting"] for row in asked if "plan_id" in row] == ["same_class_swap", "diff_class_swap", "cell_free_swap"]
    groups = {heading: len(found) for heading, found in item.body.groups}
    said = "same_class_swap, plan-1 (1 of 1 can not be composed)"
    assert groups == {said: 0, "diff_class_swap, plan-1": 1, "cell_free_swap, plan-1": 1}
    assert item.body.groups[1][1][0].alt == "diff_class_swap, plan-1: one, two"
