r"""What of a kernel's end point expansions decides how its eigenvalues decay: the leading power of each parity.

Over the even k the eigenvalues feel the sum of the two expansions, over the odd k their difference, and of both the
non-integer powers only (claims 14, 18). A parity has one of four fates, here found once for all dimensions.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from .constants import ZERO, Number
from .expansions import at_end
from .expression import Compose, Product, Sum
from .families import ArcCosine
from .rational import Polynomial
from .series import ExactRing, Series
from .zonal import Zonal

_REACH = 16  # powers of t, beyond the degrees of arc-cosine kernels, among which a non-integer one is looked for


@dataclass(frozen=True)
class Leading:
    """The fate of one parity: `kind` as in `decay.Parity`; (nu, coefficient) of t^nu, or the degree of a polynomial."""

    kind: str
    nu: Fraction | None = None
    coefficient: Number = ZERO
    degree: int | None = None


@dataclass(frozen=True)
class LeadingPowers:
    """Both parities; the least non-integer power nu of all (None: there is none), and its coefficient at each end."""

    even: Leading
    odd: Leading
    nu: Fraction | None
    c_plus: Number
    c_minus: Number


@functools.lru_cache(maxsize=512)
def leading_powers(kernel: Zonal) -> LeadingPowers:
    """The leading non-integer powers of a kernel."""
    found: list[Leading | None] = [_smooth_fate(kernel, parity) for parity in (0, 1)]
    length, longest = 1, 8
    plus: dict[Fraction, Number] = {}
    minus: dict[Fraction, Number] = {}
    while None in found:
        ring = ExactRing(longest)
        ends = [at_end(kernel, at, Fraction(length), ring) for at in (1, -1)]
        order = min(Fraction(end.order, end.q) for end in ends)
        plus, minus = (_singular(end, order) for end in ends)
        for parity, known in enumerate(found):
            if known is None:
                found[parity] = _first(plus, minus, (-1) ** parity)
        settled = any(fate is not None and fate.kind == "power" for fate in found)
        if length >= (_REACH if settled else _REACH + _degree(kernel)):
            found = [Leading("unresolved", nu=order) if fate is None else fate for fate in found]
        length, longest = 2 * length, 4 * longest
    even, odd = (fate for fate in found if fate is not None)
    nu = min((e for e in (*plus, *minus)), default=None)
    if nu is None:
        return LeadingPowers(even, odd, None, ZERO, ZERO)
    return LeadingPowers(even, odd, nu, plus.get(nu, ZERO), minus.get(nu, ZERO))


def _degree(kernel: Zonal) -> int:
    """The degree of the arc-cosine kernels, summed over products."""
    if isinstance(kernel, Sum):
        return max((_degree(k) for _, k in kernel.terms), default=0)
    if isinstance(kernel, Product):
        return sum(_degree(k) for k in kernel.factors)
    if isinstance(kernel, Compose):
        return max(_degree(k) for k in kernel.layers)
    return kernel.degree if isinstance(kernel, ArcCosine) else 1


def _singular(series: Series, order: Fraction) -> dict[Fraction, Number]:
    """The powers that are no integers >= 0, below `order`."""
    found = {}
    for j, c in enumerate(series.body, series.v):
        e = Fraction(j, series.q)
        if e >= order:
            break
        if (e.denominator > 1 or e < 0) and c and not c.is_zero():
            found[e] = c
    return found


def _first(
    plus: dict[Fraction, Number], minus: dict[Fraction, Number], sign: int
) -> Leading | None:
    for e in sorted({*plus, *minus}):
        c = plus.get(e, ZERO) + minus.get(e, ZERO).scaled(sign)
        if c and not c.is_zero():
            return Leading("power", e, c)
    return None


# -- parts that are polynomials or smooth --------------------------------------------------------------------------


def _smooth_fate(kernel: Zonal, parity: int) -> Leading | None:
    polynomial = kernel.polynomial_part(parity)
    if polynomial is not None:
        return Leading("vanishing", degree=max(polynomial, default=-1))
    return Leading("super-polynomial") if is_smooth(kernel, parity) else None


def is_smooth(kernel: Zonal, parity: int) -> bool:
    """Whether the even (0) or odd (1) part is known to be analytic on [-1, 1], by the kernel's form."""
    if kernel.radius > 1 or kernel.polynomial_part(parity) is not None:
        return True
    if isinstance(kernel, Sum):
        return all(is_smooth(k, parity) for _, k in kernel.terms)
    if isinstance(kernel, Product):
        smooth, zero = _parts(kernel.factors[0])
        for k in kernel.factors[1:]:
            smooth, zero = _times((smooth, zero), _parts(k))
        return smooth(parity)
    return False


_Part = Callable[[int], bool]


def _parts(kernel: Zonal) -> tuple[_Part, _Part]:
    """Which parities are smooth, and which are zero."""
    empty: Polynomial = {}
    return (
        lambda parity: is_smooth(kernel, parity),
        lambda parity: kernel.polynomial_part(parity) == empty,
    )


def _times(a: tuple[_Part, _Part], b: tuple[_Part, _Part]) -> tuple[_Part, _Part]:
    """The parities of a product: even times even and odd times odd are even."""

    def zero(parity: int) -> bool:
        return all(a[1](p) or b[1](p ^ parity) for p in (0, 1))

    def smooth(parity: int) -> bool:
        return all(a[1](p) or b[1](p ^ parity) or (a[0](p) and b[0](p ^ parity)) for p in (0, 1))

    return smooth, zero
