"""Functions of the user's own on float arrays: their values as checked arrays, and derivatives by differences."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .checks import array

# Central differences of order 6 err by f^(7) h^6/140 and by eps/h: h = eps^(1/7) makes both 4e-14.
_STEP = 2.0**-7.5
_LARGE = 64  # up to where x + h loses few digits of h
_STENCIL = ((1, 45 / 60), (2, -9 / 60), (3, 1 / 60))
_COARSE = ((1, 8 / 12), (2, -1 / 12))
_DOUBT = 1e-6  # what two orders may differ by, relative to the size of the function
_LEAST = 1e-280  # size of a function: below it underflows, as x/(1 + e^{-x}) does at -709
# What differences of order 6 err by: of a function that passes _DOUBT, less than a hundredth of what those of order 4
# do, and what rounded values of its size leave.
_FINER, _ROUNDED = 0.01, 1e-13
# Where a derivative that is given is compared with differences of three steps; what is clearly off, of the slopes and
# of the size of the function, as one in float32 is rounded.
_PROBES = 3 * np.sin(np.arange(1.0, 25.0))
_OTHER_STEPS = (_STEP / math.sqrt(3), _STEP / math.sqrt(7))
_WRONG, _BLURRED = 1e-3, 1e-4


class Slopes(NamedTuple):
    """A derivative, and an estimate of its errors."""

    value: NDArray[Any]
    error: NDArray[Any]


def called(function: Callable[[Any], Any], name: str, x: NDArray[Any]) -> NDArray[Any]:
    """function(x) in the dtype of x; TypeError or ValueError for anything but real numbers in the shape of x.

    The function sees a fresh array.
    """
    found = array(f"what {name} returns", function(np.array(x)))
    if found.shape != x.shape:
        raise ValueError(
            f"{name} must return a value for every entry of its array: it got shape {x.shape} and returned shape "
            f"{found.shape} (numpy.vectorize makes a function of numbers one of arrays)"
        )
    if found.dtype.kind not in "iufb":
        raise TypeError(f"{name} must return real floats; got dtype {found.dtype}")
    return found.astype(x.dtype)


@np.errstate(all="ignore")  # what is not finite is refused
def finite(function: Callable[[Any], Any], name: str, x: NDArray[Any], of: str = "x", on: str = "") -> NDArray[Any]:
    """The same, every number finite, and errors that name the variable and its range; NumPy warns of nothing inside."""
    found = called(function, name, x)
    if not np.all(np.isfinite(found)):
        i = int(np.flatnonzero(~np.isfinite(found))[0])
        raise ValueError(f"{name} must be finite{on}; it is {found.flat[i]} at {of} = {float(x.flat[i])!r}")
    return found


class _Differences(NamedTuple):
    """Central differences of order 6, what those of order 4 differ by, and the size of the function around."""

    fine: NDArray[Any]
    apart: NDArray[Any]
    size: NDArray[Any]

    @property
    def settled(self) -> NDArray[Any]:
        return self.apart <= _DOUBT * np.maximum(self.size, _LEAST)


def _central(function: Callable[[Any], Any], at: NDArray[Any], step: float = _STEP) -> _Differences:
    h = step * np.maximum(1, np.abs(at) / _LARGE)
    sides = {k: (called(function, "function", at + k * h), called(function, "function", at - k * h)) for k in (1, 2, 3)}
    fine, coarse = (sum(c * (sides[k][0] - sides[k][1]) for k, c in rule) / h for rule in (_STENCIL, _COARSE))
    size = np.max([np.abs(side) for pair in sides.values() for side in pair], axis=0) + np.abs(fine)
    return _Differences(fine, np.abs(fine - coarse), size)


def differences(function: Callable[[Any], Any], x: NDArray[Any]) -> Slopes:
    """The derivative by central differences, some 13 digits; ValueError where they do not settle."""
    at = np.asarray(x, dtype=np.float64)
    found = _central(function, at)
    if not np.all(found.settled):
        where = float(at[~found.settled].flat[0])
        raise ValueError(
            f"the derivative of the function at {where!r} is not found by differences, as next to a kink or where "
            "it is steep: give it as derivative (df), or the activation by pieces"
        )
    return Slopes(np.asarray(found.fine, dtype=x.dtype), _FINER * found.apart + _ROUNDED * found.size)


@np.errstate(all="ignore")  # what is not finite, or does not settle, is no evidence
def slope_checked(function: Callable[[Any], Any], slope: Callable[[Any], Any]) -> None:
    """ValueError where a derivative is clearly another function's, with both values.

    At points without a pattern, two at least, differences that settle are off from it by a thousandth. Kinks, jumps
    and steep places are passed over: differences do not settle there, or, of waves of a length near a step, not with
    the others.
    """
    at = _PROBES.copy()
    found, given = _central(function, at), called(slope, "derivative", at)
    off = np.abs(given - found.fine)
    wrong = found.settled & (found.size > _LEAST)
    for step in _OTHER_STEPS:
        wrong &= _central(function, at, step).settled
    wrong &= off > _WRONG * (np.abs(given) + np.abs(found.fine)) + _BLURRED * found.size
    if np.count_nonzero(wrong) >= 2:
        i = int(np.argmax(np.where(wrong, off, 0)))
        raise ValueError(
            f"derivative must be that of the function: at {float(at[i]):.6g} it is {float(given[i]):.6g}, where "
            f"differences of the function give {float(found.fine[i]):.6g}"
        )
