"""The plan: which centre goes on which background, as rows of the table swaps (paper 3.2, 3.3)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import product

import duckdb
import numpy as np
import pyarrow as pa

from cellswap import sql
from cellswap.errors import BadInput, UnknownName
from cellswap.extract.swaps.draw import Drawn, Pool, Rule, draw
from cellswap.store import classes, parts, wording, work
from cellswap.store.folder import Store
from cellswap.store.presets import PAPERS_SCHEME
from cellswap.store.runs import Run
from cellswap.store.vocabulary import REAL, SETTINGS

TEST_SHARE = 0.2
SPLITS = ("none", "condition", "plate")
DRAWN_AS = {"condition": "protein"}  # in seeds, which give what they gave before conditions were called so


@dataclass(frozen=True)
class Options:
    """What was asked for; no `classes` means all that have crops.

    `factorial` is (centres, backgrounds) to cross fully, in the place of sets.
    """

    screen: str
    settings: tuple[str, ...] = tuple(SETTINGS)
    classes: tuple[str, ...] = ()
    images: int = 1000
    conditions: str = "image"
    replacement: str = "backgrounds"
    replicate: int = 1
    split: str = "none"
    seed: int = 0
    factorial: tuple[int, int] | None = None


@dataclass(frozen=True)
class Set:
    """Images of one centre class on one background class: what one class of a classifier is made of."""

    setting: str
    class_name: str
    background: str | None
    side: str
    wanted: int


@dataclass(frozen=True)
class Short:
    """A set that could not be filled, with the conditions that it could draw from."""

    of: Set
    n: int
    centres: dict[str, int]
    backgrounds: dict[str, int]

    def __str__(self) -> str:
        """The set, and what it could draw from."""
        behind = f" on {self.of.background}" if self.of.background else ""
        side = f" ({self.of.side})" if self.of.side != "all" else ""
        return (
            f"{self.of.setting}: {self.of.class_name}{behind}{side}: {self.n} of {self.of.wanted} images;"
            f" centres {_counted(self.centres)}" + (f"; backgrounds {_counted(self.backgrounds)}" if self.of.background else "")
        )


@dataclass(frozen=True)
class Plan:
    """All rows of a plan, with what could not be drawn."""

    plan_id: str
    options: Options
    fingerprint: str
    rows: pa.Table
    short: list[Short]
    scheme: str
    least_grade: int | None


def make(connection: duckdb.DuckDBPyConnection, options: Options) -> Plan:
    """The plan for these options on the crops of the store: the same for the same seed, on any machine.

    Raises BadInput where a class has no crop at all, or an option makes no sense.
    """
    known = classes.known(connection)
    _check(connection, options, known)
    pools = _pools(connection, options)
    options = _with_classes(connection, options, pools, known)
    _refuse_lone(options, pools)
    print_of_crops = fingerprint(connection, options.screen, options.replicate)
    [(scheme, grade)] = connection.execute("SELECT scheme, least_grade FROM chosen_scheme").fetchall()
    plan_id = f"plan-{_digest(json.dumps(_asked(options, scheme, grade)), print_of_crops)[:8]}"
    drawn, short = (_factorial if options.factorial else _sets)(pools, options, plan_id)
    connection.register("drawn", drawn)
    rows = connection.sql(sql.query("plan_swaps")).to_arrow_table()
    connection.register("planned", rows)
    faults = connection.execute(sql.query("plan_faults")).fetchall()
    if faults or len(rows) != len(drawn):
        raise AssertionError(f"{plan_id}: {len(drawn)} images drawn, {len(rows)} planned, broken rules {faults}")
    return Plan(plan_id, options, print_of_crops, rows, short, scheme, grade)


def maskless(connection: duckdb.DuckDBPyConnection, screen: str | None) -> str | None:
    """What to say of kept crops of a screen, or of all, that no swap can show; None where there are none."""
    query = """
        SELECT count(*), min(c.crop_id) FROM crop_filter AS f JOIN crops AS c USING (crop_id)
        WHERE f.kept AND c.has_pixels AND c.mask_area_px IS NULL AND ($1 IS NULL OR c.screen = $1)
    """
    [(n, first)] = connection.execute(query, [screen]).fetchall()
    return f"{n} kept crops have no mask of their cell, such as {first}: no swap shows them" if n else None


def write(store: Store, plan: Plan, run: Run) -> None:
    """Write the plan: its images first, then its row in plans, so that a plan that is there is complete."""
    rows = plan.rows.append_column("plan_id", pa.array([plan.plan_id] * len(plan.rows), pa.string()))
    run.keep(len(rows))
    run.wrote(parts.write(store, "swaps", (plan.plan_id,), rows, run.run_id))
    o = plan.options
    facts = {
        "scheme": [plan.scheme], "least_grade": [plan.least_grade],
        "plan_id": [plan.plan_id], "kind": ["factorial" if o.factorial else "sets"], "screen": [o.screen], "replicate": [o.replicate],
        "seed": [o.seed], "images": [o.images], "conditions": [o.conditions], "replacement": [o.replacement], "split": [o.split],
        "n_images": [len(rows)], "n_short": [len(plan.short)], "fingerprint": [plan.fingerprint],
    }  # fmt: skip
    run.wrote(parts.write(store, "plans", (plan.plan_id,), facts, run.run_id))


def refuse_unknown(plan_id: str, known: Collection[str]) -> None:
    """Raise UnknownName where the plan is none of those known, BadInput where there is none at all."""
    if not known:
        raise BadInput("the store has no plan; make one with: cellswap plan")
    if plan_id not in known:
        raise UnknownName("plan", plan_id, known)


def fingerprint(connection: duckdb.DuckDBPyConnection, screen: str, replicate: int) -> str:
    """What tells this replicate's kept crops from any others: their number and a hash over their ids in any order."""
    query = "SELECT count(*), coalesce(bit_xor(md5_number_lower(crop_id)), 0) FROM crop_filter WHERE kept AND screen = ? AND replicate = ?"
    [(n, mixed)] = connection.execute(query, [screen, replicate]).fetchall()
    return f"{n}-{mixed:016x}"


