"""The command line: one short function a command, each importing its stage inside so that `--help` never loads torch.

Nothing is imported here but what an interrupt needs: Ctrl-C may come while typer is loaded.
"""

from __future__ import annotations

import sys

from cellswap.store import interrupts

INTERRUPTED = 130


def main() -> None:
    """Run one command; the only place where errors become lines and exit codes.

    Exit codes: 0 done, 1 failed, 2 usage or bad input, 3 locked, 4 a check found broken rules, 130 interrupted, by Ctrl-C,
    SIGTERM or SIGHUP at any moment.
    """
    code = INTERRUPTED
    try:
        interrupts.listen()
        from cellswap.cli import app

        code = app.run()
        interrupts.ignore()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BaseException:
        # A library may have made an error of its own of the interrupt: DuckDB does, and so do imports of compiled modules.
        if not interrupts.asked():
            raise
    interrupts.ignore()
    if code == INTERRUPTED or interrupts.asked():
        code = INTERRUPTED
        print("interrupted; what was finished is kept, run the same command again to go on", file=sys.stderr)  # noqa: T201 - talk
    sys.exit(code)
