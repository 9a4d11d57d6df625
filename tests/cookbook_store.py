"""A small store that answers every query of the cookbook, and the same with other screens, networks, plans and sweeps beside."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pyarrow as pa

from cellswap.store import parts, runs
from cellswap.store.folder import Store

from .report_store import write

CLASSES = {
    "YBR086C": "cell periphery", "YBR001C": "cytoplasm", "YBR002C": "cytoplasm", "YCR001C": "nucleus",
    "YCR002C": "mitochondrion", "YDR001C": None,
}  # fmt: skip
PLATES = ("plate01", "plate02", "plate03")
SWEPT = ("cell periphery", "cytoplasm", "mitochondrion", "nucleus")
PLANNED = ("baseline", "masked", "same_class_swap", "cell_free_swap", "diff_class_swap")
# Accuracy of every classifier of a network in each setting: whole figures, so that means by hand are easy.
ACCURACY = {"ordinary": {"baseline": 0.9, "diff_class_swap": 0.6}, "robust": {"baseline": 0.8, "diff_class_swap": 0.75}}


def fill(store: Store) -> None:
    """One screen, one network of two layers, one plan, one sweep."""
    with runs.record(store, "test", {}, "first-0000000000a1") as run:
        rows = [
            {"condition": condition, "gene": f"G{i}", "classes": [place] if place else ["cytoplasm", "nucleus"], "class": place}
            for i, (condition, place) in enumerate(CLASSES.items())
        ]
        write(store, "proteins", run.run_id, rows)
        write(store, "published_accuracy", run.run_id, [
            {"model": "pifia", "setting": s, "accuracy": a, "three_se": 0.01} for s, a in (("baseline", 0.946), ("diff_class_swap", 0.843))
        ])  # fmt: skip
        screen(store, run.run_id, "simulated", 1)
        plan(store, run.run_id, "plan-a", "simulated")
        network(store, run.run_id, "ordinary", "plan-a", seed=1)
        sweep(store, run.run_id, "ordinary")


def fill_beside(store: Store, *, screens: bool) -> None:
    """What a query must not mix with the first: networks, poolings, plans, sweeps, and another screen of the same proteins."""
    with runs.record(store, "test", {}, "other-0000000000b2") as run:
        plan(store, run.run_id, "plan-b", "simulated")
        network(store, run.run_id, "robust", "plan-a", seed=2)
        if screens:
            screen(store, run.run_id, "other", 1)
            plan(store, run.run_id, "plan-c", "other")
            for seed, name in ((3, "ordinary"), (4, "robust")):
                network(store, run.run_id, name, "plan-c", "other", seed=seed)
        network(store, run.run_id, "ordinary", "plan-b", seed=7, of_crops=False)
        sweep(store, run.run_id, "robust")
        sweep(store, run.run_id, "ordinary", accuracy=0.5, scheme="libsvm")
        sweep(store, run.run_id, "ordinary", accuracy=0.3, class_by="protein", layers=(("d2", "none"),))
        sweep(store, run.run_id, "ordinary", accuracy=0.4, layers=(("d2", "avg"), ("conv1", "max")))


def _cells(of_screen: str, replicate: int) -> list[dict[str, object]]:
    """Two fields on each plate; each with two cells of each protein that the plate has."""
    return [
        {
            "field_id": f"{of_screen}/{replicate}/{plate}/A01/{field}",
            "crop_id": f"{of_screen}/{replicate}/{plate}/A01/{field}/{condition}{i}",
            "screen": of_screen, "replicate": replicate, "plate": plate, "well": "A01", "condition": condition,
        }
        for plate in PLATES
        for field in (1, 2)
        for condition in CLASSES
        if (condition == "YBR086C") <= (plate == "plate03")  # one class that only one plate has
        for i in range(2)
    ]  # fmt: skip


def screen(store: Store, run_id: str, name: str, replicate: int) -> None:
    """The crops of one replicate of a screen; a few have too small a mask."""
    cells = _cells(name, replicate)
    bright = 200.0 if (name, replicate) == ("simulated", 1) else 900.0
    write(store, "crops", run_id, [
        cell | {
            "cell": str(i), "has_pixels": True, "mask_area_px": 100 if i % 7 == 0 else 900, "n_neighbours": i % 3,
            "neighbour_share": bright / 1000 + i % 5 / 20, "y0": 0, "x0": 70 * i, "y1": 64, "x1": 70 * i + 64,
            "protein_mean": bright + i, "protein_std": 9.0, "cytoplasm_mean": bright + 2 * i, "cytoplasm_std": 9.0,
        }
        for i, cell in enumerate(cells)
    ], f"{name}/{replicate}")  # fmt: skip
    fields = {str(cell["field_id"]): cell for cell in cells}
    write(store, "fields", run_id, [
        {k: v for k, v in cell.items() if k != "crop_id"} | {"site": "1", "n_cells": 9, "n_crops": 9, "masks": "given", "files": []}
        for cell in fields.values()
    ], f"{name}/{replicate}")  # fmt: skip
    write(store, "intensity_histograms", run_id, [
        {"field_id": field, "basis": "field", "value": 0.0, "n_pixels": 1} for field in fields
    ], f"{name}/{replicate}")  # fmt: skip


def plan(store: Store, run_id: str, plan_id: str, of_screen: str) -> None:
    """Four images of each setting, of ten that were wanted: the names of composed images are the plan's own."""
    write(store, "plans", run_id, [
        {"plan_id": plan_id, "kind": "sets", "scheme": "localization", "screen": of_screen, "replicate": 1, "split": "none", "images": 10}
    ], plan_id)  # fmt: skip
    centres = [cell for cell in _cells(of_screen, 1) if cell["condition"] == "YBR001C"][:4]
    write(store, "swaps", run_id, [
        {
            "plan_id": plan_id, "setting": setting, "class": "cytoplasm", "draw": i, "centre_crop_id": cell["crop_id"],
            "background_class": "nucleus" if "swap" in setting else None, "centre_condition": cell["condition"],
            "image_id": f"{plan_id}/{setting}/{i}" if "swap" in setting else cell["crop_id"],
        }
        for setting in PLANNED
        for i, cell in enumerate(centres)
    ], plan_id)  # fmt: skip


