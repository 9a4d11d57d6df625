"""Work left to do, shares of it, and seeds from names."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from typing import TypeVar

from cellswap.errors import BadInput
from cellswap.store import parts
from cellswap.store.folder import Store


def seed(*names: object) -> int:
    """A 64-bit seed from what is drawn, the same on any machine, in any order and for any number of workers."""
    return int.from_bytes(hashlib.sha256("\x1f".join(map(str, names)).encode()).digest()[:8], "big")


def is_done(store: Store, table: str, keys: tuple[str, ...], partition: Mapping[str, str] | None = None) -> bool:
    """Whether the batch with these keys has been written."""
    return parts.part_path(store, table, keys, partition).is_file()


T = TypeVar("T")


def shard(batches: Iterable[T], text: str) -> list[T]:
    """Every n-th batch from the i-th, for `text` = "i/n" with i from 1; BadInput for anything else."""
    i, _, n = text.partition("/")
    if not (i.isdigit() and n.isdigit() and 1 <= int(i) <= int(n)):
        raise BadInput(f"--shard {text}: expected i/n with 1 <= i <= n, for example 3/16")
    return list(batches)[int(i) - 1 :: int(n)]


def processes(jobs: int | None) -> int:
    """How many processes to use: as asked, else as many as this process may run on."""
    if jobs is not None:
        return max(1, jobs)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
