r"""Duals of smooth activations next to a point of [-1, 1]: polynomials whose errors are proved, at large variances too.

K(u) = sum_i b_i u^i, b_i >= 0. All is derived here.

*Inside*, for |u - c| <= r and w = |c| + r < 1: of the first n terms the part of degree below N in u - c is taken. As no
b_i is negative, K(1) >= p^(N)(w) (1 - w)^N / N!, p their sum; the others of that degree add at most
K(1) (r/(1 - w))^N, by Lagrange's remainder, and the terms behind the first n at most w^n sum_{i >= n} b_i. K' has i b_i
and K'(1) in place of b_i and K(1). b_i falls like e^{-2a i^{1/2}}, a the distance of the nearest pole over the
deviation, and a^{-2} log(1/eps)^2/4 terms leave eps; fewer, where w is below 1.

*At the ends*, u = 1 - h and u = h - 1: K^(j)(1) = q^j E phi^(j)(x) phi^(j)(x), and with phi^(j)(-x) in the place of one
of them it is K^(j)(-1); |K^(j)| <= K^(j)(1) on [-1, 1]. Lagrange's remainder is small for h below a^2/log(1/eps), and
there n is the largest that is needed.

*These means* are taken by the rule of `gaussian_means`. t_j = phi^(j)/j! is at most A (1 + |z| + b/2) (b/2)^{-j} where
|Im z| <= b/2, by Cauchy's inequality, |phi| <= A (1 + |z|) for |Im z| <= b: with s = b q^{-1/2}/2, M = 2 A^2 e^{s^2/2}
((1 + b)^2 + q) (b/2)^{-2j}. On the real line b may stand for b/2: what lies beyond z = R >= 2 adds at most 2 A^2
b^{-2j} ((1 + b)^2 + q (R + 1)) e^{-R^2/2}.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import flint

from ..numbers.precision import precision
from . import smooth_duals as smooth
from .hermite_balls import SMOOTH, as_ball, strip

MOST_TERMS = 1 << 20
_LEAST = 32  # bits of b_i, which are added up
_BLOCK = 256  # terms that are shifted at once
_WIDEST = 4.0  # strip of the rule
LOG2 = math.log(2)


class OutOfReachError(ArithmeticError):
    """What narrower panels do not mend."""


class Chart:
    """The dual of an activation at a variance, with errors below 2^-bits."""

    def __init__(self, name: str, q: Any, bits: int) -> None:
        self.name, self.q, self.bits = name, q, bits
        self.variance = as_ball(q)
        self.pole = SMOOTH[name].pole * math.pi / math.sqrt(float(self.variance))
        self._nats = (bits + 8) * LOG2
        self._rows: dict[int, tuple[Any, Any, Any]] = {}
        self._ends: tuple[list[Any], list[Any]] | None = None
        self.one = smooth.at_precision(name, q, 0)[1]
        self.climb = smooth.slope_at_one(name, q)

    # -- at the ends -------------------------------------------------------------------------------------------------

    def at_end(self, side: int, reach: Any, steep: bool = False) -> list[Any] | None:
        """c_j, sum_j c_j h^j = K(side (1 - h)), or K', for 0 <= h <= reach; None where that is too far."""
        if float(reach) > self.pole**2 / self._nats:
            return None
        if self._ends is None:
            self._ends = _derivatives(self.name, self.variance, self.bits // 2 + 16, self.bits * 3 // 2 + 32)
        sizes, known = self._ends[0], self._ends[side < 0]
        small = flint.arb(2) ** -self.bits
        for n in range(1 + steep, len(sizes)):
            rest = (n * sizes[n] if steep else sizes[n]).upper()
            if rest * reach ** (n - 1) < small:  # in units of h: layers behind divide by it
                break
        else:
            return None
        out = [(j * c if steep else c) * (-side) ** (j - steep) for j, c in enumerate(known[:n])][steep:]
        return [*out, flint.arb(0, 1) * rest]

    # -- inside ------------------------------------------------------------------------------------------------------

    def inside(self, c: Any, r: Any, steep: bool = False) -> tuple[list[Any], Any]:
        """p_j and e with |K(u) - sum_j p_j (u - c)^j| <= e for |u - c| <= r, or K' for K.

        ArithmeticError where r is too large, `OutOfReachError` where terms are too many.
        """
        gap = (1 - abs(c) - r).lower()
        if not 2 * r < gap:
            raise ArithmeticError("a panel that is too wide for a smooth activation")
        w, share = 1 - gap, float((r / gap).upper())
        degree = math.ceil(self._nats / -math.log(share)) if share else 1
        terms = self._needed(-math.log1p(-float(gap)))
        if terms > MOST_TERMS:
            narrow = self._needed(-math.log1p(-float((1 - abs(c)).lower())))
            if narrow <= MOST_TERMS:
                raise ArithmeticError("a panel that is too wide for a smooth activation")
            self._refuse(narrow)
        while True:
            rows, known, slopes = self._kept(terms)
            left = slopes if steep else known
            rest = left * w**terms
            if rest < flint.arb(2) ** -self.bits:
                break
            terms *= 2
            if terms > MOST_TERMS:
                self._refuse(terms)
        whole = self.climb if steep else self.one
        found = _shifted(rows, c, degree + steep)
        if steep:
            found = [j * x for j, x in enumerate(found)][1:]
        return found, rest + whole * (r / gap) ** degree

    def _needed(self, fall: float) -> int:
        """How many terms leave some 2^-bits, a power of 2; |u|^n = e^{-fall n}."""
        nats = self._nats + 8
        root = nats / (self.pole + math.sqrt(self.pole**2 + fall * nats))
        return 1 << max(6, math.ceil(2 * math.log2(root)))

    def _kept(self, terms: int) -> tuple[Any, Any, Any]:
        """The first b_i as a matrix, and bounds of the sums of the others and of what they add to K'(1)."""
        if terms not in self._rows:
            known, _ = smooth.at_precision(self.name, self.q, terms, _LEAST)
            sums = sum(known, flint.arb(0)), sum((i * b for i, b in enumerate(known)), flint.arb(0))
            width = min(terms, _BLOCK)
            rows = flint.arb_mat([known[i : i + width] for i in range(0, terms, width)])
            self._rows[terms] = rows, abs(self.one - sums[0]).upper(), abs(self.climb - sums[1]).upper()
        return self._rows[terms]

    def _refuse(self, terms: int) -> None:
        q = float(self.variance)
        raise OutOfReachError(
            f"an error of 10^{-self.bits * math.log10(2):.0f} takes some {terms} terms of the Hermite series of "
            f"{self.name} at the variance {q:.6g}, more than {MOST_TERMS}: with so many digits, variances up to "
            f"{q * MOST_TERMS / terms:.3g} are read"
        )


def _shifted(rows: Any, c: Any, count: int) -> list[Any]:
    """The first Taylor coefficients at c of the polynomial whose coefficients stand in rows."""
    step = flint.arb_series([c, 1], count)
    power, shifts = flint.arb_series([1], count), []
    for _ in range(rows.ncols()):
        shifts.append([power[j] for j in range(count)])
        power = power * step
    parts = rows * flint.arb_mat(shifts)
    total = flint.arb_series([0], count)
    for i in reversed(range(parts.nrows())):
        total = total * power + flint.arb_series([parts[i, j] for j in range(count)], count)
    return [total[j] for j in range(count)]


# -- derivatives at the ends -------------------------------------------------------------------------------------------


def _logistic(x: Any) -> Any:
    return 1 / (1 + (-x).exp())


_ALONG: dict[str, Callable[[Any], Any]] = {  # of power series
    "tanh": lambda x: 2 * _logistic(2 * x) - 1,
    "sigmoid": _logistic,
    "softplus": lambda x: (1 + x.exp()).log(),
    "silu": lambda x: x * _logistic(x),
    "mish": lambda x: x * (1 - 2 / ((1 + x.exp()) ** 2 + 1)),
}


def _derivatives(name: str, q: Any, last: int, bits: int) -> tuple[list[Any], list[Any]]:
    """K^(j)(1)/j! and K^(j)(-1)/j! for j <= last."""
    root = math.sqrt(float(q))
    b = min(strip(name, 1), 2 * _WIDEST * root)
    nats = bits * LOG2 + 4 * math.log(2 + root)
    s = b / (2 * root)
    step = math.ceil((nats + s * s / 2) / (2 * math.pi * s)) + 1
    end = math.ceil(math.sqrt(2 * nats))
    with precision(bits + 64):
        near, deviation = flint.arb(b), q.sqrt()
        width = near / (2 * deviation)
        size = 2 * SMOOTH[name].size(near) ** 2
        alias = 2 / ((2 * flint.arb.pi() * width * step).exp() - 1) * (width * width / 2).exp()
        alias *= size * ((1 + near) ** 2 + q)
        cut = size * ((1 + near) ** 2 + q * (end + 1)) * (flint.arb(-end * end) / 2).exp()
        sums = [[flint.arb(0)] * (last + 1), [flint.arb(0)] * (last + 1)]
        function = _ALONG[name]
        for i in range(end * step + 1):
            z = flint.arb(i) / step
            weight = (-z * z / 2).exp() / (2 if i else 4)
            right, left = (function(flint.arb_series([x, 1], last + 1)) for x in (deviation * z, -deviation * z))
            for j in range(last + 1):
                a, c = right[j], left[j]
                sums[0][j] += weight * (a * a + c * c)
                sums[1][j] += weight * (2 * a * c)
        scale = 2 / (flint.arb(step) * (2 * flint.arb.pi()).sqrt())
        out: tuple[list[Any], list[Any]] = [], []
        factor = flint.arb(1)
        for j in range(last + 1):
            error = flint.arb(0, 1) * (alias * (near / 2) ** (-2 * j) + cut * near ** (-2 * j))
            for found, total in zip(out, sums, strict=True):
                found.append(factor * (scale * total[j] + error))
            factor *= q * (j + 1)
        return out
