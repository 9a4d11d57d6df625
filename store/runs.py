"""What was run: one JSON file a command that writes, and the rows that it did not keep."""

from __future__ import annotations

import hashlib
import json
import platform
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from cellswap.errors import CellswapError
from cellswap.store import database, parts
from cellswap.store.folder import Store

COMPUTING = ("cellswap", "duckdb", "numpy", "polars", "pyarrow", "scikit-image", "scikit-learn", "torch")


@dataclass
class Run:
    """The record of one command while it runs; every method may be called as often as needed."""

    run_id: str
    command: str
    arguments: dict[str, object]
    started_at: datetime
    rows_in: int = 0
    rows_kept: int = 0
    notes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    inputs: dict[str, tuple[str, int]] = field(default_factory=dict)
    rejects: list[tuple[str, str, str]] = field(default_factory=list)
    written: Counter[str] = field(default_factory=Counter)
    _dropped: Counter[str] = field(default_factory=Counter)

    def keep(self, n: int = 1) -> None:
        """N rows came in and were kept."""
        self.rows_in += n
        self.rows_kept += n

    def drop(self, place: str, reason: str, detail: str = "", n: int = 1) -> None:
        """N rows came in and were not kept; `reason` is the kind, `detail` what was expected and found."""
        self.rows_in += n
        self._dropped[reason] += n
        self.rejects.append((place, reason, detail))

    def wrote(self, table: str, n: int) -> None:
        """N rows were written to a table."""
        self.written[table] += n

    def read(self, path: Path, name: str | None = None) -> None:
        """A file was read: keep its name (or the one given, where names repeat), hash and size, never its folder."""
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        self.inputs[name or path.name] = (digest.hexdigest(), path.stat().st_size)

    def note(self, text: str) -> None:
        """Something that a reader of the results must know; said once however often it is noted."""
        if text not in self.notes:
            self.notes.append(text)

    def remark(self, text: str) -> None:
        """Something that only the one who waits for this run wants to know; it is said at the end, and not kept."""
        self.remarks.append(text)

    @property
    def dropped(self) -> dict[str, int]:
        """How many rows were dropped for each reason, most frequent first."""
        return dict(self._dropped.most_common())

    def summary(self) -> str:
        """One line: how many rows came in, were kept, and were dropped for which reasons."""
        lost = "; ".join(f"{n} {reason}" for reason, n in self.dropped.items())
        return f"{self.rows_in} in, {self.rows_kept} kept, {self.rows_in - self.rows_kept} dropped" + (
            f" ({lost})" if lost else ""
        )


@contextmanager
def record(store: Store, command: str, arguments: Mapping[str, object], run_id: str | None = None) -> Iterator[Run]:
    """Keep the record of a command that writes: written at its start, and again at its end, however it ends.

    A command whose rows form one whole however often it was killed, or on however many machines it ran, gives its own
    `run_id`, made from what it computes; its record is then the latest one.
    """
    now = datetime.now(UTC)
    run_id = run_id or f"{now:%Y%m%dT%H%M%S}-{command.replace(' ', '-')}-{secrets.token_hex(3)}"
    plain = {k: str(v) if isinstance(v, Path) else v for k, v in arguments.items()}
    run = Run(run_id, command, plain, now)
    _write(store, run, "running")
    status = "failed"
    try:
        yield run
        status = "done"
    except KeyboardInterrupt:
        status = "interrupted"
        raise
    finally:
        try:
            _finish(store, run, status)
        except (CellswapError, OSError):
            if status == "done":  # else the first error is the one to show
                raise


def _finish(store: Store, run: Run, status: str) -> None:
    if run.rejects:
        place, reason, detail = zip(*run.rejects, strict=True)
        parts.write(store, "rejects", (run.run_id,), {"place": place, "reason": reason, "detail": detail}, run.run_id)
    _write(store, run, status)
    database.build_catalog(store)


def _write(store: Store, run: Run, status: str) -> None:
    facts = {
        "run_id": run.run_id,
        "command": run.command,
        "arguments": run.arguments,
        "started_at": f"{run.started_at:%Y-%m-%d %H:%M:%S}",
        "finished_at": None if status == "running" else f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}",
        "status": status,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in COMPUTING}},
        "inputs": [{"path": name, "sha256": sha, "bytes": size} for name, (sha, size) in run.inputs.items()],
        "rows_in": run.rows_in,
        "rows_kept": run.rows_kept,
        "dropped": [{"reason": reason, "n": n} for reason, n in run.dropped.items()],
        "written": [{"table": table, "n": n} for table, n in run.written.items()],
        "notes": run.notes,
    }
    with parts.whole_file(store.runs / f"{run.run_id}.json") as partial:
        partial.write_text(json.dumps(facts, indent=1, default=str) + "\n", encoding="utf-8")
