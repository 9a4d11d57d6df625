"""Every table of the store: meaning, key, and each column's type, unit, source and check.

This is the only place where a table is written down. Parquet schemas, DuckDB's casts and comments, `describe`, `check`
and the schema page are made from it. `run_id` is added to every table by `Table.columns`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from cellswap.errors import UnknownName
from cellswap.store.vocabulary import LOCALIZATIONS, OTHER_LOCALIZATIONS, SETTINGS

FORMAT = 1


@dataclass(frozen=True)
class Column:
    """One column: `type` is DuckDB's, `check` a SQL condition that every row with a value meets."""

    name: str
    type: str
    meaning: str
    unit: str = ""
    source: str = ""
    nullable: bool = False
    check: str = ""


@dataclass(frozen=True)
class Table:
    """One table; `partition` names the key columns that are folders (`model=pifia/`) and not stored in the files."""

    name: str
    meaning: str
    key: tuple[str, ...]
    own_columns: tuple[Column, ...]
    partition: tuple[str, ...] = ()
    references: tuple[tuple[str, str, str], ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns, `run_id` last."""
        return (*self.own_columns, RUN_ID)

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns inside the files: all but the partition's."""
        return tuple(c for c in self.columns if c.name not in self.partition)

    def column(self, name: str) -> Column:
        """The column of that name, or UnknownName."""
        for column in self.columns:
            if column.name == name:
                return column
        raise UnknownName(f"column of {self.name}", name, (c.name for c in self.columns))


def one_of(name: str, values: tuple[str, ...]) -> str:
    """A SQL condition: the column holds one of these words."""
    return f"{name} IN ({', '.join(repr(v) for v in values)})"


RUN_ID = Column("run_id", "VARCHAR", "the command that wrote this row: runs.run_id")
SCREEN = Column("screen", "VARCHAR", "name of the data set; plates are unique inside a screen")
REPLICATE = Column("replicate", "INTEGER", "replicate of the screen, from 1", check="replicate >= 1")
PLATE = Column("plate", "VARCHAR", "plate name, always text", nullable=True)
WELL = Column(
    "well",
    "VARCHAR",
    "well as row letter and two digits: A01",
    nullable=True,
    check="regexp_matches(well, '^[A-Z]{1,2}[0-9]{2}$')",
)
ORF = Column("orf", "VARCHAR", "systematic name of the tagged gene", nullable=True, check="orf <> ''")
FIELD_ID = Column("field_id", "VARCHAR", "field of view: screen/replicate/plate/well/site")
BOX = (
    Column("y0", "INTEGER", "first row of the box in its field, 0-based", "px", nullable=True),
    Column("x0", "INTEGER", "first column of the box in its field, 0-based", "px", nullable=True),
    Column("y1", "INTEGER", "row after the last", "px", nullable=True, check="y1 > y0"),
    Column("x1", "INTEGER", "column after the last", "px", nullable=True, check="x1 > x0"),
)
ACCURACY = Column(
    "accuracy", "DOUBLE", "share of test images that are classified rightly", "0-1", check="accuracy BETWEEN 0 AND 1"
)
THREE_SE = Column("three_se", "DOUBLE", "three standard errors, as printed", "0-1", "the paper", nullable=True)
LOCALIZATION = Column(
    "localization", "VARCHAR", "one of the paper's 15 classes", check=one_of("localization", LOCALIZATIONS)
)
SETTING = Column(
    "setting",
    "VARCHAR",
    "what was done to the background (paper 3.3); a variant of the rule of composition is a setting of its own: diff_loc_swap+dilate3",
    check=one_of("split_part(setting, '+', 1)", tuple(SETTINGS)),
)
MODEL = Column("model", "VARCHAR", "network with its weights, as named when it was run")
LAYER = Column("layer", "VARCHAR", "layer of the network, in its authors' name")
POOLING = Column(
    "pooling", "VARCHAR", "how a map became a vector: avg, max or none", check="pooling IN ('avg', 'max', 'none')"
)


def _channel_columns() -> tuple[Column, ...]:
    """Mean and standard deviation of a crop, for each channel role."""
    made: list[Column] = []
    for role in ("protein", "nucleus", "cytoplasm"):
        made.append(
            Column(f"{role}_mean", "DOUBLE", f"mean of the {role} channel over the whole crop", "counts", nullable=True)
        )
        made.append(
            Column(
                f"{role}_std",
                "DOUBLE",
                f"population standard deviation of the {role} channel over the crop",
                "counts",
                nullable=True,
            )
        )
    return tuple(made)


PROTEINS = Table(
    "proteins",
    "One row a protein: where Huh et al. saw it.",
    ("orf",),
    (
        Column("orf", "VARCHAR", "systematic name", source="Huh 2003, yORF", check="orf <> ''"),
        Column(
            "gene", "VARCHAR", "gene name of about 2003; join on orf, not on this", source="Huh 2003", nullable=True
        ),
        Column(
            "localizations",
            "VARCHAR[]",
            "all localizations, in the vocabulary's order; may be empty",
            source="Huh 2003",
        ),
        Column(
            "localization",
            "VARCHAR",
            "the single localization, where there is exactly one and it is among the paper's 15",
            source="paper 3.1",
            nullable=True,
            check=one_of("localization", LOCALIZATIONS),
        ),
        Column(
            "abundance",
            "DOUBLE",
            "molecules a cell",
            "molecules",
            "Ghaemmaghami 2003",
            nullable=True,
            check="abundance > 0",
        ),
        Column("abundance_note", "VARCHAR", "why there is no abundance", source="Ghaemmaghami 2003", nullable=True),
        Column(
            "purity", "DOUBLE", "share of cells that show the single localization, where known", "0-1", nullable=True
        ),
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
        ORF,
        Column("gene", "VARCHAR", "gene name as the plate map has it", nullable=True),
        Column("content", "VARCHAR", "what the map says where there is no ORF: BLANK, a control", nullable=True),
        Column(
            "localization",
            "VARCHAR",
            "label of all cells of the well, where a label list gives it",
            nullable=True,
            check=one_of("localization", LOCALIZATIONS + OTHER_LOCALIZATIONS),
        ),
    ),
)

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
        ORF,
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
        Column("masks", "VARCHAR", "where masks come from: segmented, given, file, none"),
        Column("files", "VARCHAR[]", "names of the files that were read, channel by channel"),
        Column("sha256", "VARCHAR", "hash over the bytes of those files; NULL where there were none", nullable=True),
    ),
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

