"""Arrays come out of a pickle as they went in, by every protocol; nothing that a stranger wrote into one is run."""

import os
import pickle
import resource
import subprocess

import numpy as np
import pytest

from cellswap.errors import BadInput
from cellswap.ingest import arrays_pickle

ROWS = np.random.default_rng(3).normal(size=(7, 5)).astype(np.float32)
# What Python 2 and numpy 1 wrote for the array [[1, 2], [3, 4]] of float32, protocols 0 and 2.
PYTHON_2 = {
    "text": b"cnumpy.core.multiarray\n_reconstruct\np0\n"
    b"(cnumpy\nndarray\np1\n(I0\ntp2\nS'b'\np3\ntp4\nRp5\n(I1\n(I2\nI2\ntp6\ncnumpy\ndtype\np7\n"
    b"(S'f4'\np8\nI0\nI1\ntp9\nRp10\n(I3\nS'<'\np11\nNNNI-1\nI-1\nI0\ntp12\nbI00\n"
    b"S'\\x00\\x00\\x80?\\x00\\x00\\x00@\\x00\\x00@@\\x00\\x00\\x80@'\np13\ntp14\nb.",
    "binary": b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x01"
    b"cnumpy\nndarray\nq\x02K\x00\x85U\x01b\x87Rq\x03(K\x01K\x02K\x02\x86cnumpy\ndtype\nq\x04"
    b"U\x02f4K\x00K\x01\x87Rq\x05(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
    b"U\x10\x00\x00\x80?\x00\x00\x00@\x00\x00@@\x00\x00\x80@tb.",
}


