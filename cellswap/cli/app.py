"""All commands as one program, and what each error says."""

from __future__ import annotations

import functools
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

from cellswap import __version__
from cellswap.cli import demo, evaluate, extract, ingest, order, places, reports, simulate, store, swaps, train
from cellswap.cli.plain import KEPT, say
from cellswap.errors import BadInput, CellswapError
from cellswap.store import command_line, interrupts

INTERRUPTED = 130
_PART = re.compile(r"/tables/\S*part-\S*\.parquet")

app = typer.Typer(
    name="cellswap",
    help="Measures how much of a cell's feature vector describes its neighbours.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _common(
    version: bool = typer.Option(False, "--version", callback=_say_version, is_eager=True, help="Say the version and stop."),
) -> None:
    """Measures how much of a cell's feature vector describes its neighbours."""


def run() -> int:
    """Run the command that the arguments name; its exit code, with one line for what the user can mend."""
    try:
        command = typer.main.get_command(app)
        order.check(command, sys.argv[1:])
        command_line.given(sys.argv[1:])
        code = command.main(prog_name="cellswap", standalone_mode=False, default_map=_defaults(Path("cellswap.toml")))
    except Exception as error:
        said = None if interrupts.asked() else _said(error)
        if said is None:
            raise
        return said
    return code if isinstance(code, int) else 0


def _said(error: Exception) -> int | None:
    """The exit code of an error that the user can mend, once its line is said; None of any other, which is a bug."""
    if isinstance(error, typer.Abort):
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):
        sys.stderr.close()
        return 0
    line, code = _line(error)
    if line is not None:
        say(f"error: {line}", err=True, keep=KEPT)
        return code
    # Usage errors of typer's own click, which may not be imported: they know how to show themselves.
    show = getattr(error, "show", None)
    if show is None:
        return None
    show()
    return getattr(error, "exit_code", 2)


def _line(error: Exception) -> tuple[str | None, int]:
    """What to say of an error, and its exit code; None where it has no line."""
    if isinstance(error, CellswapError):
        return str(error), error.exit_code
    first = next(iter(str(error).splitlines()), "")
    if _PART.search(first) and type(error).__module__.split(".")[0] in {"_duckdb", "duckdb", "pyarrow", "builtins"}:
        return f"a file of the store can't be read ({first}); cellswap doctor says which are damaged and what mends them", 2
    return (places.system_said(error) if isinstance(error, OSError) else None), BadInput.exit_code


def _defaults(path: Path) -> dict[str, object]:
    """The defaults of `cellswap.toml` in the working directory: one table a command, one key an option."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (ValueError, RecursionError, OSError) as error:
        raise BadInput(f"{path}: expected TOML, found {error}") from error


def _of_this_machine(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command, which refuses `s3://bucket/x` wherever it takes a path."""

    @functools.wraps(command)
    def run_it(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - a command's own
        from cellswap.store.folder import refuse_url

        for value in (*given, *named.values()):
            if isinstance(value, Path):
                refuse_url(value)
        return command(*given, **named)

    return run_it


def _guard(group: typer.Typer) -> None:
    for command in group.registered_commands:
        if command.callback:
            command.callback = _of_this_machine(command.callback)
    for inner in group.registered_groups:
        if inner.typer_instance:
            _guard(inner.typer_instance)


for part in (store, simulate, ingest, swaps, train, extract, evaluate, reports, demo):
    part.add_to(app)
_guard(app)
