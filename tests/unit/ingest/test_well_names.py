"""What wells hold, settled against what the store knows, and every note that a reader must hear."""

from pathlib import Path

from cellswap.ingest import well_names
from cellswap.ingest.field_files import NO_MAP, FieldFiles, Listing
from cellswap.ingest.names import Known
from cellswap.ingest.plate_map import Content

KNOWN = Known({"yal001c": "YAL001C", "ymr056c": "YMR056C"}, {"tfc3": ("YAL001C",)}, {})
NOBODY = Known({}, {}, {})


def field(well, holds):
    return FieldFiles("p", well, "f01", 1, holds, {"protein": Path("a.tif")}, ("a",))


def settled(wells, known=KNOWN):
    """The listing of a plate map's wells with a field in each."""
    fields = [field(well, holds) for well, holds in wells.items()]
    listing = Listing(fields, {("p", well): holds for well, holds in wells.items()}, [], ["first"])
    made = well_names.settled(listing, known)
    assert [f.holds for f in made.fields] == list(made.wells.values())
    return {well: holds for (_, well), holds in made.wells.items()}, made.notes[1:]


def strain(condition, gene=None):
    return Content(condition, gene, None)


def test_conditions_are_spelled_as_the_conditions_are_and_it_is_said():
    wells, notes = settled({"A01": strain("yal001c", "TFC3"), "A02": strain("YMR056C")})
    assert wells == {"A01": strain("YAL001C", "TFC3"), "A02": strain("YMR056C")}
    assert notes == ["the ORFs of 1 wells were read in another spelling, for example yal001c as YAL001C"]


def test_words_for_nothing_are_no_conditions_from_a_map_or_a_list():
    given = {"A01": Content(None, None, "NA"), "A02": strain("#N/A"), "A03": strain("BLANK"), "A04": strain("YAL001C", "nan")}
    wells, notes = settled(given)
    as_words = {"A01": "NA", "A02": "#N/A", "A03": "BLANK"}
    assert wells == {well: Content(None, None, word) for well, word in as_words.items()} | {"A04": strain("YAL001C")}
    assert notes == ["2 wells hold no strain: the word for their ORF is #N/A, NA, which was read as nothing"]


def test_names_that_no_condition_has_are_counted_where_there_are_conditions():
    wells = {"A01": strain("YZZ001C"), "A02": strain("YZZ001C"), "A03": strain("TFC3"), "A04": strain("YAL001C")}
    _, notes = settled(wells)
    [note] = notes
    assert note.startswith("3 wells name 2 ORFs that no protein of the store has, for example YZZ001C, TFC3: they have no localization;")
    assert note.endswith("; 1 are names of genes where an ORF is expected (TFC3 is the gene of YAL001C)")
    assert settled(wells, NOBODY)[1] == []


def test_two_spellings_that_nobody_knows_are_one_strain():
    wells, notes = settled({"A01": strain("Mcm2"), "A02": strain("MCM2"), "A03": strain("yzz001c")}, NOBODY)
    assert [holds.condition for holds in wells.values()] == ["Mcm2", "Mcm2", "yzz001c"]
    assert notes == ["the ORFs of 1 wells were read in another spelling, for example MCM2 as Mcm2"]


def test_genes_that_a_spreadsheet_made_dates_are_named():
    _, notes = settled({"A01": strain("YAL001C", "1-Oct"), "A02": strain("YMR056C", "AAC1")})
    assert len(notes) == 1
    assert notes[0].startswith("1 names in wells look like dates, for example 1-Oct: ")


def test_a_map_of_genes_alone_is_said_to_be_one_of_controls():
    _, notes = settled({"A01": Content(None, None, "TFC3"), "A02": Content(None, None, "BLANK")})
    assert notes == ["no well has an ORF: 1 wells, such as TFC3, were taken for controls; strains need an ORF"]


def test_fields_without_any_map_stay_so():
    made = well_names.settled(Listing([field("A01", NO_MAP)], {}, []), KNOWN)
    assert (made.fields[0].holds, made.wells, made.notes) == (NO_MAP, {}, [])
