r"""Deep ReLU networks as iterates at a parabolic fixed point

What the checks on depth share: exact series, proved bounds of what they leave out, in Arb balls.

A layer takes the defect :math:`\delta = 1-\kappa = 2\sigma^2`, :math:`\sigma = \sin(\theta/2)`, to
:math:`\delta(1-g)`. With :math:`\sigma = x\sqrt\tau`, :math:`\tau = 9\pi^2/4`, everything is a power
series in x whose coefficients are polynomials in tau with rational coefficients (claim 13):

.. math:: g = \sum_j \frac{3c_j}{j+3/2}\tau^jx^{2j+1} = 2x+\ldots,\qquad
   \kappa_0 = 1-3\sum_j c_j\tau^jx^{2j+1},\qquad c_j = \frac{((1/2)_j)^2}{(3/2)_j\,j!},

and :math:`G(x) = x\sqrt{1-g} = x-x^2-\ldots` is one layer. All coefficients of g are positive, so
Z = 1/x grows by at least 1 a layer. The *Abel function*

.. math:: A(x) = \frac1x+\frac32\log x+\sum_{m\ge1}a_mx^m,\qquad A(G(x)) = A(x)+1,

counts layers. The sum does not converge; cut after M terms it leaves
:math:`E = A_M(G)-A_M-1 = O(x^{M+2})`, analytic for :math:`|\sigma| < 1` where g < 1, and by the maximum
principle :math:`|E(x)| \le \max_{|x|=r}|E|\,(|x|/r)^{M+2}` (Milnor, Dynamics in One Complex Variable,
Section 10, has the geometry).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from oracle import deep as oracle

if TYPE_CHECKING:
    import flint


Ball: TypeAlias = oracle.Ball
Polynomial: TypeAlias = Any  # of flint, over Q; flint's type hints do not know that it may equal a number
Series: TypeAlias = list[Polynomial]  # coefficients in Q[tau] of powers of x

_RADIUS = 0.95  # of the circle in sigma on which series are bounded; g = 0.45 there


# ---------------------------------------------------------------------------- exact series in Q[tau]


def _polynomial(entries: Sequence[int | flint.fmpq]) -> Polynomial:
    from flint import fmpq_poly

    return fmpq_poly(list(entries))


def product(a: Series, b: Series) -> Series:
    """The product of two series, cut to the shorter one's length."""
    length = min(len(a), len(b))
    out = [_polynomial([0]) for _ in range(length)]
    for i in range(length):
        for j in range(length - i):
            out[i + j] += a[i] * b[j]
    return out


