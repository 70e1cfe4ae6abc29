r"""Eigenvalues of networks that hold duals of activations with pieces, by quadrature in as many digits as they lose.

.. math:: \mu_k = c_d \int_0^\pi \kappa(\cos\theta) P_k(\cos\theta) \sin^{d-2}\theta \, d\theta,
   \qquad c_d = \frac{\Gamma(d/2)}{\sqrt\pi\,\Gamma((d-1)/2)}

over [0, pi/2] and [pi/2, pi], theta (or pi - theta) = (pi/2) z^m. Each half is cut into panels, halved until the last
Chebyshev coefficients of kappa on each are below 2^-bits: towards an end where kappa is smooth, but not analytic
(kinks away from 0), they become short. P_k sin^{d-2} is a trigonometric polynomial of degree k + d - 2, whose
coefficients on a panel of angles |theta - c| <= h are Bessel functions J_n((k+d-2) h): so many nodes of Gauss and
Legendre as both ask for. The duals have absolute errors far below 2^-bits (`piecewise_balls`), as next to u = 1 each
layer divides them by its angle; P_k comes by its recurrence, which is stable on [-1, 1], in integers over 2^bits. bits
is what mu_k is expected to be smaller than 1 by, and `_GUARD` more, and is raised where it is smaller than that.

In high dimensions, where thousands of bits would be lost, the Taylor series at 0 serves (`taylor_sums`).

Beyond `LARGEST` the expansion in k takes over (`asymptotic`). Its error is what more terms change, and what it differs
from the quadrature at the last degree of that parity: what it leaves out, flat singularities and those off [-1, 1],
falls faster than mu_k. Errors are estimated, not proved.
"""

from __future__ import annotations

import functools
import math
import operator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint
import numpy as np

from ..kernels.piecewise_balls import PanelArithmetic
from ..kernels.points import Point
from ..kernels.text import brief
from ..kernels.zonal import Zonal
from ..numbers.precision import precision, with_balls
from ..sphere.power_eigenvalues import cut_power, density
from . import taylor_sums
from .asymptotic import asymptotic
from .ball_route import rounded
from .eigenvalue_arrays import EPS, Array, Values, unknown
from .quadrature import quadrature_route
from .route import Answer, Route
from .taylor import TaylorRoute

LARGEST = 1000
_BLOCKS = (16, 64, 160, 320, 560, LARGEST + 1)  # degrees below each share nodes
_GUARD = 64  # bits of mu_k, and of rounding
_WANTED = 50  # bits of mu_k
_STEP = 64  # precisions are multiples of it, so that degrees share the kernel's values
_MOST_BITS = 6144
_ATTEMPTS = 5
_LAST = 4  # Chebyshev coefficients that are looked at
_SHORTEST = 2.0**-30
_TERMS = ((4, 3), (8, 6))
_LOG2 = math.log(2)
_DIGITS = 18  # of Taylor sums


@dataclass
class _Panel:
    """Part of a half: from z = low to high, in which kappa has so many Chebyshev coefficients."""

    at: int
    low: float
    high: float
    length: int


