"""Pseudo-random weights, to try the pipeline with where no trained ones are at hand."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import torch
from torch import nn

from cellswap import __version__
from cellswap.extract import weights
from cellswap.extract.networks import network

NOTE = "pseudo-random, never trained (seed {seed}): what is measured with them says nothing about the published network"
N_OUTPUTS = 32


def write_untrained(model: str, seed: int, out: Path) -> int:
    """Write weights that are drawn from the seed; how many numbers they have. BadInput where `out` exists."""
    known = network(model)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        # A network's build reads only how many outputs it has: any will do.
        module = known.build(defaultdict(lambda: torch.empty(N_OUTPUTS)))
        for part in module.modules():
            if isinstance(part, (nn.Conv2d, nn.Linear)):
                # He's draw keeps the size of the signal from layer to layer; torch's own lets it fade to nothing.
                nn.init.kaiming_normal_(part.weight, nonlinearity="relu")
    variables = {name: v for name, v in module.state_dict().items() if name in known.spellings}
    facts = {"network": model, "note": NOTE.format(seed=seed), "source": "He initialization", "converter": f"cellswap {__version__}"}
    weights.write(out, variables, facts)
    return sum(v.numel() for v in variables.values())
