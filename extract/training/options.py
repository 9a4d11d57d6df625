"""What is trained and how, as the user asked for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from cellswap.errors import BadInput, UnknownName
from cellswap.extract.forward import PRECISIONS
from cellswap.extract.training import deeploc, pci, pifia
from cellswap.extract.training.recipe import Recipe
from cellswap.store import wording

RECIPES: dict[str, Recipe] = {
    "pifia": pifia.RECIPE,
    "pci": pci.RECIPE,
    "deeploc": deeploc.RECIPE,
    "pifia-narrow": pifia.RECIPE,
    "pci-narrow": pci.RECIPE,
    "deeploc-narrow": deeploc.RECIPE,
}
ROBUST = ("swap", "mask", "center")
SPLITS = {"field": "field_id", "condition": "condition", "plate": "plate"}


@dataclass(frozen=True)
class Data:
    """Which crops are trained on. `split` is what training, validation and test do not share."""

    screen: str | None = None
    split: str = "field"
    classes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    least: int = 10
    memory_limit: int = 4 * 10**9


@dataclass(frozen=True)
class Options:
    """What to train; None means as the recipe says. `robust` are some of swap, mask and center."""

    network: str
    out: Path
    data: Data
    robust: tuple[str, ...] = ()
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    patience: int = 10
    swapped: float = 0.75
    seed: int = 0
    precision: str = "float32"
    device: str = "auto"

    @property
    def recipe(self) -> Recipe:
        """The recipe of the network's paper."""
        return RECIPES[self.network]

    @property
    def highest_rate(self) -> float:
        """The learning rate at its highest: as asked for, else the recipe's."""
        return self.recipe.learning_rate if self.learning_rate is None else self.learning_rate


def check(options: Options) -> None:
    """Raise UnknownName or BadInput where an option is not one of those there are."""
    for kind, name, known in (
        ("network to train", options.network, RECIPES),
        ("split", options.data.split, SPLITS),
        ("precision", options.precision, PRECISIONS),
        *(("way to be robust", name, ROBUST) for name in options.robust),
    ):
        if name not in known:
            raise UnknownName(kind, name, map(wording.said, known))
    if options.data.split == "condition" and options.recipe.label == "condition":
        one, many = wording.option("condition"), wording.conditions()
        raise BadInput(
            f"--split {one}: {options.network} learns to tell {many} apart, so it can't be tested on {many} that it never saw; "
            f"expected --split field or plate (evaluate heldout --by {one} tests what its vectors tell of other {many})"
        )
    if options.learning_rate is not None and not 0 < options.learning_rate < math.inf:
        raise BadInput(f"--learning-rate: expected a number over 0, found {options.learning_rate}")
    if options.out.suffix != ".safetensors":
        raise BadInput(f"--out {options.out}: expected a file name that ends in .safetensors")