class PanelRoute(Route):
    """One kernel, with its panels, nodes and values, which serve every dimension."""

    name = "quadrature in many digits"
    together = True

    def __init__(self, kernel: Zonal) -> None:
        self.kernel = kernel
        self._roots = {at: min(kernel.angle_root(at), 64) for at in (1, -1)}
        self._arithmetic: dict[int, PanelArithmetic] = {}
        self._panels: dict[int, list[_Panel]] = {}
        self._rules: dict[tuple[int, int, int], tuple[Any, ...]] = {}

    @with_balls
    def answer(self, d: int, k: Array, estimate: bool = False) -> Answer:
        try:
            return self._answer(d, k)
        except (ArithmeticError, TypeError):  # what has no reading in balls, or no panels
            if not self.kernel.by_values:
                self.kernel.require_continued("its eigenvalues are out of reach here")
            return quadrature_route(self.kernel).answer(d, k, estimate)

    def _answer(self, d: int, k: Array) -> Answer:
        unique, inverse = np.unique(k, return_inverse=True)
        found = unknown(unique.size)
        names, summed, low = [], self._series(d, unique, found), unique <= LARGEST
        if summed.any():
            names.append(TaylorRoute.name)
        if not summed.all():
            names.append(self.name)
        for chosen, read in ((low & ~summed, self._integrals), (~low & ~summed, self._expansion)):
            for parity in (0, 1):
                here = np.flatnonzero(chosen & (unique % 2 == parity))
                if here.size:
                    for target, source in zip(found, read(d, unique[here]), strict=True):
                        target[here] = source
        return Answer(Values(*(part[inverse].reshape(k.shape) for part in found)), tuple(names))

    def _series(self, d: int, degrees: Array, out: Values) -> Array:
        """Which degrees the Taylor series at 0 serves, their values in `out`: its terms are few in high dimensions."""
        served = np.zeros(degrees.size, dtype=bool)
        for i, k in enumerate(degrees):
            if not taylor_sums.serves(d, int(k), _DIGITS):
                continue
            try:
                sums = taylor_sums.values(self.kernel, d, [int(k)], taylor_sums.bits_of(_DIGITS))
            except (ArithmeticError, TypeError, ValueError, NotImplementedError):
                break  # what has no Taylor series in balls
            if sums is not None:
                served[i] = True
                for target, entry in zip(out, rounded(sums), strict=True):
                    target[i] = entry[0]
        return served

    # -- the expansion ---------------------------------------------------------------------------------------------

    def _expansion(self, d: int, degrees: Array) -> Values:
        last = LARGEST - (LARGEST - int(degrees[0])) % 2
        known = self._integrals(d, np.array([last]))
        at = np.append(degrees, last)
        for count, fewer in _TERMS:
            found, other = (asymptotic(self.kernel, d, at, terms) for terms in (count, fewer))
            with np.errstate(invalid="ignore"):
                change = np.abs(np.expm1(other.log_abs - found.log_abs))
                gap = abs(math.expm1(float(found.log_abs[-1] - known.log_abs[0])))
            error = found.error + 4 * change + 2 * gap + known.error[0]
            error = np.where((found.sign == known.sign[0]) & (other.sign == found.sign), error, np.inf)
            if np.all(error < 64 * EPS + 4 * found.error):
                break
        return Values(*(part[:-1] for part in found._replace(error=error)))

    # -- the integrals -----------------------------------------------------------------------------------------------

    def _integrals(self, d: int, degrees: Array) -> Values:
        """mu_k for degrees of one parity, block by block, each with the bits that it takes."""
        out = unknown(degrees.size)
        below = 0
        for above in _BLOCKS:
            here = np.flatnonzero((degrees >= below) & (degrees < above))
            below = above
            if here.size:
                self._block(d, degrees[here], above - 1, here, out)
        return out

    def _block(self, d: int, degrees: Array, top: int, here: Array, out: Values) -> None:
        """Bits are raised by steps that are the block's, so that a degree's value does not depend on the others."""
        needed = _bits_below(d, top) + _GUARD
        left = np.arange(degrees.size)
        for attempt in range(_ATTEMPTS):
            bits = _STEP * math.ceil(needed * 1.5**attempt / _STEP)
            if bits > _MOST_BITS:
                break
            sums, error = self._sums(d, degrees[left], top, bits)
            for i, mu in zip(here[left], sums, strict=True):
                size, sign = _log2(mu), float((mu.mid() > 0) - (mu.mid() < 0))
                row = float(mu.mid()), size * _LOG2, sign, 2.0 ** min(error - size, 60.0)
                for target, entry in zip(out, row, strict=True):
                    target[i] = entry
            left = left[out.error[here[left]] > 2.0**-_WANTED]
            if not left.size:
                break
        out.error[here] += 2 * EPS

    def _sums(self, d: int, degrees: Array, top: int, bits: int) -> tuple[list[Any], float]:
        """mu_k, and log2 of their absolute error."""
        scale = bits + 32
        cosine, sine, weighted, largest = self._rule(d + top - 2, bits, scale)
        with precision(scale):
            density_ints = _powers(sine, d - 2, scale)
            terms = (weighted * density_ints) >> scale
            wanted = {int(k): i for i, k in enumerate(degrees)}
            sums: list[Any] = [None] * degrees.size
            before = now = np.full(cosine.size, 1 << scale, dtype=object)
            constant = density(d).ball(0)
            for k in range(int(degrees.max()) + 1):
                if k == 1:
                    before, now = now, cosine
                elif k:
                    step = (2 * k + d - 4) * ((cosine * now) >> scale) - (k - 1) * before
                    before, now = now, step // (k + d - 3)
                if k in wanted:
                    total = int(np.dot(terms, now))
                    sums[wanted[k]] = constant * flint.arb(total) / flint.arb(1 << (2 * scale))
        return sums, largest - bits + 8 + math.log2(d)

    # -- nodes ---------------------------------------------------------------------------------------------------------

    def _read(self, at: int, z: Any, bits: int) -> tuple[Point, Any, Any]:
        """The point, the angle to its end, and the kernel there."""
        theta = flint.arb.pi() / 2 * z ** self._roots[at]
        if bits not in self._arithmetic:
            self._arithmetic[bits] = PanelArithmetic(bits + _GUARD)
        point = Point.from_angle(self._arithmetic[bits], theta)
        point = point if at == 1 else point.mirror
        return point, theta, point.pair(self.kernel).value

    def _cut(self, bits: int) -> list[_Panel]:
        if bits not in self._panels:
            length = 32 + bits // 4
            out: list[_Panel] = []
            todo = [(at, 0.0, 1.0) for at in (1, -1)]
            with precision(bits + 2 * _GUARD):
                rows = _cosines(length, flint.ctx.prec)
                while todo:
                    at, low, high = todo.pop()
                    middle, half = flint.arb((low + high) / 2), flint.arb((high - low) / 2)
                    read = [self._read(at, middle + half * x, bits)[2] for x in rows[0]]
                    size = max(1.0, *(float(abs(v).upper()) for v in read))
                    sums = (sum(map(operator.mul, read, row), flint.arb(0)) for row in rows[1])
                    last = max(abs(float(each.mid())) * 2 / length for each in sums)
                    if last < size * 2.0**-bits:
                        out.append(_Panel(at, low, high, length))
                    elif high - low < _SHORTEST:
                        raise ArithmeticError(f"{brief(self.kernel)} is not smooth at an angle inside (0, pi)")
                    else:
                        todo += [(at, low, (low + high) / 2), (at, (low + high) / 2, high)]
            self._panels[bits] = out
        return self._panels[bits]

    def _rule(self, degree: int, bits: int, scale: int) -> tuple[Any, ...]:
        """cos, sin, and weight times kernel as integers over 2^scale, and log2 of the largest value."""
        if (degree, bits, scale) not in self._rules:
            columns: list[list[int]] = [[], [], []]
            largest = 1.0
            with precision(bits + 2 * _GUARD):
                for panel in self._cut(bits):
                    m = self._roots[panel.at]
                    width = math.pi / 2 * (panel.high**m - panel.low**m)
                    # In z the phase may run m times as fast at one end as it does on the mean.
                    turns = _bessel_degree(degree * width / 2 * (1 if m == 1 else m), bits)
                    count = (panel.length + turns + m) // 2 + 1
                    middle, half = flint.arb((panel.low + panel.high) / 2), flint.arb((panel.high - panel.low) / 2)
                    for x, weight in _nodes(count, flint.ctx.prec):
                        z = middle + half * x
                        point, theta, value = self._read(panel.at, z, bits)
                        largest = max(largest, float(abs(value).upper()))
                        weight = weight * half * flint.arb.pi() / 2 * m * z ** (m - 1) * value
                        for column, entry in zip(columns, (point.u, theta.sin(), weight), strict=True):
                            column.append(_integer(entry, scale))
            if len(self._rules) > 8:
                del self._rules[next(iter(self._rules))]
            arrays = (np.array(column, dtype=object) for column in columns)
            self._rules[degree, bits, scale] = *arrays, math.log2(largest)
        return self._rules[degree, bits, scale]


