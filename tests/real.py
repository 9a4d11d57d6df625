"""Where real data lies: the whole of it beside the checkout, or the small copies in tests/small."""

from __future__ import annotations

import os
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SMALL = ROOT / "tests/small"
ENDING = ".tar.xz"
# CELLSWAP_SMALL_DATA=1 takes the small copies where the whole data are there too.
WHOLE = SMALL / "nowhere" if os.environ.get("CELLSWAP_SMALL_DATA") else ROOT.parent / "shared"


@dataclass(frozen=True)
class Real:
    """The folder of real data: `real / "data/huh"` is a path in the whole data, or in the small copies unpacked at `place`.

    A test that asks for what neither has is skipped.
    """

    place: Path

    def __truediv__(self, path: str) -> Path:
        if (WHOLE / path).exists():
            return WHOLE / path
        if (SMALL / path).is_file():
            return SMALL / path
        for archive in archives(path):
            self.unpack(archive)
        if not (self.place / path).exists():
            pytest.skip(f"{path} is neither in ../shared beside this checkout nor in tests/small")
        return self.place / path

    def whole(self, path: str) -> Path:
        """A path in the whole data, for a test whose figures are theirs."""
        if not (WHOLE / path).exists():
            pytest.skip(f"{path} is whole only in ../shared, which is not beside this checkout")
        return WHOLE / path

    def unpack(self, archive: Path) -> None:
        """Put an archive's files into the folder of its name, once a session."""
        folder = self.place / str(archive.relative_to(SMALL)).removesuffix(ENDING)
        if not folder.exists():
            with tarfile.open(archive) as file:
                file.extractall(folder, filter="data")


def archives(path: str) -> list[Path]:
    """The small copies that hold a path, or lie below it."""
    if (SMALL / path).is_dir():
        return sorted((SMALL / path).rglob(f"*{ENDING}"))
    parts = Path(path).parts
    above = [SMALL.joinpath(*parts[:n], parts[n] + ENDING) for n in range(len(parts))]
    return [archive for archive in above if archive.is_file()]
