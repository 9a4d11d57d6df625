"""Shares of a condition's cells in each place, by a classifier of whole crops and one of masked crops (paper 3.6, 4.5, E.1)."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import duckdb

from cellswap.errors import BadInput, UnknownName, at
from cellswap.evaluate import loading, run_ids
from cellswap.evaluate.multinomial import labelled_images, optimum, shares, softmax
from cellswap.evaluate.multinomial.labelled_images import Case, Drawing, LabelledClass
from cellswap.evaluate.multinomial.softmax import Classifier, Training
from cellswap.evaluate.opened import Opened
from cellswap.evaluate.sample import draw_tables
from cellswap.evaluate.sample.tasks import EmbeddingSet
from cellswap.evaluate.svm import variation
from cellswap.store import database, parts, wording, work
from cellswap.store.files import other_kind
from cellswap.store.folder import Store
from cellswap.store.runs import Run

SCHEMES = ("adam", "exact", "published")
# Network, layer, and the settings of the two classifiers (paper 3.6: a 64-dimensional profile).
MADE_FOR = ("pifia", "d2", "baseline", "masked")


@dataclass(frozen=True)
class ProportionsOptions:
    """Of which layer, who is drawn, how the classifiers are made, and, for the authors' own, the folder with their two files."""

    case: Case
    scheme: str = "adam"
    drawing: Drawing = field(default_factory=Drawing)
    training: Training = field(default_factory=Training)
    weights: Path | None = None


@dataclass(frozen=True)
class ProportionsAsked:
    """What one run will do for one network's layer; `classes` are in the order of the classifier's outputs."""

    run_id: str
    options: ProportionsOptions
    classes: tuple[str, ...]
    sizes: tuple[LabelledClass, ...]
    conditions: tuple[str, ...]

    @property
    def case(self) -> Case:
        """The layer in both settings."""
        return self.options.case

    @property
    def arguments(self) -> dict[str, object]:
        """The arguments for the run's record, defaults included; of the weights the file's folder is not told."""
        options = self.options
        settings = {crops: str(of) for crops, of in self.case.sides.items()}
        weights = {"weights": options.weights.name} if options.weights else {}
        return {"scheme": options.scheme, **settings, **asdict(options.drawing), **asdict(options.training), **weights}

    @property
    def dropped(self) -> list[LabelledClass]:
        """The classes that are not used: with too few conditions, without a vector, or with none on one side."""
        return [size for size in self.sizes if size.name not in self.classes or not size.n_train + size.n_test]

    @property
    def used(self) -> list[LabelledClass]:
        """The others."""
        return [size for size in self.sizes if size not in self.dropped]

    def why_dropped(self, size: LabelledClass) -> tuple[str, str]:
        """Why a class is dropped: the kind of reason, and what was expected and found."""
        if not size.n_conditions:
            return "class has no vectors", draw_tables.nothing_of(size.name, size.n_expected, "kept crops has a vector in both settings")
        if size.n_dropped:
            few = f"has too few {wording.conditions()}"
            found = f"class {size.name} {few}: {size.n_conditions}, expected {self.options.drawing.at_least} or more"
            return f"class {few}", found
        one = f"class {size.name} has {size.n_train} images to train on and {size.n_test} to test on, expected some of both"
        return "class is on one side alone", one


def ask(opened: Opened, options: ProportionsOptions) -> ProportionsAsked:
    """The two classifiers of one layer; leaves the tables, views and variables of `labelled_images.draw` in the connection.

    Raises BadInput where there are fewer than two classes with enough conditions, or vectors that cannot be used.
    """
    if options.scheme not in SCHEMES:
        raise UnknownName("scheme", options.scheme, SCHEMES)
    connection, case, ready = opened.connection, options.case, options.scheme == "published"
    options = replace(options, drawing=replace(options.drawing, screen=labelled_images.screen_of(connection, case, options.drawing.screen)))
    drawing = replace(options.drawing, at_least=1) if ready else options.drawing
    sizes = labelled_images.draw(connection, case, drawing)
    usable = [size.name for size in sizes if size.n_train and size.n_test]
    if not ready and len(usable) < 2:
        raise BadInput(f"{case}: {_too_few(sizes, drawing)}")
    classes = softmax.published(_file(options, "original")).classes if ready else tuple(sorted(usable))
    rows = connection.execute("SELECT condition FROM profile_sides WHERE side = 'multiple' ORDER BY 1").fetchall()
    print_of = labelled_images.fingerprint(connection, case.original.model)
    figures = f"({case!r}, {run_ids.figures_of(_without_folder(options), ('case',))})"
    name = run_ids.run_id("proportions", print_of, figures)
    return ProportionsAsked(name, options, classes, tuple(sizes), tuple(condition for (condition,) in rows))


