"""Dual kernels of activations: kappa_sigma(u) = E[sigma(a) sigma(b)], (a, b) standard Gaussian with correlation u.

Not normalised: relu gives kappa_1/2 (claim 12); `ks.dual(...).normalized()` divides by kappa(1) where that is
rational. Closed forms: relu, leaky relu, abs, step (arc-cosine kernels; kappa_1(-u) = kappa_1(u) - u); erf
(Williams 1997: (2/pi) arcsin(2u/3)); sin, cos, exp (Hermite generating function: e^{-1} sinh u, e^{-1} cosh u,
e^{1+u}); gelu (here, by Stein's lemma applied twice to E[a b Phi(a) Phi(b)]:
u/4 + u arcsin(u/2)/(2 pi) + 1/(2 pi sqrt(4-u^2))). Any other activation by its Hermite coefficients (claim 10:
kappa_sigma(u) = sum a_i^2 u^i), with a stated error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from .angle import Pair, Point
from .expression import Atom, Monomial, add, bracket, compose
from .families import ArcCosine, SinePower, as_degree
from .legendre import gauss_legendre
from .rational import Polynomial, as_fraction
from .state import default_errors
from .zonal import Zonal

_NAMES = ("relu", "step", "erf", "sin", "cos", "exp", "gelu", "leaky_relu", "abs")
_HALF = Fraction(1, 2)
_MOST_TERMS = 1000
_RANGE = 24  # e^{-24^2/2} = 1e-125


@dataclass(frozen=True, repr=False)
class ExponentialDual(Atom):
    """The duals of sin, cos and exp: e^{-1} sinh u, e^{-1} cosh u, e^{1+u}."""

    bounded = False

    name: str

    def pair(self, point: Point) -> Pair:
        arithmetic, u = point.arithmetic, point.u
        number = arithmetic.number
        e = math.e if hasattr(arithmetic, "xp") else arithmetic.exp(number(Fraction(1)))
        if self.name == "exp":
            one = e * e
            return Pair(e * arithmetic.exp(u), -one * arithmetic.expm1(-point.delta), one)
        sign = -1 if self.name == "sin" else 1
        rising, falling = arithmetic.exp(u), arithmetic.exp(-u)
        value = (rising + sign * falling) / (2 * e)
        # cosh 1 - cosh u and sinh 1 - sinh u through expm1, so that nothing cancels near u = 1.
        defect = (
            -e * arithmetic.expm1(-point.delta) - sign * arithmetic.expm1(point.delta) / e
        ) / (2 * e)
        return Pair(value, defect, (e + sign / e) / (2 * e))

    def derivative(self) -> Zonal:
        return ExponentialDual({"sin": "cos", "cos": "sin", "exp": "exp"}[self.name])

    def text(self) -> str:
        return f"dual('{self.name}')"

    def latex_of(self, argument: str) -> str:
        if self.name == "exp":
            return f"e^{{1+{bracket(argument)}}}"
        return f"e^{{-1}}\\{self.name}h\\left({argument}\\right)"

    @property
    def radius(self) -> float:
        return math.inf

    def polynomial_part(self, parity: int) -> Polynomial | None:
        return {} if (self.name, parity) in (("sin", 0), ("cos", 1)) else None


@dataclass(frozen=True, repr=False)
class PowerSeries(Atom):
    """sum_i b_i u^i, finitely many terms: a dual kernel from Hermite coefficients.

    `missing` bounds what the terms left out can add on [-1, 1]; it is 0 for a series given as such.
    """

    bounded = False

    coefficients: tuple[float, ...]
    missing: float = 0.0

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, self.coefficients)):
            raise ValueError("the coefficients of a power series must not leave the floats")

    def pair(self, point: Point) -> Pair:
        arithmetic = point.arithmetic
        value = arithmetic.constant(arithmetic.number(Fraction(0)), point.u)
        quotient = value
        one = arithmetic.number(Fraction(0))
        tail = arithmetic.number(Fraction(0))
        for b in reversed(self.coefficients):
            c = arithmetic.number(Fraction(b))
            quotient = quotient * point.u + tail
            value, tail, one = value * point.u + c, tail + c, one + c
        return Pair(value, point.delta * quotient, one)

    def derivative(self) -> Zonal:
        # Nothing bounds the derivative of what is missing.
        return PowerSeries(
            tuple(i * b for i, b in enumerate(self.coefficients))[1:] or (0.0,),
            math.inf if self.missing else 0.0,
        )

    def text(self) -> str:
        words = [repr(b) for b in self.coefficients]
        if self.missing:
            words.append(f"missing={self.missing!r}")
        return f"power_series({', '.join(words)})"

    def latex_of(self, argument: str) -> str:
        shown = [
            f"{b:.6g}"
            + (
                ""
                if i == 0
                else f"\\,{bracket(argument)}"
                if i == 1
                else f"\\,{bracket(argument)}^{{{i}}}"
            )
            for i, b in enumerate(self.coefficients)
            if b
        ]
        return " + ".join(shown[:6]) + (" + \\cdots" if len(shown) > 6 else "") or "0"

    @property
    def truncation(self) -> float:
        return self.missing

    @property
    def radius(self) -> float:
        return math.inf

    def polynomial_part(self, parity: int) -> Polynomial:
        return {i: Fraction(b) for i, b in enumerate(self.coefficients) if b and i % 2 == parity}


def power_series(*coefficients: Any, missing: float = 0.0) -> Zonal:
    """The kernel sum_i b_i u^i from its coefficients b_0, b_1, ... (real, finite; a kernel if all are >= 0).

    missing : a bound >= 0 of what further terms may add on [-1, 1], `math.inf` where there is none: the kernel is then
        known up to that only, as the duals of callables are.
    """
    if not coefficients:
        raise ValueError("power_series needs at least one coefficient")
    bound = missing if missing == math.inf else float(as_fraction(missing, "missing"))
    if bound < 0:
        raise ValueError(f"missing must be >= 0; got {missing}")
    return PowerSeries(
        tuple(float(as_fraction(b, f"coefficient {i}")) for i, b in enumerate(coefficients)), bound
    )


@default_errors
def dual(
    activation: str | Callable[[Any], Any] | Sequence[float], slope: Any = None, terms: int = 64
) -> Zonal:
    r"""The dual kernel of an activation, :math:`\kappa_\sigma(u) = E[\sigma(a)\sigma(b)]`.

    Parameters
    ----------
    activation : one of relu, step, erf, sin, cos, exp, gelu, leaky_relu, abs (closed forms); or a sequence of
        coefficients a_i in the normalised Hermite polynomials; or a callable taking and returning a float array,
        whose first `terms` Hermite coefficients are computed by quadrature (the result's `truncation` is what the
        rest can add).
    slope : the slope on the negative side, for leaky_relu only (default 0.01).

    >>> dual("relu")
    0.5*arccos(1)
    """
    if isinstance(activation, str):
        return _named(activation, slope)
    if slope is not None:
        raise ValueError("slope belongs to leaky_relu only")
    if callable(activation):
        if as_degree(terms, "terms", least=1) > _MOST_TERMS:
            raise ValueError(f"terms must be at most {_MOST_TERMS}; got {terms}")
        return _from_callable(activation, int(terms))
    try:
        hermite = np.asarray(activation, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(
            f"activation must be a name, a callable or coefficients; got {activation!r}"
        ) from None
    if hermite.ndim != 1 or not hermite.size or not np.all(np.isfinite(hermite)):
        raise ValueError(
            "activation: Hermite coefficients must be a non-empty sequence of finite numbers"
        )
    return PowerSeries(tuple(a * a for a in map(float, hermite)))


def _named(name: str, slope: Any) -> Zonal:
    if name not in _NAMES:
        raise ValueError(
            f"activation must be one of {', '.join(_NAMES)}, a callable or coefficients; got {name!r}"
        )
    if slope is not None and name != "leaky_relu":
        raise ValueError("slope belongs to leaky_relu only")
    ramp, u = ArcCosine(1), Monomial(1)
    if name == "relu":
        return _HALF * ramp
    if name == "step":
        return _HALF * ArcCosine(0)
    if name == "abs":
        return 2 * ramp - u
    if name == "leaky_relu":
        a = as_fraction(Fraction(1, 100) if slope is None else slope, "slope")
        return add([((1 - a) ** 2 / 2, ramp), (a, u)])
    if name == "erf":
        return 2 * compose(ArcCosine(0), add([(Fraction(2, 3), u)])) - 1
    if name == "gelu":
        half = add([(_HALF, u)])
        return _HALF * u * compose(ArcCosine(0), half) + _HALF**2 * compose(SinePower(-_HALF), half)
    return ExponentialDual(name)


def _from_callable(function: Callable[[Any], Any], terms: int) -> Zonal:
    coarse, _ = _hermite(function, terms, pieces=4)
    fine, norm = _hermite(function, terms, pieces=16)
    # What two rules differ by bounds the quadrature error, a jump inside a piece included.
    doubt = 8 * np.abs(fine - coarse) + 1e-15 * math.sqrt(norm)
    kept = np.where(np.abs(fine) > doubt, fine, 0.0)
    rest = max(norm - math.fsum(fine**2), 0.0)
    quadrature = float(np.sum(2 * np.abs(fine) * doubt + doubt**2))
    return PowerSeries(tuple(float(a) ** 2 for a in kept), missing=rest + 2 * quadrature)


def _hermite(
    function: Callable[[Any], Any], terms: int, pieces: int
) -> tuple[np.ndarray[Any, np.dtype[Any]], float]:
    """Normalised Hermite coefficients a_0, a_1, ... and E sigma^2, by composite Gauss-Legendre.

    The pieces end at 0, where the usual activations have their kink.
    """
    nodes, weights = gauss_legendre(16)
    edges = np.arange(-_RANGE * pieces, _RANGE * pieces + 1) / pieces
    x = (edges[:-1, None] + (1 + nodes) / (2 * pieces)).ravel()
    density = np.tile(weights / (2 * pieces), edges.size - 1)
    density = density * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    with np.errstate(all="ignore"):  # what is not finite is refused
        values = np.asarray(function(x))
    if values.dtype.kind not in "iufb" or values.shape != x.shape:
        raise ValueError("the activation must return a real float for every entry of a float array")
    values = values.astype(np.float64)
    if not np.all(np.isfinite(values)):
        raise ValueError("the activation must be finite for every entry of a float array")
    with np.errstate(over="ignore"):
        mass = density * values * values
    norm = float(mass.sum())
    ends = float(mass[np.abs(x) > _RANGE - 4].sum())
    if not math.isfinite(norm) or ends > 1e-10 * norm:
        raise ValueError(
            "the activation must be square integrable under N(0, 1); it grows too fast"
        )
    previous, current = np.zeros_like(x), np.ones_like(x)
    coefficients = np.zeros(terms)
    for i in range(terms):
        coefficients[i] = np.sum(density * values * current)
        previous, current = current, (x * current - math.sqrt(i) * previous) / math.sqrt(i + 1)
    return coefficients, norm + ends
