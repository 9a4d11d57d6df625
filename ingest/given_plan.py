"""A plan of kind `given`: images that somebody else swapped, beside the real ones that their vectors are compared with.

Its order is that of a hash of names, never the file's: folds are cut in it, and a file goes by well or condition.
"""

from __future__ import annotations

import polars as pl

from cellswap import sql
from cellswap.errors import BadInput, at
from cellswap.ingest import cell_table
from cellswap.store import classes, database, parts
from cellswap.store.folder import Store
from cellswap.store.runs import Run
from cellswap.store.vocabulary import SETTINGS

KIND = "given"
SIDED = ("setting", "image_id", "crop_id", "condition", "background_crop_id", "background_condition", "class", "background_class")
NO_IMAGES = pl.DataFrame(schema=dict.fromkeys(SIDED, pl.String))


def of_screen(store: Store, screen: str) -> dict[str, tuple[str, int | None]]:
    """The plans of this kind that show cells of a screen, each with its scheme and the least grade of its labels."""
    with database.connect(store) as connection:
        query = "SELECT plan_id, scheme, least_grade FROM plans WHERE kind = ? AND screen = ? ORDER BY 1"
        return {plan_id: (scheme, least) for plan_id, scheme, least in connection.execute(query, [KIND, screen]).fetchall()}


def drawn_here(store: Store, composed: pl.DataFrame, plan_id: str) -> bool:
    """Whether all these images are of other plans that the store has: they were exported from it, and nothing is to be planned.

    BadInput where the plan of that name was drawn, or published.
    """
    with database.connect(store) as connection:
        kinds = connection.execute("SELECT kind FROM plans WHERE plan_id = ?", [plan_id]).fetchall()
        if kinds and kinds[0][0] != KIND:
            raise BadInput(f"--plan {plan_id}: the store has a plan of that name, of kind {kinds[0][0]}; give this one another name")
        connection.register("given_images", cell_table.arrow(composed.select("image_id")))
        query = "SELECT count(*) FROM given_images ANTI JOIN (SELECT image_id FROM swaps WHERE plan_id <> ?) USING (image_id)"
        return connection.execute(query, [plan_id]).fetchall()[0][0] == 0


def sided(composed: pl.DataFrame, of_condition: pl.DataFrame) -> pl.DataFrame:
    """The images with the classes of both sides, by their conditions (name, class), else as the table says of the background.

    BadInput for images that are not what their setting says.
    """
    known = dict(of_condition.iter_rows())
    with at("--background-class"):
        said = composed["background_class"].drop_nulls().unique().to_list()
        spelled = {name: classes.spelled(name, tuple(sorted({*known.values()}))) for name in said}
    centre, behind = (
        pl.col(name).replace_strict(known, default=None, return_dtype=pl.String) for name in ("condition", "background_condition")
    )
    given = pl.col("background_class").replace_strict(spelled, default=None, return_dtype=pl.String)
    made = composed.with_columns(centre.alias("class"), pl.coalesce(behind, given).alias("background_class"))
    _refuse_faults(made)
    return made.select(SIDED)


def _refuse_faults(made: pl.DataFrame) -> None:
    wanted = pl.col("setting").replace_strict({name: setting.class_behind for name, setting in SETTINGS.items()}, default=None)
    same = pl.col("class") == pl.col("background_class")
    faults = {
        "a crop is not its own background": pl.col("crop_id") == pl.col("background_crop_id"),
        "the same class on both sides": (wanted == "same") & ~same,
        "another class behind": (wanted == "another") & same,
    }
    plainly = made.with_columns(pl.col("setting").str.split("+").list.first())
    for rule, broken in faults.items():
        if len(bad := plainly.filter(broken)):
            setting, centre, behind = bad.select("setting", "class", "background_class").row(0)
            raise BadInput(
                f"{len(bad)} images break the rule '{rule}', such as one of {setting} with a centre of {centre} on {behind}:"
                " look at --setting, --settings and the classes"
            )


def write(store: Store, composed: pl.DataFrame, plan_id: str, screen: str, run: Run) -> None:
    """Write the plan anew: these images beside those that it has, and the real images of the screen that have vectors.

    An image whose centre or background has no class is no row of it, which is noted.
    """
    lost = composed.filter(pl.any_horizontal(pl.col("class", "background_class").is_null()))
    with database.connect(store) as connection:
        scheme, least = classes.scheme(connection), classes.asked()["least_grade"]
        for name, value in (("plan_id", plan_id), ("screen", screen)):
            connection.execute(f"SET VARIABLE {name} = $1", [value]).fetchall()
        connection.register("given_images", cell_table.arrow(composed))
        connection.execute(sql.query("given_swaps"))
        rows = connection.sql("FROM planned").to_arrow_table()
        names = {"plan_id": plan_id, "screen": screen, "scheme": scheme, "least_grade": least}
        row = connection.sql(sql.query("given_plan"), params=names).to_arrow_table()
    if len(lost):
        run.note(f"{len(lost)} of {len(composed)} swapped images have no class at their centre or background: they are not in {plan_id}")
    if rows.num_rows:
        run.wrote(parts.write(store, "swaps", (plan_id,), rows, run.run_id), parts.write(store, "plans", (plan_id,), row, run.run_id))
