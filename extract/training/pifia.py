"""PIFiA: which condition is it? (Razdaibiedina et al. 2024)."""

from __future__ import annotations

from cellswap.extract.training.recipe import Recipe, as_it_is, classify, cosine, flips

RECIPE = Recipe(
    label="condition",
    learning_rate=3e-4,
    betas=(0.9, 0.999),
    rate=cosine,
    batch_size=128,
    epochs=30,
    augment=flips,
    outcome=classify,
    prepare=as_it_is,  # its dropout of 0.02 is a layer of the network
    source="the authors' README: Adam 3e-4 with cosine decay over all steps, dropout 0.02, batch 128, 30 epochs, random flips",
)
