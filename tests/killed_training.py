"""A training that is killed at one of its steps, as its process would be."""

from __future__ import annotations

import pytest

from cellswap.extract.training import loop


class Killed(BaseException):
    """As the process would be."""


def kill_at(monkeypatch: pytest.MonkeyPatch, n: int) -> None:
    """Let the n-th step of the optimizer be the last."""
    steps = iter(range(n))
    real = loop.step

    def step(*given: object) -> object:
        if next(steps, None) is None:
            raise Killed
        return real(*given)

    monkeypatch.setattr(loop, "step", step)
