"""The temporary tables of drawn images that every measure reads, and which wanted classes are in none of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

import duckdb

from cellswap import sql
from cellswap.errors import UnknownName
from cellswap.evaluate.sample.tasks import EmbeddingSet


class Named(Protocol):
    """A counted class."""

    @property
    def name(self) -> str:
        """Its name."""
        ...


Counted = TypeVar("Counted", bound=Named)
FEW = 3  # reasons in one line


def fill(connection: duckdb.DuckDBPyConnection, sets: list[EmbeddingSet], query: str, names: Mapping[str, object]) -> None:
    """Fill `drawn` (one row an image of a set) by a query of sql/queries, `drawn_overlaps` (pairs of crops) and `expected`.

    The view `counted` has the rows of `drawn` and, with n_expected, those of `expected`: of it classes are counted.
    """
    for chosen in sets:
        into = "CREATE OR REPLACE TEMP TABLE drawn AS" if chosen is sets[0] else "INSERT INTO drawn"
        connection.execute(f"{into} {sql.query(query)}", {**names, **chosen.names, "set_number": chosen.number})
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE drawn_overlaps AS SELECT crop_a, crop_b FROM crop_overlaps"
        " WHERE crop_a IN (SELECT crop_id FROM drawn) AND crop_b IN (SELECT crop_id FROM drawn)"
    )
    of_sets = {"numbers": [chosen.number for chosen in sets], "settings": [chosen.setting for chosen in sets]}
    of_names = {"plan_id": names.get("plan_id"), "class_by": names.get("class_by", "class")}
    connection.execute(sql.query("expected"), {**of_sets, **of_names})
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW counted AS FROM drawn"
        " UNION ALL BY NAME SELECT set_number, background, class, n AS n_expected FROM expected"
    )


def chosen(sizes: Sequence[Counted], classes: Sequence[str], what: str) -> list[Counted]:
    """The counted classes that were asked for, all where none was named; UnknownName for one that is not there."""
    known = {size.name for size in sizes}
    for name in classes:
        if name not in known:
            raise UnknownName(what, name, known)
    return [size for size in sizes if not classes or size.name in classes]


def nothing_of(name: str, n_expected: int, of: str) -> str:
    """What to say of a class of which nothing is drawn; `of` says what its images would be and need."""
    return f"class {name}: none of its {n_expected} {of}"


def because(reasons: Iterable[str]) -> str:
    """The first of these reasons in brackets, each once, and how many more there are; nothing where there is none."""
    unique = list(dict.fromkeys(reasons))
    more = f"; and {len(unique) - FEW} more" if len(unique) > FEW else ""
    return f" ({'; '.join(unique[:FEW])}{more})" if unique else ""
