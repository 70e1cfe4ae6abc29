r"""Learning curves of kernel ridge regression from a spectrum: the eigenlearning equations.

.. math:: n = \sum_i \frac{\mu_i}{\mu_i + \kappa_n} + \frac{n\lambda}{\kappa_n}, \qquad
          L_i = \frac{\mu_i}{\mu_i + \kappa_n}, \qquad E_n = \frac{n}{n - \sum_i L_i^2}, \qquad
          \text{error} = E_n \Big( \sum_i (1 - L_i)^2 f_i^2 + \sigma^2 \Big), \qquad
          \text{train} = \Big(1 - \frac1n \sum_i L_i\Big)^2 \text{error}

for n samples, K + n lambda 1, noise of variance sigma^2, and a target of power f_i^2 on the i-th eigenfunction; both
errors are mean squares at noisy values. They are a theory for eigenfunctions that behave as independent Gaussian
variables, and no theorem for a given kernel (Bordelon, Canatar & Pehlevan 2020; Simon, Dickens, Karkada & DeWeese
2023). In a fixed dimension they are wrong by a factor even as n grows, where lambda = 0: on the circle by 4/3 for a
jump and by 8 for a smooth target (L15d), less in higher dimension (L15c).

*The training error.* With delta = n lambda the residual on the samples is delta alpha, alpha = (K + delta 1)^{-1} y,
and |alpha|^2 = -d/d delta of y^T alpha. In the theory y^T alpha = sum_i f_i^2/(mu_i + kappa) + sigma^2/kappa and
d kappa/d delta = E_n/n, so |alpha|^2 = error/(n kappa^2) and train = delta^2 |alpha|^2/n = (lambda/kappa_n)^2 error
(Simon et al. 2023); lambda/kappa_n = 1 - sum L_i/n by the first equation, where kappa_n > 0, and so is the limit at 0.

kappa_n is enclosed: the right side falls in kappa, so that a kappa at which its lower bound is at least n lies below,
and one at which its upper bound is at most n lies above. Both are found by halving in floats, for all n at once, and
moved apart until these inequalities are proved (`capacity.effective_dimension`). Of eigenvalues that are left out, c at
most and r together, L_i^2 sum to at most c r/kappa^2 by L_i^2 <= (c/kappa)(mu_i/kappa). Of a target's power that is
left out, on eigenvalues of c at most, (1 - L)^2 lies between (kappa/(c + kappa))^2 and 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numbers.checks import FloatArray, degrees, real
from ..numbers.precision import default_errors
from .capacity import effective_dimension
from .levels import Levels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..learning.laws import CurveLaw
    from ..results.tables import Table

_STEPS = 62  # halvings of an interval of log kappa, which is 700 long at most
_SHARP = 1e-9  # how narrow the enclosure of kappa should be, relatively
_MOST = 2**15  # levels
_CHUNK = 2**20  # numbers that are held at a time
_LOUDEST = 1e150  # standard deviation of noise whose square, times E_n, is a float
_TINY = 2.0**-1074  # the least float > 0
_WHOLE = 2.0**45  # integers below it, times 1 + _ROUNDING, are closer to themselves than to the next
_ROUNDING = 2.0**-46  # of sums and quotients of numbers >= 0, added in pairs: fewer than 64 roundings each


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
    train, train_lower, train_upper : the error on the samples, noise included, and its bounds, shape (m,).
    law : what the decay says for n to infinity, a `ks.learning.CurveLaw`; None where it was not asked for.
    """

    n: FloatArray
    error: FloatArray
    lower: FloatArray
    upper: FloatArray
    kappa: FloatArray
    overfitting: FloatArray
    learnability: FloatArray
    train: FloatArray
    train_lower: FloatArray
    train_upper: FloatArray
    law: CurveLaw | None = None

    def table(self) -> Table:
        """A row for each n: the errors on new points and on the samples, kappa_n, the overfitting coefficient."""
        from ..views.curves import table

        return table(self)

    def plot(
        self, ax: Any = None, label: str | None = None, asymptote: bool | None = None, train: bool = False, **more: Any
    ) -> Axes:
        """Draw the test error over n on logarithmic axes; returns the axes.

        Parameters
        ----------
        ax : axes of matplotlib; None for a new figure, which pyplot does not know.
        label : its name in the legend.
        asymptote : whether a line of the predicted exponent is drawn through the last point, where `law` has one
            (None: it is not).
        train : whether the training error is drawn, too, dashed.
        more : keywords of `Axes.plot`, which win.
        """
        from ..views.curves import plot

        return plot(self, ax, label, asymptote, train, **more)

    def __repr__(self) -> str:
        return repr(self.table()) + ("" if self.law is None else f"\n{self.law!r}")

    def _repr_html_(self) -> str:
        return self.table()._repr_html_() + ("" if self.law is None else self.law._repr_html_())


@dataclass(frozen=True)
class Unseen:
    """What the parts of a target leave out: bounds of its power, and of the eigenvalues of its eigenfunctions."""

    power: tuple[float, float] = (0.0, 0.0)
    largest: float = 0.0


