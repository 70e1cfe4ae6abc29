r"""Parts of a network's power series beyond u = 1: where they converge, how they grow there, how steep they are at 1.

A kernel's even and odd part, g_0 and g_1, have Taylor coefficients >= 0 at u = 0. Three readings of them
(`network_readings`), each of what `rkhs.growth` compares:

- `AtRadius`: g_p(r) at a number r > 1, a ball, or infinite where the series diverges.
- `AtInfinity`: for entire kernels (L, n, s): the L-th logarithm of g_p(r) is s r^n (1 + o(1)) as r -> oo. L = 0 is a
  polynomial with the leading term s r^n.
- `AtOne`: the rate A = limsup (g_p^(m)(1) / (m!)^2)^{1/m}; 0 where the part is analytic at u = 1.

*Layers.* psi = sum c_m v^m and h = h_0 + h_1, coefficients >= 0. If h = h_1, the part p of psi(h) is psi_p(h); if h =
h_0, it is psi(h), and 0. If neither is 0, it is sum c_m S_m, S_m = (h^m +- w^m)/2, w = h_0 - h_1, where |w| < h; and for
r >= 1, with D = min(h_0(1), h_1(1)) > 0, as h - |w| >= 2 D,

.. math:: D\, h(r)^{m-1} \le S_m(r) \le h(r)^m \qquad (m \ge 1) :

where some c_m with m >= 2 is positive, both parts are infinite where h or the series of psi at h is; and of an entire
psi that is no polynomial they grow like psi(h), as log(psi(h)/h) does.

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

*Duals* of f(x) = phi(q^{1/2} x): K^(m)(1) = E f^(m)(z)^2, of either part of f. Let w be the distance from the real line
to the nearest singularities of phi: those of `smooth_duals`, in either part that is no polynomial. The rate is q/w^2.
*Proof.* Let s < w q^{-1/2}. |f(x + iy)| <= C (1 + |x|) for |y| <= s (`hermite_balls`), so that |f^(m)(x)| <= C (1 + |x|)
m! s^{-m}: A <= s^{-2}. And if E (f^(m))^2 <= C (m!)^2 s^{-2m} with s > w q^{-1/2}, on any interval |f^(m)| <= C' (m+1)!
s^{-m} (Sobolev's inequality, with m and m + 1): f is analytic at the singularity. QED. psi' has the rates of psi, at
the other parities.

*Radii.* erf: arcsin(beta u), beta = 1 - 1/(1+x), x = 2 b^2 q; GELU: beta with x = q, its even part, whose term (1 -
beta^2 u^2)^{-1/2} has at u = 1/beta the factor 1/q^2 (`scaled_duals`); Gaussians likewise, its even part; `gabor` with x
= 2q, its odd part. Coefficients are >= 0, so that what is singular at u = 1/beta and nowhere nearer has this radius. sin,
cos, exp are entire, of (1, 1, rate).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import flint

from ..numbers.arithmetic import BallArithmetic
from ..numbers.exact_numbers import ball
from . import smooth_duals as smooth
from .activated import mean_square
from .atoms import Monomial
from .expression import add
from .hermite_balls import SMOOTH, as_ball
from .network_readings import Reading, Variance, read
from .points import Point
from .scaled_duals import Phi
from .sums import Sum
from .zonal import Zonal

ZERO, CONSTANT, LINE, CURVED = range(4)  # a part that is 0, a constant, c u, or has a higher power of u


class UnreadError(ValueError):
    """Why a network is not read beyond u = 1."""


class Outer(NamedTuple):
    """What is known of psi, a layer or a kernel: of its even and its odd part."""

    name: str
    kinds: tuple[int, int]
    low: Any = None  # c where a part is a constant c, or c u
    radii: tuple[Any, Any] = (math.inf, math.inf)
    growth: tuple[Any, Any] = (None, None)
    rates: tuple[Any, Any] = (flint.arb(0), flint.arb(0))
    function: Zonal | None = None  # psi itself, below its radius
    slope: Callable[[], Any] | None = None  # psi'(1)

    @property
    def steep(self) -> Outer:
        """The derivative, but for its values."""
        kinds = [kind if kind == CURVED else max(kind - 1, ZERO) for kind in self.kinds]
        low = self.low if LINE in self.kinds else None
        pairs = [(pair[1], pair[0]) for pair in (self.radii, self.growth, self.rates)]
        return Outer(f"the slope of {self.name}", (kinds[1], kinds[0]), low, *pairs)


class Sides(NamedTuple):
    """What a reading knows of the even and the odd part, None for 0; and g(1) and g'(1), None where unknown."""

    reading: AtEdge
    even: Any
    odd: Any
    one: Any = None
    slope: Any = None

    def __mul__(self, other: Any) -> Sides:
        own = self.reading
        if not isinstance(other, Sides):
            one, slope = (_known(lambda x: x * other, x) for x in (self.one, self.slope))
            return Sides(own, own.scaled(self.even, other), own.scaled(self.odd, other), one, slope)
        return Sides(
            own,
            own.sum(own.product(self.even, other.even), own.product(self.odd, other.odd)),
            own.sum(own.product(self.even, other.odd), own.product(self.odd, other.even)),
            _known(lambda a, b: a * b, self.one, other.one),
            _known(lambda a, b, c, e: a * e + b * c, self.one, self.slope, other.one, other.slope),
        )

    def __add__(self, other: Sides) -> Sides:
        own = self.reading
        one, slope = (_known(lambda a, b: a + b, *p) for p in ((self.one, other.one), (self.slope, other.slope)))
        return Sides(own, own.sum(self.even, other.even), own.sum(self.odd, other.odd), one, slope)

    def mixed(self, kept: Any, constant: Any) -> Sides:
        """kept times itself, and a constant; both add up to 1."""
        found = self * kept + self.reading.constant(constant)
        return found._replace(one=flint.arb(1)) if self.one == 1 else found