def only_screen(connection: duckdb.DuckDBPyConnection) -> str:
    """The one screen that has crops with pixels; BadInput where there is none, or more than one."""
    query = "SELECT DISTINCT screen FROM crops WHERE has_pixels ORDER BY 1"
    screens = [row[0] for row in connection.execute(query).fetchall()]
    if not screens:
        raise BadInput("the store has no crops with pixels; give it some with: cellswap ingest fields PATH")
    if len(screens) > 1:
        raise BadInput(f"the store has crops of {', '.join(screens)}; say which with --screen")
    return screens[0]


def _asked(options: Options, scheme: str, grade: int | None) -> dict[str, object]:
    """What a plan is named after; the paper's scheme, and labels of every grade, need no name."""
    of_scheme = {} if (scheme, grade) == (PAPERS_SCHEME, None) else {"scheme": scheme, "least_grade": grade}
    return {**asdict(options), **of_scheme}


def _with_classes(
    connection: duckdb.DuckDBPyConnection, options: Options, pools: dict[tuple[str, str, str], Pool], known: tuple[str, ...]
) -> Options:
    """The options with the classes spelled as in the scheme, in its order; where none were named, those that have crops."""
    named = {classes.spelled(name, known) for name in options.classes} or {name for _, name, _ in pools}
    chosen = tuple(name for name in known if name in named)
    if len(chosen) < 2:
        unfit = maskless(connection, options.screen)
        found = f"found {'one: ' if chosen else ''}{', '.join(chosen) or 'none'}{f'; {unfit}' if unfit else ''}"
        raise BadInput(f"a plan needs two or more classes with kept crops, {found}")
    return replace(options, classes=chosen)


def _refuse_lone(options: Options, pools: dict[tuple[str, str, str], Pool]) -> None:
    """BadInput where a swap within the class is asked for and no class has two conditions: where classes and conditions are the same."""
    same = [name for name in options.settings if SETTINGS[name].class_behind == "same"]
    most = max((len(pools[key].conditions) for key in pools if key[0] == "cell" and key[1] in options.classes), default=0)
    if same and most == 1 and not options.factorial:
        others = ",".join(name for name in options.settings if name not in same)
        raise BadInput(
            f"{same[0]} puts a centre on another condition of its class, and each class here has one condition: leave it out with"
            f" --settings {others}, or take more than one thing for a condition when fields are ingested, such as compound and plate:"
            " --condition Metadata_compound,Metadata_Plate"
        )


def _check(connection: duckdb.DuckDBPyConnection, options: Options, known: tuple[str, ...]) -> None:
    for setting in options.settings:
        if setting not in SETTINGS:
            raise UnknownName("setting", setting, SETTINGS)
    for name in options.classes:
        classes.spelled(name, known)
    screens = [row[0] for row in connection.execute("SELECT DISTINCT screen FROM crops ORDER BY 1").fetchall()]
    if options.screen not in screens:
        raise UnknownName("screen", options.screen, screens)
    if options.split not in SPLITS:
        raise UnknownName("split", options.split, map(wording.said, SPLITS))


