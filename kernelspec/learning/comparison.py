r"""`compare`: which of two regressions is better at n samples, said of predicted curves, or tested on paired draws.

Measured errors of both on the same draws of points are paired. With the log ratios r_i = log(a_i/b_i), i = 1, ..., m,
at each n: the ratio of the geometric means with its confidence interval exp(mean r -+ t_{m-1} s/sqrt m), the p-values
of the t-test and of the signed-rank test of Wilcoxon (1945), those of the t-test corrected for many n by Holm (1979),
and the effect size mean r/s (Cohen's d of paired samples). A difference is called shown where the corrected p-value is
below `level`; where it is not, the interval says how large a difference could be that was missed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..numbers.checks import FloatArray, degrees, real, reals
from ..numbers.precision import default_errors
from ..rkhs.learning_curves import LearningCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..results.tables import Table


@dataclass(frozen=True, eq=False)
class Comparison:
    """The errors of two regressions at each number of samples.

    Parameters
    ----------
    names : what both are called.
    n : numbers of samples, shape (m,).
    ratio, lower, upper : error of the first over that of the second, shape (m,): of predicted curves with proved
        bounds, of measured ones the ratio of geometric means with its confidence interval at 1 - level.
    p, wilcoxon, holm, effect : p-values of the t-test, of the signed-rank test, of the t-test corrected for many n, and
        the effect size, shape (m,); None for predicted curves.
    draws : how many pairs; 0 for predicted curves.
    level : of significance.
    margin : the relative difference from which on it matters which is used.
    """

    names: tuple[str, str]
    n: FloatArray
    ratio: FloatArray
    lower: FloatArray
    upper: FloatArray
    p: FloatArray | None
    wilcoxon: FloatArray | None
    holm: FloatArray | None
    effect: FloatArray | None
    draws: int
    level: float
    margin: float

    @property
    def matters(self) -> list[bool | None]:
        """For each n whether the errors differ by a factor of more than 1 + margin: whether the interval lies outside
        of 1/(1 + margin) to 1 + margin, or inside; None where it does neither.
        """
        high, low = 1 + self.margin, 1 / (1 + self.margin)
        return [
            True if b < low or a > high else False if low <= a and b <= high else None
            for a, b in zip(self.lower.tolist(), self.upper.tolist(), strict=True)
        ]

    @property
    def sentences(self) -> list[str]:
        """A sentence for each n."""
        return [self._sentence(i) for i in range(len(self.n))]

    def _sentence(self, i: int) -> str:
        one, other = self.names
        low, high = self.lower[i], self.upper[i]
        start = f"At n = {int(self.n[i])} the error of {one}"
        end = {
            True: f"It matters: by more than {self.margin:.0%}.",
            False: f"It does not matter: by less than {self.margin:.0%}.",
            None: f"Whether it matters, by {self.margin:.0%}, is not decided.",
        }[self.matters[i]]
        if self.p is None or self.wilcoxon is None or self.holm is None or self.effect is None:
            return f"{start} is predicted to be {self.ratio[i]:.4g} times that of {other}. {end}"
        interval = f"{self.ratio[i]:.4g} times that of {other} ({1 - self.level:.0%}: {low:.4g} to {high:.4g})"
        tests = (
            f"{self.draws} paired draws, t-test p = {self.p[i]:.2g} ({self.holm[i]:.2g} corrected), "
            f"Wilcoxon p = {self.wilcoxon[i]:.2g}, effect size {self.effect[i]:.2g}"
        )
        word = "A" if self.holm[i] < self.level else "No"
        return f"{start} is {interval}: {tests}. {word} difference is shown. {end}"

    def table(self) -> Table:
        """A row for each n: n, ratio, lower, upper, and of measured errors p, wilcoxon, holm, effect."""
        from ..views.curves import comparison_table

        return comparison_table(self)

    def plot(self, ax: Any = None, label: str | None = None, asymptote: bool | None = None, **more: Any) -> Axes:
        """Draw the ratio over n with its bounds; returns the axes.

        Parameters
        ----------
        ax : axes of matplotlib; None for a new figure, which pyplot does not know.
        label : its name in the legend; both names if None.
        asymptote : whether a line is drawn at 1, where both are as good (None: it is).
        more : keywords of `Axes.plot`, which win.
        """
        from ..views.curves import comparison_plot

        return comparison_plot(self, ax, label, asymptote, **more)

    def __repr__(self) -> str:
        return "\n".join(self.sentences)

    def _repr_html_(self) -> str:
        from ..views.curves import comparison_html

        return comparison_html(self)


@default_errors
def compare(
    one: LearningCurve | ArrayLike,
    other: LearningCurve | ArrayLike,
    n: Any = None,
    names: Sequence[str] = ("the first", "the second"),
    level: float = 0.05,
    margin: float = 0.05,
) -> Comparison:
    """Whether it matters at n samples which of two regressions is used, such as kernels of two depths.

    Parameters
    ----------
    one, other : both predicted, two `LearningCurve` of the same n; or both measured, errors > 0 of shape (draws,) or
        (draws, sizes), at least 3 draws, the i-th of both on the same points.
    n : of measured errors, the numbers of samples: one, or one for each size. Predicted curves have their own.
    names : what both are called.
    level : of significance, between 0 and 1.
    margin : the relative difference from which on it matters which is used, > 0: many draws show the smallest ones.

    Returns a `Comparison`: see the module for the tests. Raises TypeError and ValueError for what is not of one kind
    and one shape, for errors that are not positive, and for a level that is none. Source: Holm 1979; Wilcoxon 1945.

    >>> import kernelspec as ks
    >>> two, four = (ks.learning.curve(ks.rf(L), "step(0.7)", 4, [100, 1000], 1e-4) for L in (2, 4))
    >>> ks.learning.compare(four, two, names=("depth 4", "depth 2"))
    At n = 100 the error of depth 4 is predicted to be 0.6523 times that of depth 2. It matters: by more than 5%.
    At n = 1000 the error of depth 4 is predicted to be 0.5045 times that of depth 2. It matters: by more than 5%.
    """
    called = _names(names)
    level = real("level", level, 0, 1)
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, got {level!r}")
    margin = real("margin", margin, 0)
    if margin == 0:
        raise ValueError("margin must be > 0, got 0")
    if isinstance(one, LearningCurve) or isinstance(other, LearningCurve):
        if not (isinstance(one, LearningCurve) and isinstance(other, LearningCurve)):
            raise TypeError("one and other must both be LearningCurve, or both measured errors")
        if n is not None:
            raise ValueError(f"n must be None for predicted curves, which have their own; got {n!r}")
        return _predicted(one, other, called, level, margin)
    return _tested(_errors("one", one), _errors("other", other), n, called, level, margin)


def _predicted(
    one: LearningCurve, other: LearningCurve, names: tuple[str, str], level: float, margin: float
) -> Comparison:
    if one.n.shape != other.n.shape or np.any(one.n != other.n):
        raise ValueError(f"one and other must have the same n; got {one.n.tolist()} and {other.n.tolist()}")
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = [
            np.nextafter(one.lower / other.upper, 0.0),
            np.nextafter(one.upper / other.lower, math.inf),
            one.error / other.error,
        ]
    if np.isnan(ends[2]).any():
        raise ValueError("one and other must have errors that are positive and finite, to be divided")
    return Comparison(names, one.n, ends[2], ends[0], ends[1], None, None, None, None, 0, level, margin)


def _tested(
    one: FloatArray, other: FloatArray, n: Any, names: tuple[str, str], level: float, margin: float
) -> Comparison:
    from scipy import stats

    if one.shape != other.shape:
        raise ValueError(
            f"one and other must have one shape, as their draws are paired; got {one.shape}, {other.shape}"
        )
    counts = np.atleast_1d(degrees("n", n, 1))
    draws, sizes = one.shape
    if counts.shape != (sizes,):
        raise ValueError(f"n must be {sizes} integer(s) >= 1, one for each column of errors; got {n!r}")
    logs = np.log(one) - np.log(other)
    mean, spread = logs.mean(axis=0), logs.std(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(spread > 0, mean / (spread / math.sqrt(draws)), np.where(mean == 0, 0.0, np.inf))
        effect = np.where(spread > 0, mean / spread, np.where(mean == 0, 0.0, np.copysign(np.inf, mean)))
    p = 2 * stats.t.sf(np.abs(statistic), draws - 1)
    half = stats.t.isf(level / 2, draws - 1) * spread / math.sqrt(draws)
    ranks = np.array([1.0 if not np.any(row) else float(stats.wilcoxon(row).pvalue) for row in logs.T])
    with np.errstate(over="ignore", under="ignore"):  # beyond the range of floats a ratio is 0 or infinite
        ratio, lower, upper = np.exp(mean), np.exp(mean - half), np.exp(mean + half)
    return Comparison(names, counts, ratio, lower, upper, p, ranks, _holm(p), effect, draws, level, margin)


def _holm(p: FloatArray) -> FloatArray:
    """The p-values of Holm 1979: the i-th smallest of m times m - i, at least those before it, at most 1."""
    order = np.argsort(p)
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1.0)
    return corrected


def _errors(name: str, value: Any) -> FloatArray:
    found = reals(name, value)
    if found.ndim not in (1, 2) or len(found) < 3 or found.size == 0:
        raise ValueError(
            f"{name} must be errors of 3 draws or more, shape (draws,) or (draws, sizes); got {found.shape}"
        )
    if found.min() <= 0:
        raise ValueError(f"{name} must be errors > 0; got {float(found.min())!r}")
    return found.reshape(len(found), -1)


def _names(names: Any) -> tuple[str, str]:
    if isinstance(names, str) or not isinstance(names, Sequence) or [type(each) for each in names] != [str, str]:
        raise TypeError(f"names must be two texts, got {names!r}")
    return names[0], names[1]
