"""Tables of a screen: its conditions, plates and fields of view."""

from __future__ import annotations

from cellswap.store.schema.column import CONDITION, FIELD_ID, PLATE, REPLICATE, SCREEN, WELL, Column, Table, one_of

CLASSES = Table(
    "classes",
    "One row a class of a scheme: what a classifier can tell apart, in its order.",
    ("scheme", "class"),
    (
        Column("scheme", "VARCHAR", "name of the set of classes", check="scheme <> ''"),
        Column("class", "VARCHAR", "the class", check="class <> ''"),
        Column("rank", "INTEGER", "place in the scheme's order, from 0", check="rank >= 0"),
        Column("used", "BOOLEAN", "whether a condition of this class alone counts for it (of the 23 columns of the paper's labels, 15 do)"),
    ),
    rules=(
        (
            "classes of a scheme differ in more than their capitals",
            "SELECT scheme, min(class) AS class, count(*) AS n FROM classes GROUP BY scheme, lower(class) HAVING n > 1",
        ),
    ),
)

CONDITIONS = Table(
    "conditions",
    "One row a condition: what all cells of a well have in common, a tagged protein or a compound.",
    ("condition",),
    (
        Column("condition", "VARCHAR", "its name in the table of labels, a systematic one where it has one", check="condition <> ''"),
        Column("gene", "VARCHAR", "gene name, which may be outdated; join on condition, not on this", nullable=True),
        Column("abundance", "DOUBLE", "molecules a cell", "molecules", "Ghaemmaghami 2003", nullable=True, check="abundance > 0"),
        Column("abundance_note", "VARCHAR", "why there is no abundance", source="Ghaemmaghami 2003", nullable=True),
        Column("purity", "DOUBLE", "share of cells that show the single class, where known", "0-1", nullable=True),
    ),
)

# Labels of wells and crops may be there before these are.
NO_CONDITION = """
    SELECT scheme, name, class FROM labels WHERE "of" = 'condition' AND name NOT IN (SELECT condition FROM conditions)
"""

LABELS = Table(
    "labels",
    "One row a class that a scheme gives a condition, a well or a single cell's crop; each may have several.",
    ("scheme", "of", "name", "class"),
    (
        Column("scheme", "VARCHAR", "name of the set of classes"),
        Column("of", "VARCHAR", "what has the class", check=one_of('"of"', ("condition", "well", "crop"))),
        Column("name", "VARCHAR", "the condition, the well as screen/plate/well, or the crop_id", check="name <> ''"),
        Column("class", "VARCHAR", "one of its classes"),
        Column("grade", "INTEGER", "how sure or strong it is, where the source grades it; more is stronger", nullable=True),
    ),
    rules=(
        ("class is one of the scheme's", "SELECT scheme, name, class FROM labels ANTI JOIN classes USING (scheme, class)"),
        ("the name of a condition is in conditions.condition", NO_CONDITION),
    ),
)

WELLS = Table(
    "wells",
    "One row a well of a plate map or of a label list.",
    ("screen", "plate", "well"),
    (
        SCREEN,
        Column("plate", "VARCHAR", PLATE.meaning),
        Column("well", "VARCHAR", WELL.meaning, check=WELL.check),
        Column("plate_row", "INTEGER", "row on the plate, 0-based (A is 0)", check="plate_row >= 0"),
        Column("plate_column", "INTEGER", "column on the plate, 0-based (01 is 0)", check="plate_column >= 0"),
        CONDITION,
        Column("gene", "VARCHAR", "gene name as the plate map has it", nullable=True),
        Column("content", "VARCHAR", "what the map says where it names no protein: BLANK, a control", nullable=True),
        Column("attributes", "MAP(VARCHAR, VARCHAR)", "what a table of wells says of it, by the table's column", nullable=True),
    ),
)

CROPS_COUNTED_OTHERWISE = """
    SELECT field_id, n_crops, coalesce(n, 0) AS n FROM fields
    LEFT JOIN (SELECT field_id, count(*) AS n FROM crops GROUP BY field_id) USING (field_id) WHERE n_crops <> coalesce(n, 0)
"""

FIELDS = Table(
    "fields",
    "One row a field of view that was read; written last, so a field that is here is complete.",
    ("field_id",),
    (
        FIELD_ID,
        SCREEN,
        REPLICATE,
        PLATE,
        WELL,
        Column("site", "VARCHAR", "field within the well, as the microscope names it"),
        CONDITION,
        Column(
            "height",
            "INTEGER",
            "rows; NULL where only crops of the field exist",
            "px",
            nullable=True,
            check="height > 0",
        ),
        Column(
            "width",
            "INTEGER",
            "columns; NULL where only crops of the field exist",
            "px",
            nullable=True,
            check="width > 0",
        ),
        Column("n_cells", "INTEGER", "cells found by segmentation, or listed by the source", check="n_cells >= 0"),
        Column("n_crops", "INTEGER", "crops written", check="n_crops >= 0"),
        Column(
            "masks",
            "VARCHAR",
            "where masks come from: segmented, given, file, none; elsewhere: the store has vectors alone",
        ),
        Column(
            "files",
            "VARCHAR[]",
            "files that were read, channel by channel, with the page or plane where that is a part; a label image last",
        ),
        Column("sha256", "VARCHAR", "hash over the bytes of those files or parts; NULL where there were none", nullable=True),
        Column(
            "stamp",
            "VARCHAR",
            "hash over the names, sizes and times of change of those files: while it stays, so do they; NULL where nobody looked",
            nullable=True,
        ),
    ),
    rules=(("n_crops counts its crops", CROPS_COUNTED_OTHERWISE),),
)

FIELD_DOUBTS = Table(
    "field_doubts",
    "One row a field and kind of doubt about it: cells that may have been missed, masks that may not be what they seem.",
    ("field_id", "kind"),
    (
        FIELD_ID,
        Column("kind", "VARCHAR", "what is in doubt; the run's notes say it in whole sentences"),
        Column("example", "VARCHAR", "what was seen"),
        Column("n", "BIGINT", "how many labels or windows it is said of, or 1", check="n > 0"),
    ),
    references=(("field_id", "fields", "field_id"),),
)

INTENSITY_HISTOGRAMS = Table(
    "intensity_histograms",
    "Pixel values of the protein channel and how often each occurs; merged, they give the intensity filter's percentile exactly.",
    ("field_id", "basis", "value"),
    (
        FIELD_ID,
        Column(
            "basis",
            "VARCHAR",
            "full field, or all pixels of its crops where only crops exist",
            check="basis IN ('field', 'crops')",
        ),
        Column("value", "DOUBLE", "pixel value; a float image's is cut to 11 bits of mantissa", "counts"),
        Column("n_pixels", "BIGINT", "pixels of that value", check="n_pixels > 0"),
    ),
    references=(("field_id", "fields", "field_id"),),
)

FIELD_PREVIEWS = Table(
    "field_previews",
    "One row a field that was segmented: a small picture of it with the outlines of its cells.",
    ("field_id",),
    (
        FIELD_ID,
        Column("channel", "VARCHAR", "the channel shown", check="channel IN (SELECT unnest(map_keys(channels)) FROM store_facts)"),
        Column("png", "BLOB", "PNG of at most 540 x 540 px: background taken away, logarithmic, outlines in red"),
    ),
    references=(("field_id", "fields", "field_id"),),
)

TABLES = (
    CLASSES,
    CONDITIONS,
    LABELS,
    WELLS,
    FIELDS,
    FIELD_DOUBTS,
    INTENSITY_HISTOGRAMS,
    FIELD_PREVIEWS,
)
