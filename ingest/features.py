"""The authors' published feature files: vectors without their crops, straight into `embeddings`, and a plan that says what each shows.

Layout: MODEL/{logs,logs_batch,logs_base,logs_mask}/LAYER/<loc>[_<loc>].pkl, one array (n, d) a file in drawing order. `logs`
are swaps, centre's class first (same_class_swap where both are one), `logs_batch` swaps with cell-free crops, `logs_base` real
crops and `logs_mask` masked ones. Source: the repository of Gupta, Moses, Lu 2025.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path, PurePosixPath

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from cellswap import sql
from cellswap.errors import BadInput, UnknownName, at, shown
from cellswap.ingest import arrays_pickle, folders, litter
from cellswap.ingest.litter import is_litter
from cellswap.ingest.published import MODELS, PCI_LAYERS
from cellswap.store import database, parts, progress, view_names
from cellswap.store.folder import Store
from cellswap.store.presets import PAPERS_SCHEME
from cellswap.store.runs import Run
from cellswap.store.vectors import stacked
from cellswap.store.vocabulary import LOCALIZATIONS, SETTINGS

KINDS = {"logs": "diff_class_swap", "logs_batch": "cell_free_swap", "logs_base": "baseline", "logs_mask": "masked"}
EXPECTED = "MODEL/{logs,logs_batch,logs_base,logs_mask}/LAYER/LOC.pkl or LOC_LOC.pkl"
POOLING = "avg"
# Marks the models of which the store has features alone; a network that is run can't take such a name.
AS_PUBLISHED = "as published"
NOTE = "features as published by others; the weights are not in this store"
_FOLDER = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
_WORDS = {tuple(name.casefold().split()): name for name in LOCALIZATIONS}
_OUR_NAMES = {theirs.casefold(): ours for theirs, ours in MODELS.items()}


@dataclass(frozen=True)
class FeatureFile:
    """One file, and what its name says of its images."""

    path: Path
    name: str
    model: str
    layer: str
    setting: str
    class_name: str
    background: str | None

    @property
    def of(self) -> tuple[str, ...]:
        """The set that it holds: setting, class, background where there is one."""
        return (self.setting, self.class_name, *filter(None, (self.background,)))


@dataclass
class Widths:
    """How many numbers a vector of each model and layer has, and which file said so first."""

    seen: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)

    def check(self, file: FeatureFile, width: int) -> None:
        """BadInput where an earlier file of the model and layer had another width."""
        first, where = self.seen.setdefault((file.model, file.layer), (width, file.name))
        if width != first:
            raise BadInput(f"expected vectors of {first} numbers, as in {where}, found {width}")


def in_name(stem: str) -> tuple[str, ...]:
    """The classes that a file name holds, in its order, words parted by spaces, dashes or underscores; UnknownName for any other word.

    No name of the vocabulary begins with another, word by word, so there is one way to cut.
    """
    words = tuple(re.split(r"[\s_-]+", stem.strip().casefold()))
    found: list[str] = []
    while words:
        n = next((n for n in (1, 2) if words[:n] in _WORDS), 0)
        if not n:
            raise UnknownName("localization", " ".join(words), LOCALIZATIONS)
        found.append(_WORDS[words[:n]])
        words = words[n:]
    return tuple(found)


def parsed(path: Path, root: Path) -> FeatureFile:
    """What a file's place under the folder says; BadInput where that is not the layout."""
    name = path.relative_to(root).as_posix()
    pieces = name.split("/")
    if len(pieces) != 4 or pieces[1] not in KINDS or not all(map(_FOLDER.match, (pieces[0], pieces[2]))):
        raise BadInput(f"expected {EXPECTED}, found {shown(name)}")
    model = _OUR_NAMES.get(pieces[0].casefold(), pieces[0])
    layer = pieces[2].casefold() if model in MODELS.values() else pieces[2]
    layer = PCI_LAYERS.get(layer, layer) if model == "pci" else layer
    classes, swapped = in_name(path.stem), SETTINGS[KINDS[pieces[1]]].behind is not None
    if len(classes) != 1 + swapped:
        wanted = "two localizations, centre and background" if swapped else "one localization"
        raise BadInput(f"expected {wanted} in the name, found {', '.join(classes)}")
    same = pieces[1] == "logs" and classes[0] == classes[1]
    setting = "same_class_swap" if same else KINDS[pieces[1]]
    return FeatureFile(path, name, model, layer, setting, classes[0], classes[1] if swapped else None)


