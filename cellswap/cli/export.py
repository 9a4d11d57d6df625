"""export: embeddings for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from cellswap.cli.options import StorePath

Form = Literal["anndata", "csv", "parquet"]


def export(
    form: Annotated[Form, typer.Argument(help="anndata (.h5ad), or csv or parquet with CellProfiler's column names.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Write there.")],
    model: Annotated[str, typer.Option(help="The model; may be left out where the store has one.")] = "",
    layer: Annotated[list[str] | None, typer.Option(help="A layer; may be repeated. Left out where there is one.")] = None,
    setting: Annotated[list[str] | None, typer.Option(help="A setting; may be repeated. Else baseline.")] = None,
    pooling: Annotated[str | None, typer.Option(help="avg, max or none; else each that the layers have.")] = None,
    store: StorePath = None,
) -> None:
    """Write embeddings with plate, well, site, protein and localization of each image, for other tools."""
    from cellswap.cli.output import outside, writable
    from cellswap.reports import anndata_file
    from cellswap.reports import export as embeddings
    from cellswap.store import database, folder

    found = folder.find(store)
    outside(writable(out), found)
    asked = embeddings.Wanted(model, tuple((name, "") for name in layer or ()), tuple(setting or ("baseline",)))
    with database.connect(found) as connection:
        wanted = embeddings.choose(connection, asked, pooling)
        partly = embeddings.left_out(connection, wanted)
        source = embeddings.provenance(connection, wanted)
        made = embeddings.batches(connection, wanted)
        n = anndata_file.write(made, out, source) if form == "anndata" else embeddings.write_profiles(made, out, form, source)
    typer.echo(f"{out}: {n:,} images of {', '.join(wanted.names())} in {', '.join(wanted.settings)}", err=True)
    if partly:
        typer.echo(f"  left out: {partly:,} images that lack one of these layers", err=True)