def network(store: Store, run_id: str, model: str, plan_id: str, of_screen: str = "simulated", *, seed: int, of_crops: bool = True) -> None:
    """Vectors of a network's two layers: of all crops of a screen, whole and masked, and of a plan's swaps."""
    rng = np.random.default_rng(seed)
    if of_crops and of_screen == "simulated":
        write(store, "models", run_id, [
            {"model": model, "network": "tiny", "weights_file": "w", "weights_sha256": "1" * 64, "weights_note": f"drawn for {model}"}
        ], model)  # fmt: skip
    crops = sorted(((str(c["crop_id"]), str(c["condition"])) for c in _cells(of_screen, 1)), key=lambda c: c[::-1])
    centres = [(crop, condition) for crop, condition in crops if condition == "YBR001C"][:4]
    images = {setting: [(crop, crop, condition) for crop, condition in crops] for setting in ("baseline", "masked") if of_crops}
    for setting in PLANNED[2:]:
        images[setting] = [(f"{plan_id}/{setting}/{i}", crop, condition) for i, (crop, condition) in enumerate(centres)]
    for layer, pooling, width in (("conv1", "avg", 2), ("d2", "none", 4)):
        for setting, named in images.items():
            image, crop, condition = zip(*named, strict=True)
            vectors = pa.FixedSizeListArray.from_arrays(pa.array(rng.random(len(named) * width), pa.float32()), width)
            rows = {"image_id": image, "crop_id": crop, "condition": condition, "embedding": vectors}
            where = {"model": model, "layer": layer, "pooling": pooling, "setting": setting}
            parts.write(store, "embeddings", (plan_id, of_screen), rows, run_id, where)


def sweep(
    store: Store, run_id: str, model: str, *, accuracy: float | None = None, scheme: str = "certified", class_by: str = "localization",
    layers: tuple[tuple[str, str], ...] = (("conv1", "avg"), ("d2", "none")),
) -> None:  # fmt: skip
    """Classifiers of every two classes, of one fold; in conv1 each is 0.1 worse."""
    of = f"{run_id}-{model}-{scheme}-{class_by}-{len(layers)}-{layers[0][1]}"
    rows = [
        {
            "model": model, "layer": layer, "pooling": pooling, "setting": setting, "class_by": class_by, "class_1": a, "class_2": b,
            "background": background, "task_id": f"{model}/{layer}/{pooling}/{setting}/{a}/{b}/{background}", "grouped_by": "nothing",
            "folds": "5", "fold": 0, "accuracy": (accuracy or value) - (0.1 if layer == "conv1" else 0), "n_train": 8, "n_test": 2,
            "n_test_1": 1, "n_class_1": 5, "n_class_2": 5, "overlap_share": 0.5, "c": 1.0,
            "scheme": scheme, "route": "libsvm", "converged": True,
        }
        for layer, pooling in layers
        for setting, value in ACCURACY[model].items()
        for a, b in combinations(SWEPT, 2)
        for background in (SWEPT if setting == "diff_class_swap" else (None,))
        if background not in {a, b}
    ]  # fmt: skip
    with runs.record(store, "evaluate pairs", {}, of) as run:
        write(store, "pair_accuracy", run.run_id, rows, of)