CROPS = Table(
    "crops",
    "One row a cell. Nothing is left out to filter: the view crop_filter says which are used and why others are not.",
    ("crop_id",),
    (
        Column("crop_id", "VARCHAR", "field_id and the cell's place in it"),
        FIELD_ID,
        SCREEN,
        REPLICATE,
        PLATE,
        WELL,
        ORF,
        Column("cell", "VARCHAR", "the source's own name or number of the cell"),
        Column(
            "localization",
            "VARCHAR",
            "label of this very cell, where a label list gives it",
            nullable=True,
            check=one_of("localization", LOCALIZATIONS + OTHER_LOCALIZATIONS),
        ),
        Column("split", "VARCHAR", "train, val or test, where a label list gives it", nullable=True),
        Column("centre_y", "DOUBLE", "row of the cell's centroid in its field", "px", nullable=True),
        Column("centre_x", "DOUBLE", "column of the cell's centroid in its field", "px", nullable=True),
        *BOX,
        Column("has_pixels", "BOOLEAN", "whether the table pixels has this crop"),
        Column(
            "area_px",
            "INTEGER",
            "area of the whole cell in its field, or of its mask where only the crop exists",
            "px^2",
            nullable=True,
        ),
        Column(
            "mask_area_px",
            "INTEGER",
            "pixels of the centre cell inside the crop; NULL where no mask was found",
            "px^2",
            nullable=True,
            check="mask_area_px >= 0",
        ),
        Column(
            "n_neighbours",
            "INTEGER",
            "other cells of which the crop shows at least one pixel",
            nullable=True,
            check="n_neighbours >= 0",
        ),
        Column(
            "neighbour_share",
            "DOUBLE",
            "share of the crop that other cells cover",
            "0-1",
            nullable=True,
            check="neighbour_share BETWEEN 0 AND 1",
        ),
        *_channel_columns(),
    ),
    references=(("field_id", "fields", "field_id"),),
)

