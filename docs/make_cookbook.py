"""Write the answers into docs/cookbook.md: each query of the page, run on a small simulated screen made for it.

    python docs/make_cookbook.py [STORE]

Without STORE the screen is made anew (half a minute): drawn, segmented, swapped, embedded by the demo's ordinary network,
and classified. The same versions give the same page; a test compares.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from cellswap.cli import output
from cellswap.store import database, folder, locked

PAGE = Path(__file__).with_name("cookbook.md")
QUERY = re.compile(r"^```sql\n(?P<query>.*?)^```\n\n```text\n.*?^```\n", re.MULTILINE | re.DOTALL)
SCREEN = "simulated"
PLATES = ("plate01", "plate02", "plate03")


def make_store(place: Path) -> Path:
    """A new store in `place`: 12 wells of nine conditions on three plates, a plan of 20 images a set, two networks, classifiers."""
    store, drawn = place / "store", place / "screen"

    def cellswap(*words: object) -> None:
        command = [str(Path(sys.executable).with_name("cellswap")), *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}\n{done.stderr}")

    cellswap("init", store)
    cellswap("ingest", "labels", "--store", store)
    cellswap("ingest", "published", "--store", store)
    cellswap("simulate", drawn, "--preset", "tiny", "--plates", len(PLATES), "--truth-into", store, "--screen", SCREEN)
    for plate in PLATES:
        cellswap("ingest", "fields", drawn / plate, "--plate-map", drawn / "plate_map.csv", "--screen", SCREEN, "--store", store)
    cellswap("plan", "--images", 20, "--allow-short", "--screen", SCREEN, "--store", store)
    with database.connect(folder.read(store)) as connection:
        [(plan_id,)] = connection.execute("SELECT plan_id FROM plans").fetchall()
    for name in ("ordinary", "robust"):
        weights = files("cellswap.extract").joinpath("demo_weights", f"pifia-narrow-{name}.safetensors")
        layers = ("--model", "pifia-narrow", "--weights", weights, "--as", name, "--layers", "conv1,d2", "--store", store)
        cellswap("extract", *layers, "--screen", SCREEN)
        cellswap("extract", *layers, "--plan", plan_id)
    cellswap("evaluate", "pairs", "--plan", plan_id, "--store", store)
    return store


def page(store: Path, text: str) -> str:
    """The page with each query's answer as the store gives it now."""
    with locked.connect(folder.read(store)) as connection:

        def answered(found: re.Match[str]) -> str:
            sink = io.BytesIO()
            output.write_table(locked.run(connection, found["query"]), sink)
            return f"```sql\n{found['query']}```\n\n```text\n{sink.getvalue().decode()}```\n"

        return QUERY.sub(answered, text)


def main() -> None:
    """Write the page."""
    with tempfile.TemporaryDirectory() as place:
        store = Path(sys.argv[1]) if len(sys.argv) > 1 else make_store(Path(place))
        PAGE.write_text(page(store, PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