def odd_series(length: int, integrated: bool) -> Series:
    """3 sum c_j tau^j x^{2j+1}, each term divided by j + 3/2 for g."""
    from flint import fmpq

    out, c = [_polynomial([0]) for _ in range(length)], fmpq(1)
    for j in range(length // 2):
        out[2 * j + 1] = _polynomial([0] * j + [3 * c / (fmpq(2 * j + 3, 2) if integrated else 1)])
        c = c * fmpq(2 * j + 1, 2) ** 2 / (fmpq(2 * j + 3, 2) * (j + 1))
    return out


def survival(length: int, exponent: int | flint.fmpq) -> Series:
    """(1-g)^exponent for a rational exponent: k p_k = sum_j (k - j - exponent j) g_j p_{k-j}."""
    g, out = odd_series(length, integrated=True), [_polynomial([1])]
    for k in range(1, length):
        terms = (g[j] * out[k - j] * (k - j - exponent * j) for j in range(1, k + 1))
        out.append(sum(terms, _polynomial([0])) / k)
    return out


def log_survival(length: int) -> Series:
    """log(1-g), from its derivative."""
    g = odd_series(length, integrated=True)
    slope = product([g[k] * k for k in range(1, length)], survival(length - 1, -1))
    return [_polynomial([0]), *(-c / (k + 1) for k, c in enumerate(slope))]


@dataclass(frozen=True)
class Abel:
    """A_M: its coefficients a_1, ..., a_M in Q[tau], and E up to x^{M+1}, which must be 0."""

    coefficients: tuple[Polynomial, ...]
    residual: tuple[Polynomial, ...]

    @property
    def order(self) -> int:
        """M + 2: the residual is O(x^order)."""
        return len(self.coefficients) + 2

    @property
    def is_zero(self) -> bool:
        """Whether the residual vanishes below x^order, identically in tau."""
        return len(self.residual) == self.order and all(e == 0 for e in self.residual)


@lru_cache(maxsize=4)
def abel(terms: int = 24) -> Abel:
    """A_M with M = terms: a_m removes the coefficient of x^{m+1} from the residual."""
    from flint import fmpq

    length = terms + 2
    residual = survival(length + 1, fmpq(-1, 2))[1:]  # 1/G - 1/x
    residual[0] -= 1
    residual = [r + c * fmpq(3, 2) / 2 for r, c in zip(residual, log_survival(length), strict=True)]
    found = []
    for m in range(1, terms + 1):
        a = residual[m + 1] / m  # (1-g)^{m/2} - 1 = -m x + ...
        found.append(a)
        change = survival(length - m, fmpq(m, 2))
        for j in range(1, length - m):
            residual[m + j] += a * change[j]
    return Abel(tuple(found), tuple(residual))


# ---------------------------------------------------------------------------------------- in balls


def tau() -> Ball:
    """9 pi^2/4."""
    from flint import arb

    return 9 * arb.pi() ** 2 / 4


def at_tau(polynomial: Polynomial) -> Ball:
    """An element of Q[tau] as a ball."""
    from flint import arb_poly

    return arb_poly(polynomial)(tau())


def lost(sigma: Ball) -> Ball:
    """g: the part of the defect that a layer removes, (sin theta - theta cos theta)/(pi delta)."""
    from flint import arb

    theta, delta = 2 * sigma.asin(), 2 * sigma * sigma
    return (theta.sin() - theta * theta.cos()) / (arb.pi() * delta)


def slope(sigma: Ball) -> Ball:
    """kappa_0 = kappa_1' at the cosine 1 - 2 sigma^2."""
    from flint import arb

    return 1 - 2 * sigma.asin() / arb.pi()


def layer(sigma: Ball) -> Ball:
    """sigma after one more layer.

    Taken at the midpoint of delta, whose error the map does not enlarge: its slope is in (0, 1).
    """
    from flint import arb

    delta = 2 * sigma * sigma
    centre, spread = arb(delta.mid()), arb(0, delta.rad())
    return ((centre * (1 - lost((centre / 2).sqrt())) + spread) / 2).sqrt()


def iterate(sigma: Ball, layers: int) -> tuple[Ball, Ball]:
    """sigma after so many more layers, and the product of the slopes on the way."""
    gone = sigma * 0 + 1
    for _ in range(layers):
        gone = gone * slope(sigma)
        sigma = layer(sigma)
    return sigma, gone


def start() -> Ball:
    """sigma of b_2 = 0: the angle pi/2."""
    from flint import arb

    return 1 / arb(2).sqrt()


def growth_bound() -> Ball:
    """c with 1 <= Z_{L+1} - Z_L <= 1 + c/Z_L for every x in (0, x_2].

    Z_{L+1} - Z_L = ((1-g)^{-1/2} - 1)/x is a series with positive coefficients that starts with 1, so
    its excess over 1, divided by x, is largest at x_2.
    """
    x = start() / tau().sqrt()
    return (1 / (1 - lost(start())).sqrt() - 1 - x) / (x * x)


@dataclass(frozen=True)
class Limits:
    """C = lim Z_L - (3/2) log Z_L - L and K = lim Pi_L L^3, proved enclosures."""

    shift: Ball
    product: Ball


def circle(radius: float = _RADIUS) -> tuple[Ball, Ball]:
    """|x| on the circle |sigma| = radius, where series are bounded, and 1-g there."""
    from flint import arb

    sigma = arb(radius)
    rest = 1 - lost(sigma)
    if not rest > 0:
        raise ArithmeticError("g must stay below 1 on the circle")
    return sigma / tau().sqrt(), rest


def majorant(function: Abel, radius: float = _RADIUS) -> Ball:
    """A bound of |E| on the circle |sigma| = radius.

    Coefficient by coefficient |(1-g)^q - 1| <= (1-g)^{-|q|} - 1 and |log(1-g)| <= -log(1-g).
    """
    from flint import arb

    r, rest = circle(radius)
    total = (1 / rest.sqrt() - 1) / r - 3 * rest.log() / 4 + 1
    for m, a in enumerate(function.coefficients, 1):
        total += abs(at_tau(a)) * r**m * (rest ** (-arb(m) / 2) - 1)
    return total


def tails(function: Abel, x: Ball) -> tuple[Ball, Ball]:
    r"""Bounds of :math:`\sum|E(x_n)|` and of :math:`\sum|E'(x_n)|x/x_n` over x_n = x, G(x), ...

    Z_n >= Z + n makes both sums integrals; |E'(y)| <= max|E| q^p (p/(1-q) + q/(1-q)^2)/y, q = y/r, from
    Cauchy's bounds of the coefficients. The first bound over x, and the second, grow with x.
    """
    if not function.is_zero:
        raise ArithmeticError("the residual of the Abel function does not vanish")
    (r, _), maximum, p = circle(), majorant(function), function.order
    q, z = x / r, 1 / x
    values = maximum / r**p * (z**-p + z ** (1 - p) / (p - 1))
    factor = maximum / r**p * (p / (1 - q) + q / (1 - q) ** 2)
    return values, factor * x * (z ** (2 - p) + z ** (3 - p) / (p - 3))


def limits(sigma: Ball, layers: int = 1000, terms: int = 24, first: int = 2) -> Limits:
    """C and K of a network whose layer `first` has this sigma <= 1/sqrt 2, in balls.

    K = -A'(x_N) Pi_N/x_N at any N: A'(x_n) Pi_n/x_n is the same for every n.
    """
    from flint import arb

    function = abel(terms)
    far, gone = iterate(sigma, layers)
    x = far / tau().sqrt()
    z = 1 / x
    value, derivative = z + 3 * x.log() / 2, -z * z + 3 * z / 2
    for m, a in enumerate(function.coefficients, 1):
        value += at_tau(a) * x**m
        derivative += m * at_tau(a) * x ** (m - 1)
    left, left_slope = tails(function, x)
    value += arb(0, left.abs_upper())
    derivative += arb(0, left_slope.abs_upper())
    return Limits(value - (first + layers), -derivative * gone / x)


def uniform_bounds(terms: int = 24) -> tuple[Ball, Ball]:
    """c and c' with, for all x in (0, x_2], A true and A' its derivative,

    |A(x) - 1/x - (3/2) log x| <= c x and |A'(x) + 1/x^2 - 3/(2x)| <= c'.
    """
    from flint import arb

    function, x = abel(terms), start() / tau().sqrt()
    left, left_slope = tails(function, x)
    c, slope_bound = left / x, left_slope
    for m, a in enumerate(function.coefficients, 1):
        c += abs(at_tau(a)) * x ** (m - 1)
        slope_bound += m * abs(at_tau(a)) * x ** (m - 1)
    return arb(c.abs_upper()), arb(slope_bound.abs_upper())


def shared_limits() -> Limits:
    """C and K of the networks at u = -1, where b_2 = 0."""
    with oracle.precision(400):
        return limits(start())
