"""Images that can't be embedded, or whose vectors can't be kept: in parts of `rejects` beside the vectors of their batch."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq

from cellswap.errors import BadInput
from cellswap.store import parts
from cellswap.store.folder import Store
from cellswap.store.parts import Part
from cellswap.store.runs import REJECTS, Run, reject_columns

NOT_FINITE = "a vector that is not finite"
_PLACE = re.compile(r"(?P<image>.*) \((?P<setting>[^()]+)\)")


@dataclass
class Tally:
    """Whether anything at all comes out of a network: images tried, those without a finite vector, those wrong in other ways."""

    n_tried: int = 0
    n_not_finite: int = 0
    n_otherwise: int = 0
    example: str = ""
    layers: Counter[str] = field(default_factory=Counter)

    def add(self, n_tried: int, wrong: Iterable[tuple[str, str]], model: str) -> None:
        """Count a batch's images and its (image, reason) that are wrong; BadInput where no vector so far was finite."""
        self.n_tried += n_tried
        for image, reason in wrong:
            kind, layer = split(reason)
            self.n_otherwise += kind != NOT_FINITE
            if kind == NOT_FINITE:
                self.n_not_finite += 1
                self.layers[layer] += 1
                self.example = self.example or image
        if self.n_not_finite and self.n_not_finite == self.n_tried - self.n_otherwise:
            layers = ", ".join(f"{n} {layer}" for layer, n in self.layers.items())
            raise BadInput(
                f"model {model}: NaN or infinity in the vectors of {self.n_not_finite} of {self.n_tried} images ({layers}), such as"
                f" {self.example}: nothing is written; look at its weights, its preprocessing and --precision"
            )


def split(reason: str) -> tuple[str, str]:
    """The kind of a reason, and its detail."""
    kind, _, detail = reason.partition(", ")
    return kind, detail


def before(path: Path) -> dict[str, str]:
    """The reason of each image that a killed try of the same run left out of this batch and setting."""
    if not path.exists():
        return {}
    rows = pq.ParquetFile(path).read().to_pylist()
    return {row["place"]: ", ".join(filter(None, (row["reason"], row["detail"]))) for row in rows}


def place(image_id: str, setting: str) -> str:
    """How an image in a setting is called in `rejects`."""
    return f"{image_id} ({setting})"


def write(store: Store, keys: tuple[str, ...], wrong: dict[str, str], run: Run) -> None:
    """Write a batch's part of `rejects`, from the reason of each place; none where nothing is wrong."""
    if wrong:
        columns = reject_columns((where, *split(reason), 1) for where, reason in wrong.items())
        run.wrote(parts.write(store, REJECTS, keys, columns, run.run_id))


def images_kept(written: Iterable[Part]) -> Counter[str]:
    """How many images of each setting have vectors among these parts: those of its fullest layer."""
    layers: Counter[tuple[str, str, str]] = Counter()
    for part in written:
        if part.table == "embeddings":
            of = part.partition
            layers[of["setting"], of["layer"], of["pooling"]] += part.n_rows
    kept: Counter[str] = Counter()
    for (setting, _, _), n in layers.items():
        kept[setting] = max(kept[setting], n)
    return kept


def notes(store: Store, model: str, run: Run) -> Iterator[str]:
    """What to say of images of this run whose vectors are not finite, by setting and first layer, with one of each."""
    tried = images_kept(run.parts.values())
    found: dict[tuple[str, str], list[str]] = {}
    for where, reason, detail in _left_out(store, run):
        named = _PLACE.fullmatch(where)
        if named:
            tried[named["setting"]] += 1
            if reason == NOT_FINITE:
                found.setdefault((named["setting"], detail), []).append(named["image"])
    for (setting, layer), images in sorted(found.items()):
        yield (
            f"model {model}: NaN or infinity in the vectors of {len(images)} of {tried[setting]} images ({setting}), {layer}, "
            f"such as {min(images)}; they are left out"
        )


def _left_out(store: Store, run: Run) -> Iterator[tuple[str, str, str]]:
    for part in run.parts.values():
        if part.table == REJECTS:
            rows = pq.ParquetFile(store.tables / part.name).read(["place", "reason", "detail"])
            yield from ((row["place"], row["reason"], row["detail"]) for row in rows.to_pylist())
