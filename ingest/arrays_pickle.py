"""The numbers of a pickle that holds nothing but numpy arrays, in lists or alone, without running what is in it.

A pickle is a program: it names functions and says what to call them with. Here every name that an array needs stands for
a class of this file that only keeps bytes, so that not even numpy's own code runs on a stranger's arguments; any other
name ends the reading.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellswap.errors import BadInput, shown
from cellswap.ingest import folders

# No set of vectors is larger: 2,000 of 268,000 numbers.
MOST_BYTES = 2 << 30
# Kind and bytes of the numbers that may come, as numpy spells them: floats, integers, truth values.
_NUMBERS = {"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"}
_OPCODES = {opcode.code: opcode for opcode in pickletools.opcodes}
_ORDERS = {"<", ">", "=", "|"}


class _Kind:
    """A `numpy.dtype` of plain numbers."""

    order, code = "=", ""

    def __init__(self, spelled: str = "", *_: object) -> None:
        code = str(spelled)
        self.order = code[0] if code[:1] in _ORDERS else "="
        self.code = code.lstrip("<>=|")

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        if state[1] in _ORDERS:
            self.order = state[1]

    def made(self) -> np.dtype[Any]:
        """The dtype; BadInput where it is none of numbers."""
        if self.code not in _NUMBERS:
            raise BadInput(f"expected arrays of numbers, found an array of dtype '{self.code}'")
        return np.dtype(self.order + self.code)


class _Array:
    """A `numpy.ndarray`: bytes with a kind and a shape."""

    state: tuple[Any, ...] = ()

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.state = tuple(state)

    def made(self) -> NDArray[Any]:
        """The array, over the pickle's own bytes; BadInput where bytes and shape do not fit."""
        if len(self.state) != 5:
            raise BadInput("expected an array with its numbers, found one without")
        _, shape, kind, by_columns, held = self.state
        return _from_bytes(held, kind, shape, "F" if by_columns else "C")


def _buffer(held: Any, kind: Any, shape: Any, order: Any = "C") -> _Array:  # noqa: ANN401 - whatever the pickle says
    """`numpy.core.numeric._frombuffer`: how protocol 5 writes an array."""
    array = _Array()
    array.__setstate__((1, shape, kind, order == "F", held))
    return array


def _scalar(kind: Any, held: Any = b"") -> _Array:  # noqa: ANN401
    return _buffer(held, kind, ())


def _bytes(text: Any, coding: Any = "latin1") -> bytes:  # noqa: ANN401
    """`_codecs.encode`: how protocol 2 writes bytes."""
    if not isinstance(text, str) or coding not in {"latin1", "latin-1"}:
        raise BadInput("expected bytes written as latin1, found another coding")
    return text.encode("latin1")


def _from_bytes(held: Any, kind: Any, shape: Any, order: str) -> NDArray[Any]:  # noqa: ANN401
    if not isinstance(kind, _Kind):
        raise BadInput("expected an array with a dtype, found one without")
    dtype = kind.made()
    raw = held.encode("latin1") if isinstance(held, str) else held  # Python 2 wrote bytes as text
    if not isinstance(raw, (bytes, bytearray)):
        raise BadInput(f"expected an array's numbers as bytes, found {type(raw).__name__}")
    sizes = (shape,) if isinstance(shape, int) else shape
    if not isinstance(sizes, tuple) or not all(isinstance(n, int) and n >= 0 for n in sizes):
        raise BadInput("expected an array's shape as whole numbers, found something else")
    if math.prod(sizes) * dtype.itemsize != len(raw):
        raise BadInput(f"an array of shape {sizes} needs {math.prod(sizes) * dtype.itemsize:,} bytes, found {len(raw):,}")
    return np.frombuffer(raw, dtype).reshape(sizes, order="F" if order == "F" else "C")


