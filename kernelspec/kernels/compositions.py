"""Compositions of kernels."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..numbers.arithmetic import FloatArithmetic
from ..numbers.exact_numbers import Scalar
from ..numbers.precision import cached_property
from ..numbers.rational import Polynomial, substitute
from . import expression
from .atoms import Atom
from .base_points import ONE, Constant, base_point, chosen, exact_at, named, next_to, rational, told
from .end_facts import UNKNOWN, Parts, composed_root, of_composition
from .points import Pair, Point
from .ranges import PLACES, Contacts, layered_contacts
from .sums import Node
from .zonal import Zonal

# Radii that are tried for a composition; below the last one, a Taylor series converges too slowly to be of use.
RADII = tuple(Fraction(q) for q in "4 2 1.5 1.2 1.1 1.05 1.02 1.01 1.005 1.0025".split())


@dataclass(frozen=True, repr=False)
class Compose(Node):
    """outer_1(outer_2(... inner(u))): atoms outside, any kernel innermost."""

    layers: tuple[Zonal, ...]

    def _parts(self) -> tuple[Any, ...]:
        return self.layers

    def __hash__(self) -> int:
        return self._hash

    def pair(self, point: Point) -> Pair:
        outer, end, gap = self.layers[0], self._inner_end(point), None
        plain = point.arithmetic.closed_form or not point.settles
        if end is not None and self._end is None and not plain:
            gap = self._gap(point)
        # The name `point` moves on, so that the memory of the layers behind is free.
        for kernel in reversed(self.layers[1:]):
            point = point.image(kernel)
        drop = None if end is None or gap is None else outer.drop(end, point, gap)
        pair = _rebase(outer, point.pair(outer), end, drop if told(point.arithmetic, drop) else None)
        if self._end is None or point.arithmetic.closed_form or not point.settles:
            return pair
        near, rise = next_to(point, self._end), functools.partial(outer.rise, point, self._end)
        return pair._replace(defect=-chosen(point, near, rise, -pair.defect))

    @cached_property
    def _end(self) -> int | None:
        """0 or -1 where the inner kernels reach that from u = 1."""
        end: int | None = 1
        for kernel in reversed(self.layers[1:]):
            end = None if end is None else base_point(exact_at(kernel, end))
        return None if end == 1 else end

    def exact_at(self, at: int) -> Constant | None:
        start: Constant | None = rational(at)
        for i in range(len(self.layers) - 1, -1, -1):
            base = base_point(start)
            if base is None:
                rest = self.layers[: i + 1]
                known = start is not None and all(k.bounded for k in rest)
                return named((rest, start)) if known else None
            start = exact_at(self.layers[i], base)
        return start

    def rise(self, point: Point, at: int) -> Any:
        start: Constant | None = rational(at)
        here = point
        for kernel in reversed(self.layers[1:]):
            base = base_point(start)
            start = None if base is None else exact_at(kernel, base)
            here = here.image(kernel)
        base = base_point(start)
        if base is not None:
            return self.layers[0].rise(here, base)
        return point.pair(self).value - point.start(self, at)

    def _inner_end(self, point: Point) -> Point | None:
        """The point that the innermost kernels reach from u = 1, or None where that is u = 1 again."""
        if not self._off_centre:
            return None
        end = point.beginning()
        for kernel in reversed(self.layers[1:]):
            end = end.image(kernel)
        return end

    def _gap(self, point: Point) -> Any:
        """What the inner kernels fall by from u = 1, without cancellation; None where that is not known."""
        *inner, innermost = self.layers[1:]
        start, gap = exact_at(innermost, 1), point.pair(innermost).defect
        end, point = point.beginning().image(innermost), point.image(innermost) if inner else point
        for kernel in reversed(inner):
            base = base_point(start)
            gap = kernel.drop(end, point, gap) if base is None else -kernel.rise(point, base)
            if gap is None:
                return None
            start = None if base is None else exact_at(kernel, base)
            end, point = end.image(kernel), point.image(kernel)
        return gap

    @cached_property
    def truncation(self) -> float:
        missing = 0.0
        for k in reversed(self.layers):
            missing = k.truncation + (missing * k.slope_bound if missing else 0.0)
        return missing

    @cached_property
    def real_only(self) -> bool:
        return any(k.real_only for k in self.layers)

    @property
    def real_floats(self) -> bool:
        return any(k.real_floats for k in self.layers)

    @cached_property
    def infinitely_smooth(self) -> bool:
        return all(k.infinitely_smooth or k.radius > 1 for k in self.layers)

    @cached_property
    def _off_centre(self) -> bool:
        return any(exact_at(k, 1) != ONE for k in self.layers[1:])

    @cached_property
    def rational_one(self) -> Scalar | None:
        return None if self._off_centre else self.layers[0].rational_one

    def derivative(self) -> Zonal:
        inner = self.layers[-1]
        result = inner.derivative()
        for kernel in reversed(self.layers[:-1]):
            result = result * expression.compose(kernel.derivative(), inner)
            inner = expression.compose(kernel, inner)
        return result

    def slope_at(self, point: Point) -> Any:
        *inner, innermost = self.layers
        total = innermost.slope_at(point)
        before = innermost
        for kernel in reversed(inner):
            point, before = point.image(before), kernel
            total = total * kernel.slope_at(point)
        return total

    @cached_property
    def _text(self) -> str:
        words, layers = [], list(self.layers)
        while layers:
            run = 1
            while run < len(layers) and layers[run] == layers[0]:
                run += 1
            degree = layers[0].network_degree if isinstance(layers[0], Atom) else None
            if run > 1 and degree is not None:
                words.append(f"rf({run + 1})" if degree == 1 else f"rf({run + 1}, degree={degree})")
            else:
                words += [expression.factor_text(layers[0])] * run
            layers = layers[run:]
            if words and layers[1:] and not layers[0].bounded:
                # It stays in [-1, 1] only because of what is inside: read from there outwards.
                return "@".join([*words, f"({expression.compose_layers(tuple(layers)).text()})"])
        return "@".join(words)

    def latex_of(self, argument: str) -> str:
        # Powers of a layer are written as iterates once they would repeat three times or more.
        runs: list[list[Any]] = []
        for kernel in self.layers:
            if runs and runs[-1][0] == kernel:
                runs[-1][1] += 1
            else:
                runs.append([kernel, 1])
        for kernel, count in reversed(runs):
            if count > 2 and hasattr(kernel, "symbol"):
                argument = f"{kernel.symbol}^{{\\circ {count}}}\\left({argument}\\right)"
            else:
                for _ in range(count):
                    argument = kernel.latex_of(argument)
        return argument

    @cached_property
    def radius(self) -> float:
        # Where the series of the majorants converge, that of the composition does, absolutely.
        if self.layers[-1].radius <= 1:
            return 1.0
        if all(math.isinf(k.radius) for k in self.layers):
            return math.inf
        return next((float(r) for r in RADII if self.majorant(r) is not None), 1.0)

    @cached_property
    def singular(self) -> frozenset[int]:
        if self.radius > 1:
            return frozenset()
        # An outer kernel is singular where the kernel inside reaches one of its singular points.
        found = self.layers[-1].singular
        for inner, outer in zip(layered_contacts(self.layers[1:]), reversed(self.layers[:-1]), strict=True):
            found |= reached_singular(outer, inner)
        return found

    @cached_property
    def series_sign(self) -> int:
        inner = all(k.series_sign == 1 for k in self.layers[1:])
        return self.layers[0].series_sign if inner else 0

    @cached_property
    def smooth_in_angle(self) -> bool:
        if all(k.series_sign == 1 for k in self.layers[1:]) and all(k.smooth_in_angle for k in self.layers):
            return True
        return not self.singular or self.infinitely_smooth

    @cached_property
    def taylor_parts(self) -> Parts:
        if self.series_sign != 1:
            return UNKNOWN
        *outer, innermost = self.layers
        found, normalised = innermost.taylor_parts, innermost.rational_one == 1
        for kernel in reversed(outer):
            found = of_composition(kernel.taylor_parts, found, normalised)
            normalised = normalised and kernel.rational_one == 1
        return found

    def majorant(self, r: Fraction) -> Fraction | None:
        for k in reversed(self.layers):
            bound = k.majorant(r)
            if bound is None:
                return None
            r = bound
        return r

    @cached_property
    def _polynomial_parts(self) -> tuple[Polynomial | None, Polynomial | None]:
        inner = self.layers[-1]
        even, odd = inner.polynomial_part(0), inner.polynomial_part(1)
        for outer in reversed(self.layers[:-1]):
            if odd == {}:  # an even function of u stays one
                even, odd = None, {}
            elif even == {}:  # inner odd: the parities of outer(inner) are those of outer, read at inner
                even, odd = (_at_odd(outer.polynomial_part(p), odd) for p in (0, 1))
            else:
                return None, None
        return even, odd

    def polynomial_part(self, parity: int) -> Polynomial | None:
        return self._polynomial_parts[parity]

    @cached_property
    def _polynomial_degrees(self) -> list[int | None]:
        return _composed_degrees([[k.polynomial_degree(p) for p in (0, 1)] for k in self.layers])

    def polynomial_degree(self, parity: int) -> int | None:
        known = super().polynomial_degree(parity)
        return self._polynomial_degrees[parity] if known is None else known

    def analytic_part(self, parity: int) -> bool:
        if super().analytic_part(parity):
            return True
        *outer, inner = self.layers
        return all(math.isinf(k.radius) for k in outer) and all(inner.analytic_part(p) for p in (0, 1))

    @property
    def singularities(self) -> tuple[Scalar, ...] | None:
        if math.isinf(self.radius):
            return ()
        outer, inner = self.layers[0].singularities, self.layers[1]
        line = expression.as_line(inner) if len(self.layers) == 2 else None
        if outer is None or line is None or not line.get(1):
            return None
        return tuple((point - line.get(0, Fraction(0))) / line[1] for point in outer)

    def angle_root(self, at: int) -> int:
        return composed_root([[k] for k in self.layers], at)

    @property
    def as_layers(self) -> tuple[Zonal, ...]:
        return self.layers

    @property
    def adds_up(self) -> bool:  # type: ignore[override]  # a constant of most atoms
        return all(isinstance(k, Atom) and k.network_degree is not None for k in self.layers)


def reached_singular(outer: Zonal, inner: Contacts | None) -> frozenset[int]:
    """Where outer(kappa) may be singular by the outer kernel, from the contacts of kappa; of u itself for None."""
    if inner is None or 0 in outer.singular:
        return outer.singular if inner is None else frozenset(PLACES)
    return frozenset(place for place in PLACES if inner.at(place) & outer.singular)


def _rebase(outer: Zonal, pair: Pair, end: Point | None, drop: Any = None) -> Pair:
    """The outer kernel's pair, its defect taken from its value where the inner kernel ends."""
    if end is None:
        return pair
    last = end.pair(outer)
    if isinstance(end.arithmetic, FloatArithmetic):
        last = Pair(float(last.value), float(last.defect), float(last.one))
    if drop is not None:
        return Pair(pair.value, drop, last.value)
    if math.isinf(outer.at_one):  # then the outer kernel's own defect is infinite
        return Pair(pair.value, last.value - pair.value, last.value)
    return Pair(pair.value, pair.defect - last.defect, last.value)


def _at_odd(part: Polynomial | None, odd: Polynomial | None) -> Polynomial | None:
    """A parity of the outer kernel at an odd inner one; constants need not know it."""
    if part is not None and set(part) <= {0}:
        return part
    return None if odd is None else substitute(part, odd)


def _composed_degrees(layers: list[list[int | None]]) -> list[int | None]:
    """Degrees of the parities of a composition of polynomials, the innermost last: bounds, where parities mix."""
    even, odd = layers[-1]
    for outer_even, outer_odd in reversed(layers[:-1]):
        if odd == -1 and even is not None and even <= 0:
            return [0, -1]  # a constant inside
        if outer_even is not None and outer_even <= 0 and outer_odd == -1:  # a constant
            even, odd = outer_even, -1
            continue
        if None in (even, odd, outer_even, outer_odd):
            even = odd = None
            continue
        assert even is not None and odd is not None
        assert outer_even is not None and outer_odd is not None
        inner = max(even, odd)
        degrees = [n * inner if n >= 0 else -1 for n in (outer_even, outer_odd)]
        if odd < 0:
            even = max(degrees)
        elif even < 0:
            even, odd = degrees
        else:
            even = odd = max(degrees)
    return [even, odd]
