r"""What is known of a network of many layers, read layer by layer: written out, it would be nested as deeply.

With rho_l = psi_l(rho_{l-1}) and T_l = psi_l'(rho_{l-1}) T_{l-1} + s_l(rho_{l-1}) (`networks`), every fact of rho_L or
T_L follows from those of the layers' parts and of what they read, from the inside out: as for the sums, products and
compositions that these are (`sums`, `products`, `compositions`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from ..numbers.exact_numbers import Scalar
from ..numbers.precision import cached_property
from ..numbers.rational import Polynomial
from ..sphere.gamma_products import ClosedForm
from .ball_values import BITS, upper
from .compositions import RADII, reached_singular
from .end_facts import UNKNOWN, Part, Parts, composed_root, end_slope, of_composition, of_product, of_sum
from .ranges import layered_contacts
from .zonal import Zonal

if TYPE_CHECKING:
    from .networks import Layer, Network

DEEP = 24  # layers, from which on a network is read so
_ROUNDING = 1 + 1e-9  # of bounds that are summed in floats


class DeepStack:
    """The facts of a network whose first tangent kernel is 0, under the names that `Zonal` has for them."""

    def __init__(self, network: Network) -> None:
        self._network, self._layers, self._tangent = network, network.stack, network.tangent

    def _parts(self, layer: Layer) -> list[Zonal]:
        """What a layer is made of: psi and, in a tangent kernel, psi' and s."""
        parts = [layer.psi, layer.slope, layer.own] if self._tangent else [layer.psi]
        return [part for part in parts if part is not None]

    def _all_parts(self) -> Iterator[Zonal]:
        for layer in self._layers:
            yield from self._parts(layer)

    # -- where it is analytic ------------------------------------------------------------------------------------------

    @cached_property
    def radius(self) -> float:
        """Where the series of majorants converge."""
        if all(math.isinf(part.radius) for part in self._all_parts()):
            return math.inf
        if any(part.radius <= 1 for part in self._parts(self._layers[0])):
            return 1.0
        return next((float(r) for r in RADII if self.majorant(r) is not None), 1.0)

    def majorant(self, r: Fraction) -> Fraction | None:
        one, total = self._network.rational_one, Fraction(0)
        if r == 1 and isinstance(one, Fraction):
            return one
        for layer in self._layers:
            if self._tangent:
                slope = layer.slope.majorant(r)
                own = Fraction(0) if layer.own is None else layer.own.majorant(r)
                if slope is None or own is None:
                    return None
                total = total * slope + own
            bound = layer.psi.majorant(r)
            if bound is None:
                return None
            r = bound
        share = self._share
        return None if share is None else share * (total if self._tangent else r)

    @cached_property
    def _share(self) -> Fraction | None:
        """A bound of what the network is multiplied by."""
        share = self._network.share
        return share if isinstance(share, Fraction) else upper(share.ball(BITS))

    @cached_property
    def singular(self) -> frozenset[int]:
        if self.radius > 1:
            return frozenset()
        read: frozenset[int] = frozenset()  # where rho_{l-1} may be singular
        found: frozenset[int] = frozenset()
        inside = [None, *layered_contacts(tuple(layer.psi for layer in reversed(self._layers[:-1])))]
        for contacts, layer in zip(inside, self._layers, strict=True):
            if self._tangent:
                found = found.union(read, *(reached_singular(part, contacts) for part in self._parts(layer)[1:]))
            read |= reached_singular(layer.psi, contacts)
        return found if self._tangent else read

    @property
    def singularities(self) -> tuple[Scalar, ...] | None:
        return () if math.isinf(self.radius) else None

    @property
    def singular_order(self) -> int:
        return max(part.singular_order for part in self._all_parts())

    def angle_root(self, at: int) -> int:
        return composed_root([self._parts(layer) for layer in reversed(self._layers)], at)

    @cached_property
    def infinitely_smooth(self) -> bool:
        return all(part.infinitely_smooth or part.radius > 1 for part in self._all_parts())

    @cached_property
    def real_only(self) -> bool:
        return any(part.real_only for part in self._all_parts())

    @cached_property
    def real_floats(self) -> bool:
        return any(part.real_floats for part in self._all_parts())

    @cached_property
    def smooth_in_angle(self) -> bool:
        compositions = all(layer.psi.series_sign == 1 for layer in self._layers)
        return compositions and all(part.smooth_in_angle for part in self._all_parts())

    @cached_property
    def taylor_parts(self) -> Parts:
        if any(part.series_sign != 1 for part in self._all_parts()):
            return UNKNOWN
        rho: Parts = Part(zero=True), Part(positive=True)
        total: Parts = Part(zero=True), Part(zero=True)
        for layer in self._layers:
            if self._tangent:
                passed = of_product([of_composition(layer.slope.taylor_parts, rho, True), total])
                own = UNKNOWN if layer.own is None else of_composition(layer.own.taylor_parts, rho, True)
                total = passed if layer.own is None else of_sum([passed, own])
            rho = of_composition(layer.psi.taylor_parts, rho, True)
        return total if self._tangent else rho

    # -- parities ------------------------------------------------------------------------------------------------------

    @cached_property
    def _parity(self) -> int | None:
        """1 for an odd function of u, 0 for an even one, None where it is not known to be either."""
        rho: int | None = 1
        found: int | None = None  # of T_{l-1}
        started = False
        for layer in self._layers:
            if self._tangent:
                terms = [] if layer.own is None else [_composed_parity(layer.own, rho)]
                if started:
                    slope = _composed_parity(layer.slope, rho)
                    terms.append(None if slope is None or found is None else (slope + found) % 2)
                started = started or bool(terms)
                found = terms[0] if terms and terms.count(terms[0]) == len(terms) else None
            rho = _composed_parity(layer.psi, rho)
        return found if self._tangent else rho

    def polynomial_part(self, parity: int) -> Polynomial | None:
        return {} if self._parity == 1 - parity else None

    def polynomial_degree(self, parity: int) -> int | None:
        return -1 if self._parity == 1 - parity else None

    def analytic_part(self, parity: int) -> bool:
        return not self.singular or self._parity == 1 - parity

    # -- what is missing -----------------------------------------------------------------------------------------------

    @cached_property
    def truncation(self) -> float:
        if not any(part.truncation for part in self._all_parts()):
            return 0.0
        rho = total = 0.0  # what rho_{l-1} and T_{l-1} miss
        for layer, (size, bound) in zip(self._layers, self._sizes, strict=True):
            if self._tangent:
                slope = _missing(layer.slope, rho)
                total = _times(total, bound + slope) + _times(size, slope)
                total += 0.0 if layer.own is None else _missing(layer.own, rho)
            rho = _missing(layer.psi, rho)
        return self._share_of(total if self._tangent else rho)

    @cached_property
    def slope_bound(self) -> float:
        # T_l' = psi_l' T_{l-1}' + psi_l'' rho_{l-1}' T_{l-1} + s_l' rho_{l-1}', the middle in bounds of psi''.
        steepness, total = 1.0, 0.0  # of rho_{l-1} and T_{l-1}
        for layer, (size, bound) in zip(self._layers, self._sizes, strict=True):
            if self._tangent:
                total = _times(total, bound) + _times(_times(layer.slope.slope_bound, steepness), size)
                total += 0.0 if layer.own is None else _times(layer.own.slope_bound, steepness)
            steepness = _times(steepness, _steepness(layer.psi))
        return self._share_of(total if self._tangent else steepness)

    @cached_property
    def _sizes(self) -> list[tuple[float, float]]:
        """Bounds of |T_{l-1}| and |psi_l'| on [-1, 1], for each layer of a tangent kernel."""
        found, size = [], 0.0
        for layer in self._layers:
            bound = _size(layer.slope) if self._tangent else 0.0
            found.append((size, bound))
            if self._tangent:
                size = _times(size, bound) + (0.0 if layer.own is None else _size(layer.own))
        return found

    def _share_of(self, bound: float) -> float:
        return math.inf if self._share is None else _times(float(self._share), bound) * _ROUNDING

    # -- closed forms --------------------------------------------------------------------------------------------------

    def eigenvalue(self, d: int) -> ClosedForm | None:
        return None

    @property
    def with_closed_terms(self) -> Zonal:
        return self._network


def _composed_parity(outer: Zonal, inner: int | None) -> int | None:
    """The parity of outer(rho), rho of this parity."""
    if inner != 1:
        return inner  # an even function of u stays one
    return next((p for p in (0, 1) if outer.polynomial_part(1 - p) == {}), None)


def _missing(outer: Zonal, rho: float) -> float:
    """What outer(rho) misses where rho misses so much."""
    return outer.truncation + (_times(rho, _steepness(outer)) if rho else 0.0)


def _steepness(psi: Zonal) -> float:
    """A bound of |psi'|: that of its terms, or if that is infinite psi'(1), as no coefficient is negative."""
    bound = psi.slope_bound
    if math.isfinite(bound) or psi.truncation or psi.series_sign != 1:
        return bound
    return end_slope(psi)


def _size(kernel: Zonal) -> float:
    """A bound of |kappa| on [-1, 1]; infinite where none is known."""
    bound = kernel.majorant(Fraction(1))
    return math.inf if bound is None else float(bound)


def _times(a: float, b: float) -> float:
    """A product of bounds >= 0, in which nothing times infinity is nothing."""
    return a * b if a and b else 0.0
