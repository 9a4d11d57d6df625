"""Leave-one-out nearest neighbours: how fast beside scikit-learn's brute force, how time grows, and memory without the matrix.

    python benchmarks/neighbours.py [--quick]

`ratio`: scikit-learn's NearestNeighbors(algorithm="brute") and ours find the same k on the same vectors in turn, all cores;
`cpu_ratio` is that of processor seconds, which other work on the machine disturbs less.
`growth`: how many times more processor seconds twice as many images take; all pairs make it 4.
`memory`: what a search holds at its peak beside the vectors, over the first blocks of queries: later ones use the same room.
`whole`: 10^5 x 10^5 images of 384 features; with --quick the time is that of some blocks, times the number of blocks.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from itertools import islice

import numpy as np
from memory import peak
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from cellswap.evaluate import nearest

K, WIDTH, WHOLE = 20, 384, 100_000
BLOCKS = 8
MIB = 2**20


def say(case: str, **facts: object) -> None:
    print(json.dumps({"benchmark": "neighbours", "case": case, **facts}), flush=True)


def drawn(n: int, width: int) -> NDArray[np.float32]:
    """Vectors (n, width) of 15 classes that overlap."""
    rng = np.random.default_rng(n)
    x = rng.standard_normal((n, width), np.float32)
    x += rng.standard_normal((15, width), np.float32)[rng.integers(0, 15, n)]
    return nearest.standardized(x)


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds that passed, and seconds that processors spent."""
    start = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start[0], time.process_time() - start[1]


def ours(x: NDArray[np.float32], *, cosine: bool) -> nearest.Neighbours:
    return nearest.nearest(x, np.arange(len(x)), K, cosine=cosine)


def theirs(x: NDArray[np.float32], *, cosine: bool) -> NDArray[np.int64]:
    metric = "cosine" if cosine else "euclidean"
    found = NearestNeighbors(n_neighbors=K, algorithm="brute", metric=metric).fit(x).kneighbors(return_distance=False)
    return np.asarray(found)


def compare(n: int, width: int, *, cosine: bool, repeats: int) -> None:
    """The best of some turns of each, and the share of neighbours on which both agree."""
    x = drawn(n, width)
    x = nearest.unit(x) if cosine else x
    agree = float((ours(x, cosine=cosine).index == theirs(x, cosine=cosine)).mean())
    turns = [(seconds(lambda: ours(x, cosine=cosine)), seconds(lambda: theirs(x, cosine=cosine))) for _ in range(repeats)]
    (mine, cpu), (other, other_cpu) = (np.min(times, axis=0) for times in zip(*turns, strict=True))
    name = f"{'cosine' if cosine else 'euclidean'}, {width} features"
    ratios = {"ratio": round(other / mine, 2), "goal": 1, "cpu_ratio": round(other_cpu / cpu, 2)}
    say(name, **ratios, n=n, k=K, seconds=round(mine, 2), agree=round(agree, 5))


def growth(sizes: list[int], repeats: int) -> None:
    """Time for each number of images, and times the one before."""
    before = None
    for n in sizes:
        x = drawn(n, WIDTH)
        took = min(seconds(lambda x=x: ours(x, cosine=False))[1] for _ in range(repeats))
        say("growth", n=n, cpu_seconds=round(took, 2), times_before=round(took / before, 2) if before else None)
        before = took


def first_blocks(x: NDArray[np.float32]) -> None:
    """The neighbours of the first blocks of images among all."""
    for _ in islice(nearest.blocks(x, np.arange(len(x)), K, cosine=False), BLOCKS):
        pass


def memory(sizes: list[int]) -> None:
    """What a search holds beside the vectors, for each number of images, and what the matrix would take."""
    for n in sizes:
        x = drawn(n, WIDTH)
        mib = peak(lambda x=x: first_blocks(x)) / MIB
        say("memory", n=n, peak_mib=round(mib), vectors_mib=round(x.nbytes / MIB), matrix_mib=round(4 * n * n / MIB))


def whole(*, quick: bool) -> None:
    """10^5 images among 10^5: time, and memory beside the vectors."""
    x = drawn(WHOLE, WIDTH)
    if not quick:
        start = time.perf_counter()
        held = peak(lambda: ours(x, cosine=False))
        say("whole", n=WHOLE, seconds=round(time.perf_counter() - start), peak_mib=round(held / MIB), measured="all blocks")
        return
    took = seconds(lambda: first_blocks(x))[0]
    n_blocks = -(-WHOLE // nearest.QUERIES)
    say("whole", n=WHOLE, seconds=round(took / BLOCKS * n_blocks), measured=f"{BLOCKS} of {n_blocks} blocks")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true")
    quick = options.parse_args().quick
    memory([25_000, 50_000, 100_000])  # first: room that was used before is used again, and would not be counted
    n, repeats = (4000, 2) if quick else (20_000, 3)
    for width in (64, WIDTH):
        for cosine in (False, True):
            compare(n, width, cosine=cosine, repeats=repeats)
    growth([2000, 4000, 8000] if quick else [5000, 10_000, 20_000, 40_000], repeats)
    whole(quick=quick)


if __name__ == "__main__":
    main()
