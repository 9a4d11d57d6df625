"""What was run: one JSON file a command that writes, and the rows that it did not keep.

A run is named after what is asked, so that a command that was killed and is run again goes on with the same run, and its
record ends with the same counts.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pyarrow.parquet as pq

from cellswap.errors import BrokenStore, CellswapError
from cellswap.store import classes, command_line, database, interrupts, parts, processes, records
from cellswap.store.folder import Store
from cellswap.store.parts import Part
from cellswap.store.records import DONE, RUNNING

COMPUTING = ("cellswap", "duckdb", "numpy", "polars", "pyarrow", "scikit-image", "scikit-learn", "torch")
REJECTS = "rejects"
# Tables that an ingestion reads from images: only its stage knows whether they are there to be read again.
READ = (
    "field_doubts", REJECTS, "intensity_histograms", "pixels", "crops", "backgrounds", "crop_overlaps_found", "field_previews", "fields",
)  # fmt: skip
Reject = tuple[str, str, str, int]


@dataclass
class Run:
    """The record of one command while it runs; every method may be called as often as needed.

    `parts` are all that this run wrote, by name, those of tries that were killed too, `now` those of this try; `missing` are those
    of an earlier try that are gone, which stay on its list until they are made anew. `shared` says that another try of the same
    run was at work when this one began.
    """

    run_id: str
    command: str
    arguments: dict[str, object]
    started_at: datetime
    rows_kept: int = 0
    complete: bool = False
    notes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    inputs: dict[str, tuple[str, int]] = field(default_factory=dict)
    lost: list[Reject] = field(default_factory=list)
    parts: dict[str, Part] = field(default_factory=dict)
    now: dict[str, Part] = field(default_factory=dict)
    missing: dict[str, Part] = field(default_factory=dict)
    shared: bool = False
    dropped_now: int = 0

    def keep(self, n: int = 1) -> None:
        """N rows came in and were kept."""
        self.rows_kept += n

    def drop(self, place: str, reason: str, detail: str = "", n: int = 1) -> None:
        """N rows came in and were not kept; `reason` is the kind, `detail` what was expected and found.

        For what is looked at again whenever the command runs. What is lost in a batch that is then done stands in a part of
        `rejects` of that batch's own (`reject_columns`), since nobody looks at it again.
        """
        self.lost.append((readable(place), reason, readable(detail), n))
        self.dropped_now += n

    def wrote(self, *written: Part) -> None:
        """These parts were written, in this try."""
        self.now |= {part.name: part for part in written}
        self.take_over(*written)

    def take_over(self, *written: Part) -> None:
        """These parts are this run's, whichever try wrote them."""
        self.parts |= {part.name: part for part in written}

    @property
    def written_now(self) -> dict[str, int]:
        """How many rows were written to each table in this try alone."""
        return _by_table(self.now.values())

    @property
    def there_before(self) -> dict[str, int]:
        """How many rows of each table are this run's and were not written in this try: they were there, or another try wrote them."""
        return _by_table(part for name, part in self.parts.items() if name not in self.now)

    def n_written(self, table: str) -> int:
        """How many rows of a table this run wrote, in this try and in those before."""
        return sum(part.n_rows for part in self.parts.values() if part.table == table)

    @property
    def written(self) -> dict[str, int]:
        """How many rows were written to each table."""
        return _by_table(self.parts.values())

    def read(self, path: Path, name: str | None = None) -> None:
        """A file was read: keep its name (or the one given, where names repeat), hash and size, never its folder."""
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        self.inputs[readable(name or path.name)] = (digest.hexdigest(), path.stat().st_size)

    def note(self, text: str) -> None:
        """Something that a reader of the results must know; said once however often it is noted."""
        text = readable(text)
        if text not in self.notes:
            self.notes.append(text)

    def note_if(self, text: str | None) -> None:
        """The same, of something that may be nothing."""
        if text:
            self.note(text)

    def remark(self, text: str) -> None:
        """Something that only the one who waits for this run wants to know; it is said at the end, and not kept."""
        self.remarks.append(text)

    @property
    def rows_in(self) -> int:
        """How many rows came in."""
        return self.rows_kept + sum(self.dropped.values())

    @property
    def dropped(self) -> dict[str, int]:
        """How many rows were dropped for each reason, most frequent first."""
        counted: Counter[str] = Counter()
        for _, reason, _, n in self.lost:
            counted[reason] += n
        return dict(counted.most_common())

    @property
    def rejects(self) -> list[tuple[str, str, str]]:
        """Place, reason and detail of all that was not kept, line by line."""
        return [(place, reason, detail) for place, reason, detail, _ in self.lost]

    def summary(self) -> str:
        """One line: how many rows came in, were kept, and were dropped for which reasons."""
        lost = "; ".join(f"{n} {reason}" for reason, n in self.dropped.items())
        return f"{self.rows_in} in, {self.rows_kept} kept, {self.rows_in - self.rows_kept} dropped" + (f" ({lost})" if lost else "")


def _by_table(written: Iterable[Part]) -> dict[str, int]:
    """How many rows parts hold of each table but that of rejects, in the order in which the tables come."""
    counted: Counter[str] = Counter()
    for part in written:
        counted[part.table] += part.n_rows
    return {table: n for table, n in counted.items() if table != REJECTS}


def readable(text: str) -> str:
    """The text with what is no UTF-8 in it (names of files may be any bytes) written out as escapes."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def reject_columns(rejects: Iterable[Reject]) -> dict[str, list[object]]:
    """The columns of the table `rejects`, for a batch that writes its own part."""
    columns: dict[str, list[object]] = {"place": [], "reason": [], "detail": [], "n": []}
    for place, reason, detail, n in rejects:
        for name, value in zip(columns, (readable(place), reason, readable(detail), n), strict=True):
            columns[name].append(value)
    return columns


@contextmanager
def record(store: Store, command: str, arguments: Mapping[str, object], run_id: str | None = None) -> Iterator[Run]:
    """Keep the record of a command that writes: written at its start, and again at its end, however it ends.

    A run is called after its command and arguments; a command whose figures follow from more than these, such as from what
    the store holds, gives its own `run_id`. Its record is the latest one.
    """
    records.bury(store)
    arguments = {**arguments, **{name: value for name, value in classes.asked().items() if value is not None}}
    plain = {name: readable(str(v)) if isinstance(v, Path) else v for name, v in arguments.items()}
    run = Run(run_id or _named(command, arguments), command, plain, datetime.now(UTC))
    with records.at_work(store, run.run_id):
        _go_on(store, run)
        _write(store, run, RUNNING)
        status = "failed"
        try:
            yield run
            status = DONE
        except BaseException as error:
            # DuckDB makes an error of its own of the interrupt
            status = "interrupted" if isinstance(error, KeyboardInterrupt) or interrupts.asked() else "failed"
            raise
        finally:
            try:
                _finish(store, run, status)
            except (CellswapError, OSError):
                if status == DONE:  # else the first error is the one to show
                    raise


def clear_up(store: Store) -> None:
    """What a record does beside itself, for a command that finds all done: away with what killed tries left, and a catalog."""
    records.bury(store)
    database.build_catalog(store)


def _named(command: str, arguments: Mapping[str, object]) -> str:
    """The run's id, from what is asked; a path is the same from any working directory."""
    asked = {name: os.fspath(v.absolute()) if isinstance(v, Path) else v for name, v in arguments.items()}
    facts = json.dumps([command, asked], sort_keys=True, default=str)
    return f"{command.replace(' ', '-')}-{hashlib.sha256(facts.encode()).hexdigest()[:12]}"


