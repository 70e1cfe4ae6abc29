"""Three independent ways to a Mercer eigenvalue at high precision, in Arb balls.

mu_k(kappa; d) = c_d int_0^pi kappa(cos theta) P_k(cos theta) sin^{d-2} theta d theta,
c_d = Gamma(d/2) / (sqrt(pi) Gamma((d-1)/2)), P_k(1) = 1                              (claim 6).

- `quadrature`: Gauss-Legendre in theta (or in z, theta = pi z^q, where kappa(cos theta) is not
  analytic at 0), at a precision that covers the cancellation; the error is the difference of two
  node counts.
- `taylor_sum`: mu_k = sum_j b_{k+2j} mu_k(u^{k+2j}), every term >= 0 (claim 10): an enclosure,
  since sum b_j = kappa(1) bounds the tail.
- `expansion`: the full Gamma expansion over the Puiseux exponents at both ends (claim 18);
  asymptotic in k, summed to its smallest terms, which are its error estimate.

The branch-cut integral that kernelspec uses appears nowhere here: it is the method under test.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from flint import arb, arb_mat, ctx

from oracle.deep import funk_hecke_constant, power_eigenvalue
from oracle.kernels import KernelSpec, at_angles, ball

BITS = math.log2(10)
#: No method claims more digits than this.
MAX_DIGITS = 60


@dataclass(frozen=True)
class Estimate:
    """A value and how many of its digits the method's own error estimate supports."""

    value: arb
    digits: float
    method: str


def _log10(x: arb) -> float:
    """log10 |x| of the midpoint, also far outside the float range; -inf at 0."""
    middle = abs(x.mid())
    if middle == 0:
        return -math.inf
    return float((middle.log() / arb(10).log()).mid())


def agreement(a: arb, b: arb) -> float:
    """Number of decimal digits to which two values agree, at most `MAX_DIGITS`."""
    scale = max(_log10(a), _log10(b))
    if scale == -math.inf:
        return MAX_DIGITS
    return min(MAX_DIGITS, scale - max(_log10(a.mid() - b.mid()), scale - MAX_DIGITS))


def _accuracy(x: arb) -> float:
    """Decimal digits of a ball: log10 of midpoint over radius."""
    if not x.is_finite():
        return 0.0
    radius = _log10(arb(x.rad()))
    return MAX_DIGITS if radius == -math.inf else max(0.0, min(MAX_DIGITS, _log10(x) - radius))


def magnitude(d: int, ks: Iterable[int], nu: float = 2.5) -> float:
    """log10 of the smallest |mu_k[(1-t)^nu]| over ``ks``: how much the integral cancels."""
    return min(0.0, min(_log10(power_eigenvalue(d, arb(nu), k)) for k in ks))


# --- quadrature in the angle -------------------------------------------------------------------