@functools.lru_cache(maxsize=16)
def panel_route(kernel: Zonal) -> PanelRoute:
    """The route of one kernel."""
    return PanelRoute(kernel)


def _bits_below(d: int, k: int) -> float:
    """-log2 of what eigenvalues of this degree are like: only a precision to begin with."""
    return max(0.0, -_log2(cut_power(d, Fraction(5, 2)).ball(k))) if k > 2 else 0.0


def _log2(x: Any) -> float:
    """log2 of the midpoint of a ball, also beyond the floats."""
    man, exp = x.mid().man_exp()
    man = abs(int(man))
    if not man:
        return -math.inf
    shift = max(man.bit_length() - 64, 0)
    return math.log2(man >> shift) + shift + int(exp)


def _integer(x: Any, scale: int) -> int:
    """x 2^scale, rounded."""
    man, exp = x.mid().man_exp()
    shift = int(exp) + scale
    return int(man) << shift if shift >= 0 else int(man) >> -shift


def _powers(x: Any, power: int, scale: int) -> Any:
    """x^power of integers over 2^scale, by squaring."""
    result = np.full(x.size, 1 << scale, dtype=object)
    while power:
        if power & 1:
            result = (result * x) >> scale
        power >>= 1
        if power:
            x = (x * x) >> scale
    return result


def _bessel_degree(z: float, bits: int) -> int:
    """n from which on |J_n(z)| < 2^-bits: log J_n(n / cosh a) < -n (a - tanh a)."""
    low, high = z, z + 64.0
    while _log_bessel(high, z) > -bits * _LOG2:
        high *= 2
    while high - low > 1:
        n = (low + high) / 2
        low, high = (low, n) if _log_bessel(n, z) < -bits * _LOG2 else (n, high)
    return math.ceil(high)


def _log_bessel(n: float, z: float) -> float:
    if z == 0:
        return -math.inf
    a = math.acosh(max(n / z, 1.0))
    return -n * (a - math.tanh(a))


@functools.lru_cache(maxsize=32)
def _nodes(count: int, bits: int) -> list[tuple[Any, Any]]:
    """The rule of Gauss and Legendre on [-1, 1]."""
    with precision(bits):
        out = []
        for i in range((count + 1) // 2):
            root, weight = flint.arb.legendre_p_root(count, i, True)
            out += [(x, weight) for x in ((root,) if 2 * i == count - 1 else (root, -root))]
        return out


@functools.lru_cache(maxsize=32)
def _cosines(length: int, bits: int) -> tuple[list[Any], list[list[Any]]]:
    """Chebyshev's nodes, and T_j there for the last j."""
    with precision(bits):
        angles = [(flint.arb(2 * i + 1) / (2 * length)) for i in range(length)]
        degrees = range(length - _LAST, length)
        return [a.cos_pi() for a in angles], [[(a * j).cos_pi() for a in angles] for j in degrees]
