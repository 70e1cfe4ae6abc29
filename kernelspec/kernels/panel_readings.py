r"""Networks of any activations along a panel of the angle: models (`numbers.ball_models`) in place of correlations.

*Smooth activations* are polynomials of rho - c, or next to rho = +-1 of the distance from there, with a proved rest
(`smooth_charts`). Next to rho = 1 the layers behind divide by the angle: K(1) - K(rho) is 1 - rho times such a
polynomial. Where rho comes to -1 an odd K has the same there.

*Variances* behind a smooth activation are balls, and roots of others irrational: there a dual is read at a rational
root, and `stretches` bounds the change of its values and, times 1 - rho, that of K(1) - K.
"""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import Any, cast

import flint

from ..numbers.ball_models import Model
from ..numbers.exact_numbers import ball
from . import phi_facts as facts
from . import smooth_duals as smooth
from .activated import Formed
from .base_points import ONE, exact_at
from .expression import exact_one
from .hermite_balls import as_ball
from .network_readings import Reading, Variance
from .piecewise_balls import PiecewiseModels
from .point_readings import AtPoints, Values
from .points import Point
from .proved_series import middle
from .scaled_duals import Phi
from .smooth_charts import Chart
from .stretches import changes
from .sums import Node
from .zonal import Zonal

ROOTS = (1, 2, 4, 8, 16)  # of the angle, at the ends: what jumps leave
_LESS = 16  # bits of smooth activations than of the arithmetic, which has some to spare
_ONE, _NEXT = flint.arb(1), 2.0**-10


class Along:
    """A kernel along a panel: K(rho), K(1) - K(rho), K(1) + K(rho), which cancel nowhere, and K(1)."""

    def __init__(self, value: Any, defect: Any, rise: Any, one: Any) -> None:
        self.value, self.defect, self.rise, self.one = value, defect, rise, one
        self._point: Point | None = None

    @classmethod
    def of_point(cls, point: Point) -> Along:
        """The correlation of a point."""
        found = cls(point.u, point.delta, point.codelta, _ONE)
        found._point = point
        return found

    def point(self, arithmetic: Any) -> Point:
        """Where the next layer reads."""
        if self._point is None:
            short = 0 if self.one == 1 else 1 - self.one
            self._point = Point(arithmetic, self.value, self.defect + short, self.rise + short)
        return self._point

    def normalised(self) -> Along:
        """What is 1 at u = 1, whatever its balls say."""
        return Along(self.value, self.defect, self.rise, _ONE)

    def __mul__(self, other: Any) -> Along:
        if not isinstance(other, Along):
            return Along(*(x * other for x in (self.value, self.defect, self.rise, self.one)))
        ends = [_ends(each.rise) for each in (self, other)]
        a, b = (other, self) if ends[1] and not ends[0] else (self, other)
        value, rise = a.value * b.value, a.rise * b.one - a.value * b.defect
        if all(ends):  # both come to -K(1)
            defect = a.one * b.rise - b.value * a.rise
        else:
            defect = a.one * b.defect + b.value * a.defect
        return Along(value, defect, rise, a.one * b.one)

    def __add__(self, other: Along) -> Along:
        pairs = zip(self.numbers(), other.numbers(), strict=True)
        return Along(*(a + b for a, b in pairs))

    def numbers(self) -> tuple[Any, ...]:
        return self.value, self.defect, self.rise, self.one

    def mixed(self, kept: Any, constant: Any) -> Along:
        """kept times itself, and a constant; both add up to 1."""
        if kept == 1 and constant == 0:  # then its point keeps its angle
            return self
        return Along(self.value * kept + constant, self.defect * kept, self.rise * kept + 2 * constant, self.one)


