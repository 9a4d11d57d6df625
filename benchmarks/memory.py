"""Memory that a process takes; apart from what would load torch and so take some of it."""

from __future__ import annotations

from pathlib import Path


def peak_mb() -> float:
    """This process's own peak: getrusage would count its parent's too."""
    said = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(said.partition("VmHWM:")[2].split()[0]) / 1000
