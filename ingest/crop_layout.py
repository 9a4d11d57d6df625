"""How crops are named in a folder: which condition, field, cell and channel a file is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

# Files that someone may take for crops: said where they are not named as expected. Others (a README, a table) are not.
IMAGES = {".tif", ".tiff", ".png", ".npy", ".npz", ".pkl", ".pickle"}
PICKLES = {".npy", ".npz", ".pkl", ".pickle"}


@dataclass(frozen=True)
class CropLayout:
    """One way of naming crops.

    `pattern` has the groups gene, channel, cell and, where names tell it, field; `roles` maps a file's channel to the
    role it plays; `mask` is the channel that holds masks, `marker` the role in which cells are looked for if there is none.
    """

    name: str
    pattern: re.Pattern[str]
    example: str
    roles: dict[str, str]
    mask: str | None = None
    marker: str = "cytoplasm"


@dataclass(frozen=True)
class Cell:
    """The files of one cell, by channel; `site` is its field, None where names do not tell it."""

    gene: str
    site: str | None
    cell: str
    files: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """How messages call it."""
        return f"{self.gene}, {f'field {self.site}, ' if self.site else ''}cell {self.cell}"


@dataclass(frozen=True)
class Crops:
    """Cells by gene, (place, reason, detail) of what is not read, and how many files have nothing to do with crops."""

    cells: dict[str, list[Cell]]
    rejects: list[tuple[str, str, str]]
    n_others: int


def sort(names: Iterable[str], layout: CropLayout) -> Crops:
    """The cells that the names tell of."""
    cells: dict[tuple[str, str | None, str], Cell] = {}
    rejects: list[tuple[str, str, str]] = []
    n_others = 0
    for name in names:
        path = PurePosixPath(name)
        found = layout.pattern.fullmatch(path.name)
        if found is None or path.parent.name != found["gene"]:
            n_others += path.suffix.lower() not in IMAGES
            rejects += _misnamed(path, layout)
            continue
        parts = found.groupdict()
        key = (parts["gene"], parts.get("field"), parts["cell"])
        cell = cells.setdefault(key, Cell(*key))
        if parts["channel"] in cell.files:
            rejects.append((name, "doubled file", f"{cell.files[parts['channel']]} is the same cell and channel"))
        else:
            cell.files[parts["channel"]] = name
    by_gene: dict[str, list[Cell]] = {}
    for cell in cells.values():
        by_gene.setdefault(cell.gene, []).append(cell)
    return Crops(by_gene, rejects, n_others)


def _misnamed(path: PurePosixPath, layout: CropLayout) -> list[tuple[str, str, str]]:
    if path.suffix.lower() not in IMAGES:
        return []
    if path.suffix.lower() in PICKLES:
        return [(str(path), "refused", "a file that may hold a pickle, which could run code; give the crops as TIFF files")]
    return [(str(path), "not named as the layout says", f"expected names like {layout.example}")]
