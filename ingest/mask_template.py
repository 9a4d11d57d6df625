"""Label images by a template of their names: `masks/{plate}_{well}_{site}.tif`, or `masks/{plate}.h5:{well}/{site}` for arrays in HDF5.

In braces stand plate, well and site, as the store calls them, and columns of the list of files, as it spells their words.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from string import Formatter

from cellswap.errors import BadInput, UnknownName, at, shown
from cellswap.ingest.field_files import FieldFiles

OWN = ("plate", "well", "site")
_DATASET = re.compile(r"(?P<file>.+?\.(?:h5|hdf5)):(?P<dataset>.+)", re.IGNORECASE)


def is_one(text: str) -> bool:
    """Whether a path is a template: something stands in braces."""
    return "{" in text


def filled(template: str, fields: Iterable[FieldFiles]) -> list[FieldFiles]:
    """The fields, each with the file and dataset that the template names for it, and with none where its row lacks a word.

    Raises BadInput for a name in braces that no field has, where one file is named for several fields, and where none is there.
    """
    made = list(fields)
    with at(f"--masks {shown(template)}"):
        names = _names(template, sorted({*OWN, *(name for of in made for name in of.said)}))
        found = [_with(template, names, of) for of in made]
        _refuse_doubled(found, names)
        named = [of.masks[0] for of in found if of.masks]
        if named and not any(os.path.exists(path) for path in named):  # noqa: PTH110 - a name too long for the disk is not there
            raise BadInput(f"none of {len(named)} label images is there; expected the first at {shown(named[0])}")
    return found


def chosen(template: str, of: FieldFiles) -> Path:
    """The file that the template names for a field; BadInput where its row lacks a word."""
    if not of.masks:
        raise BadInput(f"no label image: the list of files says nothing in a column that {shown(template)} names")
    return of.masks[0]


def _names(template: str, known: list[str]) -> list[str]:
    try:
        pieces = [(name, how, change) for _, name, how, change in Formatter().parse(template) if name is not None]
    except ValueError as error:
        raise BadInput(f"the braces do not close ({error}); expected such as masks/{{plate}}_{{well}}_{{site}}.tif") from error
    for name, how, change in pieces:
        if how or change:
            raise BadInput(f"write {{{name}}} alone in its braces")
        if name not in known:
            raise UnknownName("name in braces", name, known)
    return [name for name, _, _ in pieces]


def _with(template: str, names: list[str], of: FieldFiles) -> FieldFiles:
    words = {**of.said, "plate": of.plate, "well": of.well, "site": of.site}
    if any(name not in words for name in names):
        return of
    text = "".join(before + (words[name] if name is not None else "") for before, name, _, _ in Formatter().parse(template))
    parted = _DATASET.fullmatch(text)
    return replace(of, masks=(Path(parted["file"] if parted else text),), dataset=parted["dataset"] if parted else "")


def _refuse_doubled(fields: list[FieldFiles], names: list[str]) -> None:
    first: dict[tuple[Path, str], FieldFiles] = {}
    for of in fields:
        other = first.setdefault((of.masks[0], of.dataset), of) if of.masks else of
        if other is not of:
            others = ", ".join(f"{{{name}}}" for name in OWN if name not in names)
            raise BadInput(
                f"names {shown(of.masks[0])} for several fields, such as {other.field_id('')[1:]} and {of.field_id('')[1:]};"
                f" add what tells them apart: {others or 'a column of the list of files'}"
            )
