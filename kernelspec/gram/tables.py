r"""Values of a kernel at many cosines to their last digit: a table of short polynomials, at one price for any depth.

With x = 1 - |u|, each octave of x is cut into sixteen pieces, down to 2^-53, and in a piece that begins at b

.. math:: \kappa(u) = c_0 + (c_0' + c_1 (x - b) + \dots + c_9 (x - b)^9),

where c_0 + c_0' is kappa at b to twice the digits of a float. The rest is small beside it, so that little but the last
sum rounds (Tang 1989, ACM Trans. Math. Softw. 15, of the exponential function).
x - b is exact for |u| >= 1/2, and below it is taken as (1 - b) - |u|, off by 2^-59 at most.

The numbers come from balls. On either side of u = 0 kappa = s^p g with s = sqrt(x), where g is analytic in s: its
Chebyshev series in a variable of `polynomials` is found to 21 digits, and read in pairs of floats at ten points of each
piece. A kernel has no table where that series does not come down (a power 1/4), where ten points do not tell a piece (a
narrow kernel), or where one begins at a zero, next to which the formula may know more digits, or a zero is near u = 0.
Only kernels have tables that can hide nothing between the points (`fitted`), and are read in balls.

Values are off by up to .8 units in the last place, of steep kernels (`rf(2)**5`) by 2, and next to a zero by 2^-53 of
the values around it, as measured against balls (tests/gram/test_value_tables.py; some 1,000 to 7,000 points of 30
kernels, 200 points of 390 others). Where a zero is of order four (`dual('gelu')**4`), it is 2.5 times as much, and ten
units beside.
The formula is off by up to 6 units in `rf(2)`, 30 in `rf(2)**5`, 28 in `ntk(100)`, and 48 in `rf(100)`.
Networks of activations with pieces have tables, too, where the layers' biases keep the zeros away.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from ..kernels.points import Point
from ..kernels.zonal import Zonal
from ..numbers.arithmetic import BallArithmetic, FloatArithmetic
from ..numbers.checks import FloatArray
from ..numbers.pairs import Pair, add, negative, pair_divide, pair_product, pair_sqrt, plain_pair
from ..numbers.precision import precision, with_balls
from .fitted import told_by_points
from .fitted_values import float32_values
from .polynomials import Variable
from .tiles import layers_in

if TYPE_CHECKING:
    from flint import arb

_WORTH = 2**21  # cosines, times layers, from which on a table costs less than it saves: of several layers
_PIECE = 2**14  # cosines that are evaluated together: seven such arrays stay in the second cache
_OCTAVES = 53  # of x, which is a multiple of 2^-53
_BITS = 4  # of the mantissa, that tell the pieces of an octave
_WIDTH = 2.0**-_BITS  # of a piece, beside the octave's beginning
_SHIFT = 52 - _BITS
_FIRST = (1023 - _OCTAVES) << _BITS  # the leading bits of 2^-53
_LEADING = -1 << _SHIFT
_ROWS = 2 + (_OCTAVES << _BITS)  # of either side: x = 0, the pieces, and x = 1, which begins one
_DEGREE = 9
# Where a piece is read, beside its width: near the extrema of T_9, with few bits, so that x is a float.
_STEPS = np.rint(512 - 512 * np.cos(math.pi * np.arange(_DEGREE + 1) / _DEGREE)) / 1024
_AROUND = 4  # pieces to either side, whose values are its size, too: it may hold a zero
# Of the terms of a piece, beside its values: what is left out, and what the last may be, 8 to 80 times the next one.
_LEFT, _LAST = 2.0**-57, 2.0**-54
_SHIFTS = (None, 2.0, 1.0, 0.5, 0.2, 0.05)  # a of `polynomials`
_TRIAL = 64  # nodes in float64, that choose one
_PARTS = (1e-13, 1e-6)  # of the kernel's size, at which its degree is told
_MOST = 160  # nodes in balls
_PRECISION = 160
_TAIL = 2.0**-70  # of the coefficients that are left out, beside g at the end
_NEAREST = -60  # log2 of s, where kappa is told to be a power
_POWER = 16  # the largest p
_SIZES = 1e100  # of kernels that have tables, and one over it
_SMALL = 0.25  # cosines that have digits of their own, which the formula may keep next to a zero
_ZERO = 2.0**-40  # values of a piece that begins with so little of them begin with 0


@dataclass(frozen=True, eq=False)
class Table:
    """c_0, c_0', c_1, ... of the pieces, an array each: those of u >= 0 from x = 0 on, and then those of u < 0."""

    columns: tuple[FloatArray, ...]

    def evaluate(self, u: FloatArray, work: Sequence[FloatArray], places: Sequence[NDArray[np.int64]]) -> None:
        """kappa in the place of cosines u in [-1, 1], by way of three arrays of their shape, and two of integers."""
        (size, y, number), (side, place) = work, places
        np.right_shift(u.view(np.int64), 63, out=side)
        np.bitwise_and(side, _ROWS, out=side)
        np.abs(u, out=size)
        np.subtract(1.0, size, out=y)
        bits = y.view(np.int64)
        np.right_shift(bits, _SHIFT, out=place)
        np.subtract(place, _FIRST - 1, out=place)
        np.maximum(place, 0, out=place)  # x = 0
        np.add(place, side, out=place)
        np.bitwise_and(bits, _LEADING, out=bits)  # b
        np.subtract(1.0, y, out=y)
        np.subtract(y, size, out=y)
        first, *rest = self.columns
        np.take(rest[-1], place, out=u, mode="clip")  # other modes have a buffer
        for column in rest[-2::-1]:
            np.multiply(u, y, out=u)
            np.add(u, np.take(column, place, out=number, mode="clip"), out=u)
        np.add(u, np.take(first, place, out=number, mode="clip"), out=u)


