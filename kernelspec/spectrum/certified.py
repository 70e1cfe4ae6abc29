r"""Certified eigenvalues: Arb balls of any number of digits, by Gauss-Legendre quadrature in the angle with a
proved error.

By P_k(-t) = (-1)^k P_k(t) and the substitution theta = (pi/2) z^m at either end,

.. math:: \mu_k = c_d \frac\pi2 \int_0^1 \left[\kappa(\cos\theta) + (-1)^k \kappa(-\cos\theta)\right]
          P_k(\cos\theta) \sin^{d-2}\theta \; m z^{m-1} dz, \qquad c_d = \frac{\Gamma(d/2)}{\sqrt\pi\,\Gamma((d-1)/2)} .

m = 1 serves ReLU networks, NTK and Laplace kernels; a step network of L layers needs m = 2^{L-2}. The integrand F is
analytic in a Bernstein ellipse E_rho with foci 0 and 1: `region` proves it from balls on the ellipse alone, where it
also bounds |kappa|. The other factors are entire, with

    |P_k(cos theta)| <= cosh(k Im theta)

because P_k(cos theta) is a convex combination of cos(j theta), |j| <= k (Gegenbauer coefficients of order
lambda = d/2 - 1 >= 0 are >= 0 in this basis).

*Error* (Rabinowitz 1969; Trefethen, ATAP, Theorem 19.3). If |F| <= M in E_rho, the n-point Gauss-Legendre rule on
an interval of length 1 errs by at most (1/2)(64/15) M rho^{-2n} / (1 - rho^{-2}), n >= 2. *Proof.* On [-1, 1] the
Chebyshev coefficients obey |a_j| <= 2 M rho^{-j}; the rule is exact for j < 2n and for odd j, and for even j >= 4
integral and rule of T_j differ by at most 2/(j^2-1) + 2 <= 32/15. Sum over even j >= 2n.

Nodes, weights (`arb.legendre_p_root`), kernel values (relative accuracy near both ends by `Point`), P_k
(recurrence) and the sum are balls at a precision that is raised until the result has the digits asked for.

Parities in which the kernel is a polynomial (claims 20, 21) are exact rational numbers, the zeros among them exact
zeros, by symmetry. Terms with a closed form are read from it.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ..kernels.expression import add
from ..kernels.points import Point
from ..kernels.zonal import Zonal
from ..numbers.arithmetic import BallArithmetic
from ..numbers.exact_numbers import Scalar, ball
from ..numbers.precision import cached_property, precision
from ..sphere.gamma_products import ClosedForm
from ..sphere.power_eigenvalues import cut_power, density
from .analyticity import Piece, PointOf, RegionError, RegionPoint, cover, narrower, ramified, sample, settled
from .closed import PolynomialForm, closed_form, of_parity

# Parameters of the ellipses tried, largest first: a large one needs few nodes, but the kernel must be analytic there.
_ELLIPSES = tuple(
    Fraction(q) for q in "9 7 5.6 4.6 4 3.5 3 2.6 2.3 2 1.8 1.6 1.45 1.35 1.27 1.2 1.14 1.1 1.07 1.05".split()
)
# Very deep networks: these need the fewest balls.
_LAST = tuple(Fraction(q) for q in "1.35 1.27 1.2 1.45 1.14 1.1 1.6".split())
_LARGEST_NODES = 20_000
_ATTEMPTS = 8
_LARGEST_QUADRATURE = 2000  # a recurrence at every node; beyond, the expansion has the digits
_TERMS = (2, 4, 8, 16, 32, 48)


def certified(kernel: Zonal, d: int, degrees: list[int], digits: int) -> list[Any]:
    """Balls of mu_k for the degrees, each right to `digits` digits.

    Raises RegionError where analyticity cannot be shown, ArithmeticError where the digits are out of reach.
    """
    out: list[Any] = [None] * len(degrees)
    with precision(int(digits * math.log2(10)) + 64):
        for parity in (0, 1):
            chosen = [i for i, k in enumerate(degrees) if k % 2 == parity]
            if not chosen:
                continue
            part = kernel.polynomial_part(parity)
            if part is not None:
                for i in chosen:
                    out[i] = PolynomialForm(d, part).ball(degrees[i])
                continue
            found = _of_parity(kernel, d, parity, [degrees[i] for i in chosen], digits)
            for i, value in zip(chosen, found, strict=True):
                out[i] = value
    return out


def _of_parity(kernel: Zonal, d: int, parity: int, degrees: list[int], digits: int) -> list[Any]:
    import flint

    if not degrees:
        return []
    rest: list[tuple[Scalar, Zonal]] = []
    closed: list[tuple[Scalar, ClosedForm]] = []
    for c, term in of_parity(kernel, parity):
        form = closed_form(term, d, parity)
        if form is None:
            rest.append((c, term))
        else:
            closed.append((c, form))
    if rest and max(degrees) > _LARGEST_QUADRATURE:
        low = [i for i, k in enumerate(degrees) if k <= _LARGEST_QUADRATURE]
        below = _of_parity(kernel, d, parity, [degrees[i] for i in low], digits)
        known = dict(zip(low, below, strict=True))
        return [known[i] if i in known else _by_expansion(kernel, d, k, digits) for i, k in enumerate(degrees)]
    integral = _quadrature(add(rest)) if rest else None
    wanted = digits * math.log2(10) + 4
    smallest = [_bits_below(d, k) for k in degrees]
    extra = 32.0
    found: dict[int, Any] = {}
    todo = list(range(len(degrees)))
    for _ in range(_ATTEMPTS):
        ks = [degrees[i] for i in todo]
        depth = wanted + extra  # bits, and with a quadrature those after the binary point
        if integral is not None:
            depth += max(smallest[i] for i in todo)
        with precision(int(depth) + 32):
            values = integral.values(d, parity, ks, depth) if integral else [flint.arb(0)] * len(ks)
            for i, value in zip(todo, values, strict=True):
                for c, form in closed:
                    value = value + ball(c) * form.ball(degrees[i])
                found[i] = value
            todo = [i for i in todo if found[i].rel_accuracy_bits() < wanted]
            if not todo:
                return [found[i] for i in range(len(degrees))]
            for i in todo:  # now its size may be known
                if not found[i].contains(0):
                    smallest[i] = -float(abs(found[i]).log()) / math.log(2)
        extra = extra * 1.5 + (0.3 * depth if any(found[i].contains(0) for i in todo) else 0.0)
    k = degrees[todo[0]]
    raise ArithmeticError(
        f"mu_{k} of {kernel!r} on S^{d - 1} could not be told from {found[todo[0]].str(5)} to {digits} digits"
    )


def _bits_below(d: int, k: int) -> float:
    """-log2 of what eigenvalues of this degree are like: only a precision to begin with."""
    log = cut_power(d, Fraction(3, 2)).ball(k).log() if k > 1 else 0
    return max(0.0, -float(log) / math.log(2))


def _by_expansion(kernel: Zonal, d: int, k: int, digits: int) -> Any:
    """The asymptotic expansion with its proved remainder, for large degrees."""
    import flint

    from .asymptotic import asymptotic_ball, remainder

    best = "no expansion"
    for terms in _TERMS:
        value = asymptotic_ball(kernel, d, k, terms, digits + 10)
        with precision(int((digits + 10) * math.log2(10)) + 64):
            value += flint.arb(0, 1) * remainder(kernel, d, terms).bound(k)
        if value.rel_accuracy_bits() > digits * math.log2(10):
            return value
        best = value.str(5)
    raise ArithmeticError(
        f"{digits} digits of mu_{k} of {kernel!r} on S^{d - 1} are out of reach: quadrature serves degrees up to "
        f"{_LARGEST_QUADRATURE}, and {_TERMS[-1]} terms of the expansion give {best}"
    )


@functools.lru_cache(maxsize=64)
def _quadrature(kernel: Zonal) -> Quadrature:
    return Quadrature(kernel)


@dataclass
class Quadrature:
    """A kernel's quadrature rules: the ellipses in which it is analytic, and its values at the nodes."""

    kernel: Zonal
    _sampled: dict[Fraction, list[Piece] | None] = field(default_factory=dict)
    _found: dict[Fraction, list[Piece]] = field(default_factory=dict)
    _effort: dict[Fraction, int] = field(default_factory=dict)
    _rules: dict[tuple[int, int], Any] = field(default_factory=dict)

    @cached_property
    def ramification(self) -> int:
        """m of the module's docstring: whether a root is needed shows at any point, so at theta = pi/4 and 3 pi/4."""
        import flint

        def attempt(m: int) -> None:
            z = flint.acb(flint.arb(0.5))
            for point in _ellipse(m, Fraction(2))[1]:
                settled(point(z, None), self.kernel)

        return ramified(attempt)[0]

    def sampled(self, rho: Fraction) -> list[Piece] | None:
        """Points of the ellipse E_rho, or None where one of them shows a singularity inside."""
        if rho not in self._sampled:
            try:
                self._sampled[rho] = sample(self.kernel, *_ellipse(self.ramification, rho))[0]
            except RegionError:
                self._sampled[rho] = None
        return self._sampled[rho]

    def ellipse(self, rho: Fraction, effort: int = 1) -> list[Piece] | None:
        """Pieces of the ellipse E_rho, or None where the kernel is not shown to be analytic in it."""
        if self._found.get(rho) is None and self._effort.get(rho, 0) < effort:
            self._effort[rho] = effort
            m = self.ramification
            try:
                found = cover(self.kernel, *_ellipse(m, rho), readings=400 * m * effort)
            except RegionError:
                return None
            self._found[rho] = found
        return self._found.get(rho)

    def values(self, d: int, parity: int, degrees: list[int], depth: float) -> list[Any]:
        """mu_k, of absolute error about 2^-depth, at the precision in force or more."""
        import flint

        top = max(degrees)
        n, rho = self._nodes(d, top, depth)
        with precision(flint.ctx.prec + int(0.65 * top) + 64 + 2 * (n + d).bit_length()):
            constant = density(d).ball(0) * flint.arb.pi() / 2
            sums = self._sums(d, parity, degrees, n)
            errors = self._errors(d, degrees, n, rho)
            return [constant * (total + flint.arb(0, 1) * error) for total, error in zip(sums, errors, strict=True)]

    def _errors(self, d: int, degrees: list[int], n: int, rho: Fraction) -> list[Any]:
        """The error bound of the module's docstring, without the constant in front, for each degree."""
        import flint

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
        import flint

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
            n = max(2, math.ceil((bits + 1) / (2 * math.log(float(rho)))) + 1)
            return n + -n % 16  # so that both parities share the nodes

        candidates: list[tuple[float, Fraction]] = []
        for rho in _ELLIPSES:  # by single points first, which are cheap
            points = self.sampled(rho)
            if points is None:
                continue
            n = needed(rho, points)
            if candidates and n > 1.2 * candidates[-1][0]:
                break
            if n < math.inf:
                candidates.append((n, rho))
        # A smaller ellipse takes fewer balls to cover: worth some nodes, unless they are dear.
        fewest = min((n for n, _ in candidates), default=0)
        enough = [c for c in candidates if c[0] <= fewest * (1.5 if depth < 800 else 1.15)]
        candidates = sorted(enough, reverse=True) + sorted(set(candidates) - set(enough))
        tried = [(rho, 1) for _, rho in candidates]
        tried += [(rho, 1) for rho in _ELLIPSES] + [(rho, 12) for rho in _LAST]
        for rho, effort in tried:
            if self.sampled(rho) is None:
                continue
            pieces = self.ellipse(rho, effort)
            if pieces is not None:
                n = needed(rho, pieces)
                if n == math.inf:
                    continue
                if n > _LARGEST_NODES:
                    raise ArithmeticError(f"{n} quadrature nodes would be needed; the limit is {_LARGEST_NODES}")
                return int(n), rho
        m = self.ramification
        advice = (
            f" in theta^(1/{m}), as its exponents (gamma, nu) ask for: smaller denominators ask for less"
            if m > 1
            else ""
        )
        raise RegionError(f"{self.kernel!r} could not be shown to be analytic next to [-1, 1]{advice}")

    def _sums(self, d: int, parity: int, degrees: list[int], n: int) -> list[Any]:
        import flint

        order = sorted(range(len(degrees)), key=degrees.__getitem__)
        steps, scales = _two_degrees(d, parity, max(degrees))
        sums, zero, one = [flint.arb(0)] * len(degrees), flint.arb(0), flint.arb(1)
        for cosine, sine, weight, right, left in self._read(n, flint.ctx.prec):
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

    def _read(self, n: int, prec: int) -> list[tuple[Any, Any, Any, Any, Any]]:
        """cos, sin, weight m z^{m-1} and the kernel at both points of every node."""
        import flint

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


