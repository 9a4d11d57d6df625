"""The plan of a simulated screen: what is drawn where, before any pixel."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from cellswap.errors import BadInput, UnknownName
from cellswap.ingest.simulate import proteins, screen
from cellswap.ingest.simulate.screen import PRESETS
from cellswap.store.vocabulary import LOCALIZATIONS


def plates_of(of, localization):
    single = [w for w in screen.wells(of) if w.protein and w.protein.mixture == ((localization, 1.0),)]
    return Counter(well.plate for well in single)


def test_over_half_of_cell_periphery_is_on_plate_10():
    found = plates_of(PRESETS["screen"], "cell periphery")
    assert found["plate10"] / found.total() > 0.5


def test_no_skew_spreads_every_class_evenly():
    even = replace(PRESETS["screen"], skew=False)
    for name in LOCALIZATIONS:
        found = plates_of(even, name)
        assert max(found.values()) - min(found.get(f"plate{p:02d}", 0) for p in range(1, 12)) <= 1, name


@pytest.mark.parametrize("plates", [1, 4, 11, 12, 30])
def test_skewed_shares_are_kept_for_any_number_of_plates(plates):
    found = plates_of(replace(PRESETS["screen"], plates=plates), "cell periphery")
    assert found.total() == 20
    late = sum(n for plate, n in found.items() if int(plate[5:]) > plates * 9 / 11)
    assert late / found.total() > 0.6 or plates == 1


def test_plans_are_the_same_for_a_seed_and_differ_between_seeds():
    tiny = PRESETS["tiny"]
    assert screen.wells(tiny) == screen.wells(tiny)
    assert screen.wells(tiny) != screen.wells(replace(tiny, seed=1))


def test_every_well_has_its_own_place_and_replicates_repeat_it():
    wells = screen.wells(replace(PRESETS["demo"], replicates=2))
    places = Counter((w.replicate, w.plate, w.row, w.column) for w in wells)
    assert set(places.values()) == {1}
    layout = [{(w.plate, w.well, w.protein) for w in wells if w.replicate == r} for r in (1, 2)]
    assert layout[0] == layout[1]


def test_proteins_are_real_and_truly_single():
    (found,) = [w.protein for w in screen.wells(PRESETS["screen"]) if w.protein and w.protein.orf == "YBR085W"] or [None]
    assert found is None or found.mixture == (("mitochondrion", 1.0),)
    assert [len(proteins.single(name, 1000, 0)) for name in ("cytoplasm", "bud neck", "Golgi")] == [821, 15, 15]


def test_proportions_sum_to_one():
    for protein in proteins.multiple(LOCALIZATIONS, 200, 3):
        assert len(protein.mixture) > 1
        assert sum(share for _, share in protein.mixture) == pytest.approx(1)


def test_a_class_with_too_few_proteins_gives_all_it_has():
    assert plates_of(replace(PRESETS["screen"], proteins_per_class=60), "Golgi").total() == 15


def test_crowded_fields_are_refused_with_a_way_out():
    crowded = replace(PRESETS["tiny"], cells_per_protein=400)
    with pytest.raises(BadInput, match="--fields-per-well") as error:
        screen.check(crowded)
    fields = int(str(error.value).split("--fields-per-well ")[1].split()[0])
    screen.check(replace(crowded, fields_per_well=fields))


def test_full_plates_are_refused():
    with pytest.raises(BadInput, match="384"):
        screen.wells(replace(PRESETS["screen"], proteins_per_class=900, plates=2))


def test_unknown_preset_names_the_nearest():
    with pytest.raises(UnknownName, match="tiny"):
        screen.preset("tinny")
