"""Numbers of many kinds, compared in their own arithmetic: the floor below the evidence."""

import math
import numbers
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

Plain: TypeAlias = float | int | str | bool | None


def plain(value: Any) -> Plain:
    """The value as a float, int, bool or text; text keeps what a float would lose."""
    value = _native(value)
    if value is None or isinstance(value, (bool, str, float)):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else _shortened(str(value))
    if isinstance(value, complex):
        return f"{value:.12g}"
    if _library(value) == "mpmath":
        import mpmath

        return str(mpmath.nstr(value, 20))
    if _is_ball(value):
        return str(value.str(20))
    return _shortened(str(value))


def elements(value: Any) -> list[Any]:
    """The numbers in an array, list or tuple of any nesting, in order; [value] for a number."""
    if isinstance(value, np.ndarray):
        return [item for entry in value.ravel().tolist() for item in elements(entry)]
    if isinstance(value, (list, tuple)):
        return [item for entry in value for item in elements(entry)]
    return [_native(value)]


def pairs(label: str, left: Any, right: Any) -> tuple[list[Any], list[Any]]:
    """The elements of both, a single number on the right repeated; ValueError for other shapes."""
    lefts, rights = elements(left), elements(right)
    if len(rights) == 1 and not isinstance(right, (list, tuple)) and not (isinstance(right, np.ndarray) and right.ndim):
        rights = rights * len(lefts)
    if not lefts:
        raise ValueError(f"{label!r}: there is nothing to compare (no elements)")
    if len(lefts) != len(rights):
        raise ValueError(f"{label!r}: {len(lefts)} measured values against {len(rights)} expected ones")
    return lefts, rights


def margin(measured: Any, expected: Any, rtol: float, atol: float) -> float:
    """The error over the tolerance ``atol + rtol |expected|``; NaN where a number is not finite."""
    if _library(measured) == "sympy" or _library(expected) == "sympy":
        return _symbolic_margin(measured, expected, rtol, atol)
    if not (is_finite(measured) and is_finite(expected)):
        return math.nan
    error = abs(measured - expected)
    tolerance = atol + rtol * abs(expected) if rtol else atol
    if _is_ball(error):
        # The largest error that the two balls allow.
        return _ball_ratio(error, tolerance)
    if error == 0:
        return 0.0
    return math.inf if tolerance == 0 else float(error / tolerance)


def magnitude(value: Any) -> float:
    """|value| as a float, 0 or inf where it is out of range."""
    if _library(value) == "sympy":
        import sympy

        return float(abs(complex(sympy.N(value, 17))))
    if _is_ball(value):
        return float(abs(value).mid())
    try:
        return float(abs(value))
    except OverflowError:
        return math.inf


def identical(left: Any, right: Any) -> bool:
    """Whether two exact values are the same, for sympy by simplifying their difference."""
    if _library(left) != "sympy" and _library(right) != "sympy":
        return bool(left == right)
    import sympy

    difference = sympy.sympify(left) - sympy.sympify(right)
    simplifiers = (sympy.expand, sympy.simplify, sympy.gammasimp, sympy.radsimp)
    return any(simplify(difference) == 0 for simplify in simplifiers)


def is_rational(value: Any) -> bool:
    """Whether the value is an integer or a rational number, kept as such."""
    if isinstance(value, (int, Fraction)):
        return not isinstance(value, bool)
    return _library(value) == "sympy" and bool(value.is_Rational)


def refuse_inexact(label: str, value: Any) -> None:
    """Raise TypeError for what can prove nothing: floats and balls of any kind, also inside expressions.

    Two balls, or polynomials or series of balls, may be equal as data and differ as numbers.
    """
    kind, library = type(value).__name__, _library(value)
    number = isinstance(value, numbers.Number) and library != "sympy"
    balls = library == "flint" and kind.startswith(("arb", "acb"))
    if (number and not isinstance(value, numbers.Rational)) or library == "mpmath" or balls:
        raise TypeError(f"exact({label!r}): {kind} {value!r} is not exact; use measured_against")
    if library == "sympy":
        import sympy

        if value.has(sympy.Float):
            raise TypeError(f"exact({label!r}): the expression {value} contains a float")


def is_finite(value: Any) -> bool:
    """Whether a number of any kind is finite."""
    if isinstance(value, (int, Fraction)):
        return True
    if isinstance(value, (float, complex)):
        return math.isfinite(abs(value))
    if _is_ball(value):
        return bool(value.is_finite())
    if _library(value) == "mpmath":
        import mpmath

        return bool(mpmath.isfinite(value))
    raise TypeError(f"cannot compare a {type(value).__name__}: {value!r}")


def _symbolic_margin(measured: Any, expected: Any, rtol: float, atol: float) -> float:
    import sympy

    left, right = sympy.sympify(measured), sympy.sympify(expected)
    error = sympy.Abs(left - right)
    if not (left.is_number and right.is_number):
        raise TypeError(f"cannot compare {left} with {right}: a symbol is left")
    scale = sympy.N(atol + rtol * sympy.Abs(right), 30)
    size = sympy.N(error, 30)
    if not (size.is_finite and scale.is_finite):
        return math.nan
    if size == 0:
        return 0.0
    return math.inf if scale == 0 else float(size / scale)


def _ball_ratio(error: Any, tolerance: Any) -> float:
    if _is_ball(tolerance):
        return float((error / tolerance).abs_upper())
    largest = float(error.abs_upper())
    if tolerance == 0:
        return 0.0 if largest == 0 else math.inf
    return largest / float(tolerance)


def _native(value: Any) -> Any:
    """NumPy scalars as Python numbers, flint integers and rationals as int and Fraction."""
    if isinstance(value, np.generic):
        return value.item()
    if _library(value) == "flint":
        kind = type(value).__name__
        if kind == "fmpz":
            return int(value)
        if kind == "fmpq":
            return Fraction(int(value.p), int(value.q))
    return value


def _library(value: Any) -> str:
    # A class made at run time, such as that of a sympy function f, may have no module: its bases do.
    named = (kind.__module__ for kind in type(value).__mro__ if kind.__module__)
    return next(named).partition(".")[0]


def _is_ball(value: Any) -> bool:
    return _library(value) == "flint" and type(value).__name__ in ("arb", "acb")


def _shortened(text: str) -> str:
    return text if len(text) <= 120 else text[:117] + "..."
