"""Patch kernels applied to arrays of cosines, in place where the library allows it.

Kernels that are steep at an end are `rough`: a rounded cosine there loses half of their digits, so they are
told the angles of near-coincident and near-opposite patches (`Near`; `engine.near_coincidence` finds them).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ..gram.fitted import fitted_halves
from ..gram.fitted_values import ARRAYS, evaluate, value_at
from ..gram.tiles import layers_in, reach, slopes_near_ends
from ..kernels.atoms import Monomial
from ..kernels.points import Point
from ..kernels.zonal import Zonal
from ..numbers.arithmetic import FloatArithmetic
from ..numbers.arrays import Standard
from ..numbers.exact_numbers import Scalar
from .layers import Layer, Square

# Where cosines are near an end, and the angles of these; None where none is.
Angles: TypeAlias = "tuple[Any, Any] | None"
# These of cosines, from their largest absolute value and the place in the tile where they begin.
Near: TypeAlias = Callable[[Any, float, int], Angles]

_STEEP = 100  # |kappa'| beside the size of kappa, from which on a rounded cosine may cost digits
AT_END = 8  # roundings of a cosine, within which it may be that of equal patches
PIECE = 2**15  # numbers that a general kernel is evaluated at together: it makes many arrays on its way


@dataclass(frozen=True)
class Pointwise:
    """A patch kernel as a function of slope * cos; patch products absorb the slope.

    Values are to be multiplied by `scale`, those of kappa' by `tangent_scale`: the norms absorb them.
    """

    slope: float = 1.0
    scale: float = 1.0
    tangent_scale: float = 1.0
    rough: bool = False
    homogeneous: bool = True
    # 1 - t, by bytes: for larger |cos| an angle from the patches' difference is used. An angle of a cosine that is
    # off by eps is off by eps / sqrt(2t), which these bound by about 1e-5 and 1e-12.
    near: tuple[float, float] = (1 - 1e-5, 1 - 5e-9)

    def value(self, ops: Standard, argument: Any, near: Near | None = None) -> Any:
        """kappa, in the place of the argument where the library allows it."""
        raise NotImplementedError

    def tangent(self, ops: Standard, cosine: Any, factor: Any, near: Near | None = None) -> tuple[Any, Any]:
        """kappa(cos), and kappa'(cos) * factor (factor None: the cosine itself)."""
        raise NotImplementedError

    @property
    def scratch(self) -> int:
        """Arrays of a piece's size that are held at once, an upper estimate."""
        return 0


@dataclass(frozen=True)
class Exponential(Pointwise):
    """e^{alpha u}, whose argument is alpha u, and which is its own slope up to alpha."""

    def value(self, ops: Standard, argument: Any, near: Near | None = None) -> Any:
        return ops.exp(argument)

    def tangent(self, ops: Standard, argument: Any, factor: Any, near: Near | None = None) -> tuple[Any, Any]:
        if factor is None:
            factor = ops.copy("cosines", argument)
            factor *= 1 / self.slope
        value = ops.exp(argument)
        factor *= value
        return value, factor


@dataclass(frozen=True)
class _Narrow(Pointwise):
    """e^{alpha (u - 1)} for large alpha."""

    alpha: float = 16.0

    def value(self, ops: Standard, argument: Any, near: Near | None = None) -> Any:
        cosine, known = _clipped(ops, argument, near)
        cosine -= 1.0
        cosine *= self.alpha
        value = ops.exp(cosine)
        if known is None:
            return value
        half = ops.xp.sin(known[1] / 2)
        return ops.put(value, known[0], ops.xp.exp(-2 * self.alpha * half * half))


@dataclass(frozen=True)
class _Power(Pointwise):
    degree: int = 1

    def value(self, ops: Standard, argument: Any, near: Near | None = None) -> Any:
        if self.degree == 1:
            return argument
        if self.degree == 0:
            argument *= 0.0
            argument += 1.0
            return argument
        base, power = ops.multiply("power", argument, argument), 2
        while power * 2 <= self.degree:  # by squaring, in two buffers
            base *= base
            power *= 2
        for _ in range(self.degree - power):
            base *= argument
        return base


@dataclass(frozen=True)
class Rectifier(Pointwise):
    """a u + b kappa_1(u): linear, ReLU and leaky ReLU layers; one arccos serves kappa_0 and kappa_1."""

    linear: float = 0.0
    bent: float = 1.0

    def value(self, ops: Standard, argument: Any, near: Near | None = None) -> Any:
        cosine, slope, value = self._parts(ops, argument, None)
        cosine *= slope
        value -= cosine
        return value

    def tangent(self, ops: Standard, cosine: Any, factor: Any, near: Near | None = None) -> tuple[Any, Any]:
        cosine, slope, value = self._parts(ops, cosine, near)
        cosine *= slope
        value -= cosine
        if factor is None:
            return value, cosine
        slope *= factor
        return value, slope

    def _parts(self, ops: Standard, cosine: Any, near: Near | None) -> tuple[Any, Any, Any]:
        """u within [-1, 1], -pi kappa' = b (theta - pi) - pi a, and b sin(theta): kappa(u) = u kappa'(u) + b sin/pi.

        The root of (1 - u)(1 + u), not of 1 - u^2: near the ends theta and sin(theta) must fit each other.
        """
        cosine, known = _clipped(ops, cosine, near)
        angle = ops.acos("angle", cosine)
        sine = ops.subtract_from("sine", 1.0, cosine)
        sine *= ops.add_to("power", 1.0, cosine)
        sine = ops.sqrt(sine)
        if known is not None:
            angle = ops.put(angle, *known)
            sine = ops.put(sine, known[0], ops.xp.sin(known[1]))
        angle -= math.pi
        if self.bent != 1:
            angle *= self.bent
            sine *= self.bent
        if self.linear != 0:
            angle -= math.pi * self.linear
        return cosine, angle, sine


