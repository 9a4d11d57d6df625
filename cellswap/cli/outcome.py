"""What a command made: said to people on stderr, and with `--json` as one object on stdout."""

from __future__ import annotations

import inspect
import io
import json
import os
import shlex
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stdout
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cellswap.cli.plain import say

if TYPE_CHECKING:  # at run time it would load DuckDB and Arrow for every --help
    from cellswap.store.runs import Run

Scheme = Annotated[str | None, typer.Option("--scheme", help="The set of classes; needed where the store has labels of several.")]
Grade = Annotated[int | None, typer.Option("--grade", help="Only labels of this grade or more.")]
Json = Annotated[bool, typer.Option("--json", help="Print what was made as one JSON object, for a program to read.")]
IN_DOUBLE_QUOTES = '"$`\\!'  # what a shell does not leave alone there


@dataclass
class Outcome:
    """What one command has made so far; a command may be several runs."""

    command: str
    store: Path | None = None
    runs: list[Run] = field(default_factory=list)
    made: dict[str, object] = field(default_factory=dict)
    following: list[str] = field(default_factory=list)

    def as_dict(self, lines: list[str]) -> dict[str, object]:
        """As `--json` prints it: rows of all runs together; `lines` are what the command prints without it."""
        written, now, dropped = Counter[str](), Counter[str](), Counter[str]()
        for run in self.runs:
            written.update(run.written)
            now.update(run.written_now)
            dropped.update(run.dropped)
        return {
            "command": self.command,
            "run_id": self.runs[-1].run_id if self.runs else None,
            "run_ids": [run.run_id for run in self.runs],
            "rows_in": sum(run.rows_in for run in self.runs),
            "rows_kept": sum(run.rows_kept for run in self.runs),
            "rows_dropped": sum(run.rows_in - run.rows_kept for run in self.runs),
            "dropped": dict(dropped.most_common()),
            "written": dict(written),
            "written_now": dict(now),
            "notes": list(dict.fromkeys(note for run in self.runs for note in run.notes)),
            "remarks": [remark for run in self.runs for remark in run.remarks],
            "made": self.made,
            "next": self.following,
            "lines": lines,
        }


_now: ContextVar[Outcome | None] = ContextVar("outcome", default=None)


def of_classes(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the options `--scheme` and `--grade` beside its own: whose classes it works with."""

    def run(*, of_scheme: str | None, grade: int | None, **options: Any) -> None:  # noqa: ANN401 - the command's own
        from cellswap.store import classes

        with classes.of(of_scheme, grade):
            command(**options)

    return _with(run, command, of_scheme=(Scheme, None), grade=(Grade, None))


def making(name: str, command: Callable[..., None]) -> Callable[..., None]:
    """The command with the option `--json` beside its own; with it, stdout has one JSON object and nothing else."""

    def run(*, as_json: bool, **options: Any) -> None:  # noqa: ANN401 - the command's own
        given = Outcome(name, options.get("store"))
        token = _now.set(given)
        lines = io.StringIO()
        try:
            if not as_json:
                command(**options)
                return
            with redirect_stdout(lines):
                command(**options)
            _print(given, lines)
        except typer.Exit:  # nothing was kept, and the run says why
            if as_json:
                _print(given, lines)
            raise
        finally:
            _now.reset(token)

    return _with(run, command, as_json=(Json, False))


def _with(run: Callable[..., None], command: Callable[..., None], **more: tuple[object, object]) -> Callable[..., None]:
    """`run` with the parameters of the command and further ones (annotation, default), as typer reads them."""
    signature = inspect.signature(command, eval_str=True)
    added = [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=d, annotation=a) for n, (a, d) in more.items()]
    parameters = [*(p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in signature.parameters.values()), *added]
    run.__signature__ = signature.replace(parameters=parameters)  # pyright: ignore[reportFunctionMemberAccess] - typer reads it
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    return run


def _print(made: Outcome, lines: io.StringIO) -> None:
    typer.echo(json.dumps(made.as_dict(lines.getvalue().splitlines()), default=str, indent=1))


def made(**things: object) -> None:
    """Things that the command made, for `--json`: ids, and paths of files."""
    now = _now.get()
    if now is not None:
        now.made |= things


def ran(run: Run) -> None:
    """A run of the command ended; its counts and notes are for `--json`."""
    now = _now.get()
    if now is not None:
        now.runs.append(run)


def on(store: Path) -> None:
    """Say which store the command works on, where no option does."""
    now = _now.get()
    if now is not None:
        now.store = store


def hint(*commands: str, store: Path | None = None) -> None:
    """Say which commands may come next, each as it can be run: with the store where it is not found without."""
    now = _now.get()
    where = _option(store or (now.store if now else None))
    whole = [command + (where if _on_a_store(command) else "") for command in commands]
    for lead, command in zip(("next", *["  or"] * len(whole)), whole, strict=False):
        say(f"{lead}: {command}", err=True)
    if now is not None:
        now.following = whole


def store_wanted() -> list[str]:
    """`--store STORE`, to be filled in, for the hint of a command that took no store, where none is found without it."""
    from cellswap.errors import BrokenStore
    from cellswap.store import folder

    try:
        folder.find(None)
    except BrokenStore:
        return ["--store", "STORE"]
    return []


def _on_a_store(command: str) -> bool:
    return command.startswith("cellswap ") and not command.startswith(("cellswap weights", "cellswap models", "cellswap init"))


def _option(store: Path | None) -> str:
    return "" if store is None or os.environ.get("CELLSWAP_STORE") == str(store) else f" --store {words(store)}"


def dropped(run: Run) -> str:
    """The command that lists what a run dropped."""
    now = _now.get()
    return query(f"FROM rejects WHERE run_id = {text(run.run_id)}") + _option(now.store if now else None)


def words(*each: object) -> str:
    """Words as a shell takes them."""
    return shlex.join(map(str, each))


def query(sql: str) -> str:
    """The command that runs a query, quoted for a shell."""
    quoted = shlex.quote(sql) if any(letter in sql for letter in IN_DOUBLE_QUOTES) else f'"{sql}"'
    return f"cellswap sql {quoted}"


def text(value: str) -> str:
    """A text as SQL takes it."""
    return "'" + value.replace("'", "''") + "'"
