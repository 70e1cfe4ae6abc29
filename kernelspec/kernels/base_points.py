"""The base points u = 1, 0 and -1: a kernel's exact values there, and values measured from them.

Where a sum is 0 at a base point, or where the kernel comes back there to kappa(1), or where an inner kernel reaches
+1 or -1 there, the difference kappa(u) - kappa(at) is what has digits, not kappa(u). A kernel gives it without
cancellation (`Zonal.rise`): a sum adds, a product follows the product rule, a composition asks its outer kernel at
the point that the inner one reaches. Whether the case is there is decided by exact values (`Zonal.exact_at`).

An exact value is a linear combination of numbers with names, as a frozen set of (name, coefficient): the name of 1 is
"1", of 1/pi "1/pi", of e^q ("exp", q), of what has no shorter name the kernel with its base point. Two values are
equal if the sets are; the other direction is not claimed, nor needed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..numbers.arithmetic import Arithmetic, BallArithmetic
from ..numbers.exact_numbers import Scalar

if TYPE_CHECKING:
    from .points import Pair, Point
    from .zonal import Zonal

Constant = frozenset[tuple[Any, Scalar]]

BASE_POINTS = (1, 0, -1)


def named(name: Any, coefficient: Scalar = Fraction(1)) -> Constant:
    """A multiple of the number of this name."""
    return frozenset({(name, coefficient)}) if coefficient else ZERO


def rational(q: Scalar | int) -> Constant:
    """A rational number."""
    return named("1", Fraction(q) if isinstance(q, int) else q)


def exponential(q: Fraction) -> Constant:
    """e^q."""
    return named(("exp", q)) if q else ONE


ZERO: Constant = frozenset()
ONE, MINUS_ONE = rational(1), rational(-1)
_BASE_VALUES = {ONE: 1, ZERO: 0, MINUS_ONE: -1}
_NOTHING = Fraction(0)


def combination(terms: Iterable[tuple[Scalar, Constant | None]]) -> Constant | None:
    """A linear combination; None where one of its values is infinite."""
    total: dict[Any, Scalar] = {}
    for c, value in terms:
        if value is None:
            return None
        for name, q in value:
            total[name] = total.get(name, Fraction(0)) + c * q
    return frozenset((name, q) for name, q in total.items() if q)


def as_rational(value: Constant | None) -> Scalar | None:
    """The value where it is rational."""
    if not value:
        return None if value is None else _NOTHING
    if len(value) > 1:
        return None
    ((name, q),) = value
    return q if name == "1" else None


@functools.lru_cache(maxsize=4096)
def exact_at(kernel: Zonal, at: int) -> Constant | None:
    """kappa(at), None where it is infinite or its size is not known."""
    return kernel.exact_at(at)


def base_point(value: Constant | None) -> int | None:
    """The base point that a value is."""
    return None if value is None else _BASE_VALUES.get(value)


class Settling(NamedTuple):
    """What a sum or a product measures from a base point: its value, its defect."""

    at: int
    value: bool
    defect: bool


def settlings(kernel: Zonal, parts: Iterable[Zonal], cancels: bool) -> tuple[Settling, ...]:
    """Where the value is 0 by cancellation, and where kappa comes back to kappa(1) though some part does not."""
    parts, out = tuple(parts), []
    for at in BASE_POINTS:
        here = exact_at(kernel, at)
        value = here == ZERO and cancels and any(exact_at(k, at) != ZERO for k in parts)
        defect = at != 1 and here is not None and here == exact_at(kernel, 1)
        defect = defect and any(exact_at(k, at) != exact_at(k, 1) for k in parts)
        if value or defect:
            out.append(Settling(at, value, defect))
    return tuple(out)


def settled(kernel: Zonal, point: Point, pair: Pair, plan: tuple[Settling, ...]) -> Pair:
    """The pair with value and defect measured from the base points that `plan` names."""
    for at, value, defect in plan:
        near = next_to(point, at)
        if at == 1:
            risen = functools.partial(_negative, pair.defect)
        else:
            risen = functools.partial(kernel.rise, point, at)
        if value:
            pair = pair._replace(value=chosen(point, near, risen, pair.value))
        if defect:
            pair = pair._replace(defect=-chosen(point, near, risen, -pair.defect))
    return pair


@functools.lru_cache(maxsize=4096)
def reached(kernel: Zonal) -> tuple[tuple[int, int], ...]:
    """The (base point, end) with kappa(base point) = end, +1 or -1, that the kernel's defect does not tell."""
    out = []
    for at in BASE_POINTS:
        value = exact_at(kernel, at)
        if value == MINUS_ONE or value == ONE != exact_at(kernel, 1):
            out.append((at, 1 if value == ONE else -1))
    return tuple(out)


def next_to(point: Point, at: int) -> Any:
    """Where u is within about 1/2 of the base point."""
    arithmetic = point.arithmetic
    if at == 0:
        return arithmetic.near(arithmetic.number(Fraction(1, 4)) - point.u * point.u)
    distance = point.delta if at == 1 else point.codelta
    return arithmetic.near(arithmetic.number(Fraction(1, 2)) - distance)


def told(arithmetic: Arithmetic, x: Any) -> bool:
    """Whether a form has a value: it has none at a wide real ball where the ball of a divisor holds 0."""
    real = isinstance(arithmetic, BallArithmetic) and isinstance(x, arithmetic.flint.arb)
    return not real or x.is_finite()


def chosen(point: Point, mask: Any, better: Callable[[], Any], usual: Any) -> Any:
    """better() where the mask says so; it is not computed where that is nowhere."""
    if isinstance(mask, bool | np.bool_):
        found = better() if mask else usual
        return found if told(point.arithmetic, found) else usual
    if isinstance(mask, np.ndarray) and not mask.any():
        return usual
    return point.arithmetic.select(mask, better(), usual)


def _negative(x: Any) -> Any:
    return -x
