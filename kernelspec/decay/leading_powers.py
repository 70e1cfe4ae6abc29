r"""What of a kernel's end point expansions decides how its eigenvalues decay: the leading power of each parity.

Over the even k the eigenvalues feel the sum of the two expansions, over the odd k their difference, and of both the
non-integer powers only (claims 14, 18). Of which kind a parity is (`Parity`) is found once for all dimensions.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from ..expansions.constants import ZERO, Number
from ..expansions.kinks import kink_rule
from ..expansions.rings import ExactRing
from ..expansions.series import Series
from ..expansions.series_point import at_end
from ..kernels.expression import Compose, Product, Sum
from ..kernels.families import ArcCosine, DefectPower, SinePower
from ..kernels.hermite import PowerSeries
from ..kernels.rounded_parameters import require_ends
from ..kernels.stationary import Matern
from ..kernels.zonal import Zonal
from ..numbers.exact_numbers import Scalar, is_zero

_REACH = 16  # powers of t, beyond the degrees of arc-cosine kernels, among which a non-integer one is looked for


@dataclass(frozen=True)
class Leading:
    """Of one parity: `kind` as in `decay.Parity`; (nu, coefficient) of t^nu, or the degree of a polynomial."""

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
    """The leading non-integer powers of a kernel; ValueError where it may be singular inside (-1, 1)."""
    declared = _declared(kernel)
    if declared is not None:
        return declared
    require_ends(kernel)
    found: list[Leading | None] = [_without_power(kernel, parity) for parity in (0, 1)]
    if any(leading is None and _singular_inside(kernel, p) for p, leading in enumerate(found)):
        raise ValueError(
            f"{kernel!r} is not shown to be analytic inside (-1, 1): a layer reaches a singular point of the next one "
            "there, and expansions at u = 1 and u = -1 do not tell how fast the eigenvalues decay"
        )
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
        settled = any(leading is not None and leading.kind == "power" for leading in found)
        if length >= (_REACH if settled else _REACH + _degree(kernel)):
            found = [Leading("unresolved", nu=order) if leading is None else leading for leading in found]
        length, longest = 2 * length, 4 * longest
    even, odd = (leading for leading in found if leading is not None)
    for nu in sorted({*plus, *minus}):
        right, left = (ZERO if c.is_zero() else c for c in (plus.get(nu, ZERO), minus.get(nu, ZERO)))
        if right or left:
            return LeadingPowers(even, odd, nu, right, left)
    return LeadingPowers(even, odd, None, ZERO, ZERO)


def _declared(kernel: Zonal) -> LeadingPowers | None:
    """The kink rule for a multiple of a series with declared kinks."""
    scale: Scalar = Fraction(1)
    series = kernel
    if isinstance(kernel, Sum) and len(kernel.terms) == 1:
        ((scale, series),) = kernel.terms
    if not isinstance(series, PowerSeries) or not series.kinks:
        return None
    nu, plus, minus = kink_rule(series.kinks)
    plus, minus = plus.scaled(scale), minus.scaled(scale)
    even, odd = (
        Leading("unresolved", nu) if c.is_zero() else Leading("power", nu, c) for c in (plus + minus, plus - minus)
    )
    return LeadingPowers(even, odd, nu, plus, minus)


def _degree(kernel: Zonal) -> int:
    """The degrees of arc-cosine kernels, orders of Matern kernels and exponents of powers, summed over products."""
    if isinstance(kernel, Sum):
        return max((_degree(k) for _, k in kernel.terms), default=0)
    if isinstance(kernel, Product):
        return sum(_degree(k) for k in kernel.factors)
    if isinstance(kernel, Compose):
        return max(_degree(k) for k in kernel.layers)
    if isinstance(kernel, SinePower | DefectPower):
        return max(1, math.ceil(kernel.power if isinstance(kernel, SinePower) else kernel.nu))
    if isinstance(kernel, Matern):
        return math.ceil(kernel.nu)
    return kernel.degree if isinstance(kernel, ArcCosine) else 1


def _singular(series: Series, order: Fraction) -> dict[Fraction, Number]:
    """The powers that are no integers >= 0, below `order`; a nested coefficient among them may be 0."""
    found = {}
    for j, c in enumerate(series.body, series.v):
        e = Fraction(j, series.q)
        if e >= order:
            break
        if (e.denominator > 1 or e < 0) and c:
            found[e] = c
    return found


def _first(plus: dict[Fraction, Number], minus: dict[Fraction, Number], sign: int) -> Leading | None:
    for e in sorted({*plus, *minus}):
        c = plus.get(e, ZERO) + minus.get(e, ZERO).scaled(sign)
        if c and not c.is_zero():
            return Leading("power", e, c)
    return None


# -- parts that are polynomials or smooth --------------------------------------------------------------------------


def _without_power(kernel: Zonal, parity: int) -> Leading | None:
    degree = _polynomial_degree(kernel, parity)
    if degree is not None:
        return Leading("vanishing", degree=degree)
    smooth = kernel.infinitely_smooth or is_smooth(kernel, parity)
    return Leading("super-polynomial") if smooth else None


def _polynomial_degree(kernel: Zonal, parity: int) -> int | None:
    """The degree of a part that is a polynomial (-1: it is zero), 1/pi among its coefficients; else None."""
    polynomial = kernel.polynomial_part(parity)
    if polynomial is not None:
        top = sorted(polynomial, reverse=True)
        return next((m for m in top if not is_zero(polynomial[m])), -1)
    if isinstance(kernel, SinePower) and _is_entire(kernel):
        return 2 * int(kernel.power)  # (1-u^2)^p / pi, an even function
    if isinstance(kernel, Sum):
        degrees = [_polynomial_degree(k, parity) for _, k in kernel.terms]
        return None if None in degrees else max(n for n in degrees if n is not None)
    if isinstance(kernel, Product):
        first, *others = kernel.factors
        parts = [_polynomial_degree(first, p) for p in (0, 1)]
        for k in others:
            more = [_polynomial_degree(k, p) for p in (0, 1)]
            parts = [_largest((parts[p], more[p ^ q]) for p in (0, 1)) for q in (0, 1)]
        return parts[parity]
    if isinstance(kernel, Compose):
        return _composed([[_polynomial_degree(k, p) for p in (0, 1)] for k in kernel.layers])[parity]
    return None


def _composed(layers: list[list[int | None]]) -> list[int | None]:
    """Degrees of the parities of a composition of polynomials, the innermost last: bounds, where parities mix."""
    even, odd = layers[-1]
    for outer_even, outer_odd in reversed(layers[:-1]):
        if odd == -1 and even is not None and even <= 0:
            return [0, -1]  # a constant inside
        if outer_even is not None and outer_even <= 0 and outer_odd == -1:  # a constant
            even, odd = outer_even, -1
            continue
        if None in (even, odd, outer_even, outer_odd):
            even = odd = None
            continue
        assert even is not None and odd is not None
        assert outer_even is not None and outer_odd is not None
        inner = max(even, odd)
        degrees = [n * inner if n >= 0 else -1 for n in (outer_even, outer_odd)]
        if odd < 0:
            even = max(degrees)
        elif even < 0:
            even, odd = degrees
        else:
            even = odd = max(degrees)
    return [even, odd]


def _largest(products: Iterable[tuple[int | None, int | None]]) -> int | None:
    """The degree of a sum of products of polynomials."""
    found = -1
    for a, b in products:
        if a != -1 and b != -1:
            if a is None or b is None:
                return None
            found = max(found, a + b)
    return found


def is_smooth(kernel: Zonal, parity: int) -> bool:
    """Whether the even (0) or odd (1) part is known to be analytic on [-1, 1], by the kernel's form."""
    if not kernel.singular or _polynomial_degree(kernel, parity) is not None:
        return True
    if isinstance(kernel, Sum):
        return all(is_smooth(k, parity) for _, k in kernel.terms)
    if isinstance(kernel, Product):
        smooth, zero = _parts(kernel.factors[0])
        for k in kernel.factors[1:]:
            smooth, zero = _times((smooth, zero), _parts(k))
        return smooth(parity)
    if isinstance(kernel, Compose):
        *outer, inner = kernel.layers
        return all(is_smooth(inner, p) for p in (0, 1)) and all(_is_entire(k) for k in outer)
    return False