def _known(combine: Callable[..., Any], *numbers: Any) -> Any:
    return None if any(x is None for x in numbers) else combine(*numbers)


class AtEdge(Reading):
    """What the three readings share: layers by the parts of what is inside."""

    unit: Any  # what is known of u
    sloped = False  # whether slopes at u = 1 are read

    def number(self, c: Any) -> Any:
        """What is known of a constant c > 0."""
        raise NotImplementedError

    def joined(self, a: Any, b: Any) -> Any:
        """What is known of a sum of parts that are not 0."""
        raise NotImplementedError

    def multiplied(self, a: Any, b: Any) -> Any:
        raise NotImplementedError

    def scaled(self, a: Any, c: Any) -> Any:
        """What is known of c > 0 times a part."""
        return a

    def through(self, outer: Outer, parity: int, inner: Any, rho: Sides) -> Any:
        """psi_p(h), psi_p no constant, where h is all even or all odd: `inner`."""
        raise NotImplementedError

    def both(self, outer: Outer, rho: Sides) -> tuple[Any, Any]:
        """The parts of psi(h) where neither part of h is 0; psi has a power above the first."""
        raise NotImplementedError

    def sum(self, a: Any, b: Any) -> Any:
        return b if a is None else a if b is None else self.joined(a, b)

    def product(self, a: Any, b: Any) -> Any:
        return None if a is None or b is None else self.multiplied(a, b)

    def line(self) -> Sides:
        return Sides(self, None, self.unit, flint.arb(1), flint.arb(1))

    def constant(self, c: Any) -> Sides:
        return Sides(self, None if c == 0 else self.number(c), None, c, flint.arb(0))

    def normalised(self, value: Sides, one: Any) -> Sides:
        found = value * (1 / one)
        return found if value.one is None else found._replace(one=flint.arb(1))

    def entered(self, rho: Sides) -> Sides:
        if rho.one != 1:
            raise UnreadError("what a network reads is not shown to be 1 at u = 1")
        return rho

    def dual(self, phi: Phi, q: Variance, rho: Sides, steep: bool) -> tuple[Any, Any, Any]:
        outer, one = _layer(phi, q)
        value = self.composed(outer, rho)
        if rho.one == 1:
            value = value._replace(one=one)
        return value, self.composed(outer.steep, rho) if steep else None, one

    def analytic(self, kernel: Zonal, rho: Sides) -> Sides:
        found = self.composed(outer_of(kernel), rho)
        known = rho.one == 1 and kernel.rational_one is not None
        return found._replace(one=ball(kernel.rational_one)) if known else found

    def difference(self, kernel: Sum, rho: Sides) -> Sides:
        """A sum from which powers of u are taken away."""
        less = [(c, k) for c, k in kernel.terms if c < 0]
        if kernel.series_sign != 1 or rho.even is not None or rho.odd is not self.unit:
            raise UnreadError(f"Taylor coefficients of {kernel!r} may be negative, or it is no innermost layer")
        found = read(add([(c, k) for c, k in kernel.terms if c > 0]), self)
        parts = [found.even, found.odd]
        for c, k in less:
            assert isinstance(k, Monomial)  # the sign of a series is shown of no other difference
            parts[k.degree % 2] = self.lessened(parts[k.degree % 2], k.degree, -ball(c))
        for parity in (0, 1):
            if kernel.polynomial_degree(parity) == -1:
                parts[parity] = None
        return Sides(self, *parts)

    def lessened(self, a: Any, degree: int, c: Any) -> Any:
        """A part from which c u^degree is taken away, of which it has more."""
        return a

    def composed(self, outer: Outer, rho: Sides) -> Sides:
        """psi(h)."""
        slope = None
        if self.sloped and rho.one == 1 and rho.slope is not None and outer.slope is not None:
            slope = outer.slope() * rho.slope
        if rho.even is None or rho.odd is None:
            inner = rho.odd if rho.even is None else rho.even
            parts = [self._part(outer, p, inner, rho) for p in (0, 1)]
            return Sides(self, *(parts if rho.even is None else (self.sum(*parts), None)), None, slope)
        if CURVED in outer.kinds:
            return Sides(self, *self.both(outer, rho), None, slope)
        if outer.kinds == (ZERO, LINE):
            return (rho * outer.low)._replace(one=None)
        if outer.kinds[1] == ZERO:
            return Sides(self, self._part(outer, 0, None, rho), None, None, slope)
        raise UnreadError(f"{outer.name} is not read behind both parts of a layer")

    def _part(self, outer: Outer, parity: int, inner: Any, rho: Sides) -> Any:
        kind = outer.kinds[parity]
        if kind == CONSTANT:
            return self.number(outer.low)
        if kind == LINE:
            return self.scaled(inner, outer.low)
        return None if kind == ZERO else self.through(outer, parity, inner, rho)


