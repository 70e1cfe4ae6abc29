"""The tables of the seminar as commands: ``python -m experiments table ...``."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the status is 0 when it is done, 2 for bad input, 130 when it is interrupted."""
    from experiments.tables.command import main as tables

    return tables(arguments)


if __name__ == "__main__":
    sys.exit(main())
