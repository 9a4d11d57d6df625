"""A sheet of simulated and real crops side by side, for the report of a store that holds a simulated screen."""

from __future__ import annotations

from importlib.resources import files

from cellswap.reports import tiles
from cellswap.reports.ask import Source
from cellswap.reports.items import GalleryBody, Item

TITLE = "Simulated beside real"
CAPTION = (
    "A screen of this store was drawn by cellswap simulate. Left: 64 crops of a real field, right: 64 of a simulated one, in "
    "protein, nucleus and cytoplasm from top to bottom; a channel's grey scale is that of its real crops. Which protein the real cells "
    "carry is not known; the simulated ones carry a weak one of the cytoplasm. The sheet was made once (benchmarks/simulate.py "
    "--picture) and does not show this store's own cells."
)
LINES = (
    "left: real, CycleNET's example (Opera Phenix); right: simulated",
    "Real half: BSD 3-Clause, copyright (c) 2023 Myra Paz Masinas; its licence stands inside the picture's file.",
)
ALT = "Two sheets of 64 small pictures of yeast cells: real ones on the left, simulated ones on the right"


def items(source: Source) -> tuple[Item, ...]:
    """The sheet, or nothing where no screen of the store is simulated."""
    answer = source.ask("simulated")
    if not answer.rows.num_rows:
        return ()
    return (Item(TITLE, CAPTION, answer, GalleryBody((("Crops of 64 px", (tiles.from_png(picture(), ALT, LINES),)),))),)


def picture() -> bytes:
    """The sheet, a PNG file with the licence of its real half among its texts."""
    return files("cellswap.reports").joinpath("templates", "likeness.png").read_bytes()


def licence() -> str:
    """The licence of the real half."""
    return files("cellswap.reports").joinpath("templates", "likeness_licence.txt").read_text(encoding="utf-8")
