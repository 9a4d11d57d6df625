"""What stands in a trained weights file beside its numbers."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import cellswap
from cellswap import __version__
from cellswap.extract.training.loop import Training


def metadata(training: Training, best_epoch: int) -> dict[str, str]:
    """Where the weights come from: store, recipe, seed, robust ways, and the git revision where there is one. No time or machine."""
    options, material = training.options, training.material
    return {
        "network": options.network,
        "note": _note(training, best_epoch),
        "source": f"cellswap train on screen {material.screen}, crops {material.fingerprint}",
        "converter": f"cellswap {__version__}" + (f", revision {found}" if (found := revision()) else ""),
        "masked": "yes" if "mask" in options.robust else "no",
        "training": json.dumps(training.facts, sort_keys=True),
        "recipe": options.recipe.source,
        "labels": json.dumps(material.names),
        "proteins": json.dumps(material.trained_conditions),
    }


def _note(training: Training, best_epoch: int) -> str:
    options, material = training.options, training.material
    robust = "+".join(options.robust) or "none"
    n, what = len(material.sides["train"]), options.recipe.label.replace("condition", "protein")
    return (
        f"trained by cellswap train on screen {material.screen}: {n} crops, {len(material.names)} labels ({what}), "
        f"robust {robust}, split by {options.data.split}, seed {options.seed}, epoch {best_epoch} of {training.epochs}"
    )


def revision() -> str:
    """The git revision that this code was checked out at, `-dirty` where it was changed since, or nothing for an installed package."""
    root = Path(cellswap.__file__).resolve().parents[1]
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return ""
    asked = [git, "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 - no word of a user's
