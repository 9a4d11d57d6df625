"""Classifiers fitted chunk by chunk: each class's vectors are read once, and so many fits run at a time."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import duckdb

from cellswap.evaluate.sample import embedded_images
from cellswap.evaluate.sample.embedded_images import Block, Pairs
from cellswap.evaluate.sample.tasks import Chunk, Task
from cellswap.store import progress
from cellswap.store.runs import Run

Found = TypeVar("Found")


@dataclass(frozen=True)
class Loaded:
    """A chunk with what its classifiers need: the classes' vectors and the overlaps between their images."""

    chunk: Chunk
    blocks: dict[str, Block]
    overlaps: dict[tuple[str, str], Pairs]


def fitted(
    connection: duckdb.DuckDBPyConnection, chunks: list[Chunk], fit: Callable[[Loaded, Task], list[Found]], what: str, jobs: int
) -> Iterator[tuple[Chunk, list[Found]]]:
    """Each chunk with all that `fit` found for its classifiers, `jobs` of them at a time; `what` names the progress."""
    vectors = embedded_images.Vectors(connection)
    with (
        _one_thread_each(),
        progress.shown(what, sum(len(chunk.tasks) for chunk in chunks), "classifiers") as bar,
        ThreadPoolExecutor(jobs) as pool,
    ):
        for chunk in chunks:
            loaded = Loaded(chunk, vectors.of(chunk), embedded_images.overlaps(connection, chunk))
            done: list[Found] = []
            for found in pool.map(lambda task, at=loaded: fit(at, task), chunk.tasks):
                done += found
                bar.step()
            yield chunk, done


def said_of_done(n_done: int, n: int, what: str) -> str:
    """What to say where some of the work was done before: the rows that a command counts are those that it wrote itself."""
    return f"{n_done} of {n} {what} were done before; " + ("the rows counted above are new" if n_done < n else "nothing was left to do")


def remark_done(run: Run, chunks: Sequence[Chunk], left: Sequence[Chunk]) -> None:
    """Remark how many classifiers were done before, if any."""
    n, n_left = (sum(len(chunk.tasks) for chunk in some) for some in (chunks, left))
    if n_left < n:
        run.remark(said_of_done(n - n_left, n, "classifiers"))


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """One classifier a thread: BLAS's own threads would only get in the way. libsvm's cap is counted, so not warned of."""
    import scipy.linalg  # noqa: F401 - numba and the interior point use its BLAS; what is not loaded yet is not limited
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield
