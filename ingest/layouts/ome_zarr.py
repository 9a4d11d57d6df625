"""Plates in OME-Zarr: wells, their fields, channels by the names of `omero` or by number, label images under `labels`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from cellswap.errors import BadInput, UnknownName, at, shown
from cellswap.ingest import zarr_images
from cellswap.ingest.field_files import FieldFiles, Listing
from cellswap.ingest.image_parts import PartOf, Planes
from cellswap.ingest.layouts import gathered
from cellswap.ingest.layouts.gathered import Gathered, Plate
from cellswap.ingest.layouts.numbered_channels import placed
from cellswap.ingest.regular_files import said
from cellswap.ingest.wells import place as place_of
from cellswap.ingest.wells import well


@dataclass(frozen=True)
class _Field:
    """Where an image of the plate is: the path of its group, its well, and its site."""

    path: str
    well: str
    site: str


def list_fields(source: Plate, channels: dict[str, str]) -> Listing:
    """The fields of a plate; BadInput where the folder is no plate of OME-Zarr, or of a version that is not known."""
    with at(said(source.path)):
        root = zarr_images.opened(source.path)
        plate = zarr_images.said_by(root).get("plate")
        if not isinstance(plate, dict) or not isinstance(plate.get("wells"), list) or not plate["wells"]:
            raise BadInput(f"expected an OME-Zarr plate, which says `plate` with its wells; found {_kind(root)}")
        found = gathered.begun(source, _plate_name(plate, source))
    elsewhere: list[str] = []
    for entry in plate["wells"]:
        _add_well(root, entry, channels, found, elsewhere)
    if elsewhere:
        found.notes.append(f"{len(elsewhere)} wells have indices of another place than their path ({elsewhere[0]}); the path was taken")
    return found.listing()


def _kind(root: Any) -> str:  # noqa: ANN401 - zarr is an extra
    facts = zarr_images.said_by(root)
    return "a single image: give the plate's folder" if "multiscales" in facts else "a Zarr group without such metadata"


def _plate_name(plate: Mapping[str, Any], source: Plate) -> str:
    name = plate.get("name")
    return name if isinstance(name, str) and name.strip() else source.path.resolve().name.removesuffix(".zarr")


def _add_well(root: Any, entry: object, channels: dict[str, str], found: Gathered, elsewhere: list[str]) -> None:  # noqa: ANN401
    path = entry.get("path") if isinstance(entry, dict) else None
    try:
        if not isinstance(entry, dict) or not isinstance(path, str):
            raise BadInput("expected a well with its path")  # noqa: TRY301 - one place says it
        name = well(path)
        if _indices(entry) not in (None, place_of(name)):
            elsewhere.append(f"{path}: rowIndex {entry.get('rowIndex')}, columnIndex {entry.get('columnIndex')}")
        facts = zarr_images.said_by(zarr_images.inner(root, path)).get("well")
        images = facts.get("images") if isinstance(facts, dict) else None
        sites = [image.get("path") for image in images if isinstance(image, dict)] if isinstance(images, list) else []
        if not sites:
            raise BadInput("expected a group that says `well` with its images")  # noqa: TRY301 - one place says it
    except BadInput as error:
        found.rejects.append((shown(path or "a well"), "well is not usable", str(error)))
        return
    for site in sites:
        place = _Field(f"{path}/{site}", name, str(site))
        try:
            found.add(_field(root, place, channels, found))
        except BadInput as error:
            found.rejects.append((shown(place.path), "field is not usable", str(error)))


def _indices(entry: Mapping[str, Any]) -> tuple[int, int] | None:
    row, column = entry.get("rowIndex"), entry.get("columnIndex")
    return (row, column) if isinstance(row, int) and isinstance(column, int) else None


def _field(root: Any, place: _Field, channels: dict[str, str], found: Gathered) -> FieldFiles:  # noqa: ANN401 - zarr is an extra
    image = zarr_images.look(root, place.path)
    where = placed(image.names, image.size("c"), channels)
    found.pass_over(image.names, image.size("c"), where)
    source = found.source
    depths, by = source.view.depths(image.size("z"))
    moment = source.view.moment(image.size("t"))
    parts = {
        role: Planes(source.path, image.array, tuple(image.place(c=c, z=z, t=moment) for z in depths), by) for role, c in where.items()
    }
    folder = source.path / PurePosixPath(image.array)
    labels = _labels(root, place, found) if source.labels else None
    names = (f"{place.well}_{place.site}",)
    return FieldFiles(
        found.plate, place.well, place.site, source.replicate, found.holds(place.well), dict.fromkeys(channels, folder), names,
        parts=parts, labels=labels,
    )  # fmt: skip


def _labels(root: Any, place: _Field, found: Gathered) -> PartOf:  # noqa: ANN401 - zarr is an extra
    """The field's label image of the name that is asked for, at the field's time and depth."""
    name, source = found.source.labels or "", found.source
    group = zarr_images.inner(root, f"{place.path}/labels") if "labels" in zarr_images.inner(root, place.path) else None
    there = zarr_images.said_by(group).get("labels") if group is not None else []
    known = [one for one in there if isinstance(one, str)] if isinstance(there, list) else []
    if name not in known:
        raise UnknownName("label image (--masks-in)", name, known)
    found_image = zarr_images.look(root, f"{place.path}/labels/{name}")
    if found_image.size("c") > 1:
        raise BadInput(f"labels/{name}: expected one number a pixel, found {found_image.size('c')} channels")
    n_depths = found_image.size("z")
    depths: tuple[int, ...] = source.view.depths(n_depths)[0] if n_depths > 1 else (0,)
    if len(depths) > 1:
        raise BadInput(f"labels/{name}: found {len(depths)} planes in depth, and labels have no {source.view.project}; choose --project N")
    moment = source.view.moment(found_image.size("t")) if found_image.size("t") > 1 else 0
    part = Planes(source.path, found_image.array, (found_image.place(c=0, z=min(depths), t=moment),))
    return PartOf(source.path / PurePosixPath(found_image.array), part)
