"""What many tests need: real data, a fresh store, the command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from scipy import ndimage

from cellswap.store import folder, wording
from cellswap.store.create import create
from cellswap.store.folder import Store

from .real import Real

ROOT = Path(__file__).resolve().parents[1]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Real:
    """The folder of real data, as `shared / "data/huh"`: whole where it is beside the checkout, else the small copy."""
    return Real(tmp_path_factory.mktemp("small"))


@pytest.fixture(autouse=True)
def papers_words() -> None:
    """Each test begins with the paper's words, whatever store the one before it opened in this process."""
    wording.use(wording.Words())


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store to copy: cheaper than making one for each test. The catalog of a copy looks at this one until it is built anew."""
    return create(tmp_path_factory.mktemp("empty") / "store").path


@pytest.fixture
def store(empty: Path, tmp_path: Path) -> Store:
    """A new store."""
    return folder.read(shutil.copytree(empty, tmp_path / "store"))


@pytest.fixture
def cellswap(tmp_path: Path) -> Run:
    """The command line as a user runs it, from an empty folder; `check=False` to look at a failure."""

    def run(*arguments: object, check: bool = True, stdin: str | None = None, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("CELLSWAP_")} | more
        done = subprocess.run(
            [str(Path(sys.executable).parent / "cellswap"), *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment,
            check=False,
        )
        if check and done.returncode:
            pytest.fail(f"cellswap {' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    return run


Discs = list[tuple[float, float, float]]


@pytest.fixture
def draw_field() -> Callable[[Discs, int], NDArray[np.uint16]]:
    """A camera's image of bright discs (y, x, radius), touching or not, on an uneven background with noise."""

    def draw(discs: Discs, size: int) -> NDArray[np.uint16]:
        rng = np.random.default_rng(7)
        y, x = np.mgrid[:size, :size]
        light = 300 - 80 * (np.hypot(y - size / 2, x - size / 2) / size) ** 2
        signal = np.zeros((size, size))
        for cy, cx, radius in discs:
            distance = np.hypot(y - cy, x - cx)
            signal = np.maximum(signal, 3000 * np.clip(radius + 0.5 - distance, 0, 1) * (1 - 0.1 * distance / radius))
        return rng.poisson(light + ndimage.gaussian_filter(signal, 1.2)).astype(np.uint16)

    return draw


@pytest.fixture
def draw_plate(tmp_path: Path, draw_field: Callable[[Discs, int], NDArray[np.uint16]]) -> Callable[..., Path]:
    """A folder of Phenix images: for each field (`r01c01f01`) four cells, of which one is at the border."""

    def draw(*fields: str, folder: str = "plate_x") -> Path:
        (tmp_path / folder).mkdir(exist_ok=True)
        for name in fields:
            for number, gain in ((1, 0.2), (2, 0.5), (3, 1.0)):
                image = draw_field([(80, 70, 11), (80, 91, 10), (120, 110, 12), (8, 100, 9)], 200)
                kept = np.maximum(1, image * gain).astype(np.uint16)
                tifffile.imwrite(tmp_path / folder / f"{name}p01-ch{number}sk1fk1fl1.tiff", kept)
        return tmp_path / folder

    return draw
