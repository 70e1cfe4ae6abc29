"""Points of a complex region: a kernel's `pair` is read at balls, and the lemma of `analyticity` tested on the way."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ..kernels.points import Pair, Point
from ..kernels.zonal import Zonal
from ..numbers.arithmetic import BallArithmetic
from ..numbers.exact_numbers import made
from ..numbers.precision import cached_property

_BALLS = BallArithmetic()
_HALF = Fraction(1, 2)


class RegionArithmetic(BallArithmetic):
    """Balls whose roots, powers and arcsines are tested by the lemma, so that they are analytic inside."""

    def sqrt(self, x: Any) -> Any:
        return super().sqrt(_off_cut(x))

    def power(self, x: Any, q: Fraction) -> Any:
        plain = q.denominator == 1 and q >= 0
        return super().power(x if plain else _off_cut(x), q)

    def asin(self, x: Any) -> Any:
        _off_cut(1 - x), _off_cut(1 + x)
        return super().asin(x)


REGION = RegionArithmetic()


class RamifiedError(Exception):
    """The kernel is analytic in a root of the local variable only; `factor` is the root's degree."""

    def __init__(self, factor: int) -> None:
        super().__init__(factor)
        self.factor = factor


class RegionError(ValueError):
    """The kernel could not be shown to be analytic in the region."""