class OnPanel(Reading):
    """Models along one panel, from the point u there."""

    signed = True

    def __init__(self, point: Point, known: dict[Any, Any]) -> None:
        """`known` keeps series for other panels."""
        self.arithmetic = cast("PiecewiseModels", point.arithmetic)
        self.bits = self.arithmetic.bits  # of series: pieces behind them ask for as many
        self.start, self.known, self.frame = point, known, point.u.frame

    def line(self) -> Along:
        return Along.of_point(self.start)

    def constant(self, c: Any) -> Along:
        return Along(self._model(c), self._model(0), self._model(2 * c), flint.arb(c))

    def normalised(self, value: Along, one: Any) -> Along:
        return (value * (1 / one)).normalised()

    def inner(self, kernel: Zonal, rho: Along) -> Along:
        return rho.normalised() if exact_at(kernel, 1) == ONE else rho

    def whole(self, kernel: Zonal, rho: Along) -> Along | None:
        return self.analytic(kernel, rho) if _plain(kernel) else None

    def analytic(self, kernel: Zonal, rho: Along) -> Along | None:
        if kernel.truncation or kernel.user_functions:
            return None
        point = rho.point(self.arithmetic)
        value, defect, one = point.pair(kernel)
        rise = point.mirror.pair(kernel).defect if kernel.polynomial_part(0) == {} else one + value
        return Along(self._model(value), self._model(defect), self._model(rise), flint.arb(one))

    def dual(self, phi: Phi, q: Variance, rho: Along, steep: bool) -> tuple[Any, Any, Any] | None:
        if phi.function is not None:
            return None
        if phi.family in smooth.NAMES:
            return self._smooth(phi, q, rho, steep)
        if not isinstance(q, flint.arb) and facts.exact_at(phi, q):
            return self._read(phi, q, rho, steep)
        q = as_ball(q)
        if (degree := facts.degree(phi)) is not None:
            value, slope, one = self._read(phi, Fraction(1), rho, steep)
            return value * q**degree, slope and slope * q**degree, one * q**degree
        return self._beside(phi, q, rho, steep)

    def _model(self, x: Any) -> Model:
        return x if isinstance(x, Model) else Model(self.frame, flint.arb_poly([x]))

    def _read(self, phi: Phi, q: Any, rho: Along, steep: bool) -> tuple[Any, Any, Any]:
        """At an exact variance."""
        kernel = phi.dual(q)
        value = self.analytic(kernel, rho)
        slope = self.analytic(phi.slope(q), rho) if steep else None
        assert value is not None
        if facts.is_odd(phi) and kernel.polynomial_part(0) != {}:
            mirror = rho.point(self.arithmetic).mirror
            value.rise = self._model(mirror.pair(kernel).defect)
        return value, slope, ball(exact_one(kernel))

    # -- smooth activations ------------------------------------------------------------------------------------------

    def _smooth(self, phi: Phi, q: Variance, rho: Along, steep: bool) -> tuple[Any, Any, Any]:
        point, odd = rho.point(self.arithmetic), facts.is_odd(phi)
        chart = self._kept(Chart, phi.family, q, self.bits - _LESS)
        value = self._along(chart, point, False, odd)
        slope = self._along(chart, point, True, False) if steep else None
        return value, slope, chart.one

    def _along(self, chart: Chart, point: Point, steep: bool, odd: bool) -> Along:
        """K or K' of a smooth activation."""
        one = chart.climb if steep else chart.one
        ends = (1, point.delta), (-1, point.codelta)
        for side, distance in ends:
            known = chart.at_end(side, _range(distance).upper(), steep)
            if known is None:
                continue
            rise = distance * _polynomial(distance, known[1:])
            if side > 0:
                return Along(one + rise, -rise, 2 * one + rise, one)
            value = rise - one if odd else rise + known[0]
            return Along(value, one - value, rise if odd else one + value, one)
        centre, known, rest = chart.inside(_range(point.u), steep)
        value = _polynomial(point.u - centre, known) + flint.arb(0, 1) * rest
        return Along(value, one - value, one + value, one)

    def _kept(self, function: Any, name: Any, q: Variance, *more: int) -> Any:
        """The function's value, which other panels of this precision share."""
        ball_key = (q.mid().man_exp(), q.rad().man_exp()) if isinstance(q, flint.arb) else (type(q), q)
        key = function.__name__, name, ball_key, more, flint.ctx.prec
        if key not in self.known:
            self.known[key] = function(name, q, *more)
        return self.known[key]

    # -- variances that are no squares of rational numbers ------------------------------------------------------------

    def _beside(self, phi: Phi, q: Any, rho: Along, steep: bool) -> tuple[Any, Any, Any] | None:
        """At a variance known as a ball: at a rational root beside its own, and what that may change."""
        root = middle(q.sqrt())
        bounds = self._kept(_changes, phi, q)
        if bounds is None:
            return None
        change, steeper = (flint.arb(0, 1) * bound for bound in bounds)
        found, slope, one = self._read(phi, root * root, rho, steep)
        value, defect, rise = found.value + change, found.defect + 2 * change, found.rise + 2 * change
        point, one = rho.point(self.arithmetic), one + change
        if _ends(point.delta):
            defect = found.defect + point.delta * steeper
            value, rise = one - defect, 2 * one - defect
        elif _ends(point.codelta) and facts.is_odd(phi):
            rise = found.rise + point.codelta * steeper
            value, defect = rise - one, 2 * one - rise
        if slope is not None:
            slope = Along(*(x + 2 * steeper for x in slope.numbers()))
        return Along(value, defect, rise, one), slope, one


