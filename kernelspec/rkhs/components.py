"""A function's ridge functions, gathered by direction, and their harmonics: balls up to a degree, series beyond it.

Ridge functions of w and of -w are one component: g(-u) has the harmonics (-1)^k g_k. Its kernels are added as
expressions, parity by parity, so that what cancels between them cancels exactly.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import sphere
from ..kernels.expression import add
from ..kernels.zonal import Zonal
from ..numbers.checks import FloatArray
from ..numbers.exact_numbers import Scalar, ball
from ..numbers.precision import precision
from ..spectrum.closed import PolynomialForm
from .atoms import Atom, KernelAtom, PowerAtom
from .profiles import JumpProfile, PowerProfile
from .ridge import Direction, Function

if TYPE_CHECKING:
    from ..numbers.enclosure import Parts


@dataclass(frozen=True)
class Component:
    """g(<w, x>): a kernel for either parity, and profiles, each with factors at even and at odd degrees."""

    d: int
    direction: Direction
    kernels: tuple[Zonal, Zonal]
    scales: tuple[Scalar, Scalar]  # apart, so that multiples of a kernel are read once
    profiles: tuple[tuple[PowerProfile, tuple[Fraction, Fraction]], ...]
    jumps: tuple[tuple[JumpProfile, tuple[Fraction, Fraction]], ...]

    @property
    def _rough(self) -> list[tuple[PowerProfile | JumpProfile, tuple[Fraction, Fraction]]]:
        return [*self.profiles, *self.jumps]

    @property
    def discontinuous(self) -> str:
        """A profile with a jump that nothing cancels, as text; empty where there is none.

        1{u >= 0} has its jump in its odd part; jumps at t and at -t != 0 do not meet.
        """
        found = [repr(g) for g, _ in self.jumps]
        found += [repr(g) for g, (_, odd) in self.profiles if g.jumps and odd]
        return found[0] if found else ""

    def balls(self, count: int, digits: int) -> list[Any]:
        """g_0, ..., g_{count-1}."""
        total = [ball(0)] * count
        for parity in (0, 1):
            for k, value in zip(
                range(parity, count, 2), eigenvalues(self.kernels[parity], self.d, parity, count, digits), strict=True
            ):
                total[k] = value * ball(self.scales[parity])
        with precision(int(digits * math.log2(10)) + 64):
            for g, c in self._rough:
                for k, value in enumerate(g.balls(self.d, count)):
                    total[k] = total[k] + ball(c[k % 2]) * value
        return total

    def scaled(self, count: int) -> FloatArray:
        """sqrt(N(d,k)) g_k in float64, for k < count: of a size that floats hold in high dimension, too."""
        k = np.arange(count)
        root, total = sphere.log_multiplicity(self.d, k) / 2, np.zeros(count)
        for parity in (0, 1):
            if self.kernels[parity].as_sum:
                found = self.kernels[parity].spectrum(self.d).values(k[parity::2])
                total[parity::2] = (
                    float(self.scales[parity]) * found.sign * np.exp(np.minimum(found.log_abs + root[parity::2], 700.0))
                )
        for g, c in self._rough:
            total += np.where(k % 2 == 0, float(c[0]), float(c[1])) * g.scaled(self.d, root)
        return total

    def vanishes_from(self, r: int) -> int | None:
        """A degree from which on g_k is exactly 0 for k = r mod 4; None where that is not so."""
        degree = self.kernels[r % 2].polynomial_degree(r % 2) if self.kernels[r % 2].as_sum else -1
        if degree is None or self.jumps:
            return None
        for g, c in self.profiles:
            if c[r % 2] == 0:
                continue
            if not g.vanishes(r):
                return None
            degree = max(degree, math.floor(g.s))
        return degree + 1

    def exactly_zero(self, k: int) -> bool:
        """Whether g_k is shown to be exactly 0."""
        kernel = self.kernels[k % 2]
        part = kernel.polynomial_part(k % 2) if kernel.as_sum else {}
        if part is None or self.jumps:
            return False
        terms = [g for g, c in self.profiles if c[k % 2] and not g.is_zero(k)]
        return not terms and PolynomialForm(self.d, part).exactly(k) == 0

    def atoms(self, r: int) -> list[Atom]:
        """What g_k is the sum of for k = r mod 4, but for finitely many degrees."""
        found: list[Atom] = []
        kernel = self.kernels[r % 2]
        if kernel.as_sum and kernel.polynomial_degree(r % 2) is None:
            found.append(KernelAtom(kernel, self.d, r % 2, self.scales[r % 2]))
        found += [PowerAtom(g, self.d, c[r % 2], r) for g, c in self.profiles if c[r % 2] and not g.vanishes(r)]
        return found


def eigenvalues(kernel: Zonal, d: int, parity: int, count: int, digits: int) -> list[Any]:
    """Balls of mu_k for the k < count of one parity; zeros for the kernel 0."""
    if not kernel.as_sum:
        return [ball(0)] * len(range(parity, count, 2))
    return list(_eigenvalues(kernel, d, parity, count, digits))


@functools.lru_cache(maxsize=256)
def _eigenvalues(kernel: Zonal, d: int, parity: int, count: int, digits: int) -> tuple[Any, ...]:
    from ..spectrum.certified import certified

    return tuple(certified(kernel, d, list(range(parity, count, 2)), digits))


@functools.lru_cache(maxsize=64)
def dimensions(d: int, count: int) -> tuple[int, ...]:
    """N(d, 0), ..., N(d, count-1)."""
    return tuple(map(int, sphere.multiplicity(d, np.arange(count))))


def legendre_balls(d: int, c: Any, count: int) -> list[Any]:
    """P_0(c), P_1(c), ...: rounding grows by a factor of 3 at most in each step."""
    import flint

    from ..numbers.enclosure import parts

    return list(_legendre_balls(d, parts(c), count, flint.ctx.prec))


@functools.lru_cache(maxsize=64)
def _legendre_balls(d: int, cosine: Parts, count: int, bits: int) -> tuple[Any, ...]:
    from ..numbers.enclosure import from_parts

    c = from_parts(cosine)
    with precision(bits + 2 * count):
        before, now, found = ball(0), ball(1), []
        for k in range(count):
            found.append(now)
            later = c if k == 0 else ((2 * k + d - 2) * c * now - k * before) / (k + d - 2)
            before, now = now, later
    return tuple(found)


def components(f: Function) -> list[Component]:
    """The function's ridge functions, by direction."""
    gathered: dict[Direction, dict[Any, tuple[Fraction, Fraction]]] = {}
    for c, g, w in f.ridges:
        main, turned = (w, c) if w.sign > 0 else (w.turned(), -c)
        factors = gathered.setdefault(main, {})
        before = factors.get(g, (Fraction(0), Fraction(0)))
        factors[g] = before[0] + c, before[1] + turned
    found = []
    for w, factors in gathered.items():
        factors = {g: c for g, c in factors.items() if any(c)}
        even, odd = (
            _split(add([(c[parity], g) for g, c in factors.items() if isinstance(g, Zonal)])) for parity in (0, 1)
        )
        profiles = tuple((g, c) for g, c in factors.items() if isinstance(g, PowerProfile))
        jumps = tuple((g, c) for g, c in factors.items() if isinstance(g, JumpProfile))
        found.append(Component(f.d, w, (even[1], odd[1]), (even[0], odd[0]), profiles, jumps))
    return found


def _split(kernel: Zonal) -> tuple[Scalar, Zonal]:
    """A multiple of one kernel as factor and kernel."""
    return kernel.as_sum[0] if len(kernel.as_sum) == 1 else (Fraction(1), kernel)


def cosine(first: Component, second: Component) -> Any:
    """The cosine of two directions, a ball."""
    a, b = first.direction, second.direction
    product = sum((x * y for x, y in zip(a.w, b.w, strict=True)), Fraction(0))
    return ball(product) / ball(a.square * b.square).sqrt()
