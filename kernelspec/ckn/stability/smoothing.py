r"""Pooling as convolution on R^d: the three numbers of a filter on which stability to deformations depends.

A x = h * x with h >= 0 of integral 1, so that |A| = 1. The theorems of `constants` know h by

.. math:: G = \sup_w |w||\hat h(w)|, \qquad G_2 = \sup_w |w|^2|\hat h(w)|, \qquad M_1 = \int |y|\,|\nabla h|(dy),

the norms of grad A and of its second derivative on L^2(R^d), in units 1/length and 1/length^2, and a number without
unit. |grad h| is a measure: a filter may jump. M_1 = d for every h that depends on |y| alone and does not increase with
it, by parts: the integral of r^d |h'(r)| over all directions is d times that of r^{d-1} h(r).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ...numbers.checks import FloatArray, integer, real
from ...numbers.outward import raised, upper_float
from ...numbers.precision import default_errors, precision
from ..layers import Pool

_FOUND = 1e-9  # relative: how near a maximum is that was searched for
_NODES = 200  # of Gauss and Legendre: e^{iwt} on [-1, 1] to rounding for w up to 200


@dataclass(frozen=True)
class Smoothing:
    """A filter of R^d by its constants; made by `gaussian` and `of`.

    `slope` is G, `curvature` G_2 (infinite where h jumps), `moment` M_1, all rounded up.
    """

    d: int
    slope: float
    curvature: float
    moment: float

    @classmethod
    @default_errors
    def gaussian(cls, sigma: Any, d: Any) -> Smoothing:
        r"""The Gaussian of standard deviation sigma: G = e^{-1/2}/sigma, G_2 = 2/(e sigma^2), M_1 = d.

        |w| e^{-sigma^2 w^2/2} is largest at |w| = 1/sigma, |w|^2 e^{-sigma^2 w^2/2} at 2^{1/2}/sigma.

        >>> Smoothing.gaussian(2.0, d=2).slope
        0.3032653298563167
        """
        sigma = real("sigma", sigma, 1e-100, 1e100)
        d = integer("d", d, 1)
        with precision(128):
            from flint import arb

            slope = upper_float(arb(-0.5).exp() / arb(sigma))
            curvature = upper_float(2 * arb(-1).exp() / arb(sigma) ** 2)
        return cls(d, slope, curvature, float(d))

    @classmethod
    @default_errors
    def of(cls, pool: Any, d: Any) -> Smoothing:
        r"""The continuous filter that a pool of a layer samples, in pixels, the same along d = 1 or 2 axes.

        `gaussian(q)` is e^{-t^2/q^2} cut off at |t| = q, `average(q)` the mean over an interval of length q; both
        about their middle: where the window stands is a translation. G is exact for the mean in d = 1, 2/q, else a
        maximum found to 1e-9, and raised by as much.

        >>> from kernelspec import ckn
        >>> Smoothing.of(ckn.average(4), d=1).slope
        0.5
        """
        if not isinstance(pool, Pool) or pool.kind == "strided":
            raise TypeError(f"pool must be ckn.gaussian(q) or ckn.average(q), got {pool!r}")
        d = integer("d", d, 1)
        if d > 2:
            raise ValueError(f"d must be 1 or 2, the axes of signals and images; got {d}")
        bell = pool.kind == "gaussian"
        reach = float(pool.scale) if bell else pool.scale / 2
        t, weights = np.polynomial.legendre.leggauss(_NODES)
        profile = np.exp(-t * t) if bell else np.ones_like(t)
        mass = float(weights @ profile)
        edge = float((math.exp(-1) if bell else 1.0) / mass)
        if d == 1:
            slope = 1.0 if not bell else _largest_slope(t, weights * profile / mass, 1)
            moment = 1.0
        else:
            slope = _largest_slope(t, weights * profile / mass, 2)
            moment = _moment(t, weights, profile / mass, 2 * t if bell else 0 * t, edge)
            # A quadrature of a smooth function, to rounding.
            moment = raised(moment, 10 * _NODES)
        return cls(d, upper_float(Fraction(slope) / Fraction(reach)), math.inf, moment)


def _largest_slope(t: FloatArray, mass: FloatArray, d: int) -> float:
    """The supremum of |w||h^(w)| for masses on [-1, 1], the same along each axis.

    The main lobe has it: |w h^_1(w)| is at most the total variation of h, and beyond the first zeros of h^_1 what is
    left of it is the jumps' share, 2 h(1) |sin w|, to order 1/w.
    """
    from scipy.optimize import minimize

    def transform(w: FloatArray) -> FloatArray:
        return np.cos(np.multiply.outer(w, t)) @ mass

    axis = np.arange(0, 100.0 if d == 1 else 30.0, 0.05)
    values = np.abs(transform(axis))
    if d == 1:
        start = [axis[np.argmax(axis * values)]]
    else:
        lengths = np.hypot(*np.meshgrid(axis, axis))
        place = np.unravel_index(np.argmax(lengths * np.outer(values, values)), lengths.shape)
        start = [axis[i] for i in place]

    def height(w: FloatArray) -> float:
        return float(np.linalg.norm(w) * np.prod(np.abs(transform(w))))

    found = minimize(lambda w: -height(w), start, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-14})
    return -float(found.fun) * (1 + _FOUND)


def _moment(t: FloatArray, weights: FloatArray, profile: FloatArray, decay: FloatArray, edge: float) -> float:
    """M_1 of h(y) = p(y_1) p(y_2) on [-1, 1]^2, p' = -decay p inside and p(1) = edge: the inside, and four sides."""
    mass = weights * profile
    length = np.hypot(t[:, None], t)
    inside = mass @ (length * np.hypot(decay[:, None], decay)) @ mass
    sides = 4 * edge * float(mass @ np.hypot(1.0, t))
    return float(inside) + sides