BACKGROUNDS = Table(
    "backgrounds",
    "One row a window that may be free of cells (paper D.1); the view cell_free_windows says which pass the variance threshold.",
    ("crop_id",),
    (
        Column("crop_id", "VARCHAR", "field_id and the window's place in it; its pixels are in the table pixels"),
        FIELD_ID,
        SCREEN,
        REPLICATE,
        PLATE,
        WELL,
        ORF,
        *(Column(c.name, c.type, c.meaning, c.unit, check=c.check) for c in BOX),
        Column(
            "distance_px",
            "DOUBLE",
            "distance from the window's centre to the nearest cell's; NULL in a field without cells",
            "px",
            nullable=True,
            check="distance_px >= 50",
        ),
        Column("variance", "DOUBLE", "variance of the protein channel over the window", "counts^2", "paper D.1"),
        Column(
            "n_windows",
            "INTEGER",
            "windows of the field that were far enough from cells, of which those stored are a draw",
            check="n_windows > 0",
        ),
        Column("empty", "BOOLEAN", "certainly empty: no pixel of any mask within 16 px of the window"),
        *_channel_columns(),
    ),
    references=(("field_id", "fields", "field_id"),),
)

FIELD_PREVIEWS = Table(
    "field_previews",
    "One row a field that was segmented: a small picture of it with the outlines of its cells.",
    ("field_id",),
    (
        FIELD_ID,
        Column("channel", "VARCHAR", "role of the channel shown", check="channel IN ('protein', 'nucleus', 'cytoplasm')"),
        Column("png", "BLOB", "PNG of at most 540 x 540 px: background taken away, logarithmic, outlines in red"),
    ),
    references=(("field_id", "fields", "field_id"),),
)

PIXELS = Table(
    "pixels",
    "Pixels of crops and cell-free windows, as byte planes: all lowest bytes, then all next ones (decode with cellswap.store.pixels).",
    ("crop_id",),
    (
        Column("crop_id", "VARCHAR", "crops.crop_id or backgrounds.crop_id"),
        Column("protein", "BLOB", "protein channel: size x size x bytes of the dtype (2 uint16, 4 float32)", "counts"),
        Column("nucleus", "BLOB", "nucleus channel, where there is one", "counts", nullable=True),
        Column("cytoplasm", "BLOB", "cytoplasm channel, where there is one", "counts", nullable=True),
        Column(
            "mask", "BLOB", "the centre cell's own pixels, one bit each, row by row, highest bit first", nullable=True
        ),
        Column(
            "cells", "BLOB", "pixels of any cell, the centre's included, as mask; NULL where nobody looked for the others", nullable=True
        ),
    ),
)

CROP_OVERLAPS = Table(
    "crop_overlaps_found",
    "Pairs of crops that show the same pixels, found by comparing pixels where the crops' places are not known.",
    ("crop_a", "crop_b"),
    (
        Column("crop_a", "VARCHAR", "the crop whose id sorts first"),
        Column("crop_b", "VARCHAR", "the other crop", check="crop_b > crop_a"),
        Column("dy", "INTEGER", "rows from the centre of a down to that of b", "px"),
        Column("dx", "INTEGER", "columns from the centre of a right to that of b", "px"),
        Column("shared_px", "INTEGER", "pixels that both show", "px^2", check="shared_px > 0"),
    ),
    references=(("crop_a", "crops", "crop_id"), ("crop_b", "crops", "crop_id")),
)

