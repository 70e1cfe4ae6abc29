"""What the command line says on stderr, and the exit statuses that are no answers."""

from __future__ import annotations

import sys

DONE, ERROR, BROKEN_PIPE, INTERRUPTED = 0, 3, 141, 130
_LONGEST = 1000


class UsageError(Exception):
    """The command is not understood, or a file is not what is wanted: the message says what is."""


def complain(text: object, verb: str = "") -> None:
    """One line on stderr, whatever the text."""
    if sys.stderr is None:  # closed by whoever started us
        return
    line = " ".join(str(text).split())
    if len(line) > _LONGEST:
        line = f"{line[: _LONGEST // 2]} ... {line[-_LONGEST // 2 :]}"
    sys.stderr.write(f"kernelspec{' ' if verb else ''}{verb}: {line}\n")
