r"""The leading power of each parity in a kernel's end point expansions, which decides how its eigenvalues decay.

For large k the eigenvalues of even k depend on the sum of the two expansions, those of odd k on their difference, and
on non-integer powers only (Bietti & Bach 2021, Theorem 7; claims 14, 18). The powers are the same in every dimension.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from fractions import Fraction

from ..expansions.kinks import kink_rule
from ..expansions.rings import ExactRing
from ..expansions.series import Series
from ..expansions.series_point import at_end
from ..kernels.expression import add
from ..kernels.facts import UNPROVED_INSIDE
from ..kernels.rounded_parameters import require_ends
from ..kernels.zonal import Zonal
from ..numbers.constants import ZERO, Number
from ..numbers.exact_numbers import as_number

_REACH = 16  # powers of t, beyond a kernel's `singular_order`, among which a non-integer one is looked for


@dataclass(frozen=True)
class Leading:
    """The leading term of one parity: coefficient * t^nu, or a polynomial's degree; `kind` as in `decay.Parity`."""

    kind: str
    nu: Fraction | None = None
    coefficient: Number = ZERO
    degree: int | None = None


@dataclass(frozen=True)
class LeadingPowers:
    """Both parities; the least non-integer power nu of both (None: there is none), with its coefficient at each end."""

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
    rough = [(c, term) for c, term in kernel.as_sum if not term.infinitely_smooth]
    if None in found and len(rough) < len(kernel.as_sum):
        return _beside_smooth(found, leading_powers(add(rough)))
    if any(leading is None and kernel.singular_inside(p) for p, leading in enumerate(found)):
        raise ValueError(
            f"{kernel!r} {UNPROVED_INSIDE}, and expansions at u = 1 and u = -1 do not tell how fast the eigenvalues "
            "decay"
        )
    # A dual of pieces has no exact series where it starts inside (-1, 1): there none is needed where it is analytic.
    places = [at for at in (1, -1) if at in kernel.singular or not kernel.real_floats]
    length, longest = 1, 8
    plus: dict[Fraction, Number] = {}
    minus: dict[Fraction, Number] = {}
    while None in found:
        ring = ExactRing(longest)
        ends = {at: at_end(kernel, at, Fraction(length), ring) for at in places}
        order = min((Fraction(end.order, end.q) for end in ends.values()), default=Fraction(length))
        plus, minus = (_singular(ends[at], order) if at in ends else {} for at in (1, -1))
        for parity, known in enumerate(found):
            if known is None:
                found[parity] = _first(plus, minus, (-1) ** parity)
        settled = any(leading is not None and leading.kind == "power" for leading in found)
        if length >= (_REACH if settled else _REACH + kernel.singular_order):
            found = [Leading("unresolved", nu=order) if leading is None else leading for leading in found]
        length, longest = 2 * length, 4 * longest
    even, odd = (leading for leading in found if leading is not None)
    for nu in sorted({*plus, *minus}):
        right, left = (ZERO if c.is_zero() else c for c in (plus.get(nu, ZERO), minus.get(nu, ZERO)))
        if right or left:
            return LeadingPowers(even, odd, nu, right, left)
    return LeadingPowers(even, odd, None, ZERO, ZERO)


def _beside_smooth(found: list[Leading | None], rough: LeadingPowers) -> LeadingPowers:
    """Those of a sum of which `rough` leaves out what is C^oo on [-1, 1], and falls faster than any power."""
    even, odd = (
        whole or (Leading("super-polynomial") if part.kind == "vanishing" else part)
        for whole, part in zip(found, (rough.even, rough.odd), strict=True)
    )
    return replace(rough, even=even, odd=odd)


def _declared(kernel: Zonal) -> LeadingPowers | None:
    """The kink rule for a multiple of a series with declared kinks."""
    if len(kernel.as_sum) != 1:
        return None
    ((scale, series),) = kernel.as_sum
    if not series.declared_kinks:
        return None
    nu, plus, minus = kink_rule(series.declared_kinks)
    plus, minus = plus * as_number(scale), minus * as_number(scale)
    even, odd = (
        Leading("unresolved", nu) if c.is_zero() else Leading("power", nu, c) for c in (plus + minus, plus - minus)
    )
    return LeadingPowers(even, odd, nu, plus, minus)


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


def _without_power(kernel: Zonal, parity: int) -> Leading | None:
    """The leading term of a part that is a polynomial, or smooth; None for all other parts."""
    degree = kernel.polynomial_degree(parity)
    if degree is not None:
        return Leading("vanishing", degree=degree)
    smooth = kernel.infinitely_smooth or kernel.analytic_part(parity)
    return Leading("super-polynomial") if smooth else None
