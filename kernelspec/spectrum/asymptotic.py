r"""The asymptotic expansion of mu_k to any order, and a proved bound on its remainder (claim 18, derived here).

**Theorem.** Let kappa have the expansions kappa(1 - t) = sum_j a_j t^{j/q}, kappa(-1 + t) = sum_j b_j t^{j/q},
and no singularity between the ends. Write nu = j/q, let nu_1 < ... < nu_M be non-integer exponents, and nu* > nu_M a
number such that every other non-integer exponent below nu* is absent at both ends: its coefficients are exactly 0.
(Here nu* is the next exponent that may occur, or where there is a gap an earlier number: R then is small, too.) Then
for all k > nu*

.. math::
    \Big| \mu_k - \sum_{m \le M} (a_{\nu_m} + (-1)^k b_{\nu_m})\, C(d,\nu_m)
    \frac{\Gamma(k-\nu_m)}{\Gamma(k+\nu_m+d-1)} \Big| \le R\, E_k(\nu^*) + S_k ,

.. math::
    E_k(\nu) = \frac{2^{\nu+d-2} \Gamma(\frac d2) \Gamma(\nu+\frac{d-1}2) \Gamma(1+\nu)}{\pi^{3/2}}
    \frac{\Gamma(k-\nu)}{\Gamma(k+\nu+d-1)},

with S_k = O(e^{-kH}); R, H and the constants in S_k are computed in ball arithmetic, and do not depend on k.

*Proof.* (1) *The cut integral.* With Q_k(x) = int_{-1}^1 P_k(t) (1-t^2)^{(d-3)/2}/(x-t) dt > 0 for x > 1, Q_k(-x) =
(-1)^{k+1} Q_k(x), and kappa analytic in the rectangle theta in (0, pi) x (-H, 0), u = cos theta, X = cosh H,
Cauchy's formula gives

    mu_k = (c_d/pi) int_1^X [J_+(x) + (-1)^{k+1} J_-(x)] Q_k(x) dx + B_k,      J_+-(x) = Im kappa(+-x + i0),

where B_k is the integral over the rectangle's bottom (formula and weight: `contour`).

(2) *One power.* For kappa = (1-t)^nu, J_+ = -sin(pi nu) (x-1)^nu, and letting X grow (Q_k falls like x^{-k-1}), for
k > nu

    mu_k[(1-t)^nu] = -sin(pi nu) E_k(nu),      E_k(nu) = (c_d/pi) int_1^inf (x-1)^nu Q_k(x) dx > 0;

claim 15 and Gamma(-nu) Gamma(1+nu) = -pi/sin(pi nu) give the closed form of E_k above, for integer nu by continuity.
Integer powers have no jump: they do not contribute.

(3) *The jump.* On the cut t = (x-1) e^{-i pi} at the right end and (x-1) e^{i pi} at the left, so that
J_+ = -sum_j a_j sin(pi j/q) (x-1)^{j/q}, J_- = +sum_j b_j sin(pi j/q) (x-1)^{j/q} for x - 1 < r^q, where g(w) =
kappa(1 - w^q) is analytic in |w| < r (shown by `analyticity`, from balls on the circle alone). If |g| <= G on the
circle, |a_j| <= G r^{-j} (Cauchy). So with y = X - 1, y^{1/q} < r, what is left of the jump after M terms is at
most R (x-1)^{nu*} on (1, X], where

    R = sum over both ends of [ sum_{j* <= j < N} |a_j sin(pi j/q)| y^{(j-j*)/q} + G r^{-N} y^{(N-j*)/q} / (1 -
    y^{1/q}/r) ].

As Q_k > 0, integrating it contributes at most R E_k(nu*).

(4) *Beyond X.* From K_k = c_d Q_k/2 = lam e^{-(k+1) eta} int_0^1 s^k [(1-s)(1-s e^{-2 eta})]^{lam-1} ds, lam = d/2
- 1, at x = cosh eta,

    K_k(eta) <= beta_k g e^{-(k+1) eta} (eta >= H),      |K_k(H + i alpha)| <= beta_k G' e^{-(k+1) H},

beta_k = lam B(k+1, lam) = Gamma(lam+1) k!/Gamma(k+1+lam); g = 1, G' = (1+e^{-2H})^{lam-1} for lam >= 1 and
g = G' = (1-e^{-2H})^{lam-1} for lam = 1/2. (x-1)^nu <= (e^eta/2)^nu then bounds the parts of the M terms beyond X by

    |a_nu sin(pi nu)| (2/pi) 2^{-nu-1} beta_k g e^{-(k-nu) H}/(k-nu),

and the bottom by 2 D cosh(H) beta_k G' e^{-(k+1) H} if |kappa| <= D there. Together these are S_k. In dimension 2,
K_k = e^{-k eta}/(2 sinh eta) gives the same with beta_k g = 1 and D e^{-kH} for the bottom.

(5) *Analyticity in the rectangle.* The discs |1 -+ u| < r^q cover its parts with Re theta <= a and Re theta >= pi -
b; the rest lies in the rectangle (a, pi-b) x (-H, H), on whose boundary the test of `analyticity` passes. On every
overlap the functions agree on a real interval. D is the largest of the bounds on the two circles and on this boundary.
QED.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context
from fractions import Fraction
from typing import Any

import numpy as np

from ..kernels.facts import UNPROVED_INSIDE
from ..kernels.zonal import Zonal
from ..numbers.enclosure import from_parts, parts
from ..numbers.exact_numbers import ball
from ..numbers.precision import at_least, precision, with_balls
from ..sphere.gamma_products import HALF, GammaProduct, K
from ..sphere.power_eigenvalues import cut_power, log_power_eigenvalue, power_eigenvalue
from .eigenvalue_arrays import EPS, Values, combine
from .end_expansions import PRECISION, expansion

# How far, in powers of t, coefficients beyond the remainder's are summed before Cauchy's bound takes over.
_EXTRA = 30
_BITS = (PRECISION, 8 * PRECISION, 64 * PRECISION)  # where coefficients cancel
_ORDINARY = -600.0  # logarithms of floats whose products are floats


@dataclass(frozen=True, eq=False)
class Remainder:
    """A proved statement: for every degree k >= `start`, mu_k differs from the terms' sum by at most `bound(k)`.

    The terms are (nu, a, b): exponent, coefficient of t^nu at u = 1 and at u = -1. See the module for the proof and
    for the meaning of the numbers; coefficients and constants are Arb balls, the constants upper bounds.
    """

    d: int
    terms: tuple[tuple[Fraction, Any, Any], ...]
    order: Fraction  # nu*
    constant: Any  # R
    height: Any  # H
    largest: Any  # D
    start: int

    def _parts(self) -> tuple[Any, ...]:
        """The statement as plain numbers, exactly."""
        terms = tuple((nu, parts(a), parts(b)) for nu, a, b in self.terms)
        numbers = tuple(map(parts, (self.constant, self.height, self.largest)))
        return self.d, terms, self.order, numbers, self.start

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Remainder) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self._parts())

    def __reduce__(self) -> Any:
        return _restored, self._parts()

    @with_balls
    def term(self, m: int, k: int) -> Any:
        """The m-th term of the expansion at degree k, a ball."""
        with at_least(PRECISION):
            return self._term(m, k)

    def _term(self, m: int, k: int) -> Any:
        nu, a, b = self.terms[m]
        sine = (ball(nu) * ball(1).pi()).sin()
        return -sine * (a + b if k % 2 == 0 else a - b) * cut_power(self.d, nu).ball(k)

    @with_balls
    def sum(self, k: int) -> Any:
        """The terms' sum at degree k, a ball."""
        with at_least(PRECISION):
            return sum((self._term(m, k) for m in range(len(self.terms))), ball(0))

    @with_balls
    def bound(self, k: int) -> Any:
        """An upper bound of |mu_k - sum(k)|, an exact ball."""
        if k < self.start:
            raise ValueError(f"k must be at least {self.start} for {len(self.terms)} terms; got {k}")
        with at_least(PRECISION):
            jump = self.constant * cut_power(self.d, self.order).ball(k)
            return (jump + self._beyond(k)).upper()

    @with_balls
    def beyond(self, k: int) -> Any:
        """S_k of the module's docstring, a ball."""
        with at_least(PRECISION):
            return self._beyond(k)

    def _beyond(self, k: int) -> Any:
        h, pi, d = self.height, ball(1).pi(), self.d
        weight, real, turned = ball(1), ball(1), ball(1)
        if d > 2:
            lam = ball(Fraction(d, 2) - 1)
            weight = _weight(d).ball(k)
            if d == 3:
                real = turned = (1 - (-2 * h).exp()) ** (lam - 1)
            else:
                turned = (1 + (-2 * h).exp()) ** (lam - 1)
        total = ball(0)
        for nu, a, b in self.terms:
            size = (abs(a) + abs(b)) * abs((ball(nu) * pi).sin()) / ball(2) ** ball(nu)
            total += size * (-(k - ball(nu)) * h).exp() / (k - ball(nu)) / pi
        total *= weight * real
        if d == 2:
            return total + self.largest * (-k * h).exp()
        return total + 2 * self.largest * h.cosh() * weight * turned * (-(k + 1) * h).exp()

    def __repr__(self) -> str:
        nus = ", ".join(str(nu) for nu, _, _ in self.terms)
        return (
            f"for every k >= {self.start}: |mu_k - terms in nu = {nus}| <= "
            f"{_three_digits(self.constant, ROUND_CEILING)} E_k({self.order}) "
            f"+ O(exp(-{_three_digits(self.height, ROUND_FLOOR)} k)), d = {self.d}"
        )


