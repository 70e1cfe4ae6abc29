r"""One layer on independent patches: x_1, ..., x_n uniform on S^{p-1}, each position a patch of its own (claims 52-55).

.. math:: K(x, x') = \sum_{u,v} (A^T A)_{uv}\, \kappa(x_u \cdot x'_v)
          = \sum_{k,m} \sum_{u,v} (A^T A)_{uv}\, \mu_k\, Y_{k,m}(x_u)\, Y_{k,m}(x'_v)

by Mercer's expansion of kappa. With A^T A = sum_j s_j e_j e_j^T and k >= 1, the functions sum_u e_j[u] Y_{k,m}(x_u) are
orthonormal for the uniform distribution, as harmonics of different positions are independent and have mean 0: they are
eigenfunctions with the eigenvalue s_j mu_k, N(p, k) of them for each j. Harmonics of degree 0 are the constant at every
position: one eigenfunction for all of them, with the eigenvalue (1^T A^T A 1) mu_0. Derived here; for norms Bietti 2022
(claim 53).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ...numbers.exact_numbers import ball
from ...numbers.precision import with_balls
from ...rkhs.levels import Levels
from ...rkhs.sphere_curves import levels as sphere_levels
from ..layers import Layer
from .eigenspaces import Eigenspace
from .enclosed import levels, product, times, total
from .patch_spectrum import PatchSpectrum, patch_kernel
from .pooled import modes, pooling_rows

if TYPE_CHECKING:
    import flint

_FIRST = 16  # degrees
_SMALLEST = 1e-290


class SpheresLayer:
    """One layer on so many independent patches on S^{p-1}; with `mean`, the mean of its outputs."""

    def __init__(self, layer: Layer, p: int, positions: int, mean: bool = False) -> None:
        self.layer, self.positions, self.mean = layer, positions, mean
        self.patch, self.modes = PatchSpectrum(patch_kernel(layer), p), modes(layer, positions, mean)

    # -- eigenvalues ----------------------------------------------------------------------------------------------

    @with_balls
    def eigenvalues(self, n: int) -> list[Eigenspace]:
        """The n largest, as eigenspaces (see `solver.Solver`)."""
        degrees = _FIRST
        while True:
            found = sorted(self._spaces(degrees), key=lambda space: -space.value)
            left = self._largest(degrees)
            total = 0
            for place, space in enumerate(found):
                if space.value <= left:
                    break
                total += space.multiplicity
                if total >= n:
                    return found[: place + 1]
            if left <= _SMALLEST:  # no more that floats tell from 0
                return [space for space in found if space.value > left]
            degrees *= 2

    def _spaces(self, degrees: int) -> list[Eigenspace]:
        """All eigenspaces of these degrees with eigenvalues that are not 0."""
        mu = self.patch.ends(degrees)[2]
        out = []
        if mu[0] * self.modes.constant[1] > 0:
            out.append(Eigenspace(float(mu[0]) * sum(self.modes.constant) / 2, 1, ()))
        for k in range(1, degrees):
            count = self.patch.multiplicity(k)
            for s, frequency, several in self.modes.grouped():
                if s * mu[k] > 0:
                    out.append(Eigenspace(float(s * mu[k]), count * several, (k,), None, frequency))
        return out

    # -- for capacities ---------------------------------------------------------------------------------------------

    @with_balls
    def levels(self, count: int) -> Levels:
        """Enclosures of the eigenvalues of so many degrees that there are `count` eigenspaces; the others' trace."""
        found, n = self.modes, len(self.modes.value)
        degrees = max(2, math.ceil(count / max(n, 1)) + 1)
        if self.patch.rank is not None:
            degrees = min(degrees, max(self.patch.rank, 1))
        low, high, _ = self.patch.ends(degrees)
        several = [self.patch.multiplicity(k) for k in range(1, degrees)]
        constant = times((low[0], high[0]), found.constant)
        return levels(
            [
                (*product(low[1:], high[1:], found.lower, found.upper), [c for c in several for _ in range(n)]),
                (np.array(constant[:1]), np.array(constant[1:]), [1]),
            ],
            times(total(found.lower, found.upper), self.patch.rest(degrees)),
            self._largest(degrees),
        )

    @with_balls
    def nodes(self, count: int) -> Levels:
        """Nodes that stand for eigenvalues in sums of mu/(mu + kappa) and of its square, for a spectrum without end.

        Where the patch kernel's eigenvalues follow no law that is known, `levels`.
        """
        try:
            patch = sphere_levels(self.patch.kernel, self.patch.p, count, constant=False)
        except ValueError:
            return self.levels(count)
        found, n = self.modes, len(self.modes.value)
        low, high, _ = self.patch.ends(1)
        constant = times((low[0], high[0]), found.constant)
        ends = product(patch.lower, patch.upper, found.lower, found.upper)
        below, above = (np.append(x, y) for x, y in zip(ends, constant, strict=True))
        least, most = (np.append(np.repeat(x, n), 1.0) for x in (patch.multiplicity_lower, patch.multiplicity_upper))
        largest = times((0.0, patch.largest), (0.0, float(found.upper.max(initial=0.0))))[1]
        return Levels(below, above, least, most, times(total(found.lower, found.upper), patch.rest), largest)

    def factors(self, n: int) -> tuple[list[tuple[float, int | None, int]], list[float]]:
        """The eigenvalues of the pooling, and those of the patch kernel by degree; n of each at most."""
        return self.modes.grouped()[:n], [float(x) for x in self.patch.ends(n)[2]]

    def _largest(self, degrees: int) -> float:
        """A bound of all eigenvalues of degrees that are not among the first ones."""
        s = float(self.modes.upper.max(initial=0.0))
        return times((0.0, s), (0.0, self.patch.largest(degrees)))[1]

    @with_balls
    def trace(self) -> float:
        """E K(x, x) = tr(A^T A) (kappa(1) - mu_0) + (1^T A^T A 1) mu_0."""
        one, zero = float(self.patch.one().mid()), float(self.patch.balls(1)[0].mid())
        return self.modes.trace * (one - zero) + sum(self.modes.constant) / 2 * zero

    def constant(self) -> flint.arb:
        """1^T A^T A 1, at flint's precision in force."""
        rows, scale = pooling_rows(self.layer, self.positions, self.mean)
        sums = [ball(1) * sum(row[1:], row[0]) / scale for row in rows]
        return sum((x * x for x in sums), ball(0))
