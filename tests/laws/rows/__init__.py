"""The rows of the table, a module for each room."""

from __future__ import annotations

import importlib
import pkgutil

from ..table import Row

ROWS: list[Row] = []
for module in sorted(each.name for each in pkgutil.iter_modules(__path__)):
    ROWS += importlib.import_module(f"{__name__}.{module}").ROWS
