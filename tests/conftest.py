"""What many tests need: the shared folder of real data, a fresh store, the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cellswap.store.create import DEFAULT_CHANNELS, create
from cellswap.store.folder import Store

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the checkout; tests that need it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared of real data is not beside this checkout")
    return SHARED


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A new store."""
    return create(tmp_path / "store", 64, DEFAULT_CHANNELS, None)


@pytest.fixture
def cellswap(tmp_path: Path) -> Run:
    """The command line as a user runs it, from an empty folder; `check=False` to look at a failure."""

    def run(
        *arguments: object, check: bool = True, stdin: str | None = None, **more: str
    ) -> subprocess.CompletedProcess[str]:
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
            pytest.fail(
                f"cellswap {' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
            )
        return done

    return run
