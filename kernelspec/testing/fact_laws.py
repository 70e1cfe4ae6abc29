"""The facts that a kernel states of itself: kappa(1), bounds, parities, signs and radius of its Taylor series.

Proofs rest on them, so each is held against values here, at 60 digits or in balls. A sample cannot prove a fact, but a
false one rarely survives it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from ..arithmetic import MpmathArithmetic
from ..state import with_balls
from .expression_laws import ANGLES, CLOSE, COSINES, Expression, number_text, pair_at, reading_of
from .laws import Law, NotApplicableError, WrongError

_TERMS = 64  # Taylor coefficients
_CIRCLE = 128  # points of a circle
_SLACK = 10  # by which the largest value on a circle may exceed the largest one that was seen


def _rational_one(case: Expression) -> str:
    mp, size, one = reading_of(case)
    stated = case.kernel.rational_one
    if stated is None:
        raise NotApplicableError("`rational_one` is not stated")
    number = MpmathArithmetic(mp).number(stated)
    if not abs(number - one) <= size * mp.mpf(10) ** -CLOSE:
        raise WrongError(f"`rational_one` is {stated}, but kappa(1) = {number_text(mp, one)}")
    return f"kappa(1) = {stated}, as stated"


def _bounded(case: Expression) -> str:
    mp, _, _ = reading_of(case)
    if not case.kernel.bounded:
        raise NotApplicableError("`bounded` is not stated")
    largest = max(
        (abs(pair_at(case.kernel, mp, theta).value), theta) for theta in (0, *ANGLES, math.pi)
    )
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
    else:
        mp, size, _ = reading_of(case)
        close = size * mp.mpf(10) ** -CLOSE
        text = lambda x: number_text(mp, x)  # noqa: E731 - the other branch has it in one word
        readings = [
            (mp.mpf(x), case.kernel(mp.mpf(x)), case.kernel(mp.mpf(-x))) for x in COSINES if x > 0
        ]
        sum_of = mp.fsum
    for parity, (part, name) in enumerate(zip(parts, ("even", "odd"), strict=True)):
        if part is None:
            continue
        for u, plus, minus in readings:
            found = (plus + minus if parity == 0 else plus - minus) / 2
            stated = sum_of([q.numerator * u**m / q.denominator for m, q in part.items()])
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
            raise WrongError(
                f"`series_sign` is {sign}, but the Taylor coefficient b_{i} = {b.str(10)}"
            )
    bound, total = kernel.majorant(Fraction(1)), sum(abs(b) for b in coefficients)
    if bound is not None and total > float(bound) * (1 + 1e-15):
        raise WrongError(
            f"`majorant(1)` is {float(bound):.10g}, but {_TERMS} Taylor coefficients add up to {total}"
        )
    return f"{_TERMS} Taylor coefficients have the sign that is stated"


@with_balls
def _radius(case: Expression) -> str:
    """Cauchy's inequality |b_i| r^i <= max over |u| = r of |kappa|."""
    kernel = case.kernel
    if kernel.user_functions or kernel.radius <= 1:
        raise NotApplicableError("`radius` is 1: nothing is stated of a disc beyond [-1, 1]")
    r = 1 + min(0.95 * (kernel.radius - 1), 1.0)
    turns = np.exp(2j * np.pi * np.arange(_CIRCLE) / _CIRCLE)
    largest = float(np.max(np.abs(kernel.of_angle(np.arccos(r * turns)))))
    if not math.isfinite(largest):
        raise WrongError(
            f"`radius` is {kernel.radius:.6g}, but kappa is not finite on |u| = {r:.6g}"
        )
    worst = 0.0
    for i, b in enumerate(kernel.taylor(_TERMS)):
        size = abs(b) * r**i
        if size > _SLACK * largest:
            raise WrongError(
                f"`radius` is {kernel.radius:.6g}, so that |b_i| r^i <= max |kappa| = {largest:.3g} on the circle of "
                f"r = {r:.6g} (Cauchy), but the Taylor coefficient b_{i} = {b.str(6)} has {float(size.mid()):.3g}"
            )
        worst = max(worst, float(size.mid()))
    return f"{_TERMS} Taylor coefficients obey Cauchy's inequality on the circle of r = {r:.6g}"


def _polynomial(part: dict[int, Any]) -> str:
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