# -- where series converge ---------------------------------------------------------------------------------------------

_UNKNOWN = flint.arb("nan")  # a number that is finite


class AtRadius(AtEdge):
    """Values of the parts at r > 1: a ball, `_UNKNOWN` where it is finite, math.inf where the series diverges."""

    def __init__(self, r: Fraction) -> None:
        self.unit = ball(r)

    def number(self, c: Any) -> Any:
        return _UNKNOWN if c is None else c

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
        value, mirrored = (_value(outer, x) for x in (inner, -inner))
        return (value + (-1) ** parity * mirrored) / 2

    def both(self, outer: Outer, rho: Sides) -> tuple[Any, Any]:
        whole = self.joined(rho.even, rho.odd)
        if any([_beyond(outer, whole, radius) for radius in outer.radii]):
            return math.inf, math.inf
        value, other = _value(outer, whole), _value(outer, rho.even - rho.odd)
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


def _value(outer: Outer, v: Any) -> Any:
    if outer.function is None or not v.is_finite():
        return _UNKNOWN
    return Point.from_cosine(BallArithmetic(), v).pair(outer.function).value


# -- how entire kernels grow -------------------------------------------------------------------------------------------


class Growth(NamedTuple):
    """The `level`-th logarithm of g(r) is scale r^power (1 + o(1))."""

    level: int
    power: int
    scale: Any

    def above(self, other: Growth) -> bool | None:
        """Whether it is larger than another one; None where that is not told."""
        if self[:2] != other[:2]:
            return self[:2] > other[:2]
        return True if self.scale > other.scale else False if self.scale < other.scale else None

    def text(self) -> str:
        """The growth as a formula."""
        power = "" if self.power == 1 else f"^{self.power}"
        scale = "" if self.scale == 1 else f"{float(self.scale):.6g} "
        body = f"{scale}r{power}"
        for _ in range(self.level):
            body = f"exp({body})"
        return body

    def inside(self, outer: Growth) -> Growth:
        """That of psi(h), h of this growth."""
        if not self.level:
            return Growth(outer.level, outer.power * self.power, outer.scale * self.scale**outer.power)
        level = outer.level + self.level
        return Growth(level, self.power, self.scale * outer.power if self.level == 1 else self.scale)


