"""Tables that evaluate writes."""

from __future__ import annotations

from cellswap.store.schema.column import (
    ACCURACY,
    CLASS,
    CLASS_BY,
    LAYER,
    MODEL,
    OF_SOME_SCHEME,
    POOLING,
    SETTING,
    Column,
    Table,
    one_of,
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
        Column("class_by", "VARCHAR", "scheme of the classes, or protein where each is one", check=CLASS_BY),
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
            check="grouped_by IN ('nothing', 'field', 'condition', 'plate')",
        ),
        Column(
            "folds",
            "VARCHAR",
            "how images were parted: a number of folds, plate or field (each left out once), or the plan's plate split or protein split",
            check="folds IN ('plate', 'field', 'plate split', 'condition split') OR try_cast(folds AS INTEGER) >= 2",
        ),
        Column("fold", "INTEGER", "fold, from 0", check="fold >= 0"),
        ACCURACY,
        Column("n_train", "INTEGER", "training images", check="n_train > 0"),
        Column("n_test", "INTEGER", "test images", check="n_test > 0"),
        Column("n_test_1", "INTEGER", "of these, images of the first class", check="n_test_1 BETWEEN 0 AND n_test"),
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
        Column(
            "route",
            "VARCHAR",
            "which algorithm gave the answer: newton, interior_point or libsvm; constant: no feature of the training images varied",
        ),
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

# What a fold of any linear classifier is known by, and how sure its figure is.
_FIT = tuple(
    PAIR_ACCURACY.column(name)
    for name in (
        "fold", "accuracy", "n_train", "n_test", "n_class_1", "n_class_2", "overlap_share", "c", "standardized", "scheme", "route",
        "gap_tolerance", "duality_gap", "converged", "iterations",
    )
)  # fmt: skip
_SET = (MODEL, LAYER, POOLING, SETTING)
_PAIR = tuple(PAIR_ACCURACY.column(name) for name in ("class_1", "class_2"))
_PARTED = tuple(PAIR_ACCURACY.column(name) for name in ("grouped_by", "folds", "n_test_1"))
BY = ("condition", "plate")

LAYER_CONDITIONS = Table(
    "layer_conditions",
    "The proteins that stand for their class when layers are compared (paper A): one row a chosen protein.",
    ("run_id", "class", "condition"),
    (
        CLASS,
        Column("condition", "VARCHAR", "a protein that is in this place alone"),
        Column("place", "INTEGER", "place in the order of choice within its class, from 0", check="place >= 0"),
        Column(
            "chosen_by",
            "VARCHAR",
            "purity (the highest first), or name (a hash of it) where no purity is known",
            check="chosen_by IN ('purity', 'name')",
        ),
        Column("purity", "DOUBLE", "share of its cells that show the place, where known", "0-1", nullable=True),
        Column("n_crops", "INTEGER", "kept crops that it has", check="n_crops > 0"),
        Column("n_candidates", "INTEGER", "proteins of the class that could be chosen", check="n_candidates > 0"),
    ),
)

LAYER_ACCURACY = Table(
    "layer_accuracy",
    "One row a fold of a classifier between two classes on a layer's vectors, for the comparison of layers (paper A).",
    ("run_id", "task_id", "fold"),
    (Column("task_id", "VARCHAR", "the classifier: model, layer, pooling, setting, classes"), *_SET, *_PAIR, *_PARTED, *_FIT),
)

HELDOUT_SPLIT = Table(
    "heldout_split",
    "Who is on which side when proteins or plates are held out (paper D.3): one row a protein or plate and class.",
    ("run_id", "setting", "role", "class", "name", "side"),
    (
        SETTING,
        Column("split_by", "VARCHAR", "what is on one side only: proteins or plates", check=one_of("split_by", BY)),
        Column("role", "VARCHAR", "whether its cells are the centre or behind it", check=one_of("role", ("centre", "background"))),
        Column("class", "VARCHAR", "class of the cells", check=OF_SOME_SCHEME),
        Column("name", "VARCHAR", "the protein, or the plate as screen/plate"),
        Column("side", "VARCHAR", "train or test", check=one_of("side", ("train", "test"))),
        Column("n_images", "INTEGER", "drawn images of it", check="n_images > 0"),
        Column(
            "n_overlapping",
            "INTEGER",
            "of these, images whose centre's crop shows pixels of an image on the other side; NULL where nobody knows",
            nullable=True,
        ),
        Column("overlap_share", "DOUBLE", "n_overlapping / n_images", "0-1", nullable=True, check="overlap_share BETWEEN 0 AND 1"),
    ),
)

