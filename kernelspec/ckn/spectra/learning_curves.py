r"""Learning curves of kernel ridge regression from a spectrum: the eigenlearning equations.

.. math:: n = \sum_i \frac{\mu_i}{\mu_i + \kappa_n} + \frac{n\lambda}{\kappa_n}, \qquad
          L_i = \frac{\mu_i}{\mu_i + \kappa_n}, \qquad E_n = \frac{n}{n - \sum_i L_i^2}, \qquad
          \text{error} = E_n \Big( \sum_i (1 - L_i)^2 f_i^2 + \sigma^2 \Big)

for n samples, K + n lambda 1, noise of variance sigma^2, and a target of power f_i^2 on the i-th eigenfunction. They
are a theory for eigenfunctions that behave as independent Gaussian variables, and no theorem for a given kernel
(Bordelon, Canatar & Pehlevan 2020; Simon, Dickens, Karkada & DeWeese 2023).

kappa_n is enclosed: its equation falls in kappa, so that a kappa at which the lower bound of the right side is at least
n lies below, and one at which the upper bound is at most n lies above. Of eigenvalues that are left out, c at most and
r together, L_i^2 sum to at most c r/kappa^2 by L_i^2 <= (c/kappa)(mu_i/kappa).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...numbers.checks import FloatArray, degrees, real
from ...rkhs.capacity import effective_dimension
from ...rkhs.levels import Levels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...results.tables import Table

_STEPS = 200  # halvings of an interval of log kappa
_SHARP = 1e-9  # how narrow the enclosure of kappa should be, relatively


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """What the eigenlearning equations predict for each number of samples.

    Parameters
    ----------
    n : numbers of samples, shape (m,).
    error : the test error, noise included, shape (m,); the middle of its bounds.
    lower, upper : bounds of the equations' solution, shape (m,).
    kappa : kappa_n, shape (m,); 0 where n is at least the number of eigenvalues and the ridge is 0.
    overfitting : E_n, shape (m,).
    learnability : L_i of each part of the target, shape (m, parts).
    """

    n: FloatArray
    error: FloatArray
    lower: FloatArray
    upper: FloatArray
    kappa: FloatArray
    overfitting: FloatArray
    learnability: FloatArray

    def table(self) -> Table:
        """A row for each n: the error, kappa_n, the overfitting coefficient."""
        from ...views.convolutional_spectra import curve_table

        return curve_table(self)

    def plot(self, ax: Any = None, label: str | None = None, asymptote: bool | None = None, **more: Any) -> Axes:
        """Draw the test error over n on logarithmic axes; returns the axes. There is no asymptote."""
        from ...views.convolutional_spectra import curve_plot

        return curve_plot(self, ax, label, **more)

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def learning_curve(
    levels: Callable[[int], Levels],
    parts: Sequence[tuple[float, float]],
    n: Any,
    ridge: float = 0.0,
    noise: float = 0.0,
) -> LearningCurve:
    """The predicted learning curve of a target; see the module.

    Parameters
    ----------
    levels : gives the enclosed spectrum with so many eigenspaces or more, such as `Model.levels`.
    parts : (mu_i, f_i^2) of each part of the target: the eigenvalue of its eigenspace and its power in it.
    n : numbers of samples, integers >= 1.
    ridge : lambda >= 0 in K + n lambda 1.
    noise : the standard deviation sigma >= 0 of the noise.
    """
    counts = np.atleast_1d(degrees("n", n))
    if counts.ndim != 1 or not counts.size or counts.min() < 1:
        raise ValueError(f"n must be integers from 1 to 2^53, one or more, got {n!r}")
    ridge, variance = real("ridge", ridge, 0), real("noise", noise, 0) ** 2
    mu, power = (np.array([part[i] for part in parts], dtype=np.float64) for i in (0, 1))
    levels = functools.lru_cache(maxsize=None)(levels)
    rows = [_point(levels, float(count), ridge) for count in counts]
    out: list[list[Any]] = [[], [], [], [], [], []]
    for kappa, coefficient in rows:
        ends = []
        for k, e in zip(kappa, coefficient, strict=True):
            missed = np.array([_missed(m, k) for m in mu])
            bias = float(np.sum(missed**2 * power)) + variance
            ends.append(e * bias if bias else 0.0)
        middle = sum(kappa) / 2
        learned = [1 - _missed(m, middle) for m in mu]
        for column, value in zip(out, (sum(ends) / 2, *ends, middle, sum(coefficient) / 2, learned), strict=True):
            column.append(value)
    columns = [np.array(column) for column in out]
    columns[-1] = columns[-1].reshape(len(counts), len(mu))
    return LearningCurve(counts, *columns)


def _missed(mu: float, kappa: float) -> float:
    """1 - L."""
    return kappa / (mu + kappa) if mu > 0 else 1.0


def _point(levels: Callable[[int], Levels], n: float, ridge: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Bounds of kappa_n and of the overfitting coefficient, from as much of the spectrum as makes them narrow."""
    count, before = 64, -1
    while True:
        found = levels(count)
        kappa = _kappa(found, n, ridge)
        size = found.lower.size
        if kappa[1] - kappa[0] <= _SHARP * kappa[1] or found.rest[1] == 0 or size == before or count > 2**15:
            return kappa, _overfitting(found, n, kappa)
        count, before = 2 * max(count, size), size  # there may be more than were asked for


def _kappa(levels: Levels, n: float, ridge: float) -> tuple[float, float]:
    """A lower and an upper bound of kappa_n."""
    if ridge == 0 and levels.rest[1] == 0 and float(levels.multiplicity_upper[levels.upper > 0].sum()) <= n:
        return 0.0, 0.0
    top = float(np.sum(levels.upper * levels.multiplicity_upper)) + levels.rest[1]
    highest = (top / n + ridge) * (1 + 1e-12)  # there the sum is below top/kappa, and all together below n

    def ends(kappa: float) -> tuple[float, float]:
        low, high = effective_dimension(levels, kappa)
        return low + n * ridge / kappa - n, high + n * ridge / kappa - n

    low = max(ridge, highest * 1e-290)
    bounds: list[float] = []
    for which in (0, 1):
        a, b = math.log(low), math.log(highest)
        if which:  # the other root is mostly near
            near = bounds[0] + 1e-9
            a, b = (bounds[0], near) if near < b and ends(math.exp(near))[1] <= 0 else (bounds[0], b)
        for _ in range(_STEPS):
            middle = (a + b) / 2
            if not a < middle < b:
                break
            if ends(math.exp(middle))[which] >= 0:
                a = middle
            else:
                b = middle
        bounds.append(a if which == 0 else b)
    return math.exp(bounds[0]) * (1 - 1e-15), math.exp(bounds[1]) * (1 + 1e-15)


def _overfitting(levels: Levels, n: float, kappa: tuple[float, float]) -> tuple[float, float]:
    """Bounds of n/(n - sum L_i^2)."""
    if kappa[1] == 0:
        rank = float(levels.multiplicity_upper[levels.upper > 0].sum())
        return (n / (n - rank),) * 2 if rank < n else (math.inf, math.inf)
    low, high = levels.lower / (levels.lower + kappa[1]), levels.upper / (levels.upper + kappa[0])
    least = float(np.sum(levels.multiplicity_lower * low**2))
    rest = levels.rest[1] * levels.largest / kappa[0] ** 2 if levels.rest[1] else 0.0
    most = float(np.sum(levels.multiplicity_upper * high**2)) + rest
    return n / (n - least) if least < n else math.inf, n / (n - most) if most < n else math.inf
