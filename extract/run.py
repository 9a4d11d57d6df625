"""`cellswap extract`: crops in, embeddings out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from cellswap.errors import BadInput, UnknownName
from cellswap.extract import loading, plan, taps
from cellswap.extract import model as models
from cellswap.extract.embed import embed
from cellswap.extract.forward import PRECISIONS, Forward, device, device_name
from cellswap.extract.model import Model
from cellswap.extract.plan import Chunk, Target
from cellswap.extract.read import Batch, Need
from cellswap.store import database, work
from cellswap.store.folder import Store
from cellswap.store.runs import Run

SETTINGS = ("baseline", "masked")
WIDEST = 16_384
SMALL_UNITS = (
    "pixels are in units of about 0-1: percentile_stretch then shifts and cuts but divides nothing, as published"
)


@dataclass(frozen=True)
class Request:
    """What to extract, as the user asked for it; None means the default."""

    model: loading.Wanted
    layers: tuple[str, ...] | None = None
    settings: tuple[str, ...] = SETTINGS
    pooling: str = "avg"
    screen: str | None = None
    all_crops: bool = False
    shard: str = "1/1"
    device: str = "auto"
    batch_size: int | None = None


@dataclass(frozen=True)
class Prepared:
    """A request made good: the model on its device, what it reads, and the partitions that it fills."""

    model: Model
    forward: Forward
    need: Need
    targets: tuple[Target, ...]


def prepare(store: Store, request: Request) -> Prepared:
    """The model ready to run on this store; BadInput or UnknownName where something does not fit."""
    _check(request)
    model = loading.load(request.model)
    lacking = [role for role in model.feeding.roles if role not in store.channels]
    if lacking:
        raise BadInput(
            f"--model {model.network}: it takes the channels {', '.join(model.feeding.roles)}; this store has no {', '.join(lacking)} "
            f"(it has {', '.join(store.channels)})"
        )
    if model.crop_size not in {None, store.crop_size}:
        raise BadInput(
            f"--model {model.network}: it takes crops of {model.crop_size} px, this store's are {store.crop_size} px"
        )
    poolings = _poolings(store, model, request)
    targets = tuple(Target(model.name, layer, how, s) for s in request.settings for layer, how in poolings.items())
    forward = Forward(model, poolings, device(request.device), request.batch_size)
    return Prepared(model, forward, Need(store.crop_size, model.feeding.roles, "masked" in request.settings), targets)


def extract(store: Store, request: Request, ready: Prepared, run: Run) -> None:
    """Write the embeddings that the store lacks, and the model's row."""
    row = models.row(ready.model, request.model.note)
    models.register(store, row, run.run_id)
    run.note(f"weights of {ready.model.name}: {row['weights_note'][0]}")
    run.note(
        f"device: {device_name(ready.forward.device)}, {ready.model.precision}, batches of {ready.forward.batch_size}"
    )
    with database.connect(store) as connection:
        planned = plan.chunks(connection, store, request.screen, all_crops=request.all_crops)
        done = plan.Done(store, ready.targets, planned)
        mine = work.shard(planned, request.shard)
        left = done.remaining(mine)
        if ready.model.preprocessing == "percentile_stretch" and plan.in_small_units(connection):
            run.note(SMALL_UNITS)
        _say(run, plan.unused(connection, request.screen) if not request.all_crops else {}, mine, left)
        with work.progress("extract", sum(c.n_rows for c in left) * len(request.settings), "images") as progress:
            embed(store, plan.work(connection, done, left), ready.forward, ready.need, run, progress)


def dry_run(store: Store, request: Request, ready: Prepared) -> Iterator[str]:
    """What `extract` would do, line by line, with the time that it would take after a trial of one batch."""
    with database.connect(store) as connection:
        planned = plan.chunks(connection, store, request.screen, all_crops=request.all_crops)
    left = plan.Done(store, ready.targets, planned).remaining(work.shard(planned, request.shard))
    crops = sum(c.n_rows for c in left)
    yield f"model {ready.model.name}: {len({t.layer for t in ready.targets})} layers, settings {', '.join(request.settings)}"
    yield f"to do: {crops} crops in {len(left)} of {len(planned)} batches, {len(left) * len(ready.targets)} parts"
    rate = _rate(ready)
    yield f"about {crops * len(request.settings) / rate:.0f} s at {rate:.0f} images a second on {device_name(ready.forward.device)}"


def _rate(ready: Prepared) -> float:
    """Images a second, from the second of two batches of noise."""
    n, size = ready.forward.batch_size, ready.need.crop_size
    noise = np.random.default_rng(work.seed("dry run")).random((n, len(ready.need.channels), size, size), np.float32)
    batch = Batch(np.arange(n), noise, None, {})
    start = 0.0
    for _ in range(2):
        start = time.perf_counter()
        made = ready.forward(batch, masked=False)
        _ = [vectors.cpu() for vectors in made.layers.values()]
    return n / (time.perf_counter() - start)


def _check(request: Request) -> None:
    for setting in request.settings:
        if setting not in SETTINGS:
            raise UnknownName("setting", setting, SETTINGS)
    if request.pooling not in taps.POOLINGS:
        raise UnknownName("pooling", request.pooling, taps.POOLINGS)
    if request.model.precision not in PRECISIONS:
        raise UnknownName("precision", request.model.precision, PRECISIONS)


def _poolings(store: Store, model: Model, request: Request) -> dict[str, str]:
    """For each wanted layer how it is pooled: a layer that gives a vector is not, whatever was asked for."""
    size = model.input_size or store.crop_size
    found = _shapes(model, size)
    offered = {name: shape for name, shape in found.items() if not model.layers or name in model.layers}
    names = request.layers or ((model.default_layer,) if model.default_layer else None)
    if names is None:
        raise BadInput(f"--model {model.network}: name the layers to take with --layers; it has {', '.join(offered)}")
    if names == ("all",):
        names = tuple(offered)
    for name in names:
        if name not in offered:
            raise UnknownName("layer", name, offered)
    return {name: _pooling(name, offered[name], request.pooling) for name in names}


def _shapes(model: Model, size: int) -> dict[str, tuple[int, ...]]:
    try:
        return taps.shapes(model.module, torch.zeros(2, model.feeding.n_inputs, size, size))
    except Exception as error:  # a network of the user's may raise anything
        first = next(iter(str(error).splitlines()), type(error).__name__)
        raise BadInput(
            f"--model {model.network}: it does not run on crops (N, {model.feeding.n_inputs}, {size}, {size}): {first}; "
            "see --channels and --inputs"
        ) from error


def _pooling(name: str, shape: tuple[int, ...], asked: str) -> str:
    how = asked if len(shape) > 1 else "none"
    width = int(np.prod(shape))
    if how == "none" and width > WIDEST:
        raise BadInput(
            f"--pooling none: layer {name} is a map of {' x '.join(map(str, shape))} = {width:,} numbers; pool it: avg or max"
        )
    return how


def _say(run: Run, unused: dict[str, int], mine: list[Chunk], left: list[Chunk]) -> None:
    for reason, n in unused.items():
        run.note(f"{n} crops are not used: {reason}")
    there = sum(c.n_rows for c in mine) - sum(c.n_rows for c in left)
    if there:
        run.note(f"{there} crops were done before")
