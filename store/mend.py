"""Put a store in order: take away what killed commands left, and set aside what is damaged. Nothing that is whole is lost."""

from __future__ import annotations

from collections.abc import Iterator

from cellswap.store import files, integrity, records, scratch
from cellswap.store.folder import Store

ASIDE = "damaged"


def mend(store: Store) -> Iterator[str]:
    """What is done, line by line: killed runs recorded as such, half-written files removed, damaged ones moved to STORE/damaged."""
    for run_id in records.bury(store):
        yield f"the run {run_id} was killed: its record says so now"
    for path in files.abandoned(records.unfinished(store)):
        path.unlink(missing_ok=True)
        yield f"removed {path.relative_to(store.path)}, half-written by a command that was killed"
    for place in scratch.stale():
        scratch.remove(place)
        yield f"removed {place}, left by a command that was killed"
    for damage in integrity.damages(store):
        moved = _set_aside(store, damage.file) if damage.aside else []
        if moved:
            yield f"moved {', '.join(moved)} to {ASIDE}/ ({damage.wrong}); {damage.mend}"


def _set_aside(store: Store, name: str) -> list[str]:
    """Move a file to STORE/damaged, with the other parts of its batch, which would hide that something is to be made anew."""
    part = name.removeprefix("tables/")
    moved = records.of_one_batch(store, part) if part != name else [store.path / name]
    for path in moved:
        place = store.path / ASIDE / path.relative_to(store.path)
        files.make_folder(place.parent)
        path.replace(place)
    return [path.relative_to(store.path).as_posix() for path in moved]