_STANDS_FOR: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Kind,
    ("_codecs", "encode"): _bytes,
    **{
        (f"numpy.{core}.{module}", name): ours
        for core in ("core", "_core")
        for module, name, ours in (
            ("multiarray", "_reconstruct", _Array),
            ("multiarray", "scalar", _scalar),
            ("numeric", "_frombuffer", _buffer),
        )
    },
}


class _Reader(pickle.Unpickler):
    """Knows the names that an array needs, and no other."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:  # noqa: ANN401
        """What stands for that name; BadInput for any other."""
        found = _STANDS_FOR.get((module_name, global_name))
        if found is None:
            raise BadInput(
                f"the pickle asks for '{module_name}.{global_name}'; only numpy arrays and lists are read, and nothing of it was run"
            )
        return found


def read(path: Path) -> NDArray[np.float32]:
    """The rows of a file: one array (n, d), or a list of arrays (d,) or (k, d) one after the other, as float32 (n, d).

    Raises BadInput where the file holds anything else, is cut off, or has rows of several widths.
    """
    try:
        content = folders.content(path, MOST_BYTES)
    except OSError as error:
        raise BadInput(f"cannot be read ({error.strerror}); look whether it is there and may be read") from error
    except ValueError as error:
        raise BadInput(f"{error} in one set; split it") from error
    try:
        _look_at(content)
        held = _Reader(io.BytesIO(content), encoding="latin1").load()
    except BadInput:
        raise
    except Exception as error:  # a broken pickle may raise anything
        first = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise BadInput(f"not a whole pickle of arrays, or cut off ({shown(first, 120)})") from error
    return _joined([_piece(item) for item in held] if isinstance(held, (list, tuple)) else [_piece(held)])


def _look_at(content: bytes) -> None:
    """Raise where the pickle claims more than it holds: the reader allots room for any length and any memo that it is told of."""
    for n, (opcode, argument) in enumerate(_opcodes(io.BytesIO(content))):
        if opcode in {"PUT", "BINPUT", "LONG_BINPUT"} and isinstance(argument, int) and not 0 <= argument <= n:
            raise BadInput(f"the pickle asks for {argument:,} places to keep things in, and has {n:,} things")


def _opcodes(stream: io.BytesIO) -> Iterator[tuple[str, Any]]:
    """Name and argument of each step; `pickletools.genops` would refuse the text in which Python 2 wrote bytes."""
    name = ""
    while name != "STOP":
        opcode = _OPCODES[stream.read(1).decode("latin1")]
        name = opcode.name
        if name == "STRING":
            stream.readline()
        yield name, None if name == "STRING" or opcode.arg is None else opcode.arg.reader(stream)


def _piece(item: object) -> NDArray[Any]:
    """One array as rows."""
    if not isinstance(item, _Array):
        raise BadInput(f"expected an array or a list of arrays, found {_name(item)}")
    array = item.made()
    if array.ndim == 1:
        array = array[None]
    if array.ndim != 2 or not array.size:
        raise BadInput(f"expected arrays (n, d) or (d,), found one of shape {array.shape}")
    return array


def _joined(pieces: list[NDArray[Any]]) -> NDArray[np.float32]:
    widths = sorted({piece.shape[1] for piece in pieces})
    if not widths:
        raise BadInput("expected arrays, found an empty list")
    if len(widths) > 1:
        raise BadInput(f"expected vectors of one width, found {widths[0]} to {widths[-1]}")
    n_bytes = 4 * sum(piece.size for piece in pieces)
    if n_bytes > MOST_BYTES:
        raise BadInput(f"the pickle's arrays make {n_bytes:,} bytes of vectors, more than {MOST_BYTES:,}: it names one array many times")
    with np.errstate(over="ignore"):  # what float32 can't hold becomes infinite, and whoever reads it looks for that
        return np.concatenate([piece.astype(np.float32) for piece in pieces])


def _name(item: object) -> str:
    if isinstance(item, (list, tuple)):
        return f"a {type(item).__name__} inside the list"
    return {"NoneType": "nothing", "_Kind": "a dtype"}.get(type(item).__name__, f"a {type(item).__name__}")
