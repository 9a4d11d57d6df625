"""Pictures of crops: the outline is where the mask ends, the scale is the group's."""

import imagecodecs
import numpy as np

from cellswap.reports import tiles


def crop(value):
    mask = np.zeros((64, 64), bool)
    mask[10:20, 10:30] = True
    condition = np.full((64, 64), value, np.float32)
    condition[:, :8] = 0
    return {"protein": condition, "cytoplasm": condition[::-1], "mask": mask}


def test_the_outline_runs_inside_the_mask():
    made = imagecodecs.webp_decode(tiles.picture(crop(50.0), {"protein": (0.0, 100.0), "cytoplasm": (0.0, 100.0)}))
    assert made.shape == (128, 260, 3)
    first = np.all(made[:, :128] == tiles.OUTLINE, axis=2)
    expected = np.zeros((128, 128), bool)
    expected[20:40, 20:60] = True
    expected[21:39, 21:59] = False
    assert np.array_equal(first, expected)


def test_a_group_has_one_scale():
    scale = tiles.scales([crop(10.0), crop(90.0)])
    bright = imagecodecs.webp_decode(tiles.picture(crop(90.0), scale))[100, 100, 0]
    dim = imagecodecs.webp_decode(tiles.picture(crop(10.0), scale))[100, 100, 0]
    assert (bright, dim) == (252, 28)


def test_very_different_ranges_get_scales_of_their_own():
    scales, ratio = tiles.scales_each([crop(10.0), crop(90.0)], "protein")
    assert (round(ratio, 6), scales[0] == scales[1]) == (9.0, True)
    scales, ratio = tiles.scales_each([crop(1.0), crop(90.0)], "protein")
    assert round(ratio, 6) == 90.0
    assert [scale["protein"] for scale in scales] == [(0.0, 1.0), (0.0, 90.0)]
    assert scales[0]["cytoplasm"] == scales[1]["cytoplasm"] == (0.0, 90.0)


def test_a_flat_or_broken_channel_is_black_not_an_error():
    flat = {"protein": np.full((64, 64), np.nan, np.float32)}
    flat["protein"][0, 0] = 5
    made = imagecodecs.webp_decode(tiles.picture(flat, tiles.scales([flat])))
    assert made.shape == (128, 128, 3)


def test_a_tile_knows_its_size():
    made = tiles.tile(crop(50.0), tiles.scales([crop(50.0)]), "alt", ("line",))
    assert imagecodecs.webp_decode(made.image).shape[:2] == made.size[::-1]
    png = imagecodecs.png_encode(np.zeros((30, 20, 3), np.uint8))
    assert tiles.from_png(bytes(png), "alt", ()).size == (20, 30)