class AtInfinity(AtEdge):
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
        largest = None
        for parity in (0, 1):
            if outer.kinds[parity] == CURVED:
                largest = self.sum(largest, self.through(outer, parity, self.joined(rho.even, rho.odd), rho))
        if not largest.level:
            raise UnreadError(f"{outer.name} is a polynomial of both parts of a layer")
        return largest, largest


# -- how steep kernels are at u = 1 ------------------------------------------------------------------------------------


class AtOne(AtEdge):
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
        if None in outer.rates:
            raise UnreadError(f"the derivatives of {outer.name} at u = 1 are not known")
        found = self._larger(outer, outer.rates[0].max(outer.rates[1]), rho.even.max(rho.odd), rho)
        return found, found

    def _larger(self, outer: Outer, rate: Any, inner: Any, rho: Sides) -> Any:
        if rate is None:
            raise UnreadError(f"the derivatives of {outer.name} at u = 1 are not known")
        if rate == 0 or rho.one is not None and rho.one < 1:
            return inner
        if rho.slope is None or rho.one != 1:
            raise UnreadError(f"the value at u = 1 of what {outer.name} reads, or the slope, is not known")
        return inner.max(rate * rho.slope)


# -- what is known of layers and of kernels ----------------------------------------------------------------------------

_SMOOTH_KINDS = {
    "tanh": (ZERO, CURVED),
    "sigmoid": (CONSTANT, CURVED),
    "softplus": (CURVED, LINE),
    "silu": (CURVED, LINE),
    "mish": (CURVED, CURVED),
}


def _layer(phi: Phi, q: Variance) -> tuple[Outer, Any]:
    """The dual of an activation at a variance, and its value at u = 1."""
    x = as_ball(q)
    if phi.family in smooth.NAMES:
        return _smooth(phi.family, q, x)
    if phi == Phi("abrelu", (Fraction(1), Fraction(1))):
        return Outer("linear", (ZERO, LINE), x, slope=lambda: x), x
    if phi.family not in _CLOSED or isinstance(q, flint.arb):
        raise UnreadError(f"{phi.text()} is not read beyond u = 1")
    rate = _CLOSED[phi.family](x, *map(ball, phi.parameters))
    if not rate > 0:
        raise UnreadError(f"{phi.text()} has no part that is shown to be no polynomial")
    kernel = phi.dual(q)
    one = ball(mean_square(phi, q))

    def slope() -> Any:
        return ball(phi.climb(q))

    kinds, low = _closed_kinds(phi, x)
    if phi.family in _ENTIRE:
        return Outer(phi.text(), kinds, low, growth=(Growth(1, 1, rate),) * 2, function=kernel, slope=slope), one
    radius = (1 + rate) / rate
    radii = tuple(radius if kind == CURVED else math.inf for kind in kinds)
    return Outer(phi.text(), kinds, low, (radii[0], radii[1]), function=kernel, slope=slope), one