HELDOUT_ACCURACY = Table(
    "heldout_accuracy",
    "One row a fit: tested on held-out proteins or plates, and by five folds on the same images (paper D.3).",
    ("run_id", "task_id", "evaluation", "fold"),
    (
        Column("task_id", "VARCHAR", "the classifier: model, layer, pooling, setting, classes, background"),
        *_SET,
        Column(
            "evaluation",
            "VARCHAR",
            "condition_held_out or plate_held_out (one fit), or five_fold_cv (five, images mixed)",
            check=one_of("evaluation", ("condition_held_out", "plate_held_out", "five_fold_cv")),
        ),
        Column("split_by", "VARCHAR", "what the same run holds out", check=one_of("split_by", BY)),
        *_PAIR,
        PAIR_ACCURACY.column("background"),
        Column("plan_id", "VARCHAR", "the plan that drew and parted the images; NULL where the command did", nullable=True),
        *_FIT,
    ),
)

_CROPS = Column("crops", "VARCHAR", "which of the two classifiers: original or masked", check=one_of("crops", ("original", "masked")))
_SCHEME = Column(
    "scheme",
    "VARCHAR",
    "adam (the paper: five epochs), exact (to the optimum, penalised), published (the authors' weights)",
    check=one_of("scheme", ("adam", "exact", "published")),
)
_SHOWN = (MODEL, LAYER, POOLING, _CROPS, SETTING, _SCHEME)

CLASSIFIER_METRICS = Table(
    "classifier_metrics",
    "How well each of the two multinomial classifiers tells a class, on the fifth of the images held out (paper E.1).",
    ("run_id", "model", "layer", "pooling", "crops", "class"),
    (
        *_SHOWN,
        CLASS,
        Column("precision", "DOUBLE", "share of the images called this class that are; NULL where none is", "0-1", nullable=True),
        Column("recall", "DOUBLE", "share of the class's images called so; NULL where it has none", "0-1", nullable=True),
        Column("f1", "DOUBLE", "2 TP / (2 TP + FP + FN); NULL where the class has no held-out image", "0-1", nullable=True),
        Column("reason", "VARCHAR", "why a figure is missing", nullable=True),
        Column("n_train", "INTEGER", "training images of the class; 0 for the authors' weights", check="n_train >= 0"),
        Column("n_test", "INTEGER", "held-out images of the class", check="n_test >= 0"),
        Column("n_predicted", "INTEGER", "held-out images called this class", check="n_predicted >= 0"),
        Column("n_conditions", "INTEGER", "proteins that the class's images are of", check="n_conditions >= 0"),
        Column("steps", "INTEGER", "steps of the whole fit; NULL for the authors' weights", nullable=True),
        Column("loss", "DOUBLE", "mean cross-entropy of the whole fit on its training images", "nats", nullable=True),
        Column("converged", "BOOLEAN", "whether the exact scheme met its tolerance; NULL for the others, which do not ask", nullable=True),
    ),
)

PROPORTIONS = Table(
    "proportions",
    "One row a multiply localized protein and class: the share that a classifier gives it (paper 3.6), formed in three ways.",
    ("run_id", "model", "layer", "pooling", "crops", "form", "condition", "class"),
    (
        *_SHOWN,
        Column(
            "form",
            "VARCHAR",
            "argmax: share of cells called so (the text); mean: mean probability; first: one cell's probabilities (the authors' notebook)",
            check=one_of("form", ("argmax", "mean", "first")),
        ),
        Column("screen", "VARCHAR", "data set of its crops; NULL where the vectors came without crops", nullable=True),
        Column("condition", "VARCHAR", "the protein"),
        CLASS,
        Column("share", "DOUBLE", "predicted share; a protein's sum to 1", "0-1", check="share BETWEEN 0 AND 1.000001"),
        Column("n_crops", "INTEGER", "images that the share is formed from", check="n_crops > 0"),
    ),
)

TABLES = (PAIR_ACCURACY, LAYER_CONDITIONS, LAYER_ACCURACY, HELDOUT_SPLIT, HELDOUT_ACCURACY, CLASSIFIER_METRICS, PROPORTIONS)
