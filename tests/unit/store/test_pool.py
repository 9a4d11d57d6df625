"""Workers of a pool: none ever hears Ctrl-C, those started late included."""

from __future__ import annotations

import os
import signal
import time

import pytest

from cellswap.errors import CellswapError
from cellswap.store.pool import workers


def test_ctrl_c_reaches_no_worker_and_still_reaches_the_parent() -> None:
    with workers(2) as pool:
        assert signal.SIGINT in pool.submit(signal.pthread_sigmask, signal.SIG_BLOCK, ()).result()
        busy = pool.submit(time.sleep, 3)
        late = pool.submit(signal.pthread_sigmask, signal.SIG_BLOCK, ())  # starts the second, for the first is at work
        assert signal.SIGINT in late.result()
        assert not busy.done()
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_a_killed_worker_is_one_line() -> None:
    with pytest.raises(CellswapError, match="a worker process was killed"), workers(1) as pool:
        pool.submit(os._exit, 1).result()
