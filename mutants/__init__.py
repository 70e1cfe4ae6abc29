"""Faults planted one by one, to see that the tests and the checks notice: ``python -m mutants``.

Each module ``in_*.py`` holds the faults of one area as data. A survivor is either a hole in the tests, which is
mended there, or carries the reason why it changes nothing that anybody sees.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from mutants.fault import Fault

__all__ = ["Fault", "faults"]


def faults() -> Mapping[str, tuple[Fault, ...]]:
    """The faults of each area, by its name."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name.startswith("in_"))
    return {name.removeprefix("in_"): tuple(importlib.import_module(f"{__name__}.{name}").FAULTS) for name in names}
