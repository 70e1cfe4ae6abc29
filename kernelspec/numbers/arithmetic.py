"""The number systems in which a kernel's formula can be evaluated, and which of them a value belongs to.

A kernel is written once (`Zonal.pair`) with the few functions of `arithmetic_protocol`; the same formula is then read
in float arrays, complex arrays (the jump across the branch cuts), mpmath, Arb balls, sympy and truncated power series.
Every arithmetic supplies the same names; nothing here knows a kernel.
"""

from __future__ import annotations

import functools
import sys
from typing import TypeVar

import numpy as np

from .arithmetic_protocol import Arithmetic, Value
from .closed_arithmetic import SeriesArithmetic, SympyArithmetic
from .float_arithmetic import ComplexArithmetic, FloatArithmetic, half_turns
from .precise_arithmetic import BallArithmetic, MpmathArithmetic

__all__ = [
    "Arithmetic",
    "BallArithmetic",
    "ComplexArithmetic",
    "FloatArithmetic",
    "MpmathArithmetic",
    "SeriesArithmetic",
    "SympyArithmetic",
    "Value",
    "arithmetic_of",
    "half_turns",
]

T = TypeVar("T")


@functools.cache
def _singleton(cls: type[T]) -> T:
    return cls()


def arithmetic_of(x: Value) -> Arithmetic:
    """The arithmetic that a value of unknown kind belongs to; TypeError where there is none."""
    module = type(x).__module__.split(".")[0]
    if module == "kernelspec":  # `Enclosure`, a ball that we handed out
        module = type(x).__base__.__module__.split(".")[0]
    if isinstance(x, np.ndarray | np.generic | float | int):
        return _singleton(ComplexArithmetic if np.iscomplexobj(x) else FloatArithmetic)
    if module == "mpmath":
        return MpmathArithmetic(x.context)
    if module == "flint":
        return _singleton(BallArithmetic)
    if module == "sympy":
        return _singleton(SympyArithmetic)
    if hasattr(x, "__array_namespace__") or "torch" in sys.modules and module == "torch":
        try:
            import array_api_compat
        except ImportError as error:
            raise TypeError(
                f"u is a {type(x).__name__}: arrays other than NumPy's need the package array-api-compat "
                "(pip install 'kernelspec[arrays]')"
            ) from error
        return FloatArithmetic(array_api_compat.array_namespace(x))
    raise TypeError(f"u must be a number, a real array, or an mpmath, flint or sympy value; got {type(x).__name__}")