@default_errors
def learning_curve(
    levels: Callable[[int], Levels],
    parts: Sequence[tuple[float, float]],
    n: Any,
    ridge: float = 0.0,
    noise: float = 0.0,
    unseen: Unseen = Unseen(),  # noqa: B008 - immutable
) -> LearningCurve:
    """The predicted learning curve of a target; see the module.

    Parameters
    ----------
    levels : gives the enclosed spectrum with so many eigenspaces or more, such as `Model.levels`.
    parts : (mu_i, f_i^2) of each part of the target: the eigenvalue of its eigenspace and its power in it.
    n : numbers of samples, integers >= 1.
    ridge : lambda >= 0 in K + n lambda 1.
    noise : the standard deviation sigma >= 0 of the noise.
    unseen : what the parts leave out.
    """
    counts, ridge, variance = arguments(n, ridge, noise)
    mu, power = (np.array([part[i] for part in parts], dtype=np.float64) for i in (0, 1))
    kappa, coefficient = _points(levels, counts, ridge)
    ends = []
    for side in (0, 1):
        bias = np.array([np.sum(missed(mu, k) ** 2 * power) for k in kappa[side]])
        bias += unseen.power[side] * (1.0 if side else missed(unseen.largest, kappa[0]) ** 2) + variance
        # Floats below the range of normal ones are off by _TINY each, and may be 0 where the numbers are not.
        lost = (len(mu) + 2) * _TINY * ((bias > 0) | (kappa[1] > 0) & bool(np.any(power > 0)))
        bias = bias + lost if side else np.maximum(bias - lost, 0.0)
        with np.errstate(invalid="ignore", under="ignore"):
            found = np.where(bias > 0, coefficient[side] * bias * (1 + _ROUNDING if side else 1 - _ROUNDING), 0.0)
        ends.append(found + lost if side else np.maximum(found - lost, 0.0))
    middle = (kappa[0] + kappa[1]) / 2
    learned = np.array([1 - missed(mu, k) for k in middle]).reshape(len(counts), len(mu))
    both = (coefficient[0] + coefficient[1]) / 2
    return bounded(counts, ends[0], ends[1], middle, both, learned, _unlearned(counts, kappa, coefficient, ridge))


def bounded(
    n: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    kappa: FloatArray,
    overfitting: FloatArray,
    learnability: FloatArray,
    unlearned: tuple[FloatArray, FloatArray],
) -> LearningCurve:
    """The curve with these bounds of the test error, and of 1 - sum L_i/n, from which the training error follows."""
    ends = []
    for share, error in zip(unlearned, (lower, upper), strict=True):
        with np.errstate(under="ignore", invalid="ignore"):  # 0 times an infinite error is 0: what interpolates
            ends.append(np.where(share > 0, share * (share * error), 0.0))
    lost = np.where((unlearned[1] > 0) & (upper > 0), 2 * _TINY, 0.0)
    low, high = np.maximum(ends[0] * (1 - _ROUNDING) - lost, 0.0), ends[1] * (1 + _ROUNDING) + lost
    return LearningCurve(
        n, (lower + upper) / 2, lower, upper, kappa, overfitting, learnability, (low + high) / 2, low, high
    )


def widened(curve: LearningCurve, rounding: float) -> LearningCurve:
    """The curve with its bounds moved apart by this relative distance."""
    low, high = 1 - rounding, 1 + rounding
    lower, upper, least, most = curve.lower * low, curve.upper * high, curve.train_lower * low, curve.train_upper * high
    return replace(
        curve, error=(lower + upper) / 2, lower=lower, upper=upper,
        train=(least + most) / 2, train_lower=least, train_upper=most,
    )  # fmt: skip