def substitution(spec: KernelSpec) -> int:
    """q such that kappa(cos(pi z^q)) is analytic on [0, 1] (claims 6, 29)."""
    if spec.family == "laplace":
        return max(1, spec.gamma.denominator // 2)
    return 2 ** max(0, spec.depth - 2) if spec.degree == 0 else 1


def _rule(count: int, d: int, q: int, width: arb | None) -> tuple[list[arb], list[arb]]:
    """Angles and weights (with sin^{d-2} theta and c_d) of one Gauss-Legendre rule."""
    pi, constant = arb.pi(), funk_hecke_constant(d)
    angles, weights = [], []
    for i in range(count):
        if i < (count + 1) // 2:
            x, w = arb.legendre_p_root(count, i, weight=True)
        else:
            x, w = arb.legendre_p_root(count, count - 1 - i, weight=True)
            x = -x
        if width is not None:
            theta, w = pi / 2 + width * x, w * width
        else:
            z = (1 + x) / 2
            theta, w = pi * z**q, w * pi / 2 * q * z ** (q - 1)
        angles.append(theta)
        weights.append(w * constant * theta.sin() ** (d - 2))
    return angles, weights


def _legendre_rows(angles: list[arb], weights: list[arb], d: int, ks: Sequence[int]) -> arb_mat:
    """Matrix (nodes x ks) of weight times P_k(cos theta), by the recurrence of claim 2."""
    wanted, last = set(ks), max(ks)
    recurrence = [(arb(2 * k + d - 2) / (k + d - 2), arb(k) / (k + d - 2)) for k in range(1, last)]
    rows = []
    for theta, weight in zip(angles, weights, strict=True):
        t = theta.cos()
        previous, current = weight, weight * t
        found = {0: previous, 1: current}
        for k, (a, b) in enumerate(recurrence, start=1):
            previous, current = current, a * t * current - b * previous
            if k + 1 in wanted:
                found[k + 1] = current
        rows.append([found[k] for k in ks])
    return arb_mat(rows)


def quadrature(
    specs: Sequence[KernelSpec], d: int, ks: Sequence[int], digits: int = 40, tries: int = 4
) -> dict[tuple[KernelSpec, int], Estimate]:
    """mu_k of every kernel and every k, by Gauss-Legendre in the angle.

    The kernels must share their `substitution`. From d = 1000 on, only the part of [0, pi] where
    sin^{d-2} theta exceeds the wanted absolute accuracy is integrated. Two node counts are
    compared; both grow until they agree to ``digits`` or ``tries`` is used up.
    """
    depth_of_zero = -magnitude(d, ks) + digits + 15  # 15: |kappa| <= 101, d <= 1e6, rounding
    narrow = d >= 1000
    q = 1 if narrow else substitution(specs[0])
    # balls lose a factor of up to 1 + sqrt 2 a step of the recurrence, and a few bits a layer
    layers = max(spec.depth for spec in specs)
    ctx.prec = int(depth_of_zero * BITS + 1.28 * max(ks) + 12 * layers + 120)
    width = None
    if narrow:
        width = (arb(10) ** arb(-depth_of_zero / (d - 2))).acos().mid()
    count = int((0.8 * max(ks) + 2.0 * depth_of_zero) * (1 + 0.7 * (q - 1))) + 40
    best: dict[tuple[KernelSpec, int], Estimate] = {}
    previous: arb_mat | None = None
    for _ in range(tries + 1):
        angles, weights = _rule(count, d, q, width)
        table = [list(row) for row in zip(*(at_angles(specs, a) for a in angles), strict=True)]
        current = arb_mat(table) * _legendre_rows(angles, weights, d, ks)
        if previous is not None:
            floor = arb(10) ** -int(depth_of_zero - 8)
            worst = MAX_DIGITS + 0.0
            for i, spec in enumerate(specs):
                for j, k in enumerate(ks):
                    if spec.vanishes(k):
                        if not abs(current[i, j].mid()) < floor:
                            raise ArithmeticError(f"{spec.text}, d={d}, k={k} is not the zero it should be")
                        best[spec, k] = Estimate(arb(0), MAX_DIGITS, "quadrature")
                        continue
                    found = min(agreement(previous[i, j], current[i, j]), _accuracy(current[i, j]))
                    best[spec, k] = Estimate(current[i, j], found, "quadrature")
                    worst = min(worst, found)
            if worst >= digits:
                break
        previous = current
        count = int(count * 1.25)
    return best


# --- Taylor coefficients at u = 0 --------------------------------------------------------------


def taylor_length(d: int, k: int, digits: int) -> int:
    """How many Taylor coefficients `taylor_sum` may need, not counting their own decay."""
    level = peak = 0.0
    j = 0
    while level > peak - digits - 8 and j < 200_000:  # 8: b_k may be 1e-6 and smaller
        m = k + 2 * j
        level += math.log10((m + 1) * (m + 2) / (4 * (j + 1) * (k + j + d / 2)))
        peak = max(peak, level)
        j += 1
    return k + 2 * j + 1


def taylor_sum(spec: KernelSpec, b: Sequence[arb], d: int, k: int) -> Estimate:
    """mu_k = sum_j b_{k+2j} Gamma(d/2) (k+2j)! / (2^{k+2j} j! Gamma(k+j+d/2)) (claim 10).

    ``b`` are the coefficients of `oracle.kernels.taylor`, all >= 0. The tail is at most
    kappa(1) times the next monomial eigenvalue, once these decrease; it is added to the ball.
    """
    if spec.vanishes(k):
        return Estimate(arb(0), MAX_DIGITS, "taylor")
    at_one = arb(1 if spec.family != "ntk" else spec.depth + int(spec.bias))
    monomial = arb(k).fac() / (arb(2) ** k * (arb(d) / 2).rising(k))
    total = arb(0)
    target = arb(10) ** -(MAX_DIGITS + 5)
    j = 0
    while k + 2 * j < len(b):
        m = k + 2 * j
        total += b[m] * monomial
        monomial = monomial * ((m + 1) * (m + 2)) / (2 * (j + 1) * (2 * k + 2 * j + d))
        j += 1
        if j % 16 == 0 and monomial * at_one < target * total:
            break
    if k * k + 2 * j + 2 >= 2 * j * d + k + 2 * d:
        return Estimate(total, 0.0, "taylor")  # the monomials still grow: no bound of the tail
    half_tail = (monomial * at_one / 2).upper()
    total += arb(half_tail.mid(), half_tail.mid())
    return Estimate(total, _accuracy(total), "taylor")


# --- the Gamma expansion for large k -----------------------------------------------------------


def expansion(spec: KernelSpec, series: tuple[Fraction, list[arb], list[arb]], d: int, k: int) -> Estimate:
    """mu_k ~ sum_m (c_{m,1} + (-1)^k c_{m,-1}) mu_k[(1-t)^{nu_m}] (claims 15, 18).

    ``series`` comes from `oracle.kernels.end_series`. Integer powers contribute
    nothing. The series is asymptotic: it is cut where a window of following terms is smallest, and
    10^4 times the largest term of that window is its error (against quadrature and Taylor sums,
    the error at k = 40 and 100 came out at up to 300 times that term). Contributions that fall
    like rho^{-k}, from branch points off the real line, no power series sees: k log10(2) digits
    are the most that is claimed (rho was 4.7 where they showed, ReLU^2 with three layers), which
    is no limit from k = 1000 on, where the value is used.
    """
    if spec.vanishes(k):
        return Estimate(arb(0), MAX_DIGITS, "expansion")
    step, plus, minus = series
    parity = -1 if k % 2 else 1
    coefficients: dict[Fraction, arb] = {}
    for m, value in enumerate(plus):
        if (nu := m * step).denominator != 1:
            coefficients[nu] = value
    for m in range(1, len(minus), 2):
        nu = Fraction(m, 2)
        if nu <= (len(plus) - 1) * step:
            coefficients[nu] = coefficients.get(nu, arb(0)) + parity * minus[m]
    terms = []
    for nu in sorted(coefficients):
        exact = ball(nu)
        if nu >= k:
            break
        terms.append(coefficients[nu] * power_eigenvalue(d, exact, k))
    window = max(4, int(4 * (1 / step)))
    sizes = np.array([_log10(term) for term in terms])
    if len(sizes) <= window + 1:
        return Estimate(arb(0), 0.0, "expansion")
    ahead = np.array([sizes[i : i + window].max() for i in range(1, len(sizes) - window + 1)])
    cut = int(np.argmin(ahead)) + 1
    total = sum(terms[:cut], arb(0))
    digits = min(_accuracy(total), _log10(total) - (ahead[cut - 1] + 4), k * math.log10(2))
    return Estimate(total, max(0.0, digits), "expansion")
