"""The words of the command that runs now, for the record of what it writes: so that a lost part is made anew by pasting one line."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

_now: dict[str, object] = {}


def given(words: Sequence[str]) -> None:
    """Keep the words behind `cellswap`, and the folder in which they were said; nothing where a record can't hold them as text."""
    _now.clear()
    with suppress(OSError, UnicodeEncodeError):  # the folder is gone; a name of a file may be any bytes
        folder = os.fsdecode(Path.cwd())
        "".join([folder, *words]).encode("utf-8")
        _now.update(words=list(words), folder=folder)


def now() -> dict[str, object]:
    """The words and their folder as a record keeps them; empty where no command line was given."""
    return dict(_now)


def again(store: Path, asked: Mapping[str, Any]) -> str:
    """The line that a shell takes to do the same again on the store where it is now; of shares of one sweep, all."""
    words = _without(asked["words"], "--store")
    if words[:1] == ["evaluate"]:
        words = _without(words, "--shard")
    if words[:1] == ["init"]:
        return shlex.join(["cellswap", "init", str(store)])
    if words[:1] != ["demo"]:  # it takes its place as a word
        words += ["--store", str(store)]
    return f"(cd {shlex.quote(asked['folder'])} && {shlex.join(['cellswap', *words])})"


def _without(words: Sequence[str], option: str) -> list[str]:
    kept = [word for before, word in zip(["", *words], words, strict=False) if option not in {before, word}]
    return [word for word in kept if not word.startswith(f"{option}=")]
