"""Patch kernels applied to arrays of cosines, in place where the library allows it.

Near its ends an angle knows more than its cosine: kappa_0(1 - t) = 1 - (sqrt2/pi) t^(1/2) + ... (claim 13), so a
cosine that is right to 1e-16 gives kappa_0 to 1e-8 only. Kernels of that kind are `rough`; the evaluator then
hands over the angles of near-coincident and near-opposite patches (`Repair`), found from the patches' differences.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..gram.tiles import layers_in, slopes_near_ends
from ..kernels.atoms import Monomial
from ..kernels.families import ArcCosine, Exponential
from ..kernels.layers import ReluLayer
from ..kernels.points import Point
from ..kernels.sums import Sum
from ..kernels.zonal import Zonal
from ..numbers.arithmetic import FloatArithmetic
from ..numbers.arrays import Standard
from .layers import Layer, Square

# Of cosines and the largest of their absolute values: the places near an end and their angles; None without any.
Repair = Callable[[Any, float], tuple[Any, Any] | None]


PIECE = 2**13  # numbers that a general kernel is evaluated at together


def no_repair(cosine: Any, largest: float) -> None:
    """No angle is known better than by its cosine."""
    return None


def angles_of_gaps(xp: Any, squares: Any, sign: Any) -> Any:
    """Angles of unit vectors from |z - z'|^2 = 4 sin^2(theta/2); from |z + z'|^2 where the sign is not positive."""
    half = xp.sqrt(squares) / 2
    angle = 2 * xp.asin(xp.where(half > 1, xp.ones_like(half), half))
    return xp.where(sign > 0, angle, math.pi - angle)


def dense_angles(xp: Any, cosine: Any, features: Iterable[tuple[Any, Any]]) -> Any:
    """The angles of all pairs that a cosine is near an end for, feature by feature of both patches."""
    sign = xp.where(cosine > 0, xp.ones_like(cosine), -xp.ones_like(cosine))
    squares = xp.zeros_like(cosine)
    for a, b in features:
        gap = a - sign * b
        squares = squares + gap * gap
    return angles_of_gaps(xp, squares, sign)


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

    def value(self, ops: Standard, argument: Any, repair: Repair) -> Any:
        """kappa, in the place of the argument where that can be."""
        raise NotImplementedError

    def tangent(self, ops: Standard, cosine: Any, factor: Any, repair: Repair) -> tuple[Any, Any]:
        """kappa'(cos) * factor (factor None: the cosine itself) and kappa(cos)."""
        raise NotImplementedError

    @property
    def scratch(self) -> int:
        """Arrays of a piece's size that are held at once, an upper estimate."""
        return 0


@dataclass(frozen=True)
class _Exponential(Pointwise):
    alpha: float = 0.0  # of the narrow kernels, which take the cosine itself

    def value(self, ops: Standard, argument: Any, repair: Repair) -> Any:
        if not self.alpha:
            return ops.exp(argument)
        cosine, largest = ops.clip(argument)
        known = repair(cosine, largest)
        cosine -= 1.0
        cosine *= self.alpha
        value = ops.exp(cosine)
        if known is None:
            return value
        places, angle = known
        half = ops.xp.sin(angle / 2)
        return ops.assign(value, places, ops.xp.exp(-2 * self.alpha * half * half))


@dataclass(frozen=True)
class _Power(Pointwise):
    degree: int = 1

    def value(self, ops: Standard, argument: Any, repair: Repair) -> Any:
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
class _Rectifier(Pointwise):
    """a u + b kappa_1(u): linear, ReLU and leaky ReLU layers; one arccos serves kappa_0 and kappa_1."""

    linear: float = 0.0
    bent: float = 1.0

    def value(self, ops: Standard, argument: Any, repair: Repair) -> Any:
        cosine, slope, value = self._parts(ops, argument, no_repair)
        cosine *= slope
        value -= cosine
        return value

    def tangent(self, ops: Standard, cosine: Any, factor: Any, repair: Repair) -> tuple[Any, Any]:
        cosine, slope, value = self._parts(ops, cosine, repair)
        cosine *= slope
        value -= cosine  # kappa(u) = u kappa'(u) + b sin(theta)/pi
        if factor is None:
            return cosine, value
        slope *= factor
        return slope, value

    def _parts(self, ops: Standard, cosine: Any, repair: Repair) -> tuple[Any, Any, Any]:
        """u within [-1, 1], -pi kappa' = b (theta - pi) - pi a, and b sin(theta).

        The root of (1 - u)(1 + u), not of 1 - u^2: near the ends theta and sin(theta) must fit each other.
        """
        cosine, largest = ops.clip(cosine)
        angle = ops.acos("angle", cosine)
        sine = ops.subtract_from("sine", 1.0, cosine)
        sine *= ops.add_to("power", 1.0, cosine)
        sine = ops.sqrt(sine)
        known = repair(cosine, largest)
        if known is not None:
            places, angles = known
            angle = ops.assign(angle, places, angles)
            sine = ops.assign(sine, places, ops.xp.sin(angles))
        angle -= math.pi
        if self.bent != 1:
            angle *= self.bent
            sine *= self.bent
        if self.linear != 0:
            angle -= math.pi * self.linear
        return cosine, angle, sine


