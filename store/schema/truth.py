"""Tables of what a simulated screen really shows. No stage may read them except to score itself."""

from __future__ import annotations

from cellswap.store.schema.column import FIELD_ID, PLATE, REPLICATE, SCREEN, Column, Table, one_of
from cellswap.store.vocabulary import LOCALIZATIONS

TRUTH_CELLS = Table(
    "truth_cells",
    "One row a cell of a simulated screen, as it was drawn. No stage may read it except to score itself.",
    ("field_id", "cell"),
    (
        FIELD_ID,
        Column("cell", "INTEGER", "the cell's number in its field's label image", check="cell >= 1"),
        Column("condition", "VARCHAR", "the tagged gene"),
        Column(
            "class",
            "VARCHAR",
            "where the protein is in this very cell",
            check=one_of("class", LOCALIZATIONS),
        ),
        Column(
            "compartment_there",
            "BOOLEAN",
            "false where the cell has no such compartment (no bud neck without a bud): the protein is then spread out",
        ),
        Column("brightness", "DOUBLE", "light where the compartment is densest, before blur", "counts"),
        Column("stage", "VARCHAR", "stage of the cell cycle", check="stage IN ('G1', 'S', 'G2', 'M')"),
        Column(
            "state",
            "VARCHAR",
            "alive, dead or out of focus",
            check="state IN ('alive', 'dead', 'out of focus')",
        ),
        Column("bud_radius_px", "DOUBLE", "radius of the bud, 0 without one", "px", check="bud_radius_px >= 0"),
        Column("centre_y", "DOUBLE", "row of the centroid of what shows, bud included", "px", check="centre_y >= 0"),
        Column("centre_x", "DOUBLE", "column of that centroid", "px", check="centre_x >= 0"),
        Column("area_px", "INTEGER", "pixels that show, bud included", "px^2", check="area_px > 0"),
        Column("isolated", "BOOLEAN", "no other cell within two pixels"),
        Column("at_border", "BOOLEAN", "the field's border cuts it, or it touches it"),
    ),
)

TRUTH_CONDITIONS = Table(
    "truth_conditions",
    "One row a protein of a simulated screen and a place where it is: the true share of cells. No stage may read it but to score itself.",
    ("screen", "condition", "class"),
    (
        SCREEN,
        Column("condition", "VARCHAR", "the tagged gene"),
        Column("class", "VARCHAR", "one of the paper's 15 classes", check=one_of("class", LOCALIZATIONS)),
        Column(
            "proportion",
            "DOUBLE",
            "probability that a cell shows this localization; a protein's sum to 1",
            "0-1",
            check="proportion BETWEEN 0 AND 1",
        ),
        Column("brightness", "DOUBLE", "the protein's median brightness", "counts"),
    ),
)

TRUTH_PLATES = Table(
    "truth_plates",
    "One row a plate of a simulated screen: its batch effects. No stage may read it except to score itself.",
    ("screen", "replicate", "plate"),
    (
        SCREEN,
        REPLICATE,
        Column("plate", "VARCHAR", PLATE.meaning),
        Column("offset_counts", "DOUBLE", "the camera's offset", "counts"),
        Column("falloff", "DOUBLE", "share of the light that a corner lacks", "0-1", check="falloff BETWEEN 0 AND 1"),
        *(
            Column(f"{role}_gain", "DOUBLE", f"factor on the {role} channel's light", check=f"{role}_gain > 0")
            for role in ("protein", "nucleus", "cytoplasm")
        ),
        Column("centre_y", "DOUBLE", "row of the brightest place, in field heights"),
        Column("centre_x", "DOUBLE", "column of the brightest place, in field widths"),
        Column("haze", "DOUBLE", "factor on light out of focus"),
        Column("focus_px", "DOUBLE", "standard deviation of the blur", "px", check="focus_px > 0"),
    ),
)

TABLES = (
    TRUTH_CELLS,
    TRUTH_CONDITIONS,
    TRUTH_PLATES,
)
