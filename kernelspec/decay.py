r"""How fast mu_k decays: the theorem of Bietti & Bach (2021, Theorem 1 and 7; claim 14) with the right constant.

If kappa(1-t) and kappa(-1+t) have the leading non-integer powers c_1 t^nu and c_{-1} t^nu, then

.. math:: \mu_k \sim (c_1 + (-1)^k c_{-1})\, C(d,\nu) \frac{\Gamma(k-\nu)}{\Gamma(k+\nu+d-1)}
   \sim (c_1 + (-1)^k c_{-1})\, C(d,\nu)\, k^{-d-2\nu+1},

with C(d, nu) of claim 15 (twice the printed constant), and the Gamma ratio exact for a pure power. The
coefficients come from the exact expansions of `puiseux`, for every kernel expression.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy

from .checks import degrees, dimension, integer
from .powers import decay_constant_sympy, power_eigenvalue
from .puiseux import Puiseux, at_order, number
from .zonal import Zonal

if TYPE_CHECKING:
    from .spectrum import Spectrum

_LARGEST_ORDER = 40


@dataclass(frozen=True)
class Decay:
    """The leading behaviour of mu_k on S^{d-1}: mu_k ~ even (or odd) * k^{-exponent}.

    `nu` and `exponent` = d + 2 nu - 1 are sympy numbers (infinite for kernels that are analytic at both ends, whose
    eigenvalues decay faster than any power); `even`, `odd` are exact constants, 0 where that parity decays
    faster or vanishes; `c_plus`, `c_minus` the coefficients of t^nu at u = 1 and u = -1.
    """

    kernel: Zonal
    d: int
    nu: Any
    exponent: Any
    c_plus: Any
    c_minus: Any
    even: Any = field(repr=False)
    odd: Any = field(repr=False)

    def at(self, k: Any) -> Any:
        """The asymptotic value of mu_k, with the Gamma ratio: a float or an array like k (k > nu)."""
        if self.nu == sympy.oo:
            raise ValueError(
                f"{self.kernel!r} has no power-law decay: its eigenvalues fall faster than any power"
            )
        array = degrees("k", k)
        plus, minus = float(number(self.c_plus)), float(number(self.c_minus))
        value = np.where(array % 2 == 0, plus + minus, plus - minus)
        # The exact sums decide where a parity cancels.
        value = np.where(
            (array % 2 == 0) & (self.even == 0) | (array % 2 == 1) & (self.odd == 0), 0.0, value
        )
        result = value * power_eigenvalue(self.d, float(self.nu), k)
        return float(result) if np.ndim(result) == 0 else result

    def _repr_latex_(self) -> str:
        if self.nu == sympy.oo:
            return r"$\mu_k = O(k^{-m})$ for every $m$"
        even, odd = sympy.latex(self.even), sympy.latex(self.odd)
        power = rf"k^{{-{self.exponent}}}"
        return rf"$\mu_k \sim {even}\,{power}$ (k even), $\mu_k \sim {odd}\,{power}$ (k odd)"


def decay(kernel: Zonal, d: int) -> Decay:
    """The decay of kernel's eigenvalues on S^{d-1}; see the module.

    >>> from kernelspec import arccos
    >>> decay(arccos(1), 3).exponent, decay(arccos(1), 3).odd
    (5, 0)
    """
    d = dimension(d)
    if kernel.radius > 1:
        return Decay(kernel, d, sympy.oo, sympy.oo, *(sympy.Integer(0),) * 4)
    order = Fraction(1, 64)  # step networks of many layers begin with small powers
    while True:
        plus, minus = at_order(kernel, 1, order), at_order(kernel, -1, order)
        powers = [e for series in (plus, minus) for e in series.exponents if _is_singular(e)]
        if powers:
            break
        order = order * 2 if order < 1 else order + 1
        if order > _LARGEST_ORDER:
            raise ValueError(
                f"no non-integer power up to t^{_LARGEST_ORDER} in the expansions of {kernel!r}"
            )
    nu = min(powers)
    if 2 * nu <= 1 - d:
        raise ValueError(
            f"{kernel!r} is not integrable on S^{d - 1}: it grows like t^{nu} at an end"
        )
    c_plus, c_minus = _coefficient(plus, nu), _coefficient(minus, nu)
    exact_nu = sympy.Rational(nu.numerator, nu.denominator)
    constant = decay_constant_sympy(d, exact_nu)
    even, odd = (_times(_sum(c_plus, sign * c_minus), constant) for sign in (1, -1))
    return Decay(kernel, d, exact_nu, d + 2 * exact_nu - 1, c_plus, c_minus, even, odd)


@dataclass(frozen=True)
class DecayFit:
    """Exponent and constants read off two degrees of each parity, without any expansion.

    nu solves mu_k2/mu_k1 = R(k2)/R(k1), R(k) = Gamma(k-nu)/Gamma(k+nu+d-1); the constant is mu_k2/R(k2) (as a
    logarithm too, for large d). None for a parity that vanishes.
    """

    nu_even: float | None
    nu_odd: float | None
    even: float | None
    odd: float | None

    def exponent(self, d: int) -> float:
        """d + 2 nu - 1 from the slower parity."""
        known = [nu for nu in (self.nu_even, self.nu_odd) if nu is not None]
        return d + 2 * min(known) - 1


def fit(spectrum: Spectrum, k: tuple[int, int] = (1000, 2000)) -> DecayFit:
    """Fit the decay to the spectrum at degrees k[0] and k[1] (and their successors, for the other parity)."""
    if not isinstance(k, tuple | list) or len(k) != 2:
        raise TypeError(f"k must be a pair of degrees; got {k!r}")
    first, second = integer("k[0]", k[0], 8), integer("k[1]", k[1], 8)
    if first >= second:
        raise ValueError(f"k must be two increasing degrees; got {k}")
    found: dict[int, tuple[float, float] | None] = {}
    for shift in (0, 1):
        low = first + (first + shift) % 2
        high = second + (second + shift) % 2
        logs = spectrum.log_abs(np.array([low, high]))
        found[shift] = None if np.any(np.isneginf(logs)) else _fit(spectrum.d, low, high, *logs)
    even, odd = found[0], found[1]
    return DecayFit(
        even[0] if even else None,
        odd[0] if odd else None,
        even[1] if even else None,
        odd[1] if odd else None,
    )


def _fit(d: int, low: int, high: int, log_low: float, log_high: float) -> tuple[float, float]:
    from scipy.optimize import brentq

    from .gamma import log_gamma_ratio

    def log_ratio(nu: float, k: int) -> float:
        return -float(log_gamma_ratio(k - nu, 2 * nu + d - 1))

    def mismatch(nu: float) -> float:
        return log_ratio(nu, high) - log_ratio(nu, low) - (log_high - log_low)

    bottom, top = -(d - 1) / 2 + 1e-9, 0.45 * low
    if not mismatch(bottom) > 0 > mismatch(top):
        raise ValueError("the spectrum does not decay like a power between these degrees")
    nu = float(brentq(mismatch, bottom, top, xtol=1e-14))
    with np.errstate(over="ignore"):
        return nu, float(np.exp(log_high - log_ratio(nu, high)))


def _is_singular(e: Fraction) -> bool:
    return e.denominator != 1 or e < 0


def _coefficient(series: Puiseux, nu: Fraction) -> Any:
    return dict(series.terms).get(nu, sympy.Integer(0))


def _times(total: Any, constant: Any) -> Any:
    # Short sums are multiplied out; the hundred terms of a deep network stay as they are.
    long = total.is_Add and len(total.args) > 6
    return total * constant if long else sympy.expand(total * constant)


def _sum(a: Any, b: Any) -> Any:
    total = a + b
    return sympy.simplify(total) if total.is_Add and abs(number(total)) < 1e-15 else total
