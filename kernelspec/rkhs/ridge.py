"""Functions on the sphere S^{d-1}: ridge functions x -> g(<w, x>), polynomials, and their linear combinations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from ..kernels.callables import require_formula
from ..kernels.rounded_parameters import as_decimals
from ..kernels.zonal import Zonal
from ..numbers.checks import Numbers, array, dimension, real_array, scalar_or_array
from ..numbers.precision import cached_property, default_errors
from . import polynomial_harmonics as exact
from .profiles import JumpProfile, PowerProfile

Profile: TypeAlias = "Zonal | PowerProfile | JumpProfile"
_LONG = 8  # entries of w that a text shows
_UNITS = 16  # roundings of a unit vector, and of its coordinates
_REMEDY = "divide it by np.linalg.norm(w), or give exact numbers such as Fraction(3, 5)"


@dataclass(frozen=True)
class Direction:
    """A unit vector w/|w|, w with rational coordinates; |w| differs from 1 by the rounding of floats only."""

    w: tuple[Fraction, ...] = field(repr=False)

    @cached_property
    def square(self) -> Fraction:
        """|w|^2."""
        return sum((x * x for x in self.w), Fraction(0))

    @property
    def sign(self) -> int:
        """The sign of the first coordinate that is not 0."""
        return 1 if next(x for x in self.w if x) > 0 else -1

    @cached_property
    def line(self) -> tuple[Fraction, ...]:
        """The multiple whose first coordinate that is not 0 is 1 in size: the same for every multiple of w."""
        first = abs(next(x for x in self.w if x))
        return tuple(x / first for x in self.w)

    def turned(self) -> Direction:
        """The opposite direction."""
        return Direction(tuple(-x for x in self.w))

    def floats(self) -> np.ndarray[Any, Any]:
        """The unit vector in float64."""
        w = np.array([float(x) for x in self.w])
        return w / np.linalg.norm(w)

    def text(self) -> str:
        """The coordinates; of a long vector the first ones."""
        exactly = self.square == 1
        shown = [str(x) if x.denominator == 1 else repr(x) if exactly else repr(float(x)) for x in self.w]
        if len(shown) > _LONG:
            trailing = len(shown) - next(i for i in range(len(shown), 0, -1) if self.w[i - 1])
            if trailing >= len(shown) - _LONG + 1:
                return f"[{', '.join(shown[: len(shown) - trailing])}] + {trailing}*[0]"
            shown = [*shown[:_LONG], "..."]
        return f"[{', '.join(shown)}]"


@dataclass(frozen=True, repr=False, eq=False)
class Function:
    """A function on S^{d-1}: a linear combination of ridge functions, and a polynomial.

    Functions of one d add up, are multiplied by rational numbers (a float stands for the decimal that it prints), and
    are called with unit vectors. `ridge` and `polynomial` make them.
    """

    d: int
    ridges: tuple[tuple[Fraction, Profile, Direction], ...]
    polynomial: exact.Polynomial

    __array_ufunc__ = None

    @default_errors
    def __call__(self, x: Any) -> Numbers:
        """Values at unit vectors: an array (..., d) to an array (...), one vector to a float.

        Raises ValueError for another d, and for vectors that are not of length 1 up to the rounding of float32.
        """
        points = real_array("x", x)
        if points.ndim == 0 or points.shape[-1] != self.d:
            raise ValueError(
                f"x must have {self.d} coordinates, as the function lives on S^{self.d - 1}; got shape {points.shape}"
            )
        slack = _UNITS * float(np.finfo(np.float32).eps) * np.sqrt(self.d)
        points = points.astype(np.float64)
        off = np.abs(np.linalg.norm(points, axis=-1) - 1)
        if np.any(off > slack):
            raise ValueError(f"x must hold unit vectors; got one whose length is off by {float(off.max()):.3g}")
        total = np.zeros(points.shape[:-1])
        for c, g, w in self.ridges:
            total = total + float(c) * g(np.clip(points @ w.floats(), -1.0, 1.0))
        for m, q in self.polynomial.items():
            term = np.full(points.shape[:-1], float(q))
            for i, e in m:
                term = term * points[..., i] ** e
            total = total + term
        return scalar_or_array(total)

    # -- algebra ----------------------------------------------------------------------------------------

    def __add__(self, other: Any) -> Function:
        if not isinstance(other, Function):
            return NotImplemented
        if other.d != self.d:
            raise ValueError(f"functions must live on one sphere to be added; got d = {self.d} and d = {other.d}")
        merged: dict[tuple[Profile, Direction], Fraction] = {}
        for c, g, w in (*self.ridges, *other.ridges):
            merged[g, w] = merged.get((g, w), Fraction(0)) + c
        ridges = tuple((c, g, w) for (g, w), c in merged.items() if c)
        return Function(self.d, ridges, exact.added(self.polynomial, other.polynomial))

    def __neg__(self) -> Function:
        return self * -1

    def __sub__(self, other: Any) -> Function:
        return self + -other if isinstance(other, Function) else NotImplemented

    def __mul__(self, other: Any) -> Function:
        if isinstance(other, Function):
            raise TypeError("functions are multiplied by numbers; a product of two is not one of these functions")
        try:
            c = exact.coefficient(other, "the factor of a function")
        except TypeError:
            return NotImplemented
        ridges = tuple((c * a, g, w) for a, g, w in self.ridges if c)
        return Function(self.d, ridges, {m: c * q for m, q in self.polynomial.items() if c})

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Function:
        if isinstance(other, Function):
            raise TypeError("functions are divided by numbers")
        try:
            c = exact.coefficient(other, "the divisor of a function")
        except TypeError:
            return NotImplemented
        if not c:
            raise ValueError("a function cannot be divided by 0")
        return self * (1 / c)

    # -- looks ------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        parts = []
        for c, g, w in self.ridges:
            size = "" if abs(c) == 1 else f"{abs(c)}*" if c.denominator == 1 else f"{abs(c)!r}*"
            parts.append(("-" if c < 0 else "+", f"{size}ridge({g!r}, {w.text()})"))
        if self.polynomial or not parts:
            parts.append(("+", f"polynomial({exact.written(self.polynomial)!r}, {self.d})"))
        text = " ".join(f"{sign} {part}" for sign, part in parts)
        return text[2:] if text.startswith("+ ") else "-" + text[2:]

    @cached_property
    def _harmonics(self) -> exact.Harmonics:
        """The harmonic parts of the polynomial, exactly."""
        return exact.Harmonics(self.polynomial, self.d)


def ridge(g: Any, w: Any) -> Function:
    """The function x -> g(<w, x>) on the sphere in R^d, w a unit vector of length d.

    Parameters
    ----------
    g : a kernel such as ks.ntk(3), or a profile: `relu(s)`, `abs_power(s)`, `step(t)`.
    w : d >= 2 real numbers of length 1. Integers, Fractions and short decimals are exact, and their squares add up to 1
        exactly; floats may be off by rounding, and the function is that of w/|w|.

    Raises TypeError for what is no profile, ValueError for w of another length, or not finite.

    >>> from kernelspec.rkhs import relu
    >>> f = ridge(relu(1), [0.6, 0.8]) - 2 * ridge(relu(1), [1, 0])
    >>> f, f([1.0, 0.0])
    (ridge(relu(1), [Fraction(3, 5), Fraction(4, 5)]) - 2*ridge(relu(1), [1, 0]), -1.4)
    """
    if not isinstance(g, Zonal | PowerProfile | JumpProfile):
        raise TypeError(
            f"g must be a kernel such as ks.ntk(3), or a profile: relu(s), abs_power(s), step(t); got {g!r}"
        )
    if isinstance(g, Zonal):
        require_formula(g, "a function with proved harmonics")
        g = as_decimals(g)
    direction = as_direction(w)
    return Function(len(direction.w), ((Fraction(1), g, direction),), {})


def as_direction(w: Any) -> Direction:
    """The unit vector; TypeError or ValueError for anything else."""
    if isinstance(w, str | bytes) or not isinstance(w, Sequence | np.ndarray):
        raise TypeError(f"w must be a sequence of real numbers; got {w!r}")
    if isinstance(w, np.ndarray):
        single = w.dtype.kind == "f" and w.dtype.itemsize <= 4
        if array("w", w).ndim != 1:
            raise ValueError(f"w must be one vector; got shape {w.shape}")
    else:
        single = any(isinstance(x, np.floating) and x.dtype.itemsize <= 4 for x in w)
    dimension_of(len(w))
    coordinates = tuple(exact.coefficient(x, f"w[{i}]") for i, x in enumerate(w))
    direction = Direction(coordinates)
    if direction.square != 1:
        length = float(direction.square) ** 0.5
        floats = any(isinstance(x, float | np.floating) for x in w)
        slack = _UNITS * float(np.finfo(np.float32 if single else np.float64).eps) * len(w) ** 0.5
        if not floats or abs(direction.square - 1) > slack:
            raise ValueError(f"w must be a unit vector; got one of length {length:.10g}: {_REMEDY}")
    return direction


def dimension_of(length: int) -> int:
    """The number of coordinates, 2 or more."""
    if length < 2:
        raise ValueError(f"w must have at least 2 coordinates; got {length}")
    return dimension(length)


@default_errors
def polynomial(text: Any, d: int) -> Function:
    """The polynomial in x1, ..., xd that a text describes, as a function on the sphere S^{d-1}.

    Parameters
    ----------
    text : numbers, x1 to xd, `+ - * / **` and parentheses, as in "x1**2*x2 - x3/2": read by a whitelist, never
        evaluated. Decimals are exact. Or a sympy expression in symbols of these names.
    d : the number of coordinates, >= 2.

    Raises TypeError or ValueError, with the reason, for what is no polynomial, or one of degree above 60.

    >>> f = polynomial("x1**2*x2 - x3", 3)
    >>> f, f([0.0, 0.0, 1.0])
    (polynomial('x1**2*x2 - x3', 3), -1.0)
    """
    d = dimension(d)
    if type(text).__module__.startswith("sympy"):
        text = str(text)
    if not isinstance(text, str):
        raise TypeError(f"text must be text such as 'x1**2*x2 - x3', or a sympy expression; got {text!r}")
    found = exact.parsed(text, d)
    exact.require_size(found)
    return Function(d, (), found)
