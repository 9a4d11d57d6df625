"""Make a store, or add to an old one the tables that this version knows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from cellswap.errors import BadInput, BrokenStore
from cellswap.store import database, files, mark, parts, presets, records, runs
from cellswap.store.facts import Asked
from cellswap.store.folder import Store, brief, read, refuse_url, unreadable
from cellswap.store.schema import TABLES

AGAIN = "init-again"
WRITTEN = (mark.MARK, parts.EMPTY, "cellswap.duckdb", "init-")


def create(path: Path, asked: Asked | None = None) -> Store:
    """The new store at `path` (a new or empty folder), or the one that is there, with the tables it lacked.

    May be killed at any moment and called again: what was begun is completed. Raises BadInput for a folder with other
    things in it, or a path that DuckDB would read as a pattern.
    """
    asked = asked or Asked()
    refuse_url(path)
    path = _resolved(path)
    if (path / mark.MARK).exists():
        return _complete(path, asked)
    wanted = Store(path, presets.made(asked))
    if path.is_file():
        raise BadInput(f"{path}: expected a folder, found a file")
    if path.exists() and not _is_begun(path):
        if (path / mark.MARK).exists():  # another try at the same time has come to its end since
            return _complete(path, asked)
        raise BrokenStore(f"{path}: the folder is not empty and not a store; give a new or an empty one")
    _add_tables(wanted)
    _write_mark(wanted)
    _record_first(wanted)
    return wanted


def _resolved(path: Path) -> Path:
    """The full path; BadInput where no store can be there."""
    try:
        full = path.resolve()
        full.exists()
    except (OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise BadInput(f"{brief(path)}: no folder can be here ({reason})") from error
    if reason := unreadable(full):
        raise BadInput(f"{brief(full)}: {reason}")
    return full


def _complete(path: Path, asked: Asked) -> Store:
    store = read(path)
    _check_same(store, asked)
    if not _is_recorded(store):
        _add_tables(store)
        _record_first(store)
    elif _lacks_tables(store):
        with runs.record(store, "init", {"again": True}, AGAIN):
            _add_tables(store)
    else:  # nothing to add: another record would say that something was done
        records.bury(store)
        _clear(store)
        database.build_catalog(store)
    return store


def _lacks_tables(store: Store) -> bool:
    """Whether a table is missing, or was being added by a try that did not end."""
    begun = records.find(store, AGAIN)
    return bool(begun and begun["status"] != records.DONE) or not all(path.is_file() for path in _empty_parts(store.path))


def _check_same(store: Store, asked: Asked) -> None:
    """BadInput where other facts are asked for than the store was made with; what was not asked for is as it is."""
    has = vars(store.facts)
    for name, wanted in asked.given.items():
        if has[name] != wanted:
            raise BadInput(
                f"{store.path}: is a store of {name} {has[name] or 'none'} already, not {wanted}; a store keeps what it was made with"
            )


def _add_tables(store: Store) -> None:
    files.make_folder(store.runs)
    for name in TABLES:
        parts.write_empty(store, name)


def _write_mark(store: Store) -> None:
    """Write store.json, whole or not at all: last, so that a folder is a store only when every table is there."""
    with files.whole_file(store.path / mark.MARK) as partial:
        partial.write_text(mark.text(store.facts), encoding="utf-8")


def _record_first(store: Store) -> None:
    """Record the making of a store, under one name however often it was begun, and remove what killed tries left."""
    with runs.record(store, "init", asdict(store.facts), _first_run(store)) as run:
        if rows := presets.classes(store.facts.preset):
            run.wrote(parts.write(store, "classes", ("preset",), rows, run.run_id))
    _clear(store)


def _clear(store: Store) -> None:
    """Remove what killed tries of `init` left half-written."""
    for left in files.abandoned(_half_written(store.path)):
        left.unlink(missing_ok=True)


def _first_run(store: Store) -> str:
    return f"init-{hashlib.sha256(json.dumps(asdict(store.facts), sort_keys=True).encode()).hexdigest()[:12]}"


def _is_recorded(store: Store) -> bool:
    """Whether the store has a record of anything but a first init that did not end."""
    first = store.runs / f"{_first_run(store)}.json"
    if any(record != first for record in store.runs.glob("*.json")):
        return True
    try:
        return first.is_file() and json.loads(first.read_text(encoding="utf-8")).get("status") == "done"
    except (ValueError, OSError, AttributeError):
        return False


def _half_written(path: Path) -> Iterator[Path]:
    """What `init` leaves half-written in a store's folder when it is killed."""
    for folder in _folders(path):
        yield from (left for left in folder.glob(f"*{files.ENDING}") if _is_half_written(left) and left.is_file())


def _is_half_written(path: Path) -> bool:
    return path.name.startswith(WRITTEN) and path.name.endswith(files.ENDING) and not path.is_dir()


def _folders(path: Path) -> list[Path]:
    """Every folder that `init` makes."""
    leaves = [empty.parent for empty in _empty_parts(path)]
    above = {folder for leaf in leaves for folder in leaf.parents if folder.is_relative_to(path)}
    return sorted({path / "runs", *leaves, *above})


def _empty_parts(path: Path) -> list[Path]:
    """The empty part of every table."""
    store = Store(path, presets.YEAST)
    nowhere = {name: dict.fromkeys(table.partition, "none") for name, table in TABLES.items()}
    return [parts.folder(store, name, nowhere[name] or None) / parts.EMPTY for name in TABLES]


def _is_begun(path: Path) -> bool:
    """Whether all that lies in the folder is what `init` makes before store.json: it was killed there, and may go on."""
    folders = {*_folders(path)}
    own = {*folders, *_empty_parts(path)}
    found = list(path.rglob("*"))  # of another try at the same time, too: what it writes may be gone again when it is looked at
    return all((one in own or (one.parent in folders and _is_half_written(one))) and not one.is_symlink() for one in found)
