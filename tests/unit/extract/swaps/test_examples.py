"""Images of a plan to look at: which are taken, and that they are what the engine composes."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from cellswap.errors import BadInput, UnknownName
from cellswap.extract.swaps import examples, plan
from cellswap.extract.swaps.examples import Selection
from cellswap.store import database
from cellswap.store.runs import Run
from cellswap.store.vocabulary import SETTINGS
from tests import swap_store


@pytest.fixture
def planned(store):
    """Pixels by crop id, and the id of a plan."""
    images = swap_store.fill(store)
    with database.connect(store) as connection:
        made = plan.make(connection, plan.Options("s", images=6))
    plan.write(store, made, Run("plan", "plan", {}, datetime.now(UTC)))
    return images, made.plan_id


def test_selections(store, planned):
    def found(**more):
        return examples.chosen(store, Selection(planned[1], **more))

    assert sorted({i.setting for i in found(n=5)}) == sorted(SETTINGS)  # some of each setting
    chosen = found(setting="diff_class_swap", class_name="ER", background="nucleus", n=50)
    assert {(i.setting, i.class_name, i.background_class) for i in chosen} == {("diff_class_swap", "ER", "nucleus")}
    assert len(chosen) == 6
    assert found(setting="diff_class_swap", n=3) == found(setting="diff_class_swap", n=3)
    assert {i.condition for i in found(where="centre_condition = 'Y000A0'", n=100)} == {"Y000A0"}
    assert found(where="false") == []
    for bad in ("nonsense = 1", "true); DROP TABLE swaps; --", "1 = (SELECT count(*) FROM read_csv('/etc/passwd'))"):
        with pytest.raises(BadInput, match=r"^SQL: "):
            found(where=bad)
    with pytest.raises(UnknownName, match=rf"unknown plan 'plan-1'.*{planned[1]}"):
        examples.chosen(store, Selection("plan-1"))


def test_values_are_those_of_the_rule(store, planned):
    images, plan_id = planned
    chosen = examples.chosen(store, Selection(plan_id, n=200))
    made, absent = examples.examples(store, chosen)
    assert absent == {}
    assert [e.image for e in made] == chosen
    stats = swap_store.statistics(images)

    def standardized(crop_id, condition, i, role, mask=1):
        return (images[crop_id][i] * mask - stats[condition, role][0]) / stats[condition, role][1]

    for e in made:
        mask = swap_store.mask_of(8)[int(e.image.crop_id[-2:])]
        assert (e.mask == mask).all()
        assert list(e.result) == ["protein", "cytoplasm"]  # no crop has a nucleus channel
        for i, role in enumerate(e.result):
            front = standardized(e.image.crop_id, e.image.condition, i, role)
            expected = front
            if e.image.setting == "masked":
                expected = standardized(e.image.crop_id, e.image.condition, i, role, mask)
            elif e.image.background_crop_id:
                behind = standardized(e.image.background_crop_id, e.image.background_condition, i, role)
                assert np.allclose(e.background[role], behind, atol=1e-4)
                expected = np.where(mask, front, behind)
            assert np.allclose(e.centre[role], front, atol=1e-4)
            assert np.allclose(e.result[role], expected, atol=1e-4)


def test_one_centre_in_all_settings(store, planned):
    chosen = examples.one_centre(store, Selection(planned[1], class_name="nucleus", background="ER"))
    assert [i.setting for i in chosen] == ["baseline", "same_class_swap", "diff_class_swap", "cell_free_swap", "masked"]
    assert len({(i.crop_id, i.condition, i.class_name) for i in chosen}) == 1
    assert [i.background_class for i in chosen] == [None, "nucleus", "ER", "ER", None]
    assert all(i.background_condition != i.condition for i in chosen)
    assert len(examples.examples(store, chosen, "feather")[0]) == 5


def test_what_can_t_be_shown_is_said(store, planned):
    from tests.unit.extract.test_embed_swaps import change

    (image,) = examples.chosen(store, Selection(planned[1], setting="diff_class_swap", n=1))
    change(store, "mask", image.crop_id)
    assert examples.examples(store, [image]) == ([], {image.image_id: "no mask of the centre"})


def test_a_store_without_plans(store):
    with pytest.raises(BadInput, match="the store has no plan"):
        examples.chosen(store, Selection("plan-1"))
