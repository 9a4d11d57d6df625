"""Plans on a small store: the rules of the paper for any options, the same rows for the same seed, what falls short."""

from __future__ import annotations

import shutil

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cellswap.errors import BadInput, UnknownName
from cellswap.extract.swaps import plan
from cellswap.extract.swaps.plan import Options
from cellswap.store import database, folder
from cellswap.store.vocabulary import SETTINGS
from tests import swap_store

UNEVEN = {"ER": [9, 3, 1], "nucleus": [6, 6], "cytoplasm": [4], "Golgi": [2, 7, 7, 7, 7]}


@pytest.fixture(scope="module")
def connection(empty, tmp_path_factory):
    store = folder.read(shutil.copytree(empty, tmp_path_factory.mktemp("uneven") / "store"))
    swap_store.fill(store, UNEVEN, n_windows=3)
    with database.connect(store) as opened:
        yield opened


OPTIONS = st.builds(
    Options,
    st.just("s"),
    st.lists(st.sampled_from(list(SETTINGS)), min_size=1, unique=True).map(tuple),
    images=st.integers(1, 12),
    conditions=st.sampled_from(["image", "set"]),
    replacement=st.sampled_from(["none", "backgrounds", "both"]),
    split=st.sampled_from(["none", "condition"]),
    seed=st.integers(0, 2**40),
)


def made_or_none(connection, options):
    """The plan, or None where it is right that nothing can be drawn."""
    try:
        return plan.make(connection, options)
    except BadInput as error:
        if "nothing can be drawn" in str(error):
            return None
        raise


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(OPTIONS)
def test_every_plan_keeps_the_rules(connection, options):
    made = made_or_none(connection, options)
    if made is None:
        return
    query = "SELECT crop_id, (condition, class) FROM crop_filter WHERE kept"
    kept = dict(connection.execute(query).fetchall())
    windows = dict(connection.execute("SELECT crop_id, condition FROM cell_free_windows WHERE kept").fetchall())
    classes = dict(kept.values())
    sets: dict[tuple[object, ...], list[dict[str, object]]] = {}
    for row in made.rows.to_pylist():
        centre, behind = row["centre_crop_id"], row["background_crop_id"]
        assert kept[centre] == (row["centre_condition"], row["class"])
        if row["setting"] in {"baseline", "masked"}:
            assert (behind, row["background_condition"], row["background_class"]) == (None, None, None)
            assert row["image_id"] == centre
        else:
            assert row["background_condition"] not in {None, row["centre_condition"]}
            assert classes[row["background_condition"]] == row["background_class"]
            assert (row["background_class"] == row["class"]) == (row["setting"] == "same_class_swap")
            found = windows[behind] if row["setting"] == "cell_free_swap" else kept[behind][0]
            assert found == row["background_condition"]
        sets.setdefault((row["setting"], row["class"], row["background_class"]), []).append(row)
    for rows in sets.values():
        assert [row["draw"] for row in rows] == list(range(len(rows)))
        assert len(rows) <= options.images
        swapped = rows[0]["background_condition"] is not None
        once = {"both": (), "backgrounds": ("centre",), "none": ("centre", "background") if swapped else ("centre",)}
        for side in once[options.replacement]:
            assert len({row[f"{side}_crop_id"] for row in rows}) == len(rows)
        if options.conditions == "set" and options.split == "none":
            assert len({(row["centre_condition"], row["background_condition"]) for row in rows}) == 1
    train, test = (
        {r[f"{of}_condition"] for r in made.rows.to_pylist() if r["split"] == side for of in ("centre", "background")} - {None}
        for side in ("train", "test")
    )
    assert not train & test
    assert bool(train | test) == (options.split == "condition")
    n_sets = sum({"same_class_swap": 4, "baseline": 4, "masked": 4}.get(s, 12) for s in options.settings)
    assert len(made.rows) + sum(s.of.wanted - s.n for s in made.short) == n_sets * options.images


def test_the_same_seed_gives_the_same_rows_with_any_number_of_threads(connection):
    made = [plan.make(connection, Options("s", images=5, seed=seed)) for seed in (1, 1, 2)]
    connection.execute("SET threads = 1")
    made.append(plan.make(connection, Options("s", images=5, seed=1)))
    connection.execute("RESET threads")
    assert made[0].rows.equals(made[1].rows)
    assert made[0].rows.equals(made[3].rows)
    assert not made[0].rows.equals(made[2].rows)
    assert made[0].plan_id == made[1].plan_id == made[3].plan_id != made[2].plan_id


def test_what_falls_short_names_class_and_conditions(connection):
    made = plan.make(connection, Options("s", ("baseline", "same_class_swap"), images=10))
    told = [str(short) for short in made.short]
    lone = "4 crops of 1 proteins (Y002A0 4)"
    assert told == [
        f"baseline: cytoplasm: 4 of 10 images; centres {lone}",
        f"same_class_swap: cytoplasm on cytoplasm: 0 of 10 images; centres {lone}; backgrounds {lone}",
    ]