def _too_few(sizes: list[LabelledClass], drawing: Drawing) -> str:
    most = max(sizes, key=lambda size: size.n_conditions, default=None)
    none = f"no {wording.singly(1)} has a crop in both settings"
    found = f"the most is {most.name} with {most.n_conditions}" if most and most.n_conditions else none
    return (
        f"expected two classes of {drawing.at_least} {wording.conditions()} or more, with images to train and to test on, found"
        f" {sum(bool(size.n_train and size.n_test) for size in sizes)}; {found}; lower it with {wording.option('--min-conditions')}"
    )


def _without_folder(options: ProportionsOptions) -> ProportionsOptions:
    """The options with the weights' folder replaced by a hash of what is in it, so that a run's name does not tell of it."""
    import hashlib

    if options.weights is None:
        return options
    read = [_file(options, crops).read_bytes() for crops in ("original", "masked")]
    return replace(options, weights=Path(hashlib.sha256(b"".join(read)).hexdigest()))


def _file(options: ProportionsOptions, crops: str) -> Path:
    if options.weights is None:
        raise BadInput("--fit published needs the folder of the authors' weights: --weights data/published/logistic")
    path = options.weights / f"{crops}_crops_model.pth"
    if not path.is_file():
        found = other_kind(path) if os.path.lexists(path) else "no such file"
        raise BadInput(f"{path}: {found}; expected original_crops_model.pth and masked_crops_model.pth in one folder")
    return path


def describe(opened: Opened, asked: ProportionsAsked) -> list[str]:
    """What a run would do, in lines."""
    left = len(_left(opened.store, asked))
    lines = [f"{asked.run_id}: {asked.case}: 2 classifiers of {len(asked.classes)} classes, {left} of them left to do"]
    lines += [f"  {size.name}: {size.n_conditions} {wording.conditions()}, {size.n_train} + {size.n_test} images" for size in asked.used]
    lines += [f"  not used: {size.name}: {asked.why_dropped(size)[1]}" for size in asked.dropped]
    return [*lines, f"  applied to {len(asked.conditions)} {wording.multiply()}"]


def run(opened: Opened, asked: ProportionsAsked, recorded: Run) -> None:
    """Fit or load each of the two classifiers that is not done yet, test it, apply it, and write."""
    left = _left(opened.store, asked)
    if len(left) < len(asked.case.sides):
        recorded.remark(loading.said_of_done(len(asked.case.sides) - len(left), len(asked.case.sides), "classifiers"))
    for crops in left:
        _one(opened, asked, crops, recorded)


def _left(store: Store, asked: ProportionsAsked) -> list[str]:
    """The classifiers that are not written yet."""
    return [crops for crops in asked.case.sides if not work.is_done(store, "classifier_metrics", (asked.run_id, crops))]


def _one(opened: Opened, asked: ProportionsAsked, crops: str, recorded: Run) -> None:
    """One classifier; its metrics are written last, so that what is there is complete."""
    connection = opened.connection
    of, keys = asked.case.sides[crops], (asked.run_id, crops)
    fitted = classifier(connection, asked, crops, recorded)
    trained_on = () if asked.options.scheme == "published" else asked.sizes
    names = {**of.names, "crops": crops, "scheme": asked.options.scheme}
    for table, rows in (
        ("proportions", shares.share_rows(fitted.classes, asked.conditions, shares.shares(connection, of, fitted, asked.conditions))),
        ("classifier_metrics", shares.metric_rows(fitted, shares.test(connection, of, fitted), asked.sizes, trained_on)),
    ):
        n = len(rows["class"])
        of_screen = {"screen": asked.options.drawing.screen} if table == "proportions" else {}
        whole = rows | {name: [value] * n for name, value in (names | of_screen).items()}
        recorded.wrote(parts.write(opened.store, table, keys, whole, asked.run_id))


