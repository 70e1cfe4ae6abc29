"""What an arithmetic supplies to the formulas of kernels, and names for the numbers and arrays of other libraries.

A kernel is written once (`Zonal.pair`) with these few functions. Every arithmetic has the names of `Common`. Beside
them, `Numerical` ones have what the forms without cancellation ask for, and `ClosedForms` ones have arccos, from which
the closed forms are made: `arithmetic.closed_form` tells them apart.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal, Protocol, TypeAlias

from .exact_numbers import Scalar

# A number of one arithmetic: an array, a ball, an mpmath number, a sympy expression, a series. These types have no
# common base, a formula mixes them with floats and integers, and what it returns is of the kind that it was given.
Value: TypeAlias = Any

# An array of NumPy or of another library of the array API standard, which states no type; one of its dtypes.
Array: TypeAlias = Any
DType: TypeAlias = Any
Device: TypeAlias = Any

# mpmath makes the types of its numbers for each context, as it runs, and has no type hints.
MpmathNumber: TypeAlias = Any
MpmathContext: TypeAlias = Any


class Constants(Protocol):
    """The numbers that formulas name."""

    @property
    def pi(self) -> Value: ...

    @property
    def infinity(self) -> Value: ...

    def number(self, q: Scalar, /) -> Value:
        """The exact number q."""

    def constant(self, c: Value, like: Value, /) -> Value:
        """The number c with the shape of `like`."""


class Common(Constants, Protocol):
    """What every arithmetic has: constants, elementary functions, and choices between two forms."""

    def sqrt(self, x: Value, /) -> Value: ...

    def exp(self, x: Value, /) -> Value: ...

    def expm1(self, x: Value, /) -> Value: ...

    def power(self, x: Value, q: Fraction, /) -> Value: ...

    def near(self, u: Value, /) -> Value:
        """Where the end u = +1 is the nearer one."""

    def select(self, mask: Value, a: Value, b: Value, /) -> Value:
        """a where the mask says so, and b elsewhere."""

    def nonnegative(self, x: Value, /) -> Value:
        """x, of which the formula knows that it is >= 0, with negative rounding removed."""


class Numerical(Common, Protocol):
    """Numbers that round, or balls: read in the forms without cancellation."""

    @property
    def closed_form(self) -> Literal[False]: ...

    def asin(self, x: Value, /) -> Value: ...

    def cos(self, x: Value, /) -> Value: ...

    def sin(self, x: Value, /) -> Value: ...

    def log1p(self, x: Value, /) -> Value: ...

    def use_series(self, m: Value, /) -> Value:
        """Where the end point series is the form without cancellation."""

    def sine_tail(self, psi: Value, /) -> Value:
        """sin(psi) - psi cos(psi)."""

    def hypergeometric_tail(self, n: int, m: Value, /) -> Value:
        """2F1(1/2, 1/2; n + 3/2; m)."""


class ClosedForms(Common, Protocol):
    """Symbols and series: exact, so that the closed forms serve."""

    @property
    def closed_form(self) -> Literal[True]: ...

    def acos(self, u: Value, /) -> Value: ...


Arithmetic: TypeAlias = Numerical | ClosedForms
