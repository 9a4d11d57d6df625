"""demo: every stage in turn, on a screen that it draws itself."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cellswap.cli import outcome, places
from cellswap.errors import BadInput

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SCREEN = "simulated"
NETWORK = "pifia-narrow"
LAYER = "d2"  # PIFiA's 64-d profile
MODELS = ("ordinary", "robust")
IMAGES = 40
MULTIPLE = 24  # conditions in several places
AT_LEAST = 4  # conditions of a class, as many as the screen has
SMALL_DROP = 0.02  # what a robust network may lose
MARK = "demo.json"


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(outcome.making("demo", demo))


def demo(
    path: Annotated[Path, typer.Argument(callback=places.out_place, help="A new folder, or a former demo's, which goes on.")] = Path(
        "cellswap-demo"
    ),
) -> None:
    """Show the paper's finding and its undoing: from simulated fields of view to a report, in a few minutes.

    Two small networks come with Cellswap, trained by `cellswap train` on another simulated screen: one by PIFiA's recipe, one so that
    it looks away from the background. All else is computed while you wait.
    """
    begun = time.monotonic()
    _begin(path)
    place = path / "store"
    outcome.on(place)
    typer.echo("the demo: simulated cells, and two small networks trained on cells of another simulated screen", err=True)
    _read(place, path / "screen")
    _measure(place)
    _step(f"report --out {path / 'report'}", lambda: _report(place, path / "report"))
    for line in found(place):
        typer.echo(line, err=True)
    typer.echo(f"done in {time.monotonic() - begun:.0f} s; open {path / 'report' / 'index.html'}", err=True)
    outcome.made(store=place, report=path / "report" / "index.html")
    outcome.hint(outcome.query("FROM drop_by_model WHERE source <> 'published'"), store=place)


def _begin(path: Path) -> None:
    """Mark the folder as a demo's; BadInput for one with other things in it, whose files the demo would write into or over."""
    from cellswap import __version__
    from cellswap.store import files

    mark = path / MARK
    if not mark.is_file() and not files.is_free(path, MARK):
        raise BadInput(f"{path}: the folder is not empty and not a former demo's ({MARK} is not in it); give a new or an empty one")
    with files.whole_file(mark) as partial:
        partial.write_text(json.dumps({"cellswap": __version__}) + "\n", encoding="utf-8")


def found(place: Path) -> list[str]:
    """What the demo's classifiers say, a line a network; also where they do not say what the paper does."""
    from cellswap.store import database, folder

    query = """
        SELECT model, baseline, same_class_swap, diff_class_swap, drop, n_classes, fewest_images FROM drop_by_model
        WHERE source <> 'published' AND layer = ? AND list_contains(?, model) ORDER BY model
    """
    with database.connect(folder.find(place)) as connection:
        rows = connection.execute(query, [LAYER, list(MODELS)]).fetchall()
        closest = _closest(connection)
    return ["", *(_line(*row) for row in rows), _verdict({row[0]: (row[1], row[4]) for row in rows}), *closest]


def _closest(connection: DuckDBPyConnection) -> list[str]:
    """Which prediction of proportions is closest to the truth, in one line; none where nothing was predicted."""
    query = """
        SELECT model || ' on ' || crops || ' crops' AS prediction, avg(distance) AS distance, count(*) AS n FROM proportions_against_truth
        WHERE form = 'argmax' AND layer = ? AND list_contains(?, model) GROUP BY ALL ORDER BY distance
    """
    rows = connection.execute(query, [LAYER, list(MODELS)]).fetchall()
    if not rows:
        return []
    figures = ", ".join(f"{prediction} {distance:.3f}" for prediction, distance, _ in rows)
    return [f"Distance of predicted proportions from the true ones, 0 to 1, mean over {rows[0][2]} proteins: {figures}."]


def _line(model: str, baseline: float, same: float, diff: float, drop: float, n: int, images: int) -> str:
    figures = f"baseline {baseline:.3f}, same localization around {same:.3f}, another around {diff:.3f}"
    return f"{model}: {figures}: a drop of {drop:.3f} (n = {n} localizations, {images} images a class)"


