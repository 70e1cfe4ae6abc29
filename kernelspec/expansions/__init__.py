"""Exact expansions of kernels at u = +1 and -1: series with rational exponents, and kernels along them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .expand import at_order, ball_expansion, expand, number, ramification
from .puiseux import Puiseux

if TYPE_CHECKING:
    from .inner_value import InnerValue

__all__ = ["InnerValue", "Puiseux", "at_order", "ball_expansion", "expand", "number", "ramification"]


def __getattr__(name: str) -> type:
    if name == "InnerValue":  # a sympy class: sympy is imported when it is asked for
        from .inner_value import InnerValue

        return InnerValue
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
