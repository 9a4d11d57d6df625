"""Whether a name matches anything: spellings, words for nothing, dates that were genes."""

import pytest

from cellswap.errors import BadInput
from cellswap.ingest import names
from cellswap.ingest.names import Known
from cellswap.store import runs
from tests import labelled

CONDITIONS = [("YAL001C", "TFC3"), ("YMR056C", "AAC1"), ("YBR085W", "AAC3"), ("YAR001W", "TWIN"), ("YAR002W", "Twin")]


@pytest.fixture
def known(store):
    columns = {
        "condition": [condition for condition, _ in CONDITIONS],
        "gene": [gene for _, gene in CONDITIONS],
        "classes": [[]] * len(CONDITIONS),
    }
    columns |= {name: [None] * len(CONDITIONS) for name in ("class", "abundance", "abundance_note", "purity")}
    with runs.record(store, "test", {}) as run:
        labelled.put(store, ("test",), columns, run.run_id)
    return names.known(store)


@pytest.mark.parametrize("text", ["YAL001C", "yal001c", " yal001C ", "YAL001C\xa0", "YAL001C\u200b"])
def test_a_condition_has_the_tables_spelling(known, text):
    assert (known.spelling(text), known.has(text), known.condition(text)) == ("YAL001C", True, "YAL001C")


def test_a_gene_is_that_of_one_condition(known):
    assert [known.of_gene(text) for text in ("AAC1", "aac1 ", "Aac3", "TWIN", "MCM2")] == ["YMR056C", "YMR056C", "YBR085W", None, None]
    assert not known.has("AAC1")


def test_a_name_that_nobody_knows_stays_but_for_the_capitals_of_yeast():
    nobody = Known({}, {}, {})
    assert [nobody.spelling(text) for text in (" ydl999w ", "yal001c\u2011a", "Mcm2", "ENSG01")] == [
        "YDL999W",
        "YAL001C-A",
        "Mcm2",
        "ENSG01",
    ]


@pytest.mark.parametrize(
    "text", ["NA", "n/a", "#N/A", "nan", "NaN", "null", "NULL", "None", "-", "\u2013", "<NA>", "", None, "empty", "BLANK", " Blank "]
)
def test_words_for_nothing(text):
    assert names.word(text) is None


@pytest.mark.parametrize("text", ["NAB2", "NAN1", "NUL", "YAL001C", "Whi5", "0", "EMP24", "BLA"])
def test_words_that_are_names(text):
    assert names.word(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *("1-Oct", "Oct-1", "01.Okt", "1. Okt", "2-Sep", "Sep-02", "1-Mar", "1. Mär", "01-Dec-2019", "2023-10-01", "2023-10-01 00:00:00"),
        *("10/1/2023", "1.10.23", "44105", "45200.0", "5-Sept", "3-Apr", "März 1", "1 oct"),
    ],
)
def test_names_that_were_made_dates(text):
    assert names.date_like(text)


@pytest.mark.parametrize(
    "text", ["OCT1", "SEP2", "MARCH1", "MAR1", "DEC1", "YOR1", "12345", "441050", "YAL001C", "AAC1-2", "October", "1-8"]
)
def test_names_that_were_not(text):
    assert not names.date_like(text)


def test_the_note_on_dates_counts_and_leaves_catalogue_numbers_alone():
    note = names.date_note(["1-Oct", "2-Sep", "1-Oct", "TFC3", "44105"], "wells")
    assert note is not None
    assert note.startswith("4 names in wells look like dates, for example 1-Oct, 2-Sep, 44105: ")
    assert names.date_note(["44105", "43210", "12345"], "wells") is None


@pytest.mark.parametrize(
    ("text", "number"), [("1", 1), ("1.0", 1), ("02", 2), ("3,0", 3), (" 4 ", 4), ("1.5", None), ("x", None), (None, None)]
)
def test_whole_numbers(text, number):
    assert names.whole(text) == number


@pytest.mark.parametrize("text", ["²", "٣", "-1", "1" * 5000])
def test_what_is_no_whole_number(text):
    assert names.whole(text) is None


def test_which_plate_is_meant():
    assert names.plate_of(["007", "7"], "007") == "007"
    assert names.plate_of(["P-01 A"], "p-01 a ") == "P-01 A"
    assert names.plate_of(["7.0"], "7") == "7.0"
    assert names.plate_of(["7"], "007") is None
    with pytest.raises(BadInput, match="names the plates A, a; which of them is 'A '"):
        names.plate_of(["a", "A"], "A ")