@functools.lru_cache(maxsize=64)
def _weight(d: int) -> GammaProduct:
    """beta_k = Gamma(lam+1) k!/Gamma(k+1+lam) of step 4."""
    return GammaProduct(above=(d * HALF, K + 1), below=(K + d * HALF,))


def _three_digits(x: Any, rounding: str) -> str:
    """A positive ball rounded to one side, also beyond the floats."""
    found = Context(prec=3, rounding=rounding).create_decimal(x.str(25, radius=False))
    return f"{float(found):.3g}" if -300 < found.adjusted() < 300 else f"{found:g}"


def _restored(d: int, terms: Any, order: Fraction, numbers: Any, start: int) -> Remainder:
    balls = tuple((nu, from_parts(a), from_parts(b)) for nu, a, b in terms)
    constant, height, largest = map(from_parts, numbers)
    return Remainder(d, balls, order, constant, height, largest, start)


@functools.lru_cache(maxsize=512)
def remainder(kernel: Zonal, d: int, count: int) -> Remainder:
    """The theorem with `count` terms on S^{d-1}."""
    _require_singular(kernel)
    for required in (kernel.require_continued, kernel.require_whole):
        required("its expansion has no proved remainder")
    found = expansion(kernel)
    with precision(PRECISION):
        terms, order = found.terms(count, PRECISION)
        y, height, largest = found.rectangle
        q, first = found.ramification, math.floor(order * found.ramification)
        length = first + q * _EXTRA
        total, root = ball(0), ball(y) ** ball(Fraction(1, q))
        for at in (1, -1):
            disc = found.disc(at)
            radius = ball(disc.radius) ** ball(Fraction(1, q))
            coefficients = found.coefficients(at, length, PRECISION)
            for j in range(first, length):
                if j % q:
                    sine = (ball(Fraction(j, q)) * ball(1).pi()).sin()
                    total += abs(coefficients[j] * sine) * root ** (j - first)
            ratio = root / radius
            total += disc.bound * radius ** (-length) * root ** (length - first) / (1 - ratio)
        start = math.floor(order) + 1
        return Remainder(d, tuple(terms), order, total.upper(), height, largest.upper(), max(start, 1))


