r"""Proofs that a kernel is analytic in a complex region, and bounds of it there, from balls on the region's boundary.

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

import bisect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..kernels.text import brief
from ..kernels.zonal import Zonal
from ..numbers.arithmetic import BallArithmetic
from ..numbers.precision import good, precision
from .region_points import Boundary, Curve, PointOf, RamifiedError, RegionError, UndecidedError

_BALLS = BallArithmetic()
_BITS, _MOST_BITS = 128, 2048  # deep networks lose a few bits a layer
_SPLITS = 9
_READINGS = 400
_LARGEST_RAMIFICATION = 512


@dataclass(frozen=True)
class Piece:
    """A part of the boundary: the local variable's ball, and an upper bound of |kappa| on it."""

    start: Fraction
    stop: Fraction
    z: Any
    bound: Any


def sample(kernel: Zonal, local: Curve, points: list[PointOf], count: int = 16) -> tuple[list[Piece], int]:
    """Single points of the boundary z = local(tau), 0 <= tau <= 1, and the precision that reads them well.

    Raises RegionError where one of them fails the module's test, which settles it.
    """

    def read(bits: int) -> list[Piece] | None:
        out = []
        with precision(bits):
            for i in reversed(range(count + 1)):  # what fails, fails next to the cut: at tau = 1
                tau = Fraction(i, count)
                z = local(_BALLS.number(tau))
                try:
                    bound = _read(kernel, z, points, settle=True)
                except (UndecidedError, ArithmeticError) as error:  # on the cut, or beyond what is read
                    raise RegionError(f"{brief(kernel)} is not analytic in the region") from error
                if bound is None or bound.rad() > 1e-6 * (1 + bound.mid()):
                    return None
                out.append(Piece(tau, tau, z, bound.upper()))
        return out[::-1]

    pieces, bits, _ = good(read, lambda pieces: pieces is not None, _BITS, _MOST_BITS, factor=4)
    if pieces is None:
        raise RegionError(f"{brief(kernel)} is not analytic in the region")
    return pieces, bits


def cover(
    kernel: Zonal,
    local: Curve,
    points: list[PointOf],
    count: int = 32,
    readings: int = _READINGS,
    bits: int | None = None,
) -> list[Piece]:
    """Cover the boundary z = local(tau), 0 <= tau <= 1, by balls on which the kernel passes the module's test.

    `points` turn a ball of z into the RegionPoints to read there (one for each end); the bound is on the sum of
    |kappa|. Raises RegionError where some ball fails however small, or more than about `readings` of them would be
    needed. `bits` is the precision that `sample` found, where it has been asked.
    """
    if bits is None:
        _, bits = sample(kernel, local, points)
    out: list[Piece] = []
    known: list[tuple[Fraction, int]] = []  # where pieces start, and how often each was halved, from left to right
    # Scattered, so that what is covered so far tells how many balls the whole will take.
    order = sorted(range(count), key=lambda i: i * 0.6180339887 % 1)
    stack = [(Fraction(i, count), Fraction(i + 1, count), 0) for i in order]
    read, covered = 0, Fraction(0)
    with precision(bits):
        while stack:
            start, stop, halved = stack.pop()
            if not halved and (likely := _halvings(known, start)):
                read += 2**likely - 1  # the wider balls that are not read count as if they were
                width = (stop - start) / 2**likely
                stack += [(start + i * width, start + (i + 1) * width, likely) for i in range(2**likely)]
                continue
            middle, radius = (start + stop) / 2, (stop - start) / 2
            bound, z = _read_part(kernel, local, points, middle, radius)
            read += 1
            if bound is not None and bound.rad() < bound.mid() / 2 + 1:
                out.append(Piece(start, stop, z, bound.upper()))
                bisect.insort(known, (start, halved))
                covered += stop - start
            elif halved == _SPLITS or read > readings or (read > readings / 8 and read > 2 * readings * covered):
                raise RegionError(f"{brief(kernel)} could not be shown to be analytic in the region")
            else:
                stack += [(start, middle, halved + 1), (middle, stop, halved + 1)]
    return out


def _halvings(known: list[tuple[Fraction, int]], start: Fraction) -> int:
    """How often a part of the curve is halved unread: as often as the wider one of its neighbours was."""
    place = bisect.bisect(known, (start, 0))
    return min((halved for _, halved in known[max(place - 1, 0) : place + 1]), default=0)


def largest(
    kernel: Zonal,
    boundary: Boundary,
    others: Iterable[Any] = (),
    count: int = 32,
    readings: int = _READINGS,
    bits: int | None = None,
) -> Any:
    """An upper bound of |kappa| inside a boundary, and of `others`; None where kappa is not shown to be analytic."""
    try:
        pieces = cover(kernel, *boundary, count, readings, bits)
    except RegionError:
        return None
    bound = _BALLS.number(Fraction(0))
    for other in (*others, *(piece.bound for piece in pieces)):
        bound = bound.max(other)
    return bound


def _read_part(kernel: Zonal, local: Curve, points: list[PointOf], middle: Fraction, radius: Fraction) -> Any:
    """`_read` of the part of a curve with |tau - middle| <= radius, and its ball of z."""
    centre = _BALLS.number(middle)
    move = _BALLS.flint.arb(0, 1) * _BALLS.number(radius)
    tau = centre + move
    z = local(tau)
    return _read(kernel, z, points, (local(centre), local.slope(tau, z), move)), z


def _read(kernel: Zonal, z: Any, points: list[PointOf], part: Any = None, settle: bool = False) -> Any:
    """A bound of the sum of |kappa| over the points of a ball; None where the ball is too wide to decide the test.

    `part` is a curve's in the ball: its centre, its slope and how far its parameter moves. With `settle`, an error that
    no narrower ball can mend is raised.
    """
    total = _BALLS.flint.arb(0)
    try:
        for point in points:
            if part is None:
                value = point(z, None).pair(kernel).value
            else:
                middle, slope, move = part
                value = point(z, point(middle, None)).along(slope, move).value(kernel)
            if not value.is_finite():
                return None
            total = total + abs(value)
    except UndecidedError as error:
        if settle and error.settled:
            raise
        return None
    except ZeroDivisionError:
        return None
    except ArithmeticError:  # beyond what is read
        if settle:
            raise
        return None
    return total


def settled(point: PointOf, z: Any, kernel: Zonal) -> None:
    """Evaluate the kernel at an exact point, where no ball is too wide: RamifiedError if a root of z is needed."""

    def read(bits: int) -> bool:
        try:
            with precision(bits):
                point(z, None).pair(kernel)
        except UndecidedError:
            return False
        return True

    if not good(read, bool, _BITS, _MOST_BITS, factor=4).good:
        raise RegionError(
            f"{brief(kernel)} could not be read at a point inside [-1, 1], where it is not shown to be analytic"
        )


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
