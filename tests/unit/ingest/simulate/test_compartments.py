"""Each localization is drawn where it belongs in the cell, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from cellswap.ingest.simulate import anatomy, cells
from cellswap.ingest.simulate.compartments import COMPARTMENTS, is_there
from cellswap.ingest.simulate.proteins import Traits
from cellswap.store.vocabulary import LOCALIZATIONS

PLAIN = Traits(1000.0, 0.3, 0.0, 1.0, 1.0, 1.0)
NO_BUD = cells.Shape(40.0, 40.0, 12.0, 11.0, 0.3, 0.0, "G1", "alive")
BUDDED = replace(NO_BUD, bud=6.0, stage="G2")


def light_of(localization, shape, seed=0):
    """The cell, and the pattern with its spread-out part taken away, scaled to a sum of 1."""
    rng = np.random.default_rng(seed)
    cell = anatomy.build(shape, rng)
    while not cell.vacuoles:
        cell = anatomy.build(shape, rng)
    pattern = COMPARTMENTS[localization](cell, PLAIN, rng)
    above = np.clip(pattern - 0.3 * pattern.max(), 0, None)
    return cell, above / above.sum()


def share(localization, where, shape=NO_BUD):
    """The share of light that lies where a condition on the cell holds, over ten cells."""
    return np.mean([light[where(cell)].sum() for cell, light in (light_of(localization, shape, s) for s in range(10))])


def test_every_localization_is_drawn():
    assert tuple(COMPARTMENTS) == LOCALIZATIONS


@pytest.mark.parametrize("localization", LOCALIZATIONS)
@pytest.mark.parametrize("shape", [NO_BUD, BUDDED])
def test_light_lies_in_the_cell(localization, shape):
    cell, light = light_of(localization, shape)
    assert light.min() >= 0
    assert light.sum() == pytest.approx(1, abs=1e-4)
    assert light[cell.depth > -2].sum() > 0.98


@pytest.mark.parametrize(
    ("localization", "where", "least"),
    [
        ("nucleus", lambda c: c.nucleus > -1, 0.95),
        ("nucleolus", lambda c: c.nucleus > -1.5, 0.95),
        ("nuclear periphery", lambda c: np.abs(c.nucleus) < 2, 0.9),
        ("spindle pole", lambda c: np.abs(c.nucleus) < 2.5, 0.9),
        ("vacuole", lambda c: c.vacuole > -1, 0.9),
        ("vacuolar membrane", lambda c: np.abs(c.vacuole) < 2, 0.9),
        ("cell periphery", lambda c: np.abs(c.depth - 0.9) < 2, 0.9),
        ("ER", lambda c: (np.abs(c.nucleus) < 2.5) | (np.abs(c.depth - 2) < 2.5), 0.85),
        ("cytoplasm", lambda c: c.nucleus < 0, 0.8),
        ("Golgi", lambda c: c.vacuole < 1, 0.9),
        ("peroxisome", lambda c: c.nucleus < 1, 0.8),
    ],
)
def test_light_lies_in_its_compartment(localization, where, least):
    assert share(localization, where) > least


def test_actin_goes_to_the_bud():
    assert share("actin", lambda c: c.along > c.shape.long, BUDDED) > 0.5


def test_bud_neck_is_a_line_across_the_neck():
    assert share("bud neck", lambda c: np.abs(c.along - 0.9 * c.shape.long) < 3, BUDDED) > 0.9


def test_a_cell_without_the_compartment_says_so():
    bare = replace(light_of("vacuole", NO_BUD)[0], vacuoles=())
    assert [is_there(name, bare) for name in ("bud neck", "vacuole", "vacuolar membrane", "nucleus")] == [False] * 3 + [True]
    pattern = COMPARTMENTS["vacuole"](bare, PLAIN, np.random.default_rng(0))
    assert np.corrcoef(pattern.ravel(), bare.cytoplasm.ravel())[0, 1] > 0.99


def test_a_cell_is_one_piece():
    for seed in (*range(20), 118, 491, 939):  # the last three once had a second piece far from the first
        rng = np.random.default_rng(seed)
        shape = cells.alone(rng, 40.0)
        _, n = ndimage.label(anatomy.build(shape, rng).depth > 0)
        assert n == 1, shape


def test_placed_cells_do_not_lie_on_each_other_and_often_touch():
    shapes = cells.place(np.random.default_rng(0), 150, 1080)
    assert len(shapes) > 140
    gaps = np.array([[np.hypot(a.y - b.y, a.x - b.x) - a.radius - b.radius for b in shapes if b is not a] for a in shapes])
    assert gaps.min() > -4
    assert (gaps.min(axis=1) < 2).mean() > 0.5
