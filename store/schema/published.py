"""Tables of what the paper's authors published."""

from __future__ import annotations

from cellswap.store.schema.column import ACCURACY, LAYER, MODEL, PUBLISHED_LOCALIZATION, SETTING, THREE_SE, Column, Table, one_of
from cellswap.store.vocabulary import LOCALIZATIONS

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
    (MODEL, SETTING, PUBLISHED_LOCALIZATION, ACCURACY, THREE_SE),
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
    (MODEL, Column("evaluation", "VARCHAR", "protein_held_out or five_fold_cv"), PUBLISHED_LOCALIZATION, ACCURACY),
)

PUBLISHED_CLASSIFIER_METRICS = Table(
    "published_classifier_metrics",
    "Supplementary Table 4 as printed.",
    ("localization", "crops"),
    (
        PUBLISHED_LOCALIZATION,
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

TABLES = (
    PUBLISHED_PAIR_ACCURACY,
    PUBLISHED_ACCURACY,
    PUBLISHED_LOCALIZATION_ACCURACY,
    PUBLISHED_LAYER_ACCURACY,
    PUBLISHED_HELDOUT_ACCURACY,
    PUBLISHED_CLASSIFIER_METRICS,
    PUBLISHED_KL,
)
