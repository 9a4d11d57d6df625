"""The paper's tables as printed, and the authors' raw results, in the store's words.

Source: Gupta, Moses, Lu 2025 (`sql/reference/README.md`), and the folder `swap_results` of their repository.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from cellswap import sql
from cellswap.errors import BadInput
from cellswap.ingest import folders, text_table
from cellswap.ingest.text_table import Rule, Sifted
from cellswap.store import parts
from cellswap.store.folder import Store
from cellswap.store.runs import Run
from cellswap.store.schema import table
from cellswap.store.vocabulary import LOCALIZATIONS, SETTINGS

# The paper's names of the networks, and ours.
MODELS = {"PIFiA": "pifia", "PCI": "pci", "DeepLoc": "deeploc"}
SETTING_OF_CODE = {setting.code: name for name, setting in SETTINGS.items()}
# The paper writes PCI's layers conv1..conv5; their authors' name is conv1_1..conv5_1 and so is ours.
PCI_LAYERS = {f"conv{i}": f"conv{i}_1" for i in range(1, 6)}
# The layer whose features each network's classifiers were trained on.
LAYER = {"pifia": "conv8", "pci": "conv4_1", "deeploc": "conv5"}
PRINTED = {
    "published_accuracy": "table1",
    "published_layer_accuracy": "supp_table1_layers",
    "published_localization_accuracy": "supp_table2_localization",
    "published_heldout_accuracy": "supp_table3_heldout",
    "published_classifier_metrics": "supp_table4_logistic",
    "published_kl": "kl_summary",
}
# 1,000 + 1,000 images in five equal folds put every mean accuracy on this grid.
GRID = 2000


@dataclass(frozen=True)
class RawFile:
    """One of the 15 files of `swap_results`."""

    model: str
    setting: str

    @property
    def name(self) -> str:
        """Its path inside the folder."""
        return f"{self.model}/results_{SETTINGS[self.setting].code}.csv"

    @property
    def header(self) -> tuple[str, ...]:
        """The columns that it must have."""
        classes = ("Location1", "Location2", *(("Background",) if SETTINGS[self.setting].class_behind == "another" else ()))
        return (*classes, "Accuracy", "StdDev")


RAW_FILES = tuple(RawFile(model, setting) for model in LAYER for setting in SETTINGS)


def printed(name: str) -> pl.DataFrame:
    """The rows of a `published_*` table, from the CSV that ships with the package."""
    rows = pl.read_csv(sql.reference(PRINTED[name]).encode(), schema_overrides={"value": pl.Float64})
    mapped = {
        "model": pl.col("model").replace_strict(MODELS) if "model" in rows.columns else None,
        "setting": pl.col("setting").replace_strict(SETTING_OF_CODE) if "setting" in rows.columns else None,
        "layer": pl.when(model="PCI").then(pl.col("layer").replace(PCI_LAYERS)).otherwise("layer") if "layer" in rows.columns else None,
        "best": pl.col("best").cast(pl.Boolean) if "best" in rows.columns else None,
        "printed_in": pl.col("source") if "source" in rows.columns else None,
    }
    rows = rows.with_columns(**{column: how for column, how in mapped.items() if how is not None})
    return rows.select(c.name for c in table(name).own_columns)


def raw(file: RawFile, path: Path) -> Sifted:
    """The rows of `published_pair_accuracy` in one of the 15 files; BadInput where its header is another."""
    rows = text_table.spelled(text_table.read(path), file.header)
    text_table.need(rows, file.header)
    rows, _ = text_table.without_blank(rows)
    classes = [c for c in ("Location1", "Location2", "Background") if c in file.header]
    known, unknown = text_table.in_vocabulary(pl.concat([rows[c] for c in classes]), LOCALIZATIONS)
    made = rows.with_columns(
        pl.lit(file.model).alias("model"),
        pl.lit(LAYER[file.model]).alias("layer"),
        pl.lit(file.setting).alias("setting"),
        *(pl.col(c).replace_strict(known, default=None, return_dtype=pl.String).alias(f"_{c}") for c in classes),
        text_table.number("Accuracy").alias("accuracy"),
        text_table.number("StdDev").alias("std_dev"),
    )
    sifted = text_table.sift(made, _rules(classes, unknown))
    return Sifted(sifted.kept.select(_columns(classes)), sifted.rejects)


def _rules(classes: list[str], unknown: dict[str, str]) -> list[Rule]:
    rules = [
        Rule(
            pl.col(f"_{c}").is_null(),
            "unknown localization",
            pl.lit(f"{c}: ") + pl.col(c).replace_strict(unknown, default="expected one of the paper's 15, found none"),
        )
        for c in classes
    ]
    accuracy = pl.col("accuracy")
    rules.append(
        Rule(
            accuracy.is_between(0, 1).fill_null(value=False).not_(),
            "accuracy is not a number from 0 to 1",
            pl.lit("Accuracy: found ") + pl.col("Accuracy").fill_null("nothing"),
        )
    )
    rules.append(
        Rule(
            pl.struct(f"_{c}" for c in classes).is_first_distinct().not_(),
            "doubled classifier",
            pl.lit("stands above already"),
        )
    )
    return rules


def _columns(classes: list[str]) -> list[pl.Expr]:
    background = pl.col("_Background") if "Background" in classes else pl.lit(None, pl.String)
    renamed = (
        pl.col("_Location1").alias("class_1"),
        pl.col("_Location2").alias("class_2"),
        background.alias("background"),
    )
    return [pl.col("model"), pl.col("layer"), pl.col("setting"), *renamed, pl.col("accuracy"), pl.col("std_dev")]


def off_grid(rows: pl.DataFrame) -> int:
    """How many accuracies are no multiple of 1/2000, which a set of 1,000 + 1,000 images always gives."""
    steps = rows["accuracy"] * GRID
    return int(((steps - steps.round()).abs() > 1e-6).sum())


def write_printed(store: Store, run: Run) -> None:
    """Write all tables of the paper as printed."""
    for name in PRINTED:
        rows = printed(name)
        run.keep(len(rows))
        run.wrote(parts.write(store, name, ("paper",), rows.to_arrow(), run.run_id))


def write_raw(store: Store, folder: Path, run: Run) -> None:
    """Write the authors' raw results; a file that is missing or not as expected is dropped with its reason."""
    if (found := folders.kind(folder)) in {folders.FILE, folders.OTHER}:
        raise BadInput(f"{folder}: expected the authors' folder swap_results, found {found}; an archive must be unpacked first")
    if all(folders.kind(folder / file.name) == folders.NOTHING for file in RAW_FILES):
        raise BadInput(f"{folder}: expected the authors' folder swap_results with {RAW_FILES[0].name} and 14 more, found none of them")
    for file in RAW_FILES:
        try:
            _write_raw(store, file, folder / file.name, run)
        except BadInput as error:
            run.drop(file.name, "file not read", str(error))


