"""CSV files as text, and their rows sifted into those that are kept and those that are not, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from cellswap.errors import BadInput, UnknownName, shown
from cellswap.ingest import names, text_file
from cellswap.store import vocabulary

ROW = "_row"  # no published list has a column of that name
SHOWN_NAMES = 8
MOST_NAMES, MOST_LETTERS, FEW = 60, 40, 3
# No name, label or number is longer; a spreadsheet's cell holds 32,767 characters.
MOST_CELL = 32_767 * 4
PARQUET = b"PAR1"


@dataclass(frozen=True)
class Rule:
    """Rows for which `bad` holds are dropped for `reason`; `detail` says what was expected and found."""

    bad: pl.Expr
    reason: str
    detail: pl.Expr


@dataclass(frozen=True)
class Sifted:
    """The rows kept, and (row, reason, detail) of each one that was not."""

    kept: pl.DataFrame
    rejects: list[tuple[int, str, str]]


def read(path: Path, source: bytes | None = None) -> pl.DataFrame:
    """All columns of a CSV or Parquet file (or of `source`, a CSV's bytes) as text, blanks as null, and `_row`, as an editor counts.

    Raises BadInput, without the path, where there is no such file or it is neither.
    """
    if source is None and is_parquet(path):
        return _read_parquet(path)
    file = text_file.read(path) if source is None else text_file.of(source)
    try:
        rows = pl.read_csv(file.content, separator=file.separator, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        why = text_file.fault(file) or first_line(error)
        raise BadInput(f"expected a CSV file with a header; it cannot be read as one ({why})") from error
    return _tidied(rows, file.header_row + 1)


def _tidied(rows: pl.DataFrame, first_row: int) -> pl.DataFrame:
    text = [pl.col(name).str.strip_chars().replace("", None) for name in rows.columns]
    rows = rows.select(text).rename(_named(rows.columns)).with_row_index(ROW, first_row)
    _look_at_cells(rows)
    return rows


def is_parquet(path: Path) -> bool:
    """Whether a file begins as Parquet does; not where it can't be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(PARQUET)) == PARQUET
    except (OSError, ValueError):  # which the reader of text files says in its own words
        return False


def _read_parquet(path: Path) -> pl.DataFrame:
    """The columns of a Parquet file as text, its rows counted from 1."""
    try:
        with pq.ParquetFile(path) as file:
            n_bytes = sum(file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups))
            if max(n_bytes, path.stat().st_size) > text_file.MOST_BYTES:
                raise BadInput(f"expected a table of at most {text_file.MOST_BYTES:,} bytes, found {n_bytes:,}: give fewer columns or rows")
            rows = pl.DataFrame(file.read())
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"a Parquet file that can't be read ({first_line(error)})") from error
    odd = [name for name, kind in rows.schema.items() if kind.is_nested() or kind == pl.Binary]
    if odd:
        raise BadInput(f"expected columns of text and numbers, found others: {_some(odd)}")
    return _tidied(rows.cast(pl.String), 1)


def _named(columns: Sequence[str]) -> dict[str, str]:
    """The names without spaces around them; what then stands twice, such as several columns without a name, stays as it is."""
    stripped = [name.strip() for name in columns]
    return {name: bare for name, bare in zip(columns, stripped, strict=True) if stripped.count(bare) == 1}


def first_line(error: Exception) -> str:
    """What a library says of a file, in a line that can be shown; its class where it says nothing."""
    return shown(next(iter(str(error).splitlines()), "") or type(error).__name__)


def _look_at_cells(rows: pl.DataFrame) -> None:
    longest = rows.select(pl.exclude(ROW).str.len_bytes().max()).row(0)
    for name, n in zip([name for name in rows.columns if name != ROW], longest, strict=True):
        if n and n > MOST_CELL:
            raise BadInput(f"the column '{shown(name)}' has a cell of {n:,} bytes, more than {MOST_CELL:,}: is a quote not closed?")


