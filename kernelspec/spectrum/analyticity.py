r"""A kernel on a complex region: balls on its boundary that prove it analytic inside, and bound it there.

A local variable z is fixed, in which u is analytic: z = w with u = +-(1 - w^q), or theta = (pi/2) z^m from either
end of [-1, 1]. A `RegionPoint` is a ball of such z with balls of u, 1 - u and 1 + u. Reading a kernel there runs
the kernel's one definition `pair`, and every intermediate value u' at which a deeper layer reads is tested as
follows.

Let e be the order of the zero of 1 - u' at z = 0 (from the layer's exact expansion, 0 where u' is not 1 there) and
A = (1 - u') / z^e, and likewise B = (1 + u') / z^f.

*Lemma.* Let u' be analytic in a simply connected region that contains its real points symmetrically, and continuous
on the boundary. If A and B avoid (-inf, 0] on the boundary, then they have no zero inside, sqrt(A) and sqrt(B) have
positive real part inside, and arccos u' (for even e, f), (1-u')^q (for e q an integer) are analytic inside.

*Proof.* On the boundary A runs in the plane cut along (-inf, 0], so its winding number about 0 is 0, and by the
argument principle A, which is analytic because z^e is divided out, has no zero inside. It therefore has an analytic
square root there; on the boundary take the principal one, whose real part is positive; a harmonic function is
positive inside if it is on the boundary. So the root is principal inside, too. Then (1-u')^q = z^{eq} A^q is
analytic for an integer eq, and s = z^{e/2} sqrt(A/2) satisfies 1 - s^2 = B/2 (f = 0), which avoids (-inf, 0]:
arccos u' = 2 arcsin s by the principal arcsin. With the ends exchanged, arccos u' = pi - 2 arcsin(z^{f/2}
sqrt(B/2)). QED.

By induction over the layers the whole kernel is analytic inside - it is built from entire functions of these - and
by the maximum principle its supremum over the boundary bounds it inside. All values are balls (Arb), so rounding is
covered; a ball that is too wide to decide is split, and where splitting does not help, the region is refused.
"""

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
from ..numbers.precision import cached_property, precision

_BALLS = BallArithmetic()


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


