"""Crops that someone else cut into the store, condition by condition, from a folder or straight from an archive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cellswap.errors import BadInput, at, shown
from cellswap.ingest import crop_cells, crop_files, crop_layout, crop_names, crop_rows, crop_there, listed_crops, litter, names, offered
from cellswap.ingest.crop_files import Group
from cellswap.ingest.crop_layout import Cell, CropLayout, Crops
from cellswap.ingest.crop_rows import Source, site_of, stored_name
from cellswap.ingest.crop_there import There
from cellswap.ingest.layouts import pci, pifia
from cellswap.ingest.names import Known
from cellswap.store import database, parts, progress, records, runs, wording
from cellswap.store.folder import Store
from cellswap.store.parts import Part
from cellswap.store.pool import workers
from cellswap.store.runs import Run

# By the names of files, or with a table.
LAYOUTS: dict[str, CropLayout | Callable[..., Any]] = {
    "pci": pci.LAYOUT,
    "pifia": pifia.LAYOUT,
    "arrays": listed_crops.in_array,
    "table": listed_crops.in_files,
}


@dataclass(frozen=True)
class Intake:
    """What to read: crops of one layout in a folder or archive, and the screen that they will be."""

    path: Path
    layout: CropLayout
    screen: str
    crops: Crops


@dataclass(frozen=True)
class Todo:
    """The genes whose cells are to be read, the names that the store knows, and what it has of the screen."""

    genes: set[str]
    known: Known
    there: There
    again: bool


@dataclass(frozen=True)
class Batch:
    """One condition's cells, with the bytes of their files and the files that the store has of it."""

    store: Store
    layout: CropLayout
    source: Source
    cells: list[Cell]
    group: Group
    there: set[str]
    run_id: str


@dataclass
class Outcome:
    """What became of a batch."""

    gene: str
    rejects: list[tuple[str, str, str]] = field(default_factory=list)
    written: list[Part] = field(default_factory=list)


def layout_named(name: str) -> CropLayout | Callable[..., Any]:
    """The layout of that name, of Cellswap or of an installed package; BadInput, with all that there are, for another."""
    found = offered.layout(offered.CROPS, name, LAYOUTS)
    if not isinstance(found, CropLayout) and not callable(found):
        raise offered.expected(name, "a CropLayout, or a function that gives a Listed", found)
    return found


def screen_named(name: str) -> str:
    """The name of a screen; BadInput where it would break the ids that it is part of."""
    if not name or "/" in name:
        raise BadInput(f"--screen '{shown(name)}': the name may not be empty or hold a /, it is part of the ids")
    return name


def listed(path: Path, layout: CropLayout, screen: str, run: Run) -> Intake:
    """The crops that a folder or archive holds; what is not read is told to the run. BadInput where there is none."""
    with at(path):
        found = crop_files.listing(path)
        crops = crop_layout.sort(found.files, layout)
        if not crops.cells:
            example = f", for example {shown(next(iter(found.files)))}" if found.files else ""
            refused = f"; {len(found.refused)} were refused, for example {': '.join(map(shown, found.refused[0]))}" if found.refused else ""
            raise BadInput(f"expected crops named like {layout.example}; found {len(found.files)} other files{example}{refused}")
    for name, reason in found.refused:
        run.drop(name, "refused", reason)
    if found.litter:
        run.note(litter.note(found.litter))
    for name in found.empty_folders:
        run.drop(name, "empty folder", f"expected the crops of one {wording.condition()}")
    for reject in crops.rejects:
        run.drop(*reject)
    if crops.n_others:
        run.note(f"{crops.n_others} files that are no images were left alone")
    return Intake(path, layout, screen, _of_bounded_size(crops, found.files, run))


def _of_bounded_size(crops: Crops, sizes: Mapping[str, int], run: Run) -> Crops:
    """The crops without conditions whose files are together too large for memory."""
    kept: dict[str, list[Cell]] = {}
    for gene, cells in crops.cells.items():
        n_bytes = sum(sizes[name] for cell in cells for name in cell.files.values())
        if n_bytes > crop_files.MOST_GROUP_BYTES:
            most = crop_files.MOST_GROUP_BYTES
            detail = f"{n_bytes:,} bytes in {len(cells):,} cells, more than {most:,}: read some as another screen"
            run.drop(gene, f"too much of one {wording.condition()}", detail, len(cells))
        else:
            kept[gene] = cells
    return replace(crops, cells=kept)


