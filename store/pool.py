"""Worker processes that leave Ctrl-C to their parent, end when it is killed, and keep to one core each."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from cellswap.errors import CellswapError
from cellswap.store import interrupts


@contextmanager
def workers(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """A pool of fresh processes (a fork of threads that hold locks may hang); what waits is given up when the block ends early.

    Raises CellswapError where a worker was killed.
    """
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=_begin) as pool:
        _start(pool)
        try:
            yield pool
        except BrokenProcessPool as error:
            raise CellswapError("a worker process was killed (out of memory?); run again with fewer --jobs to go on") from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _start(pool: ProcessPoolExecutor) -> None:
    """Start the workers while Ctrl-C is ignored: they inherit that from their first moment, and say nothing of it."""
    if threading.current_thread() is not threading.main_thread():
        pool.submit(os.getpid)
        return
    with interrupts.deferred():
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            pool.submit(os.getpid)
        finally:
            signal.signal(signal.SIGINT, before)


def _begin() -> None:
    """Set a worker up. Threads of its own would wait for each other's small products and keep the other workers' cores busy."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this worker when the command that started it is killed: else it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
