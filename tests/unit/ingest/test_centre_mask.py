"""The centre cell's mask on drawn cells, whose true outline is known, and on real crops."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from scipy import ndimage

from cellswap.ingest import centre_mask

SIZE = 64


def disc(y, x, radius):
    yy, xx = np.ogrid[:SIZE, :SIZE]
    return (yy - y) ** 2 + (xx - x) ** 2 <= radius**2


def crop(*cells, noise=3.0, background=100.0):
    """A blurred, noisy crop of (mask, brightness) cells; the brighter one shows where two meet."""
    image = np.full((SIZE, SIZE), background)
    for mask, brightness in cells:
        image[mask] = np.maximum(image[mask], brightness)
    return (ndimage.gaussian_filter(image, 1.2) + np.random.default_rng(1).normal(0, noise, image.shape)).astype(np.float32)


def agreement(found, true):
    """Intersection over union."""
    return (found & true).sum() / (found | true).sum()


CENTRE = disc(31.5, 31.5, 11)


@pytest.mark.parametrize(
    ("others", "n_neighbours"),
    [
        ([], 0),
        ([(disc(31.5, 55, 10), 200)], 1),
        ([(disc(31.5, 53, 11), 200)], 1),
        ([(disc(31.5, 53, 11), 400)], 1),
        ([(disc(10, 31.5, 10), 300), (disc(53, 31.5, 11), 200), (disc(31.5, 2, 12), 350)], 3),
    ],
    ids=["alone", "apart", "touching", "touching a bright one", "three"],
)
def test_the_mask_is_the_centre_cell_alone(others, n_neighbours):
    found = centre_mask.find(crop((CENTRE, 200), *others))
    assert agreement(found.mask, CENTRE) > 0.88
    assert found.n_neighbours == n_neighbours
    assert (found.all_cells >= found.mask).all()
    assert (found.all_cells & ~found.mask).mean() == pytest.approx(found.neighbour_share, abs=0.01)
    covered = np.any([mask for mask, _ in others], axis=0).mean() if others else 0
    assert found.neighbour_share == pytest.approx(covered, abs=0.04)


def test_a_vacuole_is_part_of_the_cell():
    image = crop((CENTRE & ~disc(31.5, 36, 4), 200))
    assert agreement(centre_mask.find(image).mask, CENTRE) > 0.88


def test_a_vacuole_at_the_edge_is_part_of_the_cell_unless_it_is_dark():
    image = crop((CENTRE, 140), (CENTRE & ~disc(31.5, 40, 4), 200))
    assert agreement(centre_mask.find(image).mask, CENTRE) > 0.88


@pytest.mark.parametrize(
    "image",
    [crop(), crop((disc(31.5, 55, 10), 300)), np.full((SIZE, SIZE), 7, np.uint16), crop((disc(31.5, 31.5, 1), 200))],
    ids=["empty", "only a neighbour", "one value", "a speck"],
)
def test_nothing_at_the_centre_gives_no_mask(image):
    assert centre_mask.find(image) is centre_mask.NOTHING


def test_the_scale_of_intensities_does_not_matter():
    image = crop((CENTRE, 200), (disc(31.5, 53, 11), 300))
    one, other = centre_mask.find(image).mask, centre_mask.find((image / 65536).astype(np.float32)).mask
    assert np.array_equal(one, other)


def test_real_crops_have_masks_near_their_centre(shared):
    found = [centre_mask.find(tifffile.imread(p)) for p in sorted((shared / "data/pci_toy_yeast_small").rglob("*_rfp.tif"))]
    assert len(found) == 36
    masks = [cells.mask for cells in found if cells.mask is not None]
    assert len(masks) >= 35
    assert all(300 < mask.sum() < 2500 for mask in masks)
    assert all(ndimage.label(mask)[1] == 1 for mask in masks)
