"""Tables of evaluate's measures beside accuracies: who is behind an accuracy, robustness, sensitivity and neighbours."""

from __future__ import annotations

from cellswap.store.schema.column import CLASS_BY, LAYER, MODEL, POOLING, SETTING, Column, Table, one_of

TASK_ID = Column("task_id", "VARCHAR", "the classifier: pair_accuracy.task_id")
LOW = Column("low", "DOUBLE", "lower end of the bootstrap interval over proteins; NULL as reason says", "0-1", nullable=True)
HIGH = Column("high", "DOUBLE", "upper end of that interval", "0-1", nullable=True, check="high >= low")
LEVEL = Column("level", "DOUBLE", "share of resamples inside the interval", "0-1", nullable=True, check="level > 0 AND level < 1")
N_RESAMPLES = Column("n_resamples", "INTEGER", "bootstrap resamples behind the interval; 0 where there is none", check="n_resamples >= 0")
SEED = Column("seed", "VARCHAR", "names that the resamples' random numbers follow from; NULL where there are none", nullable=True)
REASON = Column("reason", "VARCHAR", "why a figure of this row is NULL; NULL where none is", nullable=True)

PAIR_CONDITION_ACCURACY = Table(
    "pair_condition_accuracy",
    "One row a classifier and protein: how many of the centre cells' test images were classified rightly, over all folds.",
    ("run_id", "task_id", "condition"),
    (
        TASK_ID,
        Column("class", "VARCHAR", "the protein's class in this classifier: class_1 or class_2"),
        Column("condition", "VARCHAR", "the centre cells' protein; images of no known protein have no row"),
        Column("n_tested", "INTEGER", "test images over all folds: each image is tested once", check="n_tested > 0"),
        Column("n_right", "INTEGER", "of these, classified rightly", check="n_right BETWEEN 0 AND n_tested"),
    ),
)

MISCLASSIFIED = Table(
    "misclassified",
    "The few test images of each classifier that lie furthest on the wrong side (paper, Supplementary Figure 2).",
    ("run_id", "task_id", "rank"),
    (
        TASK_ID,
        Column("rank", "INTEGER", "place in the classifier, from 1: 1 is the furthest", check="rank >= 1"),
        Column("fold", "INTEGER", "fold that tested the image, from 0", check="fold >= 0"),
        Column("image_id", "VARCHAR", "the image: embeddings.image_id"),
        Column("class", "VARCHAR", "its true class"),
        Column("called", "VARCHAR", "the class that the classifier gave it", check="called <> class"),
        Column(
            "decision",
            "DOUBLE",
            "value of the decision function, the SVM's margin being 1: below 0 calls class_1, else class_2",
        ),
    ),
)

ROBUSTNESS = Table(
    "robustness",
    "One row a drop of accuracy between two settings (or one setting's accuracy), with its bootstrap interval over proteins."
    " Asked again, a sweep's rows are replaced. The views robustness_drops and robustness_line show them beside standard errors.",
    ("source", "model", "layer", "pooling", "setting_from", "setting_to"),
    (
        Column("source", "VARCHAR", "the pair sweep: run_id of evaluate pairs, or 'published'"),
        MODEL,
        LAYER,
        POOLING,
        Column("setting_from", "VARCHAR", "the setting that the drop is measured from"),
        Column("setting_to", "VARCHAR", "the setting that the drop is measured to; NULL: setting_from's accuracy itself", nullable=True),
        Column(
            "estimate",
            "DOUBLE",
            "what the interval is around, from counts by protein: accuracy(setting_from) - accuracy(setting_to) by the"
            " text's rule over the pairs that both have; NULL where there are no counts",
            "0-1",
            "paper 3.4",
            nullable=True,
        ),
        Column("std_error", "DOUBLE", "standard deviation over the resamples", "0-1", nullable=True, check="std_error >= 0"),
        LOW,
        HIGH,
        LEVEL,
        Column(
            "n_conditions",
            "INTEGER",
            "proteins that were resampled, within their classes; with fewer than 6 in a class the interval is too narrow"
            " (at 3 a class, 90 % of the 95 % intervals held the truth of a simulation)",
            check="n_conditions >= 0",
        ),
        N_RESAMPLES,
        SEED,
        REASON,
    ),
)

PARTS = ("centre", "background", "both")
_DESIGN = (
    Column("plan_id", "VARCHAR", "the factorial plan: plans.plan_id"),
    MODEL,
    LAYER,
    POOLING,
    Column("variant", "VARCHAR", "how images were composed: paper, or the variant: dilate3, feather, ..."),
)

