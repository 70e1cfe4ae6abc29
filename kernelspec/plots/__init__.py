"""Figures as functions: of kernels, depths, dimensions and a width, to axes and a table.

>>> import kernelspec as ks
>>> axes, table = ks.plots.end_constants(depths=(2, 3), width=3.4)
>>> table[1]["kernel"], table[1]["c_plus"]
('rf(3)', 4*sqrt(2)/(3*pi))

Each function lays its figure out for the `width`, in inches from 3 to 20: as many panels side by side as have room.
It returns a `Drawn`, a pair of the axes in reading order and of a `kernelspec.tables.Table` with the numbers shown;
`Drawn.figure` is the matplotlib figure, made without pyplot. No setting of matplotlib is changed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .eigenvalues import decay_constants, eigenvalue_decay
    from .layout import Drawn

_HOMES = {
    "Drawn": "layout",
    "decay_constants": "eigenvalues",
    "eigenvalue_decay": "eigenvalues",
}

__all__ = [
    "Drawn",
    "decay_constants",
    "eigenvalue_decay",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
