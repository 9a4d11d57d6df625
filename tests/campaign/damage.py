"""Damage: one file of a whole store is made wrong; `check` or `doctor` must find it, with no traceback and no other number in silence."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from campaign import compare, lanes, trials
from campaign.damages import DAMAGES, Damage
from campaign.trials import Round, Trial

CAMPAIGN = "damage"
SOME = 10
LOOKED_AT_TOO = 0.5
FOUND = {"check": {2, 4}, "doctor": {1, 2, 4}}
LONGEST_S = 180.0


def each(of: Round) -> Iterator[tuple[int, Callable[[], Trial]]]:
    """One trial a damage; of a short round some, others each time."""
    numbers = list(range(len(DAMAGES)))
    wanted = of.drawn(CAMPAIGN, -1).sample(numbers, SOME) if of.short and of.trial is None else numbers
    for number in sorted(wanted):
        yield number, partial(_trial, of, DAMAGES[number], number)


def _trial(of: Round, damage: Damage, number: int) -> Trial:
    place = of.place(CAMPAIGN, number)
    trial = Trial(CAMPAIGN, number, damage.name)
    return trials.timed(trial, lambda: _damage_and_look(of, damage, place, trial), place)


def _damage_and_look(of: Round, damage: Damage, place: Path, trial: Trial) -> None:
    place.mkdir(parents=True)
    store, drawn = place / compare.STORE, of.drawn(CAMPAIGN, trial.number)
    shutil.copytree(of.base.store("measured"), store)
    before = trials.once(of, "measured", lambda _: lanes.apart(lambda: answers(of.base.store("measured"))))
    lanes.apart(lambda: damage.do(store, drawn))
    after = lanes.apart(lambda: answers(store))
    codes = {command: lanes.finish([command, "--store", str(store)], place, LONGEST_S) for command in FOUND}
    seen = any(codes[command] in found for command, found in FOUND.items())
    silent = sorted(name for name in before if before[name] != after[name] and not after[name].startswith("error"))
    trial.faults += [("hung", command) for command, code in codes.items() if code is None]
    if not seen:
        trial.faults.append(("unseen", f"{codes}: {trials.said(place)}"))
    if silent and not seen:
        trial.faults.append(("different", f"{silent[0]}: {after[silent[0]]}, not {before[silent[0]]}"))
    for more in (["status"], ["doctor", "--mend"]):
        if drawn.random() < LOOKED_AT_TOO:
            lanes.finish([*more, "--store", str(store)], place, LONGEST_S)
    trial.faults += trials.tracebacks(place)


def answers(store: Path) -> dict[str, str]:
    """The number of rows of each table and a digest of them, or the error that is said instead."""
    import duckdb

    from cellswap.errors import CellswapError
    from cellswap.store import database, folder
    from cellswap.store.schema import TABLES

    try:
        connection = database.connect(folder.read(store))
    except (CellswapError, duckdb.Error) as error:
        return dict.fromkeys(TABLES, f"error: {error}")
    with connection:
        return {name: _answer(connection, name, duckdb.Error) for name in TABLES}


def _answer(connection, name: str, error_kind: type[Exception]) -> str:
    try:
        return str(connection.execute(f"SELECT count(*), sum(hash(t)::HUGEINT % 1000003) FROM {name} AS t").fetchone())
    except error_kind as error:
        return f"error: {error}"