def _go_on(store: Store, run: Run) -> None:
    """Take over what earlier tries of the same run wrote: as recorded, and where one did not come to its end, as the parts say."""
    _undo_lost(store, run)
    former = records.find(store, run.run_id)
    if former is None and not records.path_of(store, run.run_id).exists():
        return
    run.complete = bool(former and former.get("complete"))
    run.shared = bool(former and former["status"] == RUNNING and not records.was_killed(former))
    if former and former["status"] == DONE and not records.list_fault(store, former):
        run.take_over(*(part for part in records.parts_of(store, run.run_id) if (store.tables / part.name).is_file()))
    else:
        run.take_over(*records.parts_there(store, run.run_id))


def _undo_lost(store: Store, run: Run) -> None:
    """Take away the rest of each batch of which this run has lost a part, so that all of it is made anew, as far as that is this run's.

    What was read from files outside is read again by its stage, which leaves it as it is where those files are gone.
    """
    listed = {part.name: part for part in records.listed(store, run.run_id)}
    for part in [part for part in listed.values() if not (store.tables / part.name).is_file()]:
        run.missing[part.name] = part
        for path in records.of_one_batch(store, part.name) if part.table not in READ else ():
            name = path.relative_to(store.tables).as_posix()
            if name in listed:
                path.unlink()
                run.missing[name] = listed[name]
    if run.missing:
        run.remark(f"{len(run.missing)} parts that this run wrote are gone, or belong to one that is: they are made anew")


def join(store: Store, run: Run) -> None:
    """Take over what another try of the same run, at work at the same time, wrote since this one began; before its rows are counted."""
    now = records.find(store, run.run_id)
    if run.shared or now is None or records.process_of(now) != processes.this():
        run.take_over(*records.parts_there(store, run.run_id))


def _finish(store: Store, run: Run, status: str) -> None:
    join(store, run)
    settle(store, run)
    run.complete = run.complete or status == DONE
    _write(store, run, status)
    try:
        database.build_catalog(store)
    except BrokenStore:
        raise
    except CellswapError as error:  # the rows are there, and the next run builds it
        run.remark(str(error))


def settle(store: Store, run: Run) -> None:
    """Write what this try did not keep in the place of what the last one did not, and count what finished batches lost."""
    keys = (run.run_id,)
    mine = parts.part_path(store, REJECTS, keys)
    if run.lost or mine.exists():
        run.wrote(parts.write(store, REJECTS, keys, reject_columns(run.lost), run.run_id))
    for part in list(run.parts.values()):
        path = store.tables / part.name
        if not path.is_file():  # the rest of a killed batch, which was taken away since
            del run.parts[part.name]
        elif part.table == REJECTS and path != mine:
            rows = pq.ParquetFile(path).read(["place", "reason", "detail", "n"])
            run.lost += [(row["place"], row["reason"], row["detail"], row["n"]) for row in rows.to_pylist()]


def _write(store: Store, run: Run, status: str) -> None:
    running = status == RUNNING
    facts = {
        "run_id": run.run_id,
        "command": run.command,
        "arguments": run.arguments,
        "started_at": f"{run.started_at:%Y-%m-%d %H:%M:%S}",
        "finished_at": None if running else f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}",
        "status": status,
        "complete": run.complete,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in COMPUTING}},
        "inputs": [{"path": name, "sha256": sha, "bytes": size} for name, (sha, size) in run.inputs.items()],
        "rows_in": run.rows_in,
        "rows_kept": run.rows_kept,
        # in one order, whichever parts of a killed try were found first
        "dropped": [{"reason": reason, "n": n} for reason, n in sorted(run.dropped.items(), key=lambda said: (-said[1], said[0]))],
        "written": [{"table": table, "n": n} for table, n in sorted(run.written.items())],
        "notes": run.notes,
        "process": asdict(processes.this()) if running else None,
        "asked": command_line.now(),
    }
    gone = [part for name, part in run.missing.items() if name not in run.parts and not (store.tables / name).is_file()]
    records.write(store, facts, () if running else [*run.parts.values(), *gone])
