"""The files in which runs are kept: runs/RUN_ID.json says what was asked and what became of it, runs/RUN_ID.parts which parts it wrote."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from cellswap.errors import BrokenStore
from cellswap.store import files, seal
from cellswap.store.folder import Store
from cellswap.store.parts import EMPTY, Part
from cellswap.store.processes import Process

Facts = dict[str, Any]
RUNNING, DONE, KILLED = "running", "done", "killed"
_ENDING = ".parts"
_DIGEST = "parts_sha256"
# What DuckDB reads of one JSON object.
_LARGEST = 16 << 20
_NEEDED = {"run_id": str, "command": str, "arguments": dict, "started_at": str, "status": str, "rows_in": int, "rows_kept": int}


def path_of(store: Store, run_id: str) -> Path:
    """Where the run's record is, or will be."""
    return store.runs / f"{run_id}.json"


def every(store: Store) -> list[Path]:
    """Where the records of all runs are, in the order of their names."""
    return sorted(store.runs.glob("*.json"))


def read(path: Path) -> Facts:
    """A run's record; BrokenStore where the file is none."""
    try:
        with path.open(encoding="utf-8") as file:
            facts = json.loads(file.read(_LARGEST))
        wrong = [name for name, kind in _NEEDED.items() if not isinstance(facts[name], kind)]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise BrokenStore(f"{path}: expected the record of a run as JSON, found something else ({_short(error)})") from error
    if wrong or facts["run_id"] != path.stem:
        raise BrokenStore(f"{path}: expected the record of the run {path.stem}, found another kind of {', '.join(wrong) or 'run_id'}")
    return facts


def find(store: Store, run_id: str) -> Facts | None:
    """The record of that run; None where there is none that can be read."""
    try:
        return read(path_of(store, run_id))
    except BrokenStore:
        return None


def is_done(store: Store, run_id: str) -> bool:
    """Whether that run is recorded to have come to its end."""
    facts = find(store, run_id)
    return facts is not None and facts["status"] == DONE


def write(store: Store, facts: Mapping[str, Any], written: Iterable[Part]) -> None:
    """Write a run's parts, then its record, each whole or not at all."""
    listed = "".join(f"{part.n_rows}\t{part.name}\n" for part in sorted(written, key=lambda part: part.name)).encode()
    if listed:
        with files.whole_file(list_of(store, facts["run_id"])) as partial:
            partial.write_bytes(listed)
        facts = {**facts, _DIGEST: hashlib.sha256(listed).hexdigest()}
    with files.whole_file(path_of(store, facts["run_id"])) as partial:
        partial.write_text(json.dumps(facts, indent=1, default=str) + "\n", encoding="utf-8")


def list_of(store: Store, run_id: str) -> Path:
    """Where the list of a run's parts is, or will be; a run that wrote none has none."""
    return store.runs / f"{run_id}{_ENDING}"


def list_fault(store: Store, facts: Facts) -> str | None:
    """Why the list of a run's parts is not what was written beside its record; None where it is."""
    if _DIGEST not in facts:  # it wrote none, or is at work
        return None
    path = list_of(store, facts["run_id"])
    try:
        same = hashlib.sha256(path.read_bytes()).hexdigest() == facts[_DIGEST]
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    return None if same else "its bytes are not those that were written (its checksum differs)"


def parts_of(store: Store, run_id: str) -> list[Part]:
    """The parts that a run is recorded to have written; BrokenStore where their list can't be read."""
    path = list_of(store, run_id)
    if not path.exists():
        return []
    try:
        lines = (line.partition("\t") for line in path.read_text(encoding="utf-8").splitlines())
        return [Part(name, int(n)) for n, _, name in lines]
    except (OSError, ValueError) as error:
        raise BrokenStore(f"{path}: expected a list of parts, rows and name on each line ({_short(error)})") from error