def classifier(connection: duckdb.DuckDBPyConnection, asked: ProportionsAsked, crops: str, recorded: Run) -> Classifier:
    """The classifier of whole or of masked crops: the authors', or fitted to the training images."""
    options, of = asked.options, asked.case.sides[crops]
    if options.scheme == "published":
        with at(_file(options, crops)):
            return _fitting(connection, of, softmax.published(_file(options, crops)))
    with labelled_images.training_rows(connection, of, asked.classes) as (x, y):
        if not variation.varies(x[at] for at in softmax.blocks(len(y))):
            recorded.note(f"{of}: no feature varies among the {len(y)} images for training: the shares say nothing of the cells")
        if options.scheme == "exact":
            return optimum.exact(x, y, asked.classes)
        seed = work.seed("proportions", options.training.seed, crops, *asked.classes)
        return softmax.by_adam(x, y, asked.classes, replace(options.training, seed=seed))


def _fitting(connection: duckdb.DuckDBPyConnection, of: EmbeddingSet, ready: Classifier) -> Classifier:
    query = "SELECT max(len(embedding)) FROM embeddings WHERE model = $1 AND layer = $2 AND pooling = $3 AND setting = $4"
    [(width,)] = connection.execute(query, [of.model, of.layer, of.pooling, of.setting]).fetchall()
    if width != ready.weight.shape[1]:
        raise BadInput(f"it takes vectors of {ready.weight.shape[1]} numbers, those of {of} have {width}; PIFiA's profile is --layer d2")
    return ready


def _note(connection: duckdb.DuckDBPyConnection, asked: ProportionsAsked, recorded: Run) -> None:
    """What a reader must know: who was drawn, how far the fits are from their end, what could not be formed."""
    n_train, n_test = (sum(getattr(size, name) for size in asked.used) for name in ("n_train", "n_test"))
    what = asked.options.drawing
    trained = asked.options.scheme != "published"
    recorded.note(
        f"{asked.case}: {len(asked.classes)} classes, {n_train if trained else 0} images for training,"
        f" {n_test} held out by {wording.said(what.held_by)}; {len(asked.conditions)} {wording.multiply()}"
    )
    if not trained:
        recorded.note(made_for(connection, asked.case))
    if not asked.conditions:
        recorded.note(f"no {wording.multiply(1)} has a crop in both settings, so there are no proportions")
    for setting, n in connection.execute("SELECT setting, sum(n) FROM profile_alone GROUP BY 1 ORDER BY 1").fetchall():
        recorded.note(f"{n} images in {setting} have no vector in the other setting and are not used")


def made_for(connection: duckdb.DuckDBPyConnection, case: Case) -> str:
    """What the authors' two classifiers were made for, and what they are applied to here."""
    row = connection.execute("SELECT network, weights_note FROM models WHERE model = $1", [case.original.model]).fetchone()
    network, note = row or ("unknown", "unknown")
    there = (network, case.original.layer, case.original.setting, case.masked.setting)
    wanted, found = ("network {}, layer {}, {} and {}".format(*some) for some in (MADE_FOR, there))
    return (
        f"the authors' classifiers were made for {wanted}, with the weights of PIFiA's authors; here for"
        f" {'the same' if there == MADE_FOR else f'ANOTHER: {found}'}, with the weights: {note}; of other features they tell nothing"
    )


def count(opened: Opened, asked: ProportionsAsked, recorded: Run) -> None:
    """Fill the run's counts and notes: the classes, what a reader must know, and how the two fits ended."""
    for size in asked.dropped:
        recorded.drop(f"{asked.case}: {size.name}", *asked.why_dropped(size))
    recorded.keep(len(asked.used))
    _note(opened.connection, asked, recorded)
    query = "SELECT DISTINCT crops, steps, loss, converged FROM classifier_metrics WHERE run_id = ? ORDER BY crops DESC"
    with database.connect(opened.store) as connection:
        rows = connection.execute(query, [asked.run_id]).fetchall()
    for crops, steps, loss, converged in rows:
        if steps is not None:
            end = {True: "converged", False: "did NOT converge", None: "stopped as asked, at no optimum"}[converged]
            recorded.note(f"{crops}: {steps} steps, training loss {loss:.4f} nats, {end}")
