"""Errors for patch kernels that are seen not to be positive semi-definite, before they are evaluated."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..kernels.points import Point
from ..kernels.zonal import Zonal
from ..numbers.arithmetic import FloatArithmetic
from ..numbers.arrays import InPlace
from .layers import Layer, Square
from .patch_kernels import Pointwise

_COEFFICIENTS = 32  # that are looked at
_ROUNDING = 1e-9  # relative to kappa(1); kernels have their values to 1e-12 or so


@functools.lru_cache(maxsize=256)
def check_kernel(kernel: Zonal | Square) -> None:
    """ValueError for a patch kernel that is infinite at 1, or seen to be none.

    Seen: kappa(1) < 0, or |kappa(u)| > kappa(1) at one of 201 cosines, where two patches of this cosine have a Gram
    matrix with a negative eigenvalue, or a Taylor coefficient that is proved negative: as a dot product kernel it is
    none in some dimension (Schoenberg). It is not a proof of the contrary.
    """
    if isinstance(kernel, Square):
        return
    one = kernel.at_one
    if not math.isfinite(one):
        raise ValueError(
            f"kernel must be finite at 1, where a patch meets itself: {kernel!r} has kappa(1) = {one:g}, and no "
            "images are small enough for it"
        )
    cosines = np.linspace(-1, 1, 201)
    with np.errstate(all="ignore"):
        values = kernel.pair(Point.from_cosine(FloatArithmetic(), cosines)).value
        values = np.broadcast_to(np.asarray(values, dtype=np.float64), cosines.shape)
    if one < 0:
        raise ValueError(f"kernel must be positive semi-definite: {kernel!r} has kappa(1) = {one:.6g} < 0")
    worst = int(np.argmax(np.where(np.isnan(values), math.inf, np.abs(values))))
    if not abs(values[worst]) <= one * (1 + _ROUNDING):
        raise ValueError(
            f"kernel must be positive semi-definite: {kernel!r} has kappa({cosines[worst]:g}) = "
            f"{values[worst]:.6g}, and |kappa| is at most kappa(1) = {one:.6g} for such a kernel"
        )
    found = _negative_coefficient(kernel)
    if found is not None:
        raise ValueError(
            f"kernel must be positive semi-definite: the Taylor coefficient of u^{found[0]} in {kernel!r} is "
            f"{found[1]:.6g} < 0, and none is for a kernel of patches of any size"
        )


def _negative_coefficient(kernel: Zonal) -> tuple[int, float] | None:
    """The first of some Taylor coefficients that a ball shows to be negative; None where none is, or none is known."""
    if kernel.series_sign == 1 or kernel.truncation:
        return None
    try:
        coefficients = kernel.taylor(_COEFFICIENTS)
    except (TypeError, ValueError):  # no formula, or no series at 0: nothing is proved
        return None
    return next(((i, float(b.mid())) for i, b in enumerate(coefficients) if b < 0), None)


def check_layers(layers: Iterable[Layer]) -> None:
    """ValueError, naming the layer, where a kernel is seen to be none."""
    for number, layer in enumerate(layers, start=1):
        try:
            check_kernel(layer.kernel)
        except ValueError as error:
            raise ValueError(f"layer {number}: {error}") from error


def check_squares(squares: Any, ops: Any, what: str, kernel: Pointwise, norms: Any) -> None:
    """ValueError where squared norms behind a layer are negative by more than rounding.

    That is some eps^(1/2) of what they are sums of: the largest |phi(z)|^2 of the layer's kernel map phi, where `norms`
    are those of its patches z.
    """
    if not math.prod(squares.shape):
        return
    lowest = float(ops.xp.min(squares))
    if lowest >= 0:
        return
    largest = largest_square(ops, kernel, norms)
    if lowest < -8 * math.sqrt(float(ops.xp.finfo(squares.dtype).eps)) * largest:
        raise ValueError(
            f"kernels of the layers must be positive semi-definite: squared norms of {what} are negative, down to "
            f"{lowest:.3g} where those of single patches are up to {largest:.3g}"
        )


def largest_square(ops: Any, kernel: Pointwise, norms: Any) -> float:
    """The largest |phi(z)|^2 of a layer's kernel map phi, from the norms |z| of its patches."""
    z = float(ops.largest(norms))
    if not kernel.homogeneous:
        return z**4
    found = kernel.value(InPlace(), np.full(1, kernel.slope))
    return z**2 * float(found[0]) * kernel.scale
