r"""Learning curves on the sphere: the spectrum of a kernel as levels, and the power of a function at each degree.

.. math:: n = \sum_k N(d,k) \frac{\mu_k}{\mu_k + \kappa_n} + \frac{n\lambda}{\kappa_n}, \qquad
          \text{error} = E_n \Big( \sum_k A_k \Big(\frac{\kappa_n}{\mu_k+\kappa_n}\Big)^2 + \sigma^2 \Big)

with A_k the mean square of the harmonic part f_k (`learning_curves`; `approximation`). Of a spectrum that falls like a
power of k, the degrees behind the first hundreds stand in the nodes of `degree_sums`, whose weights serve the sums of L
and of L^2. A_k and mu_k of the bias are floats, right to 1e-11 with their sums; the bounds allow for that.

*What the equations predict for powers* (derived here; Spigler, Geiger & Wyart 2020 for the first two terms). Let mu_k ~
k^{-2 beta} in all degrees, A_k ~ k^{-a}, and lambda = 0. As n ~ K^{d-1} for the K with mu_K = kappa_n, kappa_n ~
n^{-2 beta/(d-1)} and E_n tends to 2 beta/(d-1); the degrees beyond K add K^{1-a} to the bias, those below kappa_n^2
sum_{k<K} k^{4 beta - a}, so that

.. math:: \text{error} \sim n^{-\min(a - 1, \, 4\beta)/(d-1)} .

With lambda > 0, kappa_n >= lambda and E_n >= 1, so that the error is at least sum_k A_k (lambda/(mu_k+lambda))^2 for
every n, and tends to it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..kernels.zonal import Zonal
from ..numbers.exact_numbers import ball
from ..numbers.outward import lower_float, upper_float
from ..numbers.precision import at_least
from .approximation import _COUNTS, _FIRST, _ROUNDED, _Harmonics, counts
from .components import components
from .degree_series import ShortSeriesError
from .degree_sums import BITS
from .learning_curves import LearningCurve, Unseen, arguments, learning_curve, widened
from .levels import Levels
from .mercer import Certified, Finite, Part, Power, mercer
from .ridge import Function

_CLOSE = 1e-8  # relative distance of both bounds, at which no more harmonics are read
_LARGEST, _SMALLEST = 1e300, 1e-290  # of the floats that levels hold
_DIGITS = 40
_MOST = 512  # degrees of a parity that are certified one by one


def curve_on_sphere(kernel: Zonal, d: int, f: Function, n: Any, ridge: float, noise: float) -> LearningCurve:
    """See the module."""
    arguments(n, ridge, noise)  # before anything is computed
    parts, spectrum = components(f), functools.lru_cache(maxsize=None)(lambda count: levels(kernel, d, count))
    last = max(_regular(part) for part in mercer(kernel, d))
    for count in counts(kernel):
        if count != _COUNTS[-1] and count <= max(f._harmonics.degree, last):
            continue
        try:
            found = _Harmonics(kernel, d, f, parts, max(count, f._harmonics.degree + 1, last))
        except ShortSeriesError:
            if count == _FIRST:
                continue
            raise
        # From `last` on the eigenvalues of each parity fall.
        unseen = Unseen(found.rest, found.last * (1 + _ROUNDED)) if found.rest[1] else Unseen()
        curve = learning_curve(
            spectrum, list(zip(found.mu.tolist(), found.energy.tolist(), strict=True)), n, ridge, noise, unseen
        )
        if not parts or np.all(curve.upper - curve.lower <= _CLOSE * curve.upper):
            break
    return widened(curve, _ROUNDED)


def _regular(part: Part) -> int:
    """A degree from which on the eigenvalues of a parity are known to fall, with some to spare."""
    if isinstance(part, Power):
        return part.tail.start + 4
    return 4 + max((level.degree for level in part.levels), default=0) if isinstance(part, Finite) else 4


def levels(kernel: Zonal, d: int, count: int, constant: bool = True) -> Levels:
    """The Mercer spectrum on S^{d-1}: about `count` degrees or nodes of degrees, and bounds of what they leave out.

    Nodes stand for degrees in sums of mu/(mu + kappa) and of its square, of every multiple of the mu, too. Without
    `constant` degree 0 is missing. Raises ValueError where no certified eigenvalues are known (`mercer`).
    """
    with at_least(BITS):
        some: list[tuple[Any, Any]] = []
        rest, largest = ball(0), ball(0)
        for part in mercer(kernel, d):
            found, left, bound = _read(part, count)
            if not constant and part.levels and part.levels[0].degree == 0:
                found = found[1:]
            for mu, several in found:
                if upper_float(several) < _LARGEST and upper_float(mu) > _SMALLEST:
                    some.append((mu, several))
                else:  # too many or too small for floats
                    left += mu * several
                    bound = bound.max(mu.upper())
            rest += left
            largest = largest.max(bound)
        low, high, least, most = (
            np.array([max(end(x[i]), 0.0) for x in some], dtype=np.float64)
            for i in (0, 1)
            for end in (lower_float, upper_float)
        )
        left_out = max(lower_float(rest), 0.0), max(upper_float(rest), 0.0)
        return Levels(low, high, least, most, left_out, max(upper_float(largest), 0.0))


def _read(part: Part, count: int) -> tuple[list[tuple[Any, Any]], Any, Any]:
    """Eigenvalues and how often they stand there, the trace behind them, and a bound of the eigenvalues there."""
    if isinstance(part, Finite):
        return [(level.value, ball(level.multiplicity)) for level in part.levels], ball(0), ball(0)
    if isinstance(part, Certified):
        # Behind degree k the trace is about mu_k, which may fall like 1/k!: it takes as many digits of the whole. Of
        # kernels on panels it falls like a power.
        digits = part.digits if part.kernel.real_only else max(_DIGITS, count)
        with at_least(BITS + int(3.4 * digits)):
            some = part.through(min(count // 2, _MOST), digits)
            left, bound = part.left(some)
        return [(level.value, ball(level.multiplicity)) for level in some], left, bound
    blocks = min(count // 8, part.tail.most)
    while len(part.tail.ends) <= blocks:
        part.tail.extend()
    found = [(level.value, ball(level.multiplicity)) for level in part.levels]
    found += list(_nodes(part, part.tail.ends[blocks].nodes))
    return found, part.left(blocks), part.tail.ends[blocks].largest


def _nodes(part: Power, count: int) -> Iterator[tuple[Any, Any]]:
    for (mu, _), weight in zip(part.tail.nodes[:count], part.tail.squares[:count], strict=True):
        yield mu, weight
