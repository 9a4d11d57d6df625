"""What makes drawn vectors unusable: numbers that are none, several widths, several weights under one name, doubles."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from cellswap import sql
from cellswap.errors import BadInput, at
from cellswap.evaluate.sample.tasks import EmbeddingSet


@dataclass(frozen=True)
class Faults:
    """What is wrong with vectors; widths are 0 where there are none."""

    n_not_finite: int
    first: str | None
    narrowest: int
    widest: int
    n_doubled: int
    n_weights: int


def refuse_any(connection: duckdb.DuckDBPyConnection, sets: list[EmbeddingSet]) -> None:
    """Raise BadInput where drawn vectors can't be compared: not finite, of several widths or weights, or twice."""
    for of in sets:
        refuse(of, faults(connection, of))


def faults(connection: duckdb.DuckDBPyConnection, of: EmbeddingSet, conditions: tuple[str | None, str | None] = (None, None)) -> Faults:
    """What is wrong with the drawn vectors of an embedding set; where all are of conditions from one to another, only those are read."""
    names = {**of.names, "set_number": of.number, "first_condition": conditions[0], "last_condition": conditions[1]}
    return Faults(*connection.execute(sql.query("pair_faults"), names).fetchall()[0])


def together(found: list[Faults]) -> Faults:
    """The faults of a set whose vectors were looked at piece by piece."""
    return Faults(
        sum(one.n_not_finite for one in found),
        min((one.first for one in found if one.first), default=None),
        min((one.narrowest for one in found if one.narrowest), default=0),
        max((one.widest for one in found), default=0),
        sum(one.n_doubled for one in found),
        max((one.n_weights for one in found), default=0),
    )


def refuse(of: EmbeddingSet, found: Faults) -> None:
    """Raise BadInput where an embedding set has a fault."""
    with at(of):
        if found.n_weights > 1:
            raise BadInput(f"expected one weights file a model, found {found.n_weights} under this name; extract each under its own")
        if found.n_not_finite:
            raise BadInput(f"{found.n_not_finite} vectors hold NaN or infinity (the first is of {found.first}); extract them again")
        if found.narrowest != found.widest:
            raise BadInput(f"expected vectors of one width, found {found.narrowest} to {found.widest}; two networks under one name?")
        if found.n_doubled:
            raise BadInput(f"{found.n_doubled} images have more than one vector; cellswap check says which")
