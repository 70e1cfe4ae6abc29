r"""What is known of kernels at their ends where no remainder is bounded: smooth in the angle, or singular at u = 1.

*Smooth in the angle.* kappa(cos theta) is C^oo for 0 < theta < pi, and near either end C^oo in s up to s = 0, the
distance in the angle being s^m, for some integer m >= 1. Then kappa has full expansions in powers of t^{1/(2m)}, t =
1 - u and 1 + u, that may be differentiated, and they decide how its eigenvalues decay (`rkhs.laws`).

- It holds of sums and products, and of all kernels that are C^oo on [-1, 1].
- *Duals of piecewise smooth activations* (m = 1). In `expansions.kinks` A_n(u) = E[f_n(a) g_n(b)] is continuous on
  [-1, 1] (its Hermite series converges absolutely) and d/dtheta A_n = -sin(theta) (A_{n+1} + D_n). Each sin(theta) D_n
  is C^oo on [0, pi]: by u = cos theta

  .. math:: \sin\theta\,\varphi_2(x, y; u) = \frac1{2\pi} \exp\Big(-\frac{(x-y)^2}{8 \sin^2(\theta/2)}
     - \frac{(x+y)^2}{8 \cos^2(\theta/2)}\Big),

  whose exponents are 0 or make it flat at an end; and in E[g(x cos theta + z sin theta)] the pieces end at z = (y - x
  cos theta)/sin theta, which is x tan(theta/2) for y = x, -x cot(theta/2) for y = -x, and at every other end infinite,
  where the normal density is flat. So A_n is C^1 as A_{n+1} is continuous, C^2 as A_{n+1} is C^1, and so on.
- *Compositions* outer(inner) with all Taylor coefficients of the inner one >= 0. In (0, pi) |inner| < 1, or it is
  constant, as |inner(u)| <= sum b_i |u|^i < inner(1) <= 1. At u = 1 the inner one starts inside (-1, 1), where the
  outer one is smooth, or from 1. There 1 - inner >= (1 - u) sum_{i>0} b_i, so that 1 - inner = s^e times a positive
  C^oo function of s, e <= 2m; and as arccos(1-x)/sqrt(2x) is analytic at 0 and positive, the angle that the outer one
  reads is s^{e/2} times such a function. It is smooth in a root of that angle, and so in a root of theta. At u = -1 the
  inner one is -1 or 1 only if it is odd or even: there it is what it is at u = 1.

*Radius one.* A part (even or odd) with coefficients b_n >= 0 whose power series has the radius of convergence 1 is
singular at u = 1 (Pringsheim).

- *Duals* of f, b_n = a_n^2, a_n = E[f h_n]: were a_n^2 <= C r^{-n} over a parity, r > 1, that part of f would be an
  entire function, as sum |a_n h_n(z)| <= (sum a_n^2 q^{-n} sum |h_n(z)|^2 q^n)^{1/2}, 1/r < q < 1, is finite locally
  uniformly by Mehler's formula. A part with a kink, or a pole or a branch point in the complex plane, is none.
- *Sums* with weights > 0: coefficients add up. A polynomial may be subtracted.
- *Products*: with f(r) g(r) <= sum b_n r^n a factor converges at r > 1 where the other is not 0.
- *Compositions* psi(h) of psi = sum c_m v^m and h = h_e + h_o, its even and its odd part, coefficients >= 0 and h(1) <=
  1. The part of parity p is sum_m c_m S_m, S_m the terms binom(m, j) h_e^{m-j} h_o^j of h^m with j = p mod 2. Let it
  converge at r > 1. (1) Only h_o is not 0: it is psi_p(h), so that h(r) is finite if psi_p is not constant, and psi_p
  converges at h(r), which is > 1 if h(1) = 1. (2) Only h_e is not 0: h(r) is finite if psi is not constant. (3) Neither
  is 0: S_m holds h_p (m >= 1) and the other part (m >= 2) times what is not 0, so that these are finite where such a
  c_m is not 0; and if psi has infinitely many terms, S_m >= c h(r)^m with c > 0 for m >= 1, as |h_e - h_o| < h_e + h_o:
  psi converges at h(r), which is > 1 if h(1) = 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, cast

if TYPE_CHECKING:
    from ..numbers.exact_numbers import Scalar
    from .zonal import Zonal


class Part(NamedTuple):
    """What is shown of the even or the odd part of a kernel whose Taylor coefficients are >= 0."""

    zero: bool = False
    positive: bool = False  # it is not 0
    singular: bool = False  # its series has the radius 1: it is singular at u = 1, and not 0


Parts: TypeAlias = tuple[Part, Part]
UNKNOWN: Parts = Part(), Part()


class EndFacts:
    """What `Zonal` and its subclasses state of their ends; nodes combine it."""

    __slots__ = ()

    @property
    def smooth_in_angle(self) -> bool:
        """Whether kappa(cos theta) is shown to be C^oo in (0, pi), and in a root of the angle up to both ends."""
        kernel = cast("Zonal", self)
        return not kernel.singular or kernel.infinitely_smooth

    @property
    def singular_parts(self) -> tuple[bool, bool]:
        """Whether the even and the odd part are shown to be singular at u = 1, no Taylor coefficient being negative."""
        return False, False

    @property
    def taylor_parts(self) -> Parts:
        """What is shown of the even and the odd part, where no Taylor coefficient is negative."""
        kernel = cast("Zonal", self)
        return plain(kernel, self.singular_parts) if kernel.series_sign == 1 else UNKNOWN

    @property
    def taylor_radii(self) -> tuple[Scalar | float | None, Scalar | float | None]:
        """The radii of convergence of the even and of the odd part at u = 0; None where one is not known exactly."""
        kernel = cast("Zonal", self)
        even, odd = (_radius(kernel, p) for p in (0, 1))
        return even, odd

    @property
    def exponential_type(self) -> Scalar | None:
        """s where kappa is entire and the log of each part that is not 0 is s r (1 + o(1)) as u = r -> oo."""
        return cast("Zonal", self).exponential_rate

    @property
    def outgrows(self) -> Zonal | None:
        """K with Taylor coefficients b_n >= 0 at u = 0 where those of kappa are >= c n b_n, c > 0; None if unknown.

        The tangent kernel of a network outgrows that of its values, K: what the weights of the first layer give is c u
        K'(u) by the chain rule, and no coefficient of what the others give is negative.
        """
        return None


def _radius(kernel: Zonal, parity: int) -> Scalar | float | None:
    if math.isinf(kernel.radius) or kernel.polynomial_part(parity) is not None:
        return math.inf
    return Fraction(1) if kernel.singular_parts[parity] else None


def plain(kernel: Zonal, singular: tuple[bool, bool]) -> Parts:
    """The parts by what is singular, by polynomials and by values."""
    even, odd = (
        Part(zero, singular[p] or not zero and _positive(kernel, p), singular[p])
        for p, zero in enumerate(kernel.polynomial_degree(p) == -1 for p in (0, 1))
    )
    return even, odd


def _positive(kernel: Zonal, parity: int) -> bool:
    """Whether a part with coefficients >= 0 is not 0, which its value at u = 1 decides."""
    from .ball_values import value_at

    part = kernel.polynomial_part(parity)
    if part is not None:
        return any(part.values())
    try:
        right, left = (value_at(kernel, Fraction(at)) for at in (1, -1))
    except (ValueError, ArithmeticError, NotImplementedError, TypeError):
        return False
    return bool(right + (-1) ** parity * left > 0)


def of_sum(terms: Iterable[Parts]) -> Parts:
    """The parts of a sum of kernels with weights > 0."""
    found = list(terms)
    even, odd = (
        Part(all(t[p].zero for t in found), any(t[p].positive for t in found), any(t[p].singular for t in found))
        for p in (0, 1)
    )
    return even, odd


def of_product(factors: Iterable[Parts]) -> Parts:
    """The parts of a product."""
    total: Parts = Part(positive=True), Part(zero=True)
    for factor in factors:
        even, odd = (_pairs([(total[q], factor[p ^ q]) for q in (0, 1)]) for p in (0, 1))
        total = even, odd
    return total


def _pairs(pairs: list[tuple[Part, Part]]) -> Part:
    """A sum of products of two parts."""
    return Part(
        all(a.zero or b.zero for a, b in pairs),
        any(a.positive and b.positive for a, b in pairs),
        any(a.singular and b.positive or a.positive and b.singular for a, b in pairs),
    )


def of_composition(outer: Parts, inner: Parts, normalised: bool) -> Parts:
    """The parts of outer(inner); `normalised`: inner(1) = 1."""
    even, odd = inner
    bends = outer[0].singular or outer[1].singular  # it has infinitely many terms
    moves = bends or outer[1].positive  # it is not constant
    if even.zero:
        own, other = outer
        return (
            Part(own.zero, own.positive and odd.positive, own.singular and (normalised or odd.singular)),
            Part(
                other.zero,
                other.positive and odd.positive,
                other.singular and normalised or other.positive and odd.singular,
            ),
        )
    if odd.zero:
        known = outer[0].positive or outer[1].positive
        return Part(False, known and even.positive, moves and even.singular), Part(zero=True)
    if not (even.positive and odd.positive):
        return UNKNOWN
    reaches = normalised and bends
    return (
        Part(
            False, outer[0].positive or outer[1].positive, reaches or moves and even.singular or bends and odd.singular
        ),
        Part(False, moves, reaches or moves and odd.singular or bends and even.singular),
    )


def composed_root(layers: Sequence[Sequence[Zonal]], at: int) -> int:
    """`angle_root` of layers, the outermost first, in each what is read at one angle; its first part is composed.

    Behind a layer of infinite slope at 1 the angle is a root of the one before: 1 - kappa begins with an odd power.
    """
    found = math.prod(math.lcm(*(part.angle_root(at) for part in parts)) for parts in layers)
    for parts in layers[1:]:
        comes_to_end = at == 1 or {} in (parts[0].polynomial_part(0), parts[0].polynomial_part(1))
        if comes_to_end and math.isinf(end_slope(parts[0])):
            found *= 2
    return found


def end_slope(kernel: Zonal) -> float:
    """kappa'(1); infinite where it is, and where it is not known."""
    from .facts import derivative_of

    try:
        return derivative_of(kernel).at_one
    except (NotImplementedError, ValueError):
        return math.inf
