"""How memory and time of `evaluate proportions` grow with the screen.

    python benchmarks/proportions.py [--quick] [--crops N]

Stores of N crops of 64 floats, whole and masked, half of their conditions in two places, are generated: a tenth of N, and N (2.7
million, the paper's; quick: 150,000). Both classifiers of the paper are trained and every condition's shares predicted, in a process
of its own: `seconds`, and `peak_mb`, the most memory that it held and no file backs (vectors to train on lie in a file). `memory`
is the larger store's over the smaller one's; 1 is flat.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from memory import apart, peak
from sql_store import fill

from cellswap.store.create import create


def say(case: str, **facts: object) -> None:
    rounded = {name: round(fact, 2) if isinstance(fact, float) else fact for name, fact in facts.items()}
    print(json.dumps({"benchmark": "proportions", "case": case, **rounded}), flush=True)


def predict(path: Path) -> tuple[float, float]:
    """Seconds, and megabytes held at most: both classifiers and all shares, as the command does it."""
    from cellswap.cli import proportions

    begun = time.perf_counter()
    held = peak(lambda: proportions.proportions(store=path, at_least=1))  # small screens have few conditions a class
    return time.perf_counter() - begun, held / 1e6


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
            fill(create(path), 2 * size, several=True)
            seconds, held = apart(predict, path)
            peaks.append(held)
            say("whole", n=size, seconds=seconds, crops_per_second=size / seconds, peak_mb=held)
    say("memory", ratio=peaks[1] / peaks[0], goal=None, n=n)


if __name__ == "__main__":
    main()
