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

import numpy as np

from ...kernels.zonal import Zonal
from ...numbers.precision import with_balls
from ...rkhs.levels import Levels
from .eigenspaces import Eigenspace
from .enclosed import levels, product, times, total
from .patch_spectrum import PatchSpectrum
from .pooled import Modes

_FIRST = 16  # degrees


class SpheresLayer:
    """One layer with the patch kernel kappa on independent patches on S^{p-1}, and `modes`, those of its pooling."""

    def __init__(self, kernel: Zonal, p: int, modes: Modes) -> None:
        self.patch, self.modes = PatchSpectrum(kernel, p), modes

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
            if left == 0:
                return found
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
        modes, n = self.modes, len(self.modes.value)
        degrees = max(2, math.ceil(count / max(n, 1)) + 1)
        if self.patch.rank is not None:
            degrees = min(degrees, max(self.patch.rank, 1))
        low, high, _ = self.patch.ends(degrees)
        several = [self.patch.multiplicity(k) for k in range(1, degrees)]
        constant = times((low[0], high[0]), modes.constant)
        return levels(
            [
                (*product(low[1:], high[1:], modes.lower, modes.upper), [c for c in several for _ in range(n)]),
                (np.array(constant[:1]), np.array(constant[1:]), [1]),
            ],
            times(total(modes.lower, modes.upper), self.patch.rest(degrees)),
            self._largest(degrees),
        )

    def _largest(self, degrees: int) -> float:
        """A bound of all eigenvalues of degrees that are not among the first ones."""
        s = float(self.modes.upper.max(initial=0.0))
        return times((0.0, s), (0.0, self.patch.largest(degrees)))[1]

    @with_balls
    def trace(self) -> float:
        """E K(x, x) = tr(A^T A) (kappa(1) - mu_0) + (1^T A^T A 1) mu_0."""
        one, zero = float(self.patch.one().mid()), float(self.patch.balls(1)[0].mid())
        return self.modes.trace * (one - zero) + sum(self.modes.constant) / 2 * zero
