r"""The eigenvalues mu_k of a patch kernel on S^{p-1}, enclosed as far as they are asked for, and bounds of the others.

What all degrees beyond k hold together is kappa(1) - sum_{j <= k} mu_j N(p, j), as sum_k mu_k N(p, k) = kappa(1)
(Bietti & Bach 2021; claim 7). Each of them is at most that over N(p, k+1), since N grows with the degree, and,
where all Taylor coefficients of kappa are >= 0, at most the larger of mu_{k+1} and mu_{k+2}: for t^m and k <= m
of its parity,

.. math:: \frac{\mu_{k+2}(t^m)}{\mu_k(t^m)} = \frac{m-k}{m+k+p} < 1,

by the eigenvalues of powers (claim 14), so that the eigenvalues of each parity fall: derived here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import sphere
from ...kernels.atoms import Monomial
from ...kernels.rounded_parameters import as_decimals
from ...kernels.zonal import Zonal
from ...numbers.checks import FloatArray
from ...numbers.outward import lower_float, upper_float
from ...numbers.precision import precision, with_balls
from ..layers import Layer, Square

if TYPE_CHECKING:
    import flint

_DIGITS = 25
_BITS = 160
_STEP = 16  # degrees that are computed at a time, at first
MOST = 100_000  # degrees


def patch_kernel(layer: Layer) -> Zonal:
    """kappa of a layer's patch kernel on unit vectors."""
    return Monomial(2) if isinstance(layer.kernel, Square) else layer.kernel


class PatchSpectrum:
    """mu_0, mu_1, ... of kappa on S^{p-1}.

    Raises ValueError where an eigenvalue is negative, or has no certified digits.
    """

    def __init__(self, kernel: Zonal, p: int) -> None:
        self.kernel, self.p = kernel, p
        self._spectrum = kernel.spectrum(p)
        self._balls: list[Any] = []
        self._ends: list[tuple[float, float, float]] = []
        self._counts: list[int] = []
        self._left: list[Any] = []  # kappa(1) less mu_k N(p, k) of the first degrees

    @with_balls
    def balls(self, count: int) -> list[Any]:
        """mu_0, ..., mu_{count - 1}."""
        have = len(self._balls)
        if count > have:
            if count > MOST:
                raise ValueError(f"so many eigenvalues need degrees beyond {MOST} of {self.kernel!r}; ask for fewer")
            found = self._spectrum.certified(np.arange(have, max(count, have + _STEP)), digits=_DIGITS)
            for k, ball in enumerate(found, start=have):
                if ball < 0:
                    raise ValueError(
                        f"kernel must be positive semi-definite on the sphere in R^{self.p}: {self.kernel!r} has "
                        f"mu_{k} = {ball.str(6, radius=False)}"
                    )
            self._balls += found
        return self._balls[:count]

    @with_balls
    def ends(self, count: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Lower ends, upper ends and middles of mu_0, ..., mu_{count - 1}, float64."""
        self.balls(count)
        for ball in self._balls[len(self._ends) :]:
            low, high = max(lower_float(ball), 0.0), upper_float(ball)
            self._ends.append((low, high, min(max(float(ball.mid()), low), high)))
        low, high, middle = np.array(self._ends[:count]).T
        return low, high, middle

    def multiplicity(self, k: int) -> int:
        """N(p, k)."""
        if k >= len(self._counts):
            found = sphere.multiplicity(self.p, np.arange(len(self._counts), 2 * k + _STEP))
            self._counts += [int(count) for count in found]
        return self._counts[k]

    @property
    def rank(self) -> int | None:
        """The degree from which on all mu_k are 0, where parities say so; None otherwise."""
        degrees = [self.kernel.polynomial_degree(parity) for parity in (0, 1)]
        return None if None in degrees else 1 + max(degree for degree in degrees if degree is not None)

    @with_balls
    def one(self) -> flint.arb:
        """kappa(1)."""
        import flint

        with precision(_BITS):
            return as_decimals(self.kernel)(flint.arb(1))

    @with_balls
    def rest(self, count: int) -> tuple[float, float]:
        """Bounds of the sum of mu_k N(p, k) over k >= count."""
        import flint

        if self.rank is not None and count >= self.rank:
            return 0.0, 0.0
        with precision(_BITS):
            self.balls(count)
            if not self._left:
                self._left.append(self.one())
            for k in range(len(self._left) - 1, count):
                self._left.append(self._left[-1] - self._balls[k] * flint.arb(self.multiplicity(k)))
        left = self._left[count]
        return max(lower_float(left), 0.0), max(upper_float(left), 0.0)

    def largest(self, count: int) -> float:
        """A bound of all mu_k, k >= count."""
        rest = self.rest(count)[1]
        if rest == 0:
            return 0.0
        if self.kernel.series_sign == 1:
            return float(max(self.ends(count + 2)[1][-2:]))
        return math.nextafter(rest / self.multiplicity(count), math.inf)
