"""A function's ridge functions, gathered by direction, and their harmonics: balls up to a degree, series beyond it.

Ridge functions of w, of multiples of w and of -w are one component: g(-u) has the harmonics (-1)^k g_k. Its kernels are
added as expressions, parity by parity, and so are its profiles, so that what cancels between them cancels exactly.
|u|^s is twice the even part of max(0, u)^s, and 1{u >= -t} is 1 - 1{-u >= t} but for a set of measure 0: they become
multiples of max(0, u)^s and of jumps at t > 0.
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
        """A profile with a jump that nothing in this direction cancels, as text; empty where there is none.

        1{u >= 0} has its jump in its odd part; all other jumps are at different t > 0, or at -t.
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
        if degree is None or any(c[r % 2] for _, c in self.jumps):
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
        if part is None or any(c[k % 2] for _, c in self.jumps):
            return False
        terms = [g for g, c in self.profiles if c[k % 2] and not g.is_zero(k)]
        return not terms and PolynomialForm(self.d, part).exactly(k) == 0

    def exactly(self, k: int) -> Fraction | None:
        """g_k, where it is shown to be rational."""
        kernel = self.kernels[k % 2]
        part = kernel.polynomial_part(k % 2) if kernel.as_sum else {}
        if part is None or any(c[k % 2] for _, c in self.jumps):
            return None
        found = PolynomialForm(self.d, part).exactly(k) * self.scales[k % 2]
        for g, c in self.profiles:
            if not c[k % 2]:
                continue
            value = g.exactly(self.d, k)
            if value is None:
                return None
            found += c[k % 2] * value
        return found if isinstance(found, Fraction) else None

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
    gathered: dict[tuple[Fraction, ...], dict[Any, tuple[Fraction, Fraction]]] = {}
    directions: dict[tuple[Fraction, ...], Direction] = {}
    for c, g, w in f.ridges:
        main, turned = (w, c) if w.sign > 0 else (w.turned(), -c)
        direction = directions.setdefault(main.line, main)
        factors = gathered.setdefault(direction.line, {})
        for profile, *both in _plain(g, c, turned):
            before = factors.get(profile, (Fraction(0), Fraction(0)))
            factors[profile] = before[0] + both[0], before[1] + both[1]
    found = []
    for line, factors in gathered.items():
        w = directions[line]
        factors = {g: c for g, c in factors.items() if any(c)}
        even, odd = (
            _split(add([(c[parity], g) for g, c in factors.items() if isinstance(g, Zonal)])) for parity in (0, 1)
        )
        profiles = tuple((g, c) for g, c in factors.items() if isinstance(g, PowerProfile))
        jumps = tuple((g, c) for g, c in factors.items() if isinstance(g, JumpProfile))
        found.append(Component(f.d, w, (even[1], odd[1]), (even[0], odd[0]), profiles, jumps))
    return found


def _plain(g: Any, even: Fraction, odd: Fraction) -> list[tuple[Any, Fraction, Fraction]]:
    """A profile with its factors at even and odd degrees by those of max(0, u)^s and of jumps at t > 0."""
    if isinstance(g, PowerProfile) and g.even:
        return [(PowerProfile(g.s), 2 * even, Fraction(0))]
    if isinstance(g, JumpProfile) and g.t < 0:
        return [(PowerProfile(Fraction(0)), 2 * even, Fraction(0)), (JumpProfile(-g.t), -even, odd)]
    return [(g, even, odd)]


def _split(kernel: Zonal) -> tuple[Scalar, Zonal]:
    """A multiple of one kernel as factor and kernel."""
    return kernel.as_sum[0] if len(kernel.as_sum) == 1 else (Fraction(1), kernel)


def cosine(first: Component, second: Component) -> Any:
    """The cosine of two components' directions, a ball."""
    return angle_cosine(first.direction, second.direction)


def angle_cosine(a: Direction, b: Direction) -> Any:
    """The cosine of two directions, a ball; 1 and -1 exactly."""
    if a.line == b.line:
        return ball(1)
    if a.line == b.turned().line:
        return ball(-1)
    product = sum((x * y for x, y in zip(a.w, b.w, strict=True)), Fraction(0))
    return ball(product) / ball(a.square * b.square).sqrt()
