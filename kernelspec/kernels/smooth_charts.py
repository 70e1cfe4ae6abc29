r"""Duals of smooth activations next to a point of [-1, 1]: polynomials whose errors are proved, at large variances too.

K(u) = sum_i b_i u^i, b_i >= 0. All is derived here.

*Inside*, for |u - c| <= r and w = |c| + r < 1: of the first n terms the part of degree below N in u - c is taken. As no
b_i is negative, K(1) >= p^(N)(w) (1 - w)^N / N!, p their sum; the others of that degree add at most
K(1) (r/(1 - w))^N, by Lagrange's remainder, and the terms behind the first n at most w^n sum_{i >= n} b_i. K' has
i b_i, K'(1) and w^{n-1} in place of b_i, K(1) and w^n. b_i falls like e^{-2a i^{1/2}}, a the distance of the nearest
pole over the deviation, and a^{-2} log(1/eps)^2/4 terms leave eps; fewer, where w is below 1.

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
from .fourier_balls import TRANSFORMS
from .hermite_balls import SMOOTH, as_ball, strip

MOST_TERMS = 320_000  # at the largest variance: a minute or two
_LEAST = 32  # bits of b_i, which are added up
_BLOCK = 256  # terms that are shifted at once
_GUARD = 32  # bits of sums beyond those of their errors
_SPARE, _MORE = 1.1, 1.25  # factors of numbers of terms
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
        self._known: list[Any] = []  # b_i
        self._rows: dict[int, tuple[list[Any], tuple[Any, Any]]] = {}
        self._shifts: dict[Any, list[Any]] = {}
        self._ends: tuple[list[Any], list[Any]] | None = None
        self.one = smooth.at_precision(name, q, 0)[1]
        self.climb = smooth.slope_at_one(name, q)

    # -- at the ends -------------------------------------------------------------------------------------------------

    def require_reach(self) -> None:
        """`OutOfReachError` where panels that end where `at_end` serves take too many terms."""
        if (terms := self._needed(self.pole**2 / self._nats)) > MOST_TERMS:
            self._refuse(terms)

    def at_end(self, side: int, reach: Any, steep: bool = False) -> list[Any] | None:
        """c_j, sum_j c_j h^j = K(side (1 - h)), or K', for 0 <= h <= reach; None where that is too far."""
        farthest = self.pole**2 / self._nats
        if float(reach) > farthest:
            return None
        if self._ends is None:
            self.require_reach()
            with precision(self.bits * 3 // 2 + 32):
                self._ends = _derivatives(self.name, self.variance, self.bits // 2 + 16)
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

    def inside(self, span: Any, steep: bool = False) -> tuple[Any, list[Any], Any]:
        """c, p_j and e with |K(u) - sum_j p_j (u - c)^j| <= e for the u in a ball, or K' for K.

        ArithmeticError where the ball is too wide, `OutOfReachError` where terms are too many.
        """
        c = flint.arb(float(span.mid()))
        r = abs(span - c).upper()
        gap = (1 - abs(c) - r).lower()
        if not 2 * r < gap:
            raise ArithmeticError("a panel that is too wide for a smooth activation")
        terms = self._needed(gap)
        if terms > MOST_TERMS:
            narrow = self._needed(1 - abs(c))
            if narrow <= MOST_TERMS:
                raise ArithmeticError("a panel that is too wide for a smooth activation")
            self._refuse(narrow)
        share = float((r / gap).upper())
        degree = math.ceil(self._nats / -math.log(share)) if share else 1
        with precision(self.bits + _GUARD):
            while True:
                terms = self._rounded(terms)
                sides, left = self._kept(terms)
                rest = left[steep] * (1 - gap) ** (terms - steep)
                if rest < flint.arb(2) ** -self.bits:
                    break
                terms = math.ceil(_MORE * terms)
                if terms > MOST_TERMS:
                    self._refuse(terms)
            found = self._shifted(terms, sides, c, degree + steep)
            if steep:
                found = [j * x for j, x in enumerate(found)][1:]
            return c, found, rest + (self.climb if steep else self.one) * (r / gap) ** degree

    def _needed(self, gap: Any) -> int:
        """How many terms leave some 2^-bits for |u| <= 1 - gap."""
        fall, nats = -math.log1p(-min(float(gap), 0.99)), self._nats + 8
        return 8 + math.ceil((nats / (self.pole + math.sqrt(self.pole**2 + fall * nats))) ** 2)

    def _rounded(self, terms: int) -> int:
        """So many terms or more, which are known then: a power of 2, or all."""
        if terms > len(self._known):
            self._known = smooth.at_precision(self.name, self.q, math.ceil(_SPARE * terms), _LEAST)[0]
        return min(1 << math.ceil(math.log2(terms)), len(self._known))

    def _kept(self, terms: int) -> tuple[list[Any], tuple[Any, Any]]:
        """The first b_i, even and odd ones, as matrices; bounds of the sums of the others, and of K'(1)'s."""
        if terms not in self._rows:
            known = self._known[:terms]
            sums = sum(known, flint.arb(0)), sum((i * b for i, b in enumerate(known)), flint.arb(0))
            left = abs(self.one - sums[0]).upper(), abs(self.climb - sums[1]).upper()
            self._rows[terms] = [_in_rows(known[parity::2]) for parity in (0, 1)], left
        return self._rows[terms]

    def _shifted(self, terms: int, sides: list[Any], c: Any, count: int) -> list[Any]:
        """The first Taylor coefficients at c of the sum of the first terms, by those of its parts in u^2 at c^2."""
        count += -count % 8
        key = terms, abs(float(c)), count
        if key not in self._shifts:
            self._shifts[key] = [_taylor(rows, c * c, count) for rows in sides]
        even, odd = self._shifts[key]
        rise, step = flint.arb_series([0, 2 * c, 1], count), flint.arb_series([c, 1], count)
        found = flint.arb_series(even, count)(rise) + step * flint.arb_series(odd, count)(rise)
        return [found[j] for j in range(count)]

    def _refuse(self, terms: int) -> None:
        q = float(self.variance)
        raise OutOfReachError(
            f"an error of 10^{-self.bits * math.log10(2):.0f} takes some {terms} terms of the Hermite series of "
            f"{self.name} at the variance {q:.6g}, more than {MOST_TERMS}: with so many digits, variances up to "
            f"{q * MOST_TERMS / terms:.4g} are read"
        )


def _in_rows(known: list[Any]) -> Any:
    """Coefficients as a matrix of rows of `_BLOCK`, without zeros behind the last one."""
    count = len(known)
    while count > 1 and known[count - 1] == 0:
        count -= 1
    width = min(count, _BLOCK)
    known = known[:count] + [flint.arb(0)] * (-count % width)
    return flint.arb_mat([known[i : i + width] for i in range(0, count, width)])


def _taylor(rows: Any, x: Any, count: int) -> list[Any]:
    """The first Taylor coefficients at x of the polynomial whose coefficients stand in rows."""
    step = flint.arb_series([x, 1], count)
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


def _derivatives(name: str, q: Any, last: int) -> tuple[list[Any], list[Any]]:
    """K^(j)(1)/j! and K^(j)(-1)/j! for j <= last."""
    bits = flint.ctx.prec
    root = math.sqrt(float(q))
    b = min(strip(name, 1), 2 * _WIDEST * root)
    nats = bits * LOG2 + 4 * math.log(2 + root)
    s = b / (2 * root)
    step = math.ceil((nats + s * s / 2) / (2 * math.pi * s)) + 1
    end = math.ceil(math.sqrt(2 * nats))
    with precision(bits + _GUARD):
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
            x, length = deviation * z, last + 1
            right = function(flint.arb_series([x, 1], length))
            if name == "mish":
                left = function(flint.arb_series([-x, 1], length))
            else:  # x/2 or 1/2, and a function of one parity: all from the second derivative on
                sign = -1 if TRANSFORMS[name].order == 1 else 1
                left = [
                    *function(flint.arb_series([-x, 1], 2)),
                    *(sign * (-1) ** j * right[j] for j in range(2, length)),
                ]
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
