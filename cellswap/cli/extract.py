"""extract, models, weights."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cellswap.cli import outcome, places
from cellswap.cli.options import AsJson, DryRun, StorePath, finish
from cellswap.cli.plain import say
from cellswap.errors import BadInput

if TYPE_CHECKING:  # at run time it would load the stage for every --help
    from cellswap.extract.embed_swaps import Planned
    from cellswap.extract.networks.facts import NetworkFacts

ModelName = Annotated[str, typer.Option("--model", help="A name of `cellswap models`, module:Class for a network of yours, or timm:NAME.")]
WeightsFile = Annotated[Path | None, typer.Option("--weights", help="Weights as .safetensors: cellswap weights import.")]
Device = Annotated[str, typer.Option("--device", help="cpu, cuda, mps, or auto: the best that is there.")]


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(outcome.making("extract", extract))
    app.command()(models)
    group = typer.Typer(help="Weights of networks: import them from their authors' files, look into a file.", no_args_is_help=True)
    group.command("import")(outcome.making("weights import", import_weights))
    group.command("show")(show_weights)
    group.command("random")(outcome.making("weights random", random_weights))
    app.add_typer(group, name="weights")


def extract(
    model: ModelName,
    weights: WeightsFile = None,
    layers: Annotated[str | None, typer.Option(help="Layers, with commas between, or all; else the one that the paper uses.")] = None,
    settings: Annotated[
        str | None,
        typer.Option(help="With commas between: baseline, masked (both are taken by default); with --plan any of it, else all."),
    ] = None,
    plan: Annotated[str | None, typer.Option("--plan", help="Only the images of this plan; swaps are composed as they are needed.")] = None,
    variant: Annotated[
        str | None,
        typer.Option(help="Compose otherwise than the paper: feather, dilateN, shift, match or raw; a setting of its own."),
    ] = None,
    memory_limit: Annotated[
        float, typer.Option(min=0, help="GB of crops to hold in memory for a plan; more go into a file while it runs.")
    ] = 4.0,
    pooling: Annotated[str, typer.Option(help="How a map becomes a vector: avg (the paper), max (PCI's own) or none.")] = "avg",
    name: Annotated[
        str | None, typer.Option("--as", callback=places.name, help="What to call the model in this store; else the network's name.")
    ] = None,
    note: Annotated[str | None, typer.Option(help="What the weights are; else what stands in their file.")] = None,
    channels: Annotated[
        str | None, typer.Option(help="For a network of yours: the channels it takes, in order, or as CHANNEL=INPUT.")
    ] = None,
    inputs: Annotated[int | None, typer.Option(min=1, help="How many inputs it has; those without a channel are 0.")] = None,
    replicate: Annotated[bool, typer.Option("--replicate", help="Give it each channel alone in all inputs, and join the vectors.")] = False,
    preprocessing: Annotated[str | None, typer.Option(help="For a network of yours: what is done to a crop first.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Crops in one forward pass; halves itself where memory lacks.")] = None,
    device: Device = "auto",
    precision: Annotated[str, typer.Option(help="float32, bfloat16 or float16.")] = "float32",
    shard: Annotated[
        str, typer.Option(help="Do the i-th of n shares of the work, as i/n. Parts commit independently; status says what is missing.")
    ] = "1/1",
    screen: Annotated[str | None, typer.Option(help="Only crops of this screen.")] = None,
    five_crops: Annotated[bool, typer.Option("--five-crops", help="DeepLoc: mean over its five test crops, not the centre alone.")] = False,
    all_crops: Annotated[bool, typer.Option("--all-crops", help="Also crops that the filters keep out.")] = False,
    dry_run: DryRun = False,
    store: StorePath = None,
) -> None:
    """Run a network over the crops and store the vectors of its layers; run again, it goes on where it stopped."""
    from cellswap.cli import hints
    from cellswap.extract import channels as feeding
    from cellswap.extract import loading
    from cellswap.extract import run as extraction
    from cellswap.store import folder, runs

    fed = feeding.parse(channels, inputs, replicate=replicate) if channels else None
    wanted = loading.Wanted(model, weights, name, note, fed, preprocessing, five_crops, precision)
    request = extraction.Request(
        wanted, _words(layers), _words(settings), pooling, screen, all_crops, shard, device, batch_size,
        _planned(plan, variant, memory_limit),
    )  # fmt: skip
    opened = folder.find(store)
    ready = extraction.prepare(opened, request)
    if dry_run:
        for line in extraction.dry_run(opened, request, ready):
            typer.echo(line)
        return
    with runs.record(opened, "extract", asdict(request)) as run:
        if weights is not None:
            run.read(weights)
        extraction.extract(opened, request, ready, run)
    finish(run, hints.evaluate(opened, ready.model.name, plan, screen))


def models(
    device: Annotated[bool, typer.Option("--device", help="Say what the networks would run on.")] = False,
    as_json: AsJson = False,
) -> None:
    """The networks that Cellswap knows, with their layers."""
    from cellswap.extract import forward
    from cellswap.extract.networks import NETWORKS

    if device:
        where = forward.device("auto")
        typer.echo(json.dumps({"device": str(where), "name": forward.device_name(where)}) if as_json else forward.device_name(where))
        return
    facts = [network.facts for network in NETWORKS.values()]
    if as_json:
        typer.echo(json.dumps([asdict(f) for f in facts], indent=1))
        return
    for f in facts:
        typer.echo(_shown(f))
    typer.echo("* taken where no --layers is given; in brackets the width", err=True)


def _shown(f: NetworkFacts) -> str:
    layers = (f"{layer.name} ({layer.width})" + ("*" if layer.name == f.default_layer else "") for layer in f.layers)
    return "\n  ".join(
        (
            f"{f.name}: {f.title}",
            f"takes: {', '.join(f.channels)}; crops of {f.crop_size} px, of which {f.input_size} px; {f.preprocessing}",
            f"layers: {', '.join(layers)}",
            f"paper: {f.paper}; licence: {f.licence}",
            f"weights: {f.weight_source}",
        )
    )


def import_weights(
    file: Annotated[Path, typer.Argument(help="TensorFlow checkpoint (.index), Keras HDF5, .pt, .pth, .pth.tar, .ckpt or .safetensors.")],
    model: ModelName,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", callback=places.out_file, help="Write there, else to NETWORK.safetensors.")
    ] = None,
    note: Annotated[str, typer.Option(help="What the weights are: published by, trained on, pseudo-random.")] = "",
    state: Annotated[
        str | None, typer.Option(help="Of a file that holds several networks the one to take: a state dict's name, or a prefix.")
    ] = None,
) -> None:
    """Convert a network's weights once, from its authors' file to safetensors with their provenance."""
    from cellswap.extract import backbones, own
    from cellswap.extract.importing import import_file

    made = import_file(file, model, out, note, state)
    outcome.made(weights=made.path, model=model, numbers=made.n_numbers)
    say(f"{made.path}: {made.n_numbers:,} numbers for {model}", err=True)
    for text in made.notes:
        say(f"  note: {text}", err=True)
    fed = ["--channels", "CHANNELS"] if own.is_own(model) and not backbones.is_backbone(model) else []
    outcome.hint(outcome.words("cellswap", "extract", "--model", model, "--weights", made.path, *fed, *outcome.store_wanted()))


def random_weights(
    model: ModelName,
    out: Annotated[Path, typer.Option("-o", "--out", callback=places.out_file, help="Write there.")],
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draw.")] = 0,
) -> None:
    """Draw weights at random, to try the pipeline with; they know nothing."""
    from cellswap.extract.untrained import write_untrained

    n = write_untrained(model, seed, out)
    outcome.made(weights=out, model=model, numbers=n)
    say(f"{out}: {n:,} pseudo-random numbers for {model}", err=True)
    outcome.hint(outcome.words("cellswap", "extract", "--model", model, "--weights", out, *outcome.store_wanted()))


def show_weights(
    file: Annotated[Path, typer.Argument(help="Any weights file that `weights import` reads.")],
    as_json: AsJson = False,
) -> None:
    """The variables and shapes of a weights file, and what is missing of it."""
    from cellswap.extract import checkpoints

    found = checkpoints.listing(file)
    if as_json:
        typer.echo(json.dumps({"kind": found.kind, "variables": found.shapes, "missing": found.missing}, indent=1))
        return
    for name, shape in found.shapes.items():
        typer.echo(f"{name}  {' x '.join(map(str, shape)) or 'scalar'}")
    for name in found.missing:
        typer.echo(f"missing: {name}", err=True)


def _planned(plan_id: str | None, variant: str | None, memory_limit: float) -> Planned | None:
    from cellswap.extract.embed_swaps import GIGABYTE, Planned

    if plan_id is None:
        if variant is not None:
            raise BadInput("--variant: it says how swaps are composed; add --plan PLAN_ID (cellswap plan makes one)")
        return None
    return Planned(plan_id, variant or "", int(memory_limit * GIGABYTE))


def _words(text: str | None) -> tuple[str, ...] | None:
    return tuple(dict.fromkeys(filter(None, (word.strip() for word in text.split(","))))) if text else None