PLANS = Table(
    "plans",
    "One row a plan: how its images were drawn, and from which crops.",
    ("plan_id",),
    (
        Column("plan_id", "VARCHAR", "hash of the options and of the crops that could be drawn"),
        Column(
            "kind",
            "VARCHAR",
            "sets (the paper's), factorial, or published: images of which others published the features alone",
            check=one_of("kind", ("sets", "factorial", "published")),
        ),
        SCREEN,
        REPLICATE,
        Column("seed", "BIGINT", "seed of the draw; NULL where others drew and did not say", nullable=True),
        Column("images", "INTEGER", "images that each set was to have", check="images > 0"),
        Column(
            "proteins",
            "VARCHAR",
            "a pair of proteins for each image, or one for each set; NULL where nobody said",
            source="paper 3.2",
            nullable=True,
            check=one_of("proteins", ("image", "set")),
        ),
        Column(
            "replacement",
            "VARCHAR",
            "what may stand twice in a set: none, backgrounds or both; NULL where nobody said",
            nullable=True,
            check=one_of("replacement", ("none", "backgrounds", "both")),
        ),
        Column("split", "VARCHAR", "what is disjoint between train and test", check="split IN ('none', 'protein', 'plate')"),
        Column("n_images", "BIGINT", "images planned"),
        Column("n_short", "INTEGER", "sets that have fewer images than wanted"),
        Column(
            "fingerprint",
            "VARCHAR",
            "number of kept crops and a hash of their ids: another one means that crops changed since; NULL without crops",
            nullable=True,
        ),
    ),
)

SWAPS = Table(
    "swaps",
    "One row a planned image: which centre goes on which background. Images are composed when they are needed, never stored.",
    ("plan_id", "setting", "localization", "background_localization", "draw"),
    (
        Column("plan_id", "VARCHAR", "plans.plan_id"),
        SETTING,
        Column("localization", "VARCHAR", "class of the centre cell", check=one_of("localization", LOCALIZATIONS)),
        Column("background_localization", "VARCHAR", "class of the background; NULL for real and masked crops", nullable=True,
               check=one_of("background_localization", LOCALIZATIONS)),
        Column("draw", "INTEGER", "place in the drawing order of its set, from 0", check="draw >= 0"),
        Column("image_id", "VARCHAR", "name of the image: embeddings.image_id"),
        Column(
            "centre_crop_id",
            "VARCHAR",
            "crop whose centre cell is shown; NULL in a published plan, which came without crops",
            nullable=True,
        ),
        Column("centre_orf", "VARCHAR", "its protein", nullable=True),
        Column("background_crop_id", "VARCHAR", "crop or cell-free window that is shown around it", nullable=True),
        Column("background_orf", "VARCHAR", "its protein", nullable=True),
        Column("split", "VARCHAR", "train or test, in a plan with a split", nullable=True, check="split IN ('train', 'test')"),
    ),
    references=(("centre_crop_id", "crops", "crop_id"), ("plan_id", "plans", "plan_id")),
)

MODELS = Table(
    "models",
    "One row a network with the weights that it was run with.",
    ("model",),
    (
        MODEL,
        Column("network", "VARCHAR", "architecture: a name of `cellswap models`, or module:Class"),
        Column("weights_file", "VARCHAR", "name of the weights file"),
        Column("weights_sha256", "VARCHAR", "hash of that file"),
        Column("weights_note", "VARCHAR", "what the weights are: published, pseudo-random, trained on ..."),
        Column("n_parameters", "BIGINT", "numbers in the weights; NULL where only features were published", nullable=True),
        Column("channels", "VARCHAR", "roles of the channels that it takes, in order: protein,cytoplasm"),
        Column("preprocessing", "VARCHAR", "what is done to a crop before the forward pass"),
        Column("precision", "VARCHAR", "number format of the forward pass: float32, bfloat16 or float16"),
    ),
)

