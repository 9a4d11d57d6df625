"""The name of a run: it follows from everything that the run's figures depend on.

So a run that was killed, or is spread over machines by --shard, is one run however many commands it took, and doing it again
does nothing. What is hashed may not change as a text: a run that was begun by an earlier version of this code could not go on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING

from cellswap import __version__
from cellswap.evaluate.sample import folds, tasks

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def run_id(command: str, fingerprint: str, figures: str, ways: tuple[object, ...] = (), how: str = folds.PAPERS) -> str:
    """The run's name, from the images and weights as a hash, the options as `figures_of` has them, and constants: else those of folds."""
    constants = ways or (folds.constant(how), tasks.CHUNK, tasks.TILE)
    facts = ", ".join([repr(__version__), repr(fingerprint), figures, *map(repr, constants)])
    return f"evaluate-{command}-{hashlib.sha256(f'({facts})'.encode()).hexdigest()[:12]}"


def figures_of(options: DataclassInstance, without: Iterable[str] = ()) -> str:
    """The options as a text, without those on which no figure depends; whatever their class is called, it reads Options.

    An option whose field is not shown (`repr`) came later, and stands in the name on its own, where it is not as it always was.
    """
    kept = [f.name for f in fields(options) if f.repr and f.name not in without]
    return f"Options({', '.join(f'{name}={getattr(options, name)!r}' for name in kept)})"