def _smooth(name: str, q: Variance, x: Any) -> tuple[Outer, Any]:
    kinds = _SMOOTH_KINDS[name]
    curved = [kind == CURVED for kind in kinds]
    rate = x / (ball(Fraction(SMOOTH[name].pole)) * flint.arb.pi()) ** 2
    low = {CONSTANT: flint.arb(1) / 4, LINE: x / 4}.get(min(kinds)) if name != "mish" else None
    radii = [flint.arb(1) if each else math.inf for each in curved]
    rates = [rate if each else flint.arb(0) for each in curved]
    slope, one = functools.partial(smooth.slope_at_one, name, q), smooth.at_precision(name, q, 0)[1]
    return Outer(name, kinds, low, (radii[0], radii[1]), rates=(rates[0], rates[1]), slope=slope), one


_ENTIRE = ("sin", "cos", "rbf", "exp", "exp_normalized")
# x, or the rate, of a family; 1/beta = (1 + x)/x.
_CLOSED: dict[str, Callable[..., Any]] = {
    "sin": lambda q, a, b, c: b * b * q,
    "cos": lambda q, a, b, c: b * b * q,
    "exp": lambda q, a, b: b * b * q,
    "rbf": lambda q, gamma: 2 * gamma * q,
    "exp_normalized": lambda q, gamma, shift: gamma,
    "erf": lambda q, a, b, c: 2 * b * b * q,
    "gelu": lambda q: q,
    "gaussian": lambda q, a, b: -2 * b * q,
    "gabor": lambda q: 2 * q,
}


def _closed_kinds(phi: Phi, q: Any) -> tuple[tuple[int, int], Any]:
    """The kinds of the parts of a closed dual, and the number in one that is a constant or a line."""
    if phi.family == "gelu":
        return (CURVED, LINE), q / 4
    if phi.family == "gaussian":
        return (CURVED, ZERO), None
    if phi.parity is not None:
        return ((CURVED, ZERO), (ZERO, CURVED))[phi.parity], None
    if phi.family == "erf":
        return (CONSTANT, CURVED), ball(phi.parameters[2]) ** 2
    return (CURVED, CURVED), None


def outer_of(kernel: Zonal) -> Outer:
    """A kernel that is no network as a function of what it reads."""
    if kernel.series_sign != 1:
        raise UnreadError(f"Taylor coefficients of {kernel!r} at u = 0 may be negative")
    facts = [_facts(kernel, p) for p in (0, 1)]
    kinds, low, radii, growth, rates = zip(*facts, strict=True)
    number = low[1] if kinds[1] == LINE else low[0]
    return Outer(repr(kernel), kinds, number, radii, growth, rates, kernel)


def _facts(kernel: Zonal, parity: int) -> tuple[int, Any, Any, Growth | None, Any]:
    """The kind of a part, its number, the radius of its series, its growth and its rate."""
    flat = flint.arb(0)
    terms = kernel.polynomial_part(parity)
    if terms is None:
        radius = kernel.taylor_radii[parity]
        if math.isinf(kernel.radius):
            rate = kernel.exponential_type
            return CURVED, None, math.inf, None if rate is None else Growth(1, 1, ball(rate)), flat
        return CURVED, None, None if radius is None else ball(radius), None, flat if kernel.radius > 1 else None
    degree = max((m for m, c in terms.items() if c), default=-1)
    if degree < 0:
        return ZERO, None, math.inf, None, flat
    c = ball(terms[degree])
    single = degree < 2 and len(terms) == 1
    return (degree + 1 if single else CURVED), c, math.inf, Growth(0, degree, c), flat


def growth_of(kernel: Zonal, reading: AtEdge) -> Sides:
    """The kernel read; UnreadError where that is not known."""
    found = read(kernel, reading)
    if not isinstance(found, Sides):
        raise UnreadError(f"{kernel!r} is not read beyond u = 1")
    return found
