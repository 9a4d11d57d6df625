"""Ctrl-C, SIGTERM and SIGHUP all mean: clean up what is half done, and end."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Protocol

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# A second signal so soon is the same wish (a shell and a scheduler both send one): it must not break the clean-up off.
SETTLING_S = 3.0
_asked: list[float] = []
_pipe: list[int] = []
_held: list[bool] = []
_watching: list[threading.Thread] = []


class Stoppable(Protocol):
    """Something that works outside Python, where no signal is looked at, and can be told from a thread to stop."""

    def interrupt(self) -> None:
        """Stop what is being done."""


_at_work: weakref.WeakSet[Stoppable] = weakref.WeakSet()


def stops(worker: Stoppable) -> None:
    """From now on a signal stops this, too: a query may keep the main thread for hours without a look at signals."""
    _at_work.add(worker)


def listen() -> None:
    """From now on each of the signals raises KeyboardInterrupt in the main thread; one that was ignored stays so (nohup).

    Only for a command's own process: workers keep what they were born with.
    """
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)
    sys.unraisablehook = _unraisable
    threading.excepthook = _in_thread
    watch()


def watch() -> None:
    """See signals at once, in a thread, and stop what works outside Python; to be called again where a library took their place."""
    if threading.current_thread() is not threading.main_thread():
        return
    with deferred():  # a thread that was not started can't be waited for
        if not _pipe:
            _pipe.extend(os.pipe())
            os.set_blocking(_pipe[1], False)
            _watching.append(threading.Thread(target=_stop_all, args=(_pipe[0],), daemon=True))
            _watching[0].start()
        signal.set_wakeup_fd(_pipe[1], warn_on_full_buffer=False)


def _stop_all(heard: int) -> None:
    while numbers := os.read(heard, 64):
        if set(numbers) & set(SIGNALS):
            _stop()


def _stop() -> None:
    for worker in list(_at_work):
        with suppress(Exception):  # a connection that was closed says so
            worker.interrupt()


def asked() -> bool:
    """Whether a signal came. Some libraries turn KeyboardInterrupt into an error of their own, or lose it."""
    return bool(_asked)


def forget() -> None:
    """Go on after a signal, as a prompt does."""
    _asked.clear()


@contextmanager
def deferred() -> Iterator[None]:
    """Let signals wait until the block ends: for what can be left neither half begun nor half ended, as a pool of workers."""
    _held.append(False)
    try:
        yield
    finally:
        came = _held.pop()
    if came:
        _interrupt(signal.SIGINT, None)


def ignore() -> None:
    """Take no more signals: the work is done, or cleaned up, and the process is about to end.

    The thread that watches ends first: it may hold the last reference to a connection that it stops, and Python would take that
    away from under it.
    """
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    if _watching:
        signal.set_wakeup_fd(-1)
        os.close(_pipe[1])  # which ends the thread's waiting
        _watching.pop().join(SETTLING_S)
        os.close(_pipe[0])
        _pipe.clear()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    if _held:
        _held[-1] = True
        return
    now = time.monotonic()
    if _asked and now - _asked[-1] < SETTLING_S:
        return
    _asked.append(now)
    _stop()  # the thread that watches may come too late: what ends waits for its own threads, and lets no other run
    raise KeyboardInterrupt


def _unraisable(found: sys.UnraisableHookArgs) -> None:
    """Python's own words about an error that it can't raise, except for those that a signal brought about."""
    if not asked():
        sys.__unraisablehook__(found)


def _in_thread(found: threading.ExceptHookArgs) -> None:
    if not asked():
        threading.__excepthook__(found)
