"""Hostile SQL through the locked door: none writes, none reads a file but the store's, none ends the process."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from campaign import compare, lanes, trials
from campaign.trials import Round, Trial

CAMPAIGN = "statements"
STATEMENTS = Path(__file__).with_suffix(".txt")
SOME, IN_ONE = 30, 15
SECRET = "TOP-SECRET"  # noqa: S105 - it opens nothing
LEAKS = (SECRET, "root:x:0")
ALARM_S = 90


def each(of: Round) -> Iterator[tuple[int, Callable[[], Trial]]]:
    """Trials of some statements each, in an order of this round; of a short round some of all."""
    lines = STATEMENTS.read_text(encoding="utf-8").splitlines()
    of.drawn(CAMPAIGN, -1).shuffle(lines)
    wanted = lines[:SOME] if of.short else lines
    for number, at in enumerate(range(0, len(wanted), IN_ONE)):
        yield number, partial(_trial, of, wanted[at : at + IN_ONE], number)


def _trial(of: Round, lines: list[str], number: int) -> Trial:
    place = of.place(CAMPAIGN, number)
    trial = Trial(CAMPAIGN, number, f"{len(lines)} statements")
    return trials.timed(trial, lambda: _attack(of, lines, place, trial), place)


def _attack(of: Round, lines: list[str], place: Path, trial: Trial) -> None:
    place.mkdir(parents=True)
    store = place / compare.STORE
    shutil.copytree(of.base.store("planned"), store)
    lanes.apart(lambda: _lay_out(place, store))
    before = _there(place)
    log = place.with_suffix(".said")
    try:
        trial.faults += lanes.apart(lambda: _ask(store, place, lines, log))
    except RuntimeError as error:
        trial.faults.append(("refused", f"{error}: {log.read_text(encoding='utf-8').splitlines()[-1]}"))
    if changed := before ^ _there(place):
        trial.faults.append(("escaped", f"files changed: {sorted(changed)[:4]}"))


def _lay_out(place: Path, store: Path) -> None:
    """Secrets beside the store, and links to them inside it."""
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

    for name in ("secret.txt", "secret.csv"):
        (place / name).write_text(f"a\n{SECRET}\n", encoding="utf-8")
    pq.write_table(pa.table({"a": [SECRET]}), place / "secret.parquet")
    for path in (place / "other.duckdb", store / "inside.duckdb"):
        with duckdb.connect(str(path)) as connection:
            connection.execute(f"CREATE TABLE t AS SELECT '{SECRET}' AS a")
    (place / lanes.TEMPORARY).mkdir()


def _there(place: Path) -> set[tuple[str, int]]:
    return {(str(path), path.stat().st_size) for path in place.rglob("*") if path.is_file()}


def _ask(store: Path, place: Path, lines: list[str], log: Path) -> list[compare.Fault]:
    """What got through, statement by statement; each is written down first, so that the one that ends the process is known."""
    import signal

    from cellswap.store import folder, locked

    os.chdir(place)
    os.environ |= {"MYSECRET": SECRET, "TMPDIR": str(place / lanes.TEMPORARY)}
    found: list[compare.Fault] = []
    with locked.connect(folder.read(store)) as connection:
        for line in lines:
            text = line.replace("$STORE", str(store)).replace("$PLACE", str(place)).encode().decode("unicode_escape")
            log.write_text(f"{log.read_text() if log.exists() else ''}{line}\n", encoding="utf-8")
            signal.alarm(ALARM_S)
            if leaked := _leaked(connection, text):
                found.append(("escaped", f"{text}: {leaked}"))
        signal.alarm(0)
    return found


def _leaked(connection, text: str) -> str:
    """What a statement gave that it may not; '' where nothing."""
    import duckdb

    from cellswap.errors import CellswapError
    from cellswap.store import locked

    try:
        told = str(locked.run(connection, text).fetchmany(50))
    except (CellswapError, duckdb.Error, UnicodeError):
        return ""
    # a database inside of the store is the store's own file, and may be read
    return "" if "inside.duckdb" in text else next((word for word in LEAKS if word in told), "")