def without_blank(rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """The rows that hold anything, and how many hold nothing: spreadsheets leave such at the end."""
    kept = rows.filter(pl.any_horizontal(pl.exclude(ROW).is_not_null()))
    return kept, len(rows) - len(kept)


def blank_note(place: object, n: int) -> str:
    """What a run says of blank rows."""
    return f"{place}: {n} blank rows were passed over"


def spelled(rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """The rows with these columns called so, whatever letters are capitals in the file."""
    wanted = {name.casefold(): name for name in columns if name not in rows.columns}
    found = {name: wanted[name.casefold()] for name in rows.columns if name.casefold() in wanted}
    return rows.rename(found) if len(set(found.values())) == len(found) else rows


def no_column(wanted: Sequence[str], columns: Sequence[str], hint: str = "") -> BadInput:
    """The error for a table that has none of the wanted columns: the nearest that it has, and all."""
    near = list(dict.fromkeys(found for name in wanted[:FEW] for found in get_close_matches(name, columns, n=3, cutoff=0.5)))
    nearest = f"; did you mean {_some(near)}" if near else ""
    instead = f"; {hint}" if hint else ""
    which = _some([f"'{name}'" for name in wanted])
    kind = "column" if len(wanted) == 1 else "columns"
    return BadInput(f"no {kind} {which}{nearest}{instead}; its columns are {_some(columns, MOST_NAMES) or 'none'}")


def column(columns: Sequence[str], asked: str | None, usual: Sequence[str], hint: str = "") -> str:
    """The column that is asked for, else the first of the usual ones that is there: letter by letter, else whatever its capitals.

    Raises BadInput where there is none, then with `hint` unless it was asked for, or where two differ in their capitals alone.
    """
    wanted = (asked,) if asked else usual
    if found := found_column(columns, wanted):
        return found
    raise no_column(wanted[:1], columns, "" if asked else hint)


def found_column(columns: Sequence[str], wanted: Sequence[str]) -> str | None:
    """The first of the wanted columns that is there, as `column` finds it; None where none is."""
    for name in wanted:
        same = [name] if name in columns else [column for column in columns if column.casefold() == name.casefold()]
        if len(same) > 1:
            raise BadInput(f"the columns {', '.join(map(shown, same))} differ in their capitals alone; which is meant by {shown(name)}?")
        if same:
            return same[0]
    return None


def need(rows: pl.DataFrame, columns: Sequence[str], own: Sequence[str] = (ROW,)) -> None:
    """Raise BadInput, with the nearest names and those that are there, unless all these columns are; `own` are none of the table's."""
    found = [name for name in rows.columns if name not in own]
    if missing := [name for name in columns if name not in found]:
        raise no_column(missing, found)


def _some(names: Sequence[str], most: int = SHOWN_NAMES) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(shown(name, MOST_LETTERS) for name in names[:most]) + more


def sift(rows: pl.DataFrame, rules: Sequence[Rule]) -> Sifted:
    """The rows that break no rule, and the first rule that each of the others breaks."""
    broken = pl.coalesce(pl.when(rule.bad).then(pl.lit(i, pl.Int32)) for i, rule in enumerate(rules))
    detail = pl.coalesce(pl.when(rule.bad).then(rule.detail.cast(pl.String)) for rule in rules)
    judged = rows.with_columns(broken.alias("_rule"), detail.alias("_detail"))
    bad = judged.filter(pl.col("_rule").is_not_null()).select(ROW, "_rule", "_detail")
    rejects = [(row, rules[rule].reason, detail or "") for row, rule, detail in bad.iter_rows()]
    return Sifted(judged.filter(pl.col("_rule").is_null()).drop("_rule", "_detail"), rejects)


def in_vocabulary(texts: pl.Series, known: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """For each distinct text its class among `known`, and for each of the others why there is none."""
    found, unknown = {}, {}
    for text in texts.drop_nulls().unique().to_list():
        try:
            found[text] = _among(vocabulary.localization(text), known)
        except UnknownName as error:
            unknown[text] = str(error)
    return found, unknown


def _among(name: str, known: Sequence[str]) -> str:
    if name not in known:
        raise UnknownName("localization", name, known)
    return name


def number(column: str) -> pl.Expr:
    """The column as a number, null where it is none, or no finite one."""
    made = pl.col(column).cast(pl.Float64, strict=False)
    return pl.when(made.is_finite()).then(made)


def whole(column: str) -> pl.Expr:
    """The column's text, whole numbers without the `.0` that spreadsheets and pandas give them."""
    return pl.col(column).str.replace(f"^{names.WHOLE}$", "$1")


def said(column: str) -> pl.Expr:
    """The column's text, null where it is a word for nothing, such as NA."""
    return pl.when(pl.col(column).str.to_lowercase().is_in(names.NOTHING).not_()).then(pl.col(column)).alias(column)


def listed(columns: str | None) -> tuple[str, ...]:
    """The columns that an option names with commas between, each once."""
    return tuple(dict.fromkeys(filter(None, (name.strip() for name in (columns or "").split(",")))))


def joined(rows: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """The condition that columns of each row name together: their words with @ between, NULL where one says nothing.

    Raises BadInput for a name with control characters.
    """
    return pl.Series("condition", [_joined(cells) for cells in rows.select(columns).iter_rows()], pl.String)


def _joined(cells: Sequence[str | None]) -> str | None:
    words = [names.word(cell) for cell in cells]
    if None in words:
        return None
    made = "@".join(names.standard(word) for word in words if word)
    if not made.isprintable():
        raise BadInput(f"'{shown(made)}': the name of a condition may not hold line ends, tabs or other control characters")
    return made


def drop_all(drop: Callable[[str, str, str], None], place: object, rejects: Iterable[tuple[int, str, str]]) -> None:
    """Tell a run of every rejected row: `place row N`."""
    for row, reason, detail in rejects:
        drop(f"{place} row {row}", reason, detail)