def asymptotic(kernel: Zonal, d: int, k: np.ndarray[Any, Any], count: int) -> Values:
    """The sum of the first `count` terms in float64, for k beyond the last exponent; its error is that of rounding.

    Where a and b cancel to fewer digits than that, they have more bits (`_BITS`); what is left is a part of the error.
    """
    _require_singular(kernel)
    for bits in _BITS:
        with at_least(bits):
            terms, _ = expansion(kernel).terms(count, bits)
            _require_degree(int(k.min(initial=2**53)), terms[-1][0], count)
            found, blurred = summed(terms, d, k)
        if not blurred:
            break
    if np.isnan(found.value).any():
        raise ValueError(f"the coefficients of {kernel!r} at u = +-1 leave the floats: ask for `asymptotic_ball`")
    return found


def summed(terms: Iterable[tuple[Fraction, Any, Any]], d: int, k: np.ndarray[Any, Any]) -> tuple[Values, bool]:
    """The terms' sum in float64, at the precision in force, and whether radii of a +- b are most of its error."""
    parts, radii = [], []
    for nu, a, b in terms:
        sides = zip(_parts_of(a + b), _parts_of(a - b), strict=True)
        weight, log_weight, log_radius, sign = (np.where(k % 2 == 0, *pair) for pair in sides)
        own_sign, own_log = map(np.asarray, log_power_eigenvalue(d, float(nu), k))
        plain = (own_log > _ORDINARY) & (np.abs(log_weight) < -_ORDINARY)
        log_abs = own_log + log_weight
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            value = np.asarray(power_eigenvalue(d, float(nu), k)) * weight
            value = np.where(plain, value, sign * own_sign * np.exp(log_abs))
        logs = np.abs(own_log) + np.where(sign == 0, 0.0, np.abs(log_weight))
        parts.append((1.0, Values(value, log_abs, sign * own_sign, EPS * (8 + 3 * logs))))
        radii.append(own_log + log_radius)
    found = combine(parts)
    size = np.where(np.isneginf(found.log_abs), -1e300, found.log_abs)
    doubt = np.sum([np.exp(np.minimum(radius - size, 700.0)) for radius in radii], axis=0)
    blurred = bool(np.any(doubt > np.maximum(found.error, 64 * EPS)))
    return found._replace(error=found.error + doubt), blurred


