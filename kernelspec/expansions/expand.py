r"""Expansions of a kernel at u = +1 and u = -1 in powers t^e, e rational: exact, or in balls to high order.

A kernel at u = 1 - t or u = -1 + t is a truncated series (`puiseux`). `expand` gives it with exact coefficients
(`constants`): in Q[1/pi] and sqrt 2 at u = 1 for ReLU networks, in the nested constants kappa(-1) (Bietti & Bach 2021;
claim 24) at u = -1. `ball_expansion` gives enclosures of many coefficients at the speed of C. How a kernel expands is
written once, for both, in `series_point`.
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import TYPE_CHECKING

import flint

from ..kernels.callables import require_formula
from ..kernels.zonal import Zonal
from ..numbers.checks import integer
from ..numbers.constants import Number
from ..numbers.precision import mpmath_context, precision, with_balls
from .puiseux import Puiseux, from_series
from .rings import BallRing, ExactRing, Ring
from .series import FINEST, Series, TooShortError
from .series_point import at_end

if TYPE_CHECKING:
    import sympy

    from ..numbers.arithmetic_protocol import MpmathNumber

_LONGEST_STRUCTURE = 4096
_REACH = 12  # powers of t, beyond the first that may be there, among which terms are looked for


@with_balls
def expand(kernel: Zonal, at: int = 1, terms: int = 3) -> Puiseux:
    """The first `terms` terms of kappa(1-t) (at = 1) or kappa(-1+t) (at = -1), constant included.

    A polynomial has fewer, and a kernel with long gaps between its terms may. ValueError for another `at`, for a
    number of terms below 1, and for a nested constant that cannot be told from 0.

    >>> from kernelspec import arccos
    >>> expand(arccos(1), at=1, terms=3)
    1 - t + 2*sqrt(2)/(3*pi)*t^(3/2) + O(t^(5/2))
    """
    at = _end(at)
    require_formula(kernel, "an expansion")
    terms = integer("terms", terms, 1)
    structure = _structure(kernel, at)
    # How many exponents there are in [e, e + 1).
    density = structure.q if structure.residues is None else structure.residues.bit_count()
    start = max(Fraction(structure.v, structure.q), Fraction(0))
    order = start + Fraction(terms + 1, max(density, 1))
    while True:
        found = at_order(kernel, at, order)
        missing = terms + 1 - len(found.entries)
        if missing <= 0:
            return Puiseux(found.entries[:terms], found.entries[terms][0], "t", kernel, at)
        reach = max(_REACH, 2 * terms) if found.entries else _REACH
        if order > start + reach or found.order < order:
            return Puiseux(found.entries[:terms], found.order, "t", kernel, at)
        order += max(Fraction(missing, max(density, 1)), order / 8)
        order = Fraction(math.ceil(order)) if order > 1 else order


@with_balls
@functools.lru_cache(maxsize=512)
def at_order(kernel: Zonal, at: int, order: Fraction) -> Puiseux:
    """The expansion at an end, up to O(t^order) where that is within reach."""
    found = _reaching(kernel, at, Fraction(order), ExactRing())
    return from_series(found).truncated(order)


@with_balls
def ball_expansion(kernel: Zonal, at: int, ramification: int, length: int, prec: int) -> list[flint.arb]:
    r"""Enclosures of c_0, ..., c_{length-1} in :math:`\kappa(\pm(1-t)) = \sum_j c_j w^j`, w = t^{1/ramification}.

    Parameters
    ----------
    at : 1 for kappa(1-t), -1 for kappa(-1+t).
    ramification : a multiple of `ramification(kernel, at)`.
    length : the number of coefficients, >= 1.
    prec : Arb's working precision in bits; the radii grow with depth and j.

    Raises
    ------
    ValueError
        where kappa is no power series in w (the message names a ramification that serves), where a ball does not
        tell whether the leading coefficient of a layer's argument is 0, and where prec is too small.

    >>> from kernelspec import arccos
    >>> [c.str(5, radius=False) for c in ball_expansion(arccos(1), 1, 2, 5, 64)]
    ['1.0000', '0', '-1.0000', '0.30011', '0']
    """
    at = _end(at)
    ramification = integer("ramification", ramification, 1)
    length, prec = integer("length", length, 1), integer("prec", prec, 1)
    structure = _structure(kernel, at)
    least = structure.finest()
    if ramification % least:
        raise ValueError(
            f"{kernel!r} at u = {at} is no power series in t^(1/{ramification}); a multiple of {least} is needed"
        )
    with precision(prec):
        goal = Fraction(length, ramification)
        found = _reaching(kernel, at, goal, BallRing(prec))
        if Fraction(found.order, found.q) < goal:
            raise ValueError(
                f"{kernel!r} has more than {found.ring.longest} coefficients below t^{goal}: length is too large"
            )
        v, body = found.whole()
        if not all(c == 0 for c in body[: max(-v, 0)]):
            raise ValueError(f"{kernel!r} is unbounded at u = {at}")
        out: list[flint.arb] = []
        for j in range(length):
            e = Fraction(j, ramification)
            i = e * found.q
            known = i.denominator == 1 and v <= i < found.order and structure.may_have(e)
            out.append(body[int(i) - v] if known else flint.arb(0))
        if not all(c.is_finite() for c in out):
            raise ValueError(f"prec = {prec} bits are too few for {kernel!r} at u = {at}")
        return out


@with_balls
def ramification(kernel: Zonal, at: int) -> int:
    """The least q for which kappa(1-w^q) (at = 1) or kappa(-1+w^q) (at = -1) is a power series in w.

    It follows from how the expression is built; parts that cancel in a sum do not lower it.

    >>> from kernelspec import arccos, rf
    >>> ramification(rf(4, degree=0), 1), ramification(arccos(0) * arccos(0), -1)
    (8, 1)
    """
    return _structure(kernel, _end(at)).finest()


@functools.lru_cache(maxsize=512)
def _structure(kernel: Zonal, at: int) -> Series:
    """The series of a kernel, just long enough to show its exponents modulo 1."""
    longest = 4
    while True:
        try:
            found = at_end(kernel, at, Fraction(2 + longest), ExactRing(longest))
        except TooShortError:
            if longest > _LONGEST_STRUCTURE:
                raise
            longest *= 2
            continue
        if found.residues is not None or found.q > FINEST or longest > 64:
            return found
        longest *= 2


def _reaching(kernel: Zonal, at: int, goal: Fraction, ring: Ring) -> Series:
    """The series of a kernel, known up to t^goal unless it grows too long."""
    structure = _structure(kernel, at)
    least = Fraction(1, structure.q)
    length, before, stalled = max(goal - structure.v * least, least), None, 0
    while True:
        try:
            found = at_end(kernel, at, length, ring)
        except TooShortError:
            if length > ring.longest:
                raise
            length *= 2
            continue
        order = Fraction(found.order, found.q)
        # A step may be lost to rounding of lengths; where several are, the series is as long as it may be.
        stalled = stalled + 1 if before is not None and order <= before else 0
        if order >= goal or stalled == 4:
            return found
        length, before = length + (goal - order) * 2**stalled, order


def _end(at: object) -> int:
    if isinstance(at, bool) or at not in (1, -1):
        raise ValueError(f"at must be 1 or -1; got {at!r}")
    return 1 if at == 1 else -1


# -- numbers -----------------------------------------------------------------------------------------------------


@with_balls
@functools.lru_cache(maxsize=65536)
def number(c: Number | sympy.Expr) -> MpmathNumber:
    """A coefficient to 40 digits as an mpmath number; shared parts of nested coefficients are computed once."""
    import sympy

    mp = mpmath_context(40)
    if isinstance(c, Number):
        return mp.mpf(c.accurate(42).mid().str(45, radius=False))
    if c.is_Add:
        return mp.fsum(number(a) for a in c.args)
    if c.is_Mul:
        return mp.fprod(number(a) for a in c.args)
    if c.is_Pow and c.exp.is_Rational and c.base.is_Add:  # its parts stand in other layers, too
        return mp.power(number(c.base), mp.mpf(c.exp.p) / c.exp.q)
    return mp.mpf(sympy.Float(sympy.N(c, 40), 40)._mpf_)