def test_a_factorial_plan_crosses_each_centre_with_each_background(connection):
    made = plan.make(connection, Options("s", classes=("ER", "nucleus", "Golgi"), factorial=(4, 3)))
    rows = made.rows.to_pylist()
    centres, backgrounds = ({row[f"{side}_crop_id"] for row in rows} for side in ("centre", "background"))
    assert (len(centres), len(backgrounds), len(rows)) == (4, 3, 12)
    assert {(row["centre_crop_id"], row["background_crop_id"]) for row in rows} == {(c, b) for c in centres for b in backgrounds}
    assert not {row["centre_condition"] for row in rows} & {row["background_condition"] for row in rows}
    with pytest.raises(BadInput, match="--factorial: cytoplasm has 1 proteins with crops, expected two or more"):
        plan.make(connection, Options("s", factorial=(4, 3)))


def test_a_broken_plan_is_never_written(connection, monkeypatch):
    def itself(rng, centre, background, rule):
        drawn = draw(rng, centre, background, rule)
        return drawn if background is None else type(drawn)(drawn.centre, drawn.centre_rank, drawn.centre, drawn.centre_rank)

    draw = plan.draw
    monkeypatch.setattr(plan, "draw", itself)
    with pytest.raises(AssertionError, match="a crop is not its own background"):
        plan.make(connection, Options("s", ("same_class_swap",), classes=("ER", "Golgi"), images=4))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Options("t"), "unknown screen 't'"),
        (Options("s", ("swap",)), "unknown setting 'swap'"),
        (Options("s", classes=("ER",)), "a plan needs two or more classes with kept crops, found one: ER"),
        (Options("s", classes=("ER", "bud")), "unknown class 'bud'"),
        (Options("s", classes=("ER", "gogli")), "unknown class 'gogli'; did you mean Golgi"),
        (Options("s", split="field"), "unknown split 'field'"),
        (Options("s", replicate=2), "found none"),
    ],
)
def test_options_that_make_no_sense(connection, options, message):
    with pytest.raises((BadInput, UnknownName), match=message):
        plan.make(connection, options)


def test_windows_are_counted_for_each_condition_and_class(connection):
    query = (
        "SELECT class, condition, n_windows, n_kept, n_crops, class_kept, class_conditions FROM cell_free_counts ORDER BY condition LIMIT 4"
    )
    assert connection.execute(query).fetchall() == [
        ("ER", "Y000A0", 3, 3, 9, 9, 3), ("ER", "Y000B1", 3, 3, 3, 9, 3), ("ER", "Y000C2", 3, 3, 1, 9, 3),
        ("nucleus", "Y001A0", 3, 3, 6, 6, 2),
    ]  # fmt: skip


def test_rows_are_typed_as_the_schema_has_them(connection):
    made = plan.make(connection, Options("s", images=2))
    assert isinstance(made.rows, pa.Table)
    assert made.rows.column("draw").type in {pa.int32(), pa.int64()}


def test_the_defaults_are_the_papers():
    options = Options("s")
    asked = (options.settings, options.classes, options.images, options.conditions, options.replicate, options.split)
    assert asked == (tuple(SETTINGS), (), 1000, "image", 1, "none")


@pytest.mark.parametrize("n_conditions", [4, 10, 20])
def test_a_fifth_of_each_class_of_conditions_and_of_each_set_of_images_is_for_testing(store, n_conditions):
    swap_store.fill(store, {name: [4] * n_conditions for name in ("ER", "nucleus")}, n_windows=1)
    with database.connect(store) as connection:
        asked = Options("s", ("baseline", "same_class_swap", "diff_class_swap"), images=40, split="condition", replacement="both")
        made = plan.make(connection, asked)
    rows = made.rows.to_pylist()
    for setting, class_name in {(r["setting"], r["class"]) for r in rows}:
        sides = [r["split"] for r in rows if (r["setting"], r["class"]) == (setting, class_name)]
        if n_conditions > 4 or setting == "diff_class_swap":  # of one protein none can be the other's background
            assert (sides.count("test"), sides.count("train")) == (8, 32)
    tested = {(r["class"], r["centre_condition"]) for r in rows if r["split"] == "test"}
    n_tested = {name: sum(of == name for of, _ in tested) for name in ("ER", "nucleus")}
    assert n_tested == dict.fromkeys(("ER", "nucleus"), n_conditions // 5 or 1)


def test_conditions_are_drawn_evenly_however_many_crops_they_have(store):
    swap_store.fill(store, {"ER": [40, 4], "nucleus": [4, 4]}, n_windows=1)
    with database.connect(store) as connection:
        made = plan.make(connection, Options("s", ("diff_class_swap",), images=400, replacement="both"))
    centres = [r["centre_condition"] for r in made.rows.to_pylist() if r["class"] == "ER"]
    # an even coin strays from half by more than 60 of 400 once in a thousand million
    assert abs(centres.count(min(centres)) - 200) < 60


def test_cells_without_masks_are_never_swapped_and_said(store):
    swap_store.fill(store)
    with database.connect(store) as connection:
        assert plan.maskless(connection, "s") is None
    # the same again, of which somebody knows the places alone
    swap_store.fill(store, field="bare", masks="none", mask_area_px=None)
    with database.connect(store) as connection:
        [(n,)] = connection.execute(
            "SELECT count(*) FROM crop_filter JOIN crops USING (crop_id) WHERE kept AND mask_area_px IS NULL"
        ).fetchall()
        said = plan.maskless(connection, "s")
        made = plan.make(connection, Options("s", images=6))
    assert n > 0
    assert said == f"{n} kept crops have no mask of their cell, such as s/1/p/Y000A0/bare/00: no swap shows them"
    assert not [crop_id for crop_id in made.rows.column("centre_crop_id").to_pylist() if "/bare/" in crop_id]
