"""What a table and a column are, and the columns that several tables have."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from cellswap.errors import UnknownName
from cellswap.store.vocabulary import LOCALIZATIONS, SETTINGS

CHANNEL = "{channel}"
SIGNAL = "{signal}"


@dataclass(frozen=True)
class Column:
    """One column: `type` is DuckDB's, `check` a SQL condition that every row with a value meets."""

    name: str
    type: str
    meaning: str
    unit: str = ""
    source: str = ""
    nullable: bool = False
    check: str = ""

    def of(self, channels: tuple[str, ...]) -> tuple[Column, ...]:
        """The column itself; one whose name has `{channel}` in it stands for one a channel."""
        if CHANNEL not in self.name:
            return (self,)
        texts = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "nullable"}
        return tuple(replace(self, **{name: text.replace(CHANNEL, channel) for name, text in texts.items()}) for channel in channels)


@dataclass(frozen=True)
class Table:
    """One table; `partition` names the key columns that are folders (`model=pifia/`) and not stored in the files.

    `rules` are what else holds: in words, and a query for what breaks it.
    """

    name: str
    meaning: str
    key: tuple[str, ...]
    own_columns: tuple[Column, ...]
    partition: tuple[str, ...] = ()
    references: tuple[tuple[str, str, str], ...] = ()
    rules: tuple[tuple[str, str], ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns, `run_id` last."""
        return (*self.own_columns, RUN_ID)

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns inside the files: all but the partition's."""
        return tuple(c for c in self.columns if c.name not in self.partition)

    def of(self, channels: tuple[str, ...], signal: str) -> Table:
        """The table of a store with these channels, of which `signal` is the one that its rules speak of."""
        columns = tuple(each for column in self.own_columns for each in column.of(channels))
        return replace(self, own_columns=columns, rules=tuple((text, query.replace(SIGNAL, signal)) for text, query in self.rules))

    def column(self, name: str) -> Column:
        """The column of that name, or UnknownName."""
        for column in self.columns:
            if column.name == name:
                return column
        raise UnknownName(f"column of {self.name}", name, (c.name for c in self.columns))


def one_of(name: str, values: tuple[str, ...]) -> str:
    """A SQL condition: the column holds one of these words."""
    return f"{name} IN ({', '.join(repr(v) for v in values)})"


RUN_ID = Column("run_id", "VARCHAR", "the command that wrote this row: runs.run_id")
SCREEN = Column("screen", "VARCHAR", "name of the data set; plates are unique inside a screen")
REPLICATE = Column("replicate", "INTEGER", "replicate of the screen, from 1", check="replicate >= 1")
PLATE = Column("plate", "VARCHAR", "plate name, always text", nullable=True)
WELL = Column(
    "well",
    "VARCHAR",
    "well as row letter and two digits: A01",
    nullable=True,
    check="regexp_matches(well, '^[A-Z]{1,2}[0-9]{2}$')",
)
CONDITION = Column("condition", "VARCHAR", "the protein, by its systematic name where it has one", nullable=True, check="condition <> ''")
FIELD_ID = Column("field_id", "VARCHAR", "field of view: screen/replicate/plate/well/site")
BOX = (
    Column("y0", "INTEGER", "first row of the box in its field, 0-based", "px", nullable=True),
    Column("x0", "INTEGER", "first column of the box in its field, 0-based", "px", nullable=True),
    Column("y1", "INTEGER", "row after the last", "px", nullable=True, check="y1 > y0"),
    Column("x1", "INTEGER", "column after the last", "px", nullable=True, check="x1 > x0"),
)
ACCURACY = Column("accuracy", "DOUBLE", "share of test images that are classified rightly", "0-1", check="accuracy BETWEEN 0 AND 1")
THREE_SE = Column("three_se", "DOUBLE", "three standard errors, as printed", "0-1", "the paper", nullable=True)
CLASS_BY = "class_by = 'condition' OR class_by IN (SELECT scheme FROM classes)"
OF_SOME_SCHEME = "class IN (SELECT class FROM classes)"
CLASS = Column("class", "VARCHAR", "a class of the run's scheme", check=OF_SOME_SCHEME)
PUBLISHED_LOCALIZATION = Column("localization", "VARCHAR", "one of the paper's 15 classes", check=one_of("localization", LOCALIZATIONS))
SETTING = Column(
    "setting",
    "VARCHAR",
    "what was done to the background (paper 3.3); a variant of the rule of composition is a setting of its own: diff_class_swap+dilate3",
    check=one_of("split_part(setting, '+', 1)", tuple(SETTINGS)),
)
MODEL = Column("model", "VARCHAR", "network with its weights, as named when it was run")
LAYER = Column("layer", "VARCHAR", "layer of the network, in its authors' name")
POOLING = Column("pooling", "VARCHAR", "how a map became a vector: avg, max or none", check="pooling IN ('avg', 'max', 'none')")
