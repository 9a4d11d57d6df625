"""Worker processes that leave Ctrl-C to their parent, end when it is killed, and keep to one core each."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, nullcontext
from multiprocessing.context import SpawnContext, SpawnProcess

from cellswap.errors import CellswapError
from cellswap.store import interrupts, wording


@contextmanager
def workers(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """A pool of fresh processes (a fork of threads that hold locks may hang); what waits is given up when the block ends early.

    Raises CellswapError where a worker was killed.
    """
    with ProcessPoolExecutor(jobs, _Workers(), initializer=_begin, initargs=(wording.at_hand(),)) as pool:
        try:
            yield pool
        except BrokenProcessPool as error:
            raise CellswapError("a worker process was killed (out of memory?); run again with fewer --jobs to go on") from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


class _Worker(SpawnProcess):
    """A process that never sees Ctrl-C: a blocked signal stays so in what is started, from its first moment and in all its threads.

    Whoever is interrupted here must not leave a process that nobody knows of.
    """

    def start(self) -> None:
        in_main = threading.current_thread() is threading.main_thread()
        with interrupts.deferred() if in_main else nullcontext():
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                super().start()
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Workers(SpawnContext):
    """The pool starts a process when work waits for one, so each must be born so, not only the first."""

    Process = _Worker


def _begin(words: wording.Words) -> None:
    """Set a worker up, which speaks in its parent's words.

    Threads of its own would wait for each other's small products and keep the other workers' cores busy.
    """
    from threadpoolctl import threadpool_limits

    wording.use(words)
    threadpool_limits(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this worker when the command that started it is killed: else it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
