"""demo: every stage in turn, on a screen that it draws itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

SCREEN = "simulated"
MODEL = "pifia"


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(demo)


def demo(
    path: Annotated[Path, typer.Argument(help="A new folder, or a former demo's, which goes on.")] = Path("cellswap-demo"),
) -> None:
    """Run every stage on a screen that it draws itself: from fields of view to a report.

    The cells are simulated and the weights pseudo-random: it shows what Cellswap does, and says nothing about any network.
    """
    begun = time.monotonic()
    typer.echo("the demo: simulated cells, and weights that were never trained; its figures say nothing about any network", err=True)
    _read(path / "store", path / "screen")
    _measure(path / "store", path / f"{MODEL}-pseudo-random.safetensors", path / "report")
    typer.echo(f"done in {time.monotonic() - begun:.0f} s; open {path / 'report' / 'index.html'}", err=True)
    typer.echo(f"next: cellswap sql --store {path / 'store'} \"FROM accuracy_by_setting WHERE source <> 'published'\"", err=True)


def _read(place: Path, screen: Path) -> None:
    """A store with labels, the paper's tables, and the fields of a simulated screen."""
    from cellswap.cli import ingest, simulate, store

    _step(f"init {place}", lambda: store.init(place))
    _step("ingest labels", lambda: ingest.labels(store=place))
    _step("ingest published", lambda: ingest.published(store=place))
    _step(
        f"simulate {screen} --preset demo --truth-into {place} --screen {SCREEN}",
        lambda: simulate.simulate(screen, truth_into=place, screen=SCREEN),
    )
    plate_map = screen / "plate_map.csv"
    for plate in sorted(p for p in screen.iterdir() if p.name.startswith("plate") and p.is_dir()):
        _step(
            f"ingest fields {plate} --plate-map {plate_map} --screen {SCREEN}",
            lambda plate=plate: ingest.fields(plate, plate_map=plate_map, screen=SCREEN, store=place),
        )


def _measure(place: Path, weights: Path, report: Path) -> None:
    """Embeddings, classifiers and a report of the store."""
    from cellswap.cli import evaluate, extract, reports

    if not weights.exists():
        _step(f"weights random --model {MODEL} -o {weights}", lambda: extract.random_weights(MODEL, weights))
    _step(f"extract --model {MODEL} --weights {weights}", lambda: extract.extract(MODEL, weights, store=place))
    _step("evaluate pairs", lambda: evaluate.pairs(store=place))
    title = "Simulated cells, weights never trained"
    _step(f"report --out {report}", lambda: reports.report(report, title=title, store=place))


def _step(command: str, run: Callable[[], None]) -> None:
    """Say which command this is, and run it."""
    typer.echo(f"\n$ cellswap {command}", err=True)
    run()
