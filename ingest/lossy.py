"""Pages of TIFF files that are compressed as JPEG: values were lost, but they are read where somebody has no others."""

from __future__ import annotations

from tifffile import COMPRESSION, TiffPage

from cellswap.errors import BadInput

JPEG = COMPRESSION.JPEG
# Markers that begin a frame and say its size (ITU-T T.81, table B.1), all but DHT, JPG and DAC.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})


def check_size(page: TiffPage, content: bytes) -> None:
    """BadInput where a strip or tile says of itself that it is larger than the page has it, which a decoder would believe."""
    height, width = (page.tilelength, page.tilewidth) if page.is_tiled else (page.rowsperstrip, page.imagewidth)
    found = _size(content)
    if found is None or found[0] > height or found[1] > width:
        raise BadInput(f"a JPEG strip of {found or 'unknown'} pixels where the page has {(height, width)}: the file is damaged")


def _size(content: bytes) -> tuple[int, int] | None:
    """Height and width by the frame's header; None where there is none."""
    place = 2
    while place + 9 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker in _FRAMES:
            return int.from_bytes(content[place + 5 : place + 7], "big"), int.from_bytes(content[place + 7 : place + 9], "big")
        place += 1 if marker == 0xFF else 2 if marker in _ALONE else 2 + int.from_bytes(content[place + 2 : place + 4], "big")
    return None