def listed(store: Store, run_id: str) -> list[Part]:
    """The parts that a run is recorded to have written; none where their list can't be read."""
    try:
        return parts_of(store, run_id)
    except BrokenStore:
        return []


def lost_names(store: Store) -> set[str]:
    """The file names of all parts that some run wrote and that are not there: what belongs to a part of that name is to be made anew."""
    recorded = (part for path in every(store) for part in listed(store, path.stem))
    return {Path(part.name).name for part in recorded if not (store.tables / part.name).is_file()}


def of_one_batch(store: Store, name: str) -> list[Path]:
    """The parts that are there of the batch of a part, itself among them: of tables without folders, those of one file name."""
    tables = sorted(store.tables.iterdir()) if name.count("/") == 1 else ()
    found = [table / Path(name).name for table in tables] or [store.tables / name]
    return [path for path in found if path.exists() or path.is_symlink()]


def forget(store: Store, removed: Collection[str]) -> None:
    """Take parts that were replaced, by file name, off the lists of the runs that wrote them, where they are no longer there."""
    for path in every(store):
        facts = find(store, path.stem)
        if facts is None or list_fault(store, facts):
            continue
        listed = parts_of(store, path.stem)
        gone = [part for part in listed if Path(part.name).name in removed and not (store.tables / part.name).is_file()]
        if gone:
            left = [part for part in listed if part not in gone]
            if not left:
                facts.pop(_DIGEST, None)
                list_of(store, path.stem).unlink(missing_ok=True)
            write(store, facts, left)


def parts_there(store: Store, run_id: str) -> Iterator[Part]:
    """The parts of the store that say that this run wrote them, whether or not it lived to record them."""
    for path in sorted(store.tables.rglob("part-*.parquet")):
        if path.name == EMPTY:
            continue
        footer = pq.read_metadata(path)
        if (footer.metadata or {}).get(seal.RUN.encode()) == run_id.encode():
            yield Part(path.relative_to(store.tables).as_posix(), footer.num_rows)


def process_of(facts: Facts) -> Process | None:
    """The process that a record says is at work; None where it tells none."""
    told = facts.get("process")
    try:
        return Process(str(told["place"]), int(told["pid"]), str(told["born"])) if isinstance(told, dict) else None
    except (KeyError, ValueError, TypeError):
        return None


def was_killed(facts: Facts) -> bool:
    """Whether a run that is recorded as running is known to have no process any more."""
    process = process_of(facts)
    return facts["status"] == RUNNING and process is not None and process.is_gone()


@contextmanager
def at_work(store: Store, run_id: str) -> Iterator[None]:
    """Leave a mark of this try while the block runs.

    Two tries of one run share its record, which tells of the later one alone: by its mark a killed one is known all the same.
    """
    mark = files.partial_of(store.runs / f"{run_id}.try")
    with files.full_disk_said(store.runs):
        mark.touch()
    try:
        yield
    finally:
        with suppress(OSError):  # a place that can't be written: the first error is the one to say
            mark.unlink()


def bury(store: Store) -> list[str]:
    """Record of each killed run that it was killed, and remove what killed tries left unfinished; the ids of these runs."""
    dead: list[str] = []
    for path in every(store):
        facts = find(store, path.stem)
        if facts is not None and was_killed(facts):
            write(store, facts | {"status": KILLED}, ())
            dead.append(path.stem)
    # of this folder alone, for there may be very many parts
    marks = list(files.abandoned(sorted(store.runs.glob(f"*{files.ENDING}"))))
    if dead or marks:
        left = list(files.abandoned(unfinished(store)))
        for path in (*(path for path in left if path not in marks), *marks):  # the marks last: a kill here loses none
            path.unlink(missing_ok=True)
    return dead


def unfinished(store: Store) -> list[Path]:
    """Every unfinished file of the store, of live processes too."""
    return sorted(store.path.rglob(f"*{files.ENDING}"))


def _short(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]