def _verdict(figures: dict[str, tuple[float, float]]) -> str:
    """One sentence: does the finding appear, and is it undone?"""
    (baseline, drop), (robust_baseline, robust_drop) = (figures[name] for name in MODELS)
    if drop <= SMALL_DROP:
        return "The paper's finding does not appear here: the ordinary network hardly loses accuracy when its neighbours change."
    cost = baseline - robust_baseline
    price = f"{abs(cost):.3f} {'lower' if cost > 0 else 'higher'} on real crops"
    undone = "undoes it" if robust_drop <= SMALL_DROP else f"lowers the drop to {robust_drop / drop:.0%} of it"
    return f"The paper's finding appears: neighbours cost the ordinary network {drop:.3f}. Training with swaps {undone}, {price}."


def _read(place: Path, screen: Path) -> None:
    """A store with labels, the paper's tables, and the fields of a simulated screen."""
    from cellswap.cli import ingest, simulate, store

    _step(f"init {place}", lambda: store.init(place))
    _step("ingest labels", lambda: ingest.labels(store=place))
    _step("ingest published", lambda: ingest.published(store=place))
    _step(
        f"simulate {screen} --preset demo --multiple {MULTIPLE} --truth-into {place} --screen {SCREEN}",
        lambda: simulate.simulate(screen, multiple=MULTIPLE, truth_into=place, screen=SCREEN),
    )
    plate_map = screen / "plate_map.csv"
    for plate in sorted(p for p in screen.iterdir() if p.name.startswith("plate") and p.is_dir()):
        _step(
            f"ingest fields {plate} --plate-map {plate_map} --screen {SCREEN}",
            lambda plate=plate: ingest.fields(plate, plate_map=plate_map, screen=SCREEN, store=place),
        )


def _measure(place: Path) -> None:
    """A plan of swaps, and for both networks embeddings and classifiers of its images."""
    from cellswap.cli import evaluate, extract, measures, proportions, swaps

    _step(f"plan --images {IMAGES}", lambda: swaps.plan(images=IMAGES, store=place))
    plan_id = _plan_id(place)
    for name in MODELS:
        weights = Path(str(files("cellswap.extract").joinpath("demo_weights", f"{NETWORK}-{name}.safetensors")))
        command = f"extract --model {NETWORK} --weights {weights.name} --as {name} --layers {LAYER}"
        for words, planned in ((f" --plan {plan_id}", plan_id), ("", None)):  # without a plan: every crop, for proportions
            _step(
                command + words,
                lambda name=name, weights=weights, planned=planned: extract.extract(
                    NETWORK, weights, name=name, layers=LAYER, plan=planned, store=place
                ),
            )
    _step(f"evaluate pairs --layer {LAYER} --plan {plan_id}", lambda: evaluate.pairs(store=place, layer=[LAYER], plan_id=plan_id))
    _step("evaluate robustness", lambda: measures.robustness(store=place))
    _step(
        f"evaluate proportions --layer {LAYER} --min-proteins {AT_LEAST}",
        lambda: proportions.proportions(store=place, layer=[LAYER], at_least=AT_LEAST),
    )


def _plan_id(place: Path) -> str:
    from cellswap.store import database, folder

    with database.connect(folder.find(place)) as connection:
        query = "SELECT plan_id FROM plans WHERE screen = ? AND images = ? AND kind = 'sets' ORDER BY run_id DESC LIMIT 1"
        ((plan_id,),) = connection.execute(query, [SCREEN, IMAGES]).fetchall()
    return plan_id


def _report(place: Path, out: Path) -> None:
    from cellswap.cli import reports

    reports.report(out, title="Simulated cells, an ordinary and a robust network", store=place)


def _step(command: str, run: Callable[[], None]) -> None:
    """Say which command this is, and run it; what it prints for a program is not what the demo makes, and goes to stderr."""
    typer.echo(f"\n$ cellswap {command}", err=True)
    with redirect_stdout(sys.stderr):
        run()
