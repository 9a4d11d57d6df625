"""What may happen to a file: each damage is done to a store at a path."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

Do = Callable[[Path, Random], None]
TABLES = ("crops", "embeddings", "pair_accuracy", "pixels", "swaps", "fields")
VALUES = {"crops": "y0", "embeddings": "embedding", "pair_accuracy": "accuracy", "pixels": "protein", "swaps": "draw", "fields": "n_crops"}
DEEP = b"[" * 200_000 + b"]" * 200_000


@dataclass(frozen=True)
class Damage:
    """One kind of damage, by name."""

    name: str
    do: Do


def part(store: Path, table: str) -> Path:
    """The largest part of a table."""
    return max((store / "tables" / table).rglob("part-*.parquet"), key=lambda path: (path.stat().st_size, path.name))


def _on_part(table: str, work: Callable[[Path, Random], None]) -> Do:
    return lambda store, drawn: work(part(store, table), drawn)


def _cut(path: Path, drawn: Random) -> None:
    os.truncate(path, drawn.randrange(1, path.stat().st_size))


def _emptied(path: Path, _: Random) -> None:
    path.write_bytes(b"")


def _flipped(path: Path, drawn: Random, first: float, last: float) -> None:
    told = bytearray(path.read_bytes())
    told[drawn.randrange(int(first * len(told)), int(last * len(told)))] ^= 1 << drawn.randrange(8)
    path.write_bytes(told)


def _zeroed(path: Path, drawn: Random) -> None:
    told = bytearray(path.read_bytes())
    at = drawn.randrange(4, len(told) // 2)
    told[at : at + 512] = bytes(len(told[at : at + 512]))
    path.write_bytes(told)


def _halved(path: Path, _: Random) -> None:
    import pyarrow.parquet as pq

    rows = pq.ParquetFile(path).read()
    pq.write_table(rows.slice(0, max(1, rows.num_rows // 2)), path)


def _edited(path: Path, _: Random, column: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = pq.ParquetFile(path).read()
    values = rows.column(column).to_pylist()
    values[0] = _other(values[0])
    at = rows.column_names.index(column)
    pq.write_table(rows.set_column(at, rows.schema.field(at), pa.array(values, rows.schema.field(at).type)), path)


def _other(value: object) -> object:
    if isinstance(value, list):
        return [x + 1 for x in value]
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    return value / 2 + 0.1 if isinstance(value, float) else int(str(value)) + 1


def _doubled(path: Path, _: Random) -> None:
    shutil.copy(path, path.with_name("part-copy.parquet"))


def _foreign(path: Path, _: Random) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"a": [1]}), path.with_name("part-foreign.parquet"))


def _folder(path: Path, _: Random) -> None:
    path.unlink()
    path.mkdir()


def _link(path: Path, _: Random) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def _noise(path: Path, drawn: Random) -> None:
    path.write_bytes(drawn.randbytes(path.stat().st_size))


ON_PARTS: dict[str, Callable[[Path, Random], None]] = {
    "cut short": _cut,
    "emptied": _emptied,
    "a bit of its data flipped": partial(_flipped, first=0.05, last=0.5),
    "a bit of its footer flipped": partial(_flipped, first=0.97, last=1.0),
    "a block zeroed": _zeroed,
    "deleted": lambda path, _: path.unlink(),
    "half of its rows, by another tool": _halved,
    "copied beside itself": _doubled,
    "foreign Parquet beside": _foreign,
    "a folder in its place": _folder,
    "a link that leads nowhere": _link,
    "noise": _noise,
}
MARKS = {
    "empty": b"",
    "noise": b"\x00\xff\xfe",
    "cut": b'{"format": 3, "crop_',
    "nested deep": DEEP,
    "channels nested deep": b'{"format":3,"crop_size":64,"pixel_size_um":null,"channels":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
    "a list": b"[]",
    "a number": b"3",
    "format infinite": b'{"format":1e999}',
    "format of 6,000 digits": b'{"format":' + b"9" * 6_000 + b"}",
    "format 1": b'{"format":1}',
    "crop size -1": b'{"format":3,"crop_size":-1,"channels":{"protein":"ch1"},"pixel_size_um":null}',
    "crop size 65": b'{"format":3,"crop_size":65,"channels":{"protein":"ch1"},"pixel_size_um":null}',
    "pixel size a text": b'{"format":3,"crop_size":64,"channels":{"protein":"ch1"},"pixel_size_um":"x"}',
    "no channels": b'{"format":3,"crop_size":64,"channels":{},"pixel_size_um":null}',
    "not UTF-8": b'{"format":3,"crop_size":64,"channels":{"protein":"\xe9"},"pixel_size_um":null}',
}
RECORDS = {
    "empty": b"",
    "cut": b'{"run_id": "x", ',
    "a list": b"[1]",
    "nested deep": DEEP,
    "noise": bytes(range(256)),
    "of another kind": b'{"run_id":"x","started_at":"yesterday"}',
}


def _mark(told: bytes) -> Do:
    return lambda store, _: _put(store / "store.json", told)


def _record(told: bytes) -> Do:
    return lambda store, drawn: _put(drawn.choice(_records(store, ".json")), told)


def _put(path: Path, told: bytes) -> None:
    path.write_bytes(told)


def _records(store: Path, ending: str) -> list[Path]:
    return sorted((store / "runs").glob(f"*{ending}"))


def _of_pairs(store: Path, ending: str) -> Path:
    return next(path for path in _records(store, ending) if path.name.startswith("evaluate-pairs"))


def _cut_list(store: Path, _: Random) -> None:
    path = _of_pairs(store, ".parts")
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def _swapped(store: Path, _: Random) -> None:
    """Two parts of one table in each other's place."""
    one, other = sorted((store / "tables" / "fields").glob("part-*.parquet"), key=lambda p: -p.stat().st_size)[:2]
    told = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(told)


def _elsewhere(store: Path, _: Random) -> None:
    """Vectors of one layer in another layer's folder."""
    path = part(store, "embeddings")
    layer = path.parent.parent.parent
    other = next(p for p in sorted(layer.parent.iterdir()) if p.name not in {layer.name, "layer=none"})
    place = other / path.relative_to(layer)
    place.parent.mkdir(parents=True, exist_ok=True)
    path.replace(place)


DAMAGES = (
    *(Damage(f"{table}: {name}", _on_part(table, work)) for table in TABLES for name, work in ON_PARTS.items()),
    *(Damage(f"{table}: {c} edited, by another tool", _on_part(table, partial(_edited, column=c))) for table, c in VALUES.items()),
    *(Damage(f"store.json: {name}", _mark(told)) for name, told in MARKS.items()),
    Damage("store.json: deleted", lambda store, _: (store / "store.json").unlink()),
    *(Damage(f"a run's record: {name}", _record(told)) for name, told in RECORDS.items()),
    Damage("a run's record: deleted", lambda store, _: _of_pairs(store, ".json").unlink()),
    Damage("a run's list of parts: deleted", lambda store, _: _of_pairs(store, ".parts").unlink()),
    Damage("a run's list of parts: cut", _cut_list),
    Damage("a run's list of parts: noise", lambda store, _: _put(_of_pairs(store, ".parts"), bytes(range(256)))),
    Damage("a table's folder: deleted", lambda store, _: shutil.rmtree(store / "tables" / "swaps")),
    Damage("two parts in each other's place", _swapped),
    Damage("a part in another layer's folder", _elsewhere),
    Damage("the catalog: noise", lambda store, _: _put(store / "cellswap.duckdb", b"noise")),
    Damage("the folder of runs: deleted", lambda store, _: shutil.rmtree(store / "runs")),
)
