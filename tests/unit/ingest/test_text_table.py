"""Tables as text: rows as an editor counts them, blanks, words for nothing, numbers that are none."""

import pytest

from cellswap.errors import BadInput
from cellswap.ingest import text_table


def read(content: bytes):
    return text_table.read("unused", content)


def test_cells_lose_their_spaces_and_rows_keep_their_number():
    rows = read(b'sep=;\r\n ORF ;gene\r\n YAL001C ; \r\n;\r\n"YAL002W ";x\r\n;\r\n;\r\n')
    assert rows.rows() == [(3, "YAL001C", None), (4, None, None), (5, "YAL002W", "x"), (6, None, None), (7, None, None)]
    kept, n_blank = text_table.without_blank(rows)
    assert (kept.rows(), n_blank) == ([(3, "YAL001C", None), (5, "YAL002W", "x")], 3)


def test_columns_without_a_name_do_no_harm():
    assert read(b"a,,\n1,2,3\n")["a"].to_list() == ["1"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n1,2,3\n", r"row 2 has 3 fields, the header has 2: is a ',' in it not quoted\?"),
        (b'a,b\n1,"2\n3,4\n', "row 2: .* quote that is not closed"),
        (b'a,b\n1,"' + b"x\n" * 100_000 + b'"\n', r"the column 'b' has a cell of 199,999 bytes"),
    ],
)
def test_a_row_that_is_none_is_named(content, said):
    with pytest.raises(BadInput, match=said) as error:
        read(content)
    assert len(str(error.value)) < 400


def test_columns_are_known_whatever_their_capitals():
    rows = text_table.spelled(read(b"orf,GENE,x\n1,2,3\n"), ("ORF", "Gene"))
    assert rows.columns == [text_table.ROW, "ORF", "Gene", "x"]
    exact = text_table.spelled(read(b"orf,ORF\n1,2\n"), ("ORF",))
    assert exact["ORF"].to_list() == ["2"]


def test_a_header_that_is_missed_is_shown_without_what_a_terminal_obeys():
    with pytest.raises(BadInput, match=r"no column 'ORF'; its columns are \\x1b\[31mx, y") as error:
        text_table.need(read(b"\x1b[31mx,y\n1,2\n"), ("ORF",))
    assert "\x1b" not in str(error.value)


def test_words_for_nothing_whole_numbers_and_numbers():
    rows = read(b"w,n,x\nNA,1.0,0.5\nnan,2,nan\n#N/A,10.00,inf\nNAB2,1.5,-inf\nnull,007,1e3\n-,x,NA\n")
    assert rows.select(text_table.said("w"))["w"].to_list() == [None, None, None, "NAB2", None, None]
    assert rows.select(text_table.whole("n"))["n"].to_list() == ["1", "2", "10", "1.5", "007", "x"]
    assert rows.select(text_table.number("x"))["x"].to_list() == [0.5, None, None, None, 1000.0, None]
