"""Make a store, or add to an old one the tables that this version knows."""

from __future__ import annotations

from pathlib import Path

from cellswap.errors import BadInput, BrokenStore
from cellswap.store import parts, runs
from cellswap.store.folder import MARK, Store, read, write_mark
from cellswap.store.schema import TABLES

DEFAULT_CHANNELS = {"protein": "ch1", "nucleus": "ch2", "cytoplasm": "ch3"}
GLOB_CHARACTERS = set("*?[]{}")


def create(path: Path, crop_size: int, channels: dict[str, str], pixel_size_um: float | None) -> Store:
    """The new store at `path` (a new or empty folder), or the one that is there, with the tables it lacked.

    Raises BadInput for a folder with other things in it, or a path that DuckDB would read as a pattern.
    """
    path = path.resolve()
    if GLOB_CHARACTERS & set(str(path)):
        raise BadInput(f"{path}: a store's path may hold none of * ? [ ] {{ }}: DuckDB reads them as a pattern")
    if (path / MARK).exists():
        return _complete(path, crop_size)
    if path.is_file():
        raise BadInput(f"{path}: expected a folder, found a file")
    if path.exists() and any(path.iterdir()):
        raise BrokenStore(f"{path}: the folder is not empty and not a store; give a new or an empty one")
    if crop_size < 8 or crop_size % 8:
        raise BadInput(f"--crop-size {crop_size}: expected a multiple of 8 (masks are packed bits), the paper has 64")
    path.mkdir(parents=True, exist_ok=True)
    store = Store(path, crop_size, channels, pixel_size_um)
    _add_tables(store)
    write_mark(store)
    with runs.record(store, "init", {"crop_size": crop_size, "channels": channels, "pixel_size_um": pixel_size_um}):
        pass
    return store


def _complete(path: Path, crop_size: int) -> Store:
    store = read(path)
    if crop_size != store.crop_size:
        raise BadInput(
            f"{path}: is a store of {store.crop_size} px crops already; a store keeps the size it was made with"
        )
    _add_tables(store)
    with runs.record(store, "init", {"again": True}):
        pass
    return store


def _add_tables(store: Store) -> None:
    store.runs.mkdir(exist_ok=True)
    for name in TABLES:
        parts.write_empty(store, name)
