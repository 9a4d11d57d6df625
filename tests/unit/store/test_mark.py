"""store.json is checked as a whole, and says in one line what is wrong with it."""

import json

import pytest

from cellswap.errors import BrokenStore
from cellswap.store import mark
from cellswap.store.facts import Facts

GOOD = {
    "format": 3, "crop_size": 64, "channels": {"protein": "ch1"}, "signal": "protein", "marker": "", "pixel_size_um": None, "preset": "",
    "intensity_quantile": 0.05, "mask_share_min": 0.05, "mask_share_max": 0.95, "condition_word": "protein", "class_word": "place",
}  # fmt: skip


@pytest.mark.parametrize("size", [16, 64, 100, 512])
@pytest.mark.parametrize("pixel", [None, 0.1, 1])
def test_what_is_as_it_should_be_is_read(tmp_path, size, pixel):
    (tmp_path / "store.json").write_text(json.dumps(GOOD | {"crop_size": size, "pixel_size_um": pixel, "more": [1]}))
    assert mark.read(tmp_path / "store.json") == Facts(
        size, {"protein": "ch1"}, "protein", "", pixel, condition_word="protein", class_word="place"
    )


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        *(("crop_size", text, "crop_size: expected a whole number from 16 to 512") for text in
          ("-1", "0", "15", "513", "1e1", "64.0", '"64"', "true", "null", "[64]", "{}", "9" * 400, "-64", "NaN")),
        *(("pixel_size_um", text, "pixel_size_um: expected a number of micrometres over 0") for text in
          ('"x"', "-0.1", "0", "NaN", "Infinity", "-Infinity", "1e999", "true", "[]", "9" * 400)),
        *(("channels", text, "channels: expected") for text in
          ("null", "[]", '"protein"', "{}", '{"protein": 1}', '{"protein": ""}', '{"protein": null}', '{"protein": ["a"]}',
           '{"protein": "a\\nb"}', '{"protein": "\\u001b[2J"}', '{"a b": "c"}', '{"": "c"}',
           '{"1a": "c"}', '{"a-b": "c"}', '{"DNA": "a", "dna": "b"}')),
        ("channels", '{"mask": "a"}', "channels: mask: the table pixels has a column of that name already"),
        ("channels", json.dumps({f"c{i}": "c" for i in range(17)}), "channels: expected 1 to 16 channels, found 17"),
        ("channels", '{"DNA": "a"}', 'signal: expected one of the channels DNA; found "protein"'),
        *(("signal", text, "signal: expected one of the channels protein") for text in ("null", '""', '"nucleus"', "1")),
        *(("marker", text, "marker: expected one of the channels protein") for text in ('"nucleus"', "1", '["protein"]')),
        *(("intensity_quantile", text, "intensity_quantile: expected a number from 0 to 1") for text in
          ("-0.1", "1.1", "NaN", "null", '"x"', "true")),
        ("mask_share_min", "0.95", "mask_share_min: expected the least share under the most, found 0.95 and 0.95"),
        *(("class_word", text, "class_word: expected a word of 1 to 40 letters") for text in
          ('""', "1", "null", '"a\\nb"', json.dumps("a" * 41))),
        *(("format", text, "format: expected 3, found") for text in ("true", "null", '"3"', "3.0", "1e999", "NaN", "[]")),
        ("format", "9" * 400, "the store is newer"),
        ("format", "-3", "the store is older"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_in_one_line(tmp_path, name, text, said):
    whole = json.dumps({k: v for k, v in GOOD.items() if k != name})[:-1] + f', "{name}": {text}}}'
    assert said in _refused(tmp_path, whole.encode())


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_value_is_named(tmp_path, name):
    said = _refused(tmp_path, json.dumps({k: v for k, v in GOOD.items() if k != name}).encode())
    assert ("format: expected 3, found null" if name == "format" else f"found no {name}") in said


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\x00\xff\xfe binary", b"[1, 2]", b"7", b"null", b'"text"', b"{", b'{"format": ' + b"9" * 6000 + b"}",
        b'{"format":' * 200_000, b"[" * 200_000, b"PAR1" + bytes(100), '{"format": 3}'.encode("utf-16"), b" " * 2_000_000 + b"{}",
    ],
    ids=["empty", "binary", "list", "number", "null", "text", "cut", "digits", "deep", "deep list", "parquet", "utf-16", "long"],
)  # fmt: skip
def test_what_is_no_json_of_a_store_is_refused_in_one_line(tmp_path, content):
    assert "expected a store's facts as JSON, found something else (" in _refused(tmp_path, content)


def _refused(folder, content: bytes) -> str:
    """What is said of such a store.json: one line of bounded length, without control characters."""
    (folder / "store.json").write_bytes(content)
    with pytest.raises(BrokenStore) as refused:
        mark.read(folder / "store.json")
    said = str(refused.value)
    assert said.startswith(f"{folder / 'store.json'}: ")
    assert said.isprintable()
    assert len(said) < len(str(folder)) + 300
    return said
