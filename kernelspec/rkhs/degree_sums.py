r"""Sums over all degrees of one parity, sum_k N(d,k) f(mu_k), in balls, for concave f on [0, inf) with f(0) = 0.

For k >= k_0 the remainder theorem (`spectrum.asymptotic`; claim 18) says mu_k = A(k)(1 + e_k), |e_k| <= eps, where

    A(k) = sum_m c_m E_k(nu_m),      E_k(nu) = const Gamma(k-nu)/Gamma(k+nu+d-1),      nu = nu_1 < nu_2 < ...

is analytic in k for Re k > nu_M. As f(x) r <= f(r x) <= f(x) for r <= 1, f(mu_k) = f(A(k)) (1 + e'_k), |e'_k| <= eps.
Degrees are taken in blocks [a, b] whose length grows with a, and a block's sum over k = a, a+2, ..., b by Gauss's
rule for such sums (`numbers.gauss_sums`): n = 20 nodes, whatever the length.

**Lemma 1** (derived here). Let s = 2 nu + d - 1 > 0, k = x + iy and theta = arctan(|y|/(x - nu - 1/2)), x > nu + 1/2.
Then |arg E_k(nu)| <= s theta, and E_x(nu) cos^s(theta) <= |E_k(nu)| <= E_x(nu). *Proof.* E_k(nu) is a constant times
B(k-nu, s) = int_0^1 t^{k-nu-1} (1-t)^{s-1} dt, whence the upper bound. With t = x - nu, Gamma's product gives

    arg E_k = -sum_{j>=0} [g(t+j) - g(t+s+j)],  g(u) = arctan(y/u);   log|E_k/E_x| = -sum_j [l(t+j) - l(t+s+j)]/2,

l(u) = log(1 + y^2/u^2). Both are int_0^s sum_j h(t+tau+j) dtau with h = -g' or -l', which are convex and decreasing
where u > |y|/sqrt 3 (-g' = y/(u^2+y^2)), so that sum_j h(u+j) <= int_{u-1/2}^inf h, that is g(u-1/2) or l(u-1/2); these
decrease in u, and g(t-1/2) = theta, l(t-1/2) = -2 log cos theta. QED

**Lemma 2** (derived here). If |arg z| <= pi/2, then |f(z)| <= sqrt 2 f(|z|) for f(z) = z/(z+lambda) and for log(1+cz).
*Proof.* |z+lambda|^2 >= |z|^2 + lambda^2 >= (|z|+lambda)^2/2; and log(1+z) = int_0^1 z/(1+tz) dt with |1+tz| >=
(1+t|z|)/sqrt 2 likewise. QED

Let the ellipse with foci a and b and half axes (rho +- 1/rho)(b-a)/4 lie in |arg(k - nu - 1/2)| <= theta, and let the
terms behind the first be at most h < cos(s theta) of it there. Then Re A > 0 in it, |A| <= A^ = c_1 E_{x}(nu)(1+h) at
its left end x, and f(A(k)) N(d,k) is analytic and at most sqrt 2 f(A^) N(d, x') there, x' its right end (N has
coefficients >= 0). Chebyshev's expansion, cut off behind degree 2n - 1, misses at most 2 rho^{1-2n}/(rho-1) of that
maximum (Trefethen, ATAP, Theorem 8.2), in the points of the sum as in the nodes, whose weights are positive and add
up to their number. As the sum itself is at least as many times N(d,a) f(A_) with A_ <= A(k) in [a, b], and f(A^) <=
f(A_) A^/A_, the rule is right to

    delta = 4 sqrt 2 rho^{1-2n}/(rho-1) (N(d,x')/N(d,a)) (A^/A_),

*relative to the sum and whatever f is*: the nodes and weights serve every lambda. They serve sums of f^2, too, as
|f(z)|^2 <= 2 f(|z|)^2 and f(A^)^2 <= f(A_)^2 (A^/A_)^2: with sqrt 2 (A^/A_) delta for delta and 2 eps + eps^2 for eps.

**Lemma 3** (derived here). For nu > 0, sum_{k>=K} N(d,k) Gamma(k-nu)/Gamma(k+nu+d-1) = Gamma(K+d-2) Gamma(K-nu)/(nu
Gamma(d-1) Gamma(K) Gamma(K+nu+d-2)): the differences of the right side are the terms. The terms decrease, so that every
other one adds up to half of this and at most half of the first more. That is the trace behind the last block.
"""