EMBEDDINGS = Table(
    "embeddings",
    "One row an image and layer: the feature vector. `embedding_<model>_<layer>_<pooling>` are the same with a fixed width.",
    ("model", "layer", "pooling", "setting", "image_id"),
    (
        MODEL,
        LAYER,
        POOLING,
        SETTING,
        Column("image_id", "VARCHAR", "crops.crop_id for a real or masked crop, swaps.image_id for a composed image"),
        Column("crop_id", "VARCHAR", "the centre cell's crop; NULL for published features, which came without crops", nullable=True),
        Column("orf", "VARCHAR", "the centre cell's protein; rows are sorted by it", nullable=True),
        Column("embedding", "FLOAT[]", "the vector"),
    ),
    partition=("model", "layer", "pooling", "setting"),
    references=(("crop_id", "crops", "crop_id"), ("model", "models", "model")),
)

PAIR_ACCURACY = Table(
    "pair_accuracy",
    "One row a fold of a linear classifier between two classes (paper 3.4).",
    ("run_id", "task_id", "fold"),
    (
        Column("task_id", "VARCHAR", "the classifier: model, layer, pooling, setting, classes, background"),
        MODEL,
        LAYER,
        POOLING,
        SETTING,
        Column("class_by", "VARCHAR", "what the classes are", check="class_by IN ('localization', 'protein')"),
        Column("class_1", "VARCHAR", "first class"),
        Column("class_2", "VARCHAR", "second class", check="class_2 <> class_1"),
        Column("background", "VARCHAR", "localization of the background, in the triplet settings", nullable=True),
        Column(
            "plan_id", "VARCHAR", "the plan that drew the images: plans.plan_id; NULL where the sweep drew them itself", nullable=True
        ),
        Column(
            "grouped_by",
            "VARCHAR",
            "what the folds keep on one side: nothing (the paper), field, protein or plate",
            check="grouped_by IN ('nothing', 'field', 'protein', 'plate')",
        ),
        Column("fold", "INTEGER", "fold, from 0", check="fold >= 0"),
        ACCURACY,
        Column("n_train", "INTEGER", "training images", check="n_train > 0"),
        Column("n_test", "INTEGER", "test images", check="n_test > 0"),
        Column("n_class_1", "INTEGER", "images of the first class in all folds", check="n_class_1 > 0"),
        Column("n_class_2", "INTEGER", "images of the second class in all folds", check="n_class_2 > 0"),
        Column(
            "overlap_share",
            "DOUBLE",
            "share of test crops that show pixels of a training crop; of a swap the centre cell's crop counts",
            "0-1",
            nullable=True,
            check="overlap_share BETWEEN 0 AND 1",
        ),
        Column("c", "DOUBLE", "the SVM's penalty C", check="c > 0"),
        Column(
            "standardized",
            "BOOLEAN",
            "whether features were scaled by the training images' mean and standard deviation; the paper: no",
        ),
        Column(
            "scheme",
            "VARCHAR",
            "certified (our solver), libsvm (scikit-learn, uncapped) or libsvm-capped (the authors' 100,000 iterations)",
            check="scheme IN ('certified', 'libsvm', 'libsvm-capped')",
        ),
        Column("route", "VARCHAR", "which algorithm gave the answer: newton, interior_point or libsvm"),
        Column(
            "gap_tolerance",
            "DOUBLE",
            "relative duality gap asked for; NULL where libsvm judged by its own rule",
            nullable=True,
        ),
        Column(
            "duality_gap",
            "DOUBLE",
            "(primal - dual) / primal in float64 on the weights as used; NULL where it is not a number",
            nullable=True,
            check="duality_gap >= 0",
        ),
        Column(
            "converged",
            "BOOLEAN",
            "whether the solver reached its tolerance: a fold that is false here is no certain figure",
        ),
        Column("iterations", "INTEGER", "iterations of that algorithm", nullable=True),
    ),
)

