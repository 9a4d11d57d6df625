"""A plan of kind `given`: images that somebody else swapped, beside the real ones that their vectors are compared with.

Its order is that of a hash of names, never the file's: folds are cut in it, and a file goes by well or condition.
"""

from __future__ import annotations

import duckdb
import polars as pl

from cellswap import sql
from cellswap.errors import BadInput, at
from cellswap.ingest import cell_table
from cellswap.store import classes, database, parts
from cellswap.store.folder import Store
from cellswap.store.runs import Run

KIND = "given"
# Rules of the paper that no swap may break: else it is not of the setting that it is said to be.
STRICT = ("a crop is not its own background", "the same class on both sides", "another class behind")


def of_screen(store: Store, screen: str) -> list[str]:
    """The plans of this kind that show cells of a screen."""
    with database.connect(store) as connection:
        query = "SELECT plan_id FROM plans WHERE kind = ? AND screen = ? ORDER BY 1"
        return [plan_id for (plan_id,) in connection.execute(query, [KIND, screen]).fetchall()]


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


def write(store: Store, composed: pl.DataFrame, plan_id: str, screen: str, run: Run) -> None:
    """Write the plan anew: these images beside those that it has, and the real images of the screen that have vectors.

    An image whose centre or background has no class is no row of it, which is noted. BadInput where images are not what their setting
    says.
    """
    with database.connect(store) as connection:
        names = {"plan_id": plan_id, "screen": screen}
        scheme, known = classes.scheme(connection), classes.known(connection)
        connection.register("given_images", cell_table.arrow(_spelled(known, composed)))
        _fill(connection, names)
        _refuse_faults(connection, plan_id)
        rows = connection.sql("FROM planned").to_arrow_table()
        [(n_lost,)] = connection.execute("SELECT count(*) FROM given_lost").fetchall()
        least = classes.asked()["least_grade"]
        row = connection.sql(sql.query("given_plan"), params={**names, "scheme": scheme, "least_grade": least}).to_arrow_table()
    if n_lost:
        run.note(f"{n_lost} of {len(composed)} swapped images have no class at their centre or background: they are not in {plan_id}")
    if rows.num_rows:
        run.wrote(parts.write(store, "swaps", (plan_id,), rows, run.run_id), parts.write(store, "plans", (plan_id,), row, run.run_id))


def _spelled(known: tuple[str, ...], composed: pl.DataFrame) -> pl.DataFrame:
    """The images with the backgrounds' classes as the scheme spells them; UnknownName for one that it lacks."""
    with at("--background-class"):
        spelled = {name: classes.spelled(name, known) for name in composed["background_class"].drop_nulls().unique().to_list()}
    return composed.with_columns(pl.col("background_class").replace(spelled)) if spelled else composed


def _fill(connection: duckdb.DuckDBPyConnection, names: dict[str, str]) -> None:
    """Make the tables planned and given_lost."""
    for name, value in names.items():
        connection.execute(f"SET VARIABLE {name} = $1", [value])
    connection.execute(sql.query("given_swaps"))


def _refuse_faults(connection: duckdb.DuckDBPyConnection, plan_id: str) -> None:
    """BadInput for images that are not what their setting says."""
    found = [row for row in connection.execute(sql.query("plan_faults")).fetchall() if row[0] in STRICT]
    if found:
        rule, n, example = found[0]
        query = "SELECT setting, localization, background_localization FROM planned WHERE image_id = ?"
        setting, centre, behind = connection.execute(query, [example]).fetchall()[0]
        raise BadInput(
            f"{plan_id}: {n} images break the rule '{rule}', such as one of {setting} with a centre of {centre} on {behind}:"
            " look at --setting, --settings and the classes"
        )
