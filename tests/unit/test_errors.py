"""What a message shows of names that came from outside."""

import pytest

from cellswap.errors import BadInput, UnknownName, at, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("YAL001C É 細胞", "YAL001C É 細胞"),
        ("\x1b[31mred\x1b]0;x\x07", "\\x1b[31mred\\x1b]0;x\\x07"),
        ("a\0b\nc\rd\te", "a\\x00b\\nc\\rd\\te"),
        ("\x9b31m", "\\x9b31m"),
        ("a\u202eb\u200b\ufeff", "a\\u202eb\\u200b\\ufeff"),
        ("caf\udce9", "caf\\udce9"),
        ("x" * 200, "x" * 160 + "… (200 characters)"),
    ],
)
def test_nothing_that_a_terminal_obeys_is_left(text, expected):
    assert shown(text) == expected


def test_names_and_places_are_shown_so():
    said = str(UnknownName("layout", "\x1b[2J" + "y" * 5000, ["\x1b[1mpci"]))
    assert "\x1b" not in said
    assert len(said) < 300
    with pytest.raises(BadInput) as error, at("a\x1b[2J/" + "x" * 5000):
        raise BadInput("is bad")
    assert str(error.value).startswith("a\\x1b[2J/xxx")
    assert len(str(error.value)) < 1200


def test_a_commands_last_line_obeys_nothing(cellswap):
    done = cellswap("ingest", "labels", "--layout", "\x1b[31mred\x1b]0;x\x07", "--store", "nowhere", check=False)
    assert (done.returncode, "\x1b" in done.stderr) == (2, False)
