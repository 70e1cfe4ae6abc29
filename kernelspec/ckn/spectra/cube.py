r"""One layer on the Boolean cube {-1, 1}^n with overlapping patches of q neighbouring positions.

On the cube a patch kernel is a sum over the sets T of positions of a patch, with parities Y_T(z) = prod_{i in T} z_i:

.. math:: \kappa(\langle z, z'\rangle/q) = \sum_T \xi_{q,|T|}\, Y_T(z)\, Y_T(z').

The sets S of positions of the signal that lie in a patch are the translates S_0 + w of sets that begin at 0, of size l
and diameter gamma, each with r = q + 1 - gamma places in a patch (`overlapping`). So

.. math:: K(x, x') = \sum_{u,v} (A^T A)_{uv} \sum_T \xi_{q,|T|} Y_{T+u}(x) Y_{T+v}(x')
          = \sum_{S_0} \xi_{q,l} \sum_{w,w'} (M_r)_{w,w'} Y_{S_0+w}(x) Y_{S_0+w'}(x')

with T = S_0 + a. Parities of different sets are orthonormal, so that the eigenvalues are xi_{q,l} times those of M_r,
C(gamma-2, l-2) sets S_0 for each, and xi_{q,0} 1^T A^T A 1 for the constant. Where pooling is circular with stride 1,
M_r is r A^T A, with the frequencies of the pooling. Proved for mean pooling by Misiakiewicz & Mei 2021 (Propositions 1
and 2, with q <= n/2); for any A derived here.

*Norms.* The features of S_0 are orthogonal to those of other sets, so that f = sum_S f_S Y_S has

.. math:: |f|^2 = \frac{f_\emptyset^2}{\xi_{q,0}\, 1^T A^T A 1}
          + \sum_{S_0} \frac1{\xi_{q,l}}\, f_{S_0}^T M_r^+ f_{S_0}, \qquad f_{S_0} = (f_{S_0 + w})_w,

where each f_{S_0} is in the range of M_r; otherwise f is not in the RKHS. This is the minimum over all ways to write f
as a sum of functions of patches: where patches overlap, Y_S may be shared out among the r patches that hold S.
"""

from __future__ import annotations

import functools
import heapq
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
from .eigenspaces import Eigenspace
from .enclosed import levels, product, times
from .overlapping import check_cycle, inverse_form, moved_rows, placed
from .pooled import Modes
from .windows import window_modes

if TYPE_CHECKING:
    import flint

_BITS = 192
_DIGITS = 45  # of the patch kernel's eigenvalues


