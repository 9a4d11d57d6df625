"""`cellswap sql` on a terminal without a query: a prompt with history and completion, over the same locked engine."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
from prompt_toolkit import PromptSession
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from pygments.lexers.sql import SqlLexer

from cellswap.cli import output, watch
from cellswap.cli.plain import KEPT, say
from cellswap.cli.tables import describe, tables
from cellswap.errors import CellswapError
from cellswap.store import database, interrupts
from cellswap.store.folder import Store

WORD = re.compile(r"\w+$")
HELP = """One query at a time; it ends with ; or with an empty line, and can read the store and nothing else.
Tab completes tables, views, columns and SQL words; up and down go through the history; .quit or Ctrl-D leaves.
.tables         every table and view
.describe NAME  the columns of one
.help           this"""
LEAVING = {"exit", "quit", "q", ".exit", ".quit", ".q"}
ALONE = {*LEAVING, "help"}


@dataclass(frozen=True)
class Prompt:
    """What one session needs: the store, its locked connection, and the form in which results are shown."""

    store: Store
    connection: duckdb.DuckDBPyConnection
    form: str
    bounds: watch.Bounds


def run(prompt: Prompt) -> None:
    """Ask for queries and show their results until Ctrl-D; an error is said and the prompt goes on."""
    session: PromptSession[str] = PromptSession(
        history=_history(),
        completer=Names(prompt.store, prompt.connection),
        complete_while_typing=False,
        lexer=PygmentsLexer(SqlLexer),
        key_bindings=_keys(),
        multiline=True,
        prompt_continuation="     ... ",
    )
    sys.stderr.write(f"{prompt.store.path}: one query, ended with ; and Enter. .help says more, Ctrl-D leaves.\n")
    while True:
        try:
            text = session.prompt("cellswap> ").strip()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if _word(text) in LEAVING:
            return
        if text:
            _answer(prompt, text)


def history_file() -> Path:
    """Where the prompt's history is kept: the user's state folder, by the XDG convention."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "cellswap" / "sql_history"


def _history() -> History:
    path = history_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(path)


def _answer(prompt: Prompt, text: str) -> None:
    interrupts.watch()  # the line editor took the signals' place
    try:
        if _is_own(text):
            _command(prompt, text)
        else:
            output.answer(prompt.connection, text, prompt.form, None, prompt.bounds)
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
    except (CellswapError, RuntimeError, duckdb.Error) as error:
        if not interrupts.asked() and not isinstance(error, CellswapError):
            raise
        say("stopped" if interrupts.asked() else f"error: {error}", err=True, keep=KEPT)
    finally:
        interrupts.forget()


def _command(prompt: Prompt, text: str) -> None:
    word, _, name = text.rstrip(";").partition(" ")
    if word == ".tables":
        tables(prompt.store.path)
    elif word == ".describe" and name.strip():
        describe(name.strip(), prompt.store.path)
    else:
        sys.stderr.write(HELP + "\n")


def _word(text: str) -> str:
    """The text as one of the prompt's own words would stand in it."""
    return text.strip().rstrip(";").lower()


def _is_own(text: str) -> bool:
    """Whether the text is a command of the prompt's own."""
    return text.lstrip().startswith(".") or _word(text) in ALONE


def _ends(text: str) -> bool:
    """Whether Enter runs the text: it ends with ; or an empty line, is empty, or is a command of the prompt's own."""
    last = text.rsplit("\n", 1)[-1]
    return text.rstrip().endswith(";") or not last.strip() or _is_own(text)


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter")
    def _enter(event: KeyPressEvent) -> None:
        buffer: Buffer = event.current_buffer
        chosen = buffer.complete_state and buffer.complete_state.current_completion
        if chosen:
            buffer.apply_completion(chosen)
        elif _ends(buffer.text):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    return keys


class Names(Completer):
    """Completes tables, views, columns and SQL words; where tables stand in the text, their columns come first."""

    def __init__(self, store: Store, connection: duckdb.DuckDBPyConnection) -> None:
        self.tables: dict[str, str] = {}
        self.columns: dict[str, Mapping[str, tuple[str, str]]] = {}
        for name, _, meaning, columns in database.describe_all(store):
            self.tables[name], self.columns[name] = meaning, columns
        known = "SELECT keyword_name FROM duckdb_keywords() UNION SELECT DISTINCT function_name FROM duckdb_functions() ORDER BY ALL"
        self.words = [word for (word,) in connection.execute(known).fetchall() if WORD.fullmatch(word)]

    def get_completions(self, document: Document, complete_event: CompleteEvent | None) -> Iterator[Completion]:  # noqa: ARG002 - the interface's
        """What the word before the cursor may become, with the meaning of each name."""
        found = WORD.search(document.text_before_cursor)
        word = found.group() if found else ""
        offered: set[str] = set()
        for name, meaning in self._names(document.text, upper=word.isupper()):
            if name.lower().startswith(word.lower()) and name not in offered:
                offered.add(name)
                yield Completion(name, -len(word), display_meta=meaning)

    def _names(self, text: str, *, upper: bool) -> Iterator[tuple[str, str]]:
        named = set(re.findall(r"\w+", text))
        for table, columns in self.columns.items():
            if table in named:
                yield from ((column, meaning) for column, (meaning, _) in columns.items())
        yield from self.tables.items()
        if not named & set(self.tables):
            yield from ((c, meaning) for columns in self.columns.values() for c, (meaning, _) in columns.items())
        yield from ((word.upper() if upper else word, "") for word in self.words)