SENSITIVITY = Table(
    "sensitivity",
    "One row a layer and part of its variance in a factorial plan: what centre cells, backgrounds, and both together explain.",
    ("run_id", "plan_id", "model", "layer", "pooling", "variant", "part"),
    (
        *_DESIGN,
        Column(
            "part",
            "VARCHAR",
            "centre, background, or both: what neither explains alone (interaction and rest)",
            check=one_of("part", PARTS),
        ),
        Column(
            "variance",
            "DOUBLE",
            "variance component, summed over dimensions; the unbiased estimate may be a little below 0",
            "features squared",
        ),
        Column("share", "DOUBLE", "of the three parts' sum; NULL where all vectors are equal", "0-1", nullable=True),
        LOW,
        HIGH,
        LEVEL,
        Column("n_images", "INTEGER", "images with a vector", check="n_images > 0"),
        Column("n_missing", "INTEGER", "images of the plan without a vector", check="n_missing >= 0"),
        Column("n_centres", "INTEGER", "centre cells", check="n_centres > 1"),
        Column("n_backgrounds", "INTEGER", "backgrounds", check="n_backgrounds > 1"),
        Column("n_centre_conditions", "INTEGER", "their proteins", check="n_centre_conditions > 0"),
        Column("n_background_conditions", "INTEGER", "the backgrounds' proteins", check="n_background_conditions > 0"),
        Column("n_dimensions", "INTEGER", "width of the vectors", check="n_dimensions > 0"),
        N_RESAMPLES,
        SEED,
        REASON,
    ),
)

SENSITIVITY_CELLS = Table(
    "sensitivity_cells",
    "One row a layer and centre cell of a factorial plan: how far backgrounds move its vector.",
    ("run_id", "plan_id", "model", "layer", "pooling", "variant", "centre_crop_id"),
    (
        *_DESIGN,
        Column("centre_crop_id", "VARCHAR", "the centre cell's crop"),
        Column("condition", "VARCHAR", "its protein"),
        Column("n_backgrounds", "INTEGER", "backgrounds that it was seen on", check="n_backgrounds > 0"),
        Column(
            "displacement",
            "DOUBLE",
            "root mean square distance of its vectors from their mean over backgrounds, in units of the spread between cells"
            " (the same of all cells' means); NULL where that is 0 or it was seen on one background",
            "between-cell spreads",
            nullable=True,
            check="displacement >= 0",
        ),
        Column(
            "cosine_distance",
            "DOUBLE",
            "mean of 1 - cosine between its vectors and their mean; NULL where one of them is all zero or it was seen on one background",
            "0-2",
            nullable=True,
            check="cosine_distance BETWEEN -1e-6 AND 2",
        ),
    ),
)

NEIGHBOUR_ACCURACY = Table(
    "neighbour_accuracy",
    "One row a class: how its images are called by their nearest neighbours, leaving the image itself out.",
    ("run_id", "model", "layer", "pooling", "setting", "method", "k", "left_out", "class"),
    (
        MODEL,
        LAYER,
        POOLING,
        SETTING,
        Column(
            "method",
            "VARCHAR",
            "pci: majority of neighbours by Euclidean distance on standardized features (Lu et al. 2019); dino: share of"
            " weights exp(cosine / 0.07) over one half (Isselmann et al. 2025)",
            check="method IN ('pci', 'dino')",
        ),
        Column("k", "INTEGER", "neighbours asked", check="k > 0"),
        Column(
            "left_out",
            "VARCHAR",
            "images that share this with the one asked about are no neighbours; nothing: only those of the same centre cell",
            check="left_out IN ('nothing', 'field', 'condition', 'plate')",
        ),
        Column("class_by", "VARCHAR", "scheme of the classes, or protein where each is one", check=CLASS_BY),
        Column("class", "VARCHAR", "the class"),
        Column(
            "plan_id",
            "VARCHAR",
            "the plan that drew the images: plans.plan_id; NULL where they were drawn from all crops",
            nullable=True,
        ),
        Column("n_images", "INTEGER", "images of the class", check="n_images > 0"),
        Column("n_right", "INTEGER", "of these, called so", check="n_right BETWEEN 0 AND n_images"),
        Column("n_called", "INTEGER", "images of any class that were called so", check="n_called >= n_right"),
    ),
)

LABEL_DISTANCES = Table(
    "label_distances",
    "One row a class: mean distance between its images beside that between all images (Lu et al. 2019).",
    ("run_id", "model", "layer", "pooling", "setting", "class"),
    (
        MODEL,
        LAYER,
        POOLING,
        SETTING,
        Column("class_by", "VARCHAR", "scheme of the classes, or protein where each is one", check=CLASS_BY),
        Column("class", "VARCHAR", "the class"),
        Column(
            "plan_id",
            "VARCHAR",
            "the plan that drew the images: plans.plan_id; NULL where they were drawn from all crops",
            nullable=True,
        ),
        Column("n_images", "INTEGER", "images of the class", check="n_images > 0"),
        Column(
            "mean_distance",
            "DOUBLE",
            "mean Euclidean distance on standardized features between two of its images; NULL where there is only one",
            "standard deviations",
            nullable=True,
            check="mean_distance >= 0",
        ),
        Column("mean_distance_all", "DOUBLE", "the same between any two images of the set", "standard deviations"),
        Column(
            "normalized",
            "DOUBLE",
            "mean_distance / mean_distance_all: under 1 where the class is closer together than images at large; NULL as mean_distance",
            "ratio",
            nullable=True,
        ),
    ),
)

TABLES = (
    PAIR_CONDITION_ACCURACY,
    MISCLASSIFIED,
    ROBUSTNESS,
    SENSITIVITY,
    SENSITIVITY_CELLS,
    NEIGHBOUR_ACCURACY,
    LABEL_DISTANCES,
)
