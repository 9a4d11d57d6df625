"""Which channels a network is given, and in which of its inputs.

A network that was trained on other channels can be fed in two ways (Isselmann et al. 2025): *channel-wise*, known
channels in matching inputs and the rest zero, or by *replication*, each channel alone in all inputs and the vectors
of the passes one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from cellswap.errors import BadInput


@dataclass(frozen=True)
class Feeding:
    """Names of the channels that are read, the input that each goes to, and how many inputs the network has.

    With `replicate` each channel fills all inputs, in a pass of its own.
    """

    roles: tuple[str, ...]
    places: tuple[int, ...]
    n_inputs: int
    replicate: bool = False

    @property
    def n_passes(self) -> int:
        """How many forward passes a crop takes."""
        return len(self.roles) if self.replicate else 1

    def __str__(self) -> str:
        """As it stands in the table `models`."""
        if self.replicate:
            return f"{', '.join(self.roles)} in turn in all {self.n_inputs} inputs"
        if self.places == tuple(range(self.n_inputs)):
            return ",".join(self.roles)
        shown = ",".join(f"{role}={place}" for role, place in zip(self.roles, self.places, strict=True))
        return f"{shown} of {self.n_inputs} inputs"


def straight(*roles: str) -> Feeding:
    """The roles in their order, one an input."""
    return Feeding(roles, tuple(range(len(roles))), len(roles))


def parse(text: str, n_inputs: int | None, *, replicate: bool) -> Feeding:
    """The feeding of `condition,nucleus` or `protein=1,nucleus=2`, names of a store's channels; BadInput for places that don't fit."""
    pairs = [word.strip().partition("=") for word in text.split(",") if word.strip()]
    roles = tuple(role for role, _, _ in pairs)
    if not roles or len(set(roles)) < len(roles):
        raise BadInput(f"--channels {text}: expected one or more of the store's channels, each once")
    places = tuple(_place(text, place) if equals else i for i, (_, equals, place) in enumerate(pairs))
    n = n_inputs or (max(places) + 1)
    if len(set(places)) < len(places) or (max(places) >= n and not replicate):
        raise BadInput(f"--channels {text}: expected different inputs under --inputs {n}, counted from 0")
    return Feeding(roles, places, n, replicate)


def feed(crops: Tensor, feeding: Feeding) -> Tensor:
    """What the network is given, (N * passes, inputs, H, W), crop by crop, from preprocessed crops (N, roles, H, W)."""
    if feeding.replicate:
        return crops.flatten(0, 1)[:, None].expand(-1, feeding.n_inputs, -1, -1)
    if feeding.places == tuple(range(feeding.n_inputs)):
        return crops
    given = crops.new_zeros(len(crops), feeding.n_inputs, *crops.shape[2:])
    given[:, list(feeding.places)] = crops
    return given


def join_passes(vectors: Tensor, feeding: Feeding) -> Tensor:
    """Vectors (N, passes * width), the passes one after the other, from (N * passes, width)."""
    return vectors.unflatten(0, (-1, feeding.n_passes)).flatten(1) if feeding.replicate else vectors


def _place(text: str, place: str) -> int:
    if not place.isdigit():
        raise BadInput(f"--channels {text}: expected CHANNEL=INPUT with a number from 0, found '{place}'")
    return int(place)
