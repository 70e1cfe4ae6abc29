r"""The quadrature of `certified`: Gauss-Legendre nodes in z, theta = (pi/2) z^m from either end, with a proved error.

The ellipses in which a kernel is shown to be analytic, its values at the nodes, and the bound of the error that follows
are found once for all degrees and dimensions. The formulas and the proof: `certified`.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import flint

from ..kernels.points import Point
from ..kernels.text import brief
from ..kernels.zonal import Zonal
from ..numbers.arithmetic import BallArithmetic
from ..numbers.exact_numbers import ball
from ..numbers.precision import cached_property, precision
from ..sphere.power_eigenvalues import density
from .analyticity import Piece, cover, ramified, sample, settled
from .boundaries import ellipse
from .region_points import RegionError

# Parameters of the ellipses tried, largest first: a large one needs few nodes, but the kernel must be analytic there.
_ELLIPSES = tuple(
    Fraction(q) for q in "9 7 5.6 4.6 4 3.5 3 2.6 2.3 2 1.8 1.6 1.45 1.35 1.27 1.2 1.14 1.1 1.07 1.05".split()
)
# Very deep networks: these need the fewest balls.
_LAST = tuple(Fraction(q) for q in "1.35 1.27 1.2 1.45 1.14 1.1 1.6".split())
_LARGEST_NODES = 20_000
_SAMPLED = 8  # parts between the points by which ellipses are chosen
BITS_LOST = 0.65  # a degree, by the recurrence (`_two_degrees`)


@functools.lru_cache(maxsize=64)
def quadrature(kernel: Zonal) -> Quadrature:
    """The rules of one kernel; they do not depend on d."""
    return Quadrature(kernel)


@dataclass
class Quadrature:
    """A kernel's quadrature rules: the ellipses in which it is analytic, and its values at the nodes."""

    kernel: Zonal
    _sampled: dict[Fraction, tuple[list[Piece], int] | None] = field(default_factory=dict)
    _found: dict[Fraction, list[Piece]] = field(default_factory=dict)
    _effort: dict[Fraction, int] = field(default_factory=dict)
    _rules: dict[tuple[int, int], Any] = field(default_factory=dict)

    @cached_property
    def ramification(self) -> int:
        """m of the module's docstring: whether a root is needed shows at any point, so at theta = pi/4 and 3 pi/4."""

        def attempt(m: int) -> None:
            z = flint.acb(flint.arb(0.5))
            for point in ellipse(m, Fraction(2))[1]:
                settled(point, z, self.kernel)

        return ramified(attempt)[0]

    def sampled(self, rho: Fraction) -> list[Piece] | None:
        """Points of the ellipse E_rho, or None where one of them shows a singularity inside."""
        if rho not in self._sampled:
            try:
                self._sampled[rho] = sample(self.kernel, *ellipse(self.ramification, rho), count=_SAMPLED)
            except RegionError:
                self._sampled[rho] = None
        found = self._sampled[rho]
        return found and found[0]

    def ellipse(self, rho: Fraction, effort: int = 1) -> list[Piece] | None:
        """Pieces of the ellipse E_rho, or None where the kernel is not shown to be analytic in it."""
        if self._found.get(rho) is None and self._effort.get(rho, 0) < effort:
            self._effort[rho] = effort
            m, sampled = self.ramification, self._sampled.get(rho)
            bits = sampled and sampled[1]
            try:
                found = cover(self.kernel, *ellipse(m, rho), readings=400 * m * effort, bits=bits)
            except RegionError:
                return None
            self._found[rho] = found
        return self._found.get(rho)

    def values(self, d: int, parity: int, degrees: list[int], depth: float) -> list[Any]:
        """mu_k, of absolute error about 2^-depth, at the precision in force or more."""
        top = max(degrees)
        n, rho = self._nodes(d, top, depth)
        bits = flint.ctx.prec + int(BITS_LOST * top) + 64 + 2 * (n + d).bit_length()
        with precision(bits + -bits % 64):  # so that both parities share the values at the nodes
            constant = density(d).ball(0) * flint.arb.pi() / 2
            sums = weighted_sums(self._read(n, flint.ctx.prec), d, parity, degrees)
            errors = self._errors(d, degrees, n, rho)
            return [constant * (total + flint.arb(0, 1) * error) for total, error in zip(sums, errors, strict=True)]

    def _errors(self, d: int, degrees: list[int], n: int, rho: Fraction) -> list[Any]:
        """The error bound of the module's docstring, without the constant in front, for each degree."""
        with precision(64):
            sizes = self._sizes(d, self._found[rho])
            tail = ball(Fraction(32, 15)) * ball(rho) ** (-2 * n)
            tail = tail / (1 - ball(rho) ** -2)
            out = []
            for k in degrees:
                largest = flint.arb(0)
                for size, height in sizes:
                    largest = largest.max(size * (k * height).exp())
                out.append((largest * tail).upper())
            return out

    def _sizes(self, d: int, pieces: list[Piece]) -> list[tuple[Any, Any]]:
        """For each piece of the ellipse bounds of |F| without P_k, and of |Im theta|."""
        m, out = self.ramification, []
        with precision(64):
            for piece in pieces:
                theta = flint.arb.pi() / 2 * piece.z**m
                sine = abs(theta.sin()).upper()
                size = piece.bound * sine ** (d - 2) * m * abs(piece.z).upper() ** (m - 1)
                out.append((size.upper(), abs(theta.imag).upper()))
        return out

    def _nodes(self, d: int, top: int, depth: float) -> tuple[int, Fraction]:
        """The fewest nodes that reach the accuracy 2^-depth for degree `top`, and their ellipse."""

        def needed(rho: Fraction, pieces: list[Piece]) -> float:
            sizes = self._sizes(d, pieces)
            largest = max(float(size.log()) + top * float(height) for size, height in sizes)
            bits = depth * math.log(2) + max(largest, 0.0) - math.log(1 - float(rho) ** -2)
            if not math.isfinite(bits):  # a root of high degree as variable: e^(z^m) beyond the floats
                return math.inf
            return max(2, math.ceil((bits + 1) / (2 * math.log(float(rho)))) + 1)

        fewest = math.inf
        candidates: list[tuple[float, Fraction]] = []

        def most() -> float:
            """How many nodes are worth fewer balls: a ball costs two nodes, unless these have many digits."""
            return max(1.15 * fewest, fewest + (64 if depth < 800 else 0))

        for rho in _ELLIPSES:  # by single points first, which are cheap
            points = self.sampled(rho)
            if points is None:
                continue
            n = needed(rho, points)
            fewest = min(fewest, n)
            if n > most():
                break
            if n < math.inf:
                candidates.append((n, rho))
        # A smaller ellipse takes fewer balls to cover, and one that is covered takes none. Where one fails, a smaller
        # one is next: larger ones hold it.
        enough = sorted(rho for n, rho in candidates if n <= most())
        order = [rho for rho in enough if rho in self._found]
        order += [rho for rho in _ELLIPSES if enough and rho <= enough[0]] + enough + list(_ELLIPSES)
        tried = [(rho, 1) for rho in order] + [(rho, 12) for rho in _LAST]
        for rho, effort in tried:
            if self.sampled(rho) is None:
                continue
            pieces = self.ellipse(rho, effort)
            if pieces is not None:
                n = needed(rho, pieces)
                if n == math.inf:
                    continue
                n = int(n) + -int(n) % 16  # so that both parities share the nodes
                if n > _LARGEST_NODES:
                    raise ArithmeticError(f"{n} quadrature nodes would be needed; the limit is {_LARGEST_NODES}")
                return n, rho
        m = self.ramification
        advice = (
            f" in theta^(1/{m}), as its exponents (gamma, nu) ask for: smaller denominators ask for less"
            if m > 1
            else ""
        )
        raise RegionError(f"{brief(self.kernel)} could not be shown to be analytic next to [-1, 1]{advice}")

    def _read(self, n: int, prec: int) -> list[tuple[Any, Any, Any, Any, Any]]:
        """cos, sin, weight m z^{m-1} and the kernel at both points of every node."""
        for (count, known), rule in self._rules.items():
            if count == n and known >= prec:
                return rule
        arithmetic, m, out = BallArithmetic(), self.ramification, []
        half_pi = flint.arb.pi() / 2
        for i in range((n + 1) // 2):
            root, weight = flint.arb.legendre_p_root(n, i, True)
            for x in (root,) if 2 * i == n - 1 else (root, -root):
                z = (1 + x) / 2
                theta = half_pi * z**m
                right = Point.from_angle(arithmetic, theta)
                left = right.mirror
                values = right.pair(self.kernel).value, left.pair(self.kernel).value
                jacobian = weight / 2 * m * z ** (m - 1)
                out.append((right.u, theta.sin(), jacobian, *values))
        self._rules[n, prec] = out
        if len(self._rules) > 8:
            del self._rules[next(iter(self._rules))]
        return out


def weighted_sums(rule: Any, d: int, parity: int, degrees: list[int]) -> list[Any]:
    """The sums over a rule's rows (cos, sin, weight, kappa(cos), kappa(-cos)) for degrees of one parity.

    Balls of P_k by the recurrence: BITS_LOST bits a degree are lost.
    """
    order = sorted(range(len(degrees)), key=degrees.__getitem__)
    steps, scales = _two_degrees(d, parity, max(degrees))
    sums, zero, one = [flint.arb(0)] * len(degrees), flint.arb(0), flint.arb(1)
    for cosine, sine, weight, right, left in rule:
        factor = weight * (right - left if parity else right + left) * sine ** (d - 2)
        square, start = cosine * cosine, 0
        previous, current = zero, cosine if parity else one
        for i in order:
            stop = degrees[i] // 2
            for middle, back in steps[start:stop]:
                previous, current = current, (square - middle) * current - back * previous
            start = stop
            sums[i] += factor * current
    return [total * scales[k // 2] for total, k in zip(sums, degrees, strict=True)]


def _two_degrees(d: int, parity: int, top: int) -> tuple[list[tuple[Any, Any]], list[Any]]:
    """The recurrence over every second degree up to `top`, and c_k of these degrees.

    P_k = c_k Q_k with monic Q_k, for which Q_{k+1} = t Q_k - g_k Q_{k-1} with 0 <= g_k <= 1/2 gives
    Q_{k+2} = (t^2 - g_k - g_{k+1}) Q_k - g_k g_{k-1} Q_{k-2}. For large k the radius of a ball of P_k grows 2.42
    times from one to the next, for which `values` has BITS_LOST bits a degree.
    """

    def g(k: int) -> Fraction:
        if k < 2:
            return Fraction(k, d)
        return Fraction(k * (k + d - 3), (2 * k + d - 2) * (2 * k + d - 4))

    steps, scales, scale = [], [ball(1)], ball(1)
    for k in range(parity, top, 2):
        steps.append((ball(g(k) + g(k + 1)), ball(g(k) * g(k - 1) if k else 0)))
        for j in (k, k + 1):
            if j:
                scale = scale * (2 * j + d - 2) / (j + d - 2)
        scales.append(scale)
    return steps, scales
