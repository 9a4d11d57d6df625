"""Labels from anybody's table: several classes, grades, and what contradicts itself."""

import polars as pl
import pytest

from cellswap.errors import BadInput
from cellswap.ingest.layouts.table import Columns, labels


def read(tmp_path, text, columns):
    path = tmp_path / "labels.csv"
    path.write_text(text, encoding="utf-8")
    sifted = labels(path, columns)
    return sifted.kept.rows(), sifted.rejects


def test_wells_of_one_condition_say_it_once(tmp_path):
    text = "compound,moa\nA,kinase\nA,kinase\nB,'; DROP\nC,\n,kinase\nNA,kinase\n"
    kept, rejects = read(tmp_path, text, Columns("compound", ("moa",)))
    assert kept == [("A", "kinase", None), ("B", "'; DROP", None), ("C", None, None)]
    assert [(row, reason) for row, reason, _ in rejects] == [(6, "missing condition"), (7, "missing condition")]


def test_classes_stand_in_several_columns_and_in_one_cell(tmp_path):
    text = "gene,first,second\nA,er; golgi,membrane\nB,,er\nC,er,er\n"
    kept, _ = read(tmp_path, text, Columns("gene", ("first", "second"), separator=";"))
    assert kept == [("A", "er", None), ("A", "golgi", None), ("A", "membrane", None), ("B", "er", None), ("C", "er", None)]


def test_grades_are_whole_numbers(tmp_path):
    kept, rejects = read(tmp_path, "g,c,n\nA,er,3\nA,golgi,1\nB,er,high\n", Columns("g", ("c",), "n"))
    assert kept == [("A", "er", 3), ("A", "golgi", 1)]
    assert rejects == [(4, "grade is no number", "n: expected a whole number, found high")]


@pytest.mark.parametrize(
    ("text", "columns", "said"),
    [
        ("g,c\nA,er\nA,golgi\nB,er\nB,x\n", Columns("g", ("c",)), "A has the classes er, golgi and 1 more conditions; .* say --several"),
        ("g,c\nA,ER\nB,er\n", Columns("g", ("c",)), "the classes 'ER' and 'er' differ in their capitals alone"),
        ("g,c,n\nA,er,3\nA,er,2\n", Columns("g", ("c",), "n"), "A has er with the grades 2, 3; expected one for each class"),
        ("Gene_name,c\nA,er\n", Columns("gene_nam", ("c",)), "no column 'gene_nam'; did you mean Gene_name; its columns are Gene_name, c"),
        ("g,c\nA,er\n", Columns("gene", ("c",)), "no column 'gene'; its columns are g, c"),
    ],
)
def test_what_contradicts_itself_is_refused(tmp_path, text, columns, said):
    with pytest.raises(BadInput, match=said):
        read(tmp_path, text, columns)


def test_several_classes_may_stand_in_rows_of_their_own(tmp_path):
    kept, _ = read(tmp_path, "g,c\nA,er\nA,golgi\n", Columns("g", ("c",), several=True))
    assert pl.DataFrame(kept, orient="row").shape == (2, 3)
