"""How much accuracy each network loses by each change of the background, with a paired bootstrap interval over conditions."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from cellswap import sql
from cellswap.errors import BadInput, UnknownName
from cellswap.evaluate import resample
from cellswap.evaluate.opened import Opened
from cellswap.evaluate.resample import Floats, Side
from cellswap.evaluate.sample import constant_vectors
from cellswap.store import database, parts, wording, work
from cellswap.store.folder import Store
from cellswap.store.runs import Run
from cellswap.store.schema import table

TABLE = "robustness"
FEW_CONDITIONS = 6  # of 95 % intervals over classes of 3 conditions, 90 % held the truth of a simulation
Row = dict[str, Any]


@dataclass(frozen=True)
class RobustnessOptions:
    """Which sweeps (none named: all), how many resamples, the share of them inside an interval, and the seed."""

    sources: tuple[str, ...] = ()
    resamples: int = 1000
    level: float = 0.95
    seed: int = 0


@dataclass(frozen=True)
class Network:
    """One network in one sweep, with the drops that its settings allow as (setting_from, setting_to)."""

    source: str
    model: str
    layer: str
    pooling: str
    drops: tuple[tuple[str, str], ...]

    @property
    def names(self) -> dict[str, str]:
        """What names it in tables."""
        return {"source": self.source, "model": self.model, "layer": self.layer, "pooling": self.pooling}


@dataclass(frozen=True)
class RobustnessAsked:
    """The networks whose drops are given, and what a reader must know of each sweep's folds. The run is named after the options alone."""

    options: RobustnessOptions
    networks: list[Network]
    notes: dict[str, tuple[str, ...]]
    run_id: str | None = None

    @property
    def arguments(self) -> dict[str, object]:
        """The arguments for the run's record, defaults included."""
        return asdict(self.options)


@dataclass(frozen=True)
class Counts:
    """A network's classifiers, as places: setting, both classes (n, 2), and the images of each class by condition."""

    setting: NDArray[np.str_]
    classes: NDArray[np.str_]
    sides: list[Side]


def ask(opened: Opened, options: RobustnessOptions) -> RobustnessAsked:
    """Every network of the wanted sweeps that was measured in two settings; BadInput where there is none."""
    found = networks(opened.connection, options)
    sources = dict.fromkeys(network.source for network in found)
    return RobustnessAsked(options, found, {name: unconverged(opened.connection, name) for name in sources})


def networks(connection: duckdb.DuckDBPyConnection, options: RobustnessOptions) -> list[Network]:
    """Every network of the wanted sweeps that was measured in two settings; BadInput where there is none."""
    known = [row[0] for row in connection.execute("SELECT DISTINCT source FROM accuracy_by_setting ORDER BY 1").fetchall()]
    for name in options.sources:
        if name not in known:
            raise UnknownName("sweep", name, known)
    query = """
        SELECT source, model, layer, pooling, list((setting_from, setting_to) ORDER BY setting_from, setting_to)
        FROM robustness_drops WHERE len($1) = 0 OR list_contains($1, source) GROUP BY ALL ORDER BY ALL
    """
    found = connection.execute(query, [list(options.sources)]).fetchall()
    if not found:
        raise BadInput(
            f"a drop needs accuracies of two settings, such as baseline and masked, in one sweep; found {_settings(connection)};"
            " make them with: cellswap evaluate pairs, or read the authors' with: cellswap ingest published PATH"
        )
    return [Network(source, model, layer, pooling, tuple((a, b) for a, b in drops)) for source, model, layer, pooling, drops in found]


def _settings(connection: duckdb.DuckDBPyConnection) -> str:
    query = "SELECT DISTINCT source, setting FROM accuracy_by_setting ORDER BY ALL LIMIT 8"
    return ", ".join(f"{setting} in {source}" for source, setting in connection.execute(query).fetchall()) or "no accuracies"


