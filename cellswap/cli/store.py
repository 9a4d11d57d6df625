"""init, status, doctor, sql, tables, describe, check, export."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from cellswap.cli import outcome, places
from cellswap.cli.export import export
from cellswap.cli.options import AsJson, StorePath
from cellswap.cli.outcome import making
from cellswap.cli.plain import say
from cellswap.cli.tables import describe, tables
from cellswap.errors import BadInput, UnknownName

CHANNELS = "protein=ch1,nucleus=ch2,cytoplasm=ch3"
WORDS = ("condition", "class")
COMMENT = re.compile(r"--(?:\s|[^=\n]*\n)")


class Query(TyperCommand):
    """A command whose query may begin with an SQL comment, which looks like an option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer hides its class
        """Keep comments from being read as options, by a blank before them."""
        return super().parse_args(ctx, [f" {arg}" if COMMENT.match(arg) else arg for arg in args])


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(making("init", init))
    for command in (status, doctor, sql, tables, describe):
        app.command(cls=Query if command is sql else None)(outcome.of_classes(sql) if command is sql else command)
    app.command()(making("export", export))
    app.command()(check)


def init(
    path: Annotated[Path, typer.Argument(callback=places.out_place, help="A new or empty folder.")],
    preset: Annotated[str | None, typer.Option(help="yeast (the paper's), opencell or cell-painting: size, channels and words.")] = None,
    crop_size: Annotated[int | None, typer.Option(help="Height and width of a crop, 16 to 512 pixels.", show_default="64")] = None,
    channels: Annotated[
        str | None, typer.Option(help="Your channels, each with its name in the files: DNA=ch1,Golgi=ch2.", show_default=CHANNELS)
    ] = None,
    signal: Annotated[str | None, typer.Option(help="The channel that filters and windows without cells look at.")] = None,
    marker: Annotated[str | None, typer.Option(help="The channel that shows whole cells, to segment them in.")] = None,
    words: Annotated[str | None, typer.Option(help="What people call a condition and a class: condition=compound,class=mechanism.")] = None,
    mask_share: Annotated[
        str | None, typer.Option(help="Use crops of which the centre cell covers this much: LEAST-MOST.", show_default="0.05-0.95")
    ] = None,
    intensity_quantile: Annotated[
        float | None,
        typer.Option(help="Leave crops out whose mean signal is under this quantile of all pixels; 0: none.", show_default="0.05"),
    ] = None,
    pixel_size_um: Annotated[float | None, typer.Option(help="Size of a pixel in the sample, in micrometres.")] = None,
) -> None:
    """Make a store; on an old one, add the tables that it lacks."""
    from cellswap.cli import hints
    from cellswap.store import database
    from cellswap.store.create import create
    from cellswap.store.facts import Asked
    from cellswap.store.folder import parse_channels

    filters = _mask_shares(mask_share) | ({} if intensity_quantile is None else {"intensity_quantile": intensity_quantile})
    names = None if channels is None else parse_channels(channels)
    store = create(path, Asked(crop_size, names, pixel_size_um, preset, signal, marker, filters, _words(words)))
    facts = store.facts
    kind = f" ({facts.preset})" if facts.preset else ""
    say(f"{path}: a store of {facts.crop_size} px crops{kind}, channels {', '.join(facts.channels)}", err=True)
    if fault := database.catalog_fault(store):
        say(f"  {fault}", err=True)
    outcome.made(store=store.path)
    for line in hints.labels(store, path):
        say(f"  {line}", err=True)
    outcome.hint("cellswap ingest fields IMAGES", store=path)


def _mask_shares(text: str | None) -> dict[str, float]:
    """`0.05-0.95` as the two facts of a store."""
    if text is None:
        return {}
    least, _, most = text.partition("-")
    try:
        return {"mask_share_min": float(least), "mask_share_max": float(most)}
    except ValueError as error:
        raise BadInput(f"--mask-share {text}: expected LEAST-MOST, such as 0.05-0.95") from error


def _words(text: str | None) -> dict[str, str]:
    """`condition=compound,class=mechanism` as facts of a store."""
    found: dict[str, str] = {}
    for part in filter(None, (text or "").split(",")):
        name, _, word = (piece.strip() for piece in part.partition("="))
        if name not in WORDS:
            raise UnknownName("word of --words", name, WORDS)
        found[f"{name}_word"] = word
    return found


def status(store: StorePath = None, as_json: AsJson = False) -> None:
    """What the store holds, which runs wrote it, what is left to do."""
    from cellswap.cli import hints
    from cellswap.store import folder, wording
    from cellswap.store.status import status_of

    opened = folder.find(store)
    found = status_of(opened)
    if as_json:
        typer.echo(json.dumps(asdict(found), default=str, indent=1))
        return
    say(f"{found.path}: {found.bytes / 1e6:.1f} MB, crops of {found.crop_size} px, channels {found.channels}")
    for name in wording.of(opened.facts).shown(found.rows):
        say(f"  {name:<34} {found.rows[name]:>12,}")
    for line in found.embedded:
        say(f"  {line}")
    for run in found.runs:
        say(f"  {run.started_at}  {run.status:<11} {run.command:<18} {run.kept} of {run.came} rows kept  {run.run_id}")
    outcome.hint(*hints.waiting(opened, found), store=store)


