r"""Networks of pieces in balls, at variances that are no squares of rational numbers.

`Phi.dual` reads such a dual at the root's decimal of 30 digits: exact numbers for floats and laws, but no enclosure. In
balls the network is read step by step (`network_readings`) with variances that are balls of the precision in force; a
dual is read at a rational root beside its own, and `stretches` bounds what that changes. mpmath takes the middles.

*Taylor coefficients* at x, |x| < 1, of sum_i b_i u^i: where no b_i changes by more than D, the one of (u - x)^n does
not by more than

.. math:: D \sum_{i \ge n} \binom{i}{n} |x|^{i-n} = \frac{D}{(1 - |x|)^{n+1}} .
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import Any

import flint

from ..numbers.arithmetic import BallArithmetic, MpmathArithmetic, SeriesArithmetic
from ..numbers.exact_numbers import Scalar, ball
from ..numbers.precision import at_least, precision
from . import phi_facts as facts
from .activated import Activated
from .expression import exact_one
from .hermite_balls import as_ball
from .network_readings import Variance, read
from .panel_readings import Along, InBalls
from .points import Pair, Point
from .proved_series import AtZero, Series, middle
from .scaled_duals import Phi
from .steps import Branches, Chain
from .stretches import changes
from .wide import Wide, variance
from .zonal import Zonal

_GUARD, _STEP = 32, 64  # bits of rounding; bits are multiples of the step, so that readings share roots and panels
_SURE = 90  # bits that decimals of 30 digits serve


def rounded(kernel: Zonal) -> bool:
    """Whether pieces in a network read a variance that is no square of a rational number."""
    if isinstance(kernel, Activated):
        return kernel.phi.pieces is not None and not facts.exact_at(kernel.phi, kernel.variance)
    return isinstance(kernel, Wide) and _rounded(kernel.chain, kernel.variance)


def _rounded(chain: Chain, q: Scalar) -> bool:
    for i, step in enumerate(chain):
        if isinstance(step, Branches) and any(_rounded(each, variance(chain[:i], q)) for each in step.chains):
            return True
        if isinstance(step, Phi) and step.pieces is not None and not facts.exact_at(step, variance(chain[:i], q)):
            return True
    return False


def true_pair(kernel: Zonal, point: Point) -> Pair | None:
    """Value, defect and kappa(1) of a network whose roots are irrational; None for arithmetics that forget them."""
    arithmetic, u = point.arithmetic, point.u
    if isinstance(arithmetic, MpmathArithmetic):
        return (
            _in_mpmath(kernel, point, arithmetic.mp)
            if arithmetic.mp.prec > _SURE and isinstance(u, arithmetic.mp.mpf)
            else None
        )
    if hasattr(arithmetic, "by_panels"):  # of estimates and models
        return None
    if isinstance(arithmetic, SeriesArithmetic) and isinstance(u, flint.arb_series):
        return _in_series(kernel, u, arithmetic.length)
    if isinstance(arithmetic, BallArithmetic | SeriesArithmetic) and isinstance(u, flint.arb):
        return _in_balls(kernel, Point(BallArithmetic(), u, point.delta, point.codelta))
    if isinstance(arithmetic, BallArithmetic) and type(point) is Point:  # regions read the form
        raise TypeError(
            f"{kernel!r} is not read in complex balls: nothing bounds there what the rounding of a variance's root "
            "changes"
        )
    return None


def _bits(more: int = 0) -> int:
    bits = flint.ctx.prec + _GUARD + more
    return bits + -bits % _STEP


def _found(kernel: Zonal, reading: Any, rho: Any) -> Any:
    found = read(kernel, reading, rho)
    if found is None:
        raise ValueError(
            f"{kernel!r} has no proved digits: nothing bounds what the rounding of a variance changes in one of its "
            "activations"
        )
    return found


@functools.lru_cache(maxsize=64)
def _memory(kernel: Zonal) -> dict[Any, Any]:
    """What readings of one kernel share."""
    return {}


# -- values ------------------------------------------------------------------------------------------------------------


def _in_balls(kernel: Zonal, point: Point) -> Pair:
    with at_least(_bits()):
        found = _found(kernel, InBalls(point, _memory(kernel), flint.ctx.prec), Along.of_point(point))
    return Pair(1 * found.value, 1 * found.defect, 1 * found.one)


def _in_mpmath(kernel: Zonal, point: Point, mp: Any) -> Pair:
    numbers = [_arb(x) for x in (point.u, point.delta, point.codelta)]
    with at_least(_bits(mp.prec - flint.ctx.prec)):
        found = _in_balls(kernel, Point(BallArithmetic(), *numbers))
    return Pair(*(+mp.mpf(_man_exp(x)) for x in found))


def _man_exp(x: Any) -> tuple[int, int]:
    mantissa, exponent = x.mid().man_exp()
    return int(mantissa), int(exponent)


def _arb(x: Any) -> Any:
    sign, mantissa, exponent, _ = x._mpf_
    return flint.arb((int(-mantissa if sign else mantissa), int(exponent)))


# -- Taylor coefficients -----------------------------------------------------------------------------------------------


class InSeries(AtZero):
    """Taylor coefficients, so many, of series that start inside (-1, 1)."""

    signed = True

    def __init__(self, terms: int, known: dict[Any, Any]) -> None:
        super().__init__(terms)
        self.known = known
        self.largest = 0.0  # |x| of the layers' starts

    def dual(self, phi: Phi, q: Variance, rho: Series, steep: bool) -> tuple[Any, Any, Any] | None:
        if not isinstance(q, flint.arb) and facts.exact_at(phi, q):
            return self._read(phi, q, rho, steep)
        start, s = rho.first[0].abs_upper(), as_ball(q).sqrt()
        if (degree := facts.degree(phi)) is not None:
            value, slope, one = self._read(phi, Fraction(1), rho, steep)
            power = as_ball(q) ** degree
            return value * power, slope and slope * power, one * power
        self.largest = max(self.largest, float(start))
        root = middle(s)
        bounds = changes(phi, s, root, coefficients=True)
        if bounds is None:
            return None
        value, slope, one = self._read(phi, root * root, rho, steep, [bound / (1 - start) for bound in bounds])
        return value, slope, one + flint.arb(0, 1) * bounds[0]

    def _read(
        self, phi: Phi, q: Any, rho: Series, steep: bool, errors: Any = None
    ) -> tuple[Series, Series | None, Any]:
        """At an exact variance; `errors` are what the constants of the series at its start may be off by."""
        duals = [phi.dual(q)] + ([phi.slope(q)] if steep else [])
        found = [self._along(kernel, rho, errors and errors[i]) for i, kernel in enumerate(duals)]
        return found[0], found[1] if steep else None, found[0].one

    def _along(self, kernel: Zonal, rho: Series, error: Any) -> Series:
        arithmetic, u, terms = SeriesArithmetic(self.terms), rho.first, self.terms
        start = u[0]
        value = flint.arb_series([0], terms) + Point.from_cosine(arithmetic, u).pair(kernel).value
        if error is not None:
            known, ratio = [], 1 / (1 - start.abs_upper())
            for _ in range(terms):
                known.append(flint.arb(0, 1) * error)
                error = error * ratio
            value = value + arithmetic.composed(known, flint.arb_series([0, *u.coeffs()[1:]], terms))
        return Series(value, ball(exact_one(kernel)))


def _in_series(kernel: Zonal, u: Any, terms: int) -> Pair:
    """The probe of one term tells how near to +-1 layers start: their errors grow with every term."""
    known = _memory(kernel)
    probe = InSeries(1, known)
    _found(kernel, probe, Series(flint.arb_series([u[0]], 1), flint.arb(1)))
    lost = math.ceil(-terms * math.log2(1 - probe.largest)) if probe.largest < 1 else 0
    with precision(_bits(lost), cap=terms):
        found = _found(kernel, InSeries(terms, known), Series(u, flint.arb(1)))
    return Pair(found.first, found.one - found.first, found.one)
