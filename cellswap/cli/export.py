"""export: embeddings for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from cellswap.cli import outcome, places
from cellswap.cli.options import StorePath
from cellswap.cli.plain import say
from cellswap.errors import BadInput

Form = Literal["anndata", "csv", "parquet"]


def export(
    form: Annotated[Form, typer.Argument(help="anndata (.h5ad), or csv or parquet with CellProfiler's column names.")],
    out: Annotated[Path, typer.Option("-o", "--out", callback=places.out_file, help="Write there.")],
    model: Annotated[str, typer.Option(help="The model; may be left out where the store has one.")] = "",
    layer: Annotated[list[str] | None, typer.Option(help="A layer; may be repeated. Left out where there is one.")] = None,
    setting: Annotated[list[str] | None, typer.Option(help="A setting; may be repeated. Else baseline.")] = None,
    pooling: Annotated[str | None, typer.Option(help="avg, max or none; else each that the layers have.")] = None,
    safe_csv: Annotated[
        bool, typer.Option("--safe-csv", help="With csv: an apostrophe before texts that a spreadsheet would take for formulas.")
    ] = False,
    store: StorePath = None,
) -> None:
    """Write embeddings with plate, well, site, condition and class of each image, for other tools."""
    from cellswap.reports import anndata_file
    from cellswap.reports import export as embeddings
    from cellswap.store import database, folder

    if safe_csv and form != "csv":
        raise BadInput(f"--safe-csv: expected csv, found {form}")
    found = folder.find(store)
    places.outside(out, found.path)
    asked = embeddings.Wanted(model, tuple((name, "") for name in layer or ()), tuple(setting or ("baseline",)))
    with database.connect(found) as connection:
        wanted = embeddings.choose(connection, asked, pooling)
        partly = embeddings.left_out(connection, wanted)
        source = embeddings.provenance(connection, wanted)
        made = embeddings.batches(connection, wanted)
        if form == "anndata":
            n = anndata_file.write(made, out, source)
        else:
            n = embeddings.write_profiles(made, out, form, source, safe=safe_csv)
    outcome.made(file=out, images=n, left_out=partly, model=wanted.model, layers=wanted.layers, settings=wanted.settings)
    say(f"{out}: {n:,} images of {', '.join(wanted.names())} in {', '.join(wanted.settings)}", err=True)
    if partly:
        say(f"  left out: {partly:,} images that lack one of these layers", err=True)
