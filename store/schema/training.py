"""Tables that train writes."""

from __future__ import annotations

from cellswap.store.schema.column import MODEL, SCREEN, Column, Table

TRAINING_METRICS = Table(
    "training_metrics",
    "One row an epoch and side: how well a network in training does on what it learns from, and on what is held out.",
    ("training_id", "epoch", "side"),
    (
        Column("training_id", "VARCHAR", "network, robust ways, and a hash of all that decides the weights"),
        Column("network", "VARCHAR", "architecture: a name of `cellswap models`"),
        Column(
            "robust",
            "VARCHAR",
            "ways to look away from the background: none, or some of center, mask, swap with + between",
            check="regexp_full_match(robust, 'none|(center|mask|swap)([+](center|mask|swap))*')",
        ),
        SCREEN,
        Column("split_by", "VARCHAR", "what the sides do not share", check="split_by IN ('field', 'condition', 'plate')"),
        Column("seed", "BIGINT", "seed of variables, order and augmentation", check="seed >= 0"),
        Column("epoch", "INTEGER", "epoch, from 1; of test the epoch whose weights were kept", check="epoch >= 1"),
        Column(
            "side",
            "VARCHAR",
            "train (augmented, while the weights still change), val (decides which epoch is kept) or test (measured once, at the end)",
            check="side IN ('train', 'val', 'test')",
        ),
        Column("loss", "DOUBLE", "mean of the recipe's loss: cross-entropy, or squared error of painted pixels"),
        Column(
            "accuracy",
            "DOUBLE",
            "share of images whose protein or localization was recognized; NULL for a recipe that recognizes nothing",
            "0-1",
            nullable=True,
            check="accuracy BETWEEN 0 AND 1",
        ),
        Column("n_images", "INTEGER", "images", check="n_images > 0"),
        Column("n_labels", "INTEGER", "labels to tell apart; NULL for a recipe without", nullable=True, check="n_labels > 1"),
        Column("learning_rate", "DOUBLE", "at the start of the epoch; train only", nullable=True, check="learning_rate >= 0"),
        Column("images_per_second", "DOUBLE", "speed of the whole loop; train only", "1/s", nullable=True, check="images_per_second > 0"),
    ),
)

TRAINING_CONDITIONS = Table(
    "training_conditions",
    "One row a network and protein that it was trained on, from its weights file; none for weights that do not say.",
    ("model", "condition"),
    (MODEL, Column("condition", "VARCHAR", "the tagged gene, by its name: on another simulated screen the same name is another look")),
    references=(("model", "models", "model"),),
)

TABLES = (TRAINING_METRICS, TRAINING_CONDITIONS)
