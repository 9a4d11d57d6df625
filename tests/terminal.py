"""A command on a real terminal: what a person sees, and keys to press."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
ASKS_FOR_THE_CURSOR, CURSOR_AT_THE_TOP = b"\x1b[6n", b"\x1b[1;1R"


class Terminal:
    """A `cellswap` command on a terminal of 30 rows and 100 columns; `see` waits for a text, `press` types."""

    def __init__(self, *arguments: object, **more: str) -> None:
        self.screen, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        command = [str(Path(sys.executable).parent / "cellswap"), *map(str, arguments)]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("CELLSWAP_")} | {"TERM": "xterm"} | more
        self.command = subprocess.Popen(command, stdin=inside, stdout=inside, stderr=inside, env=environment, start_new_session=True)
        os.close(inside)
        self.unseen = ""

    def press(self, keys: str) -> None:
        os.write(self.screen, keys.encode())

    def see(self, text: str, timeout: float = 120) -> str:
        """What came up to and with `text`; AssertionError if it does not come."""
        end = time.monotonic() + timeout
        while text not in self.unseen:
            assert time.monotonic() < end, f"'{text}' did not come, but:\n{self.unseen}"
            if not self._read():
                break
        assert text in self.unseen, f"'{text}' did not come before the end, but:\n{self.unseen}"
        seen, _, self.unseen = self.unseen.partition(text)
        return seen + text

    def leave(self) -> int:
        """Wait for the command's end; its exit code."""
        end = time.monotonic() + 120
        while self._read():
            assert time.monotonic() < end, f"the command did not end, but:\n{self.unseen}"
        return self.command.wait(timeout=120)

    def close(self) -> None:
        self.command.kill()
        self.command.wait()
        os.close(self.screen)

    def _read(self) -> bool:
        if not select.select([self.screen], [], [], 0.2)[0]:
            return self.command.poll() is None
        try:
            piece = os.read(self.screen, 65536)
        except OSError:  # the other end is closed
            return False
        if ASKS_FOR_THE_CURSOR in piece:
            os.write(self.screen, CURSOR_AT_THE_TOP)
        self.unseen += COLOURS.sub("", piece.decode(errors="replace"))
        return bool(piece)
