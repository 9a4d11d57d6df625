"""Crops that someone else cut into the store, protein by protein, from a folder or straight from an archive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from pathlib import Path

from cellswap.errors import BadInput, UnknownName, at
from cellswap.ingest import crop_cells, crop_files, crop_layout, crop_rows
from cellswap.ingest.crop_layout import Cell, CropLayout, Crops
from cellswap.ingest.crop_rows import Source, site_of, stored_name
from cellswap.ingest.layouts import pci, pifia
from cellswap.store import database, parts, work
from cellswap.store.folder import Store
from cellswap.store.parts import Part
from cellswap.store.pool import workers
from cellswap.store.runs import Run

LAYOUTS = {layout.name: layout for layout in (pci.LAYOUT, pifia.LAYOUT)}
NAMED_GENES = 12


@dataclass(frozen=True)
class Intake:
    """What to read: crops of one layout in a folder or archive, and the screen that they will be."""

    path: Path
    layout: CropLayout
    screen: str
    crops: Crops


@dataclass(frozen=True)
class There:
    """What the store has of a screen: the files read of each gene, and the genes whose ORF was not known."""

    files: dict[str, set[str]]
    without_orf: set[str]


@dataclass(frozen=True)
class Todo:
    """The cells left to do by gene, the ORF of every gene and ORF that the store knows, and what it has."""

    cells: dict[str, list[Cell]]
    orfs: dict[str, str]
    there: There


@dataclass(frozen=True)
class Batch:
    """One protein's cells, with the bytes of their files and the files that the store has of it."""

    store: Store
    layout: CropLayout
    source: Source
    cells: list[Cell]
    contents: dict[str, bytes]
    there: set[str]
    run_id: str


@dataclass
class Outcome:
    """What became of a batch."""

    gene: str
    rejects: list[tuple[str, str, str]] = field(default_factory=list)
    written: list[Part] = field(default_factory=list)


def layout_named(name: str) -> CropLayout:
    """The layout of that name, or UnknownName."""
    if name not in LAYOUTS:
        raise UnknownName("layout", name, LAYOUTS)
    return LAYOUTS[name]


def screen_named(name: str) -> str:
    """The name of a screen; BadInput where it would break the ids that it is part of."""
    if not name or "/" in name:
        raise BadInput(f"--screen '{name}': the name may not be empty or hold a /, it is part of the ids")
    return name


def listed(path: Path, layout: CropLayout, screen: str, run: Run) -> Intake:
    """The crops that a folder or archive holds; what is not read is told to the run. BadInput where there is none."""
    with at(path):
        found = crop_files.listing(path)
        crops = crop_layout.sort(found.files, layout)
        if not crops.cells:
            example = f", for example {found.files[0]}" if found.files else ""
            raise BadInput(f"expected crops named like {layout.example}; found {len(found.files)} other files{example}")
    for name, reason in found.refused:
        run.drop(name, "refused", reason)
    for name in found.empty_folders:
        run.drop(name, "empty folder", "expected the crops of one protein")
    for reject in crops.rejects:
        run.drop(*reject)
    if crops.n_others:
        run.note(f"{crops.n_others} files that are no images were left alone")
    return Intake(path, layout, screen, crops)


def write(store: Store, intake: Intake, run: Run, jobs: int) -> None:
    """Write every protein's crops; one that is in the store already is not read again."""
    crops, layout = intake.crops, intake.layout
    todo = _todo(store, intake)
    with work.progress("ingest crops", len(todo.cells), "proteins") as progress:
        for outcome in _outcomes(_batches(store, intake, todo, run.run_id), min(jobs, len(todo.cells))):
            _tell(run, outcome)
            progress.step()
    if n_there := len(crops.cells) - len(todo.cells):
        run.remark(f"{n_there} of {len(crops.cells)} proteins were in the store already")
    run.keep(run.n_written("crops"))
    if run.rows_kept:
        _note(store, run, layout)
    _note_genes(run, sorted(gene for gene in crops.cells if gene not in todo.orfs))


