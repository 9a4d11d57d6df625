"""What `Index.idx.xml` (Harmony) says of a plate's images: the plate's name, the names of its channels, the size of a pixel.

Read element by element, whatever the version of the format: HarmonyV5 says these of each image, later ones of each channel.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cellswap.errors import BadInput, at
from cellswap.ingest import plain_xml
from cellswap.ingest.regular_files import said

NAMES = ("Index.idx.xml", "Index.xml")
BLOCK = 1 << 20
UM = 1e6  # Harmony writes metres


@dataclass
class Index:
    """The plate's name ('' where it has none), each channel's name by its number, um a pixel, and images listed but not there."""

    file: str = ""
    plate: str = ""
    channels: dict[str, str] = field(default_factory=dict)
    pixel_size_um: float | None = None
    n_lacking: int = 0
    lacking: str = ""

    @property
    def notes(self) -> list[str]:
        """What a reader must know."""
        return [f"{self.n_lacking} images that {self.file} lists are not there, such as {self.lacking}"] if self.n_lacking else []


NONE = Index()


def beside(folder: Path, there: Collection[str]) -> Index:
    """The index in the folder of images or above it; `there` are the names of the images that were found.

    Raises BadInput where it is no XML, has a document type, calls one channel by two names, or has two sizes of a pixel.
    """
    places = [folder, folder.parent] if folder.name.lower() == "images" else [folder]
    path = next((place / name for place in places for name in NAMES if _is_filled(place / name)), None)
    if path is None:
        return NONE
    with at(said(path.name)):
        try:
            return _read(path, there)
        except BadInput as error:
            raise BadInput(f"{error}; move it away to read the images without it") from error


def _is_filled(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _read(path: Path, there: Collection[str]) -> Index:
    found, number, called = Index(path.name), "", ""
    for name, attributes, text in plain_xml.elements(_blocks(path)):
        if name == "Name" and text and not found.plate:
            found.plate = text
        elif name == "URL" and text and text not in there:
            found.n_lacking, found.lacking = found.n_lacking + 1, found.lacking or said(text)
        elif name == "ChannelID":
            number = text
        elif name == "ChannelName":
            called = text
        elif name == "ImageResolutionX" and text:
            _take_size(found, text, attributes.get("Unit", "m"))
        elif name in ("Image", "Entry"):
            number = attributes.get("ChannelID", number)
            _take_channel(found, number, called)
            number = called = ""
    return found


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def _take_channel(found: Index, number: str, called: str) -> None:
    if not number.isdecimal() or not called:
        return
    known = found.channels.setdefault(f"ch{int(number)}", called)
    if known != called:
        raise BadInput(f"the channel {number} is called {said(known)} and {said(called)}; export it anew")


def _take_size(found: Index, text: str, unit: str) -> None:
    try:
        size = float(text) * UM
    except ValueError:
        size = 0.0
    if unit != "m" or not 0 < size < UM:
        raise BadInput(f"expected the size of a pixel in m over 0, found '{said(text)}' {said(unit)}")
    if found.pixel_size_um is not None and abs(found.pixel_size_um - size) > 1e-3 * size:
        raise BadInput(f"its images have pixels of {found.pixel_size_um:g} and {size:g} um")
    found.pixel_size_um = size
