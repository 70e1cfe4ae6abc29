r"""Two layers on independent patches x_u, uniform on S^{d-1}: eigenvalues as products, with their interactions.

One window that reads m patches has K = c kappa_2((1/m) sum_u kappa_1(x_u.x_u')), kappa_1(1) = 1: the norm of its patch
is constant, so that the homogeneous kernel |z||z'|kappa_2(cos) is m kappa_1(1) times that, and <z, z'>^2 its square at
kappa_2 = u^2. The eigenvalue of Y_{k_1} x ... x Y_{k_m} is that of `factors`. It depends on the multiset of the degrees
k_u >= 1 alone, c_k times each, t together, and stands there

.. math:: \frac{m!}{(m-t)! \prod_k c_k!} \prod_k N(d,k)^{c_k}

times: the choices of patches times the harmonics on them (L17).

*Windows that share weights* (derived here). Let windows of s neighbours stand at several positions, and A pool them.
K is the sum over windows w, w' and harmonics Y of a window of (A^T A)_{ww'} lambda Y(x_{w+.}) Y(x_{w'+.}). Harmonics of
degrees >= 1 on a set D of positions of a diameter gamma are seen alike by all windows that hold D, as kappa_2 reads the
mean over the window. Their translates by different positions are orthogonal, and none is Y again: on a circle of n
positions D lies on at most half of it. So K acts on them as lambda times the matrix M_r of `overlapping` does,
r = s + 1 - gamma, with C(gamma - 2, t - 2) sets of t positions for each. On the constant it is lambda_0 1^T A^T A 1.
This is the formula of Misiakiewicz & Mei 2021, Proposition 2, for degrees in place of parities. As products at
different windows are orthogonal, the trace is lambda_0 1^T A^T A 1 + (c kappa_2(1) - lambda_0) tr A^T A.
"""

from __future__ import annotations

import functools
import itertools
import math
import warnings
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...kernels.expression import exact_one
from ...kernels.zonal import Zonal
from ...numbers.checks import dimension, integer
from ...numbers.exact_numbers import Scalar
from ...numbers.outward import raised
from ...numbers.precision import cached_property, with_balls
from ...rkhs.levels import Levels
from ...spectrum.eigenvalue_arrays import PrecisionWarning
from ..layers import Layer
from .coupling import harmonics
from .eigenspaces import Eigenspace
from .factors import parts_of, power_series
from .search import Search, TooManyError
from .windows import window_modes

if TYPE_CHECKING:
    from .pooled import Modes

_STEP = 1 / 16  # from one threshold to the next
_SMALLEST = 1e-280
_WIDE = 1e-6  # the relative error of an eigenvalue from which on there is a warning
_DEEPEST = 1e-17  # of the largest eigenvalue: below, levels leave the others to the rest


class _Mode(NamedTuple):
    """What windows and pooling make of sets of t positions: a factor, with its frequency, and how many there are."""

    value: float
    lower: float
    upper: float
    frequency: int | None
    number: int


class _Label(NamedTuple):
    """A set of degrees and a mode: an eigenspace before it is made."""

    value: float
    degrees: tuple[int, ...]
    mode: _Mode


