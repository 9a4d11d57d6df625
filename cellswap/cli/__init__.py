"""The command line: one short function a command, each importing its stage inside so that `--help` never loads torch."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import NoReturn

import typer

from cellswap import __version__
from cellswap.cli import demo, evaluate, extract, ingest, order, places, reports, simulate, store, swaps, train
from cellswap.cli.plain import KEPT, say
from cellswap.errors import BadInput, CellswapError

INTERRUPTED = 130

app = typer.Typer(
    name="cellswap",
    help="Measures how much of a cell's feature vector describes its neighbours.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for group in (store, simulate, ingest, swaps, train, extract, evaluate, reports, demo):
    group.add_to(app)


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _common(
    version: bool = typer.Option(
        False, "--version", callback=_say_version, is_eager=True, help="Say the version and stop."
    ),
) -> None:
    """Measures how much of a cell's feature vector describes its neighbours."""


def main() -> None:
    """Run one command; the only place where errors become lines and exit codes.

    Exit codes: 0 done, 1 failed, 2 usage or bad input, 3 locked, 4 a check found broken rules, 130 interrupted.
    """
    try:
        command = typer.main.get_command(app)
        order.check(command, sys.argv[1:])
        code = command.main(prog_name="cellswap", standalone_mode=False, default_map=_defaults(Path("cellswap.toml")))
    except CellswapError as error:
        _stop(f"error: {error}", error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        line = places.system_said(error)
        if line is None:
            raise
        _stop(f"error: {line}", BadInput.exit_code)
    except Exception as error:
        # Usage errors of typer's own click, which may not be imported: they know how to show themselves.
        show = getattr(error, "show", None)
        if show is None:
            raise
        show()
        sys.exit(getattr(error, "exit_code", 2))
    if code == INTERRUPTED:  # typer turns Ctrl-C into this code, too
        _stop("interrupted; what was finished is kept, run the same command again to go on", INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)


def _stop(line: str, code: int) -> NoReturn:
    say(line, err=True, keep=KEPT)
    sys.exit(code)


def _defaults(path: Path) -> dict[str, object]:
    """The defaults of `cellswap.toml` in the working directory: one table a command, one key an option."""
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path}: expected TOML, found {error}") from error
