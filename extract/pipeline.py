"""Reading ahead and writing behind: threads beside the one that computes, each at most a few items away from it."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from types import TracebackType
from typing import Self, TypeVar

A = TypeVar("A")
T = TypeVar("T")


@contextmanager
def ahead(items: Generator[T], depth: int) -> Iterator[Iterator[T]]:
    """The items, made by a thread that is up to `depth` of them ahead; an error in it is raised where the next item is taken."""
    ready: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(depth)
    stop = threading.Event()

    def put(entry: tuple[T | None, BaseException | None]) -> None:
        while not stop.is_set():
            try:
                return ready.put(entry, timeout=0.1)
            except queue.Full:
                continue
        return None

    def fill() -> None:
        with closing(items):
            try:
                for item in items:
                    put((item, None))
                    if stop.is_set():
                        return
                put((None, StopIteration()))
            except BaseException as error:  # noqa: BLE001 - raised again by the one who takes
                put((None, error))

    thread = threading.Thread(target=fill, name="read ahead", daemon=True)
    thread.start()
    try:
        yield _taken(ready)
    finally:
        stop.set()
        thread.join()


def _taken(ready: queue.Queue[tuple[T | None, BaseException | None]]) -> Iterator[T]:
    while True:
        item, error = ready.get()
        if isinstance(error, StopIteration):
            return
        if error is not None:
            raise error
        yield item  # pyright: ignore[reportReturnType]


def in_order(work: Callable[[A], T], jobs: Iterable[A], threads: int) -> Iterator[T]:
    """The results of the jobs in their order, of which as many as there are threads are under way at a time."""
    if threads == 1:
        yield from map(work, jobs)
        return
    with ThreadPoolExecutor(threads) as pool:
        under_way: deque[Future[T]] = deque()
        try:
            for job in jobs:
                under_way.append(pool.submit(work, job))
                if len(under_way) == threads:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


class Behind:
    """Runs what it is given, in order, in one thread; after an error nothing more, and the error comes out here.

    At most `depth` calls wait; a further one blocks until there is room, with a depth of 0 until it is done.
    """

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._thread = ThreadPoolExecutor(1, "write behind")
        self._waiting: deque[Future[None]] = deque()
        self._failed = False

    def call(self, work: Callable[[], None]) -> None:
        """Have the work done; raises the error of earlier work."""
        self._waiting.append(self._thread.submit(self._run, work))
        while len(self._waiting) > self._depth:
            self._waiting.popleft().result()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Finish what waits, or drop it if the block failed."""
        if error is not None:
            self._failed = True
        self._thread.shutdown()
        if error is None:
            while self._waiting:
                self._waiting.popleft().result()

    def _run(self, work: Callable[[], None]) -> None:
        if self._failed:
            return
        try:
            work()
        except BaseException:
            self._failed = True
            raise