@dataclass(eq=False)
class RegionPoint(Point):
    """A ball of the local variable z, with balls of u, 1-u and 1+u and the orders of the two at z = 0.

    `centre` is the same point at the middle: a function f of z lies in f(z_c) + f'(Z) (z - z_c) (mean value form), f'
    being the slope of all layers together: were each layer's change multiplied by its own slope, a box would be
    turned, and grow, once a layer. For that the ball Z has to be convex. Of a part of a curve z(tau) only the curve
    is meant (`along`): f lies in f(tau_c) + f'(T) (tau - tau_c), and tau is real. These changes are symmetric about 0.
    """

    settles = False  # balls are narrowed by slopes here

    z: Any = None
    order: int = 0  # of 1 - u at z = 0
    coorder: int = 0  # of 1 + u at z = 0
    by_left: bool = False  # whether angles are taken from u = -1
    centre: RegionPoint | None = None
    rate: Any = None  # the derivative of 1 - u over the ball, by z (by the curve's parameter after `along`)
    move: Any = None  # z (that parameter) less its value at the centre
    # Whether a slope is being read, here and at all images: it may be infinite at the end, and z is not there.
    slopes: list[bool] = field(default_factory=lambda: [False])

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.move is None and self.centre is not None:
            self.move = self.z - self.centre.z
        self.near = not self.by_left
        self.near_cosine = -self.u if self.by_left else self.u

    @classmethod
    def of_angle(
        cls, theta: Any, turn: Any, by_left: bool, z: Any, order: int, centre: RegionPoint | None
    ) -> RegionPoint:
        """The point with angle theta to u = 1 (to u = -1 if `by_left`), sin^2(theta/2) of that order in z."""
        half = theta / 2
        sine, cosine = half.sin(), half.cos()
        near, far = 2 * sine * sine, 2 * cosine * cosine
        rate = None
        if centre is not None:
            rate = 2 * sine * cosine * turn
        if by_left:
            u, ends, orders = -theta.cos(), (far, near), (0, order)
            rate = None if rate is None else -rate
        else:
            u, ends, orders = theta.cos(), (near, far), (order, 0)
        point = cls(REGION, u, *ends, z, *orders, by_left, centre, rate)
        point.half_sine, point.half_cosine, point.psi = sine, cosine, theta
        return point

    def along(self, slope: Any, move: Any) -> RegionPoint:
        """The same ball, of which only a curve z(tau) is meant: dz/dtau over the ball, and tau - tau_c, which is real.

        A product with a real interval is a segment, of which a box is narrow.
        """
        if self.rate is not None:
            self.rate, self.move = self.rate * slope, move
        return self

    @cached_property
    def _factor(self) -> Any:
        """A = (1-u)/z^e, tested."""
        centre = self.centre
        known = None if centre is None else (centre.delta, centre._factor)
        return self._cleared(self.delta, self.order, known)

    @cached_property
    def _cofactor(self) -> Any:
        """B = (1+u)/z^f, tested."""
        centre = self.centre
        known = None if centre is None else (centre.codelta, centre._cofactor)
        return self._cleared(self.codelta, self.coorder, known)

    def _cleared(self, x: Any, order: int, at_centre: tuple[Any, Any] | None) -> Any:
        """x / z^order, tested to avoid (-inf, 0]."""
        if not order:
            return _off_cut(x)
        plain = x / self.z**order
        if at_centre is not None and self.centre is not None:
            # Ratios to the centre are near 1, where rectangular balls of powers are narrow.
            ratio = x / at_centre[0] * (self.centre.z / self.z) ** order
            plain = narrower(plain, at_centre[1] * ratio)
        return _off_cut(plain)

    @cached_property
    def half_sine(self) -> Any:
        if self.by_left:
            return self._root(self.codelta, self.coorder, self._cofactor, "half_sine")
        return self._root(self.delta, self.order, self._factor, "half_sine")

    @cached_property
    def half_cosine(self) -> Any:
        if self.by_left:
            return self._root(self.delta, self.order, self._factor, "half_cosine")
        return self._root(self.codelta, self.coorder, self._cofactor, "half_cosine")

    def _root(self, square: Any, order: int, factor: Any, name: str) -> Any:
        """sqrt(square/2), square = z^order factor."""
        if order % 2:
            raise RamifiedError(2)
        if self.centre is not None:
            # Another continuous branch over the ball, equal at its centre: the same one.
            at_centre = getattr(self.centre, name)
            ratio = square / (2 * at_centre * at_centre)
            if ratio.real > 0:
                return at_centre * ratio.sqrt()
        root = (factor / 2).sqrt()
        return self.z ** (order // 2) * root if order else root

    @cached_property
    def psi(self) -> Any:
        # The half cosine tests the end that the half sine does not: 1 - s^2 is half of its distance.
        centre, sine, cosine = self.centre, self.half_sine, self.half_cosine
        if centre is None:
            return 2 * sine.asin()
        if self.rate is None:
            return centre.psi + 2 * (sine - centre.half_sine) / cosine
        change = self.inverse_sine * self.rate * self.move
        return centre.psi - change if self.by_left else centre.psi + change

    @cached_property
    def inverse_sine(self) -> Any:
        """(1-u^2)^{-1/2}."""
        return 1 / self.sine

    def off_cut(self, x: Any) -> Any:
        # By the argument principle x has no zero inside, and its principal logarithm is analytic there.
        return _off_cut(x)

    def defect_power(self, q: Fraction) -> Any:
        return self._power(self.order, self._factor, q)

    def sine_power(self, p: Fraction) -> Any:
        if p == -_HALF and self.slopes[0]:
            return self.inverse_sine
        left = self._power(self.coorder, self._cofactor, p)
        return left * self._power(self.order, self._factor, p)

    def _power(self, order: int, factor: Any, q: Fraction) -> Any:
        power = order * q
        if power.denominator > 1:
            raise RamifiedError(power.denominator)
        if power < 0 and not self.slopes[0]:
            raise RegionError("a power of 1 - u or 1 + u is infinite at an end of [-1, 1]")
        root = _BALLS.power(factor, q)
        return self.z ** int(power) * root if order else root

    def _tail(self, n: int) -> Any:
        if n > 1:
            return self._closed_tail(n)
        part = self.psi if n == 0 else self.sine - self.psi * self.near_cosine
        return part / self.arithmetic.pi

    def image(self, kernel: Any) -> Point:
        found = self._points.get(kernel)
        if found is None:
            found = self._points[kernel] = self._image(kernel, self.pair(kernel))
        return found

    def _image(self, kernel: Zonal, pair: Pair) -> RegionPoint:
        order = coorder = 0
        if self.order or self.coorder:
            order, coorder = _orders(kernel, self.order, self.coorder)
        value, centre = pair.value, None
        if self.centre is not None:
            at_centre = self.centre.image(kernel)
            assert isinstance(at_centre, RegionPoint)
            centre = at_centre
        # Which end angles are taken from must not change where u reaches an end; elsewhere the two forms agree.
        by_left = coorder > 0
        if not (order or coorder):
            by_left = centre.by_left if centre is not None else bool(_middle(value) < 0)
        near = 1 + value if by_left else pair.defect if kernel.rational_one == 1 else 1 - value
        rate = None
        if centre is not None and self.centre is not None:
            slope = self._slope_of(kernel)
            if slope.is_finite():
                rate = None if self.rate is None else slope * self.rate
                change = slope * (self.delta - self.centre.delta) if rate is None else rate * self.move
                by_slope = centre.codelta - change if by_left else centre.delta + change
                near = narrower(near, by_slope)
        u, delta, codelta = (near - 1, 2 - near, near) if by_left else (1 - near, near, 2 - near)
        return RegionPoint(
            self.arithmetic, u, delta, codelta, self.z, order, coorder, by_left, centre, rate, self.move, self.slopes
        )

    def _slope_of(self, kernel: Zonal) -> Any:
        """kappa'(u) on the ball; not finite where none is known, or at an end, where the branch changes."""
        if self.delta.contains(0) or self.codelta.contains(0):
            return _BALLS.flint.arb("nan")
        before, self.slopes[0] = self.slopes[0], True
        try:
            return kernel.slope_at(self)
        except NotImplementedError:  # a class of the user's own states none
            return _BALLS.flint.arb("nan")
        finally:
            self.slopes[0] = before

    def value(self, kernel: Zonal) -> Any:
        """kappa on the ball."""
        plain = self.pair(kernel).value
        if self.centre is None or self.rate is None or plain.rel_accuracy_bits() > 1:
            return plain
        by_slope = self.centre.pair(kernel).value - self._slope_of(kernel) * self.rate * self.move
        return narrower(plain, by_slope) if by_slope.is_finite() else plain


@functools.lru_cache(maxsize=1024)
def departure(kernel: Zonal, at: int) -> tuple[int, Fraction]:
    """The kernel's value at u = at where that is +1 or -1 exactly, else 0; and its leading power of 1 -+ u."""
    from ..expansions import at_order

    order = Fraction(1, 64)
    while order <= 64:
        series = at_order(kernel, at, order)
        powers = [e for e in series.exponents if e]
        if powers:
            value = made(series.exact_coefficient(0)) if powers[0] > 0 else None
            return (1 if value == 1 else -1 if value == -1 else 0), powers[0]
        order *= 2
    return 0, Fraction(1)  # a constant


@functools.lru_cache(maxsize=1024)
def _orders(kernel: Zonal, order: int, coorder: int) -> tuple[int, int]:
    """The orders of 1 - kappa and 1 + kappa where those of 1 - u and 1 + u are these, one of them not 0."""
    start, leading = departure(kernel, 1 if order else -1)
    power = max(order, coorder) * leading
    if start and power.denominator > 1:
        raise RamifiedError(power.denominator)
    return int(power) * (start == 1), int(power) * (start == -1)


def _middle(x: Any) -> Any:
    return x.real.mid() if isinstance(x, _BALLS.flint.acb) else x.mid()


def _width(x: Any) -> float:
    return float(x.rad() if isinstance(x, _BALLS.flint.arb) else x.real.rad() + x.imag.rad())


def narrower(a: Any, b: Any) -> Any:
    """Of two balls of the same thing the narrower one."""
    return b if not a.is_finite() or _width(b) < _width(a) else a


class UndecidedError(Exception):
    """A ball meets the branch cut: it is too wide to decide, or (`settled`) its value lies on the cut."""

    def __init__(self, settled: bool = False) -> None:
        super().__init__(settled)
        self.settled = settled


def _off_cut(x: Any) -> Any:
    """x, whose ball avoids (-inf, 0]."""
    flint = _BALLS.flint
    if not x.is_finite():
        raise UndecidedError
    if isinstance(x, flint.arb):
        if not x > 0:
            raise UndecidedError
    elif not (x.real > 0 or x.imag != 0):
        raise UndecidedError(settled=bool(x.real < 0) and _width(x) < 1e-6)
    return x


@dataclass(frozen=True)
class Curve:
    """z = local(tau), 0 <= tau <= 1, and dz/dtau as a function of tau and z."""

    local: Callable[[Any], Any]
    slope: Callable[[Any, Any], Any]

    def __call__(self, tau: Any) -> Any:
        return self.local(tau)


PointOf = Callable[[Any, RegionPoint | None], RegionPoint]
# A curve, and the points that a ball of z stands for.
Boundary = tuple[Curve, list[PointOf]]
