"""TIFF files with several pages: OME-TIFF, ImageJ's hyperstacks, and plain pages of which somebody says what they are.

Each file is a field, and its pages are channels, depths and times. With `--pages fields` each file is one channel, and its pages
are fields: `nuclei.tif` and `cells.tif` of four pages are four fields of the channels nuclei and cells.
"""

from __future__ import annotations

import re
from pathlib import Path

from cellswap.errors import BadInput, at, shown
from cellswap.ingest import regular_files, tiff_stack
from cellswap.ingest.field_files import FieldFiles, Listing, missing, roles, some
from cellswap.ingest.image_parts import Pages
from cellswap.ingest.layouts import gathered
from cellswap.ingest.layouts.gathered import Gathered, Plate
from cellswap.ingest.layouts.numbered_channels import placed, said
from cellswap.ingest.tiff_stack import CHANNEL, DEPTH, TIME, UNSAID, Stack
from cellswap.ingest.wells import well
from cellswap.store.files import other_kind

ENDING = re.compile(r"(\.ome)?\.tiff?", re.IGNORECASE)
CHANNELS, FIELDS = "channels", "fields"
# A well stands by itself: r01c01, also before f01; else A01 or AA01, in capitals and with two digits, since f01 and s1 count fields.
_WELLS = (
    re.compile(r"(?<![A-Za-z0-9])r[0-9]{2}c[0-9]{2}(?![0-9])", re.IGNORECASE),
    re.compile(r"(?<![A-Za-z0-9])(?:[A-Z]|A[A-F])[0-9]{2}(?![A-Za-z0-9])"),
)
WHERE_NOT_SAID = "A01"


def list_fields(source: Plate, channels: dict[str, str]) -> Listing:
    """The fields of a file or a folder of files; BadInput where there is none, or options say something else than the files."""
    if source.pages not in (None, CHANNELS, FIELDS):
        raise BadInput(f"--pages '{shown(source.pages)}': expected {CHANNELS} or {FIELDS}")
    folder = source.path if source.path.is_dir() else source.path.resolve().parent
    found = gathered.begun(source, folder.resolve().name)
    files = _files(source.path, found)
    unsaid: list[str] = []
    if source.pages == FIELDS:
        _pages_as_fields(files, channels, found, unsaid)
    else:
        _file_by_file(files, channels, found, unsaid)
    if unsaid:
        found.notes.append(
            f"{len(unsaid)} files name no well such as A01 or r01c01 ({some(unsaid[:1])}); they count as of well"
            f" {source.well or WHERE_NOT_SAID}" + ("" if source.well else ": --well names another")
        )
    return found.listing()


def _files(path: Path, found: Gathered) -> list[Path]:
    """The TIFF files, in the order of their names."""
    if not path.is_dir():
        if not path.exists():
            raise BadInput(f"{regular_files.said(path)}: expected a TIFF file or a folder of such, found nothing")
        if kind := other_kind(path):
            raise BadInput(f"{regular_files.said(path)}: expected a TIFF file or a folder of such, found {kind}")
        return [path]
    files: list[Path] = []
    for entry in regular_files.entries(path):
        if regular_files.is_dust(entry.name):
            found.dust.append(entry.name)
        elif why := (regular_files.no_text(entry.name) if _is_tiff(entry.name) else ""):
            found.rejects.append((regular_files.said(entry.name), "file name is not of this layout", f"its name is {why}; rename it"))
        elif _is_tiff(entry.name):
            files.append(Path(entry.path))
    if not files:
        inside = some(regular_files.said(e.name) for e in regular_files.entries(path) if e.is_dir())
        hint = f"; its folders ({inside}) are not looked into" if inside else ""
        raise BadInput(f"{regular_files.said(path)}: no file ends in .tif or .tiff{hint}")
    return files


def _is_tiff(name: str) -> bool:
    return name.lower().endswith((".tif", ".tiff"))


def _stem(path: Path) -> str:
    ending = re.search(ENDING.pattern + "$", path.name, re.IGNORECASE)
    return path.name[: ending.start()] if ending else path.stem


def _file_by_file(files: list[Path], channels: dict[str, str], found: Gathered, unsaid: list[str]) -> None:
    """Each file a field."""
    for path in files:
        try:
            found.add(_field(path, channels, found, unsaid))
        except BadInput as error:
            found.rejects.append((regular_files.said(path.name), "file is not usable", str(error)))


