"""A process is gone when it has ended, never because its number was given to another, nor where it can't be seen."""

import os
import subprocess
import sys
from dataclasses import replace

from cellswap.store import processes

TELL = "from cellswap.store import processes; p = processes.this(); print(p.place, p.pid, p.born)"


def test_one_that_has_ended_is_gone_and_this_one_is_not():
    told = subprocess.run([sys.executable, "-c", TELL], capture_output=True, text=True, check=True).stdout.split()
    ended = processes.Process(told[0], int(told[1]), told[2])
    assert ended.place == processes.place()
    assert ended.is_gone()
    assert not processes.this().is_gone()


def test_a_number_that_was_given_again_is_another_process():
    assert replace(processes.this(), born="1").is_gone()


def test_a_process_of_another_place_is_never_known_to_be_gone():
    assert not processes.Process("elsewhere-abcdef", 2**22 - 3, "1").is_gone()


def test_a_process_that_was_not_waited_for_is_gone():
    child = os.fork()
    if child == 0:
        os._exit(0)
    born = processes._born(child)
    try:
        deadline = 200
        while not processes.Process(processes.place(), child, born or "1").is_gone() and deadline:
            deadline -= 1
            os.sched_yield()
        assert processes.Process(processes.place(), child, "1").is_gone()
    finally:
        os.waitpid(child, 0)
