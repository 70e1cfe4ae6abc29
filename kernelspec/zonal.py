"""`Zonal`: a zonal kernel kappa(x.y) on the sphere as an immutable expression.

An expression is built from named kernels (`families`, `networks`) with `+`, `-`, `*` and `@` and kept in one
canonical form, so that equal formulas are equal values: sums are flat and sorted with like terms collected,
products are flat with powers of one base (u, 1 - u, e^{u-1}, ...) gathered, compositions are flat, and a sum or
product composed with a kernel is the sum or product of the compositions. Every reading - float, complex, mpmath,
Arb, sympy, series - evaluates the one definition `pair(point)`: the value kappa(u) together with the defect
kappa(1) - kappa(u).
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from . import base_points
from .angle import Pair, Point
from .arithmetic import (
    BallArithmetic,
    FloatArithmetic,
    MpmathArithmetic,
    SeriesArithmetic,
    SympyArithmetic,
    arithmetic_of,
)
from .rational import Polynomial, as_fraction, float_sized
from .reading import read
from .state import precision

if TYPE_CHECKING:
    import sympy

    from .base_points import Exact
    from .decay import Decay
    from .spectrum import Spectrum


class Zonal:
    """A function kappa(u) of the cosine u = x.y, in [-1, 1]; a kernel where it is positive semi-definite.

    Combine with `+`, `-`, `*` (kernels and real numbers) and `@` (composition, which needs an inner kernel
    with values in [-1, 1]). Values compare and hash by their canonical form, and `ks.parse(repr(k)) == k`.
    """

    __slots__ = ()
    bounded = False  # whether the values are known to lie in [-1, 1]
    __array_ufunc__ = None  # numpy scalars on the left defer to our operators

    # -- what a kernel defines ------------------------------------------------------------------------

    def pair(self, point: Point) -> Pair:
        """Value, defect and kappa(1) at a point, in the point's arithmetic."""
        raise NotImplementedError

    def drop(self, end: Point, point: Point, gap: Any) -> Any:
        """kappa(c) - kappa(c - gap) without cancellation, c = end.u and c - gap = point.u; None if unknown."""
        return None

    def exact_at(self, at: int) -> Exact | None:
        """kappa(at) for at = 1, 0 or -1 (`base_points`); None where it is infinite or not known to be finite."""
        if at == 1:
            if self.rational_one is not None:
                return base_points.rational(self.rational_one)
            return base_points.named((self, 1)) if math.isfinite(self.at_one) else None
        if self.polynomial_part(0) == {}:
            one = base_points.exact_at(self, 1)
            return base_points.ZERO if at == 0 else base_points.combination([(Fraction(-1), one)])
        if at == -1 and self.polynomial_part(1) == {}:
            return base_points.exact_at(self, 1)
        return base_points.named((self, at)) if math.isfinite(self.at_one) else None

    def rise(self, point: Point, at: int) -> Any:
        """kappa(u) - kappa(at) for at = 1, 0 or -1, without cancellation next to u = at where that is known."""
        if at == 1:
            return -point.pair(self).defect
        if self.polynomial_part(0) == {}:
            return point.pair(self).value if at == 0 else point.mirror.pair(self).defect
        if at == -1 and self.polynomial_part(1) == {}:
            return -point.mirror.pair(self).defect
        return point.pair(self).value - point.start(self, at)

    def derivative(self) -> Zonal:
        """The exact derivative with respect to u, as an expression (it may be infinite at u = +-1)."""
        raise NotImplementedError

    def text(self) -> str:
        """The expression as text that `ks.parse` reads back."""
        raise NotImplementedError

    def latex_of(self, argument: str) -> str:
        """LaTeX of kappa(argument)."""
        raise NotImplementedError

    @property
    def radius(self) -> float:
        """A radius within which the Taylor series at 0 converges; 1 means a singularity at u = +1 or -1."""
        return 1.0

    @property
    def rational_one(self) -> Fraction | None:
        """kappa(1) where it is known to be rational."""
        return None

    @property
    def is_constant(self) -> bool:
        """Whether the kernel is an atom that is the same at every u."""
        return False

    @property
    def truncation(self) -> float:
        """What the kernel may miss on [-1, 1] because a series was cut off (Hermite coefficients); else 0."""
        return 0.0

    def polynomial_part(self, parity: int) -> Polynomial | None:
        """The even (0) or odd (1) part of kappa where it is known to be a polynomial, exactly; else None.

        Eigenvalues of that parity beyond its degree vanish (claims 20, 21: the parity zeros).
        """
        return None

    # -- readings -------------------------------------------------------------------------------------

    def __call__(self, u: Any) -> Any:
        """kappa(u) for u in [-1, 1]: float in, float out; arrays (NumPy float64/float32, and other libraries'
        through array-api-compat), mpmath numbers, Arb balls and sympy expressions give their own kind back.

        Values outside [-1, 1] by rounding only (4 ulp) are clipped; anything further is a ValueError.
        """
        if isinstance(u, Zonal):
            raise TypeError("u must be a number or an array; compose kernels with @")
        return read(self, u, "value")

    def defect(self, u: Any) -> Any:
        """kappa(1) - kappa(u), accurate in relative terms also where u is next to 1."""
        return read(self, u, "defect")

    def of_angle(self, theta: Any, defect: bool = False) -> Any:
        """kappa(cos theta), or its defect, from the angle: real or complex arrays, mpmath, Arb, sympy.

        An angle resolves 1 - u = theta^2/2 down to 1e-300, where the cosine itself rounds to 1.
        """
        scalar = isinstance(theta, int | float | complex)
        if isinstance(theta, np.ndarray | np.generic | int | float | complex | list | tuple):
            theta = np.asarray(theta)
            if theta.dtype.kind in "iu" or not theta.size:
                theta = theta.astype(np.float64)
            if theta.dtype.kind not in "fc":
                raise TypeError(f"theta must be a real or complex array; got dtype {theta.dtype}")
            if not np.all(np.isfinite(theta)):
                raise ValueError("theta must be finite; got NaN or infinity")
        try:
            arithmetic = arithmetic_of(theta)
        except TypeError:
            raise TypeError(
                "theta must be a number, an array, or an mpmath, flint or sympy value; "
                f"got {type(theta).__name__}"
            ) from None
        if not _finite(arithmetic, theta):
            raise ValueError(f"theta must be finite; got {theta}")
        if arithmetic.closed_form:
            import sympy

            return self(sympy.cos(theta))
        pair = self.pair(Point.from_angle(arithmetic, theta))
        value = pair.defect if defect else pair.value
        return np.asarray(value).item() if scalar else value

    @functools.cached_property
    def at_one(self) -> float:
        """kappa(1) as a float; infinite for derivatives that are."""
        with np.errstate(all="ignore"):
            pair = Point.from_cosine(FloatArithmetic(), np.float64(1.0)).pair(self)
        return float(pair.value)

    def normalized(self) -> Zonal:
        """kappa / kappa(1), where kappa(1) is rational; ValueError otherwise."""
        one = expression.sympy_at_one(self)
        if not one.is_Rational or one == 0:
            raise ValueError(
                f"kappa(1) must be a non-zero rational number to normalise exactly; got {one}"
            )
        return Fraction(int(one.q), int(one.p)) * self

    def sympy(self, u: Any = None) -> sympy.Expr:
        """The closed form as a sympy expression in u (a new symbol `u` by default)."""
        import sympy

        u = sympy.Symbol("u", real=True) if u is None else sympy.sympify(u)
        return Point.from_cosine(SympyArithmetic(), u).pair(self).value

    def taylor(self, terms: int, digits: int = 30) -> list[Any]:
        """Arb enclosures of the first Taylor coefficients b_0, b_1, ... of kappa at 0 (claim 10).

        Raises ValueError where the series at 0 is not defined.
        """
        import flint

        if isinstance(terms, bool) or not isinstance(terms, int | np.integer) or terms < 1:
            raise ValueError(f"terms must be an integer >= 1; got {terms!r}")
        with precision(math.ceil((digits + 10) * math.log2(10)) + 4, cap=int(terms)):
            variable = flint.arb_series([0, 1], int(terms))
            value = Point.from_cosine(SeriesArithmetic(int(terms)), variable).pair(self).value
            series = flint.arb_series([0], int(terms)) + value
            return [series[i] for i in range(int(terms))]

    # -- doors to the higher floors ---------------------------------------------------------------------

    def spectrum(self, d: int) -> Spectrum:
        """The Mercer eigenvalues mu_k on the sphere S^{d-1} (claims 6-8); see `kernelspec.spectrum.Spectrum`."""
        from .spectrum import Spectrum

        return Spectrum(self, d)

    def decay(self, d: int) -> Decay:
        """The rate and the exact constants of mu_k's decay on S^{d-1} (claim 14); see `kernelspec.decay`."""
        from .decay import decay

        return decay(self, d)

    def expand(self, at: int = 1, terms: int = 3) -> Any:
        """The expansion of kappa at u = +1 or -1 in powers of t = 1 - u or 1 + u; see `kernelspec.puiseux`."""
        from .puiseux import expand

        return expand(self, at, terms)

    def gram(self, x: Any, y: Any = None, normalize: bool = False) -> Any:
        """The Gram matrix of the rows of x (and y): |x||y| kappa(cos); see `kernelspec.gram.gram`."""
        from .gram import gram

        return gram(self, x, y, normalize=normalize)

    # -- algebra ----------------------------------------------------------------------------------------

    def __add__(self, other: Any) -> Zonal:
        other = _operand(other)
        return (
            NotImplemented
            if other is None
            else expression.add([(Fraction(1), self), (Fraction(1), other)])
        )

    __radd__ = __add__

    def __neg__(self) -> Zonal:
        return expression.add([(Fraction(-1), self)])

    def __sub__(self, other: Any) -> Zonal:
        other = _operand(other)
        return (
            NotImplemented
            if other is None
            else expression.add([(Fraction(1), self), (Fraction(-1), other)])
        )

    def __rsub__(self, other: Any) -> Zonal:
        other = _operand(other)
        return (
            NotImplemented
            if other is None
            else expression.add([(Fraction(1), other), (Fraction(-1), self)])
        )

    def __mul__(self, other: Any) -> Zonal:
        if isinstance(other, Zonal):
            return expression.multiply(self, other)
        scalar = _scalar(other)
        return NotImplemented if scalar is None else expression.add([(scalar, self)])

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Zonal:
        scalar = _scalar(other)
        if scalar is None:
            return NotImplemented
        if scalar == 0:
            raise ValueError("a kernel cannot be divided by 0")
        return expression.add([(1 / scalar, self)])

    def __pow__(self, power: Any) -> Zonal:
        if isinstance(power, bool) or not isinstance(power, int | np.integer) or power < 0:
            raise ValueError(f"the power of a kernel must be an integer >= 0; got {power!r}")
        result: Zonal = expression.Monomial(0)
        for _ in range(int(power)):
            result = result * self
        return result

    def __matmul__(self, other: Any) -> Zonal:
        return expression.compose(self, other) if isinstance(other, Zonal) else NotImplemented

    # -- looks --------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return self.text()

    def latex(self) -> str:
        """LaTeX of the formula in u, without delimiters."""
        return self.latex_of("u")

    def _repr_latex_(self) -> str:
        return f"$\\kappa(u) = {self.latex()}$"


def _finite(arithmetic: Any, theta: Any) -> bool:
    if isinstance(arithmetic, MpmathArithmetic):
        return bool(arithmetic.mp.isfinite(theta))
    if isinstance(arithmetic, BallArithmetic):
        return bool(theta.is_finite())
    return not isinstance(arithmetic, SympyArithmetic) or theta.is_finite is not False


def _operand(value: Any) -> Zonal | None:
    if isinstance(value, Zonal):
        return value
    scalar = _scalar(value)
    return None if scalar is None else expression.add([(scalar, expression.Monomial(0))])


def _scalar(value: Any) -> Fraction | None:
    try:
        return float_sized(
            as_fraction(value, "a scalar multiple of a kernel"), "a scalar multiple of a kernel"
        )
    except TypeError:
        return None


# The nodes are subclasses of Zonal, and its operators build nodes: the second half of one knot.
from . import expression  # noqa: E402 - after the class that it needs