def listed(folder: Path, run: Run) -> list[FeatureFile]:
    """The feature files of a folder (or of `features/` in it) by model and name; what is none is dropped, BadInput without any."""
    if (what := folders.kind(folder)) != folders.FOLDER:
        raise BadInput(f"{shown(folder)}: expected the folder of the authors' features, found {what}; an archive must be unpacked first")
    root = folder / "features" if folders.kind(folder / "features") == folders.FOLDER else folder
    paths = _pickles(root, run)
    found: dict[tuple[str, ...], FeatureFile] = {}
    for path in paths:
        try:
            _add(parsed(path, root), found)
        except BadInput as error:
            run.drop(path.relative_to(root).as_posix(), "not in the layout", str(error))
    if not paths:
        raise BadInput(f"{folder}: expected files {EXPECTED}, found no .pkl file")
    return sorted(found.values(), key=lambda file: (file.model, file.name))


def _pickles(root: Path, run: Run) -> list[Path]:
    """The files that may hold vectors; links to folders and devices are dropped, all others are counted in a note."""
    members = sorted(folders.walk(root), key=lambda member: member.name)
    litter_there = [member.name for member in members if is_litter(member.name) and not member.is_folder]
    others, pickles = [], []
    for member in members:
        if is_litter(member.name) or member.is_folder:
            continue
        if member.refusal or member.bytes > arrays_pickle.MOST_BYTES:
            too_large = f"{member.bytes:,} bytes, more than {arrays_pickle.MOST_BYTES:,} of one set"
            run.drop(member.name, "refused", member.refusal or too_large)
        else:
            (pickles if _may_be_features(member.name) else others).append(member.name)
    if litter_there:
        run.note(litter.note(litter_there))
    if others:
        run.note(f"{len(others)} files that are no .pkl were left alone, such as {shown(others[0])}")
    return [root / name for name in pickles]