def _parts_of(x: Any) -> tuple[float, float, float, float]:
    """A ball's middle, the logarithms of its size and of the radius, and its sign."""
    middle, radius = x.mid(), x.rad()
    logs = [float(abs(y).log()) if y != 0 else -math.inf for y in (middle, radius)]
    return float(middle), logs[0], logs[1], float((middle > 0) - (middle < 0))


def asymptotic_ball(kernel: Zonal, d: int, k: int, count: int, digits: int) -> Any:
    """The sum of the first `count` terms as a ball."""
    _require_singular(kernel)
    bits = int(digits * math.log2(10)) + 96
    with precision(bits):
        terms, order = expansion(kernel).terms(count, bits)
        _require_degree(k, terms[-1][0], count)
        return Remainder(d, tuple(terms), order, None, None, None, 1).sum(k)


def _require_singular(kernel: Zonal) -> None:
    if not kernel.singular:
        raise ValueError(f"{kernel!r} is analytic on [-1, 1]: its eigenvalues fall faster than any power of k")
    if kernel.infinitely_smooth:
        raise ValueError(f"{kernel!r} is infinitely smooth on [-1, 1]: its eigenvalues fall faster than any power of k")
    if 0 in kernel.singular:
        raise ValueError(
            f"{kernel!r} {UNPROVED_INSIDE}, and expansions at u = 1 and u = -1 do not tell the eigenvalues"
        )


def _require_degree(k: int, nu: Fraction, count: int) -> None:
    if k <= nu:
        raise ValueError(f"k must be above {nu} for {count} terms; got {k}")
