"""A pager for long results, where stdout is a terminal."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

# -F: no paging of what fits on the screen; -S: long lines are cut and scrolled sideways; -X: it stays on the screen
PAGER = "less -FRSX"


def wanted() -> bool:
    """Whether what is written to stdout goes to a person at a terminal, and a pager is there."""
    return sys.stdout.isatty() and shutil.which(_command()[0]) is not None


@contextmanager
def paged() -> Iterator[IO[bytes]]:
    """A sink that shows what is written page by page; closing the pager early is no error."""
    with subprocess.Popen(_command(), stdin=subprocess.PIPE) as pager:  # noqa: S603 - the user's own $PAGER
        if pager.stdin is None:
            raise RuntimeError("a pipe was asked for")
        try:
            with suppress(BrokenPipeError):
                yield pager.stdin
        finally:
            with suppress(BrokenPipeError):
                pager.stdin.close()
            _wait(pager)


def _wait(pager: subprocess.Popen[bytes]) -> None:
    """Until the reader leaves; Ctrl-C belongs to the pager meanwhile."""
    while pager.poll() is None:
        try:
            pager.wait()
        except KeyboardInterrupt:
            continue


def _command() -> list[str]:
    return shlex.split(os.environ.get("PAGER") or PAGER) or ["cat"]
