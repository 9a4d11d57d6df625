"""ingest labels: which classes conditions have."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cellswap.cli import outcome, places
from cellswap.cli.options import StorePath, finish, refuse_idle
from cellswap.errors import BadInput, UnknownName

if TYPE_CHECKING:
    from cellswap.ingest.layouts.table import Columns

LAYOUTS = ("table", "huh", "opencell", "deepyeast")
OF_PRESET = {"yeast": "huh", "opencell": "opencell"}


def labels(
    path: Annotated[Path | None, typer.Argument(help="The table; without it, the Huh table that ships with the package.")] = None,
    layout: Annotated[
        str | None,
        typer.Option(
            help="table: any, by --condition and --class; huh: yeast proteins (Huh et al. 2003); opencell: human ones, with grades;"
            " deepyeast: single cells. Else what the store's preset has."
        ),
    ] = None,
    condition: Annotated[str | None, typer.Option(help="table: the column that names the condition: a protein, a compound.")] = None,
    classes: Annotated[str | None, typer.Option("--class", help="table: the columns that name its classes, with commas between.")] = None,
    grade: Annotated[str | None, typer.Option(help="table: the column that grades a label, more being stronger.")] = None,
    separator: Annotated[str | None, typer.Option(help="table: what stands between classes in one cell, such as ';'.")] = None,
    several: Annotated[bool, typer.Option("--several", help="table: a condition may have several classes, in rows of its own.")] = False,
    scheme: Annotated[
        str | None, typer.Option("--as", callback=places.name, help="What this set of classes is called in the store.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Put these labels in the place of others.")] = False,
    screen: Annotated[str, typer.Option(callback=places.name, help="deepyeast: name of the data set in the store.")] = "deepyeast",
    store: StorePath = None,
) -> None:
    """Read which classes conditions have, where proteins or single cells were seen."""
    from cellswap.ingest import labels as stage
    from cellswap.store import folder, runs

    found = folder.find(store)
    kind = _layout(layout, path, found.facts.preset)
    own = {"--condition": condition, "--class": classes, "--grade": grade, "--separator": separator, "--several": several or None}
    if kind != "table":
        refuse_idle(own, f"--layout {kind}")
    arguments = {"path": path, "layout": kind, "replace": replace, "screen": screen if kind == "deepyeast" else None}
    columns, name = _columns(kind, own, scheme)
    with runs.record(found, "ingest labels", {**arguments, **(asdict(columns) if columns else {}), "scheme": name}) as run:
        if kind == "huh":
            stage.write_huh(found, path, run, replace=replace)
        elif path and columns:
            stage.write_table(found, path, columns, name, run, replace=replace)
        elif path:
            stage.write_cells(found, path, screen, run, replace=replace)
    skew = outcome.query(f"FROM plate_skew WHERE screen = {outcome.text(screen)}")
    finish(run, {"huh": "cellswap ingest published", "deepyeast": skew}.get(kind, outcome.query("FROM localizations")))


def _layout(layout: str | None, path: Path | None, preset: str) -> str:
    """The layout that was named, else the preset's; BadInput where nobody says which, or a table is lacking."""
    usual = OF_PRESET.get(preset)
    kind = layout or usual
    if kind is None:
        raise BadInput("--layout: say how the labels are written, such as --layout table --condition COLUMN --class COLUMN --as SCHEME")
    if kind not in LAYOUTS:
        raise UnknownName("layout", kind, LAYOUTS)
    if path is None and kind != "huh":
        what = "list cells.csv.gz or its folder" if kind == "deepyeast" else "table of labels"
        raise BadInput(f"--layout {kind}: expected a PATH, the {what}")
    return kind


def _columns(kind: str, own: dict[str, Any], scheme: str | None) -> tuple[Columns | None, str]:
    """Which columns say what, None where the layout is no table of conditions, and the scheme's name."""
    from cellswap.ingest.layouts.table import KNOWN, Columns
    from cellswap.store import classes as schemes

    if scheme:
        schemes.name_of(scheme)
    if kind in KNOWN:
        columns, name = KNOWN[kind]
        return columns, scheme or name
    if kind != "table":
        if scheme:
            raise BadInput(f"--as {scheme}: --layout {kind} has a scheme of its own, localization")
        return None, "localization"
    missing = [
        option for option, value in (("--condition", own["--condition"]), ("--class", own["--class"]), ("--as", scheme)) if not value
    ]
    if missing or not scheme:
        raise BadInput(f"--layout table: expected {' and '.join(missing)}: the columns of conditions and classes, and the scheme's name")
    classes = tuple(filter(None, (name.strip() for name in own["--class"].split(","))))
    return Columns(own["--condition"], classes, own["--grade"], own["--separator"], bool(own["--several"])), scheme