_Rectifier = Rectifier  # as features that earlier versions have pickled call it


@dataclass(frozen=True)
class _General(Pointwise):
    """Any other kernel, by its own definition, piece by piece."""

    kernel: Zonal = Monomial(1)

    def value(self, ops: Standard, argument: Any, near: Near | None = None) -> Any:
        def piece(start: int, cosine: Any) -> Any:
            cosine, known = _clipped(ops, cosine, near if self.rough else None, start)
            value = self._fitted(ops, cosine) if ops.in_place and cosine.size else None
            if value is None:
                value = self._at(ops, Point.from_cosine(FloatArithmetic(ops.xp), cosine), cosine.dtype)
            if known is None:
                return value
            point = Point.from_angle(FloatArithmetic(ops.xp), known[1])
            return ops.put(value, known[0], self._at(ops, point, cosine.dtype))

        return ops.pieces(piece, argument, PIECE)

    def _fitted(self, ops: Standard, cosine: Any) -> Any:
        """The values by fits, in the place of the cosines; exact at the ends, None where there are no fits.

        A cosine has one value, whatever stands beside it: equal images then have equal kernel values, and distance 0.
        """
        fits = None if self.kernel.one_exponential else fitted_halves(self.kernel, cosine.dtype)
        if fits is None:
            return None
        low, high = float(cosine.min()), float(cosine.max())
        if len(fits) == 2 and low >= 0:
            fits = fits[:1]
        end = 1 - AT_END * float(np.finfo(cosine.dtype).eps)
        at_ends = [(cosine >= end, value_at(self.kernel, 1))] if high >= end else []
        if low <= -end:
            at_ends.append((cosine <= -end, value_at(self.kernel, -1)))
        evaluate(fits, cosine, [ops.empty(f"fit {i}", cosine.shape, cosine.dtype) for i in range(ARRAYS)])
        for mask, value in at_ends:
            cosine[mask] = value
        return cosine

    def _at(self, ops: Standard, point: Point, dtype: Any) -> Any:
        with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
            return ops.cast(self.kernel.pair(point).value, dtype)

    @property
    def scratch(self) -> int:
        return 16 + 12 * layers_in(self.kernel)


def _clipped(ops: Standard, cosine: Any, near: Near | None, start: int = 0) -> tuple[Any, Angles]:
    """Cosines within [-1, 1], and the angles of those near an end."""
    cosine, largest = ops.clip(cosine)
    return cosine, near(cosine, largest, start) if near else None


@dataclass(frozen=True)
class _Square(Pointwise):
    """<z, z'>^2 of the inner product itself."""

    def value(self, ops: Standard, argument: Any, near: Near | None = None) -> Any:
        argument *= argument
        return argument


def pointwise(kernel: Zonal | Square, tangent: bool) -> Pointwise:
    """The fast form of a patch kernel; with `tangent`, one that also gives kappa'."""
    if isinstance(kernel, Square):
        return _Square(homogeneous=False)
    parts = rectifier_parts(kernel)
    if parts is not None and (tangent or parts[1]):
        a, b = map(float, parts)
        inverse = 1 / math.pi
        return Rectifier(rough=tangent, linear=a, bent=b, scale=inverse, tangent_scale=-inverse)
    if kernel.exponential_rate is not None and kernel.rational_one == 1:
        alpha = float(kernel.exponential_rate)
        if alpha < 16:  # e^{alpha u} neither overflows nor vanishes
            return Exponential(slope=alpha, scale=math.exp(-alpha), tangent_scale=alpha * math.exp(-alpha))
        # Beyond 1e30 it is 0 at every cosine but 1, and float32 would overflow.
        return _Narrow(rough=True, alpha=min(alpha, 1e30), near=_ends(kernel))
    degree = kernel.power_of_u
    if degree is not None:
        return _Power(degree=degree)
    rough = bool(slopes_near_ends(kernel)[1].max() > _STEEP)
    return _General(rough=rough, kernel=kernel, near=_ends(kernel))


def rectifier_parts(kernel: Zonal | Square) -> tuple[Scalar, Scalar] | None:
    """(a, b) where the kernel is a u + b kappa_1(u), the dual of a positively homogeneous activation.

    That is x -> s x for x < 0 and x for x > 0 with s in [-1, 1], up to a factor: a = 2s, b = (1 - s)^2.
    """
    parts = None if isinstance(kernel, Square) else kernel.rectifier
    if parts is None:
        return None
    a, b = parts
    return (a, b) if b >= 0 and 2 * a + b >= 0 else None


def check_tangent(layers: Sequence[Layer]) -> None:
    """ValueError that names the first layer without a tangent kernel."""
    for number, layer in enumerate(layers, start=1):
        if rectifier_parts(layer.kernel) is None:
            raise ValueError(
                "tangent kernels need the layers of positively homogeneous activations, a*linear() + "
                f"b*arccos(1) with b >= 0 and a >= -b/2 (claim 49); layer {number} has the kernel {layer.kernel!r}"
            )


def _ends(kernel: Zonal) -> tuple[float, float]:
    """For float32 and float64, the |cos| beyond which rounding of a cosine costs too many digits."""
    single, double = ((1e-5, 6e-8, 2e-6), (5e-9, 1.1e-16, 2e-13))
    near = [1 - max(least, reach(kernel, 4 * eps, wanted)) for least, eps, wanted in (single, double)]
    return near[0], near[1]
