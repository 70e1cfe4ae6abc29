r"""Two layers on independent patches x_u, uniform on S^{d-1}: eigenvalues as products, with their interactions.

One window that reads m patches has K = c kappa_2((1/m) sum_u kappa_1(x_u.x_u')), kappa_1(1) = 1: the norm of its patch
is constant, so that the homogeneous kernel |z||z'|kappa_2(cos) is m kappa_1(1) times that, and <z, z'>^2 its square at
kappa_2 = u^2. The eigenvalue of Y_{k_1} x ... x Y_{k_m} is that of `factors`. It depends on the multiset of the degrees
k_u >= 1 alone, c_k times each, t together, and stands there

.. math:: \frac{m!}{(m-t)! \prod_k c_k!} \prod_k N(d,k)^{c_k}

times: the choices of patches times the harmonics on them (L17).

*Windows that share weights* (derived here). Let windows of s <= n/2 neighbours stand at all n positions of a circle,
and A pool them. A harmonic Y of degrees >= 1 on the positions D is seen by the r = s + 1 - gamma windows that hold D,
gamma its diameter, and by all of them alike, as kappa_2 reads the mean over the window: K is the sum over windows w, w'
and harmonics Y of the window of (A^T A)_{ww'} lambda Y(x_{w+.}) Y(x'_{w'+.}). Translates of Y by different positions
are orthogonal, and none is Y again, as D lies on less than half of the circle. On the translates T_v Y the operator
has the matrix lambda r (A^T A)_{vv'}, since shifts of w and w' by one position leave A^T A as it is: its eigenvalues
are lambda r times those of A^T A, one for each frequency. This is the formula of Misiakiewicz & Mei 2021, Proposition
2, for degrees and several patches. The constant has lambda_0 1^T A^T A 1.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ... import sphere
from ...kernels.expression import exact_one
from ...kernels.zonal import Zonal
from ...numbers.checks import FloatArray, dimension, integer
from ...numbers.exact_numbers import Scalar
from ...numbers.outward import raised
from ...numbers.precision import cached_property, with_balls
from ...rkhs.levels import Levels
from .eigenspaces import Eigenspace
from .factors import parts_of, power_series
from .search import Search

if TYPE_CHECKING:
    from .pooled import Modes

_STEP = 1 / 16  # from one threshold to the next
_SMALLEST = 1e-280
_DEEPEST = 1e-17  # of the largest eigenvalue: below, levels leave the others to the rest


class _Label(NamedTuple):
    """A set of degrees, how many windows see it, which mode of the pooling it has: an eigenspace before it is made."""

    value: float
    degrees: tuple[int, ...]
    seen: int
    mode: int


class TwoLayers:
    r"""The Mercer decomposition of two layers on independent patches that are uniform on S^{d-1}.

    Parameters
    ----------
    first, second : kappa_1 and kappa_2, power series of u without negative coefficients, finite at 1.
    d : the dimension of a patch, >= 2.
    patches : how many patches a window of the second layer reads.
    scale : c in K = c kappa_2(...), a positive number.
    pooled : the modes of the second layer's pooling where its windows stand at all positions of a circle; None for one
        window that reads all there is.
    positions : how many positions the circle has, at least 2 patches.
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
        pooled: Modes | None = None,
        positions: int | None = None,
        terms: int = 32,
    ) -> None:
        self.d, self.patches = dimension(d), integer("patches", patches, 1)
        self.first, self.second = power_series(first, "the first layer's kernel"), power_series(second)
        self._pooled = pooled
        if pooled is not None and not 2 * self.patches <= integer("positions", positions, 1):
            raise ValueError(f"patch must be at most half of the positions, got {patches} of {positions}")
        one = exact_one(self.first)
        inner = self.first if one == 1 else self.first / one
        self._search = Search(parts_of(inner, second, self.d, self.patches, scale, terms), self.d, self.patches)
        self._whole = float(scale) * second.at_one
        self._missing = sum(part.missing for part in self._search.parts)

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
        return math.prod(_multiplicity(self.d, k) for k in degrees)

    # -- all eigenvalues ---------------------------------------------------------------------------------------

    @cached_property
    def _modes(self) -> tuple[FloatArray, tuple[int | None, ...], tuple[int, ...]]:
        """Values of the modes, frequencies, and how often each stands there; equal ones of no pooling together."""
        if self._pooled is None:
            return np.ones(1), (None,), (1,)
        value, frequencies = self._pooled.value, self._pooled.frequencies
        if np.all(self._pooled.lower == self._pooled.upper) and np.all(value == value[0]):
            return value[:1], (None,), (len(value),)
        names = frequencies if frequencies is not None else (None,) * len(value)
        return value, names, (1,) * len(value)

    def _seen(self, t: int) -> dict[int, int]:
        """How many sets of t positions, up to translation, are seen by r windows, for each r."""
        if self._pooled is None:
            return {1: math.comb(self.patches, t)}
        if t == 1:
            return {self.patches: 1}
        return {self.patches + 1 - g: math.comb(g - 2, t - 2) for g in range(t, self.patches + 1)}

    def _constant(self) -> float:
        return self._search.constant() * (1.0 if self._pooled is None else sum(self._pooled.constant) / 2)

    def _labels(self, threshold: float) -> list[_Label]:
        """All labels with an eigenvalue of at least the threshold, descending."""
        values = self._modes[0]
        most = np.array([max(self._seen(t)) for t in range(1, self.patches + 1)]) * values.max()
        found = self._search.above(np.concatenate([[np.inf], threshold / most]))
        labels = [_Label(self._constant(), (), 1, 0)] if self._constant() >= threshold else []
        for each in found:
            factors = [(r, j) for r in self._seen(each.degrees.shape[1]) for j in range(len(values))]
            table = each.values[:, None] * np.array([r * values[j] for r, j in factors])
            for row, column in zip(*np.nonzero(table >= threshold), strict=True):
                degrees = tuple(each.degrees[row].tolist())
                labels.append(_Label(float(table[row, column]), degrees, *factors[column]))
        return sorted(labels, key=lambda x: (-x.value, len(x.degrees), x.degrees, -x.seen, x.mode))

    def _thresholds(self, deepest: float) -> Iterator[float]:
        values = self._modes[0]
        first = max(self._constant(), self._search.largest() * self.patches * float(values.max()))
        yield from itertools.takewhile(
            lambda x: x > max(_SMALLEST, deepest * first), (first * _STEP**i for i in itertools.count())
        )

    def _count(self, label: _Label) -> int:
        if not label.degrees:
            return 1
        classes = self._seen(len(label.degrees))[label.seen]
        return classes * _arranged(label.degrees) * self._harmonics(label.degrees) * self._modes[2][label.mode]

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
            if _reached(map(self._count, found), n) is not None:
                break
        spaces, total = [], 0
        for label in found:
            if total >= n:
                break
            frequency = self._modes[1][label.mode] if label.degrees else None
            spaces.append(Eigenspace(label.value, self._count(label), label.degrees, None, frequency))
            total += spaces[-1].multiplicity
        return spaces

    def levels(self, count: int = 1000) -> Levels:
        """Enclosures of the eigenvalues of `count` eigenspaces or more, largest first, and bounds of all the others.

        There are fewer where the kernel has fewer, and where the others are below 1e-17 of the largest.
        """
        count = integer("count", count, 1)
        found, threshold = [], math.inf
        for threshold in self._thresholds(_DEEPEST):
            found = self._labels(threshold)
            if len(found) >= count:
                break
        size = max((len(part.weights) for part in self._search.parts), default=1)
        modes = self._pooled
        spread = 0.0 if modes is None else float(np.max(modes.upper / modes.lower - 1))
        operations = np.array([(len(x.degrees) + 6) * (size + 6) for x in found]) * 2.0**-52 + 2 * spread
        value = np.array([x.value for x in found])
        counts = [self._count(x) for x in found]
        missed = np.array([self._missed(x) for x in found])
        lower, upper = value * (1 - operations), value * (1 + operations) + missed
        low, high = np.array([_below(x) for x in counts]), np.array([_above(x) for x in counts])
        whole, error = self._trace()
        rest = (
            max(0.0, whole - error - raised(math.fsum(upper * high), 4)),
            max(0.0, whole + error - math.fsum(lower * low) * (1 - 2.0**-50)),
        )
        most = float(self._modes[0].max()) * self.patches if self._pooled is not None else 1.0
        return Levels(lower, upper, low, high, rest, raised(threshold, 64) + self._missing * most)

    def _missed(self, label: _Label) -> float:
        """What the cut off powers of kappa_2 may add: with all its copies in a window, no more than they have."""
        if not self._missing:
            return 0.0
        factor = 1.0 if self._pooled is None else label.seen * float(self._pooled.upper[0])
        if not label.degrees and self._pooled is not None:
            factor = self._pooled.constant[1]
        return raised(self._missing * factor / _below(self.interactions(label.degrees)), 8)

    def _trace(self) -> tuple[float, float]:
        """The trace and a bound of its error."""
        if self._pooled is None:
            return self._whole, self._whole * 2.0**-50
        constant = self._search.constant()
        total = sum(self._pooled.constant) / 2 * constant + (self._whole - constant) * self._pooled.trace
        spread = float(np.max(self._pooled.upper / self._pooled.lower - 1))
        lost = self._missing * (max(self._pooled.constant) + self._pooled.trace)
        return total, (2.0**-46 + 4 * spread) * (abs(total) + self._whole * self._pooled.trace) + lost

    def trace(self) -> float:
        """E K(x, x), the sum of all eigenvalues with their multiplicities."""
        return self._trace()[0]


def _reached(counts: Iterator[int], n: int) -> int | None:
    """After how many of the counts their sum is n; None where it is less."""
    total = 0
    for i, count in enumerate(counts):
        total += count
        if total >= n:
            return i
    return None


@functools.lru_cache(maxsize=4096)
def _multiplicity(d: int, k: int) -> int:
    return int(sphere.multiplicity(d, k))


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