def _field(path: Path, channels: dict[str, str], found: Gathered, unsaid: list[str]) -> FieldFiles:
    stack = tiff_stack.look(path)
    axis = CHANNEL
    if set(stack.axes) & set(UNSAID):
        axis = stack.axes
        if found.source.pages is None:
            raise BadInput(
                f"the file does not say what its {stack.n_pages} pages are: say --pages {CHANNELS}, or --pages {FIELDS} where each file"
                " is one channel; depths (z) and times need OME-TIFF"
            )
    n = stack.size(axis)
    where = placed(stack.names, n, channels)
    found.pass_over(stack.names, n, where)
    parts = {role: _part(stack, axis, place, found.source) for role, place in where.items()}
    place, site = _where(_stem(path), found, path.name, unsaid)
    return FieldFiles(
        found.plate, place, site, found.source.replicate, found.holds(place), dict.fromkeys(channels, path), (_stem(path),), parts=parts
    )


def _part(stack: Stack, axis: str, place: int, source: Plate) -> Pages:
    """The pages that are one channel."""
    depths, by = source.view.depths(stack.size(DEPTH))
    moment = source.view.moment(stack.size(TIME))
    return Pages(tuple(stack.page(**{axis: place, DEPTH: depth, TIME: moment}) for depth in depths), by)


def _where(stem: str, found: Gathered, name: str, unsaid: list[str]) -> tuple[str, str]:
    """Well and site by a file's name: the site is what the name has beside its well, all of it where it has none."""
    named = next((matches for kind in _WELLS if (matches := list(kind.finditer(stem)))), [])
    wells = {well(match[0]) for match in named}
    if len(wells) > 1:
        raise BadInput(f"its name has the wells {some(sorted(wells))}; which one is it? Rename the file")
    if wells:
        match = named[0]
        rest = [part.strip("_-. ") for part in (stem[: match.start()], stem[match.end() :])]
        return next(iter(wells)), "_".join(part for part in rest if part) or "1"
    if found.source.well is None and (found.known or found.source.mapped):
        raise BadInput("its name has no well such as A01 or r01c01, so nobody knows what it holds: rename it, or say --well NAME")
    unsaid.append(name)
    return well(found.source.well or WHERE_NOT_SAID), stem


def _pages_as_fields(files: list[Path], channels: dict[str, str], found: Gathered, unsaid: list[str]) -> None:
    """Each file a channel of as many fields as it has pages; files of one well belong together."""
    known, by_well = roles(channels), dict[str, dict[str, Path]]()
    names: list[str] = []
    for path in files:
        try:
            place, rest = _where(_stem(path), found, path.name, unsaid)
            names.append(rest)
            role = known.of(rest)
            if role is None:
                found.idle.append(path.name)
            elif role in by_well.setdefault(place, {}):
                raise BadInput(f"{by_well[place][role].name} is the channel {role} too; take one away")  # noqa: TRY301 - one place says it
            else:
                by_well[place][role] = path
        except BadInput as error:
            found.rejects.append((regular_files.said(path.name), "file is not usable", str(error)))
    if not by_well:
        raise BadInput(
            f"{regular_files.said(found.source.path)}: with --pages {FIELDS} each file is a channel by its name; found"
            f" {some(names) or 'none'}, the store expects {', '.join(channels.values())}: make a store with other --channels"
        )
    for place, of_well in by_well.items():
        try:
            _fields_of_well(place, of_well, channels, found)
        except BadInput as error:
            found.rejects.append((f"well {place}", "files are not usable", str(error)))


def _fields_of_well(place: str, files: dict[str, Path], channels: dict[str, str], found: Gathered) -> None:
    if detail := missing(files, channels, (_stem(path) for path in files.values())):
        raise BadInput(detail)
    counts: dict[str, int] = {}
    for path in files.values():
        with at(regular_files.said(path.name)):
            counts[path.name] = _n_fields(tiff_stack.look(path))
    if len(set(counts.values())) > 1:
        raise BadInput(f"its files have {', '.join(f'{n} ({name})' for name, n in counts.items())} pages; expected as many in each")
    holds, ordered = found.holds(place), {role: files[role] for role in channels}
    for page in range(next(iter(counts.values()))):
        parts = {role: Pages((page,)) for role in channels}
        site = f"p{page + 1}"
        found.add(FieldFiles(found.plate, place, site, found.source.replicate, holds, ordered, (site,), parts=parts))


def _n_fields(stack: Stack) -> int:
    if CHANNEL in stack.axes or len(stack.axes) > 1:
        raise BadInput(f"the file itself says that its pages are {said(stack.names, stack.size(CHANNEL))}; leave out --pages {FIELDS}")
    return stack.n_pages
