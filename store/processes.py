"""Which process wrote something, and whether it is gone: what is left of a killed one may be removed, of a live one never."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

_LETTERS = re.compile(r"[^A-Za-z0-9]+")
_SIGNED = re.compile(r"(?P<place>[A-Za-z0-9-]+)~(?P<pid>\d{1,9})~(?P<born>\w+)~[0-9a-f]{8}$")


@dataclass(frozen=True)
class Process:
    """A process: `place` is the host, and inside it the boot and the container, whose processes have numbers of their own.

    `born` is when it started, in the system's own count: a number is given again to another process.
    """

    place: str
    pid: int
    born: str

    def is_gone(self) -> bool:
        """Whether the process is known to have ended; False where it ran in a place that can't be seen from here."""
        return self.place == place() and self.born != _born(self.pid)


def this() -> Process:
    """The process that runs this."""
    return Process(place(), os.getpid(), _born(os.getpid()))


def signature() -> str:
    """What a file's or folder's name ends in, so that `signed` tells whose it is: this process, and a token for each."""
    me = this()
    return f"{me.place}~{me.pid}~{me.born}~{secrets.token_hex(4)}"


def signed(name: str) -> Process | None:
    """The process whose signature a name ends in; None where it ends in none."""
    found = _SIGNED.search(name)
    return Process(found["place"], int(found["pid"]), found["born"]) if found else None


@functools.cache
def place() -> str:
    """The host's name, and a digest of its boot and of the container's space of process numbers."""
    name = _LETTERS.sub("-", socket.gethostname()).strip("-")[:24] or "host"
    facts = "\n".join((_text(Path("/proc/sys/kernel/random/boot_id")), _space()))
    return f"{name}-{hashlib.sha256(facts.encode()).hexdigest()[:6]}"


def _space() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:  # another system than Linux: one space for all
        return ""


def _born(pid: int) -> str:
    """When the process started; '' where there is none of that number."""
    told = _text(Path(f"/proc/{pid}/stat"))
    if told:  # the name in brackets may hold blanks; the start is the 22nd word, the 20th after it
        words = told.rpartition(")")[2].split()
        return "" if words[0] == "Z" else words[19]
    try:
        os.kill(pid, 0)
    except PermissionError:
        return "unknown"
    except OSError:
        return ""
    return "unknown"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
