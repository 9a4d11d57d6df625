"""Readers while others write: no error, no row that goes away, no batch half there."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from campaign import compare, lanes, trials
from campaign.cases import CASES
from campaign.trials import Round, Trial

CAMPAIGN = "readers"
ROUNDS, SOME = 4, 1
WRITERS = {
    "extraction and its measures": ("planned", ("extract", "extract-plan", "neighbours", "layers", "pairs")),
    "ingestion": ("labels", ("fields", "crops", "published", "features")),
}
KILLED = 0.3
COUNTED = ("crops", "embeddings", "pixels", "swaps", "pair_accuracy", "condition_classes", "neighbour_accuracy")
ASKED = (
    *(f"SELECT count(*) FROM {name}" for name in COUNTED),
    "SELECT model, layer, setting, count(*), sum(list_sum(embedding::DOUBLE[])) FROM embeddings GROUP BY ALL",
    "FROM crop_filter",
    "FROM accuracy_by_layer",
    "SELECT status, count(*) FROM runs GROUP BY ALL",
)


def each(of: Round) -> Iterator[tuple[int, Callable[[], Trial]]]:
    """Each set of writers, with some of them killed."""
    names = list(WRITERS)
    first = of.seed % len(names)
    for number in range(SOME if of.short else ROUNDS):
        yield number, partial(_trial, of, names[(first + number) % len(names)], number)


def _trial(of: Round, what: str, number: int) -> Trial:
    place = of.place(CAMPAIGN, number)
    trial = Trial(CAMPAIGN, number, what)
    return trials.timed(trial, lambda: _read_and_write(of, what, place, trial), place)


def _read_and_write(of: Round, what: str, place: Path, trial: Trial) -> None:
    stage, names = WRITERS[what]
    place.mkdir(parents=True)
    shutil.copytree(of.base.store(stage), place / compare.STORE)
    lanes.finish(["init", str(place / compare.STORE)], place, trials.LONGEST_S)
    tasks = [partial(_write, of, names, place, trial), *(partial(_read, place, door) for door in ("locked", "catalog"))]
    told: list[list[compare.Fault]] = []
    lanes.spread(tasks, len(tasks), told.append)
    trial.faults += [fault for faults in told for fault in faults]
    trial.faults += [("different", f"check: {line}") for line in lanes.apart(lambda: compare.wrong(place))]
    trial.faults += trials.tracebacks(place)


def _write(of: Round, names: tuple[str, ...], place: Path, trial: Trial) -> list[compare.Fault]:
    """Give one command after the other, some of them twice because they are killed first."""
    drawn, found = of.drawn(CAMPAIGN, trial.number), []
    for name in names:
        words = CASES[name].given(of.base, place)
        if drawn.random() < KILLED:
            running = lanes.start(words, place)
            running.wait(drawn.uniform(0.0, 3.0))
            running.kill(signal.SIGKILL, group=True)
            running.wait(10)
        code = lanes.finish(words, place, trials.LONGEST_S)
        if code:
            found.append(("refused", f"{name}: exit {code}: {trials.said(place)}"))
    (place / "done").touch()
    return found


def _read(place: Path, door: str) -> list[compare.Fault]:
    """Ask through one door until the writers are done; every error, and every count that went back."""
    found: dict[str, compare.Fault] = {}
    most: dict[str, int] = {}
    until = time.monotonic() + 2 * trials.LONGEST_S
    while not (place / "done").exists() and time.monotonic() < until:
        try:
            for query, rows in _answers(place / compare.STORE, door):
                n = rows[0][0] if query.startswith("SELECT count") else 0
                if n < most.get(query, 0):
                    found[query] = ("lost", f"{door}: {query}: {n} after {most[query]}")
                most[query] = max(n, most.get(query, 0))
        except Exception as error:
            found[type(error).__name__] = ("refused", f"{door}: {type(error).__name__}: {str(error)[:300]}")
    return list(found.values())


def _answers(store: Path, door: str) -> Iterator[tuple[str, list[tuple]]]:
    import duckdb

    from cellswap.store import folder, locked

    connection = locked.connect(folder.read(store)) if door == "locked" else duckdb.connect(str(store / "cellswap.duckdb"), read_only=True)
    with connection:
        for query in ASKED:
            rows = locked.run(connection, query) if door == "locked" else connection.execute(query)
            yield query, rows.fetchall()