def _pools(connection: duckdb.DuckDBPyConnection, options: Options) -> dict[tuple[str, str, str], Pool]:
    """For each kind, class and side the conditions with the number of crops; leaves plan_candidates in the connection."""
    for name in ("screen", "replicate", "seed", "split"):
        connection.execute(f"SET VARIABLE {name} = $1", [getattr(options, name)])
    connection.register("held_out", pa.table({"name": pa.array(_held_out(connection, options), pa.string())}))
    connection.execute(sql.query("plan_candidates"))
    query = "SELECT kind, class, side, condition, count(*) FROM plan_candidates GROUP BY ALL ORDER BY ALL"
    found: dict[tuple[str, str, str], list[tuple[str, int]]] = {}
    for kind, name, side, condition, n in connection.execute(query).fetchall():
        found.setdefault((kind, name, side), []).append((condition, n))
    return {key: Pool(tuple(condition for condition, _ in rows), np.array([n for _, n in rows])) for key, rows in found.items()}


def _held_out(connection: duckdb.DuckDBPyConnection, options: Options) -> list[str]:
    """The conditions (a fifth of each class) or plates (a fifth of all) that are for testing; at least one."""
    if options.split == "none":
        return []
    by = "f.class, f.condition" if options.split == "condition" else "'', c.plate"
    query = (
        f"SELECT DISTINCT {by} FROM crop_filter AS f JOIN crops AS c USING (crop_id)"
        " WHERE f.kept AND f.class IS NOT NULL AND c.screen = $1 AND c.replicate = $2 ORDER BY ALL"
    )
    groups: dict[str, list[str]] = {}
    for group, name in connection.execute(query, [options.screen, options.replicate]).fetchall():
        if name is not None:
            groups.setdefault(group, []).append(name)
    if not groups:
        raise BadInput(f"--split plate: the crops of {options.screen} have no plate")
    held: list[str] = []
    for group, names in groups.items():
        rng = np.random.default_rng(work.seed("held out", options.seed, DRAWN_AS.get(options.split, options.split), group))
        held += [names[i] for i in rng.permutation(len(names))[: max(1, round(TEST_SHARE * len(names)))]]
    return held


def _all_sets(options: Options) -> Iterator[Set]:
    """Every set of the plan: the triplet settings pair each class with each other one, the rest have one set a class."""
    shares = {"all": options.images}
    if options.split != "none":
        n_test = round(TEST_SHARE * options.images)
        shares = {"train": options.images - n_test, "test": n_test}
    for setting, centre, (side, wanted) in product(options.settings, options.classes, shares.items()):
        if setting in REAL:
            yield Set(setting, centre, None, side, wanted)
        elif SETTINGS[setting].class_behind == "same":
            yield Set(setting, centre, centre, side, wanted)
        else:
            yield from (Set(setting, centre, other, side, wanted) for other in options.classes if other != centre)


def _sets(pools: dict[tuple[str, str, str], Pool], options: Options, plan_id: str) -> tuple[pa.Table, list[Short]]:
    """The drawn images of all sets, and the sets that fell short."""
    tables: list[pa.Table] = []
    short: list[Short] = []
    start: dict[tuple[str, str, str | None], int] = {}
    for of in _all_sets(options):
        centre = pools.get(("cell", of.class_name, of.side))
        behind = pools.get((SETTINGS[of.setting].behind or "", of.background, of.side)) if of.background else None
        rng = np.random.default_rng(
            work.seed("swaps", options.seed, SETTINGS[of.setting].drawn_as or of.setting, of.class_name, of.background, of.side)
        )
        possible = centre is not None and (behind is not None or of.background is None)
        drawn = draw(rng, centre, behind, Rule(of.wanted, options.conditions, options.replacement)) if possible and centre else None
        n = len(drawn) if drawn else 0
        if n < of.wanted:
            short.append(Short(of, n, _as_dict(centre), _as_dict(behind)))
        if drawn and centre and n:
            key = (of.setting, of.class_name, of.background)
            tables.append(_table(of, drawn, (centre, behind), plan_id, start.get(key, 0)))
            start[key] = start.get(key, 0) + n
    if not tables:
        raise BadInput("nothing can be drawn: " + "; ".join(map(str, short[:3])))
    return pa.concat_tables(tables), short


