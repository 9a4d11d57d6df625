"""`cellswap extract`: crops in, embeddings out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import numpy as np
import torch

from cellswap.errors import BadInput, UnknownName
from cellswap.extract import embed_swaps, left_out, loading, taps, todo
from cellswap.extract import model as models
from cellswap.extract.embed import embed, in_batches
from cellswap.extract.embed_swaps import Planned
from cellswap.extract.forward import PRECISIONS, Forward, Vectors, device, device_name
from cellswap.extract.model import Model
from cellswap.extract.read import Batch, Need, batches
from cellswap.extract.swaps.gather import Room
from cellswap.extract.todo import Chunk, Only, Target
from cellswap.store import database, progress, runs, view_names, work
from cellswap.store.folder import Store
from cellswap.store.runs import Run
from cellswap.store.vocabulary import REAL

WIDEST = 16_384
SMALL_UNITS = "pixels are in units of about 0-1: percentile_stretch then shifts and cuts but divides nothing, as published"


@dataclass(frozen=True)
class Request:
    """What to extract, as the user asked for it; None means the default."""

    model: loading.Wanted
    layers: tuple[str, ...] | None = None
    settings: tuple[str, ...] | None = None
    pooling: str = "avg"
    screen: str | None = None
    all_crops: bool = False
    shard: str = "1/1"
    device: str = "auto"
    batch_size: int | None = None
    planned: Planned | None = None


@dataclass(frozen=True)
class Prepared:
    """A request made good: the model on its device, what it reads, its settings, and the partitions that it fills."""

    model: Model
    forward: Forward
    need: Need
    settings: tuple[str, ...]
    targets: tuple[Target, ...]

    def of(self, *settings: str) -> tuple[Target, ...]:
        """The targets of some settings."""
        return tuple(target for target in self.targets if target.setting in settings)


@dataclass(frozen=True)
class Crops:
    """The crops that one command embeds as they are or masked: chunks, and of these the ones that are left to do."""

    only: Only
    settings: tuple[str, ...]
    n_chunks: int
    mine: list[Chunk]
    left: list[Chunk]
    done: todo.Done


def prepare(store: Store, request: Request) -> Prepared:
    """The model ready to run on this store; BadInput or UnknownName where something does not fit."""
    settings = _settings(store, request)
    _check(request)
    model = loading.load(request.model, store.signal)
    lacking = [role for role in model.feeding.roles if role not in store.channels]
    if lacking:
        raise BadInput(
            f"--model {model.network}: it takes the channels {', '.join(model.feeding.roles)}; this store has no {', '.join(lacking)} "
            f"(it has {', '.join(store.channels)}); say with --channels which of them it is given instead"
        )
    if model.crop_size not in {None, store.crop_size}:
        raise BadInput(f"--model {model.network}: it takes crops of {model.crop_size} px, this store's are {store.crop_size} px")
    poolings = _poolings(store, model, request)
    targets = tuple(Target(model.name, layer, how, s) for s in settings for layer, how in poolings.items())
    _keep_views(store, targets)
    forward = Forward(model, poolings, device(request.device), request.batch_size)
    need = Need(store.crop_size, model.feeding.roles, "masked" in settings or model.weights.masked)
    return Prepared(model, forward, need, settings, targets)


def extract(store: Store, request: Request, ready: Prepared, run: Run) -> None:
    """Write the embeddings that the store lacks, and the model's row."""
    row = models.row(ready.model, request.model.note)
    run.wrote(*models.register(store, row, ready.model.weights.conditions, run.run_id))
    run.note(f"weights of {ready.model.name}: {row['weights_note'][0]}")
    run.note(f"device: {device_name(ready.forward.device)}, {ready.model.precision}, batches of {ready.forward.batch_size}")
    with database.connect(store) as connection:
        for crops in _crops(connection, store, request, ready):
            if ready.model.preprocessing == "percentile_stretch" and todo.in_small_units(connection):
                run.note(SMALL_UNITS)
            _say(connection, run, crops)
            _embed_crops(connection, store, crops, ready, run)
        if request.planned and (mine := _swaps(connection, store, request, ready)):
            if done := mine.n_mine - mine.n_left:
                run.remark(f"{done} swaps were done before")
            embed_swaps.embed_swaps(connection, store, mine, _room(store, request.planned, ready), ready.forward, run)
    runs.join(store, run)
    run.keep(left_out.images_kept(run.parts.values()).total())
    for note in left_out.notes(store, ready.model.name, run):
        run.note(note)


