"""Batches: the same from the middle as from the start, backgrounds of other proteins, partners of the same."""

from __future__ import annotations

import numpy as np
import pytest

from cellswap.extract.training import batches
from cellswap.extract.training.batches import Kinds

from .test_material import gathered

SWAPPED = Kinds(16, 0.5, masks=False, pairs=False)


def arrays(examples):
    behind = (examples.behind.crops,) if examples.behind else ()
    partners = (examples.partners,) if examples.partners is not None else ()
    return [examples.cells.crops, examples.labels, examples.swapped, *behind, *partners]


def test_an_epoch_begun_in_the_middle_gives_the_same_batches(fields, asked):
    found = gathered(fields, asked())
    whole = list(batches.epoch(found, SWAPPED, ("t", 0)))
    later = list(batches.epoch(found, SWAPPED, ("t", 0), 2))
    assert len(whole) == len(found.sides["train"]) // 16 > 3
    for a, b in zip(whole[2:], later, strict=True):
        for x, y in zip(arrays(a), arrays(b), strict=True):
            np.testing.assert_array_equal(x, y)


def test_another_epoch_has_another_order(fields, asked):
    found = gathered(fields, asked())
    first, second = (next(batches.epoch(found, SWAPPED, ("t", e))) for e in (0, 1))
    assert not np.array_equal(first.cells.crops, second.cells.crops)


def test_half_of_the_cells_get_a_background_of_another_condition(fields, asked):
    found = gathered(fields, asked())
    of = {crop.tobytes(): int(condition) for crop, condition in zip(found.kept.crops, found.condition, strict=True)}
    train = {found.kept.crops[i].tobytes() for i in found.sides["train"]}
    shares = []
    for made in batches.epoch(found, SWAPPED, ("t", 0)):
        shares.append(made.swapped.mean())
        for centre, behind in zip(made.cells.crops, made.behind.crops, strict=True):
            assert of[centre.tobytes()] != of[behind.tobytes()]
            assert behind.tobytes() in train
    assert 0.35 < np.mean(shares) < 0.65


@pytest.mark.parametrize("side", ["train", "val"])
def test_a_partner_is_another_cell_of_the_condition_on_the_same_side(fields, asked, side):
    found = gathered(fields, asked("pci"))
    place = {crop.tobytes(): i for i, crop in enumerate(found.kept.crops)}
    kinds = Kinds(8, 0.0, masks=False, pairs=True)
    given = batches.epoch(found, kinds, ("t", 0)) if side == "train" else batches.in_order(found, side, kinds)
    n = 0
    for made in given:
        for a, b in zip(made.cells.crops, made.partners, strict=True):
            i, j = place[a.tobytes()], place[b.tobytes()]
            assert i != j
            assert found.condition[i] == found.condition[j]
            assert {i, j} <= set(found.sides[side].tolist())
            n += 1
    assert n >= 4


def test_in_order_shows_every_crop_once(fields, asked):
    found = gathered(fields, asked())
    made = list(batches.in_order(found, "test", SWAPPED))
    np.testing.assert_array_equal(np.concatenate([m.cells.crops for m in made]), found.kept.crops[found.sides["test"]])
    assert all(m.behind is None for m in made)
