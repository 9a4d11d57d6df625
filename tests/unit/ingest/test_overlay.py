import io

import numpy as np
from PIL import Image

from cellswap.ingest.overlay import OUTLINE, overlay, preview

DISCS = [(60.0, 60.0, 12.0), (60.0, 83.0, 12.0)]


def test_outlines_lie_on_the_cells_edge(draw_field):
    image = draw_field(DISCS, 160)
    labels = np.zeros((160, 160), int)
    labels[50:70, 50:70] = 4
    drawn = overlay(image, labels)
    red = (drawn == OUTLINE).all(axis=2)
    assert drawn.shape == (160, 160, 3)
    assert red[50, 60]
    assert not red[60, 60]
    assert red.sum() == 4 * 19


def test_preview_is_a_small_png_and_a_dark_one_without_cells(draw_field):
    empty = draw_field([], 1080)
    png = preview(empty, np.zeros((1080, 1080), int))
    picture = np.asarray(Image.open(io.BytesIO(png)).convert("L"))
    assert picture.shape == (540, 540)
    assert len(png) < 300_000
    assert np.median(picture) < 60
    full = np.asarray(Image.open(io.BytesIO(preview(draw_field(DISCS, 160), np.zeros((160, 160), int)))).convert("L"))
    assert full[60, 60] > 200