class AtEnd(AtPoints):
    """u = 1, where no dual is read: what is out of reach behind other layers is refused before these take their time.

    OutOfReachError where a chart has no panel next to u = 1, which panels of the whole network need.
    """

    signed = True

    def __init__(self, bits: int) -> None:
        super().__init__([_ONE], bits)

    def dual(self, phi: Phi, q: Variance, rho: Values, steep: bool) -> tuple[Any, Any, Any] | None:
        if phi.function is not None or phi.family not in smooth.NAMES:
            return None
        chart = Chart(phi.family, q, self.bits - _LESS)
        chart.require_reach()
        return Values([chart.one]), Values([chart.climb]), chart.one


class InBalls(OnPanel):
    """Balls at one point."""

    def __init__(self, point: Point, known: dict[Any, Any], bits: int) -> None:
        """`known` keeps series for other points; these are cut off at 2^-bits."""
        self.arithmetic, self.bits = point.arithmetic, bits  # type: ignore[assignment]
        self.start, self.known = point, known

    def _model(self, x: Any) -> Any:
        return x


def _range(x: Any) -> Any:
    return x.range if isinstance(x, Model) else x


def _ends(distance: Any) -> bool:
    """Whether it comes to 0 at the end of its panel; of a ball, whether it is next to 0."""
    if isinstance(distance, Model):
        return bool(distance.frame.at_end and distance.power > 0)
    return bool(distance < _NEXT)


def _changes(phi: Phi, q: Any) -> tuple[Any, Any] | None:
    root = q.sqrt()
    return changes(phi, root, middle(root))


def _polynomial(u: Model, coefficients: list[Any]) -> Model:
    """A polynomial of a model."""
    while coefficients and coefficients[-1] == 0:
        coefficients = coefficients[:-1]
    if len(coefficients) < 2:
        return u * 0 + sum(coefficients, flint.arb(0))
    known = flint.arb_poly(coefficients)
    if not isinstance(u, Model):
        return known(u)

    def function(x: Any) -> Any:
        if not isinstance(x, flint.arb_series):
            return known(x)
        shifted = known(flint.arb_poly([x[0], 1]))
        rise = flint.arb_series([0, *x.coeffs()[1:]], x.prec)
        return flint.arb_series(shifted.coeffs()[: x.prec], x.prec)(rise)

    return u.applied(function)


@functools.lru_cache(maxsize=4096)
def _plain(kernel: Zonal) -> bool:
    """Whether no variance and no series stands in it: its formula says all."""
    if kernel.truncation or isinstance(kernel, Formed):
        return False
    parts = kernel._kernels() if isinstance(kernel, Node) else ()
    return all(map(_plain, parts))