class TwoLayers:
    r"""The Mercer decomposition of two layers on independent patches that are uniform on S^{d-1}.

    Parameters
    ----------
    first, second : kappa_1 and kappa_2, power series of u without negative coefficients, finite at 1.
    d : the dimension of a patch, >= 2.
    patches : how many patches a window of the second layer reads.
    scale : c in K = c kappa_2(...), a positive number.
    layer : the second layer, with its border and its pooling, where its windows stand at several of `positions`; None
        for one window that reads all there is. With `mean`, of its outputs the mean is taken.
    terms : powers of kappa_2 that are used where it is neither a polynomial nor an exponential. What the others have is
        left to the error of `levels`.

    Source: derived here (L17).
    """

    @with_balls
    def __init__(
        self,
        first: Zonal,
        second: Zonal,
        d: int,
        patches: int,
        scale: Scalar = Fraction(1),
        layer: Layer | None = None,
        positions: int = 1,
        mean: bool = False,
        terms: int = 32,
    ) -> None:
        self.d, self.patches = dimension(d), integer("patches", patches, 1)
        self.first, self.second = power_series(first, "the first layer's kernel"), power_series(second)
        self.scale, self.layer, self.positions, self.mean = scale, layer, positions, mean
        self._windows = None if layer is None else window_modes(layer, positions, mean)
        one = exact_one(self.first)
        inner = self.first if one == 1 else self.first / one
        self._search = Search(parts_of(inner, second, self.d, self.patches, scale, terms), self.d, self.patches)
        self._whole = float(scale) * second.at_one
        self._missing = sum(part.missing for part in self._search.parts)
        self._known: dict[int, tuple[_Mode, ...]] = {}

    # -- what a window sees ------------------------------------------------------------------------------------

    def eigenvalue(self, degrees: tuple[int, ...]) -> float:
        """The eigenvalue of a product of harmonics of these degrees >= 1 on as many patches of one window.

        >>> import kernelspec as ks
        >>> TwoLayers(ks.linear(), ks.polynomial(2), 3, 2).eigenvalue((1, 1)) == 2 * 0.25 * (1 / 3) ** 2
        True
        """
        wanted = tuple(integer("degrees", k, 1) for k in degrees)
        if len(wanted) > self.patches:
            raise ValueError(f"degrees must be at most {self.patches}, as many as patches, got {len(wanted)}")
        return self._search.value(wanted)

    def interactions(self, degrees: tuple[int, ...]) -> int:
        """How many products of harmonics have these degrees, on any patches of one window: an exact count."""
        t = len(degrees)
        return math.comb(self.patches, t) * _arranged(degrees) * self._harmonics(degrees)

    def _harmonics(self, degrees: tuple[int, ...]) -> int:
        return math.prod(harmonics(self.d, k) for k in degrees)

    # -- all eigenvalues ---------------------------------------------------------------------------------------

    def _modes(self, t: int) -> tuple[_Mode, ...]:
        """The modes of t patches that interact, largest first."""
        if t not in self._known:
            found: Counter[tuple[float, float, float, int | None]] = Counter()
            if self._windows is None:
                found[1.0, 1.0, 1.0, None] = math.comb(self.patches, t)
            else:
                for g in [1] if t == 1 else range(t, self.patches + 1):
                    sets = 1 if t == 1 else math.comb(g - 2, t - 2)
                    for ends, frequency, count in _grouped(self._windows[self.patches + 1 - g]):
                        found[(*ends, frequency)] += sets * count
            names = sorted(found, key=lambda key: (-key[0], -1 if key[3] is None else key[3]))
            self._known[t] = tuple(_Mode(*name, found[name]) for name in names)
        return self._known[t]

    def _constant(self) -> float:
        return self._search.constant() * sum(self.total) / 2

    def _labels(self, threshold: float) -> list[_Label]:
        """All labels with an eigenvalue of at least the threshold, descending."""
        largest = [max((mode.value for mode in self._modes(t)), default=0.0) for t in range(1, self.patches + 1)]
        # A threshold must not fall with t, as the search bounds what has more patches by what has fewer.
        most = np.maximum.accumulate(largest[::-1])[::-1]
        with np.errstate(divide="ignore"):
            found = self._search.above(np.concatenate([[np.inf], threshold / most]))
        labels = [_Label(self._constant(), (), _Mode(1.0, 1.0, 1.0, None, 1))] if self._constant() >= threshold else []
        for each in found:
            modes = self._modes(each.degrees.shape[1])
            table = each.values[:, None] * np.array([mode.value for mode in modes])
            for row, column in zip(*np.nonzero(table >= threshold), strict=True):
                labels.append(_Label(float(table[row, column]), tuple(each.degrees[row].tolist()), modes[column]))
        return sorted(labels, key=lambda x: (-x.value, len(x.degrees), x.degrees, x.mode.frequency or 0, x.mode.value))

    def _thresholds(self, deepest: float) -> Iterator[float]:
        first = max(self._constant(), self._search.largest() * self._upper)
        yield from itertools.takewhile(
            lambda x: x > max(_SMALLEST, deepest * first), (first * _STEP**i for i in itertools.count())
        )

    def _count(self, label: _Label) -> int:
        return label.mode.number * _arranged(label.degrees) * self._harmonics(label.degrees)

    def eigenvalues(self, n: int) -> list[Eigenspace]:
        """The n largest eigenvalues: the shortest list of eigenspaces, descending, of n eigenfunctions or more.

        >>> import kernelspec as ks
        >>> for space in TwoLayers(ks.linear(), ks.polynomial(2), 3, 64).eigenvalues(10):
        ...     print(space.multiplicity, space.degrees)
        1 ()
        18144 (1, 1)
        """
        n = integer("n", n, 1)
        found: list[_Label] = []
        for threshold in self._thresholds(0.0):
            found = self._labels(threshold)
            if sum(map(self._count, found)) >= n:
                break
        spaces, total = [], 0
        for label in found:
            if total >= n:
                break
            spaces.append(Eigenspace(label.value, self._count(label), label.degrees, None, label.mode.frequency))
            total += spaces[-1].multiplicity
        wide = max((self._missed(x) / x.value for x in found[: len(spaces)]), default=0.0)
        if wide > _WIDE:
            warnings.warn(
                f"eigenvalues are known to {wide:.1g} of themselves only, as kappa_2 is a series that was cut off; "
                "levels() gives bounds",
                PrecisionWarning,
                stacklevel=4,
            )
        return spaces

    def levels(self, count: int = 1000) -> Levels:
        """Enclosures of the eigenvalues of `count` eigenspaces or more, largest first, and bounds of all the others.

        There are fewer where the kernel has fewer, where the others are below 1e-17 of the largest, and where they are
        more than can be looked at.
        """
        wanted = integer("count", count, 1)
        found, threshold = [], math.inf
        for lower_one in self._thresholds(_DEEPEST):
            try:
                found, threshold = self._labels(lower_one), lower_one
            except TooManyError:
                if not found:
                    raise
                break
            if len(found) >= wanted:
                break
        size = max((len(part.weights) for part in self._search.parts), default=1)
        operations = np.array([(len(x.degrees) + 6) * (size + 6) for x in found]) * 2.0**-52
        counts = [self._count(x) for x in found]
        missed = np.array([self._missed(x) for x in found])
        ends = np.array([self._ends(x) for x in found]).reshape(-1, 2)
        lower, upper = ends[:, 0] * (1 - operations), ends[:, 1] * (1 + operations) + missed
        low, high = np.array([_below(x) for x in counts]), np.array([_above(x) for x in counts])
        whole, error = self._trace()
        rest = (
            max(0.0, whole - error - raised(math.fsum(upper * high), 4)),
            max(0.0, whole + error - math.fsum(lower * low) * (1 - 2.0**-50)),
        )
        most = max(self._upper, self.total[1])
        # Of a mode that is not known to be positive no eigenvalue is listed.
        largest = max(threshold, self._search.largest() * self._unknown) + self._missing * most
        return Levels(lower, upper, low, high, rest, raised(largest, 256))

    def _ends(self, label: _Label) -> tuple[float, float]:
        if label.degrees or self._windows is None:
            mode = label.mode
            return label.value * (mode.lower / mode.value), label.value * (mode.upper / mode.value)
        middle = sum(self.total) / 2
        return label.value * (self.total[0] / middle), label.value * (self.total[1] / middle)

    def _missed(self, label: _Label) -> float:
        """What the cut off powers of kappa_2 may add: with all its copies in a window, no more than they have."""
        if not self._missing:
            return 0.0
        factor = label.mode.upper if label.degrees else self.total[1]
        return raised(self._missing * factor / _below(self.interactions(label.degrees)), 8)

    @property
    def total(self) -> tuple[float, float]:
        """The ends of 1^T A^T A 1."""
        return (1.0, 1.0) if self._windows is None else self._windows[1].constant

    @cached_property
    def _upper(self) -> float:
        """A bound of all modes."""
        return max((float(m.upper.max(initial=0.0)) for m in (self._windows or {}).values()), default=1.0)

    @cached_property
    def _unknown(self) -> float:
        """A bound of those that are not known to be positive."""
        several = (self._windows or {}).values()
        return max((float(m.upper[m.lower <= 0].max(initial=0.0)) for m in several), default=0.0)

    def _trace(self) -> tuple[float, float]:
        """The trace and a bound of its error."""
        if self._windows is None:
            return self._whole, self._whole * 2.0**-50
        constant, first = self._search.constant(), self._windows[1]
        mean, size = sum(self.total) / 2, self._whole * (self.total[1] + first.trace)
        spread = (float((first.upper - first.lower).sum()) + self.total[1] - self.total[0]) * self._whole
        lost = self._missing * (self.total[1] + first.trace)
        return mean * constant + (self._whole - constant) * first.trace, 2.0**-46 * size + 4 * spread + lost

    def trace(self) -> float:
        """E K(x, x), the sum of all eigenvalues with their multiplicities."""
        return self._trace()[0]