def _singular_inside(kernel: Zonal, parity: int) -> bool:
    """Whether a part is not shown to be analytic inside (-1, 1)."""
    if 0 not in kernel.singular or is_smooth(kernel, parity):
        return False
    if isinstance(kernel, Sum):
        return any(_singular_inside(k, parity) for _, k in kernel.terms)
    return True


def _is_entire(kernel: Zonal) -> bool:
    if isinstance(kernel, SinePower):
        return kernel.power.denominator == 1 and kernel.power >= 0
    return math.isinf(kernel.radius)


_Part = Callable[[int], bool]


def _parts(kernel: Zonal) -> tuple[_Part, _Part]:
    """Which parities are smooth, and which are zero."""
    return (lambda parity: is_smooth(kernel, parity), lambda parity: _polynomial_degree(kernel, parity) == -1)


def _times(a: tuple[_Part, _Part], b: tuple[_Part, _Part]) -> tuple[_Part, _Part]:
    """The parities of a product: even times even and odd times odd are even."""

    def zero(parity: int) -> bool:
        return all(a[1](p) or b[1](p ^ parity) for p in (0, 1))

    def smooth(parity: int) -> bool:
        return all(a[1](p) or b[1](p ^ parity) or (a[0](p) and b[0](p ^ parity)) for p in (0, 1))

    return smooth, zero
