r"""One layer on the Boolean cube {-1, 1}^n whose patches read the whole cycle: the signal and its n rotations.

With patches of n positions, and A^T A = sum_j s_j e_j e_j^T a circulant,

.. math:: K(x, x') = \sum_{u,v} (A^T A)_{uv}\, \kappa(\langle R_u x, R_v x' \rangle/n)
          = \sum_T \xi_{n,|T|} \sum_{u,v} (A^T A)_{uv}\, Y_{T+u}(x)\, Y_{T+v}(x') .

The n/m translates of a set S that m of the n rotations leave as it is are orthonormal parities. Functions of them are
those of the positions that repeat themselves m times, at the frequencies j that m divides. Each of the n/m sets T of
the orbit gives the same operator on them, whose eigenvalue is m s_j, so that the eigenvalue is n s_j xi_{n,l}. The
number of orbits of sets of size l that have the frequency j is

.. math:: \frac1n \sum_{d \mid \gcd(n, l)} \binom{n/d}{l/d}\, c_d(j), \qquad c_d(j) = \sum_{a \le d,\, \gcd(a, d) = 1}
          \cos(2\pi a j/d)

(Ramanujan's sum), by counting the sets that each rotation leaves as they are. Mean pooling leaves j = 0: the fully
connected kernel with global pooling, whose sample complexity is p^{l-1} (Misiakiewicz & Mei 2021). Derived here.

*Norms.* Of f = sum_w c_w Y_{S+w} over the t = n/m translates of S, with B the rows of A folded to t positions, the
operator is t xi B^T B, so that |f|^2 = c^T (B^T B)^+ c/(t xi) where c is in its range.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from ...kernels.zonal import Zonal
from ...numbers.exact_numbers import ball
from ...numbers.outward import lower_float, upper_float
from ...numbers.precision import cached_property, precision, with_balls
from ...rkhs.levels import Levels
from ..layers import Layer
from .cube import cube_eigenvalues
from .eigenspaces import Eigenspace
from .enclosed import Part, levels, product
from .overlapping import inverse_form
from .pooled import Rows, modes, pooling_rows

if TYPE_CHECKING:
    import flint

_BITS = 160


def orbits(n: int, size: int, j: int) -> int:
    """How many orbits of the sets of so many of n positions on a cycle have the frequency j."""
    return _orbits(n, size, math.gcd(n, j))  # c_d(j) depends on gcd(d, j), and d divides n


@functools.lru_cache(maxsize=2**15)
def _orbits(n: int, size: int, j: int) -> int:
    common = math.gcd(n, size)
    divisors = [d for d in range(1, common + 1) if common % d == 0]
    return sum(math.comb(n // d, size // d) * _ramanujan(d, j) for d in divisors) // n


def _ramanujan(d: int, j: int) -> int:
    """sum over b | gcd(d, j) of mobius(d/b) b."""
    common = math.gcd(d, j)
    return sum(_mobius(d // b) * b for b in range(1, common + 1) if common % b == 0)


def _mobius(n: int) -> int:
    sign, p = 1, 2
    while p <= n:
        if n % p == 0:
            n //= p
            if n % p == 0:
                return 0
            sign = -sign
        p += 1
    return sign


class CycleLayer:
    """One layer on {-1, 1}^n with patches of n positions on a circle, and `modes`, those of its pooling."""

    def __init__(self, layer: Layer, kernel: Zonal, positions: int, mean: bool, scale: Fraction) -> None:
        self.layer, self.kernel, self.n, self.mean, self.scale = layer, kernel, positions, mean, scale
        self.modes = modes(layer, positions, mean)
        if self.modes.frequencies is None or layer.stride != 1:
            raise ValueError("stride must be 1 where a patch reads all positions of a circle")

    @cached_property
    def _balls(self) -> list[Any]:
        """Balls of n `scale` xi_{n,l}."""
        factor = self.scale * self.n
        found = cube_eigenvalues(self.kernel, self.n)
        with precision(_BITS):
            return [x * factor.numerator / factor.denominator for x in found]

    @cached_property
    def _eigenvalues(self) -> list[tuple[float, float, float]]:
        """Their ends and middles."""
        return [(max(lower_float(x), 0.0), upper_float(x), max(float(x.mid()), 0.0)) for x in self._balls]

    @with_balls
    def eigenvalues(self, n: int) -> list[Eigenspace]:
        """The n largest, as eigenspaces (see `solver.Solver`)."""
        assert self.modes.frequencies is not None
        found = []
        for size, (_, _, xi) in enumerate(self._eigenvalues):
            for s, j in zip(self.modes.value, self.modes.frequencies, strict=True):
                count = orbits(self.n, size, j)
                if count and s * xi > 0:
                    label = (size,) if size else ()
                    found.append(Eigenspace(float(s * xi), count, label, None, j if size else None))
        found.sort(key=lambda space: -space.value)
        total = np.cumsum([float(space.multiplicity) for space in found])
        return found[: int(np.searchsorted(total, n)) + 1]

    @with_balls
    def levels(self, count: int) -> Levels:
        """Enclosures of all eigenvalues, which are finitely many."""
        assert self.modes.frequencies is not None
        parts: list[Part] = []
        for size, (low, high, _) in enumerate(self._eigenvalues):
            both = product(np.array([low]), np.array([high]), self.modes.lower, self.modes.upper)
            parts.append((*both, [orbits(self.n, size, j) for j in self.modes.frequencies]))
        return levels(parts)

    @with_balls
    def squared_norm(self, f: Mapping[tuple[int, ...], Fraction]) -> flint.arb | None:
        """|f|^2 of a sum of parities, by their sets of positions; None where f is not in the RKHS."""
        families: dict[tuple[int, ...], dict[int, Fraction]] = {}
        for positions, value in f.items():
            if value:
                shape, at = min((tuple(sorted((i - w) % self.n for i in positions)), w) for w in range(self.n))
                families.setdefault(shape, {})[at] = value
        with precision(_BITS):
            total = ball(0)
            for shape, values in families.items():
                t = next(t for t in range(1, self.n + 1) if {(i + t) % self.n for i in shape} == set(shape))
                vector = [values.get(w, Fraction(0)) for w in range(t)]
                form = inverse_form(functools.partial(self._folded, t), vector)
                if form is None or self._balls[len(shape)] == 0:
                    return None
                form = ball(form) if isinstance(form, Fraction) else form
                total += form * self.n / (t * self._balls[len(shape)])
            return total

    def _folded(self, t: int) -> tuple[Rows, Any]:
        """The rows of A on signals that repeat themselves after t positions, and what they are to be divided by."""
        rows, scale = pooling_rows(self.layer, self.n, self.mean)
        return [[sum(row[w + t :: t], row[w]) for w in range(t)] for row in rows], scale

    @with_balls
    def trace(self) -> float:
        """E K(x, x), the sum of all eigenvalues."""
        assert self.modes.frequencies is not None
        several = zip(self.modes.value, self.modes.frequencies, strict=True)
        modes = list(several)
        return math.fsum(
            float(s * xi) * orbits(self.n, size, j)
            for size, (_, _, xi) in enumerate(self._eigenvalues)
            for s, j in modes
        )
