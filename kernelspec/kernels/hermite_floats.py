r"""Squared Hermite coefficients of smooth activations in floats, of any m >= 0, whole or not, and sums of them to oo.

K(u) = sum_m b_m u^m, b_m = a_m^2. With n = m - r and the transform G of phi^(r) in its part (`fourier_balls`),

.. math:: a_m = \frac{q^{(r-1)/2}}{\pi\, m!^{1/2}} \int_0^\infty v^n\, G(v q^{-1/2})\, e^{-v^2/2}\, dv .

v^n e^{-v^2/2} is about the normal density of variance 1/2 around n^{1/2}: the trapezoidal rule of step h there errs by
e^{-(pi/h)^2} and, for poles of G at distance y in v, by e^{-2 pi y/h + y^2} (Trefethen & Weideman 2014, Theorem 5.1).
n^{n/2} e^{-n/2} / m!^{1/2} is Stirling's series, in which nothing large is left; below `FIRST` the rule is one around
0, v^n / m!^{1/2} step by step. G is positive, but for mish, and so is each term of every sum here: b_m, with a factor
e^{-2 rho gamma n^{1/2}} apart, keeps its digits at any q and m.

*Sums.* b_m is analytic in m but for m <= r, so that over panels that grow with m the sum over all m of a parity is
Gauss's for equidistant points (`numbers.gauss_sums`): some hundred nodes for each factor 1000.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import flint
import numpy as np

from ..numbers.checks import FloatArray
from ..numbers.gauss_sums import float_gauss_sums
from ..numbers.precision import precision, with_balls
from .fourier_balls import TRANSFORMS

FIRST = 256  # from where on Stirling's series and the rule around n^{1/2} have their digits
NODES = 24  # of a panel
_GROWTH = 1.5  # from one panel to the next
_STEP, _REACH = 0.3, 7.2  # of the rule in v: e^{-(pi/0.3)^2} = 1e-47, e^{-7.2^2} = 3e-23
_FALLEN = 200.0  # logarithms by which b_m has fallen where sums end
_SMALL = 0.25  # w below which the odd part of mish's transform is a Taylor series
_X = _STEP * np.arange(-round(_REACH / _STEP), round(_REACH / _STEP) + 1)
_RATES = {"mish": 3 / 4}  # rho: G falls as e^{-rho z}
_V = _STEP * (np.arange(round((math.sqrt(FIRST) + 10) / _STEP)) + 0.5)
_TAYLOR, _TAYLOR_BITS = 64, 128


def first_squares(name: str, q: float) -> FloatArray:
    """b_m for m < `FIRST`, but for m < r, where it is NaN; mean squares tell these."""
    r = TRANSFORMS[name].order
    out = np.full(FIRST, math.nan)
    w = _V / math.sqrt(q)
    for odd in (0, 1):
        terms = _transform(name, w, odd) * np.exp(-decay(name, q) * _V - _V * _V / 2) * _V**odd
        terms = terms * (_STEP * math.sqrt(q) ** (r - 1) / math.pi / math.sqrt(math.factorial(r + odd)))
        for m in range(r + odd, FIRST, 2):
            out[m] = np.sum(terms) ** 2
            terms = terms * (_V * _V / math.sqrt((m + 1) * (m + 2)))
    return out


def log_square(name: str, q: float, m: FloatArray, parity: int) -> FloatArray:
    """log b_m for m >= `FIRST` of the parity, whole or not."""
    r, n = TRANSFORMS[name].order, m - TRANSFORMS[name].order
    root = np.sqrt(n)
    rate = decay(name, q)
    y = _X / root[..., None]
    s = y / (2 + y)
    square = s * s
    # log(1 + y) - y = 2 artanh(s) - y, without cancellation for |y| < 1/2
    rest = -s * y + 2 * s * square * np.polynomial.polynomial.polyval(square, 1 / (3 + 2 * np.arange(16)))
    weights = np.exp(n[..., None] * rest - _X * _X / 2 - rate * _X)
    total = np.sum(weights * _transform(name, (root[..., None] + _X) / math.sqrt(q), (parity - r) % 2), axis=-1)
    stirling = 1 / (12 * n) - 1 / (360 * n**3) + 1 / (1260 * n**5)
    factors = np.sum([np.log(n + j) for j in range(1, r + 1)], axis=0)
    with np.errstate(divide="ignore"):  # a coefficient of mish may be 0
        found = 2 * np.log(np.abs(total) * _STEP / math.pi)
    return found + (r - 1) * math.log(q) - stirling - factors - np.log(2 * math.pi * n) / 2 - 2 * rate * root


def decay(name: str, q: float) -> float:
    """|a_m| falls as e^{-decay m^{1/2}}."""
    return _RATES.get(name, 1.0) * math.pi * TRANSFORMS[name].scale / math.sqrt(q)


def _transform(name: str, w: Any, odd: int) -> Any:
    """G e^{rho z}."""
    z = math.pi * TRANSFORMS[name].scale * w
    twice = np.exp(-2 * z)
    h = 2 * z / -np.expm1(-2 * z)
    if name in ("tanh", "sigmoid", "softplus"):
        return h * (2 if name == "tanh" else 1)
    bent = h * h * (1 + twice) / 2
    if name == "silu":
        return bent
    half, quarter = math.log(2) / 2, math.pi / 4
    near, far = (1 + np.exp(-z / 2)) / 2, -np.expm1(-z / 2) / 2
    real = near * bent - w * h * (half + quarter) * far
    imaginary = far * bent - w * h * (quarter - half) * near
    cosine, sine = np.cos(half * w), np.sin(half * w)
    if not odd:
        return cosine * real + sine * imaginary
    series = w**3 * np.polynomial.polynomial.polyval(w * w, taylor_of_mish()) * np.exp(3 * z / 4)
    return np.where(w < _SMALL, series, cosine * imaginary - sine * real)


@functools.cache
@with_balls
def taylor_of_mish() -> list[float]:
    """Coefficients of w^3, w^5, ... of the imaginary part of the transform of mish'', a series for |w| < 1."""
    with precision(_TAYLOR_BITS):
        series, pi = flint.arb_series, flint.arb.pi()

        def hyperbolic(rate: Any) -> tuple[Any, Any]:
            up, down = (series([0, sign * rate], _TAYLOR + 2).exp() for sign in (1, -1))
            return (up + down) / 2, (up - down) / 2

        ratio = series([pi], _TAYLOR + 1) / series(hyperbolic(pi)[1].coeffs()[1:], _TAYLOR + 1)  # H
        near, far = hyperbolic(pi / 4)
        sine, cosine = series([0, flint.arb(2).log() / 2], _TAYLOR + 1).sin_cos()
        odd = (cosine * far - sine * near) * ratio  # of R H = Q, from which Q - wQ' comes
        return [float((1 - j) * odd[j].mid()) for j in range(3, _TAYLOR, 2)]


@dataclass(frozen=True)
class Panels:
    """Where a sum over m of one parity from `start` on is read: numbers m, and their weights."""

    m: FloatArray
    weights: FloatArray


@functools.lru_cache(maxsize=64)
def panels(start: int, last: float) -> Panels:
    """For sums of what is analytic in m but for m <= 0, up to the panel that holds `last`."""
    edges = [start]
    while edges[-1] <= last:
        edges.append(edges[-1] + 2 * math.ceil((_GROWTH - 1) * edges[-1] / 2))
    starts = np.array(edges[:-1], dtype=float)
    counts = np.diff(np.array(edges, dtype=float)) / 2
    nodes, weights = float_gauss_sums(counts, NODES)
    return Panels((starts[:, None] + (counts - 1)[:, None] * (1 + nodes)).ravel(), weights.ravel())


def last_of(name: str, q: float) -> float:
    """m behind which nothing is left of sums."""
    return max((_FALLEN / (2 * decay(name, q))) ** 2, 2.0 * FIRST)