def _write_raw(store: Store, file: RawFile, path: Path, run: Run) -> None:
    sifted = raw(file, path)
    run.read(path, file.name)
    key = (file.model, file.setting)
    # what an earlier try read of the same file is no better than this
    if sifted.rejects and _differs(parts.part_path(store, "published_pair_accuracy", key), sifted.kept):
        row, reason, detail = sifted.rejects[0]
        raise BadInput(f"row {row}: {reason} ({detail}); the store keeps what it has of this file")
    text_table.drop_all(run.drop, file.name, sifted.rejects)
    run.keep(len(sifted.kept))
    if _differs(parts.part_path(store, "published_pair_accuracy", key), sifted.kept):
        run.note(f"{file.name}: has other rows than the store had read of it; these took their place")
    run.wrote(parts.write(store, "published_pair_accuracy", key, sifted.kept.to_arrow(), run.run_id))
    if n := off_grid(sifted.kept):
        run.note(
            f"{file.name}: {n} of {len(sifted.kept)} accuracies are no multiple of 1/{GRID}, so their sets were not 1,000 + 1,000 images"
        )


def _differs(part: Path, new: pl.DataFrame) -> bool:
    """Whether a part is there and holds other rows than these."""
    if not part.is_file():
        return False
    old = pl.DataFrame(pl.from_arrow(pq.ParquetFile(part).read(new.columns)))
    return not old.equals(new)
