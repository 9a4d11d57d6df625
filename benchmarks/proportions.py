"""How memory and time of `evaluate proportions` grow with the screen.

    python benchmarks/proportions.py [--quick] [--crops N]

Stores of N crops of 64 floats, whole and masked, half of their proteins in two places, are generated: a tenth of N, and N (2.7
million, the paper's; quick: 150,000). Both classifiers of the paper are trained and every protein's shares predicted, in a process
of its own: `seconds`, and `peak_mb`, the most memory that it held and no file backs (vectors to train on lie in a file). `memory`
is the larger store's over the smaller one's; 1 is flat.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import tempfile
import time
from multiprocessing.queues import Queue
from pathlib import Path

from memory import peak
from sql_store import fill

from cellswap.store import folder
from cellswap.store.create import DEFAULT_CHANNELS, create


def say(case: str, **facts: object) -> None:
    rounded = {name: round(fact, 2) if isinstance(fact, float) else fact for name, fact in facts.items()}
    print(json.dumps({"benchmark": "proportions", "case": case, **rounded}), flush=True)


def predict(path: str, found: Queue) -> None:
    """In a process of its own: both classifiers and all shares, as the command does it."""
    from cellswap.cli import proportions

    begun = time.perf_counter()
    held = peak(lambda: proportions.proportions(store=Path(path), at_least=1))  # small screens have few proteins a class
    found.put((time.perf_counter() - begun, held / 1e6))


def apart(path: Path) -> tuple[float, float]:
    """Seconds and peak memory of a fresh process."""
    fresh = multiprocessing.get_context("spawn")
    found = fresh.Queue()
    process = fresh.Process(target=predict, args=(str(path), found))
    process.start()
    answer = found.get(timeout=3600)
    process.join()
    return answer


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--quick", action="store_true", help="under 50 s on two cores")
    asked.add_argument("--crops", type=int, help="crops in the larger store")
    options = asked.parse_args()
    n = options.crops or (150_000 if options.quick else 2_700_000)
    peaks = []
    with tempfile.TemporaryDirectory() as made:
        for size in (n // 10, n):
            path = Path(made) / str(size)
            fill(create(path, 64, DEFAULT_CHANNELS, None), 2 * size, several=True)
            seconds, peak = apart(folder.read(path).path)
            peaks.append(peak)
            say("whole", n=size, seconds=seconds, crops_per_second=size / seconds, peak_mb=peak)
    say("memory", ratio=peaks[1] / peaks[0], goal=None, n=n)


if __name__ == "__main__":
    main()