def _factorial(pools: dict[tuple[str, str, str], Pool], options: Options, plan_id: str) -> tuple[pa.Table, list[Short]]:
    """Each of n centres on each of m backgrounds, spread evenly over the classes; no condition stands on both sides."""
    n_centres, n_backgrounds = options.factorial or (0, 0)
    centres, backgrounds = [], []
    for i, name in enumerate(options.classes):
        pool = pools.get(("cell", name, "all"))
        if pool is None or len(pool.conditions) < 2:
            found = len(pool.conditions) if pool else 0
            has = f"{name} has {found} {wording.conditions()} with crops"
            raise BadInput(f"--factorial: {has}, expected two or more; name others with --class")
        halves = np.random.default_rng(work.seed("factorial", options.seed, name)).permutation(len(pool.conditions))
        for half, wanted, chosen in ((halves[::2], n_centres, centres), (halves[1::2], n_backgrounds, backgrounds)):
            share = wanted // len(options.classes) + (i < wanted % len(options.classes))
            side = Pool(tuple(pool.conditions[k] for k in half), pool.counts[half])
            rng = np.random.default_rng(work.seed("factorial", options.seed, name, wanted, side.conditions))
            drawn = draw(rng, side, None, Rule(share, "image", "none"))
            if len(drawn) < share:
                raise BadInput(f"--factorial: {name} has {int(side.counts.sum())} crops for one side, expected {share}")
            chosen += [(name, side.conditions[p], int(k)) for p, k in zip(drawn.centre, drawn.centre_rank, strict=True)]
    rows = [
        _crossed(f"{plan_id}/centre{i}/background{j}", i * len(backgrounds) + j, c, b)
        for (i, c), (j, b) in product(enumerate(centres), enumerate(backgrounds))
    ]
    return pa.table(dict(zip(_COLUMNS, map(list, zip(*rows, strict=True)), strict=True))), []


def _crossed(image_id: str, number: int, centre: tuple[str, str, int], background: tuple[str, str, int]) -> tuple[object, ...]:
    """One image of a factorial plan, in the order of _COLUMNS; each side is its class, condition and rank."""
    setting = "same_class_swap" if centre[0] == background[0] else "diff_class_swap"
    return (setting, centre[0], background[0], number, image_id, *centre[1:], *background[1:], "cell", "all")


_COLUMNS = (
    "setting", "class", "background_class", "draw", "image_id",
    "centre_condition", "centre_rank", "background_condition", "background_rank", "background_kind", "side",
)  # fmt: skip


def _table(of: Set, drawn: Drawn, pools: tuple[Pool, Pool | None], plan_id: str, start: int) -> pa.Table:
    """The images of a set. A real crop keeps its own id; a composed one is named after the plan, the set and the draw."""
    n = len(drawn)
    draws = np.arange(start, start + n)
    centre, behind = pools
    name = "/".join(filter(None, (plan_id, of.setting, of.class_name, of.background)))
    ids = np.char.add(f"{name}/", np.char.zfill(draws.astype(str), 4))
    return pa.table(
        {
            "setting": pa.array([of.setting] * n), "class": pa.array([of.class_name] * n),
            "background_class": pa.array([of.background] * n, pa.string()), "draw": pa.array(draws),
            "image_id": pa.array(ids.tolist(), pa.string()),
            "centre_condition": pa.array(np.array(centre.conditions)[drawn.centre].tolist(), pa.string()),
            "centre_rank": pa.array(drawn.centre_rank),
            "background_condition": pa.array(np.array(behind.conditions)[drawn.background].tolist() if behind else [None] * n, pa.string()),
            "background_rank": pa.array(drawn.background_rank), "background_kind": pa.array([SETTINGS[of.setting].behind or ""] * n),
            "side": pa.array([of.side] * n),
        }
    )  # fmt: skip


def _as_dict(pool: Pool | None) -> dict[str, int]:
    return dict(zip(pool.conditions, pool.counts.tolist(), strict=True)) if pool else {}


def _counted(counts: dict[str, int]) -> str:
    if not counts:
        return "none"
    shown = ", ".join(f"{condition} {n}" for condition, n in sorted(counts.items(), key=lambda item: item[1])[:5])
    return f"{sum(counts.values())} crops of {len(counts)} {wording.conditions()} ({shown}{', …' if len(counts) > 5 else ''})"


def _digest(*texts: str) -> str:
    return hashlib.sha256("\x1f".join(texts).encode()).hexdigest()