PUBLISHED_PAIR_ACCURACY = Table(
    "published_pair_accuracy",
    "The authors' raw results: one row a classifier, five folds averaged.",
    ("model", "setting", "class_1", "class_2", "background"),
    (
        MODEL,
        LAYER,
        SETTING,
        Column("class_1", "VARCHAR", "Location1", check=one_of("class_1", LOCALIZATIONS)),
        Column("class_2", "VARCHAR", "Location2", check=one_of("class_2", LOCALIZATIONS)),
        Column(
            "background",
            "VARCHAR",
            "Background, in the triplet settings",
            nullable=True,
            check=one_of("background", LOCALIZATIONS),
        ),
        ACCURACY,
        Column(
            "std_dev",
            "DOUBLE",
            "population standard deviation over the five folds",
            "0-1",
            nullable=True,
            check="std_dev >= 0",
        ),
    ),
)

PUBLISHED_ACCURACY = Table(
    "published_accuracy",
    "Table 1 as printed.",
    ("model", "setting"),
    (MODEL, SETTING, ACCURACY, THREE_SE),
)

PUBLISHED_LOCALIZATION_ACCURACY = Table(
    "published_localization_accuracy",
    "Supplementary Table 2 as printed.",
    ("model", "setting", "localization"),
    (MODEL, SETTING, LOCALIZATION, ACCURACY, THREE_SE),
)

PUBLISHED_LAYER_ACCURACY = Table(
    "published_layer_accuracy",
    "Supplementary Table 1 as printed.",
    ("model", "layer"),
    (MODEL, LAYER, ACCURACY, Column("best", "BOOLEAN", "printed in bold")),
)

PUBLISHED_HELDOUT_ACCURACY = Table(
    "published_heldout_accuracy",
    "Supplementary Table 3 as printed (cell-free swaps).",
    ("model", "evaluation", "localization"),
    (MODEL, Column("evaluation", "VARCHAR", "protein_held_out or five_fold_cv"), LOCALIZATION, ACCURACY),
)

PUBLISHED_CLASSIFIER_METRICS = Table(
    "published_classifier_metrics",
    "Supplementary Table 4 as printed.",
    ("localization", "crops"),
    (
        LOCALIZATION,
        Column("crops", "VARCHAR", "original or masked"),
        Column("precision", "DOUBLE", "precision", "0-1"),
        Column("recall", "DOUBLE", "recall", "0-1"),
        Column("f1", "DOUBLE", "F1", "0-1"),
    ),
)

PUBLISHED_KL = Table(
    "published_kl",
    "The paper's figures on KL(original || masked) over multiply localized proteins.",
    ("statistic",),
    (
        Column("statistic", "VARCHAR", "name of the figure"),
        Column("value", "DOUBLE", "the figure", "nats or count"),
        Column("printed_in", "VARCHAR", "where it stands"),
    ),
)

TRUTH_CELLS = Table(
    "truth_cells",
    "One row a cell of a simulated screen, as it was drawn. No stage may read it except to score itself.",
    ("field_id", "cell"),
    (
        FIELD_ID,
        Column("cell", "INTEGER", "the cell's number in its field's label image", check="cell >= 1"),
        Column("orf", "VARCHAR", "the tagged gene"),
        Column(
            "localization",
            "VARCHAR",
            "where the protein is in this very cell",
            check=one_of("localization", LOCALIZATIONS),
        ),
        Column(
            "compartment_there",
            "BOOLEAN",
            "false where the cell has no such compartment (no bud neck without a bud): the protein is then spread out",
        ),
        Column("brightness", "DOUBLE", "light where the compartment is densest, before blur", "counts"),
        Column("stage", "VARCHAR", "stage of the cell cycle", check="stage IN ('G1', 'S', 'G2', 'M')"),
        Column("condition", "VARCHAR", "alive, dead or out of focus", check="condition IN ('alive', 'dead', 'out of focus')"),
        Column("bud_radius_px", "DOUBLE", "radius of the bud, 0 without one", "px", check="bud_radius_px >= 0"),
        Column("centre_y", "DOUBLE", "row of the centroid of what shows, bud included", "px", check="centre_y >= 0"),
        Column("centre_x", "DOUBLE", "column of that centroid", "px", check="centre_x >= 0"),
        Column("area_px", "INTEGER", "pixels that show, bud included", "px^2", check="area_px > 0"),
        Column("isolated", "BOOLEAN", "no other cell within two pixels"),
        Column("at_border", "BOOLEAN", "the field's border cuts it, or it touches it"),
    ),
)

