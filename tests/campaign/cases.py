"""Every command that writes, with the store that it starts from."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from campaign.base import LAYERS, Base
from campaign.compare import STORE


@dataclass(frozen=True)
class Case:
    """One command: its words, where {d} is the trial's folder, {s} its store and {b} the base; `stage` names the store to copy.

    `pool`: it uses worker processes. `weight`: how often it is drawn.
    """

    name: str
    stage: str
    words: str
    weight: float = 1.0
    pool: bool = False

    def prepare(self, base: Base, place: Path) -> list[str]:
        """Lay a new trial's folder out, and give the command's words."""
        place.mkdir(parents=True)
        if self.stage:
            shutil.copytree(base.store(self.stage), place / STORE)
        return self.given(base, place)

    def given(self, base: Base, place: Path) -> list[str]:
        """The command's words."""
        named = {"d": place, "s": place / STORE, "b": base.path, "plan": base.plan, "factorial": base.factorial}
        return [word.replace("~", " ").format(**named) for word in self.words.split()]


_NETWORK = "--model pifia-narrow --weights {b}/pifia-narrow.safetensors"
_EXTRACT = f"extract {_NETWORK} --layers {','.join(LAYERS)} --batch-size 16 --store {{s}}"
_FIELDS = "ingest fields {b}/screen/plate02 --plate-map {b}/screen/plate_map.csv --screen drawn --store {s}"
_TRAIN = "train deeploc-narrow --epochs 3 --min-crops 2 --batch-size 16 -o {d}/t.safetensors --store {s} --screen drawn"

CASES = {
    case.name: case
    for case in (
        Case("init", "", "init {s}", 2),
        Case("labels", "new", "ingest labels --store {s}"),
        Case("crops", "labels", "ingest crops {b}/crops --layout pci --store {s} --jobs 1"),
        Case("crops-archive", "labels", "ingest crops {b}/crops.tar.xz --layout pci --store {s} --jobs 2", pool=True),
        Case("fields", "labels", f"{_FIELDS} --jobs 1", 2),
        Case("fields-jobs", "labels", f"{_FIELDS} --jobs 2", pool=True),
        Case("published", "labels", "ingest published {b}/raw --store {s}"),
        Case("features", "labels", "ingest features {b}/features --store {s}"),
        Case("simulate", "labels", "simulate {d}/screen --preset tiny --truth-into {s} --screen drawn --jobs 1", 2),
        Case("simulate-jobs", "labels", "simulate {d}/screen --preset tiny --truth-into {s} --screen drawn --jobs 2", pool=True),
        Case("plan", "fields", "plan --images 12 --store {s}"),
        Case("plan-factorial", "fields", "plan --factorial 6x6 --store {s}"),
        Case("extract", "planned", _EXTRACT, 2),
        Case("extract-plan", "planned", f"{_EXTRACT} --plan {{plan}}", 2),
        Case("pairs", "embedded", "evaluate pairs --plan {plan} --setting baseline --setting masked --store {s} --jobs 1", 2),
        Case("layers", "embedded", "evaluate layers --store {s} --jobs 1"),
        Case("heldout", "embedded", "evaluate heldout --setting baseline --store {s} --jobs 1"),
        Case("proportions", "embedded", "evaluate proportions --min-proteins 2 --store {s}"),
        Case("neighbours", "embedded", "evaluate neighbours --plan {plan} --setting baseline --store {s}"),
        Case("sensitivity", "embedded", "evaluate sensitivity --plan {factorial} --store {s}"),
        Case("robustness", "measured", "evaluate robustness --store {s}"),
        Case("train", "fields", _TRAIN),
        Case("weights-import", "", "weights import {b}/deeploc-narrow.pt --model deeploc-narrow -o {d}/w.safetensors"),
        Case("export-csv", "embedded", "export csv --layer conv8 --store {s} -o {d}/e.csv"),
        Case("export-parquet", "embedded", "export parquet --layer conv8 --store {s} -o {d}/e.parquet"),
        Case("export-anndata", "embedded", "export anndata --layer conv8 --store {s} -o {d}/e.h5ad"),
        Case("sql-out", "embedded", "sql --store {s} --format csv -o {d}/q.csv FROM~embeddings~ORDER~BY~ALL"),
        Case("report", "measured", "report --store {s} --out {d}/report", 0.5),
    )
}