def write(store: Store, intake: Intake, run: Run, jobs: int, *, again: bool = False) -> None:
    """Write every condition's crops; of one that is in the store already, only look whether its files are still the same.

    Those that have changed are dropped, or with `again` take the place of what the store has of the condition.
    """
    crops, layout = intake.crops, intake.layout
    if lacking := [name for name in layout.roles.values() if name not in store.channels]:
        here = ", ".join(store.channels)
        raise BadInput(
            f"--layout {layout.name} has the channels {', '.join(layout.roles.values())}; this store has no {lacking[0]} (it has {here})"
        )
    todo = _todo(store, intake, again=again)
    with progress.shown("ingest crops", len(todo.genes), wording.conditions()) as bar:
        for outcome in _outcomes(_batches(store, intake, todo, run), jobs if again else min(jobs, len(todo.genes))):
            _tell(run, outcome)
            bar.step()
    if n_there := len(crops.cells) - len(todo.genes):
        run.remark(f"{n_there} of {len(crops.cells)} {wording.conditions()} were in the store already")
    runs.join(store, run)
    run.keep(run.n_written("crops"))
    if run.rows_kept:
        _note(store, run, layout)
    for note in crop_names.notes(crops.cells, todo.known):
        run.note(note)


def _todo(store: Store, intake: Intake, *, again: bool) -> Todo:
    there, known = crop_there.read(store, intake.screen, intake.layout), names.known(store)
    broken = records.lost_names(store)
    done = {
        gene for gene, cells in intake.crops.cells.items()
        if there.has(gene, cells, known.condition(gene)) and parts.part_path(store, "fields", _keys(intake.screen, gene)).name not in broken
    }  # fmt: skip
    return Todo(set(intake.crops.cells) - done, known, there, again)


def _batches(store: Store, intake: Intake, todo: Todo, run: Run) -> Iterator[Batch]:
    """What is left to do; a condition whose files are other ones than the store has read under these names is told to the run."""
    cells_of = intake.crops.cells
    group_of = {name: gene for gene, cells in cells_of.items() for cell in cells for name in cell.files.values()}
    masks, n_anew = "given" if intake.layout.mask else "segmented", 0
    with at(intake.path):
        for gene, group in crop_files.contents(intake.path, group_of):
            cells = cells_of[gene]
            changed = todo.there.changed(gene, cells, group)
            for place, reason, detail in changed:
                if todo.again:
                    run.remark(f"{place}: read anew, its {reason}")
                else:
                    run.drop(place, reason, detail)
            if todo.again if changed else gene in todo.genes:
                n_listed = Counter(site_of(cell.gene, cell.site) for cell in cells)
                source = Source(intake.screen, store.facts.names, store.signal, todo.known.condition(gene), masks, n_listed)
                yield Batch(store, intake.layout, source, cells, group, todo.there.files(gene), run.run_id)
                n_anew += bool(changed)
    if n_anew:
        which = f"the crops of {n_anew} {wording.conditions()}"
        run.note(f"{which} were read anew from changed files; vectors taken of them before are of the earlier files")


def _keys(screen: str, gene: str) -> tuple[str, ...]:
    """The keys of a condition's parts."""
    return "crops", screen, gene


def do(batch: Batch) -> Outcome:
    """Write one condition's parts, `fields` last; cells that cannot be read are left out, and said."""
    gene = batch.cells[0].gene
    kept, rejects = crop_cells.read(batch.cells, batch.group, batch.layout, batch.store.crop_size)
    outcome = Outcome(gene, rejects)
    lost = batch.there - {stored_name(name) for crop in kept for name in crop.cell.files.values()}
    if lost:
        detail = f"the store has {len(lost)} files of {gene} that are not here, such as {min(lost)}; give these another --screen"
        return Outcome(gene, [*rejects, *((crop.cell.place, "other crops are in the store", detail) for crop in kept)])
    if kept:
        for name, rows in crop_rows.rows(kept, batch.group.contents, batch.source).items():
            keys = _keys(batch.source.screen, gene)
            outcome.written.append(parts.write(batch.store, name, keys, rows, batch.run_id))
    return outcome


def _outcomes(batches: Iterator[Batch], jobs: int) -> Iterator[Outcome]:
    """Every batch's outcome, as they come; no more batches in memory than twice the processes."""
    if jobs <= 1:
        yield from map(do, batches)
        return
    with workers(jobs) as pool:
        running: set[Future[Outcome]] = set()
        for batch in batches:
            running.add(pool.submit(do, batch))
            if len(running) >= 2 * jobs:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        yield from (future.result() for future in running)


def _tell(run: Run, outcome: Outcome) -> None:
    for reject in outcome.rejects:
        run.drop(*reject)
    run.wrote(*outcome.written)


def _note(store: Store, run: Run, layout: CropLayout) -> None:
    with database.connect(store) as connection:
        query = "SELECT count(*) FROM crops WHERE run_id = ? AND mask_area_px IS NULL"
        [(n_without_mask,)] = connection.execute(query, [run.run_id]).fetchall()
    if n_without_mask:
        run.note(f"{n_without_mask} crops have no mask: no cell stands at their centre, or it cannot be told from its neighbours")
    if layout.mask is None:
        run.note(f"masks were found in the {layout.marker} channel of each crop")
    run.note("only crops exist: the intensity filter is taken from the pixels of all crops, not of full fields")
    if "field" not in layout.pattern.groupindex:
        run.note(f"names do not tell the field: the crops of {wording.with_article(wording.condition())} stand under one field")