def dry_run(store: Store, request: Request, ready: Prepared) -> Iterator[str]:
    """What `extract` would do, line by line, with the time that it would take after a trial of one batch."""
    yield f"model {ready.model.name}: {len({t.layer for t in ready.targets})} layers, settings {', '.join(ready.settings)}"
    images = 0
    with database.connect(store) as connection:
        for crops in _crops(connection, store, request, ready):
            n, n_parts = sum(c.n_rows for c in crops.left), len(crops.left) * len(ready.of(*crops.settings))
            kind = f" for {crops.settings[0]}" if request.planned else ""
            yield f"to do: {n} crops{kind} in {len(crops.left)} of {crops.n_chunks} batches, {n_parts} parts"
            images += n * len(crops.settings)
        if request.planned and (mine := _swaps(connection, store, request, ready)):
            yield f"to do: {mine.n_left} of {mine.n_mine} swaps in {sum(map(len, mine.left.values()))} batches"
            images += mine.n_left
    rate = _rate(ready)
    yield f"about {images / rate:.0f} s at {rate:.0f} images a second on {device_name(ready.forward.device)}"


def _crops(connection: duckdb.DuckDBPyConnection, store: Store, request: Request, ready: Prepared) -> Iterator[Crops]:
    """The real and masked crops to embed, set by set: each leaves its rows in the connection until the next is taken."""
    if request.planned:
        one_by_one = [s for s in ready.settings if not embed_swaps.is_swap(s)]
        each = [(Only(None, False, request.planned.plan_id, s), (s,)) for s in one_by_one]
    else:
        each = [(Only(request.screen, request.all_crops), ready.settings)]
    for only, settings in each:
        chunks = todo.chunks(connection, store, only)
        done = todo.Done(store, ready.of(*settings), chunks)
        mine = work.shard(chunks, request.shard)
        yield Crops(only, settings, len(chunks), mine, done.remaining(mine), done)


def _embed_crops(connection: duckdb.DuckDBPyConnection, store: Store, crops: Crops, ready: Prepared, run: Run) -> None:
    forward = ready.forward
    works = todo.work(connection, crops.done, crops.left)
    stream = in_batches(works, lambda work: batches(work, ready.need, forward.batch_size, forward.threads))

    def compute(batch: Batch, setting: str) -> Vectors:
        return forward(batch, masked=setting == "masked")

    total = sum(c.n_rows for c in crops.left) * len(crops.settings)
    with progress.shown("extract", total, "images") as bar:
        embed(store, stream, compute, run, bar, forward.threads)


def _swaps(connection: duckdb.DuckDBPyConnection, store: Store, request: Request, ready: Prepared) -> embed_swaps.Share | None:
    targets = [target for target in ready.targets if embed_swaps.is_swap(target.setting)]
    if not (request.planned and targets):
        return None
    return embed_swaps.share(connection, store, request.planned, targets, request.shard)


def _room(store: Store, asked: Planned, ready: Prepared) -> Room:
    return Room(store.crop_size, ready.need.channels, asked.variant == "shift", asked.memory_limit, store.path)


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


def _settings(store: Store, request: Request) -> tuple[str, ...]:
    """The settings as they are called in embeddings."""
    if request.planned:
        if request.screen or request.all_crops:
            raise BadInput("--plan: its crops are drawn already; leave out --screen and --all-crops")
        with database.connect(store) as connection:
            return embed_swaps.settings(connection, request.planned, request.settings)
    for setting in request.settings or ():
        if embed_swaps.is_swap(setting):
            raise BadInput(f"--settings {setting}: which crop goes on which is drawn first; add --plan PLAN_ID (cellswap plan makes one)")
        if setting not in REAL:
            raise UnknownName("setting", setting, REAL)
    return request.settings or REAL


def _keep_views(store: Store, targets: tuple[Target, ...]) -> None:
    """BadInput where a view of vectors that are there would get another name by these; not where both were asked for together."""
    mine = {(target.model, target.layer, target.pooling) for target in targets}
    for old, new in view_names.renamed(database.layers_there(store), mine).items():
        if old not in mine:
            raise BadInput(
                f"model '{new[0]}', layer {new[1]}: the store has a view {view_names.plain('embedding', *new)} already, of model "
                f"'{old[0]}', layer {old[1]}, and views differ in letters and digits alone; give this one a name of its own with --as NAME"
            )


def _check(request: Request) -> None:
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
        raise BadInput(f"--pooling none: layer {name} is a map of {' x '.join(map(str, shape))} = {width:,} numbers; pool it: avg or max")
    return how


def _say(connection: duckdb.DuckDBPyConnection, run: Run, crops: Crops) -> None:
    """Note which crops are not used and which were done before; drop those of a plan that have no pixels."""
    if crops.only.plan_id:
        for crop_id in todo.planned_without_pixels(connection, crops.only):
            run.drop(f"{crop_id} ({crops.only.setting})", "no pixels")
    elif not crops.only.all_crops:
        for reason, n in todo.unused(connection, crops.only.screen).items():
            run.note(f"{n} crops are not used: {reason}")
    there = sum(c.n_rows for c in crops.mine) - sum(c.n_rows for c in crops.left)
    if there:
        run.remark(f"{there} crops were done before")
