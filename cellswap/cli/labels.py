"""ingest labels: which classes conditions have."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cellswap.cli import outcome, places
from cellswap.cli.options import StorePath, finish, refuse_idle
from cellswap.errors import BadInput

if TYPE_CHECKING:
    from cellswap.ingest.layouts.table import Columns, Listed

LAYOUTS = ("table", "attributes", "huh", "opencell", "deepyeast")
# What may name what has the classes.
NAMED = (set(), {"--condition"}, {"--plate", "--well"}, {"--crop"})
OF_PRESET = {"yeast": "huh", "opencell": "opencell"}


def labels(
    path: Annotated[Path | None, typer.Argument(help="The table; without it, the Huh table that ships with the package.")] = None,
    layout: Annotated[
        str | None,
        typer.Option(
            help="table: any, by --condition and --class; attributes: by --class, what the table given to ingest fields says of conditions;"
            " huh: yeast proteins (Huh et al. 2003); opencell: human ones, with grades; deepyeast: single cells. Else what the store's"
            " preset has."
        ),
    ] = None,
    condition: Annotated[
        str | None,
        typer.Option(help="table: the column that names the condition: a protein, a compound. Several, with commas, are joined by @."),
    ] = None,
    plate: Annotated[str | None, typer.Option(help="table: for labels of wells, the column of plates.")] = None,
    well: Annotated[str | None, typer.Option(help="table: for labels of wells, the column of wells.")] = None,
    crop: Annotated[str | None, typer.Option(help="table: for labels of single cells, the column of crop_ids.")] = None,
    classes: Annotated[
        str | None, typer.Option("--class", help="table, attributes: the columns that name the classes, with commas between.")
    ] = None,
    grade: Annotated[str | None, typer.Option(help="table: the column that grades a label, more being stronger.")] = None,
    separator: Annotated[str | None, typer.Option(help="table, attributes: what stands between classes in one cell, such as ';'.")] = None,
    several: Annotated[bool, typer.Option("--several", help="table, attributes: one may have several classes, in several rows.")] = False,
    scheme: Annotated[
        str | None, typer.Option("--as", callback=places.name, help="What this set of classes is called in the store.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Put these labels in the place of others.")] = False,
    screen: Annotated[
        str | None,
        typer.Option(callback=places.name, help="Name of the data set in the store; else deepyeast, or of wells the only one."),
    ] = None,
    store: StorePath = None,
) -> None:
    """Read which classes conditions, wells or single cells have: where proteins were seen, how compounds act."""
    from cellswap.ingest import attributes
    from cellswap.ingest import labels as stage
    from cellswap.store import folder, runs

    found = folder.find(store)
    kind = _layout(layout, path, found.facts.preset)
    own = {"--condition": condition, "--class": classes, "--grade": grade, "--separator": separator, "--several": several or None}
    own |= {"--plate": plate, "--well": well, "--crop": crop}
    taken = {"table": tuple(own), "attributes": ("--class", "--separator", "--several")}.get(kind, ())
    refuse_idle({option: value for option, value in own.items() if option not in taken}, f"--layout {kind}")
    found_by = _offered(kind, path)
    columns, name = (found_by.columns, scheme or found_by.scheme) if found_by else _columns(kind, own, scheme)
    of_screen = (screen or "deepyeast") if kind == "deepyeast" else screen if columns and columns.well else None
    arguments = {"path": path, "layout": kind, "replace": replace, "screen": of_screen, **_facts(columns), "scheme": name}
    if kind == "attributes":
        arguments["attributes_sha256"] = attributes.digest(found)
    with runs.record(found, "ingest labels", arguments) as run:
        if kind == "huh":
            stage.write_huh(found, path, run, replace=replace)
        elif columns:
            wanted = stage.Wanted(columns, name, of_screen, replace)
            stage.write_table(found, path, wanted, run, found_by.table if found_by else None) if path else stage.write_attributes(
                found, wanted, run
            )
        elif path:
            stage.write_cells(found, path, of_screen or "", run, replace=replace)
    skew = outcome.query(f"FROM plate_skew WHERE screen = {outcome.text(of_screen or '')}")
    finish(run, {"huh": "cellswap ingest published", "deepyeast": skew}.get(kind, outcome.query("FROM chosen_classes")))


def _layout(layout: str | None, path: Path | None, preset: str) -> str:
    """The layout that was named, else the preset's; BadInput where nobody says which, or a table is lacking."""
    from cellswap.ingest import offered

    usual = OF_PRESET.get(preset)
    kind = layout or usual
    if kind is None:
        raise BadInput("--layout: say how the labels are written, such as --layout table --condition COLUMN --class COLUMN --as SCHEME")
    if kind not in LAYOUTS:
        offered.layout(offered.LABELS, kind, dict.fromkeys(LAYOUTS))
    if path and kind == "attributes":
        raise BadInput(f"--layout attributes reads no file, but what the wells of the store say: leave {path} out, or say --layout table")
    if path is None and kind not in ("huh", "attributes"):
        what = "list cells.csv.gz or its folder" if kind == "deepyeast" else "table of labels"
        raise BadInput(f"--layout {kind}: expected a PATH, the {what}")
    return kind


def _offered(kind: str, path: Path | None) -> Listed | None:
    """What the layout of an installed package finds at the path, None for one of LAYOUTS; BadInput for none at all."""
    from cellswap.errors import at
    from cellswap.ingest import offered
    from cellswap.ingest.layouts.table import Listed

    own = offered.layout(offered.LABELS, kind, dict.fromkeys(LAYOUTS))
    if own is None:
        return None
    with at(path):
        return offered.made(kind, own, Listed, path)


def _columns(kind: str, own: dict[str, Any], scheme: str | None) -> tuple[Columns | None, str]:
    """Which columns say what, None where the layout is no table of labels, and the scheme's name."""
    from cellswap.ingest import attributes, text_table
    from cellswap.ingest.layouts.table import KNOWN, Columns
    from cellswap.store import classes as schemes

    if scheme:
        schemes.name_of(scheme)
    if kind in KNOWN:
        columns, name = KNOWN[kind]
        return columns, scheme or name
    if kind not in ("table", "attributes"):
        if scheme:
            raise BadInput(f"--as {scheme}: --layout {kind} has a scheme of its own, localization")
        return None, "localization"
    named = {option: own[option] for option in ("--condition", "--plate", "--well", "--crop") if text_table.listed(own[option])}
    if named.keys() not in NAMED:
        raise BadInput(
            f"--layout table: {' and '.join(named)} do not say together what has the classes; expected --condition, --plate and --well,"
            " or --crop"
        )
    needed = {"--class": own["--class"], "--as": scheme} | ({"--condition": own["--condition"]} if kind == "table" and not named else {})
    missing = [option for option in ("--condition", "--class", "--as") if option in needed and not needed[option]]
    if missing or not scheme:
        raise BadInput(f"--layout {kind}: expected {' and '.join(missing)}: the columns of conditions and classes, and the scheme's name")
    classes = text_table.listed(own["--class"])
    if kind == "attributes":
        return attributes.columns(classes, own["--separator"], several=bool(own["--several"])), scheme
    how = (own["--grade"], own["--separator"], bool(own["--several"]))
    return Columns(own["--condition"] or "", classes, *how, own["--plate"] or "", own["--well"] or "", own["--crop"] or ""), scheme


def _facts(columns: Columns | None) -> dict[str, Any]:
    """The columns as a run's record keeps them, and after which it is named: without those of wells and crops where there are none."""
    known = asdict(columns) if columns else {}
    return {name: value for name, value in known.items() if value or name not in ("plate", "well", "crop")}