def rows(connection: duckdb.DuckDBPyConnection, network: Network, options: RobustnessOptions) -> list[Row]:
    """The rows of `robustness` of one network: its baseline's accuracy, and each drop; `few` are the classes of few conditions."""
    wanted = _pairs(network)
    counts = None if network.source == "published" else read(connection, network)
    uncounted = f"the published results are accuracies of classifiers, without counts by {wording.condition()}"
    reason = uncounted if counts is None else _why_not(counts)
    if reason or counts is None:
        n = sum(side.n_conditions for side in counts.sides) if counts else 0
        return [_row(network, pair, n) | {"reason": reason} for pair in wanted]
    accuracy = resample.accuracies(counts.sides, len(counts.setting), options.resamples, options.seed)
    return [_measured(network, counts, accuracy, pair, options) for pair in wanted]


def _pairs(network: Network) -> list[tuple[str, str | None]]:
    """The settings of each row: the baseline alone, where there is one, and from where to where accuracy drops."""
    return [*dict.fromkeys((a, None) for a, _ in network.drops if a == "baseline"), *network.drops]


def _row(network: Network, pair: tuple[str, str | None], n_conditions: int) -> Row:
    """A row without figures."""
    blank: Row = {c.name: None for c in table(TABLE).own_columns}
    return blank | network.names | {"setting_from": pair[0], "setting_to": pair[1], "n_conditions": n_conditions, "n_resamples": 0}


def _measured(network: Network, counts: Counts, accuracy: Floats, pair: tuple[str, str | None], options: RobustnessOptions) -> Row:
    weights = weights_of(counts, *pair)
    used = set(counts.classes[weights != 0].ravel())
    found = resample.interval(accuracy @ weights, options.level)
    sides = [side for side in counts.sides if side.name in used]
    return _row(network, pair, sum(side.n_conditions for side in sides)) | {
        "few": [side.name for side in sides if side.n_conditions < FEW_CONDITIONS],
        "estimate": found.estimate, "std_error": found.std_error, "low": found.low, "high": found.high,
        "level": options.level, "n_resamples": options.resamples, "seed": f"robustness, {options.seed}, class, proteins of the class",
    }  # fmt: skip


def weights_of(counts: Counts, setting_from: str, setting_to: str | None) -> Floats:
    """What each classifier counts for in a drop: above 0 in setting_from, below 0 in setting_to, over the pairs that both have."""
    pairs = np.array(["\x1f".join(pair) for pair in counts.classes])
    weights = np.zeros(len(pairs))
    for setting, other, sign in ((setting_from, setting_to, 1.0), (setting_to, setting_from, -1.0)):
        here = counts.setting == setting
        if other is not None:
            here &= np.isin(pairs, pairs[counts.setting == other])
        if here.any():
            weights[here] += sign * resample.by_class(counts.classes[here])
    return weights


def _why_not(counts: Counts) -> str | None:
    """Why conditions can't be resampled; None where they can."""
    missing = sorted({str(name) for name in counts.classes.ravel()} - {side.name for side in counts.sides})
    one = wording.condition()
    if missing:
        return f"no counts by {one} for {', '.join(missing)}: images of no known {one}, or a sweep of an earlier version"
    single = [side.name for side in counts.sides if side.n_conditions < 2]
    return f"one {one} alone has no spread: {', '.join(single)}" if single else None


def read(connection: duckdb.DuckDBPyConnection, network: Network) -> Counts:
    """A network's classifiers and their counts by condition."""
    found = connection.sql(sql.query("robustness_counts"), params=network.names).to_arrow_table()
    column = {name: found.column(name).to_numpy(zero_copy_only=False) for name in found.column_names}
    first = np.unique(column["task"], return_index=True)[1]
    classes = np.stack([column["class_1"][first], column["class_2"][first]], axis=1).astype(str)
    share_1 = column["share_1"][first].astype(np.float64)
    there = np.flatnonzero(np.array([name is not None for name in column["class"]], bool))
    by_class = column["class"][there].astype(str)
    sides = [_side(name, {k: v[there[by_class == name]] for k, v in column.items()}, share_1) for name in np.unique(by_class)]
    return Counts(column["setting"][first].astype(str), classes, sides)