def _may_be_features(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() == ".pkl" and not path.name.startswith(".")


def _add(file: FeatureFile, found: dict[tuple[str, ...], FeatureFile]) -> None:
    first = found.setdefault((file.model, file.layer, *file.of), file)
    if first is not file:
        raise BadInput(f"the same set as {first.name}; one of them must go")


def vectors(path: Path) -> NDArray[np.float32]:
    """The vectors (n, d) of a file in drawing order; BadInput where one is not finite, or the file holds anything else."""
    rows = arrays_pickle.read(path)
    bad = np.flatnonzero(~np.isfinite(rows).all(1))
    if len(bad):
        raise BadInput(f"{len(bad)} of {len(rows)} vectors hold NaN or infinity, first row {bad[0]} from 0")
    return rows


def write(store: Store, files: Iterable[FeatureFile], plan_id: str, run: Run) -> None:
    """Write the files' vectors, one file at a time, and the plan that says what each shows.

    A file that can't be read is dropped with its reason, and the store keeps what it had of it. A file that is read again takes
    the place of what it gave before.
    """
    if not _FOLDER.match(plan_id):
        raise BadInput(f"--as {plan_id}: expected letters, digits, dot, dash and underscore")
    wanted = list(files)
    changed: list[str] = []
    with progress.shown("ingest features", len(wanted), "files") as bar:
        for model, same in groupby(wanted, key=lambda file: file.model):
            of_model = list(same)
            if _taken(store, model):
                detail = f"model '{model}' stands in this store for a network that was run; rename the folder, or use another store"
                run.drop(of_model[0].name.split("/")[0], "name of a model that was run", detail, len(of_model))
                continue
            if other := _renames(store, of_model):
                detail = f"model '{model}': views differ in letters and digits alone, and model '{other}' has that name; rename the folder"
                run.drop(of_model[0].name.split("/")[0], "a view of another model is called so", detail, len(of_model))
                continue
            _write_model(store, of_model, run)
            widths = Widths()
            for file in of_model:
                _write_file(store, file, (plan_id, widths, changed), run)
                bar.step()
    _write_plan(store, plan_id, run)
    if changed:
        run.note(
            f"{len(changed)} files hold other vectors than the store had read under these names, such as {shown(changed[0])}: the new ones"
            " took their place; evaluate them anew"
        )
    run.note(f"pooling is taken to be {POOLING}, as the paper says; the files do not say")


def _write_file(store: Store, file: FeatureFile, plan: tuple[str, Widths, list[str]], run: Run) -> None:
    plan_id, widths, changed = plan
    try:
        rows = vectors(file.path)
        widths.check(file, rows.shape[1])
    except BadInput as error:
        run.drop(file.name, "file not read", str(error))
        return
    columns = {
        "image_id": [f"{'/'.join((plan_id, *file.of))}/{draw:04d}" for draw in range(len(rows))],
        "crop_id": [None] * len(rows),
        "condition": [None] * len(rows),
        "embedding": pa.FixedSizeListArray.from_arrays(pa.array(rows.reshape(-1)), rows.shape[1]),
    }
    partition = {"model": file.model, "layer": file.layer, "pooling": POOLING, "setting": file.setting}
    if _differs(parts.part_path(store, "embeddings", (plan_id, *file.of), partition), rows):
        changed.append(file.name)
    run.wrote(parts.write(store, "embeddings", (plan_id, *file.of), columns, run.run_id, partition))
    run.keep()


def _differs(part: Path, rows: NDArray[np.float32]) -> bool:
    """Whether a part is there and holds other vectors than these."""
    if not part.is_file():
        return False
    held = pq.ParquetFile(part).read(["embedding"])["embedding"].combine_chunks()
    return not np.array_equal(stacked(held), rows)


def _taken(store: Store, model: str) -> bool:
    """Whether the name stands for a network that was run in this store."""
    with database.connect(store) as connection:
        found = connection.execute("SELECT preprocessing FROM models WHERE model = ?", [model]).fetchone()
    return found is not None and found[0] != AS_PUBLISHED


def _renames(store: Store, files: list[FeatureFile]) -> str:
    """A model of the store whose views would be called otherwise once these files are there; empty where there is none."""
    of_files = {(file.model, file.layer, POOLING) for file in files}
    return next((old[0] for old in view_names.renamed(database.layers_there(store), of_files) if old not in of_files), "")


def _write_model(store: Store, files: list[FeatureFile], run: Run) -> None:
    """The model's row. In the place of its weights' hash stands that of the files: other features make another sweep."""
    for file in files:
        with at(file.name):
            run.read(file.path, file.name)
    digest = hashlib.sha256("\n".join(f"{f.name} {run.inputs[f.name][0]}" for f in files).encode()).hexdigest()
    model = files[0].model
    row = {"model": model, "network": model, "weights_file": "none", "weights_sha256": digest, "weights_note": NOTE}
    row |= {"n_parameters": None, "channels": AS_PUBLISHED, "preprocessing": AS_PUBLISHED, "precision": AS_PUBLISHED}
    run.wrote(parts.write(store, "models", (model,), {k: [v] for k, v in row.items()}, run.run_id))


def _write_plan(store: Store, plan_id: str, run: Run) -> None:
    """The plan's rows, from the embeddings: what every model's files together say of its sets."""
    with database.connect(store) as connection:
        rows = connection.sql(sql.query("published_swaps"), params={"plan_id": plan_id}).to_arrow_table()
        connection.register("planned", rows)
        sizes = "SELECT count(*) AS n FROM planned GROUP BY setting, class, background_class"
        query = f"SELECT max(n), count(*) FILTER (n < (SELECT max(n) FROM ({sizes}))) FROM ({sizes})"
        [(images, n_short)] = connection.execute(query).fetchall()
    if not images:
        return
    run.wrote(parts.write(store, "swaps", (plan_id,), rows, run.run_id))
    row = {"plan_id": plan_id, "kind": "published", "screen": plan_id, "replicate": 1, "seed": None, "images": images}
    row |= {
        "conditions": None,
        "replacement": None,
        "scheme": PAPERS_SCHEME,
        "least_grade": None,
        "split": "none",
        "n_images": len(rows),
        "n_short": n_short,
        "fingerprint": None,
    }
    run.wrote(parts.write(store, "plans", (plan_id,), {k: [v] for k, v in row.items()}, run.run_id))
    if n_short:
        run.note(f"{n_short} sets have fewer than {images} images: cellswap sql \"FROM plan_sets WHERE plan_id = '{plan_id}'\"")
