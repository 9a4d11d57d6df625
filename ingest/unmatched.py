"""What a run says of labels that nothing in the store has, and of what the store has without a label."""

from __future__ import annotations

from cellswap.ingest import names
from cellswap.ingest.schemes import CONDITION, CROP, WELL, Scheme
from cellswap.store import database, wording
from cellswap.store.folder import Store
from cellswap.store.runs import Run

# What the store has of what may be labelled, and what to say of labels of others.
_WELLS = """
    SELECT concat_ws('/', screen, plate, well) AS name FROM (
        SELECT screen, plate, well FROM wells UNION SELECT screen, plate, well FROM fields WHERE plate IS NOT NULL AND well IS NOT NULL
    )
"""
_THERE = {
    CONDITION: ("SELECT DISTINCT condition AS name FROM crops WHERE condition IS NOT NULL", "have no crop in the store"),
    WELL: (_WELLS, "are no wells of the store"),
    CROP: ("SELECT crop_id AS name FROM crops", "are no crops of the store"),
}


def note_idle(store: Store, scheme: Scheme, run: Run) -> None:
    """Say how many of a scheme's labels are of conditions that no crop has, or of wells or crops that are not there.

    Of conditions it is said only where crops with conditions are there: labels are often read first.
    """
    there, what = _THERE[scheme.of]
    with database.connect(store) as connection:
        if scheme.of == CONDITION and not connection.execute(f"{there} LIMIT 1").fetchall():
            return
        connection.register("given", scheme.labels.select("name").unique().to_arrow())
        lost = [name for (name,) in connection.execute(f"FROM given ANTI JOIN ({there}) USING (name) ORDER BY 1").fetchall()]
    if lost:
        n = scheme.labels["name"].n_unique()
        run.note(f"{len(lost)} of {n} {scheme.of}s with a label in {scheme.name} {what}, for example {names.some(lost)}")


def note_unlabelled(store: Store, run: Run) -> None:
    """Say which conditions of the store's wells and fields none of its conditions has."""
    known, held = names.known(store), names.held(store)
    lost = sorted(set(held) - set(known.conditions.values()))
    if lost:
        near = [f"{condition} is {known.spelling(condition)} here" for condition in lost if known.has(condition)]
        hint = f"; {len(near)} are only spelled otherwise ({names.some(near)}): ingest these fields anew, as another screen" if near else ""
        run.note(
            f"{len(lost)} of {len(held)} {wording.well_name(several=True)} of the store's wells and fields are no {wording.conditions()} of"
            f" this table, for example {names.some(lost)}: they have no {wording.class_()}{hint}"
        )
