"""The facts that a kernel states of itself: kappa(1), bounds, parities, signs and radius of its Taylor series.

Proofs rest on them, so each is held against values here, at 60 digits or in balls. A sample cannot prove a fact, but a
false one rarely survives it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..kernels.base_points import BASE_POINTS, Constant
from ..kernels.points import Point
from ..kernels.zonal import Zonal
from ..numbers.arithmetic import MpmathArithmetic
from ..numbers.arithmetic_protocol import MpmathNumber
from ..numbers.precision import with_balls
from .expression_laws import ANGLES, CLOSE, COSINES, Expression, number_text, pair_at, reading_of
from .laws import Law, NotApplicableError, UnknownError, WrongError

if TYPE_CHECKING:
    from ..numbers.exact_numbers import Scalar


_TERMS = 64  # Taylor coefficients
_INSIDE = 0.98  # how far the circle lies between 1 and the stated radius
_NARROWEST = 1e-3
_GROWTH = 1e6  # from |u| = 1 to the circle: e^{cu} with c up to 3e4, of which 2^16 points know the coefficients
_ENTIRE, _LARGEST_CIRCLE = 2**16, 2**17
_ALIASED = 1e-12  # what other coefficients than b_i may add to its mean
_CAUCHY = 1e-9  # of the largest value: a circle beyond a singularity is off by the jump there, at least a share of 1e-3


def _rational_one(case: Expression) -> str:
    mp, size, one = reading_of(case)
    stated = case.kernel.rational_one
    if stated is None:
        raise NotApplicableError("`rational_one` is not stated")
    number = MpmathArithmetic(mp).number(stated)
    if not abs(number - one) <= size * mp.mpf(10) ** -CLOSE:
        raise WrongError(f"`rational_one` is {stated}, but kappa(1) = {number_text(mp, one)}")
    return f"kappa(1) = {stated}, as stated"


def _base_points(case: Expression) -> str:
    mp, size, _ = reading_of(case)
    kernel, arithmetic, close = case.kernel, MpmathArithmetic(mp), size * mp.mpf(10) ** -CLOSE
    points = [Point.from_cosine(arithmetic, mp.mpf(x)) for x in COSINES]
    known = []
    for at in BASE_POINTS:
        value = Point.from_cosine(arithmetic, mp.mpf(at)).pair(kernel).value
        if not mp.isfinite(value):
            continue
        stated = _number(arithmetic, kernel.exact_at(at))
        if stated is not None:
            known.append(f"kappa({at})")
            if not abs(stated - value) <= close:
                raise WrongError(
                    f"`exact_at({at})` is {number_text(mp, stated)}, but kappa({at}) = {number_text(mp, value)}"
                )
        for x, point in zip(COSINES, points, strict=True):
            rise, wanted = kernel.rise(point, at), point.pair(kernel).value - value
            if mp.isfinite(wanted) and not abs(rise - wanted) <= close:
                raise WrongError(
                    f"`rise` from u = {at} is {number_text(mp, rise)} at u = {x}, but kappa({x}) - kappa({at}) = "
                    f"{number_text(mp, wanted)}"
                )
    for x, y, point, end in zip(COSINES, COSINES[1:], points, points[1:], strict=False):
        drop = kernel.drop(end, point, end.u - point.u)
        wanted = end.pair(kernel).value - point.pair(kernel).value
        if drop is not None and mp.isfinite(wanted) and not abs(drop - wanted) <= close:
            raise WrongError(
                f"`drop` from u = {y} to {x} is {number_text(mp, drop)}, but kappa({y}) - kappa({x}) = "
                f"{number_text(mp, wanted)}"
            )
    return f"differences from u = 1, 0 and -1 are those of the values; exact: {', '.join(known) or 'none'}"


def _number(arithmetic: MpmathArithmetic, stated: Constant | None) -> MpmathNumber:
    """An exact value in mpmath; None where there is none, or where it holds a name that only says what it is."""
    total = arithmetic.number(Fraction(0))
    for name, q in () if stated is None else stated:
        if name == "1":
            total += arithmetic.number(q)
        elif name == "1/pi":
            total += arithmetic.number(q) / arithmetic.pi
        elif isinstance(name, tuple) and name[0] == "exp":
            total += arithmetic.number(q) * arithmetic.exp(arithmetic.number(name[1]))
        else:
            return None
    return None if stated is None else total


def _bounded(case: Expression) -> str:
    mp, _, _ = reading_of(case)
    if not case.kernel.bounded:
        raise NotApplicableError("`bounded` is not stated")
    largest = max((abs(pair_at(case.kernel, mp, theta).value), theta) for theta in (0, *ANGLES, math.pi))
    if largest[0] > 1 + mp.mpf(10) ** -CLOSE:
        raise WrongError(
            f"`bounded` says that |kappa| <= 1, but kappa = {number_text(mp, largest[0])} in size at u = "
            f"{number_text(mp, mp.cos(largest[1]))}"
        )
    return f"|kappa| <= 1 at {len(ANGLES) + 2} points, as stated"


def _parity(case: Expression) -> str:
    parts = [case.kernel.polynomial_part(parity) for parity in (0, 1)]
    if parts == [None, None]:
        raise NotApplicableError("`polynomial_part` states nothing of either parity")
    if case.kernel.user_functions:
        u = np.array([x for x in COSINES if x > 0])
        plus, minus = case.kernel(u), case.kernel(-u)
        size = float(np.max(np.abs([plus, minus])))
        close, text = 1e-10 * size, repr  # what `from_callable` takes for two equal values
        readings = list(zip(u.tolist(), plus.tolist(), minus.tolist(), strict=True))
        sum_of: Callable[..., Any] = math.fsum
        number: Callable[[Any], Any] = float
    else:
        mp, size, _ = reading_of(case)
        close = size * mp.mpf(10) ** -CLOSE
        text = lambda x: number_text(mp, x)  # noqa: E731 - the other branch has it in one word
        readings = [(mp.mpf(x), case.kernel(mp.mpf(x)), case.kernel(mp.mpf(-x))) for x in COSINES if x > 0]
        sum_of, number = mp.fsum, MpmathArithmetic(mp).number
    for parity, (part, name) in enumerate(zip(parts, ("even", "odd"), strict=True)):
        if part is None:
            continue
        for u, plus, minus in readings:
            found = (plus + minus if parity == 0 else plus - minus) / 2
            stated = sum_of([number(q) * u**m for m, q in part.items()])
            if not abs(found - stated) <= close:
                raise WrongError(
                    f"`polynomial_part({parity})` is {_polynomial(part)}, which is {text(stated)} at u = {float(u)}, "
                    f"but the {name} part of the values is {text(found)}"
                )
    stated_parts = [n for n, part in zip(("even", "odd"), parts, strict=True) if part is not None]
    return f"the {' and the '.join(stated_parts)} part is the polynomial that is stated"


@with_balls
def _taylor(case: Expression) -> str:
    kernel, sign = case.kernel, case.kernel.series_sign
    if not sign:
        raise NotApplicableError("`series_sign` is 0: no sign of the Taylor coefficients is stated")
    coefficients = kernel.taylor(_TERMS)
    for i, b in enumerate(coefficients):
        if sign * b < 0:
            raise WrongError(f"`series_sign` is {sign}, but the Taylor coefficient b_{i} = {b.str(10)}")
    bound, total = kernel.majorant(Fraction(1)), sum(abs(b) for b in coefficients)
    if bound is not None and total > float(bound) * (1 + 1e-15):
        raise WrongError(f"`majorant(1)` is {float(bound):.10g}, but {_TERMS} Taylor coefficients add up to {total}")
    return f"{_TERMS} Taylor coefficients have the sign that is stated"


@with_balls
def _radius(case: Expression) -> str:
    """Cauchy's formula: the means of kappa u^{-i} over |u| = r are the Taylor coefficients b_i.

    The mean over N points is sum_m b_{i + mN} r^{mN}: where the radius is R, terms with m > 0 are of order (r/R)^N.
    """
    kernel = case.kernel
    if kernel.user_functions or kernel.radius <= 1:
        raise NotApplicableError("`radius` is 1: nothing is stated of a disc beyond [-1, 1]")
    inside, values = _circle_of_moderate_growth(kernel)
    r, largest = 1 + inside, float(np.max(np.abs(values)))
    means, worst = np.fft.fft(values) / len(values), 0.0
    for i, b in enumerate(kernel.taylor(_TERMS)):
        off = float(abs(complex(means[i]) - complex(float(b.mid()) * r**i))) - float(b.rad()) * r**i
        if not off <= _CAUCHY * largest:
            raise WrongError(
                f"`radius` is {kernel.radius:.6g}, so that b_{i} r^{i} is the mean of kappa(u) (r/u)^{i} on the circle "
                f"|u| = r = {r:.6g} (Cauchy), which is {complex(means[i]):.6g}, but the Taylor coefficient b_{i} = "
                f"{b.str(6)} has {float(b.mid()) * r**i:.6g}"
            )
        worst = max(worst, off / largest if largest else 0.0)
    return f"{_TERMS} Taylor coefficients are Cauchy's means on the circle of r = {r:.6g}, to {worst:.0e} of kappa"


def _circle_of_moderate_growth(kernel: Zonal) -> tuple[float, NDArray[np.complex128]]:
    """r - 1 and kappa on |u| = r, at as many points as an analytic function of the stated radius needs."""
    beyond = min(_INSIDE * (kernel.radius - 1), 1.0)
    while beyond > _NARROWEST:
        needed = _ENTIRE
        if kernel.radius < math.inf:
            needed = 2 ** math.ceil(math.log2(math.log(_ALIASED) / math.log((1 + beyond) / kernel.radius)))
        if needed > _LARGEST_CIRCLE:
            beyond /= 2
            continue
        turns = np.exp(2j * np.pi * np.arange(max(needed, 2 * _TERMS)) / max(needed, 2 * _TERMS))
        here, on_unit = (kernel.of_angle(np.arccos(r * turns)) for r in (1 + beyond, 1.0))
        if np.max(np.abs(here)) <= _GROWTH * np.max(np.abs(on_unit)):  # neither is NaN
            return beyond, here
        beyond /= 2
    raise UnknownError(
        f"the disc of `radius` {kernel.radius:.10g} is hardly larger than that of 1, or kappa grows too fast in it"
    )


def _polynomial(part: Mapping[int, Scalar]) -> str:
    return " + ".join(f"{q}*u^{m}" for m, q in sorted(part.items())) or "0"


FACT_LAWS = (
    Law(
        "kappa(1)",
        "`rational_one`, where it is stated, is kappa(1).",
        "the fact was taken from a normalised kernel, or a base class.",
        _rational_one,
    ),
    Law(
        "bounded",
        "`bounded`, where it is stated, means |kappa| <= 1 on [-1, 1].",
        "the fact was taken from a base class (`Atom` states it).",
        _bounded,
    ),
    Law(
        "parity",
        "`polynomial_part(parity)`, where it is stated, is the even (0) or odd (1) part of the values.",
        "the parities are exchanged, or a factor 1/2 is forgotten: (kappa(u) +- kappa(-u))/2.",
        _parity,
    ),
    Law(
        "base points",
        "`exact_at`, `rise` and `drop` are the values of kappa at u = 1, 0 and -1, and its differences.",
        "a sign, the value of another kernel, or a difference from the wrong end; sums and compositions measure from "
        "there.",
        _base_points,
    ),
    Law(
        "Taylor",
        "Taylor coefficients at 0 have the sign that `series_sign` states, and `majorant` bounds their sum.",
        "`series_sign` is stated without a proof, or was taken from a base class; positive semi-definiteness would be "
        "believed of a kernel that has it not.",
        _taylor,
        (NotImplementedError, ValueError),
    ),
    Law(
        "radius",
        "kappa is analytic in the disc of `radius` around 0.",
        "a singularity off [-1, 1] was overlooked; remember complex ones.",
        _radius,
        (NotImplementedError,),
    ),
)