@dataclass(frozen=True)
class _General(Pointwise):
    """Any other kernel, by its own definition, piece by piece: it makes many arrays on its way."""

    kernel: Zonal = Monomial(1)

    def value(self, ops: Standard, argument: Any, repair: Repair) -> Any:
        cosine, largest = ops.clip(argument)
        known = repair(cosine, largest) if self.rough else None
        value = ops.pieces(cosine, self._of_cosine, PIECE)
        if known is None:
            return value
        places, angle = known
        return ops.assign(value, places, ops.pieces(angle, self._of_angle, PIECE))

    def _of_cosine(self, xp: Any, cosine: Any) -> Any:
        with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
            return self.kernel.pair(Point.from_cosine(FloatArithmetic(xp), cosine)).value

    def _of_angle(self, xp: Any, angle: Any) -> Any:
        with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
            return self.kernel.pair(Point.from_angle(FloatArithmetic(xp), angle)).value

    @property
    def scratch(self) -> int:
        return 16 + 12 * layers_in(self.kernel)


@dataclass(frozen=True)
class _Square(Pointwise):
    """<z, z'>^2 of the inner product itself."""

    def value(self, ops: Standard, argument: Any, repair: Repair) -> Any:
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
        return _Rectifier(rough=tangent, linear=a, bent=b, scale=inverse, tangent_scale=-inverse)
    if isinstance(kernel, Exponential):
        alpha = float(kernel.alpha)
        if alpha < 16:  # e^{alpha u} neither overflows nor vanishes
            return _Exponential(slope=alpha, scale=math.exp(-alpha))
        # Beyond 1e30 it is 0 at every cosine but 1, and float32 would overflow.
        return _Exponential(rough=True, alpha=min(alpha, 1e30), near=_ends(kernel))
    if isinstance(kernel, Monomial):
        return _Power(degree=kernel.degree)
    rough = _is_rough(kernel)
    return _General(rough=rough, kernel=kernel, near=_ends(kernel)) if rough else _General(kernel=kernel)


def rectifier_parts(kernel: Any) -> tuple[Fraction, Fraction] | None:
    """(a, b) where the kernel is a u + b kappa_1(u), the dual of a positively homogeneous activation.

    That is x -> s x for x < 0 and x for x > 0 with s in [-1, 1], up to a factor: a = 2s, b = (1 - s)^2.
    """
    if isinstance(kernel, ReluLayer):
        kernel = kernel.expression()
    parts = {Monomial(1): Fraction(0), ArcCosine(1): Fraction(0)}
    for coefficient, term in kernel.terms if isinstance(kernel, Sum) else ((Fraction(1), kernel),):
        if term not in parts:
            return None
        parts[term] += coefficient
    a, b = parts[Monomial(1)], parts[ArcCosine(1)]
    return (a, b) if b >= 0 and 2 * a + b >= 0 else None


def check_tangent(layers: Sequence[Layer]) -> None:
    """ValueError that names the first layer without a tangent kernel."""
    for number, layer in enumerate(layers, start=1):
        if rectifier_parts(layer.kernel) is None:
            raise ValueError(
                "tangent kernels need the layers of positively homogeneous activations, a*linear() + "
                f"b*arccos(1) with b >= 0 and a >= -b/2 (claim 49); layer {number} has the kernel {layer.kernel!r}"
            )


def _is_rough(kernel: Zonal) -> bool:
    """Whether kappa' is not bounded at an end, so that a rounded cosine there loses half of the digits."""
    try:
        slope = kernel.derivative()
    except NotImplementedError:  # a function of the user's: it may be
        return True
    arithmetic = FloatArithmetic()
    with np.errstate(all="ignore"):
        ends = [slope.pair(Point.from_cosine(arithmetic, np.float64(end))).value for end in (1.0, -1.0)]
    return not all(abs(float(value)) < 1e6 for value in ends)


def _ends(kernel: Zonal) -> tuple[float, float]:
    """For float32 and float64, the |cos| beyond which rounding of a cosine costs too many digits."""
    try:
        derivative = kernel.derivative()
    except NotImplementedError:
        t, steep = slopes_near_ends(kernel)
    else:
        t = np.geomspace(1e-15, 0.5, 200)
        arithmetic = FloatArithmetic()
        with np.errstate(all="ignore"):
            slopes = [
                np.abs(np.asarray(derivative.pair(Point.from_cosine(arithmetic, end * (1 - t))).value))
                for end in (1.0, -1.0)
            ]
            one = kernel.pair(Point.from_cosine(arithmetic, np.float64(1.0))).value
            steep = np.maximum(*slopes) / abs(float(one))
    near = []
    for least, eps, wanted in ((1e-5, 6e-8, 2e-6), (5e-9, 1.1e-16, 2e-13)):
        lost = t[4 * eps * steep > wanted]
        near.append(1 - float(max(least, lost.max(initial=0.0))))
    return near[0], near[1]
