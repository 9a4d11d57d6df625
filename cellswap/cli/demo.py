"""demo: every stage in turn, on data that it draws itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cellswap.ingest.stand_in import Well
    from cellswap.store.folder import Store

SCREEN = "stand-in"
PLATES = ("1", "2")
PROTEINS_A_CLASS = 3


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(demo)


def demo(
    path: Annotated[Path, typer.Argument(help="A new folder, or that of a former demo, which goes on where it stopped.")] = Path("cellswap-demo"),
) -> None:
    """Run every stage on data that it draws itself: from fields to a report.

    The cells are circles and the weights pseudo-random: it shows what Cellswap does, and says nothing about any network.
    """
    from cellswap.cli import evaluate, extract, ingest, reports, store

    begun = time.monotonic()
    place, weights = path / "store", path / "pifia-pseudo-random.safetensors"
    typer.echo("a stand-in: round cells that are drawn, and weights that were never trained; its figures mean nothing", err=True)
    _step(f"init {place}", lambda: store.init(place))
    _step("ingest labels", lambda: ingest.labels(store=place))
    _step("ingest published", lambda: ingest.published(store=place))
    _step("(draw the screen)", lambda: _draw(place, path / "screen"))
    for plate in PLATES:
        folder, plate_map = path / "screen" / plate, path / "screen" / "plate_map.csv"
        _step(
            f"ingest fields {folder} --plate-map {plate_map} --screen {SCREEN}",
            lambda folder=folder, plate_map=plate_map: ingest.fields(folder, plate_map=plate_map, screen=SCREEN, store=place),
        )
    if not weights.exists():
        _step(f"weights random --model pifia -o {weights}", lambda: extract.random_weights("pifia", weights))
    _step(f"extract --model pifia --weights {weights}", lambda: extract.extract("pifia", weights, store=place))
    _step("evaluate pairs", lambda: evaluate.pairs(store=place))
    title = "A stand-in: drawn cells, weights never trained"
    _step(f"report --out {path / 'report'}", lambda: reports.report(path / "report", title=title, store=place))
    typer.echo(f"done in {time.monotonic() - begun:.0f} s; open {path / 'report' / 'index.html'}", err=True)
    typer.echo(f"next: cellswap sql --store {place} \"FROM accuracy_by_pair WHERE source <> 'published'\"", err=True)


def _step(command: str, run: Callable[[], None]) -> None:
    """Say which command this is, and run it."""
    typer.echo(f"\n$ cellswap {command}" if not command.startswith("(") else f"\n{command}", err=True)
    run()


def _draw(place: Path, screen: Path) -> None:
    from cellswap.ingest.stand_in import draw
    from cellswap.store import folder

    if not (screen / "plate_map.csv").exists():
        draw(screen, _wells(folder.read(place)))


def _wells(found: Store) -> list[Well]:
    """The first proteins of each localization, turn by turn on two plates."""
    from cellswap.ingest.stand_in import LOCALIZATIONS, Well
    from cellswap.store import database

    query = "SELECT orf, coalesce(gene, orf) FROM proteins WHERE localization = ? ORDER BY orf LIMIT ?"
    wells: list[Well] = []
    with database.connect(found) as connection:
        for row, localization in enumerate(LOCALIZATIONS, 1):
            for column, (orf, gene) in enumerate(connection.execute(query, [localization, PROTEINS_A_CLASS]).fetchall(), 1):
                wells.append(Well(PLATES[(row + column) % len(PLATES)], row, column, orf, gene, localization))
    return wells