def many_values(kernel: Zonal, u: NDArray[Any]) -> NDArray[Any] | None:
    """kappa at cosines in [-1, 1], shape (n,), in their dtype; None where there is no table, or too few cosines.

    Values in float32 are rounded from a table, or else from a fit in float64, where there is one. Longer floats have
    none: cosines next to 1 would be 1.
    """
    if u.dtype.itemsize > 8 or not _has_hash(kernel):
        return None
    layers = layers_in(kernel)
    if layers < 2 or u.size * layers < _WORTH:
        return None
    table = table_of(kernel)
    if table is None:
        return float32_values(kernel, u) if u.dtype == np.float32 else None
    out, length = np.empty_like(u), min(_PIECE, u.size)
    floats, integers = np.empty((4, length)), np.empty((2, length), np.int64)
    for start in range(0, u.size, length):
        piece = u[start : start + length]
        value, *work = floats[:, : piece.size]
        value[...] = piece
        table.evaluate(value, work, [array[: piece.size] for array in integers])
        out[start : start + length] = value
    return out


def _has_hash(kernel: Zonal) -> bool:
    """Whether a kernel is a value, of which a table can be kept: a user's may have fields that change."""
    try:
        hash(kernel)
    except TypeError:
        return False
    return True


@functools.lru_cache(maxsize=64)
@with_balls
def table_of(kernel: Zonal) -> Table | None:
    """The table of a kernel, made once; None where it has none."""
    from flint import arb

    if kernel.truncation or not told_by_points(kernel):
        return None
    if not 1 / _SIZES < abs(kernel.at_one) < _SIZES:
        return None
    sides = []
    with precision(_PRECISION):
        for end in (1, -1):
            series = _series(kernel, end)
            pieces = None if series is None else _pieces(series)
            if pieces is None:
                return None
            value = float(_at(kernel, BallArithmetic(), end, arb(0)).mid())
            sides.append(np.hstack([value * np.eye(len(pieces), 1), pieces]))
    columns = np.hstack(sides)
    return Table(tuple(columns[: np.flatnonzero(columns.any(axis=1))[-1] + 1]))


@dataclass(frozen=True, eq=False)
class _Series:
    """kappa on one side: s^power times a Chebyshev series."""

    variable: Variable
    power: int
    coefficients: Pair

    def at(self, x: FloatArray) -> Pair:
        """kappa at distances x from the end, to twice the digits of a float."""
        root = pair_sqrt(plain_pair(x))
        beta, alpha, shift = *self.variable.line, self.variable.shift
        y = root if shift is None else pair_divide(root, add(root, plain_pair(shift)))
        y = add(pair_product(y, plain_pair(beta)), plain_pair(alpha))
        twice = 2 * y[0], 2 * y[1]
        one, two = plain_pair(0 * x), plain_pair(0 * x)
        numbers = [*zip(*self.coefficients, strict=True)]
        for number in numbers[:0:-1]:  # Clenshaw
            one, two = add(add(pair_product(twice, one), negative(two)), number), one
        found = add(add(pair_product(y, one), negative(two)), numbers[0])
        for _ in range(self.power):
            found = pair_product(found, root)
        return found


def _at(kernel: Zonal, arithmetic: Any, end: int, x: Any) -> Any:
    """kappa at distances x from an end."""
    ends = (1 - x, x, 2 - x) if end == 1 else (x - 1, 2 - x, x)
    return Point(arithmetic, *ends).pair(kernel).value