def _side(name: str, rows: dict[str, NDArray], share_1: Floats) -> Side:
    """The counts of one class from its rows, as (classifiers, conditions)."""
    task, at = np.unique(rows["task"].astype(np.int64), return_inverse=True)
    conditions, condition = np.unique(rows["condition"].astype(str), return_inverse=True)
    n_tested, n_right = np.zeros((2, len(task), len(conditions)))
    n_tested[at, condition] = rows["n_tested"]
    n_right[at, condition] = rows["n_right"]
    is_first = np.zeros(len(task), bool)
    is_first[at] = rows["class_1"].astype(str) == name
    return Side(str(name), task, np.where(is_first, share_1[task], 1 - share_1[task]), n_tested, n_right)


def describe(opened: Opened, asked: RobustnessAsked) -> list[str]:
    """What a run would do, in lines: of each network the drops, and of each sweep whether it has rows that are replaced."""
    n, n_rows = len(asked.networks), sum(len(_pairs(network)) for network in asked.networks)
    replaced = [source for source in asked.notes if work.is_done(opened.store, TABLE, (source,))]
    return [
        f"{n_rows} accuracies and drops of {n} networks in {len(asked.notes)} sweeps, {asked.options.resamples} resamples each",
        *(f"  {'/'.join(network.names.values())}: {', '.join(f'{a} to {b}' for a, b in network.drops)}" for network in asked.networks),
        *(f"  {source}: has rows, which are replaced" for source in replaced),
        *(f"  {note}" for notes in asked.notes.values() for note in notes),
    ]


def run(opened: Opened, asked: RobustnessAsked, recorded: Run) -> None:
    """Write one sweep's rows after the other, each in the place of those that it had, and what a reader must know of them."""
    for source, notes in asked.notes.items():
        of_source = [network for network in asked.networks if network.source == source]
        write(opened.store, source, [row for one in of_source for row in rows(opened.connection, one, asked.options)], recorded)
        for note in notes:
            recorded.note(note)


def write(store: Store, source: str, made: list[Row], run: Run) -> None:
    """Write one sweep's rows, in the place of those that it had, and note what they lack."""
    columns = {c.name: [row[c.name] for row in made] for c in table(TABLE).own_columns}
    run.wrote(parts.write(store, TABLE, (source,), columns, run.run_id))
    few = sorted({name for row in made for name in row.get("few", ())})
    if few:
        which = f"intervals of classes with fewer than {FEW_CONDITIONS} {wording.conditions()} are too narrow"
        run.note(f"{source}: {which}: {len(few)} ({', '.join(few)})")
    for reason in dict.fromkeys(str(row["reason"]) for row in made if row["reason"]):
        run.note(f"{source}: no interval over {wording.conditions()}: {reason}")


def unconverged(connection: duckdb.DuckDBPyConnection, source: str) -> tuple[str, ...]:
    """How many of a sweep's folds, which the drops average, did not reach the solver's tolerance or had nothing to learn from."""
    query = "SELECT count(*) FILTER (NOT converged), count(*) FROM pair_accuracy WHERE run_id = ?"
    n, n_folds = connection.execute(query, [source]).fetchall()[0]
    loose = f"{source}: {n} of {n_folds} folds did not reach the solver's tolerance, and are averaged (n_unconverged)"
    by_chance = constant_vectors.by_chance(connection, "pair_accuracy", source)
    return (*([loose] if n else []), *(f"{source}: {text}" for text in by_chance))


def count(opened: Opened, asked: RobustnessAsked, recorded: Run) -> None:
    """Count the rows that these sweeps now have."""
    with database.connect(opened.store) as connection:
        query = f"SELECT count(*) FROM {TABLE} WHERE list_contains($1, source)"
        recorded.keep(connection.execute(query, [list(asked.notes)]).fetchall()[0][0])
