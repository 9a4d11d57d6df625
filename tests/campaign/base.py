"""What all trials start from, made once: a tiny simulated screen, and a store after each stage that read it."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from campaign import lanes

PLAN_IMAGES = 12
STAGE_S = 240.0
LAYERS = ("conv7", "conv8")


@dataclass(frozen=True)
class Base:
    """The folder of all that is made once, and the plans of its stores."""

    path: Path
    plan: str = ""
    factorial: str = ""

    def store(self, stage: str) -> Path:
        """The store after a stage: new, labels, fields, planned, embedded or measured."""
        return self.path / stage


def make(path: Path) -> Base:
    """The base, made in a new folder, or as it was made there before; RuntimeError where a command of it fails."""
    kept = path / "made.pickle"
    if kept.exists():
        return pickle.loads(kept.read_bytes())
    path.mkdir(parents=True)
    base = Base(path)
    run = _runner(path)
    run("simulate", path / "screen", "--preset", "tiny", "--jobs", 1)
    run("init", path / "new")
    _after(base, "new", "labels", lambda s: run("ingest", "labels", "--store", s))
    _after(base, "labels", "fields", lambda s: _fields(run, path / "screen", s))
    for network in ("pifia-narrow", "deeploc-narrow"):
        run("weights", "random", "--model", network, "-o", path / f"{network}.safetensors")
    lanes.apart(lambda: _inputs(path))
    _after(base, "fields", "planned", lambda s: _plans(run, s))
    base = lanes.apart(lambda: _named(base))
    _after(base, "planned", "embedded", lambda s: _embed(run, base, s))
    _after(base, "embedded", "measured", lambda s: _measure(run, base, s))
    kept.write_bytes(pickle.dumps(base))
    return base


def _runner(path: Path) -> Callable[..., None]:
    def run(*words: object) -> None:
        code = lanes.finish([*map(str, words)], path / "work", STAGE_S)
        if code:
            said = (path / "work" / lanes.LOG).read_text(errors="replace")[-800:]
            raise RuntimeError(f"the base cannot be made: cellswap {' '.join(map(str, words))}: exit {code}\n{said}")

    return run


def _after(base: Base, former: str, stage: str, work: Callable[[Path], None]) -> None:
    shutil.copytree(base.store(former), base.store(stage))
    work(base.store(stage))


def _fields(run: Callable[..., None], screen: Path, store: Path) -> None:
    for plate in ("plate01", "plate02"):
        run("ingest", "fields", screen / plate, "--plate-map", screen / "plate_map.csv", "--screen", "drawn", "--store", store, "--jobs", 1)


def _plans(run: Callable[..., None], store: Path) -> None:
    run("plan", "--images", PLAN_IMAGES, "--store", store)
    run("plan", "--factorial", "6x6", "--store", store)


def _embed(run: Callable[..., None], base: Base, store: Path) -> None:
    extract = ("extract", "--model", "pifia-narrow", "--weights", base.path / "pifia-narrow.safetensors", "--layers", ",".join(LAYERS))
    run(*extract, "--store", store)
    for plan in (base.plan, base.factorial):
        run(*extract, "--plan", plan, "--store", store)


def _measure(run: Callable[..., None], base: Base, store: Path) -> None:
    run("evaluate", "pairs", "--plan", base.plan, "--layer", LAYERS[-1], "--store", store, "--jobs", 1)


def _named(base: Base) -> Base:
    """The base with the names of its plans."""
    from cellswap.store import database, folder

    with database.connect(folder.read(base.store("planned"))) as connection:
        rows = connection.execute("SELECT plan_id, count(*) FROM swaps GROUP BY 1 ORDER BY 2 DESC").fetchall()
    return Base(base.path, rows[0][0], rows[1][0])


def _inputs(path: Path) -> None:
    """Inputs that others would give: cut crops, an archive of them, features, raw results, weights of torch."""
    import tarfile

    import numpy as np
    import torch
    from safetensors.torch import load_file

    drawn = np.random.default_rng(7)
    _crops(path / "crops", ("AAC1", "AAC3", "ABP1"), drawn)
    with tarfile.open(path / "crops.tar.xz", "w:xz") as archive:
        archive.add(path / "crops", "crops")
    _features(path / "features", ("nucleus", "vacuole"), drawn)
    _raw(path / "raw", drawn)
    torch.save(load_file(path / "deeploc-narrow.safetensors"), path / "deeploc-narrow.pt")


def _crops(place: Path, genes: Sequence[str], drawn: np.random.Generator) -> None:  # noqa: F821
    import tifffile

    for gene in genes:
        (place / gene).mkdir(parents=True)
        for cell in range(12):
            for channel in ("gfp", "rfp"):
                image = drawn.integers(0, 4000, (64, 64)).astype("uint16")
                tifffile.imwrite(place / gene / f"{gene}_1_rfp_{cell}_{channel}.tif", image)
    # one that is dropped, so that rejects are compared too
    (place / genes[0] / f"{genes[0]}_2_rfp_1_gfp.tif").write_bytes(b"II*\0 cut")
    (place / genes[0] / f"{genes[0]}_2_rfp_1_rfp.tif").write_bytes(b"II*\0 cut")


def _features(place: Path, classes: Sequence[str], drawn: np.random.Generator) -> None:  # noqa: F821
    for kind, names in (("logs_base", classes), ("logs", [f"{a}_{b}" for a in classes for b in classes])):
        for name in names:
            path = place / "PIFiA" / kind / "conv8" / f"{name}.pkl"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(pickle.dumps(list(drawn.normal(size=(12, 16)).astype("float32")), 2))


def _raw(place: Path, drawn: np.random.Generator) -> None:  # noqa: F821
    for network in ("pifia", "pci"):
        (place / network).mkdir(parents=True)
        for setting in ("base", "mask"):
            lines = [f"{a},{b},{drawn.integers(1000, 2001) / 2000},0.01" for a, b in (("actin", "bud neck"), ("actin", "nucleus"))]
            text = "\n".join(["Location1,Location2,Accuracy,StdDev", *lines, "actin,nowhere,0.5,0.1"])
            (place / network / f"results_{setting}.csv").write_text(text + "\n", encoding="utf-8")