def _todo(store: Store, intake: Intake) -> Todo:
    there, orfs = _there(store, intake.screen, intake.layout), _orfs(store)
    cells = {gene: cells for gene, cells in intake.crops.cells.items() if not _is_done(gene, cells, there, orfs)}
    return Todo(cells, orfs, there)


def _batches(store: Store, intake: Intake, todo: Todo, run_id: str) -> Iterator[Batch]:
    group_of = {name: gene for gene, cells in todo.cells.items() for cell in cells for name in cell.files.values()}
    masks = "given" if intake.layout.mask else "segmented"
    with at(intake.path):
        for gene, contents in crop_files.contents(intake.path, group_of):
            n_listed = Counter(site_of(cell.gene, cell.site) for cell in todo.cells[gene])
            source = Source(intake.screen, todo.orfs.get(gene), masks, n_listed)
            there = todo.there.files.get(gene, set())
            yield Batch(store, intake.layout, source, todo.cells[gene], contents, there, run_id)


def do(batch: Batch) -> Outcome:
    """Write one protein's parts, `fields` last; cells that cannot be read are left out, and said."""
    gene = batch.cells[0].gene
    kept, rejects = crop_cells.read(batch.cells, batch.contents, batch.layout, batch.store.crop_size)
    outcome = Outcome(gene, rejects)
    lost = batch.there - {stored_name(name) for crop in kept for name in crop.cell.files.values()}
    if lost:
        detail = f"the store has {len(lost)} files of {gene} that are not here, such as {min(lost)}; give these another --screen"
        return Outcome(gene, [*rejects, *((crop.cell.place, "other crops are in the store", detail) for crop in kept)])
    if kept:
        for name, rows in crop_rows.rows(kept, batch.contents, batch.source).items():
            keys = ("crops", batch.source.screen, gene)
            outcome.written.append(parts.write(batch.store, name, keys, rows, batch.run_id))
    return outcome


def _is_done(gene: str, cells: list[Cell], there: There, orfs: dict[str, str]) -> bool:
    """Whether the store has every file of a protein, and knows its ORF if there is one to know."""
    offered = {stored_name(name) for cell in cells for name in cell.files.values()}
    return offered <= there.files.get(gene, set()) and not (gene in there.without_orf and gene in orfs)


def _there(store: Store, screen: str, layout: CropLayout) -> There:
    with database.connect(store) as connection:
        query = "SELECT unnest(files), orf IS NULL FROM fields WHERE screen = ? AND plate IS NULL"
        rows = connection.execute(query, [screen]).fetchall()
    there = There({}, set())
    for name, no_orf in rows:
        gene = name.split("/")[0]
        if layout.pattern.fullmatch(name.split("/")[-1]) is None:
            raise BadInput(
                f"the screen {screen} has crops of another layout, such as {name}; give this one another --screen"
            )
        there.files.setdefault(gene, set()).add(name)
        if no_orf:
            there.without_orf.add(gene)
    return there


def _orfs(store: Store) -> dict[str, str]:
    """ORF by gene name and by ORF; a name that two proteins have is nobody's."""
    with database.connect(store) as connection:
        rows = connection.execute("SELECT gene, orf FROM proteins").fetchall()
    times = Counter(gene for gene, _ in rows if gene)
    return {gene: orf for gene, orf in rows if gene and times[gene] == 1} | {orf: orf for _, orf in rows}


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
        run.note(
            f"{n_without_mask} crops have no mask: no cell stands at their centre, or it cannot be told from its neighbours"
        )
    if layout.mask is None:
        run.note(f"masks were found in the {layout.marker} channel of each crop")
    run.note("only crops exist: the intensity filter is taken from the pixels of all crops, not of full fields")
    if "field" not in layout.pattern.groupindex:
        run.note("names do not tell the field: the crops of a protein stand under one field")


def _note_genes(run: Run, unknown: list[str]) -> None:
    if unknown:
        more = f" and {len(unknown) - NAMED_GENES} more" if len(unknown) > NAMED_GENES else ""
        run.note(
            f"no protein of the store is called {', '.join(unknown[:NAMED_GENES])}{more}: their orf is NULL;"
            " ingest labels that name them and run this again"
        )
