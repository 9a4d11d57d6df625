"""Which conditions or plates are held out, and from where the images come: a plan with a split, or the stored crops (paper D.3)."""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb
import numpy as np
import pyarrow as pa

from cellswap import sql
from cellswap.errors import BadInput
from cellswap.evaluate.sample import draw_tables
from cellswap.evaluate.sample.embedded_images import Wanted
from cellswap.evaluate.sample.tasks import EmbeddingSet, Share
from cellswap.evaluate.svm.fitting import Solver
from cellswap.store import wording, work

TEST_SHARE = 0.2
# Where few plates hold all of a class, a draw of plates may leave it on one side; this many draws are tried.
PLATE_DRAWS = 200


@dataclass(frozen=True)
class HeldoutOptions:
    """Which embeddings, what is held out, how many images a class at most, the plan that drew them or their screen, the classifier."""

    wanted: Wanted = field(default_factory=Wanted)
    by: str = "condition"
    images: int = 1000
    plan_id: str | None = None
    screen: str | None = None
    seed: int = 0
    solver: Solver = field(default_factory=Solver)
    share: Share = field(default_factory=Share)


def draw(connection: duckdb.DuckDBPyConnection, sets: list[EmbeddingSet], options: HeldoutOptions) -> None:
    """Fill the temporary tables of `draw_tables.fill`; `drawn.kept_together` is the side, train or test."""
    names = {"by": options.by, "images": options.images, "seed": options.seed, "screen": options.screen}
    if options.plan_id:
        of_plan = {"by": options.by, "images": options.images, "seed": options.seed, "plan_id": options.plan_id}
        draw_tables.fill(connection, sets, "heldout_draw_planned", of_plan)
        return
    held = pa.array(sorted(held_out(connection, sets, options)), pa.string())
    connection.register("held_out", pa.table({"name": held}))
    draw_tables.fill(connection, sets, "heldout_draw", names)


def held_out(connection: duckdb.DuckDBPyConnection, sets: list[EmbeddingSet], options: HeldoutOptions) -> set[str]:
    """A fifth of the conditions of each class, or of all plates; at least one. The same for the same names and seed."""
    models, settings = sorted({s.model for s in sets}), sorted({s.setting for s in sets})
    of = {"by": options.by, "models": models, "settings": settings, "screen": options.screen}
    rows = connection.execute(sql.query("heldout_names"), of).fetchall()
    classes: dict[str, dict[str, int]] = {}
    for name, who, n in rows:
        classes.setdefault(name, {})[who] = n
    if not classes:
        lacking = "plate" if options.by == "plate" else f"single {wording.class_()}"
        of = f" of screen {options.screen}" if options.screen else ""
        raise BadInput(f"--by {wording.option(options.by)}: no kept crop{of} with a vector has a {lacking}")
    if options.by == "plate":
        return plates_held_out(classes, options.seed)
    # The word in seeds from before conditions were called so: the same seed holds out the same ones.
    return {who for name, members in classes.items() for who in _fifth(sorted(members), ("protein", options.seed, name))}


def _fifth(names: list[str], key: tuple[object, ...]) -> list[str]:
    drawn = np.random.default_rng(work.seed("held out", *key)).permutation(len(names))
    return [names[i] for i in drawn[: max(1, round(TEST_SHARE * len(names)))]]


def plates_held_out(classes: dict[str, dict[str, int]], seed: int) -> set[str]:
    """A fifth of the plates: of 200 draws, one that leaves most classes on both sides, and of these the nearest to a fifth of crops.

    `classes` gives each class's number of crops on each plate. Classes are not spread evenly over plates (paper D.2), so
    that a draw that looks at nothing may leave a class on one side.
    """
    plates = sorted({plate for members in classes.values() for plate in members})
    draws = [frozenset(_fifth(plates, ("plate", seed, i))) for i in range(PLATE_DRAWS)]
    return set(min(draws, key=lambda held: (*_cost(classes, held), sorted(held))))


def _cost(classes: dict[str, dict[str, int]], held: frozenset[str]) -> tuple[int, float]:
    """How many classes are on one side only, and how far the share of test crops is from a fifth, over the others."""
    shares = [sum(n for plate, n in members.items() if plate in held) / sum(members.values()) for members in classes.values()]
    both = [share for share in shares if 0 < share < 1]
    return len(shares) - len(both), sum(abs(share - TEST_SHARE) for share in both)
