"""What a spectrum falls back on where its first route has lost digits.

A sum's closed forms and integrals may cancel (kernels whose leading powers at u = 1 are opposite), and on the contour's
bottom the values may be much larger than mu_k. In this order, each for the degrees that are still lost:

1. the contour of the whole kernel: what cancels between the terms cancels node by node, in balls where it must;
2. the Taylor series, for degrees that are small next to the dimension;
3. the expansion, summed in float64, with its proved remainder (`asymptotic`), for degrees that are large enough;
4. quadrature in balls (`certified`), for degrees up to 2000.

What none of them knows to 1e-6 is NaN (`eigenvalue_arrays.without_lost`).
"""

from __future__ import annotations

import numpy as np

from ..kernels.facts import UNPROVED_INSIDE
from ..kernels.rounded_parameters import as_decimals
from ..kernels.smooth_tables import RealAloneError
from ..kernels.zonal import Zonal
from .ball_route import LARGEST_IN_BALLS, BallRoute, BallsBehind
from .branch_cut import BranchCutRoute, branch_cut_route
from .circle_or_taylor import has_endless_series
from .eigenvalue_arrays import Array, Values, unknown
from .expansion_route import LOST, ExpansionRoute
from .quadrature import quadrature_route
from .route import Answer, Route
from .taylor import WEAK, FastTaylorRoute


def repaired(kernel: Zonal, d: int, k: Array, found: Answer, by_contour: bool = True) -> Answer:
    """The values; those that lost digits (or the sign) come from the first other route that knows them better.

    `by_contour`: whether the contour of the whole kernel is another route. The names, which are for one degree, become
    that of the route that replaces its value.
    """
    kernel = as_decimals(kernel)
    values, names = Values(*(part.copy() for part in found.values)), found.names
    # Without a singularity the contour's bottom is all there is: balls are soon better, but where one is next to u = 1.
    few = kernel.singular or has_endless_series(kernel)
    routes: list[tuple[Route, float]] = [
        (FastTaylorRoute(kernel), WEAK),
        (ExpansionRoute(kernel), LOST),
        (BallRoute(kernel), LOST if few else WEAK),
    ]
    if by_contour and kernel.singular and 0 not in kernel.singular:
        routes.insert(0, (branch_cut_route(kernel), LOST))
    for route, least in routes:
        known = np.where(values.sign == 0, np.inf, values.error)
        here = np.flatnonzero(~(known <= least))
        if not here.size or not route.usable:
            continue
        other = route.values(d, k[here])
        better = other.error < known[here]
        for target, source in zip(values, other, strict=True):
            target[here[better]] = source[better]
        if better.any():
            names = (route.name,)
    return Answer(values, names)


class Repaired(Route):
    """A kernel's first route, and the others where it has lost digits.

    `by_contour`: whether the first one integrates along a branch cut, where a value 0 is unknown; `several`: whether
    it is a sum, so that the contour of the whole kernel is another route.
    """

    def __init__(self, kernel: Zonal, first: Route, by_contour: bool, several: bool) -> None:
        self.kernel, self.first, self.by_contour, self.several = kernel, first, by_contour, several
        self.together = first.together

    def answer(self, d: int, k: Array, estimate: bool = False) -> Answer:
        found = self.first.answer(d, k)
        first = found.values.error
        lost = ~(first <= WEAK)
        if self.by_contour:
            lost |= found.values.sign == 0
        if lost.any():
            found = repaired(self.kernel, d, k, found, self.several)
        if estimate and self.by_contour:
            kept = np.flatnonzero(found.values.error == first)  # the others have an error of their own
            found.values.error[kept] = self.first.values(d, k[kept], True).error
        return found


class ContourOrOther(Route):
    """The branch-cut integral, or where there is no contour what serves without one.

    Without a singularity on [-1, 1] only the contour's bottom is left, which says nothing once it is too small. What
    holds the dual of a smooth activation at a large variance is read on [-1, 1] alone: quadrature there serves.
    """

    name = BranchCutRoute.name

    def __init__(self, kernel: Zonal) -> None:
        self.kernel = kernel

    def answer(self, d: int, k: Array, estimate: bool = False) -> Answer:
        try:
            return self._by_contour(d, k, estimate)
        except RealAloneError:
            return BallsBehind(self.kernel, quadrature_route(self.kernel)).answer(d, k, estimate)

    def _by_contour(self, d: int, k: Array, estimate: bool) -> Answer:
        kernel = self.kernel
        if not kernel.singular and k.max(initial=0) > LARGEST_IN_BALLS:
            raise ValueError(
                f"k must be at most {LARGEST_IN_BALLS} for {kernel!r}, an analytic kernel whose eigenvalues decay "
                f"faster than any power; got {k.max()}"
            )
        inside = 0 in kernel.singular  # the contour's own test does not see a weak kink
        route = branch_cut_route(kernel)
        if inside or not route.usable:
            found = repaired(kernel, d, k, Answer(unknown(k.size), (route.name,)), by_contour=False)
            if np.isfinite(found.values.error).any():
                return found
        if inside:
            raise ValueError(f"the eigenvalues of {kernel!r} are out of reach: it {UNPROVED_INSIDE}")
        # A cut that begins off [-1, 1] is seen on a second contour.
        return route.answer(d, k, estimate or not kernel.singular)  # which says why where there is none
