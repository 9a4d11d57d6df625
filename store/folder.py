"""A store is a folder: make one, find one, read its store.json."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from cellswap.errors import BadInput, BrokenStore
from cellswap.store.schema import FORMAT
from cellswap.store.vocabulary import ROLES

MARK = "store.json"


@dataclass(frozen=True)
class Store:
    """Where a store is and what all its crops have in common.

    `channels` maps a role (protein, nucleus, cytoplasm) to the channel's name in the files; `crop_size` is in pixels;
    `pixel_size_um` is the size of a pixel in the sample, or None where nobody stated it.
    """

    path: Path
    crop_size: int
    channels: dict[str, str]
    pixel_size_um: float | None

    @property
    def tables(self) -> Path:
        """The folder of all tables."""
        return self.path / "tables"

    @property
    def runs(self) -> Path:
        """The folder of run records."""
        return self.path / "runs"

    @property
    def catalog(self) -> Path:
        """The DuckDB file that holds views only."""
        return self.path / "cellswap.duckdb"


def write_mark(store: Store) -> None:
    """Write store.json, whole or not at all."""
    facts = {"format": FORMAT, **{k: v for k, v in asdict(store).items() if k != "path"}}
    partial = store.path / f"{MARK}.partial"
    partial.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    partial.replace(store.path / MARK)


def read(path: Path) -> Store:
    """The store at `path`; BrokenStore if it is none, or of another format."""
    mark = path / MARK
    if not mark.is_file():
        what = "no such folder" if not path.exists() else f"no {MARK} in it"
        raise BrokenStore(f"{path}: not a store ({what}); make one with: cellswap init {path}")
    try:
        facts = json.loads(mark.read_text(encoding="utf-8"))
        written_as = int(facts["format"])
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise BrokenStore(f"{mark}: expected a store's facts as JSON, found something else ({error})") from error
    if written_as != FORMAT:
        age = "newer: update cellswap" if written_as > FORMAT else "older: read it with the version that wrote it, or make it anew"
        raise BrokenStore(f"{mark}: format {written_as}, this version reads {FORMAT}; the store is {age}")
    try:
        channels = {str(role): str(name) for role, name in facts["channels"].items()}
        return Store(path.resolve(), int(facts["crop_size"]), channels, facts["pixel_size_um"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BrokenStore(f"{mark}: expected crop_size, channels and pixel_size_um, found {sorted(facts)}") from error


def find(path: Path | None) -> Store:
    """The store at `path`, else at $CELLSWAP_STORE, else the one at or above the working directory."""
    named = path or (Path(os.environ["CELLSWAP_STORE"]) if os.environ.get("CELLSWAP_STORE") else None)
    if named:
        return read(named)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / MARK).is_file():
            return read(folder)
    raise BrokenStore(
        f"no store at or above {here}; give --store PATH, set CELLSWAP_STORE, or make one: cellswap init PATH"
    )


def parse_channels(text: str) -> dict[str, str]:
    """`protein=ch1,cytoplasm=ch3` as {role: name}; BadInput for an unknown role or no protein."""
    channels: dict[str, str] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        role, _, name = part.partition("=")
        if role not in ROLES:
            raise BadInput(f"--channels: unknown role '{role}'; expected ROLE=NAME with a role of {', '.join(ROLES)}")
        if role in channels:
            raise BadInput(f"--channels: the role {role} stands twice")
        channels[role] = name or role
    if "protein" not in channels:
        raise BadInput("--channels: a store needs a protein channel, for example protein=ch1,nucleus=ch2,cytoplasm=ch3")
    return channels
