"""Small disks of a trial's own, in a space of mounts of its own: they go with the process that made them."""

from __future__ import annotations

import ctypes
import os
import subprocess
from pathlib import Path

NEW_MOUNTS, NEW_USER = 0x00020000, 0x10000000


def disk(place: Path, kib: int) -> str:
    """Put a disk of so many KiB at `place`, for this process and those that it starts; else why there is none."""
    user, group = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "unshare"):
        return "no unshare on this system"
    if libc.unshare(NEW_MOUNTS | (NEW_USER if user else 0)):
        return f"unshare: {os.strerror(ctypes.get_errno())}"
    if user:
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1", encoding="ascii")
    return _mount("--make-rprivate", "/") or _mount("-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(place))


def again(place: Path, kib: int, *, writable: bool) -> None:
    """Give the disk another size, and whether it can be written; RuntimeError where it can't be had."""
    if reason := _mount("-o", f"remount,size={kib}k,{'rw' if writable else 'ro'}", str(place)):
        raise RuntimeError(reason)


def leave(place: Path) -> None:
    """Take the disk away, with all that is on it."""
    subprocess.run(["umount", "-l", str(place)], check=False)


def _mount(*words: str) -> str:
    """Why a mount failed; '' where it did not."""
    done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else ""
