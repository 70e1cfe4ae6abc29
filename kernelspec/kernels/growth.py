r"""Parts of a network's power series beyond u = 1: where they converge, how they grow there, how steep they are at 1.

A kernel's even and odd part, g_0 and g_1, have Taylor coefficients >= 0 at u = 0. Three readings of them
(`network_readings`), each of what `rkhs.growth` compares, by what is known of layers (`growth_facts`):

- `AtRadius`: g_p(r) at a number r > 1, a ball, or infinite where the series diverges.
- `AtInfinity`: for entire kernels (L, n, s): the L-th logarithm of g_p(r) is s r^n (1 + o(1)) as r -> oo. L = 0 is a
  polynomial with the leading term s r^n.
- `AtOne`: the rate A = limsup (g_p^(m)(1) / (m!)^2)^{1/m}; 0 where the part is analytic at u = 1.

*Layers.* psi = sum c_m v^m and h = h_0 + h_1, coefficients >= 0. If h = h_1, the part p of psi(h) is psi_p(h); if h =
h_0, it is psi(h), and 0. If neither is 0, it is sum c_m S_m, S_m = (h^m +- w^m)/2, w = h_0 - h_1, where |w| < h; and
for r >= 1, with D = min(h_0(1), h_1(1)) > 0, as h - |w| >= 2 D where h is finite,

.. math:: D\, h(r)^{m-1} \le S_m(r) \le h(r)^m \qquad (m \ge 1) :

where some c_m with m >= 2 is positive, both parts are infinite where h is, as S_m holds h_0 and h_1 times what is not
0, and where the series of psi is at h(r); and of an entire psi that is no polynomial they grow like psi(h), as
log(psi(h)/h) does.

*Growth.* log of an L-th logarithm is the next. With psi of (L, n, s) and h of (M, m, t): psi(h) has (L, n m, s t^n) for
M = 0; for M > 0, as log(s h^n) = n log h + log s, (L + M, m, n t) if M = 1 and (L + M, m, t) else. Of sums the larger
one counts; of products the larger one, but that those of one (1, n) add up their s, and polynomials multiply.

*Rates.* With G_m = g^(m)(1)/m!, A = limsup (G_m/m!)^{1/m}. Sums and products have the larger rate of their parts that
are not 0, as sum_i i! (m-i)! <= 3 m! and no term is negative. psi(h), h(1) = 1, has the larger one of A(h) and A(psi)
h'(1). *Proof.* With H(z) = h(1+z) - 1 = sum_{i>0} H_i z^i and Psi_j = psi^(j)(1)/j!, its coefficients are sum_j Psi_j
[z^m] H^j, all terms >= 0: that for j = 1, Psi_1 H_m, and that for j = m, Psi_m H_1^m, are below. Let A be above both
rates: H_i <= C i! A^i, and Psi_j <= C j! B^j with B H_1 <= A. Write H = H_1 z + rest. As the sum of i_1! ... i_l! over
all i_s >= 2 that add up to n is <= c^{l-1} (n-2l+2)!,

.. math:: [z^m] H^j \le \sum_l \binom jl H_1^{j-l} C^l c^l A^{m-j+l} (m-j-l+2)!, \qquad l \le \min(j, m-j),

so that Psi_j [z^m] H^j <= C A^m sum_l (C c A/H_1)^l binom(j, l) j! (m-j-l+2)!. Here j! (m-j-l+2)! <= (m-l+2)!, binom(j,
l) <= m^l/l! and, l being <= m/2, (m-l+2)! m^l <= (m+2)^2 2^l m!: all sums over l and j are <= C' (m+2)^3 m! A^m. QED.
Where h(1) < 1 psi is analytic at h(1), and the rate is that of h. If neither part of h is 0, the derivatives of
psi(h(-u)) at u = 1 have at most the rate of h, as |h(-1)| < 1: where A(psi) h'(1) > A(h), both parts have that rate,
and else that of h, as S_m, m >= 2, holds h_0 and h_1 times what is not 0.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import flint

from ..numbers.exact_numbers import ball
from .growth_facts import CURVED, UNKNOWN, Growth, Outer, UnreadError, value_of
from .parity_readings import ByParity, Sides

# -- where series converge ---------------------------------------------------------------------------------------------


class AtRadius(ByParity):
    """Values of the parts at r > 1: a ball, `UNKNOWN` where it is finite, math.inf where the series diverges."""

    def __init__(self, r: Fraction) -> None:
        self.unit = ball(r)

    def number(self, c: Any) -> Any:
        return UNKNOWN if c is None else c

    def joined(self, a: Any, b: Any) -> Any:
        return math.inf if infinite(a) or infinite(b) else a + b

    def multiplied(self, a: Any, b: Any) -> Any:
        return math.inf if infinite(a) or infinite(b) else a * b

    def scaled(self, a: Any, c: Any) -> Any:
        return a if a is None or infinite(a) else a * c

    def lessened(self, a: Any, degree: int, c: Any) -> Any:
        return a if infinite(a) else a - c * self.unit**degree

    def through(self, outer: Outer, parity: int, inner: Any, rho: Sides) -> Any:
        if _beyond(outer, inner, outer.radii[parity]):
            return math.inf
        value, mirrored = (value_of(outer, x) for x in (inner, -inner))
        return (value + (-1) ** parity * mirrored) / 2

    def both(self, outer: Outer, rho: Sides) -> tuple[Any, Any]:
        whole = self.joined(rho.even, rho.odd)
        if any([_beyond(outer, whole, radius) for radius in outer.radii]):
            return math.inf, math.inf
        value, other = value_of(outer, whole), value_of(outer, rho.even - rho.odd)
        return (value + other) / 2, (value - other) / 2


def infinite(a: Any) -> bool:
    """Whether a series diverges."""
    return isinstance(a, float)


def _beyond(outer: Outer, v: Any, radius: Any) -> bool:
    """Whether a series of this radius diverges at v; UnreadError where it is not told."""
    if infinite(v):
        return True
    if radius is None:
        raise UnreadError(f"the radius of convergence of {outer.name} is not known")
    if isinstance(radius, float) or v < radius:
        return False
    if v > radius:
        return True
    raise UnreadError(f"what {outer.name} reads is not told from the radius of its series")


# -- how entire kernels grow -------------------------------------------------------------------------------------------


class AtInfinity(ByParity):
    """How the parts of entire kernels grow."""

    unit = Growth(0, 1, flint.arb(1))

    def number(self, c: Any) -> Growth:
        if c is None:
            raise UnreadError("a constant is not known")
        return Growth(0, 0, c)

    def joined(self, a: Growth, b: Growth) -> Growth:
        if a[:2] != b[:2]:
            return max(a, b, key=lambda growth: growth[:2])
        return a._replace(scale=a.scale.max(b.scale) if a.level else a.scale + b.scale)

    def multiplied(self, a: Growth, b: Growth) -> Growth:
        if not a.level and not b.level:
            return Growth(0, a.power + b.power, a.scale * b.scale)
        if a[:2] == b[:2] and a.level == 1:
            return a._replace(scale=a.scale + b.scale)
        return self.joined(a, b)

    def lessened(self, a: Growth, degree: int, c: Any) -> Growth:
        if not a.level:
            raise UnreadError("the leading power of a difference is not read")
        return a

    def scaled(self, a: Growth | None, c: Any) -> Growth | None:
        return a if a is None or a.level else a._replace(scale=a.scale * c)

    def through(self, outer: Outer, parity: int, inner: Growth, rho: Sides) -> Growth:
        found = outer.growth[parity]
        if found is None:
            raise UnreadError(f"the growth of {outer.name} is not known")
        if not inner.power:
            raise UnreadError(f"{outer.name} reads a constant")
        return inner.inside(found)

    def both(self, outer: Outer, rho: Sides) -> tuple[Growth, Growth]:
        whole = self.joined(rho.even, rho.odd)
        parts = [self.through(outer, p, whole, rho) if outer.kinds[p] == CURVED else None for p in (0, 1)]
        largest: Growth = self.sum(*parts)
        if not any(outer.growth[p].level for p in (0, 1) if outer.kinds[p] == CURVED):  # S_m may be as h^{m-1}
            raise UnreadError(f"{outer.name} is a polynomial of both parts of a layer")
        return largest, largest


# -- how steep kernels are at u = 1 ------------------------------------------------------------------------------------


class AtOne(ByParity):
    """The rates of the parts."""

    unit = flint.arb(0)
    sloped = True

    def number(self, c: Any) -> Any:
        return flint.arb(0)

    def joined(self, a: Any, b: Any) -> Any:
        return a.max(b)

    def multiplied(self, a: Any, b: Any) -> Any:
        return a.max(b)

    def through(self, outer: Outer, parity: int, inner: Any, rho: Sides) -> Any:
        return self._larger(outer, outer.rates[parity], inner, rho)

    def both(self, outer: Outer, rho: Sides) -> tuple[Any, Any]:
        inner = rho.even.max(rho.odd)
        found = self._larger(outer, outer.rates[0], inner, rho).max(self._larger(outer, outer.rates[1], inner, rho))
        return found, found

    def _larger(self, outer: Outer, rate: Any, inner: Any, rho: Sides) -> Any:
        if rho.one is not None and rho.one < 1 or rate is not None and rate == 0:
            return inner
        if rate is None or rho.slope is None or not rho.one == 1:  # a ball around 1 may be that of a number below it
            raise UnreadError(f"the derivatives of {outer.name} at u = 1, or of what it reads, are not known")
        return inner.max(rate * rho.slope)
