"""What a network in training is shown of a cell: all of it, a swap, the cell alone; composed on the device."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cellswap.extract import preprocess
from cellswap.extract.networks.facts import NetworkFacts
from cellswap.extract.swaps.batches import Half
from cellswap.extract.swaps.compose import Pair, Side, compose
from cellswap.extract.training.batches import Examples
from cellswap.extract.training.material import Material
from cellswap.extract.training.recipe import Given, Recipe

CHUNK = 4096


@dataclass(frozen=True)
class Looking:
    """How crops become what a network is shown; `alone` puts 0 around the centre cell."""

    facts: NetworkFacts
    recipe: Recipe
    alone: bool
    device: torch.device

    def training(self, examples: Examples, draw: torch.Generator) -> Given:
        """A training batch on the device: some cells on other backgrounds, all of it augmented."""
        images, partners = self._seen(examples)
        augment = self.recipe.augment
        return self._given(augment(images, draw), examples, None if partners is None else augment(partners, draw))

    def measuring(self, examples: Examples) -> Given:
        """A batch on the device as extract will show it."""
        images, partners = self._seen(examples)
        size = self.facts.input_size
        middle = None if partners is None else preprocess.centre(partners, size)
        return self._given(preprocess.centre(images, size), examples, middle)

    def _seen(self, examples: Examples) -> tuple[Tensor, Tensor | None]:
        prepare = preprocess.PREPROCESSING[self.facts.preprocessing]
        crops = self._to_device(examples.cells.crops).float()
        masks = None if examples.masks is None else self._to_device(examples.masks)
        if examples.behind is not None and masks is not None:
            which = self._to_device(np.flatnonzero(examples.swapped))
            pair = Pair(self._side(examples.cells), self._side(examples.behind), masks, masks)
            crops = crops.index_put((which,), compose(pair.part(which)))
        images = prepare(crops, masks if self.alone else None)
        if examples.partners is None:
            return images, None
        other = self._to_device(examples.partner_masks) if self.alone and examples.partner_masks is not None else None
        return images, prepare(self._to_device(examples.partners).float(), other)

    def _given(self, images: Tensor, examples: Examples, partners: Tensor | None) -> Given:
        labels = self._to_device(examples.labels)
        return Given(images.contiguous(memory_format=torch.channels_last), labels, partners)

    def _side(self, half: Half) -> Side:
        crops, mean, std = map(self._to_device, (half.crops, half.mean, half.std))
        return Side(crops.float(), mean, std)  # CUDA can't take some of a batch of uint16

    def _to_device(self, array: object) -> Tensor:
        tensor = torch.from_numpy(array)
        if self.device.type == "cuda":
            return tensor.pin_memory().to(self.device, non_blocking=True)
        return tensor.to(self.device)


def centre_weight(material: Material, size: int) -> Tensor:
    """A weight 0-1 (size, size): how often a pixel of a training crop belongs to the centre cell, against the most frequent one.

    Made even under flips and turns. It needs no parameter: the store's own cells say how far from the middle they reach.
    """
    crops = material.sides["train"]
    total = np.zeros(material.kept.crops.shape[-2:])
    for start in range(0, len(crops), CHUNK):
        total += material.kept.masks("mask", crops[start : start + CHUNK]).sum(0)
    even = sum((_turned(total, k) for k in range(8)), np.zeros_like(total))
    weight = torch.from_numpy((even / even.max()).astype(np.float32))
    return preprocess.centre(weight[None, None], size)[0, 0].contiguous()


def _turned(image: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    turned = np.rot90(image, k % 4)
    return turned.T if k >= 4 else turned