TRUTH_PROTEINS = Table(
    "truth_proteins",
    "One row a protein of a simulated screen and a place where it is: the true share of cells. No stage may read it but to score itself.",
    ("screen", "orf", "localization"),
    (
        SCREEN,
        Column("orf", "VARCHAR", "the tagged gene"),
        LOCALIZATION,
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

REJECTS = Table(
    "rejects",
    "One row a file or row that came in and was not kept, with the reason.",
    ("run_id", "place", "reason"),
    (
        Column("place", "VARCHAR", "file, or file and row"),
        Column("reason", "VARCHAR", "kind of reason, as in runs.dropped"),
        Column("detail", "VARCHAR", "what was expected, what was found, what to do"),
    ),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        PROTEINS,
        WELLS,
        FIELDS,
        INTENSITY_HISTOGRAMS,
        CROPS,
        BACKGROUNDS,
        FIELD_PREVIEWS,
        PIXELS,
        CROP_OVERLAPS,
        PLANS,
        SWAPS,
        MODELS,
        EMBEDDINGS,
        PAIR_ACCURACY,
        PUBLISHED_PAIR_ACCURACY,
        PUBLISHED_ACCURACY,
        PUBLISHED_LOCALIZATION_ACCURACY,
        PUBLISHED_LAYER_ACCURACY,
        PUBLISHED_HELDOUT_ACCURACY,
        PUBLISHED_CLASSIFIER_METRICS,
        PUBLISHED_KL,
        TRUTH_CELLS,
        TRUTH_PROTEINS,
        TRUTH_PLATES,
        REJECTS,
    )
}

# runs/*.json, which DuckDB reads as the view `runs`.
RUNS = Table(
    "runs",
    "One row a command that wrote to the store.",
    ("run_id",),
    (
        Column("command", "VARCHAR", "the command"),
        Column("arguments", "JSON", "its arguments, defaults included"),
        Column("started_at", "TIMESTAMP", "start", "UTC"),
        Column("finished_at", "TIMESTAMP", "end; NULL while it runs or if it was killed", "UTC", nullable=True),
        Column("status", "VARCHAR", "running, done, failed or interrupted"),
        Column("versions", "JSON", "versions of cellswap, Python and the libraries that compute"),
        Column(
            "inputs",
            "STRUCT(path VARCHAR, sha256 VARCHAR, bytes BIGINT)[]",
            "files read and their hashes; names only, no folders",
        ),
        Column("rows_in", "BIGINT", "rows or files that came in"),
        Column("rows_kept", "BIGINT", "of these, how many were kept"),
        Column("dropped", "STRUCT(reason VARCHAR, n BIGINT)[]", "how many were not, and why"),
        Column("written", 'STRUCT("table" VARCHAR, n BIGINT)[]', "rows written to each table"),
        Column("notes", "VARCHAR[]", "what a reader of the results must know"),
    ),
)


@cache
def table(name: str) -> Table:
    """The table of that name, or UnknownName."""
    if name not in TABLES:
        raise UnknownName("table", name, TABLES)
    return TABLES[name]
