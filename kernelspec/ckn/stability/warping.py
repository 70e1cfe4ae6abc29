r"""The action L_tau x(u) = x(u - tau(u)) of a displacement field on signals and images.

An array of pixels stands for the one band-limited function through them, which is evaluated exactly where the field
points: no interpolation from neighbours. Beyond its border a signal is 0 (border "zero"), and the function is
sum_k x_k sinc(u - k); or it repeats (border "circular"), and the function is the trigonometric polynomial of the
discrete Fourier transform. Both are analytic in the displacement, and give back the pixels where it is an integer. A
linear interpolation would smooth by an amount proportional to |tau|, an error of the same order as the effect; this
one has none at any order, so that limits of small deformations and their exponents are those of the continuum.

What moves beyond the band comes back aliased: L_tau x is sampled at the pixels, and where the field compresses, a
frequency w becomes w (1 - tau'), past the band limit for w near it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ...numbers.checks import FloatArray, choice, real_array
from ...numbers.precision import default_errors
from ..axes import at_positions
from .fields import Field

if TYPE_CHECKING:
    from scipy.sparse.linalg import LinearOperator

WARP_BORDERS = ("zero", "circular")
_AT_ONCE = 2**24  # numbers of working memory
_FACTORS = 2**22  # numbers of factors that `warp` makes at once


@default_errors
def warp(x: Any, tau: Field, border: str = "zero", channels: str | None = None) -> Any:
    r"""L_tau x: the signals or images moved by a field, x(u - tau(u)).

    Parameters
    ----------
    x : real and finite, shape (..., height, width, channels) for a field of two axes, (..., length, channels) for
        one. float32 stays float32; integers are read as float64.
    tau : a `Field` of the same positions.
    border : "zero", signals that are 0 beyond their border, sum_k x_k sinc(u - k); "circular", periodic ones.
    channels : "last", as above, or "first", (..., channels, height, width), as in the result then. None is the last
        axis, and refuses what may be read in both ways.

    Returns an array of the shape of x. The work is that of positions x positions for each channel; memory beyond x
    and the result is some 200 MB.

    Raises TypeError and ValueError that name the parameter.

    Source: Mallat 2012 for the action (Bietti & Mairal 2019, JMLR; claim 43), Shannon's and Whittaker's series
    for the function.

    >>> from kernelspec.ckn import stability
    >>> x = np.arange(6.0)[:, None]
    >>> stability.warp(x, stability.translation(6, 2), border="circular")[:, 0]
    array([4., 5., 0., 1., 2., 3.])
    """
    if not isinstance(tau, Field):
        raise TypeError(f"tau must be a field such as stability.field(shape); got a {type(tau).__name__}")
    array = at_positions(real_array("x", x), tau.shape, channels)
    if array.shape[-1 - tau.d : -1] != tau.shape or array.ndim < tau.d + 1:
        what = "(..., length, channels)" if tau.d == 1 else "(..., height, width, channels)"
        raise ValueError(f"x must have shape {what} with the positions {tau.shape} of the field; got {array.shape}")
    dtype = array.dtype if array.dtype == np.float32 else np.float64
    array, points = array.astype(np.float64), sources(tau)
    step = max(1, _FACTORS // sum(tau.shape))
    moved = [
        Interpolation.at(points[start : start + step], tau.shape, border).apply(array)
        for start in range(0, len(points), step)
    ]
    out = np.concatenate(moved, axis=-2).reshape(array.shape).astype(dtype, copy=False)
    return np.moveaxis(out, -1, -1 - tau.d) if channels == "first" else out


def sources(tau: Field) -> FloatArray:
    """The points u - tau(u) for the positions u in C order, shape (positions, d)."""
    grid = np.meshgrid(*(np.arange(float(n)) for n in tau.shape), indexing="ij")
    return (np.stack(grid, axis=-1) - tau.displacements()).reshape(-1, tau.d)


@dataclass(frozen=True, eq=False)
class Interpolation:
    """Evaluation of band-limited functions at points: for each axis a matrix (points, positions) of their weights.

    The value at point p is the sum over (k, l) of first[p, k] second[p, l] x[k, l].
    """

    shape: tuple[int, ...]
    factors: tuple[FloatArray, ...]

    @classmethod
    def of(cls, tau: Field, border: str = "zero") -> Interpolation:
        """Of L_tau: the points are u - tau(u), u in C order."""
        return cls.at(sources(tau), tau.shape, border)

    @classmethod
    def at(cls, points: FloatArray, shape: tuple[int, ...], border: str = "zero") -> Interpolation:
        """At points of shape (count, d)."""
        choice("border", border, WARP_BORDERS)
        factors = tuple(
            _cardinal(points[:, axis, None] - np.arange(n), n, border == "circular") for axis, n in enumerate(shape)
        )
        return cls(shape, factors)

    def apply(self, x: FloatArray) -> FloatArray:
        """The values at the points, (..., *shape, channels) to (..., points, channels)."""
        d = len(self.shape)
        lead, channels = x.shape[: -1 - d], x.shape[-1]
        flat = np.moveaxis(x.reshape(-1, *self.shape, channels), 0, -1)  # (*shape, channels, n)
        flat = flat.reshape(*self.shape, -1)
        count, width = len(self.factors[0]), flat.shape[-1]
        out = np.empty((count, width))
        step = max(1, _AT_ONCE // max(1, math.prod(self.shape[1:]) * width))
        for start in range(0, count, step):
            here = slice(start, start + step)
            part = np.tensordot(self.factors[0][here], flat, axes=1)
            for factor in self.factors[1:]:
                part = np.matmul(factor[here, None, :], part)[:, 0, :]
            out[here] = part
        moved = np.moveaxis(out.reshape(count, channels, -1), -1, 0)
        return moved.reshape(*lead, count, channels)

    def adjoint(self, y: FloatArray) -> FloatArray:
        """The transpose, of values (points,) to (*shape)."""
        first, *rest = self.factors
        if not rest:
            return first.T @ y
        return first.T @ (y[:, None] * rest[0])

    @cached_property
    def matrix(self) -> FloatArray:
        """All weights, shape (points, positions)."""
        first, *rest = self.factors
        if not rest:
            return first
        return (first[:, :, None] * rest[0][:, None, :]).reshape(len(first), -1)

    def operator(self) -> LinearOperator:
        """The same as a SciPy operator on flattened maps of one channel."""
        from scipy.sparse.linalg import LinearOperator

        size = math.prod(self.shape)
        return LinearOperator(
            (len(self.factors[0]), size),
            matvec=lambda v: self.apply(v.reshape(*self.shape, 1)).ravel(),
            rmatvec=lambda v: self.adjoint(v.ravel()).ravel(),
            dtype=np.float64,
        )


def _cardinal(t: FloatArray, n: int, circular: bool) -> FloatArray:
    """The band-limited function that is 1 at 0 and 0 at the other integers (modulo n where it is circular)."""
    if circular:
        t = t - n * np.round(t / n)
    nearest = np.round(t)
    sine = np.sin(np.pi * (t - nearest)) * np.where(nearest % 2 == 0, 1.0, -1.0)  # sin(pi t)
    if not circular:
        below = np.pi * t
    else:
        below = n * np.sin(np.pi * t / n)
        if n % 2 == 0:  # the highest frequency is a cosine
            sine = sine * np.cos(np.pi * t / n)
    zero = np.abs(t) < 1e-100  # to one part in 1e200; and a sine could vanish there
    return np.where(zero, 1.0, sine / np.where(zero, 1.0, below))