def doctor(
    store: StorePath = None,
    mend: Annotated[
        bool, typer.Option("--mend", help="Remove what killed commands left, and move damaged files to STORE/damaged.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look whether everything that Cellswap needs is there; one line a check, with the mend for each that fails."""
    from cellswap.store import folder
    from cellswap.store.doctor import examine
    from cellswap.store.mend import mend as mended

    for line in mended(folder.find(store)) if mend else ():
        say(line, err=True)
    checks = examine(store)
    if as_json:
        typer.echo(json.dumps([asdict(c) for c in checks], indent=1))
    else:
        for c in checks:
            say(f"{'ok  ' if c.ok else 'FAIL'}  {c.what}: {c.found}" + ("" if c.ok else f"\n      mend: {c.mend}"), keep="\n")
    if not all(c.ok for c in checks):
        raise typer.Exit(1)


def sql(
    query: Annotated[str | None, typer.Argument(help="One query; else --file, else standard input: on a terminal a prompt.")] = None,
    store: StorePath = None,
    file: Annotated[Path | None, typer.Option("--file", help="Read the query from a file.")] = None,
    form: Annotated[str, typer.Option("--format", help="table, csv, json, jsonl, parquet or markdown.")] = "table",
    out: Annotated[Path | None, typer.Option("-o", "--out", callback=places.out_file, help="Write there instead of to stdout.")] = None,
    param: Annotated[
        list[str] | None,
        typer.Option("--param", help="NAME=VALUE, a text; in the query: getvariable('NAME'). May be repeated."),
    ] = None,
    timeout: Annotated[float, typer.Option(min=0, help="Stop a query after so many seconds; 0: let it take as long as it needs.")] = 60.0,
    memory_limit: Annotated[
        str, typer.Option(help="Memory that a query may take, such as 2GB or 500MB; five times as much may go into files in $TMPDIR.")
    ] = "2GB",
    safe_csv: Annotated[
        bool, typer.Option("--safe-csv", help="With --format csv: an apostrophe before texts that a spreadsheet would take for formulas.")
    ] = False,
) -> None:
    """Run one query that reads; it can touch no file but the store's, and write none except -o.

    Without a query, on a terminal, it asks for one after the other: with history, completion and the same rules.
    """
    from cellswap.cli import output, watch
    from cellswap.store import files, folder, locked

    if file is not None and not file.is_file():
        raise BadInput(f"--file {file}: expected a file with one query, found none: it is {files.other_kind(file)}")
    if file is not None and query is not None:
        raise BadInput(f"expected a query or --file {file}, found both")
    found = folder.find(store)
    if out is not None:
        places.outside(out, found.path)
    bounds = watch.Bounds(timeout, locked.Limits(watch.size(memory_limit)))
    watch.end_well()
    connection = locked.connect(found, dict(_parameter(p) for p in param or []), bounds.limits)
    watch.confine(bounds.limits.memory)
    if query is None and file is None and out is None and sys.stdin.isatty() and sys.stdout.isatty():
        from cellswap.cli import prompt

        prompt.run(prompt.Prompt(found, connection, output.known(form), bounds))
        return
    text = query if query is not None else file.read_text(encoding="utf-8") if file else sys.stdin.read()
    output.answer(connection, text, form, out, bounds, safe=safe_csv)


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise BadInput(f"--param {text}: expected NAME=VALUE")
    return name, value


def check(store: StorePath = None, as_json: AsJson = False) -> None:
    """Look whether every file is what was written and every row keeps the schema's rules; exit code 4 where one does not."""
    from cellswap.store import database, folder, integrity
    from cellswap.store.check import check as broken_rules

    found = folder.find(store)
    damaged = integrity.damages(found)
    broken = []
    if not damaged:
        with database.connect(found) as connection:
            broken = list(broken_rules(connection))
    damaged = [replace(d, mend=integrity.mending(found, d)) for d in damaged]
    if as_json:
        typer.echo(json.dumps([asdict(b) for b in (*damaged, *broken)], indent=1))
    for d in damaged if not as_json else ():
        say(f"{d}; mend: {d.mend}")
    for b in broken if not as_json else ():
        say(f"{b.table}: {b.n} rows break '{b.rule}', for example {b.example}")
    if damaged and not as_json:
        say("the rules of rows were not looked at: first mend these files (cellswap doctor --mend moves them aside)")
    if damaged or broken:
        raise typer.Exit(4)
    if not as_json:
        say("every rule holds")
