"""Nuclei in drawn fields, whose truth is known, and in real ones, counted by scikit-image alone."""

import numpy as np
import pytest
import tifffile
from scipy import ndimage

from cellswap.errors import BadInput
from cellswap.ingest.nuclei import Nuclei, find
from cellswap.ingest.recipe import segmentation
from cellswap.ingest.segment import Segmentation

# Objects by a Gaussian of 2 px and Li's threshold, none parted and none left out, as the data's README has them.
BY_LI = (62, 64, 70, 64)


def at_centres(labels, discs):
    return [labels[round(y), round(x)] for y, x, _ in discs]


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_touching_nuclei_are_parted_and_odd_sizes_left_out(draw_field, scale):
    nuclei = [(60, 60, 12), (60, 83, 12), (150, 60, 13), (150, 150, 11), (60, 170, 12)]
    odd = [(120, 100, 3), (230, 220, 40)]
    discs = [(y * scale, x * scale, r * scale) for y, x, r in (*nuclei, *odd)]
    found = find(draw_field(discs, round(300 * scale)), Nuclei(24 * scale))
    labels = at_centres(found.labels, discs)
    assert len(set(labels[:5])) == 5
    assert 0 not in labels[:5]
    assert labels[5:] == [0, 0]
    assert (found.labels.max(), found.n_odd) == (5, 2)
    areas = np.bincount(found.labels.ravel())[1:]
    radii = [r for _, _, r in discs[:5]]
    assert np.sqrt(areas[np.array(labels[:5]) - 1] / np.pi) == pytest.approx(radii, rel=0.2)


def test_light_and_noise_are_no_nuclei(draw_field):
    assert find(draw_field([], 300), Nuclei(24)).labels.max() == 0
    assert find(np.full((90, 90), 7, np.uint8), Nuclei(24)).labels.max() == 0


def test_the_real_fields(shared):
    for image, by_li in zip(tifffile.imread(shared.whole("data/ebimage_fields/nuclei.tif")), BY_LI, strict=True):
        found = find(image, Nuclei(27))
        assert 50 <= found.labels.max() <= 1.2 * by_li
        assert ndimage.label(found.labels > 0)[1] >= 0.85 * by_li  # before they were parted


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ((None, "DNA", None, False), "--segment-from DNA: say with --cell-diameter PX"),
        ((None, None, 27.0, False), "--cell-diameter: no effect without --segment-from"),
        (("AGP", "DNA", 27.0, False), "leave out --segment-in, --masks"),
        ((None, "DNA", 27.0, True), "leave out --segment-in, --masks"),
        ((None, "DNA", 1.0, False), "--cell-diameter 1: expected the diameter in pixels, 4 to 1000"),
    ],
)
def test_options_that_say_too_much_or_too_little(asked, expected):
    with pytest.raises(BadInput, match=expected):
        segmentation(*asked[:3], given=asked[3])


def test_without_options_whole_cells_are_looked_for():
    assert segmentation(None, None, None, given=False) == Segmentation()