def _grouped(modes: Modes) -> Iterator[tuple[tuple[float, float, float], int | None, int]]:
    """Value, ends, frequency and number of the modes that are known to be positive; all as one where none differs."""
    value, low, high = modes.value, modes.lower, modes.upper
    if len(value) > 1 and low[-1] == high[0]:  # exactly equal: no pooling
        yield (float(value[0]), float(low[0]), float(high[0])), None, len(value)
        return
    for i, frequency in enumerate(modes.frequencies or (None,) * len(value)):
        if low[i] > 0:
            yield (float(value[i]), float(low[i]), float(high[i])), frequency, 1


@functools.lru_cache(maxsize=4096)
def _arranged(degrees: tuple[int, ...]) -> int:
    """In how many orders the degrees stand: t!/prod c_k!."""
    return math.factorial(len(degrees)) // math.prod(math.factorial(c) for c in Counter(degrees).values())


def _below(x: int) -> float:
    """A float not above an integer >= 0."""
    value = float(min(x, 10**300))
    return value if int(value) <= x else math.nextafter(value, 0.0)


def _above(x: int) -> float:
    """A float not below an integer >= 0."""
    if x > 10**300:
        return math.inf
    value = float(x)
    return value if int(value) >= x else math.nextafter(value, math.inf)
