"""README word for word: every command is run, and prints what README says; every Python block runs."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language):
    return [text for kind, text in BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8")) if kind == language]


def steps():
    """Each command of README with the lines that it is said to print."""
    found: list[tuple[str, list[str]]] = []
    for line in "".join(text for text in blocks("console") if "$ " in text).splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


@pytest.fixture(scope="module")
def place(shared, tmp_path_factory):
    """A folder that holds the files which README names."""
    folder = tmp_path_factory.mktemp("readme")
    for path in (
        "deepyeast_labels",
        "published/swap_results",
        "cyclenet_fields/images",
        "cyclenet_fields/tables/plate_map_GFParray.csv",
        "pci_toy_yeast.tar.xz",
    ):
        (folder / Path(path).name).symlink_to(shared.whole(f"data/{path}").resolve())
    with tarfile.open(shared.whole("golden/pifia/weights.tar.xz")) as archive:
        archive.extractall(folder, filter="data")
    for path in (folder / "one_shard").iterdir():
        path.rename(folder / path.name)
    return folder


@pytest.mark.slow
def test_readme_word_for_word(place):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CELLSWAP_")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    for command, expected in steps():
        words = shlex.split(command)
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            environment[name] = value
            continue
        assert words[0] == "cellswap", command
        done = subprocess.run(words, cwd=place, env=environment, capture_output=True, text=True, check=False)
        printed = (done.stdout + done.stderr).replace(f"{place}/", "")
        assert done.returncode == 0, f"{command}\n{printed}"
        rest = printed
        for line in (line for line in expected if line != "..."):
            assert line in rest, f"{command}: README says\n{line}\nbut it printed\n{printed}"
            rest = rest.split(line, 1)[1]
    for program in blocks("python"):
        done = subprocess.run([sys.executable, "-c", program], cwd=place, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{program}\n{done.stderr}"


def test_readme_names_only_commands_that_exist(cellswap):
    for command, _ in steps():
        words = shlex.split(command)
        if words[0] == "cellswap":
            name = [w for w in words[1:3] if w.isalpha()]
            assert cellswap(*name[: 2 if name[0] in {"ingest", "evaluate", "weights"} else 1], "--help").returncode == 0


def test_every_file_that_readme_links_is_there():
    for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text(encoding="utf-8")):
        assert target.startswith("http") or (ROOT / target).exists(), target