def _two_degrees(d: int, parity: int, top: int) -> tuple[list[tuple[Any, Any]], list[Any]]:
    """The recurrence over every second degree up to `top`, and c_k of these degrees.

    P_k = c_k Q_k with monic Q_k, for which Q_{k+1} = t Q_k - g_k Q_{k-1} with 0 <= g_k <= 1/2 gives
    Q_{k+2} = (t^2 - g_k - g_{k+1}) Q_k - g_k g_{k-1} Q_{k-2}. For large k the radius of a ball of P_k grows 2.42
    times from one to the next, for which `values` has 0.65 bits a degree.
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


def _ellipse(m: int, rho: Fraction) -> tuple[Callable[[Any], Any], list[PointOf]]:
    """The upper half of E_rho as a curve, and the points on either side of [-1, 1] that a z stands for."""
    import flint

    def local(tau: Any) -> Any:
        turn = flint.acb(0, tau * flint.arb.pi()).exp() * ball(rho)
        return (turn + 1 / turn) / 4 + flint.acb(1) / 2

    def end(z: Any, centre: RegionPoint | None, by_left: bool) -> RegionPoint:
        power = z**m
        if m > 1 and centre is not None:
            power = narrower(power, centre.z**m * (z / centre.z) ** m)
        return RegionPoint.of_angle(flint.arb.pi() / 2 * power, by_left, z, 2 * m, centre)

    right = functools.partial(end, by_left=False)
    left = functools.partial(end, by_left=True)
    return local, [right, left]
