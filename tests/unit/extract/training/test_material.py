"""Which crops are trained on, and that the sides share nothing."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from cellswap.errors import BadInput, UnknownName
from cellswap.extract.training import batches, material
from cellswap.store import database

from ..conftest import rows  # noqa: TID252 - tests are no package


def chosen(store, options):
    with database.connect(store) as connection:
        return material.choose(connection, store, options).to_pylist()


def gathered(store, options):
    with database.connect(store) as connection:
        return material.gathered(connection, store, options, material.choose(connection, store, options))


def test_every_kept_crop_is_on_one_side_and_no_field_on_two(fields, asked):
    found = chosen(fields, asked())
    assert {row["crop_id"] for row in found} == {c for (c,) in rows(fields, "SELECT crop_id FROM crop_filter WHERE kept")}
    units = {side: {row["unit"] for row in found if row["side"] == side} for side in material.SIDES}
    assert all(units.values())
    assert not any(units[a] & units[b] for a, b in combinations(units, 2))


@pytest.mark.parametrize(
    ("split", "counts"), [("field", {"train": 58, "val": 7, "test": 7}), ("condition", {"train": 4, "val": 1, "test": 1})]
)
def test_of_ten_names_one_is_for_validation_and_one_for_testing(fields, asked, split, counts):
    found = chosen(fields, asked("deeploc-narrow", {"split": split}))
    assert {side: len({row["unit"] for row in found if row["side"] == side}) for side in material.SIDES} == counts


def test_a_class_left_out_changes_no_side(fields, asked):
    some, every = (chosen(fields, asked("deeploc-narrow", {"left_out": out})) for out in (("ER",), ()))
    sides = {row["crop_id"]: row["side"] for row in every}
    assert some
    assert all(sides[row["crop_id"]] == row["side"] for row in some)


def test_sides_are_the_same_for_every_network(fields, asked):
    sides = [{row["crop_id"]: row["side"] for row in chosen(fields, asked(n))} for n in ("pifia-narrow", "deeploc-narrow", "pci")]
    assert sides[0] == sides[1] == sides[2]


def test_labels_are_conditions_or_classes(fields, asked):
    assert gathered(fields, asked()).names == tuple(sorted({o for (o,) in rows(fields, "SELECT DISTINCT condition FROM crops")}))
    assert gathered(fields, asked("deeploc-narrow")).names == ("ER", "cytoplasm", "nucleus")


def test_crops_lie_where_their_labels_do(fields, asked):
    options = asked("deeploc-narrow")
    found, listed = gathered(fields, options), chosen(fields, options)
    means = dict(rows(fields, "SELECT crop_id, protein_mean FROM crops"))
    np.testing.assert_allclose(found.kept.crops[:, 0].mean((1, 2)), [means[row["crop_id"]] for row in listed])
    assert [found.names[label] for label in found.label] == [row["label"] for row in listed]


def test_a_class_left_out_is_not_there(fields, asked):
    assert gathered(fields, asked("deeploc-narrow", {"left_out": ("er",)})).names == ("cytoplasm", "nucleus")
    assert gathered(fields, asked("deeploc-narrow", {"classes": ("ER", "nucleus")})).names == ("ER", "nucleus")


def test_a_condition_with_too_few_crops_is_left_out_and_named(fields, asked):
    listed = chosen(fields, asked())
    counts = {row["label"]: row["n_train"] for row in listed}
    least = min(counts.values()) + 1
    found = gathered(fields, asked(data={"least": least}))
    assert found.too_few == {name: n for name, n in counts.items() if n < least}
    assert set(found.names) == counts.keys() - found.too_few.keys()
    assert set(found.label[found.sides["train"]]) == set(range(len(found.names)))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"least": 10**6}, r"expected two or more proteins .* found none \(Y.* --min-crops 1000000\)"),
        ({"split": "plate"}, "expected two or more proteins .* has 0; --min-crops 10"),
        ({"screen": "nowhere"}, "no kept crop of screen nowhere has a protein and a field, as training asks"),
    ],
)
def test_too_little_is_said(fields, asked, data, words):
    with pytest.raises(BadInput, match=words):
        gathered(fields, asked(data=data))


def test_a_side_without_crops_is_said(fields, asked):
    with pytest.raises(BadInput, match=r"--split protein: no crop is for val; 8 proteins of 10 are for training"):
        gathered(fields, asked("pci-narrow", {"split": "condition", "classes": ("ER",)}))


def test_pairs_may_be_split_by_condition(fields, asked):
    found = gathered(fields, asked("pci-narrow", {"split": "condition"}))
    conditions = {side: set(found.condition[crops].tolist()) for side, crops in found.sides.items()}
    assert {side: len(of) for side, of in conditions.items()} == {"train": 4, "val": 1, "test": 1}
    assert not any(conditions[a] & conditions[b] for a, b in combinations(conditions, 2))
    assert (found.too_few, found.n_alone) == ({}, 0)


@pytest.mark.parametrize("side", material.SIDES)
def test_a_crop_that_makes_no_pair_is_left_out_and_counted(fields, asked, side):
    options = asked("pci-narrow", {"least": 1})
    with database.connect(fields) as connection:
        listed = material.choose(connection, fields, options)
        first = next(row["label"] for row in listed.to_pylist() if row["side"] == side)
        there = [i for i, row in enumerate(listed.to_pylist()) if (row["label"], row["side"]) == (first, side)]
        found = material.gathered(connection, fields, options, listed.take([i for i in range(len(listed)) if i not in there[1:]]))
    assert found.n_alone == 1
    assert first not in {found.names[i] for i in found.label[found.sides[side]]}
    crops = found.sides[side]
    partners = batches._partners(found, side, crops, np.random.default_rng(1))
    assert (found.condition[partners] == found.condition[crops]).all()
    assert (partners != crops).all()


def test_a_class_that_is_none_is_said(fields, asked):
    with pytest.raises(UnknownName, match="unknown class 'nucleos'; did you mean nucle"):
        chosen(fields, asked(data={"classes": ("nucleos",)}))
