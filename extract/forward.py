"""From a batch of stored crops to vectors of all wanted layers, on one device."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from cellswap.errors import BadInput, CellswapError, UnknownName
from cellswap.extract import channels, preprocess
from cellswap.extract.model import Model
from cellswap.extract.read import Batch
from cellswap.extract.swaps.batches import Swaps
from cellswap.extract.swaps.compose import Pair, Side, compose
from cellswap.extract.taps import Taps

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
BATCH = {"cuda": 1024, "mps": 256, "cpu": 64}
MOST_THREADS = 8


@dataclass(frozen=True)
class Vectors:
    """For each layer vectors (n, width), and for each reason why a crop can't be embedded, which of the n do have it."""

    layers: dict[str, Tensor]
    problems: dict[str, Tensor]


def device(name: str) -> torch.device:
    """The device of that name, or the best one for `auto`; BadInput where this machine has none such."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(kind for kind, found in there.items() if found))
    kind = name.partition(":")[0]
    if kind not in there:
        raise UnknownName("device", name, ("auto", *there))
    if not there[kind]:
        raise BadInput(f"--device {name}: this machine has none that torch {torch.__version__} can use; --device auto takes what there is")
    return torch.device(name)


def device_name(where: torch.device) -> str:
    """The device as its maker calls it."""
    return torch.cuda.get_device_name(where) if where.type == "cuda" else where.type


class Forward:
    """A model on a device, as a function of batches; `batch_size` halves itself when the memory does not suffice."""

    def __init__(self, model: Model, poolings: dict[str, str], where: torch.device, batch_size: int | None) -> None:
        self.device = where
        self.batch_size = batch_size or BATCH[where.type]
        self._model = model
        self._dtype = PRECISIONS[model.precision]
        # float32 means float32: cuDNN would otherwise round to TF32 inside convolutions, beyond the tolerance.
        torch.backends.cudnn.allow_tf32 = False
        module = model.module.to(where, self._dtype)
        # On two cores 1.3 to 1.7 times torch's own order, on an H200 in float32 0.83 to 0.97 times. torch.compile was tried with the
        # layers' hooks: 0.8 to 1.0 times this, since a compiled network runs to its end and not only to the deepest wanted layer
        # (benchmarks/extract.py prints both).
        own = where.type == "cuda" and self._dtype == torch.float32
        self.order = torch.contiguous_format if own else torch.channels_last
        module = module.to(memory_format=self.order)  # pyright: ignore[reportCallIssue] - torch lacks its stub
        self._taps = Taps(module, poolings)
        self._preprocess = preprocess.PREPROCESSING[model.preprocessing]

    @property
    def threads(self) -> int:
        """How many threads may read beside it, and as many write: on a processor it takes all cores itself."""
        return 1 if self.device.type == "cpu" else max(1, min(MOST_THREADS, (os.cpu_count() or 1) // 2))

    def __call__(self, batch: Batch, *, masked: bool) -> Vectors:
        """The vectors of a batch's crops, real or masked; still on the device, whose work may not be over."""
        crops = self._upload(batch.crops)
        alone = masked or self._model.weights.masked
        masks = self._upload(batch.masks) if alone and batch.masks is not None else None
        return self._in_pieces(len(crops), lambda piece: self._once(crops[piece], None if masks is None else masks[piece]))

    def composed(self, swaps: Swaps, variant: str) -> Vectors:
        """The vectors of a batch of swaps, composed on the device by the paper's rule or a variant of it."""
        centre, background = (Side(*map(self._upload, (half.crops, half.mean, half.std))) for half in (swaps.centre, swaps.background))
        mask = self._upload(swaps.mask)
        # Only one variant looks at the cells, and then they are there.
        pair = Pair(centre, background, mask, mask if swaps.cells is None else self._upload(swaps.cells))
        alone = mask if self._model.weights.masked else None
        return self._in_pieces(
            len(mask), lambda piece: self._once(compose(pair.part(piece), variant), None if alone is None else alone[piece])
        )

    def _in_pieces(self, n: int, once: Callable[[slice], Vectors]) -> Vectors:
        """The vectors of n images, as many at a time as the memory allows."""
        found: list[Vectors] = []
        start = 0
        while start < n:
            piece = slice(start, start + self.batch_size)
            made = self._or_halve(lambda piece=piece: once(piece))
            if made is not None:
                found.append(made)
                start = piece.stop
        return _joined(found)

    def _upload(self, array: object) -> Tensor:
        tensor = torch.from_numpy(array)
        if self.device.type == "cuda":
            return tensor.pin_memory().to(self.device, non_blocking=True)
        return tensor if self.device.type == "cpu" else (tensor if tensor.dtype == torch.bool else tensor.float()).to(self.device)

    @torch.inference_mode()
    def _once(self, crops: Tensor, masks: Tensor | None) -> Vectors:
        crops = crops.float()
        problems = preprocess.problems(crops, masks)
        x = self._preprocess(crops, masks)
        n_views = 1
        if self._model.five_crops and self._model.input_size:
            x, n_views = preprocess.five(x, self._model.input_size), len(preprocess.FIVE_CROPS)
        elif self._model.input_size:
            x = preprocess.centre(x, self._model.input_size)
        feeding = self._model.feeding
        layers = self._taps(channels.feed(x, feeding).to(self._dtype, memory_format=self.order))
        layers = {name: channels.join_passes(v, feeding) for name, v in layers.items()}
        if n_views > 1:
            layers = {name: v.unflatten(0, (-1, n_views)).mean(1) for name, v in layers.items()}
        return Vectors(layers, problems)

    def _or_halve(self, compute: Callable[[], Vectors]) -> Vectors | None:
        """The result, or None after halving the batch size because the memory did not suffice."""
        try:
            return compute()
        except (RuntimeError, MemoryError) as error:
            if not _is_out_of_memory(error):
                raise
            if self.batch_size == 1:
                raise CellswapError(f"{device_name(self.device)}: out of memory even for one crop at a time") from error
        self.batch_size = max(1, self.batch_size // 2)
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        return None


def _is_out_of_memory(error: Exception) -> bool:
    words = ("out of memory", "can't allocate memory", "not enough memory")
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or any(word in str(error) for word in words)


def _joined(found: list[Vectors]) -> Vectors:
    if len(found) == 1:
        return found[0]
    if not found:
        return Vectors({}, {})
    return Vectors(_cat(v.layers for v in found), _cat(v.problems for v in found))


def _cat(found: Iterable[dict[str, Tensor]]) -> dict[str, Tensor]:
    pieces = list(found)
    return {name: torch.cat([piece[name] for piece in pieces]) for name in pieces[0]}