def _series(kernel: Zonal, end: int) -> _Series | None:
    """kappa on one side; None where its series does not come down."""
    from flint import arb

    chosen = _variable(kernel, end)
    if chosen is None:
        return None
    variable, degree, more = chosen
    one, two = (abs(_at(kernel, BallArithmetic(), end, arb(4) ** k)) for k in (_NEAREST, _NEAREST - 1))
    if not (one > 0 and two > 0 and one.is_finite() and two.is_finite()):
        return None
    power = round(float((one / two).log() / arb(2).log()))  # of others the series does not come down
    if not 0 <= power <= _POWER:
        return None
    least = float(_TAIL * one / arb(2) ** (power * _NEAREST))  # beside g at the end
    more *= math.log(_PARTS[0] * abs(kernel.at_one) / least)
    first = math.ceil(1.25 * (degree + max(0.0, more))) + 3  # the digits at the beginning come a little faster
    for count in (first, 3 * first // 2):
        if count > _MOST:
            break
        found = _coefficients(kernel, end, variable, power, count)
        if all(abs(c) < least for c in found[-4:]):
            high = np.array([float(c.mid()) for c in found])
            low = np.array([float((c - h).mid()) for c, h in zip(found, high.tolist(), strict=True)])
            return _Series(variable, power, (high, low))
    return None


def _variable(kernel: Zonal, end: int) -> tuple[Variable, float, float] | None:
    """In which the series is shortest; its degree in floats, and how much each digit adds to it."""
    low, high = (-_WIDTH, 1.0) if end == 1 else (-1.0, _WIDTH)
    ways = [Variable(end, low, high, shift) for shift in _SHIFTS]
    angles = math.pi * (np.arange(_TRIAL) + 0.5) / _TRIAL
    with np.errstate(all="ignore"):
        values = _at(kernel, FloatArithmetic(), end, np.concatenate([way.inverse(angles) for way in ways]))
    values = np.reshape(values, (len(ways), _TRIAL)) + np.zeros((len(ways), _TRIAL))
    sizes = np.abs(values @ np.cos(np.outer(angles, np.arange(_TRIAL)))) * (2 / _TRIAL)
    whole, half = (_TRIAL - np.argmax(sizes[:, ::-1] > part * np.max(np.abs(values)), axis=1) for part in _PARTS)
    best = int(np.argmin(2 * whole - half))
    if whole[best] > 3 * _TRIAL // 4:
        return None
    return ways[best], int(whole[best]), float(whole[best] - half[best]) / math.log(_PARTS[1] / _PARTS[0])


def _coefficients(kernel: Zonal, end: int, variable: Variable, power: int, count: int) -> list[arb]:
    """Of the Chebyshev series of g, from its values at so many nodes."""
    from flint import arb

    (beta, alpha), table = map(arb, variable.line), [(arb.pi() * m / (2 * count)).cos() for m in range(4 * count)]
    values = []
    for j in range(count):
        s = (table[2 * j + 1] - alpha) / beta
        if variable.shift is not None:
            s = s * variable.shift / (1 - s)
        values.append(_at(kernel, BallArithmetic(), end, s * s) / s**power)
    found = []
    for k in range(count):
        total = sum((v * table[k * (2 * j + 1) % (4 * count)] for j, v in enumerate(values)), arb(0))
        found.append(total * (2 if k else 1) / count)
    return found


def _pieces(series: _Series) -> FloatArray | None:
    """The columns c_0, c_0', c_1, ... of one side; None where ten points do not tell a piece, or one begins with 0."""
    parts = np.arange(_OCTAVES << _BITS | 1)
    starts = np.ldexp(1 + _WIDTH * (parts & (1 << _BITS) - 1), (parts >> _BITS) - _OCTAVES)
    widths = np.ldexp(_WIDTH, (parts >> _BITS) - _OCTAVES)
    high, low = series.at(starts[:, None] + widths[:, None] * _STEPS)
    size = np.max(np.abs(high), axis=1)
    size = np.max(sliding_window_view(np.pad(size, _AROUND, mode="edge"), 2 * _AROUND + 1), axis=1)
    if np.any(np.abs(high[:, 0]) <= _ZERO * size) or np.any(high[starts >= 1 - _SMALL] * high[-1, 0] <= 0):
        return None
    to_terms, to_powers = _matrices()
    terms = ((high - high[:, :1]) + (low - low[:, :1])) @ to_terms
    # The last piece is read at x = 1 alone.
    left = np.max(np.cumsum(np.abs(terms[:-1, ::-1]), axis=1) / size[:-1, None], axis=0)[::-1]
    if left[-1] > _LAST:
        return None
    terms[:, left <= _LEFT] = 0
    terms[-1] = 0
    numbers = terms @ to_powers / widths[:, None] ** np.arange(_DEGREE + 1)
    return np.vstack([high[:, 0], low[:, 0] + numbers[:, 0], numbers[:, 1:].T])


@functools.lru_cache(maxsize=1)
def _matrices() -> tuple[FloatArray, FloatArray]:
    """From rows of values at `_STEPS` to Chebyshev coefficients, and from these to those of powers of w in [0, 1]."""
    powers = np.eye(_DEGREE + 1)
    powers[1, :2] = -1, 2  # T_1 = 2 w - 1
    for k in range(2, _DEGREE + 1):
        powers[k] = 4 * np.roll(powers[k - 1], 1) - 2 * powers[k - 1] - powers[k - 2]
    return np.linalg.inv(chebyshev.chebvander(2 * _STEPS - 1, _DEGREE)).T, powers
