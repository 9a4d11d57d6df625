"""DeepLoc: where is the condition? (Kraus et al. 2017)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from cellswap.extract.training.recipe import Recipe, classify, flips

SIZE = 60
OFFSETS = 4  # 0 to 3: the authors' upper bound is exclusive
TURNS = 3  # by 0, 90 or 180 degrees: theirs, too
STAIRS = 400  # 10,000 steps in stairs of 25


def stairs(point: float) -> float:
    """0.96 to the power of the stair: the authors' 10,000 steps of 25 each, stretched over as many steps as there are."""
    return 0.96 ** math.floor(STAIRS * point)


def jitter(crops: Tensor, draw: torch.Generator) -> Tensor:
    """Crops (n, C, 60, 60) cut at random out of crops of 64 px, flipped and turned at random."""
    offsets = torch.randint(0, OFFSETS, (2, len(crops)), generator=draw)
    turns = torch.randint(0, TURNS, (len(crops), 1, 1, 1), generator=draw).to(crops.device)
    rows, columns = ((start[:, None] + torch.arange(SIZE)).to(crops.device) for start in offsets)
    item = torch.arange(len(crops), device=crops.device)
    cut = crops[item[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    flipped = flips(cut, draw)
    quarter = torch.where(turns == 1, flipped.rot90(1, (2, 3)), flipped)
    return torch.where(turns == 2, flipped.rot90(2, (2, 3)), quarter)


def without_softmax(network: nn.Module) -> None:
    """Let the network give logits: it has no variables in its softmax, and the loss has one of its own."""
    network.add_module("softmax", nn.Identity())


RECIPE = Recipe(
    label="class",
    learning_rate=0.1,
    betas=(0.9, 0.999),
    rate=stairs,
    batch_size=128,
    epochs=50,
    augment=jitter,
    outcome=classify,
    prepare=without_softmax,
    source="the authors' DeepLoc_train.py: Adam 0.1 x 0.96^(step / 25), batch 128, random 60 px crops, flips and turns; at most "
    "10,000 steps there, here as many epochs as asked for, the stairs stretched over them",
)