class CubeLayer:
    """One layer on {-1, 1}^n: its patches of q positions, its pooling, and the patch kernel `scale` kappa(cos)."""

    def __init__(self, layer: Layer, kernel: Zonal, positions: int, mean: bool, scale: Fraction) -> None:
        self.layer, self.kernel, self.mean, self.scale = layer, kernel, mean, scale
        self.q, self.n = layer.patch, positions
        if layer.border == "circular":
            check_cycle(self.q, positions)

    # -- what the eigenvalues are made of ---------------------------------------------------------------------------

    @cached_property
    def patch_eigenvalues(self) -> list[Any]:
        """Balls of `scale` xi_{q,l}, l = 0, ..., q."""
        found = cube_eigenvalues(self.kernel, self.q)
        with precision(_BITS):
            return [x * self.scale.numerator / self.scale.denominator for x in found]

    @cached_property
    def modes(self) -> dict[int, Modes]:
        """The eigenvalues of M_r for every r from 1 to q."""
        return window_modes(self.layer, self.n, self.mean)

    def _families(self) -> list[tuple[int, int, int]]:
        """Size l, diameter and number of the sets that begin at 0, but for the empty one."""
        found = [(1, 1, 1)]
        return found + [
            (size, diameter, math.comb(diameter - 2, size - 2))
            for diameter in range(2, self.q + 1)
            for size in range(2, diameter + 1)
        ]

    # -- the solver ----------------------------------------------------------------------------------------------------

    @with_balls
    def eigenvalues(self, n: int) -> list[Eigenspace]:
        """The n largest, as eigenspaces (see `solver.Solver`): families of sets in the order of their largest one."""
        xi = [float(ball.mid()) for ball in self.patch_eigenvalues]
        heap: list[tuple[float, int, int]] = []
        families = self._families()
        grouped = {r: m.grouped() for r, m in self.modes.items()}
        for number, (size, diameter, _) in enumerate(families):
            several = grouped[self.q + 1 - diameter]
            if several and xi[size] * several[0][0] > 0:
                heap.append((-xi[size] * several[0][0], number, 0))
        constant = xi[0] * sum(self._constant) / 2
        if constant > 0:
            heap.append((-constant, -1, 0))
        heapq.heapify(heap)
        out, total = [], 0
        while heap and total < n:
            value, number, place = heapq.heappop(heap)
            if number < 0:
                out.append(Eigenspace(-value, 1, ()))
            else:
                size, diameter, count = families[number]
                several = grouped[self.q + 1 - diameter]
                _, frequency, times_ = several[place]
                out.append(Eigenspace(-value, count * times_, (size,), None, frequency, diameter))
                if place + 1 < len(several) and xi[size] * several[place + 1][0] > 0:
                    heapq.heappush(heap, (-xi[size] * several[place + 1][0], number, place + 1))
            total += out[-1].multiplicity
        return out

    @cached_property
    def _constant(self) -> tuple[float, float]:
        """1^T A^T A 1."""
        return self.modes[1].constant

    @with_balls
    def factors(self, n: int) -> tuple[list[tuple[float, int | None, int]], list[float]]:
        """The eigenvalues of the pooling, and those of the patch kernel by degree; n of each at most."""
        return self.modes[1].grouped()[:n], [float(x.mid()) for x in self.patch_eigenvalues[:n]]

    @with_balls
    def levels(self, count: int) -> Levels:
        """Enclosures of all eigenvalues, which are finitely many."""
        ends = [(max(lower_float(x), 0.0), upper_float(x)) for x in self.patch_eigenvalues]
        constant = times(ends[0], self._constant)
        parts: list[Any] = [(np.array(constant[:1]), np.array(constant[1:]), [1])]
        for size, diameter, several in self._families():
            found, (low, high) = self.modes[self.q + 1 - diameter], ends[size]
            both = product(np.array([low]), np.array([high]), found.lower, found.upper)
            parts.append((*both, [several] * len(found.value)))
        return levels(parts)

    @with_balls
    def squared_norm(self, f: Mapping[tuple[int, ...], Fraction]) -> flint.arb | None:
        """|f|^2 of a sum of parities, by their sets of positions; None where f is not in the RKHS."""
        with precision(_BITS):
            return self._squared_norm(f)

    def _squared_norm(self, f: Mapping[tuple[int, ...], Fraction]) -> flint.arb | None:
        families: dict[tuple[int, ...], dict[int, Fraction]] = {}
        total = ball(0)
        for positions, value in f.items():
            if not positions and value:
                rows, scale = moved_rows(self.layer, self.n, 1, self.mean)
                sums = [ball(1) * sum(row[1:], row[0]) / scale for row in rows]
                whole = sum((x * x for x in sums), ball(0))
                if self.patch_eigenvalues[0] == 0:
                    return None
                total += ball(value * value) / (self.patch_eigenvalues[0] * whole)
            elif value:
                found = placed(positions, self.q, self.n, self.layer.border == "circular")
                if found is None:
                    return None
                families.setdefault(found[0], {})[found[1]] = value
        for shape, values in families.items():
            r, xi = self.q - shape[-1], self.patch_eigenvalues[len(shape)]
            width = self.n if self.layer.border == "circular" else self.n - shape[-1]
            vector = [values.get(w, Fraction(0)) for w in range(width)]
            form = inverse_form(functools.partial(moved_rows, self.layer, self.n, r, self.mean), vector)
            if form is None or xi == 0:
                return None
            total += (ball(form) if isinstance(form, Fraction) else form) / xi
        return total

    @with_balls
    def trace(self) -> float:
        """E K(x, x), the sum of all eigenvalues."""
        xi = [float(ball.mid()) for ball in self.patch_eigenvalues]
        found = [xi[0] * sum(self._constant) / 2]
        for size, diameter, count in self._families():
            found.append(count * xi[size] * self.modes[self.q + 1 - diameter].trace)
        return math.fsum(found)


@with_balls
def cube_eigenvalues(kernel: Zonal, q: int) -> list[Any]:
    """Balls of xi_{q,l}, l = 0, ..., q: the coefficients of kappa(<x, y>/q) on {-1, 1}^q in parities of size l.

    Raises ValueError where one is negative.
    """
    found = list(kernel.spectrum(q, domain="cube").certified(np.arange(q + 1), digits=_DIGITS))
    for size, ball_ in enumerate(found):
        if ball_ < 0:
            raise ValueError(
                f"kernel must be positive semi-definite on the cube: {kernel!r} has xi_{size} = "
                f"{ball_.str(6, radius=False)} on {{-1, 1}}^{q}"
            )
    return found
