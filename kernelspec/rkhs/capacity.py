r"""Effective dimension, information gain and best rank-r error of an operator whose eigenvalues are enclosed.

For eigenvalues mu_1 >= mu_2 >= ... >= 0, each as often as it stands there,

.. math:: D(\lambda) = \sum_i \frac{\mu_i}{\mu_i + \lambda}, \qquad
          I(n, \sigma) = \frac12 \sum_i \log\Big(1 + \frac{n \mu_i}{\sigma^2}\Big), \qquad
          T(r) = \sum_{i > r} \mu_i .

Every result is two-sided. All three grow with each eigenvalue and each multiplicity, so that the lower ends of `Levels`
give lower bounds and the upper ends upper ones. Of what the levels leave out, the trace is known to lie in `rest` and
every eigenvalue to be at most `largest` = c. D and I are sums of f(mu), f concave and f(0) = 0, so that
mu f(c)/c <= f(mu) <= mu f'(0) for mu <= c: the sum lies between rest f(c)/c and rest f'(0), whatever is left out.
T is concave on sequences (r eigenvalues are the largest possible ones), so that it is smallest where what is left out
stands in as few eigenvalues as can be, rest/c times c, and at most T of the levels plus the rest.

Rounding: sums, products and quotients of numbers >= 0 in float64, each entry rounded outward by one unit for each
operation, which covers underflow as well, sums in pairs. Logarithms are NumPy's, whose error is taken for 4 units in
the last place at most; with `certified` they are Arb's, and nothing is taken on trust.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..numbers.checks import FloatArray, broadcast, degrees, flag, real_array, reals, scalar_or_array
from ..numbers.precision import default_errors, precision, with_balls
from .levels import Levels

if TYPE_CHECKING:
    from ..numbers.enclosure import Enclosure

# Lower and upper bound: floats or arrays; with `certified` a ball, or a list of balls.
Bounds: TypeAlias = Any

_LARGEST = 1e300
_UNIT = 2.0**-52
_SYMMETRIC = 1e-6  # of the size of a Gram matrix: what float32 rounds away
_LOGARITHM = 4  # units in the last place by which NumPy's log1p may be wrong
_CHUNK = 1 << 20  # numbers that are held at a time
_BITS = 96
_DIGITS = 15  # that a ball of floats' ends shows


@with_balls
def effective_dimension(levels: Levels, lam: Any, certified: bool = False) -> Bounds:
    r"""The effective dimension (degrees of freedom), in two bounds.

    .. math:: D(\lambda) = \sum_i \frac{\mu_i}{\mu_i + \lambda} = \operatorname{Tr} T (T + \lambda)^{-1}

    Parameters
    ----------
    levels : the enclosed eigenvalues.
    lam : the regularisation lambda, from 1e-300 to 1e300: a number, or an array of any shape.
    certified : False for (lower, upper) in float64, in the shape of `lam`; True for an Arb ball that contains D(lam),
        a list of balls for many lam, in their order.

    Raises ValueError where lam is not positive. Source: Caponnetto & De Vito 2007, Definition 1; the bounds of what
    is left out are derived in the module.

    >>> import numpy as np
    >>> from kernelspec.rkhs.levels import Levels
    >>> two = Levels(np.array([1.0, 0.5]), np.array([1.0, 0.5]), np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    >>> low, high = effective_dimension(two, 0.5)  # 2/3 + 2/2
    >>> low <= 5/3 <= high, high - low < 1e-14
    (True, True)
    """
    lam = positive("lam", lam)
    _check(levels)

    def share(mu: FloatArray, lam: FloatArray) -> FloatArray:
        return mu / (mu + lam)

    flat = lam.ravel()
    low, high = _concave_sum(levels, flat, share, 2)
    if levels.rest[1] > 0:
        low = _down(low + _down(levels.rest[0] / _up(levels.largest + flat, 1), 1), 1)
        high = _up(high + _up(levels.rest[1] / flat, 1), 1)
    return _answer(low, high, lam.shape, certified)


@with_balls
def information_gain(levels: Levels, n: Any, noise: Any, certified: bool = False) -> Bounds:
    r"""The information that n observations with Gaussian noise give of a Gaussian process, in two bounds.

    .. math:: I(n, \sigma) = \frac12 \sum_i \log\Big(1 + \frac{n \mu_i}{\sigma^2}\Big)

    in nats: (1/2) log det(1 + K/sigma^2) where the mu_i are the eigenvalues of K/n.

    Parameters
    ----------
    levels : the enclosed eigenvalues.
    n : how many observations, integers >= 1: one, or an array that broadcasts with `noise`.
    noise : the noise's standard deviation sigma, from 1e-140 to 1e140: a number or an array.
    certified : as for `effective_dimension`.

    Raises ValueError where n < 1 or noise is not positive. Source: Srinivas et al. 2010, Section 2; the bounds of what
    is left out are derived in the module.
    """
    counts, noise = observations(n, noise)
    _check(levels)
    if flag("certified", certified):
        found = [_certified_gain(levels, int(a), float(b)) for a, b in zip(counts.flat, noise.flat, strict=True)]
        return found[0] if counts.ndim == 0 else found
    factors = counts.ravel() / noise.ravel() ** 2

    def half_log(mu: FloatArray, factor: FloatArray) -> FloatArray:
        with np.errstate(over="ignore", divide="ignore"):
            x = mu * factor
            return 0.5 * np.where(x < 1e300, np.log1p(x), np.log(mu) + np.log(factor))

    # A factor (1 + e)^3 in the argument is one of at most (1 + e)^3 in the logarithm.
    units = 4 + _LOGARITHM
    low, high = _concave_sum(levels, factors, half_log, units)
    (least, most), c = levels.rest, levels.largest
    if most > 0:
        low = _down(low + _down(least / c * half_log(np.full(factors.shape, c), factors), units + 2), 1)
        high = _up(high + _up(0.5 * most * factors, 4), 1)
    return scalar_or_array(low.reshape(counts.shape)), scalar_or_array(high.reshape(counts.shape))


@with_balls
def tail(levels: Levels, r: Any, certified: bool = False) -> Bounds:
    r"""The trace less the r largest eigenvalues, in two bounds: the error of the best approximation of rank r.

    .. math:: T(r) = \sum_{i > r} \mu_i = \min_{\operatorname{rank} R \le r,\, 0 \le R \le T} \operatorname{Tr}(T - R)

    Parameters
    ----------
    levels : the enclosed eigenvalues.
    r : a rank, an integer from 0 to 2^53, or an array of them.
    certified : as for `effective_dimension`.

    Source: Fan 1951 (the r largest eigenvalues are the largest trace of r dimensions); the bounds of what is left out
    are derived in the module.
    """
    ranks = degrees("r", r)
    _check(levels)
    low = _beyond(levels.lower, levels.multiplicity_lower, ranks.ravel(), levels.rest[0], levels.largest, up=False)
    high = _beyond(levels.upper, levels.multiplicity_upper, ranks.ravel(), 0.0, 0.0, up=True)
    if levels.rest[1] > 0:
        high = _up(high + levels.rest[1], 1)
    return _answer(low, high, ranks.shape, certified)


@default_errors
def levels_of_gram(gram: Any) -> Levels:
    """The eigenvalues of K/n as levels, for the capacities of a data set: what bounds for any data are held against.

    Parameters
    ----------
    gram : the Gram matrix K of n points, real, symmetric to rounding and positive semi-definite, shape (n, n), n >= 1.

    The ends are those of NumPy's `eigvalsh`, whose error is taken for n units in the last place of |K| (Frobenius) at
    most, and none below 0. Raises ValueError for what is no such matrix.

    >>> import numpy as np
    >>> effective_dimension(levels_of_gram(2 * np.eye(3)), 2 / 3)[0] > 1.5 - 1e-13
    True
    """
    matrix = symmetric("gram", gram)
    n, size = len(matrix), float(np.linalg.norm(matrix))
    found, error = np.linalg.eigvalsh(matrix), n * _UNIT * size
    require_positive("gram", found, size)
    low, high = np.maximum(found - error, 0.0) / n, np.maximum(found + error, 0.0) / n
    return Levels(_down(low, 1), _up(high, 1), np.ones(n), np.ones(n))


def symmetric(name: str, gram: Any) -> FloatArray:
    """A Gram matrix in float64, exactly symmetric; ValueError for what is none to rounding."""
    matrix = real_array(name, gram).astype(np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size:
        raise ValueError(f"{name} must be a square matrix of at least one row; got shape {matrix.shape}")
    largest = float(np.max(np.abs(matrix)))
    apart = float(np.max(np.abs(matrix - matrix.T)))
    if largest > 0 and apart / largest > _SYMMETRIC * float(np.linalg.norm(matrix / largest)):  # squares of any size
        raise ValueError(f"{name} must be symmetric; it differs from its transpose by more than rounding")
    return (matrix + matrix.T) / 2


def require_positive(name: str, eigenvalues: NDArray[np.floating[Any]], size: float) -> None:
    """ValueError where a matrix of this Frobenius norm has a negative eigenvalue that rounding does not explain."""
    if eigenvalues[0] < -len(eigenvalues) * _UNIT * size - _SYMMETRIC * size:
        raise ValueError(f"{name} must be positive semi-definite; it has the eigenvalue {eigenvalues[0]:.6g}")


def positive(name: str, value: Any, most: int = 300) -> FloatArray:
    """Return numbers from 10^-most to 10^most as float64; ValueError for any other."""
    found = reals(name, value)
    wrong = ~((found >= 10.0**-most) & (found <= 10.0**most))
    if np.any(wrong):
        raise ValueError(f"{name} must be positive, from 1e-{most} to 1e{most}, got {float(found[wrong].flat[0])!r}")
    return found


def observations(n: Any, noise: Any) -> tuple[FloatArray, FloatArray]:
    """Return numbers of observations and standard deviations, broadcast; ValueError for what is neither."""
    counts, sigma = degrees("n", n, 1), positive("noise", noise, 140)
    both = broadcast(n=counts, noise=sigma)
    return both[0], both[1]


# -- sums ------------------------------------------------------------------------------------------------------


def _concave_sum(
    levels: Levels, points: FloatArray, f: Callable[[FloatArray, FloatArray], FloatArray], operations: int
) -> tuple[FloatArray, FloatArray]:
    """Bounds of sum m f(mu, point) for every point; f is right up to so many units in the last place."""
    low, high = np.zeros(points.shape), np.zeros(points.shape)
    step = max(1, _CHUNK // max(1, levels.lower.size))
    for start in range(0, points.size, step):
        some = points[start : start + step, None]
        with np.errstate(over="ignore", under="ignore"):
            below = _down(levels.multiplicity_lower * _down(f(levels.lower, some), operations), 1)
            above = _up(levels.multiplicity_upper * _up(f(levels.upper, some), operations), 1)
        # An eigenvalue 0 counts nothing, however often it stands there.
        low[start : start + step] = _sum(np.where(levels.lower > 0, below, 0.0), up=False)
        high[start : start + step] = _sum(np.where(levels.upper > 0, above, 0.0), up=True)
    return low, high


def _sum(terms: FloatArray, up: bool) -> FloatArray:
    """The sums of the last axis, of numbers >= 0, in pairs, rounded to one side."""
    steps = 0
    while terms.shape[-1] > 1:
        if terms.shape[-1] % 2:
            terms = np.concatenate([terms, np.zeros((*terms.shape[:-1], 1))], axis=-1)
        half = terms.shape[-1] // 2
        with np.errstate(over="ignore"):
            terms = terms[..., :half] + terms[..., half:]
        steps += 1
    total = terms[..., 0] if terms.shape[-1] else np.zeros(terms.shape[:-1])
    return _up(total, steps) if up else _down(total, steps)


def _up(x: FloatArray, operations: int) -> FloatArray:
    """Floats not below what so many operations, each rounded to nearest, should have given; 0 stays 0 for none."""
    with np.errstate(over="ignore", under="ignore"):
        return np.nextafter(x * (1 + operations * _UNIT), math.inf) if operations else x


def _down(x: FloatArray, operations: int) -> FloatArray:
    """Floats not above, and none below 0 for numbers >= 0."""
    with np.errstate(under="ignore"):
        x = np.minimum(x, sys.float_info.max)
        return np.maximum(np.nextafter(x * (1 - operations * _UNIT), -math.inf), 0.0) if operations else x


def _beyond(mu: FloatArray, count: FloatArray, ranks: FloatArray, rest: float, c: float, up: bool) -> FloatArray:
    """A bound of the sum of all but the r largest of mu, each standing there `count` times, and of rest/c times c."""
    round_ = _up if up else _down
    if rest > 0 and c > 0:
        whole = float(np.floor(_down(np.array(rest / c), 1)))
        left_over = float(_down(rest - _up(np.array(whole * c), 1), 1))
        mu, count = np.append(mu, [c, left_over]), np.append(count, [whole, 1.0])
    order = np.argsort(mu)[::-1]
    mu, count = mu[order], count[order]
    with np.errstate(over="ignore"):
        through = np.cumsum(count)
        if through.size and through[-1] >= 2.0**53:
            through = np.where(through >= 2.0**53, round_(through, through.size), through)
        trace = np.where(mu > 0, round_(count * mu, 1), 0.0)
        after = np.append(round_(np.cumsum(trace[::-1]), mu.size)[::-1], 0.0)
    at = np.searchsorted(through, ranks, side="right")  # all of those before are among the r largest
    inside = at < mu.size
    place = np.minimum(at, max(mu.size - 1, 0))
    if not mu.size:
        return np.zeros(ranks.shape)
    left = np.maximum(through[place] - ranks, 0.0)
    left = np.where(left < 2.0**52, left, round_(left, 1))
    part = round_(left * mu[place], 1)
    total = np.where(mu[place] > 0, part, 0.0) + after[place + 1]
    return np.where(inside & ((left > 0) | (after[place + 1] > 0)), round_(total, 1), 0.0)


# -- balls -----------------------------------------------------------------------------------------------------


def _certified_gain(levels: Levels, n: int, noise: float) -> Enclosure:
    from flint import arb

    from ..numbers.enclosure import Enclosure

    with precision(_BITS):
        factor, c = arb(n) / arb(noise) ** 2, arb(levels.largest)
        ends = []
        for mu, count in ((levels.lower, levels.multiplicity_lower), (levels.upper, levels.multiplicity_upper)):
            terms = (arb(m) * (arb(x) * factor).log1p() for x, m in zip(mu.tolist(), count.tolist(), strict=True) if x)
            ends.append(sum(terms, arb(0)) / 2)
        least, most = map(arb, levels.rest)
        if c > 0:
            ends[0] += least * (c * factor).log1p() / (2 * c)
        ends[1] += most * factor / 2
        return Enclosure(ends[0].union(ends[1]), _DIGITS)


def _answer(low: FloatArray, high: FloatArray, shape: tuple[int, ...], certified: bool) -> Bounds:
    if not flag("certified", certified):
        return scalar_or_array(low.reshape(shape)), scalar_or_array(high.reshape(shape))
    from flint import arb

    from ..numbers.enclosure import Enclosure

    with precision(_BITS):
        found = [Enclosure(arb(a).union(arb(b)), _DIGITS) for a, b in zip(low.tolist(), high.tolist(), strict=True)]
    return found[0] if shape == () else found


@default_errors
def _check(levels: Levels) -> None:
    """ValueError where the levels are not what they should be: a NaN would go through every bound unseen."""
    if not isinstance(levels, Levels):
        raise TypeError(f"levels must be Levels; got {type(levels).__name__}")
    several = (levels.lower, levels.upper, levels.multiplicity_lower, levels.multiplicity_upper)
    if any(np.ndim(x) != 1 or np.shape(x) != np.shape(several[0]) for x in several):
        raise ValueError(f"levels must be arrays of one axis and one length; got {[np.shape(x) for x in several]}")
    for low, high, what in (
        (levels.lower, levels.upper, "eigenvalues"),
        (levels.multiplicity_lower, levels.multiplicity_upper, "multiplicities"),
        (np.array(levels.rest[:1]), np.array(levels.rest[1:]), "rest"),
        (np.zeros(1), np.array([levels.largest]), "largest"),
    ):
        if not np.all((low >= 0) & (low <= high) & (high <= _LARGEST)):
            raise ValueError(f"levels must have 0 <= lower <= upper <= 1e300; these {what} have not")
    if levels.rest[1] > 0 and not levels.largest > 0:
        raise ValueError("levels that leave a trace out must bound it by largest > 0")
