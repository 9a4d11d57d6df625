"""Campaigns against the product: kills, damage, a full disk, hostile input and SQL, readers, two tries at once.

    python tests/campaign/run.py [--seed N] [--kills 200] [--short] [--only kills,damage] [--trial N] [--work DIR]

Each draws its trials from the seed, on a tiny simulated screen that is made first. One JSON line a trial goes into
DIR/trials.jsonl, a table of counts ends it, and the exit code is 1 where anything did not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

# One core a process, in this one's forks too: threads of a library's own would not outlive a fork.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from campaign import base, compare, damage, disk, hostile, kills, lanes, readers, statements, twice
from campaign.trials import Round, Trial

CAMPAIGNS = {
    "kills": kills.each,
    "twice": twice.each,
    "disk": disk.each,
    "damage": damage.each,
    "hostile": hostile.each,
    "statements": statements.each,
    "readers": readers.each,
}


def main() -> int:
    """0 where everything held, 1 where something did not."""
    given = _arguments()
    seed = given.seed if given.seed is not None else secrets.randbelow(1_000_000)
    print(f"campaigns: seed {seed}; again: make campaign SEED={seed}", flush=True)
    lanes.warm()
    work = Path(given.work or tempfile.mkdtemp(prefix="cellswap-campaign-")).resolve()
    begun = time.monotonic()
    made = base.make(work / "base")
    print(f"the base is made in {time.monotonic() - begun:.0f} s, in {work}", flush=True)
    of = Round(made, work, seed, given.kills, given.short, given.trial)
    found = [trial for name in given.only.split(",") for trial in _all(of, name, given.jobs)]
    print(table(found), f"in {time.monotonic() - begun:.0f} s, seed {seed}", sep="\n")
    return _end(found, work, seed)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, help="what the trials are drawn from; else another one each time")
    parser.add_argument("--kills", type=int, default=200, help="signals that stop a command")
    parser.add_argument("--short", action="store_true", help="some of each campaign's trials")
    parser.add_argument("--only", default=",".join(CAMPAIGNS), help="campaigns, with commas between")
    parser.add_argument("--trial", type=int, help="only the trial of this number")
    parser.add_argument("--work", help="a new folder to work in, which is kept; else a temporary one, kept where something did not hold")
    parser.add_argument("--jobs", type=int, default=2, help="trials at a time")
    return parser.parse_args()


def _all(of: Round, name: str, jobs: int) -> list[Trial]:
    """What the trials of one campaign found; each is said as it ends."""
    found: list[Trial] = []
    lanes.spread(_wanted(of, name, found), jobs, lambda trial: _say(of, trial, found))
    return found


def _wanted(of: Round, name: str, found: list[Trial]) -> Iterator[Callable[[], Trial]]:
    """The trials to do; those of kills until so many have hit."""
    for number, trial in CAMPAIGNS[name](of):
        if of.trial is not None and number > of.trial:
            return
        if name == kills.CAMPAIGN and sum(len(t.kills) for t in found) >= of.kills:
            return
        if of.trial in {None, number}:
            yield trial


def _say(of: Round, trial: Trial, found: list[Trial]) -> None:
    found.append(trial)
    with (of.work / "trials.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(asdict(trial)) + "\n")
    for kind, seen in trial.faults:
        print(f"{trial.campaign} {trial.number} ({trial.what}): {kind}: {seen}", flush=True)


def table(found: list[Trial]) -> str:
    """One line a campaign: its trials, how many held, and how many found each kind of fault."""
    lines = [("campaign", "trials", "kills", "skipped", "held", *compare.KINDS)]
    for name in dict.fromkeys(trial.campaign for trial in found):
        of = [trial for trial in found if trial.campaign == name]
        kinds = Counter(kind for trial in of for kind in {kind for kind, _ in trial.faults})
        held = sum(not trial.faults and not trial.skipped for trial in of)
        counts = (len(of), sum(len(t.kills) for t in of), sum(bool(t.skipped) for t in of), held, *(kinds[kind] for kind in compare.KINDS))
        lines.append((name, *map(str, counts)))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(word.rjust(n) for word, n in zip(line, widths, strict=True)) for line in lines)


def _end(found: list[Trial], work: Path, seed: int) -> int:
    for reason, n in Counter(trial.skipped for trial in found if trial.skipped).items():
        print(f"{n} not tried: {reason}")
    bad = [trial for trial in found if trial.faults]
    for trial in bad:
        alone = f"--seed {seed} --only {trial.campaign} --trial {trial.number}"
        print(f"did not hold: {trial.campaign} {trial.number} ({trial.what}); alone: {alone}")
    if bad:
        print(f"what was found is in {work}")
    elif work.name.startswith("cellswap-campaign-"):
        shutil.rmtree(work, ignore_errors=True)
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
