"""Rows in every table of results that a report has a page for: layers, held-out proteins, proportions, neighbours, sensitivity."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from cellswap.store import parts
from cellswap.store.folder import Store

from .report_store import crop_ids, fill, write

Row = dict[str, object]
CONDITIONS = ("YAL001C", "YBR002W", "YCR003W")
SHARED: Row = {"model": "pifia", "pooling": "avg"}
LAST: Row = SHARED | {"layer": "conv8"}
FIT: Row = {
    "n_train": 8, "n_test": 2, "n_class_1": 5, "n_class_2": 5, "c": 1.0, "scheme": "certified", "route": "newton", "converged": True,
    "overlap_share": 0.25, "n_test_1": 1, "grouped_by": "nothing", "folds": "5",
}  # fmt: skip
SETTINGS = {"baseline": 0.9, "same_class_swap": 0.8, "diff_class_swap": 0.6, "cell_free_swap": 0.75, "masked": 0.7}


def fill_all(store: Store) -> str:
    """Write the stand-in store and all of them; the id of the run that wrote them."""
    run_id, crops = fill(store), crop_ids()
    _sweep(store, run_id)
    _misclassified(store, run_id, crops)
    _layers(store, run_id)
    _heldout(store, run_id)
    _proportions(store, run_id)
    _sensitivity(store, run_id, crops)
    _neighbours(store, run_id)
    _embeddings(store, run_id, crops)
    return run_id


def _sweep(store: Store, run_id: str) -> None:
    """A network that the paper has too, in all settings, with intervals for some of its drops."""
    swaps = ("same_class_swap", "diff_class_swap", "cell_free_swap")
    classes = (("ER", "nucleus"), ("ER", "cytoplasm"), ("cytoplasm", "nucleus"))
    rows = [
        LAST | FIT | {
            "task_id": f"pifia/conv8/{setting}/{a}/{b}", "setting": setting, "class_by": "localization", "class_1": a, "class_2": b,
            "background": "actin" if setting in swaps[1:] else None, "fold": fold,
            "accuracy": accuracy + 0.02 * i + 0.01 * fold, "plan_id": "plan-1" if setting in swaps else None,
        }
        for setting, accuracy in SETTINGS.items() for i, (a, b) in enumerate(classes) for fold in range(2)
    ]  # fmt: skip
    write(store, "pair_accuracy", run_id, rows, "pifia")
    drops = (("baseline", None, 0.92, 0.03), ("baseline", "masked", 0.2, 0.05), ("same_class_swap", "diff_class_swap", 0.2, 0.1))
    write(store, "robustness", run_id, [
        LAST | {
            "source": run_id, "setting_from": start, "setting_to": end, "estimate": value, "std_error": half / 2, "low": value - half,
            "high": value + half, "level": 0.95, "n_conditions": 3, "n_resamples": 1000, "seed": "a seed",
        }
        for start, end, value, half in drops
    ])  # fmt: skip


def _misclassified(store: Store, run_id: str, crops: list[str]) -> None:
    """A real crop, and a swap of the plan; the same crop is wrong twice, once further off."""
    wrong: Row = {"rank": 1, "image_id": crops[1], "class": "ER"}
    write(store, "misclassified", run_id, [
        wrong | {"task_id": "pifia/conv8/baseline/ER/nucleus", "called": "nucleus", "decision": 1.5},
        wrong | {"task_id": "pifia/conv8/baseline/ER/cytoplasm", "called": "cytoplasm", "decision": 0.5},
        {
            "task_id": "pifia/conv8/diff_class_swap/ER/nucleus", "rank": 1, "image_id": "plan-1/diff_class_swap/nucleus/ER/0000",
            "class": "nucleus", "called": "ER", "decision": -2.5,
        },
    ])  # fmt: skip


def _layers(store: Store, run_id: str) -> None:
    names = [f"conv{i}" for i in range(1, 9)] + ["d2"]
    write(store, "layer_accuracy", run_id, [
        SHARED | FIT | {
            "task_id": f"pifia/{layer}", "layer": layer, "setting": "baseline", "class_1": "ER", "class_2": "nucleus", "fold": fold,
            "accuracy": 0.8 + 0.01 * i,
        }
        for i, layer in enumerate(names) for fold in range(2)
    ])  # fmt: skip
    write(store, "layer_conditions", run_id, [
        {"class": "ER", "condition": CONDITIONS[1], "place": 0, "chosen_by": "name", "n_crops": 8, "n_candidates": 1},
    ])  # fmt: skip


def _heldout(store: Store, run_id: str) -> None:
    write(store, "heldout_accuracy", run_id, [
        LAST | FIT | {
            "task_id": f"pifia/conv8/{b}", "setting": "cell_free_swap", "evaluation": evaluation, "split_by": "protein", "class_1": "ER",
            "class_2": b, "background": "actin", "fold": 0, "accuracy": accuracy,
        }
        for b in ("nucleus", "cytoplasm")
        for evaluation, accuracy in (("condition_held_out", 0.7 + 0.01 * len(b)), ("five_fold_cv", 0.9))
    ])  # fmt: skip
    write(store, "heldout_split", run_id, [
        {
            "setting": "cell_free_swap", "split_by": "protein", "role": "centre", "class": "ER", "name": name, "side": side,
            "n_images": 4, "n_overlapping": 1, "overlap_share": 0.25,
        }
        for name, side in ((CONDITIONS[0], "train"), (CONDITIONS[1], "test"))
    ])  # fmt: skip


def _proportions(store: Store, run_id: str) -> None:
    shown = SHARED | {"layer": "d2", "scheme": "adam"}
    write(store, "classifier_metrics", run_id, [
        shown | {
            "crops": crops, "setting": setting, "class": name, "precision": 0.8, "recall": 0.6, "f1": f1, "n_train": 80,
            "n_test": 20,
        }
        for crops, setting, f1 in (("original", "baseline", 0.7), ("masked", "masked", 0.5)) for name in ("ER", "nucleus")
    ])  # fmt: skip
    write(store, "proportions", run_id, [
        shown | {
            "crops": crops, "setting": setting, "form": form, "screen": "screen", "condition": condition, "class": name, "n_crops": 9,
            "share": share if name == "ER" else 1 - share,
        }
        for k, condition in enumerate(CONDITIONS)
        for form in ("argmax", "mean")
        for crops, setting, share in (("original", "baseline", 0.5), ("masked", "masked", 0.6 + 0.15 * k))
        for name in ("ER", "nucleus")
    ])  # fmt: skip
    write(store, "truth_conditions", run_id, [
        {"screen": "screen", "condition": CONDITIONS[2], "class": name, "proportion": share, "brightness": 100.0}
        for name, share in (("ER", 0.25), ("nucleus", 0.75))
    ])  # fmt: skip


def _sensitivity(store: Store, run_id: str, crops: list[str]) -> None:
    design = SHARED | {"plan_id": "plan-2", "variant": "paper"}
    numbers: Row = {
        "n_images": 16, "n_centres": 4, "n_backgrounds": 4, "n_centre_conditions": 3, "n_background_conditions": 3, "n_dimensions": 8,
        "n_resamples": 1000, "level": 0.95,
    }  # fmt: skip
    write(store, "sensitivity", run_id, [
        design | numbers | {"layer": layer, "part": part, "variance": share, "share": share, "low": share - 0.05, "high": share + 0.05}
        for i, layer in enumerate(("conv1", "conv8", "d2"))
        for part, share in (("centre", 0.5 + 0.1 * i), ("background", 0.3 - 0.1 * i), ("both", 0.2))
    ])  # fmt: skip
    write(store, "sensitivity_cells", run_id, [
        design | {
            "layer": "conv8", "centre_crop_id": crop, "condition": CONDITIONS[i % 3], "n_backgrounds": 4, "displacement": 0.1 * i,
            "cosine_distance": 0.2,
        }
        for i, crop in enumerate(crops[:6])
    ])  # fmt: skip


def _neighbours(store: Store, run_id: str) -> None:
    write(store, "neighbour_accuracy", run_id, [
        SHARED | {
            "layer": layer, "setting": "baseline", "method": "pci", "k": 11, "left_out": left_out, "class_by": "localization",
            "class": name, "n_images": 10, "n_right": right, "n_called": 10,
        }
        for layer, more in (("conv1", 0), ("conv8", 2)) for left_out, less in (("nothing", 0), ("protein", 2))
        for name, right in (("ER", 6 + more - less), ("nucleus", 8 - less))
    ])  # fmt: skip
    write(store, "label_distances", run_id, [
        LAST | {
            "setting": "baseline", "class_by": "localization", "class": name, "n_images": 10, "mean_distance": d, "mean_distance_all": 2.0,
            "normalized": d / 2,
        }
        for name, d in (("ER", 1.2), ("nucleus", 1.9))
    ])  # fmt: skip


def _embeddings(store: Store, run_id: str, crops: list[str]) -> None:
    """Vectors of 8 numbers for each crop, in two settings."""
    for k, setting in enumerate(("baseline", "masked")):
        vectors = np.random.default_rng([3, k]).normal(size=(len(crops), 8)).astype(np.float32)
        rows = {
            "image_id": crops, "crop_id": crops, "condition": [CONDITIONS[i % 3] for i in range(len(crops))],
            "embedding": pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), 8),
        }  # fmt: skip
        part = {"model": "pifia", "layer": "conv8", "pooling": "avg", "setting": setting}
        parts.write(store, "embeddings", ("report", setting), rows, run_id, part)