class Call:
    """A hostile object: unpickling it calls a function."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def written(tmp_path, held, protocol=None):
    path = tmp_path / "held.pkl"
    path.write_bytes(held if isinstance(held, bytes) else pickle.dumps(held, protocol))
    return path


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    "held",
    [
        ROWS,
        ROWS.astype(np.float64),
        np.asfortranarray(ROWS),
        ROWS.astype(">f4"),
        list(ROWS),
        tuple(ROWS[:, None]),
        [ROWS[:4], ROWS[4:]],
    ],
    ids=["array", "float64", "by columns", "big-endian", "list of vectors", "tuple of rows", "list of batches"],
)
def test_numbers_come_as_they_were(tmp_path, held, protocol):
    found = arrays_pickle.read(written(tmp_path, held, protocol))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, ROWS)


@pytest.mark.parametrize("dtype", ["f2", "i8", "u1", "?"])
def test_other_numbers_become_float32(tmp_path, dtype):
    rows = np.array([[0, 1], [1, 1]], dtype)
    np.testing.assert_array_equal(arrays_pickle.read(written(tmp_path, rows)), rows.astype(np.float32))


@pytest.mark.parametrize("how", PYTHON_2)
def test_a_file_of_python_2(tmp_path, how):
    np.testing.assert_array_equal(arrays_pickle.read(written(tmp_path, PYTHON_2[how])), [[1, 2], [3, 4]])


@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize(
    ("held", "name"),
    [
        (Call(os.system, "touch ran"), r"(posix|nt)\.system"),
        (Call(eval, "open('ran', 'w')"), r"(builtins|__builtin__)\.eval"),
        (Call(exec, "open('ran', 'w')"), r"(builtins|__builtin__)\.exec"),
        (Call(subprocess.check_output, ["touch", "ran"]), r"(subprocess|commands)\.check_output"),
        ([ROWS, Call(np.fromfile, "ran")], r"numpy\.fromfile"),
        (Call(getattr, np, "load"), r"(builtins|__builtin__)\.getattr"),
        (Call, r"\.Call"),
        ({"a": pytest.Function}, r"pytest\.Function|_pytest\.python\.Function"),
    ],
    ids=["os.system", "eval", "exec", "subprocess", "fromfile in a list", "getattr", "class", "class in a dict"],
)
def test_a_name_that_no_array_needs_is_refused_and_nothing_is_run(tmp_path, monkeypatch, held, name, protocol):
    monkeypatch.chdir(tmp_path)
    if held is Call:
        held = b"c" + __name__.encode() + b"\nCall\n."
    elif isinstance(held, Call) and held.call[0] is getattr:
        held = b"cbuiltins\ngetattr\n(S'x'\nS'load'\ntR."
    with pytest.raises(BadInput, match=f"asks for '.*{name}'; only numpy arrays and lists are read, and nothing of it was run"):
        arrays_pickle.read(written(tmp_path, held, protocol))
    assert [p.name for p in tmp_path.iterdir()] == ["held.pkl"]


@pytest.mark.parametrize(
    ("held", "why"),
    [
        (np.array([[1, "x"]], object), "array of dtype 'O8'"),
        (np.array([["x"]]), "array of dtype 'U1'"),
        (np.zeros(2, [("a", "f4")]), "array of dtype 'V4'"),
        ({"a": 1}, "expected an array or a list of arrays, found a dict"),
        ([[1.0, 2.0]], "found a list inside the list"),
        (None, "found nothing"),
        ("text", "found a str"),
        ([], "found an empty list"),
        (np.zeros((2, 3, 4)), r"found one of shape \(2, 3, 4\)"),
        (np.zeros((0, 4)), r"found one of shape \(0, 4\)"),
        ([np.float32(1)], r"found one of shape \(\)"),
        ([np.zeros(3), np.zeros(4)], "one width, found 3 to 4"),
        (b"", "cut off"),
        (b"no pickle", "not a whole pickle"),
        (pickle.dumps(ROWS)[:-20], "cut off"),
        (b"cnumpy\nndarray\n)R.", "found one without"),
        (b"cnumpy\ndtype\n.", "found a type"),
        (b"\x80\x02cnumpy\nndarray\n)\x81(K\x01K\x02NI00\nNtb.", "array with a dtype, found one without"),
        (PYTHON_2["text"].replace(b"I2\nI2\n", b"I2\nI9\n"), r"shape \(2, 9\) needs 72 bytes, found 16"),
        (PYTHON_2["text"].replace(b"I2\nI2\n", b"I-2\nI-2\n"), "shape as whole numbers"),
        (PYTHON_2["text"].replace(b"I2\nI2\n", b"I99999999\nI99999999\n"), "found 16"),
        (b"\x80\x02]q\x00h\x00a.", "found a list inside the list"),
        (b"c_codecs\nencode\n(Vx\nVzlib\ntR.", "bytes written as latin1, found another coding"),
        (b"\x80\x05\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.", "not a whole pickle"),
        (b"P1\n.", "not a whole pickle"),
        (b"\x82\x01.", "not a whole pickle"),
    ],
)
def test_what_is_no_array_is_refused_in_one_line(tmp_path, held, why):
    with pytest.raises(BadInput, match=why) as caught:
        arrays_pickle.read(written(tmp_path, held))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x80\x04Nr\xff\xff\xff\x7f.", "asks for 2,147,483,647 places"),
        (b"(lp99999999\n.", "asks for 99,999,999 places"),
        (b"\x80\x04\x8e" + (1 << 40).to_bytes(8, "little") + b"x.", "not a whole pickle"),
        (b"\x80\x04\x95" + (1 << 40).to_bytes(8, "little") + b"N.", "not a whole pickle|expected an array"),
    ],
)
def test_room_that_a_pickle_only_claims_is_not_allotted(tmp_path, content, said):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadInput, match=said):
        arrays_pickle.read(written(tmp_path, content))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


def test_one_array_named_many_times_is_not_multiplied(tmp_path, monkeypatch):
    monkeypatch.setattr(arrays_pickle, "MOST_BYTES", 1 << 20)
    with pytest.raises(BadInput, match="make 40,000,000 bytes of vectors, more than 1,048,576: it names one array many times"):
        arrays_pickle.read(written(tmp_path, [np.zeros(1000, np.float32)] * 10_000))
    with pytest.raises(BadInput, match="more than 1,048,576 bytes in one set"):
        arrays_pickle.read(written(tmp_path, np.zeros((600, 1000), np.float32)))


def test_no_pipe_is_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.pkl")
    with pytest.raises(BadInput, match="cannot be read"):
        arrays_pickle.read(tmp_path / "pipe.pkl")
