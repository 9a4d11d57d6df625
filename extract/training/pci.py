"""Paired Cell Inpainting: paint one cell's condition from its marker and another cell of the same condition (Lu et al. 2019)."""

from __future__ import annotations

import torch
from torch import nn

from cellswap.extract.training.recipe import Given, Outcome, Recipe, as_it_is, constant, flips


def paint(network: nn.Module, given: Given) -> Outcome:
    """Mean squared error between the painted condition and the other cell's."""
    if given.partners is None:
        raise ValueError("painting needs pairs of cells")
    target, marker = given.partners[:, :1], given.partners[:, 1:]
    painted = network(given.images, marker).float()
    return Outcome(nn.functional.mse_loss(painted, target.float()), torch.zeros((), device=painted.device))


RECIPE = Recipe(
    label="pairs",
    learning_rate=1e-4,
    betas=(0.5, 0.999),
    rate=constant,
    batch_size=64,
    epochs=30,
    augment=flips,
    outcome=paint,
    prepare=as_it_is,
    source="the authors' train.py: mean squared error, Adam 1e-4 with beta1 0.5, batch 64, 30 epochs, independent flips of both cells",
)
