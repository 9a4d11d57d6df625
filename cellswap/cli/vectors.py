"""ingest vectors: what others' networks made of cells."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cellswap.cli import outcome, places
from cellswap.cli.options import DryRun, Jobs, StorePath, finish
from cellswap.errors import BadInput

if TYPE_CHECKING:
    from cellswap.ingest.vector_file import VectorFile
    from cellswap.ingest.vectors import Names
    from cellswap.store.folder import Store


POOLINGS = ("avg", "max", "none")


def column(text: str) -> typer.models.OptionInfo:
    """An option that names a column."""
    return typer.Option(help=f"Column: {text}")


def vectors(
    path: Annotated[
        Path,
        typer.Argument(
            help=".npy, .npz, .h5 or .zarr (n, width); .h5ad; CSV or Parquet with columns of features; a folder of DeepProfiler's .npz."
        ),
    ],
    metadata: Annotated[
        Path | None, typer.Option(help="CSV or Parquet, a row a vector in the same order; else what the file has beside its vectors.")
    ] = None,
    model: Annotated[str, typer.Option(callback=places.name, help="What the network is called in the store.")] = "",
    layer: Annotated[str, typer.Option(callback=places.name, help="What its layer is called.")] = "",
    pooling: Annotated[str, typer.Option(help="How a map became a vector: avg, max, or none where nobody says.")] = "",
    array: Annotated[
        str | None, typer.Option("--vectors", help="Which array, or key of obsm; of CSV and Parquet a pattern of columns: 'Cells_d2_*'.")
    ] = None,
    condition: Annotated[str, typer.Option(help="Column: what was done to the cell; of several, COL,COL, joined with @.")] = "",
    classes: Annotated[str, typer.Option("--class", help="Column: the condition's class; with --as.")] = "",
    scheme: Annotated[
        str | None, typer.Option("--as", callback=places.name, help="What the set of these classes is called in the store.")
    ] = None,
    plate: Annotated[str, column("plate.")] = "",
    well: Annotated[str, column("well, A01 or A1.")] = "",
    site: Annotated[str, typer.Option("--site", "--field", help="Column: field within the well.")] = "",
    cell: Annotated[str, column("the cell's name within its field; else its row, from 0.")] = "",
    y: Annotated[str, column("row of the cell's centre in its field, px.")] = "",
    x: Annotated[str, column("column of the cell's centre.")] = "",
    setting: Annotated[str, typer.Option(help="Column: what was done to the image; or one setting's name for all: masked.")] = "",
    words: Annotated[str, typer.Option("--settings", help="The column's words for settings: WORD=diff_class_swap,WORD=masked.")] = "",
    centre: Annotated[str, column("of a swap the centre's cell, by --cell or whole id.")] = "",
    background: Annotated[str, column("of a swap the cell behind it.")] = "",
    background_class: Annotated[str, column("class of what is behind, where that is no cell of the store.")] = "",
    background_condition: Annotated[str, column("condition of what is behind.")] = "",
    plan: Annotated[str, typer.Option(callback=places.name, help="What to call the plan of the swaps.")] = "given",
    screen: Annotated[str, typer.Option(callback=places.name, help="Name of the data set in the store.")] = "vectors",
    layout: Annotated[str, typer.Option(help="A layout of an installed package; else by the file's ending.")] = "",
    again: Annotated[bool, typer.Option("--again", help="Put these vectors in the place of others.")] = False,
    jobs: Jobs = None,
    dry_run: DryRun = False,
    store: StorePath = None,
) -> None:
    """Read vectors that others made, with what is known of each cell, as embeddings; of swapped images make a plan."""
    from cellswap.ingest import vectors as stage
    from cellswap.ingest.cell_table import Columns
    from cellswap.ingest.vector_parts import How
    from cellswap.ingest.vector_rows import Asked, Swapped
    from cellswap.store import folder, runs, scratch, work

    found = folder.find(store)
    if classes and not scheme:
        raise BadInput(f"--class {classes}: expected --as too, the name of the set of classes")
    conditions = tuple(filter(None, (name.strip() for name in condition.split(","))))
    asked = Asked(
        Columns(conditions, plate, well, site, cell, y, x, classes),
        Swapped(setting, centre, background, background_class, background_condition, "", _words(words)),
    )
    with scratch.folder("vectors") as room:
        named = (*asked.cells.named, centre, background)
        file = stage.by(layout, path, array) if layout else stage.opened(path, array, named, room)
        names = _names(file, (model, layer, pooling), (screen, plan, scheme))
        given = stage.given(found, path, metadata, asked, names, file)
        if dry_run:
            for line in stage.described(found, given, names):
                typer.echo(line)
            return
        arguments = {"path": path, "metadata": metadata, "vectors": array, "again": again, **asdict(names.layer)}
        arguments |= {"layout": layout} if layout else {}
        arguments |= {"screen": screen, "plan": plan, "scheme": scheme, **asdict(asked.cells), **asdict(asked.swapped)}
        with runs.record(found, stage.COMMAND, arguments) as run:
            stage.write(found, given, names, run, How(again, work.processes(jobs)))
    finish(run, _next(found, names))


def _words(text: str) -> dict[str, str]:
    """WORD=SETTING,WORD=SETTING as {word: setting}."""
    pairs = [part.partition("=") for part in filter(None, (piece.strip() for piece in text.split(",")))]
    if wrong := next((word for word, sign, setting in pairs if not (sign and setting)), None):
        raise BadInput(f"--settings: expected WORD=SETTING, found {wrong}")
    return {word.strip(): setting.strip() for word, _, setting in pairs}


def _names(file: VectorFile, said: tuple[str, str, str], others: tuple[str, str, str | None]) -> Names:
    """What the vectors are called: as asked, else as the store says that they were exported from."""
    from cellswap.ingest.vector_parts import Layer
    from cellswap.ingest.vectors import Names

    own = (file.exported.model, file.exported.layer, file.exported.pooling) if file.exported else ("", "", "")
    model, layer, pooling = (given or there for given, there in zip(said, own, strict=True))
    for option, value in (("--model", model), ("--layer", layer)):
        if not value:
            raise BadInput(f"{option}: expected what to call the {option[2:]} in the store")
    if (pooling or "none") not in POOLINGS:
        raise BadInput(f"--pooling {pooling}: expected avg, max or none")
    return Names(Layer(model, layer, pooling or "none"), *others)


def _next(store: Store, names: Names) -> str:
    """The measure that may come next."""
    from cellswap.cli import hints
    from cellswap.ingest import given_plan
    from cellswap.store import database

    if plans := given_plan.of_screen(store, names.screen):
        return hints.evaluate(store, names.layer.model, next(iter(plans)))
    with database.connect(store) as connection:
        [(n_labels,)] = connection.execute("SELECT count(*) FROM labels").fetchall()
    by = [] if n_labels else ["--by", "protein"]
    return outcome.words("cellswap", "evaluate", "pairs", "--model", names.layer.model, *by, "--screen", names.screen)
