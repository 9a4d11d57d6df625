"""What a network in training is shown."""

from __future__ import annotations

import numpy as np
import torch

from cellswap.extract import preprocess
from cellswap.extract.networks import network
from cellswap.extract.swaps.compose import Pair, Side, compose
from cellswap.extract.training import batches, recipe
from cellswap.extract.training.batches import Kinds
from cellswap.extract.training.options import RECIPES
from cellswap.extract.training.views import Looking, centre_weight

from .test_material import gathered

CPU = torch.device("cpu")


def looking(name, *, alone=False):
    return Looking(network(name).facts, RECIPES[name], alone, CPU)


def test_swapped_cells_are_composed_and_the_others_are_as_they_are(fields, asked):
    found = gathered(fields, asked("pci-narrow"))
    made = next(batches.epoch(found, Kinds(32, 0.5, masks=False, pairs=True), ("t", 0)))
    seen = looking("pci-narrow").measuring(made).images
    centre, behind = (Side(*map(torch.from_numpy, (h.crops, h.mean, h.std))) for h in (made.cells, made.behind))
    masks = torch.from_numpy(made.masks)
    composed = preprocess.minmax(compose(Pair(centre, behind, masks, masks)), None)
    plain = preprocess.minmax(centre.crops.float(), None)
    assert 0 < made.swapped.sum() < 32
    for i, swapped in enumerate(made.swapped):
        torch.testing.assert_close(seen[i], (composed if swapped else plain)[i])


def test_a_cell_alone_has_nothing_around_it(fields, asked):
    found = gathered(fields, asked())
    made = next(batches.epoch(found, Kinds(32, 0.5, masks=True, pairs=False), ("t", 0)))
    seen = looking("pifia-narrow", alone=True).measuring(made).images[:, 0]
    assert bool((seen[~torch.from_numpy(made.masks)] == 0).all())
    assert bool((seen[torch.from_numpy(made.masks)] != 0).any())


def test_a_second_cell_is_augmented_on_its_own_but_its_channels_together(fields, asked):
    found = gathered(fields, asked("pci-narrow"))
    made = next(batches.epoch(found, Kinds(64, 0.0, masks=False, pairs=True), ("t", 0)))
    shown = looking("pci-narrow").training(made, torch.Generator().manual_seed(1))
    plain = looking("pci-narrow").measuring(made)
    turned = [_turns(a, b) for a, b in zip(shown.images, plain.images, strict=True)]
    other = [_turns(a, b) for a, b in zip(shown.partners, plain.partners, strict=True)]
    assert set(turned) == set(other) == {(), (1,), (2,), (1, 2)}
    assert turned != other


def _turns(shown, plain):
    return next(axes for axes in ((), (1,), (2,), (1, 2)) if torch.equal(shown, plain.flip(axes)))


def test_flips_come_at_even_chances():
    crops = torch.arange(4.0).reshape(1, 1, 2, 2).expand(4000, 1, 2, 2)
    corner = recipe.flips(crops, torch.Generator().manual_seed(0))[:, 0, 0, 0]
    assert all(900 < int((corner == k).sum()) < 1100 for k in range(4))


def test_the_weight_is_one_in_the_middle_even_and_fades(fields, asked):
    weight = centre_weight(gathered(fields, asked()), 64).numpy()
    assert weight.max() == 1.0 == weight[31:33, 31:33].min()
    assert weight[0].max() == weight[:, 0].max() == 0.0
    for turned in (weight.T, weight[::-1], weight[:, ::-1]):
        np.testing.assert_allclose(weight, turned, atol=1e-6)
    assert 0 < weight[32, 32 + 11] < 1
    assert centre_weight(gathered(fields, asked()), 60).shape == (60, 60)
