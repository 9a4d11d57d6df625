"""Tables of plans, networks and what they made of each image."""

from __future__ import annotations

from cellswap.store.schema.column import LAYER, MODEL, OF_SOME_SCHEME, POOLING, REPLICATE, SCREEN, SETTING, Column, Table, one_of

PLANS = Table(
    "plans",
    "One row a plan: how its images were drawn, and from which crops.",
    ("plan_id",),
    (
        Column("plan_id", "VARCHAR", "hash of the options and of the crops that could be drawn"),
        Column(
            "kind",
            "VARCHAR",
            "sets (the paper's), factorial, published (others published the features alone), or given (others swapped the images)",
            check=one_of("kind", ("sets", "factorial", "published", "given")),
        ),
        SCREEN,
        REPLICATE,
        Column("seed", "BIGINT", "seed of the draw; NULL where others drew and did not say", nullable=True),
        Column("images", "INTEGER", "images that each set was to have", check="images > 0"),
        Column(
            "conditions",
            "VARCHAR",
            "a pair of proteins for each image, or one for each set; NULL where nobody said",
            source="paper 3.2",
            nullable=True,
            check=one_of("conditions", ("image", "set")),
        ),
        Column(
            "replacement",
            "VARCHAR",
            "what may stand twice in a set: none, backgrounds or both; NULL where nobody said",
            nullable=True,
            check=one_of("replacement", ("none", "backgrounds", "both")),
        ),
        Column("scheme", "VARCHAR", "scheme of the classes"),
        Column("least_grade", "INTEGER", "labels of a lower grade were left out; NULL where all counted", nullable=True),
        Column("split", "VARCHAR", "what is disjoint between train and test", check="split IN ('none', 'condition', 'plate')"),
        Column("n_images", "BIGINT", "images planned"),
        Column("n_short", "INTEGER", "sets that have fewer images than wanted"),
        Column(
            "fingerprint",
            "VARCHAR",
            "number of the screen's kept crops and a hash of their ids: another one means that they changed since; NULL without crops",
            nullable=True,
        ),
    ),
)

SWAPS = Table(
    "swaps",
    "One row a planned image: which centre goes on which background. Images are composed when they are needed, never stored.",
    ("plan_id", "setting", "class", "background_class", "draw"),
    (
        Column("plan_id", "VARCHAR", "plans.plan_id"),
        SETTING,
        Column("class", "VARCHAR", "class of the centre cell", check=OF_SOME_SCHEME),
        Column(
            "background_class",
            "VARCHAR",
            "class of the background; NULL for real and masked crops",
            nullable=True,
            check=f"background_{OF_SOME_SCHEME}",
        ),
        Column("draw", "INTEGER", "place in the drawing order of its set, from 0", check="draw >= 0"),
        Column("image_id", "VARCHAR", "name of the image: embeddings.image_id"),
        Column(
            "centre_crop_id",
            "VARCHAR",
            "crop whose centre cell is shown; NULL in a published plan, which came without crops",
            nullable=True,
        ),
        Column("centre_condition", "VARCHAR", "its protein", nullable=True),
        Column("background_crop_id", "VARCHAR", "crop or cell-free window that is shown around it", nullable=True),
        Column("background_condition", "VARCHAR", "its protein", nullable=True),
        Column(
            "split",
            "VARCHAR",
            "train or test, in a plan with a split",
            nullable=True,
            check="split IN ('train', 'test')",
        ),
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

COUNTED_OTHERWISE = """
    SELECT model, layer, pooling, setting, condition, sum(condition_n) AS counted, count(*) AS n FROM embeddings
    WHERE condition IS NOT NULL GROUP BY ALL HAVING counted IS DISTINCT FROM n"""
OTHER_WIDTHS = """
    WITH widths AS (SELECT model, layer, pooling, setting, len(embedding) AS width, count(*) AS n FROM embeddings GROUP BY ALL)
    FROM widths SEMI JOIN (SELECT model, layer, pooling FROM widths GROUP BY ALL HAVING count(DISTINCT width) > 1)
    USING (model, layer, pooling)"""

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
        Column(
            "crop_id",
            "VARCHAR",
            "the centre cell's crop; NULL for published features, which came without crops",
            nullable=True,
        ),
        Column("condition", "VARCHAR", "the centre cell's protein; rows are sorted by it", nullable=True),
        Column("embedding", "FLOAT[]", "the vector"),
        Column(
            "condition_n",
            "INTEGER",
            "in the first of a part's rows of one protein: how many there are; NULL in the others",
            nullable=True,
            check="condition_n >= 1",
        ),
        Column(
            "condition_sum",
            "FLOAT[]",
            "in that row: the sum of their vectors, so that the mean of each protein is had without reading these",
            nullable=True,
            check="len(condition_sum) = len(embedding)",
        ),
    ),
    partition=("model", "layer", "pooling", "setting"),
    references=(("crop_id", "crops", "crop_id"), ("model", "models", "model")),
    rules=(("condition_n counts the rows of each protein", COUNTED_OTHERWISE), ("a layer's vectors have one width", OTHER_WIDTHS)),
)

TABLES = (
    PLANS,
    SWAPS,
    MODELS,
    EMBEDDINGS,
)