from __future__ import annotations

import copy
import math
from fractions import Fraction
from typing import Any, NamedTuple

from ..kernels.zonal import Zonal
from ..numbers.exact_numbers import ball
from ..numbers.gauss_sums import gauss_sum
from ..numbers.precision import at_least
from .tail import NAMES, UndecidedError

BITS = 192
NODES = 20
_RHO = Fraction(19, 6)
_ANGLE = Fraction(6, 5)  # s theta
_WIDEST = Fraction(3, 5)  # theta
_STARTS = (128, 192, 256, 384, 512, 768, 1024)
_COUNTS = (8, 16, 24)
_NARROW = 1e-20  # what eps should be, where that is possible
_BROAD = 1e-3
_NEGLIGIBLE = 1e-17
_MOST_BLOCKS = 1500  # some 10^300 degrees in low dimensions


class End(NamedTuple):
    """What is known behind a block: the next degree, how many nodes are before, and what is left out."""

    degree: int
    nodes: int
    trace: Any  # a ball that contains the sum of N mu from `degree` on
    largest: Any  # no eigenvalue from there on is larger


class PowerTail:
    """The eigenvalues of one parity whose decay is a power, from `start` on, as nodes with weights.

    Parameters
    ----------
    kernel, d : the kernel and the dimension.
    parity : 0 for the even degrees, 1 for the odd ones.

    Raises UndecidedError where the decay is no power, or no remainder is narrow enough.
    """

    most = _MOST_BLOCKS

    def __init__(self, kernel: Zonal, d: int, parity: int) -> None:
        from ..spectrum.asymptotic import remainder

        law = kernel.decay(d).parities[parity]
        if law.kind != "power":
            raise UndecidedError(f"the {NAMES[parity]} eigenvalues of {kernel!r} do not fall like a power of k")
        self.d, self.parity = d, parity
        self.nu = Fraction(int(law.nu.p), int(law.nu.q))
        if self.nu <= 0:
            raise UndecidedError(f"the trace of {kernel!r} is infinite")
        best = None
        for start in _STARTS:
            for count in _COUNTS:
                found = remainder(kernel, d, count)
                eps = self._read(found, start - (start - parity) % 2)
                if eps is not None and (best is None or eps < best[0]):
                    best = (eps, found, start)
                if best is not None and best[0] < _NARROW:
                    break
            if best is not None and best[0] < _NARROW:
                break
        if best is None or best[0] > _BROAD:
            raise UndecidedError(f"no remainder of the {NAMES[parity]} eigenvalues of {kernel!r} is narrow")
        start = best[2] - (best[2] - parity) % 2
        self.eps = self._read(best[1], start)
        self.start = start
        if not self._falls():
            raise UndecidedError(f"the {NAMES[parity]} eigenvalues of {kernel!r} are not shown to decrease")
        self.nodes: list[tuple[Any, Any]] = []  # eigenvalue and weight
        self.squares: list[Any] = []  # the weight of each node in sums of f^2, a wider ball
        self.ends = [self._end(start)]
        self._traces: dict[int, Any] = {}

    def _read(self, found: Any, start: int) -> Any:
        """Take the terms of a remainder; eps from `start` on, None where the theorem does not give one."""
        sign = 1 if self.parity == 0 else -1
        pi = ball(1).pi()
        if start <= found.order + 1 or start < found.start:
            return None
        terms = [(nu, -(ball(nu) * pi).sin() * (a + sign * b)) for nu, a, b in found.terms if nu >= self.nu]
        if not terms or terms[0][0] != self.nu or not terms[0][1] > 0:
            return None
        # S_k decreases beside E_k(nu) from `start` on, as in `tail`; the rest always does.
        if not (-found.height).exp() * ball(Fraction(start) + self.nu + self.d - 1) / ball(start - self.nu) < 1:
            return None
        self.terms = [(nu, c * self._constant(nu)) for nu, c in terms]
        left = start // 2  # the ellipses of all blocks lie to the right of it
        if left <= terms[-1][0] + 1:
            return None
        self.others = self._others(ball(left))
        eps = found.bound(start) / (self._leading(ball(start)) * (1 - self._others(ball(start))))
        return eps.upper() if eps.is_finite() and self.others < 0.3 else None

    def _falls(self) -> bool:
        """Whether A(k + 2) < A(k) for all k >= start.

        With R_m = |c_m/c_1| E_k(nu_m)/E_k(nu) and delta = nu_m - nu, R_m(k+2)/R_m(k) >= 1 - 4 delta/(k-nu), and
        E_{k+2}/E_k <= 1 - s/(k+nu+d-1), s = 2 nu + d - 1. So it is enough that sum_m 4 delta R_m/(1-h) is below
        s (k-nu)/(k+nu+d-1), of which the left side falls in k and the right side grows.
        """
        k = ball(self.start)
        first, *later = self._ratios(k)
        moved = ball(0)
        for (nu, c), ratio in zip(self.terms[1:], later, strict=True):
            moved += 4 * ball(nu - self.nu) * abs(c / self.terms[0][1]) * ratio / first
        s = ball(2 * self.nu + self.d - 1)
        return bool(moved / (1 - self.others) < s * (k - ball(self.nu)) / (k + ball(self.nu + self.d - 1)))

    def _constant(self, nu: Fraction) -> Any:
        """E_k(nu) without its Gamma functions of k."""
        d, pi = self.d, ball(1).pi()
        gammas = ball(Fraction(d, 2)).gamma() * ball(nu + Fraction(d - 1, 2)).gamma() * ball(1 + nu).gamma()
        return ball(2) ** ball(nu + d - 2) * gammas / pi ** ball(Fraction(3, 2))

    def _leading(self, k: Any) -> Any:
        """c_1 E_k(nu)."""
        return self.terms[0][1] * self._ratio(k, self.nu)

    def _ratio(self, k: Any, nu: Fraction) -> Any:
        return ((k - ball(nu)).lgamma() - (k + ball(nu + self.d - 1)).lgamma()).exp()

    def _ratios(self, k: Any) -> list[Any]:
        """Gamma(k-nu)/Gamma(k+nu+d-1) for the exponents of all terms."""
        known: dict[Fraction, Any] = {}
        for nu, _ in self.terms:
            below = nu - 1
            if below in known:
                known[nu] = known[below] / ((k - ball(nu)) * (k + ball(nu + self.d - 2)))
            else:
                known[nu] = self._ratio(k, nu)
        return [known[nu] for nu, _ in self.terms]

    def _others(self, k: Any) -> Any:
        """An upper bound of what the later terms are of the first, at k and at every larger one."""
        first, *later = self._ratios(k)
        total = sum((abs(c) * r for (_, c), r in zip(self.terms[1:], later, strict=True)), ball(0))
        return (total / (self.terms[0][1] * first)).upper()

    def eigenvalue(self, k: Any) -> Any:
        """A(k)."""
        return sum((c * r for (_, c), r in zip(self.terms, self._ratios(k), strict=True)), ball(0))

    def multiplicity(self, k: Any) -> Any:
        """N(d, k) for a real k > 0."""
        d = self.d
        if d == 2:
            return ball(2)
        gammas = (k + d - 2).lgamma() - (k + 1).lgamma() - ball(d - 1).lgamma()
        return (2 * k + d - 2) * gammas.exp()

    def enclosed(self, k: int) -> Any:
        """mu_k for k >= start."""
        return self.eigenvalue(ball(k)) * self._about(self.eps)

    def _about(self, size: Any) -> Any:
        return 1 + size * _unit()

    def trace_from(self, k: int) -> Any:
        """The sum of N(d,j) mu_j over j = k, k + 2, ...: all of it in numbers > 0, so that nothing cancels."""
        if k not in self._traces:
            other = copy.copy(self)
            other.nodes, other.squares, other.ends = [], [], [self._end(k)]
            total = ball(0)
            while other.ends[-1].trace.rad() > _NEGLIGIBLE * total.abs_lower() and len(other.ends) <= self.most:
                other.extend()
                total = sum((mu * weight for mu, weight in other.nodes), ball(0))
            if len(self._traces) > 1000:
                self._traces.clear()
            self._traces[k] = total + other.ends[-1].trace
        return self._traces[k]

    # -- blocks --------------------------------------------------------------------------------------------------

    def extend(self) -> None:
        """One more block of degrees."""
        a = self.ends[-1].degree
        # lgamma(k) is about k log k, of which a ratio of Gamma functions is the exponential of a small difference.
        with at_least(BITS + a.bit_length() + 16):
            self._extend(a)

    def _extend(self, a: int) -> None:
        s = 2 * self.nu + self.d - 1
        apex = self.nu + Fraction(1, 2)
        theta = min(_ANGLE / s, _WIDEST)
        big, small = float(_RHO + 1 / _RHO) / 2, float(_RHO - 1 / _RHO) / 2
        ratio = 0.999 * math.sin(theta) / math.hypot(big * math.sin(theta), small * math.cos(theta))
        growth = Fraction((1 + ratio) / (1 - ratio)).limit_denominator(10**6)
        count = int((growth - 1) * (a - apex)) // 2 + 1
        if count <= 2 * NODES:
            count = 2 * NODES
            for i in range(count):
                k = ball(a + 2 * i)
                self.nodes.append((self.eigenvalue(k) * self._about(self.eps), self.multiplicity(k)))
                self.squares.append(self.multiplicity(k))
        else:
            self._gauss(a, count, theta, s, apex)
        self.ends.append(self._end(a + 2 * count))

    def _gauss(self, a: int, count: int, theta: Fraction, s: Fraction, apex: Fraction) -> None:
        b = a + 2 * (count - 1)
        middle, half, rho = ball(Fraction(a + b, 2)), ball(b - a) / 2, ball(_RHO)
        wide, high = half * (rho + 1 / rho) / 2, half * (rho - 1 / rho) / 2
        angle = ball(theta)
        inside = (wide * angle.sin()) ** 2 + (high * angle.cos()) ** 2 <= ((middle - ball(apex)) * angle.sin()) ** 2
        left = middle - wide
        others = self.others / angle.cos() ** ball(s)
        if not (inside and left >= self.start // 2 and others < (ball(s) * angle).cos()):
            raise ArithmeticError(f"the ellipse around the degrees {a} to {b} is too wide")
        largest = self._leading(left) * (1 + self.others)
        least = self._leading(ball(b)) * (1 - self.others)
        delta = 4 * ball(2).sqrt() * rho ** (1 - 2 * NODES) / (rho - 1)
        delta *= self.multiplicity(middle + wide) / self.multiplicity(ball(a)) * largest / least
        about = self._about(self.eps + delta.upper() + self.eps * delta.upper())
        square, twice = delta * ball(2).sqrt() * largest / least, self.eps * (2 + self.eps)
        about_square = self._about(square.upper() + twice + square.upper() * twice)
        for y, weight in zip(*gauss_sum(count, NODES), strict=True):
            k = middle + half * y
            self.nodes.append((self.eigenvalue(k), weight * self.multiplicity(k) * about))
            self.squares.append(weight * self.multiplicity(k) * about_square)

    def _end(self, k: int) -> End:
        point, d = ball(k), self.d
        total = ball(0)
        for nu, c in self.terms:
            q = ball(nu)
            gammas = (point + d - 2).lgamma() + (point - q).lgamma() - point.lgamma() - (point + q + d - 2).lgamma()
            every = (gammas - ball(d - 1).lgamma()).exp() / q
            first = self.multiplicity(point) * self._ratio(point, nu)
            total += c * (every / 2).union((every + first) / 2)
        largest = self._leading(point) * (1 + self.others) * (1 + self.eps)
        return End(k, len(self.nodes), total * self._about(self.eps), largest.upper())


def _unit() -> Any:
    """[-1, 1]."""
    import flint

    return flint.arb(0, 1)
