"""Seconds that work takes, and the weights that benchmarks run it with."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import torch

from cellswap.extract.untrained import write_untrained


def seconds(work: Callable[[], object], where: torch.device | None = None) -> float:
    """How long the work takes, until the device is done with it."""
    start = time.perf_counter()
    work()
    if where is not None and where.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def weights_file(network: str, folder: Path) -> Path:
    """A network's drawn weights in that folder; which numbers they are changes nothing about the work."""
    path = folder / f"{network}.safetensors"
    if not path.exists():
        write_untrained(network, 3, path)
    return path
