"""The recipes' numbers are the papers', and their rates and flips what they say."""

from __future__ import annotations

import pytest
import torch

from cellswap.extract.training import recipe
from cellswap.extract.training.options import RECIPES

# Learning rate, betas, batch, epochs: Razdaibiedina et al. 2024, Lu et al. 2019 and Kraus et al. 2017, from their published commands.
PAPERS = {
    "pifia": (3e-4, (0.9, 0.999), 128, 30),
    "pci": (1e-4, (0.5, 0.999), 64, 30),
    "deeploc": (0.1, (0.9, 0.999), 128, 50),
}


@pytest.mark.parametrize("name", RECIPES)
def test_the_numbers_are_the_papers(name):
    made = RECIPES[name]
    assert (made.learning_rate, made.betas, made.batch_size, made.epochs) == PAPERS[name.removesuffix("-narrow")]


def test_the_cosine_falls_from_1_to_0():
    assert [recipe.cosine(point) for point in (0, 1 / 3, 0.5, 1)] == pytest.approx([1, 0.75, 0.5, 0])


def test_crops_are_flipped_both_ways_in_all_four_combinations():
    crops = torch.arange(4.0).reshape(1, 1, 2, 2).expand(400, 1, 2, 2)
    made = [tuple(image.flatten().tolist()) for image in recipe.flips(crops, torch.Generator().manual_seed(1))]
    ways = {(0, 1, 2, 3), (1, 0, 3, 2), (2, 3, 0, 1), (3, 2, 1, 0)}
    assert set(made) == ways
    assert all(60 < made.count(way) < 140 for way in ways)