_REGION = RegionArithmetic()
_PRECISIONS = (128, 512, 2048)  # deep networks lose a few bits a layer
_SPLITS = 9
_READINGS = 400
_LARGEST_RAMIFICATION = 512


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

    `centre` is the same point at the ball's midpoint: a function f of v lies in f(v_c) + f'(V) (V - v_c), which
    keeps the balls of deep layers as narrow as the function is steep (mean value form). For that the ball V has to
    be convex, and everything read here has to hold for all of V: v is 1 - u (or 1 + u), of which u and the other
    distance are made, or the variable of the first layer, and then `step` is (d(1-u)/dv)(V) (V - v_c).
    """

    settles = False  # balls are narrowed by slopes here

    z: Any = None
    order: int = 0  # of 1 - u at z = 0
    coorder: int = 0  # of 1 + u at z = 0
    by_left: bool = False  # whether angles are taken from u = -1
    centre: RegionPoint | None = None
    step: Any = None
    # Whether a slope is being read, here and at all images: it may be infinite at the end, and z is not there.
    slopes: list[bool] = field(default_factory=lambda: [False])

    @classmethod
    def of_angle(cls, theta: Any, by_left: bool, z: Any, order: int, centre: RegionPoint | None) -> RegionPoint:
        """The point with angle theta to u = 1 (to u = -1 if `by_left`), sin^2(theta/2) of that order in z."""
        half = theta / 2
        sine, cosine = half.sin(), half.cos()
        near, far = 2 * sine * sine, 2 * cosine * cosine
        step = None
        if centre is not None:
            step = 2 * sine * cosine * (theta - centre.psi)
        if by_left:
            u, ends, orders = -theta.cos(), (far, near), (0, order)
            step = None if step is None else -step
        else:
            u, ends, orders = theta.cos(), (near, far), (order, 0)
        point = cls(_REGION, u, *ends, z, *orders, by_left, centre, step)
        point.half_sine, point.half_cosine, point.psi = sine, cosine, theta
        return point

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
    def near(self) -> Any:
        return not self.by_left

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
        # The arcsine and the slope test the end that the half sine does not: 1 - s^2 is half of its distance.
        if self.centre is None:
            return 2 * self.arithmetic.asin(self.half_sine)
        slope = self.arithmetic.sqrt(1 - self.half_sine * self.half_sine)
        return self.centre.psi + 2 * (self.half_sine - self.centre.half_sine) / slope

    def off_cut(self, x: Any) -> Any:
        # By the argument principle x has no zero inside, and its principal logarithm is analytic there.
        return _off_cut(x)

    def defect_power(self, q: Fraction) -> Any:
        return self._power(self.order, self._factor, q)

    def sine_power(self, p: Fraction) -> Any:
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
        return self.psi / self.arithmetic.pi if n == 0 else self._closed_tail(n)

    def image(self, kernel: Any) -> Point:
        found = self._points.get(kernel)
        if found is None:
            found = self._points[kernel] = self._image(kernel, self.pair(kernel))
        return found

    def _image(self, kernel: Zonal, pair: Pair) -> RegionPoint:
        order = coorder = 0
        if self.order or self.coorder:
            start, leading = departure(kernel, 1 if self.order else -1)
            power = max(self.order, self.coorder) * leading
            if start and power.denominator > 1:
                raise RamifiedError(power.denominator)
            order, coorder = int(power) * (start == 1), int(power) * (start == -1)
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
        if centre is not None and self.centre is not None:
            step = self.delta - self.centre.delta if self.step is None else self.step
            change = self._slope_of(kernel) * step
            if change.is_finite():
                by_slope = centre.codelta - change if by_left else centre.delta + change
                near = narrower(near, by_slope)
        u, delta, codelta = (near - 1, 2 - near, near) if by_left else (1 - near, near, 2 - near)
        return RegionPoint(
            self.arithmetic, u, delta, codelta, self.z, order, coorder, by_left, centre, slopes=self.slopes
        )

    def _slope_of(self, kernel: Zonal) -> Any:
        """kappa'(u) on the ball; not finite where the ball holds an end, around which the branch changes."""
        if self.delta.contains(0) or self.codelta.contains(0):
            return _BALLS.flint.arb("nan")
        before, self.slopes[0] = self.slopes[0], True
        try:
            return self.pair(_derivative(kernel)).value
        finally:
            self.slopes[0] = before


@functools.lru_cache(maxsize=1024)
def _derivative(kernel: Zonal) -> Zonal:
    return kernel.derivative()


@functools.lru_cache(maxsize=1024)
def departure(kernel: Zonal, at: int) -> tuple[int, Fraction]:
    """Where the kernel starts from at u = at: +1 or -1 if exactly there, else 0; and its leading power of 1 -+ u."""
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


def _middle(x: Any) -> Any:
    return x.real.mid() if isinstance(x, _BALLS.flint.acb) else x.mid()


def _width(x: Any) -> float:
    return float(x.rad() if isinstance(x, _BALLS.flint.arb) else x.real.rad() + x.imag.rad())


def narrower(a: Any, b: Any) -> Any:
    """Of two balls of the same thing the narrower one."""
    return b if not a.is_finite() or _width(b) < _width(a) else a


def _centre(z: Any) -> Any:
    return _BALLS.flint.acb(z.real.mid(), z.imag.mid())


def _exact(z: Any) -> bool:
    return bool(z.real.rad() < 1e-12 and z.imag.rad() < 1e-12)


class _UndecidedError(Exception):
    """A ball is too wide; with `settled`, it is narrow and meets the cut."""

    def __init__(self, settled: bool = False) -> None:
        super().__init__(settled)
        self.settled = settled


def _off_cut(x: Any) -> Any:
    """x, whose ball avoids (-inf, 0]."""
    flint = _BALLS.flint
    if not x.is_finite():
        raise _UndecidedError
    if isinstance(x, flint.arb):
        if not x > 0:
            raise _UndecidedError
    elif not (x.real > 0 or x.imag != 0):
        raise _UndecidedError(settled=bool(x.real < 0) and _width(x) < 1e-6)
    return x


@dataclass(frozen=True)
class Piece:
    """A part of the boundary: the local variable's ball, and an upper bound of |kappa| on it."""

    start: Fraction
    stop: Fraction
    z: Any
    bound: Any


