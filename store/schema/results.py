"""Tables that evaluate writes."""

from __future__ import annotations

from cellswap.store.schema.column import ACCURACY, LAYER, MODEL, POOLING, SETTING, Column, Table

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
            "plan_id",
            "VARCHAR",
            "the plan that drew the images: plans.plan_id; NULL where the sweep drew them itself",
            nullable=True,
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

TABLES = (PAIR_ACCURACY,)