def _unlearned(
    n: FloatArray, kappa: tuple[FloatArray, FloatArray], coefficient: tuple[FloatArray, FloatArray], ridge: float
) -> tuple[FloatArray, FloatArray]:
    """Bounds of 1 - sum L_i/n: ridge/kappa, and 1/E where kappa is 0, as every L_i is then 0 or 1.

    There n - rank is 0 or at least 1, and rounding moves n by less than 1: where it may be 0, it is.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = (
            np.where(kappa[1] > 0, ridge / kappa[1 - i] if ridge else 0.0, 1 / coefficient[1 - i]) for i in (0, 1)
        )
    exact = (kappa[1] == 0) & np.isinf(coefficient[1]) & (n < _WHOLE)
    return np.minimum(low, 1.0), np.where(exact, 0.0, np.minimum(high, 1.0))


def arguments(n: Any, ridge: float, noise: float) -> tuple[FloatArray, float, float]:
    """The numbers of samples, the ridge, and the variance of the noise."""
    counts = np.atleast_1d(degrees("n", n, 1))
    if counts.ndim != 1 or not counts.size:
        raise ValueError(f"n must be integers from 1 to 2^53, one or more, got {n!r}")
    return counts.astype(np.float64), real("ridge", ridge, 0), real("noise", noise, 0, _LOUDEST) ** 2


def missed(mu: Any, kappa: Any) -> FloatArray:
    """1 - L, which is 1 where the eigenvalue is 0."""
    with np.errstate(invalid="ignore"):
        return np.where(mu > 0, kappa / (mu + kappa), 1.0)


def _points(
    levels: Callable[[int], Levels], n: FloatArray, ridge: float
) -> tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
    """Bounds of kappa_n and of the overfitting coefficient, from as much of the spectrum as makes them narrow."""
    kappa, coefficient = np.zeros((2, n.size)), np.zeros((2, n.size))
    todo, count, before = np.arange(n.size), 64, -1
    while todo.size:
        found = levels(count)
        size = found.lower.size
        kappa[:, todo] = _kappas(found, n[todo], ridge)
        coefficient[:, todo] = _overfitting(found, n[todo], kappa[:, todo])
        if found.rest[1] == 0 or size == before or count > _MOST:
            break
        todo = todo[kappa[1, todo] - kappa[0, todo] > _SHARP * kappa[1, todo]]
        count, before = 2 * max(count, size), size  # there may be more than were asked for
    return (kappa[0], kappa[1]), (coefficient[0], coefficient[1])


def _kappas(levels: Levels, n: FloatArray, ridge: float) -> tuple[FloatArray, FloatArray]:
    """Lower and upper bounds of kappa_n."""
    top = float(np.sum(levels.upper * levels.multiplicity_upper)) + levels.rest[1]
    highest = np.maximum(
        (top / n + ridge) * (1 + 1e-12), 1e-300
    )  # there the sum is below top/kappa, and all together below n
    least = np.full(n.shape, ridge)  # n ridge/kappa <= n
    low, high = (
        np.exp(_root(levels, side, n, ridge, np.log(np.maximum(ridge, highest * 1e-290)), np.log(highest)))
        for side in (0, 1)
    )
    low, high = _proved(levels, 0, n, ridge, low, least), _proved(levels, 1, n, ridge, high, highest)
    rank = float(levels.multiplicity_upper[levels.upper > 0].sum())
    none = (n >= rank) if ridge == 0 and levels.rest[1] == 0 else np.zeros(n.shape, dtype=bool)
    return np.where(none, 0.0, low), np.where(none, 0.0, high)


def _root(levels: Levels, side: int, n: FloatArray, ridge: float, a: FloatArray, b: FloatArray) -> FloatArray:
    """log kappa at which a bound of the right side is n, by halving in floats."""
    mu = levels.upper if side else levels.lower
    several, rest = (levels.multiplicity_upper if side else levels.multiplicity_lower), levels.rest[side]
    mu, several = mu[mu > 0], several[mu > 0]
    more = 0.0 if side else levels.largest
    out, step = np.empty(n.shape), max(1, _CHUNK // max(mu.size, 1))
    for start in range(0, n.size, step):
        low, high, count = (x[start : start + step].copy() for x in (a, b, n))
        for _ in range(_STEPS):
            middle = (low + high) / 2
            kappa = np.exp(middle)
            total = (1 / (mu + kappa[:, None])) @ (mu * several) + (rest / (more + kappa) if rest else 0.0)
            above = total + count * ridge / kappa >= count
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        out[start : start + step] = (low + high) / 2
    return out


def _proved(levels: Levels, side: int, n: FloatArray, ridge: float, kappa: FloatArray, last: FloatArray) -> FloatArray:
    """Move bounds outward until they are proved; `last` are bounds that need no proof."""
    bound, todo, moved = last.copy(), np.arange(n.size), 1e-14
    while todo.size and moved < 1e3:
        tried = kappa[todo] * (1 + moved) if side else kappa[todo] / (1 + moved)
        with np.errstate(over="ignore"):
            total = effective_dimension(levels, np.clip(tried, 1e-300, 1e300))[side] + n[todo] * ridge / tried
        right = total * (1 + _ROUNDING) <= n[todo] if side else total * (1 - _ROUNDING) >= n[todo]
        right &= tried >= 1e-300
        better = tried < last[todo] if side else tried > last[todo]
        bound[todo[right & better]] = tried[right & better]
        todo, moved = todo[~right], 4 * moved
    return bound


def _overfitting(levels: Levels, n: FloatArray, kappa: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Bounds of n/(n - sum L_i^2)."""
    out = np.empty((2, n.size))
    for i, (low, high) in enumerate(kappa.T.tolist()):
        with np.errstate(divide="ignore", invalid="ignore"):
            least = np.where(levels.lower > 0, levels.lower / (levels.lower + high), 0.0)
            most = np.where(levels.upper > 0, levels.upper / (levels.upper + low), 0.0)
            # Divided twice, as squares of kappa leave the range of floats.
            beyond = np.float64(levels.rest[1]) / low * (np.float64(levels.largest) / low)
            rest = float(beyond) if levels.rest[1] else 0.0
        sums = (
            float(np.sum(levels.multiplicity_lower * least**2)) * (1 - _ROUNDING),
            (float(np.sum(levels.multiplicity_upper * most**2)) + rest) * (1 + _ROUNDING),
        )
        out[:, i] = [n[i] / (n[i] - x) if x < n[i] else math.inf for x in sums]
    return out[0], out[1]