PointOf = Callable[[Any, RegionPoint | None], RegionPoint]


def sample(
    kernel: Zonal, local: Callable[[Any], Any], points: list[PointOf], count: int = 16
) -> tuple[list[Piece], int]:
    """Single points of the boundary z = local(tau), 0 <= tau <= 1, and the precision that reads them well.

    Raises RegionError where one of them fails the module's test, which settles it.
    """
    for bits in _PRECISIONS:
        with precision(bits):
            out = []
            for i in range(count + 1):
                tau = Fraction(i, count)
                z = local(_BALLS.number(tau))
                try:
                    bound = _read(kernel, z, points, settle=True)
                except _UndecidedError as error:
                    raise RegionError(f"{kernel!r} is not analytic in the region") from error
                if bound is None or bound.rad() > 1e-6 * (1 + bound.mid()):
                    break
                out.append(Piece(tau, tau, z, bound.upper()))
            else:
                return out, bits
    raise RegionError(f"{kernel!r} is not analytic in the region")


def cover(
    kernel: Zonal, local: Callable[[Any], Any], points: list[PointOf], count: int = 32, readings: int = _READINGS
) -> list[Piece]:
    """Cover the boundary z = local(tau), 0 <= tau <= 1, by balls on which the kernel passes the module's test.

    `points` turn a ball of z into the RegionPoints to read there (one for each end); the bound is on the sum of
    |kappa|. Raises RegionError where some ball fails however small, or more than about `readings` of them would be
    needed.
    """
    _, bits = sample(kernel, local, points)
    out: list[Piece] = []
    # Scattered, so that what is covered so far tells how many balls the whole will take.
    order = sorted(range(count), key=lambda i: i * 0.6180339887 % 1)
    stack = [(Fraction(i, count), Fraction(i + 1, count), _SPLITS) for i in order]
    read, covered = 0, Fraction(0)
    with precision(bits):
        while stack:
            start, stop, splits = stack.pop()
            middle, radius = (start + stop) / 2, (stop - start) / 2
            z = local(_BALLS.number(middle) + _BALLS.flint.arb(0, 1) * _BALLS.number(radius))
            bound = _read(kernel, z, points)
            read += 1
            if bound is not None and bound.rad() < bound.mid() / 2 + 1:
                out.append(Piece(start, stop, z, bound.upper()))
                covered += stop - start
            elif splits == 0 or read > readings or (read > readings / 8 and read > 2 * readings * covered):
                raise RegionError(f"{kernel!r} could not be shown to be analytic in the region")
            else:
                stack += [(start, middle, splits - 1), (middle, stop, splits - 1)]
    return out


def _read(kernel: Zonal, z: Any, points: list[PointOf], settle: bool = False) -> Any:
    """A bound of the sum of |kappa| on a ball, None where it is too wide; with `settle`, what is settled is raised."""
    total = _BALLS.flint.arb(0)
    try:
        for point in points:
            centre = None if _exact(z) else point(_centre(z), None)
            value = point(z, centre).pair(kernel).value
            if not value.is_finite():
                return None
            total = total + abs(value)
    except _UndecidedError as error:
        if settle and error.settled:
            raise
        return None
    except ZeroDivisionError:
        return None
    return total


def settled(point: RegionPoint, kernel: Zonal) -> None:
    """Read the kernel at an exact point, where no ball is too wide: RamifiedError if a root of z is needed."""
    try:
        with precision(_PRECISIONS[-1]):
            point.pair(kernel)
    except _UndecidedError:
        raise RegionError(
            f"{kernel!r} could not be read at a point inside [-1, 1], where it is not shown to be analytic"
        ) from None


def ramified(function: Callable[[int], Any]) -> tuple[int, Any]:
    """The least ramification for which function(ramification) goes through, and its result."""
    q = 1
    while q <= _LARGEST_RAMIFICATION:
        try:
            return q, function(q)
        except RamifiedError as error:
            q *= error.factor
    raise RegionError(
        f"the kernel needs a root of degree {q} as local variable, as its exponents (gamma, nu) have such a "
        f"denominator; the limit is {_LARGEST_RAMIFICATION}: write 0.333... as Fraction(1, 3)"
    )
