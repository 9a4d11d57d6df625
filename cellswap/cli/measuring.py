"""What every measure of evaluate does between its options and its last line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import typer

from cellswap.cli import outcome
from cellswap.cli.options import finish

if TYPE_CHECKING:  # at run time it would load DuckDB and Arrow for every --help
    from collections.abc import Mapping

    from cellswap.evaluate.opened import Opened
    from cellswap.evaluate.sample.embedded_images import Wanted
    from cellswap.store.folder import Store
    from cellswap.store.runs import Run


class Asked(Protocol):
    """What a measure will do; for its record the run's name (None: it follows from command and arguments) and its arguments."""

    @property
    def run_id(self) -> str | None:
        """The run's name."""
        ...

    @property
    def arguments(self) -> Mapping[str, object]:
        """Its arguments, defaults included."""
        ...


# Measures that know only cells of one class; of these some can tell conditions apart, too.
OF_ONE_CLASS = ("pairs", "layers", "heldout", "neighbours", "proportions")
Options_contra = TypeVar("Options_contra", contravariant=True)
A = TypeVar("A", bound=Asked)


class Measure(Protocol[Options_contra, A]):
    """A module of evaluate that answers one question; its command has its name."""

    __name__: str

    def ask(self, opened: Opened, options: Options_contra, /) -> A:
        """What is wanted."""
        ...

    def describe(self, opened: Opened, asked: A, /) -> list[str]:
        """What it would do, in lines."""
        ...

    def run(self, opened: Opened, asked: A, recorded: Run, /) -> None:
        """Write the parts that are left."""
        ...

    def count(self, opened: Opened, asked: A, recorded: Run, /) -> None:
        """Fill the record's counts and notes."""
        ...


def measure(stage: Measure[Options_contra, A], store: Store, options: Options_contra, shown: str, *, dry_run: bool) -> None:
    """One measure, from its options to its last line, which names the query `shown` of a {run_id}; or what it would do."""
    from cellswap.evaluate.opened import Opened
    from cellswap.store import classes, database, runs

    name = stage.__name__.rpartition(".")[2]
    with database.connect(store) as connection:
        opened = Opened(store, connection)
        asked = stage.ask(opened, options)
        if dry_run:
            typer.echo("\n".join(stage.describe(opened, asked)))
            return
        with runs.record(store, f"evaluate {name}", asked.arguments, asked.run_id) as run:
            stage.run(opened, asked, run)
            stage.count(opened, asked, run)
            if name in OF_ONE_CLASS and asked.arguments.get("class_by") != classes.CONDITION:
                run.note_if(classes.left_out(connection, _screen(asked)))
    finish(run, outcome.query(shown.format(run_id=run.run_id)))


def _screen(asked: Asked) -> str | None:
    screen = asked.arguments.get("screen")
    return str(screen) if screen else None


def wanted(*names: list[str] | None) -> Wanted:
    """Models, layers, poolings, settings and classes as they were given, each once."""
    from cellswap.evaluate.sample.embedded_images import Wanted

    return Wanted(*(tuple(sorted(set(some or ()))) for some in names))
