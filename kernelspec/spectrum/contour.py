r"""Eigenvalues in float64 by the branch-cut integral: any degree, any dimension, constant cost.

kappa(cos theta) is continued from theta in [0, pi] into the rectangle [0, pi] x [-iH, 0], where it is analytic.
Cauchy's formula and the Gegenbauer function of the second kind Q_k(x) = int P_k(t) (1-t^2)^{(d-3)/2}/(x-t) dt give,
with lambda = d/2 - 1 and K_k(eta) = c_d Q_k(cosh eta)/2,

.. math::
    \mu_k = \frac{2}{\pi} \int_0^H \left[\operatorname{Im}\kappa(\cosh\eta + i0)
      + (-1)^{k+1} \operatorname{Im}\kappa(-\cosh\eta + i0)\right] K_k(\eta) \sinh\eta \, d\eta
      + \frac{2}{\pi} \operatorname{Re} \int_0^\pi
        \kappa(\cos(\alpha - iH)) K_k(H + i\alpha) \sinh(H + i\alpha) \, d\alpha .

The two legs are theta = -i eta and theta = pi - i eta, the bottom joins them; it is O(e^{-kH}) and left out for
large k. For the kernels of this library the jumps keep one sign near eta = 0 and K_k > 0, so nothing cancels and the
relative accuracy does not depend on the size of mu_k. The weight follows from Rodrigues' formula,

.. math::
    K_k(\eta) = \lambda e^{-(k+1)\eta} \int_0^1 s^k [(1-s)(1-s e^{-2\eta})]^{\lambda-1} ds  \quad (d \ge 3), \qquad
    K_k(\eta) = e^{-k\eta} / (2 \sinh\eta) \quad (d = 2),

whose integrand is unimodal in r = log(s/(1-s)) and decays exponentially: the trapezoidal rule in r converges
geometrically, and every exponent is formed from logarithms that are accurate in relative terms, so that no
difference of large log-Gamma values ever occurs. Nodes in log(eta) see all scales at once, so one set
of values of kappa, computed once for a kernel, serves every degree and every dimension.

That kappa really is analytic in the rectangle is not assumed but tested: `Contour.residual` reproduces kappa at
interior points by the same nodes (Cauchy's formula, d and k play no part), and `best_contour` takes the deepest H
of a ladder that passes. Source: claims 6 and 18; the argument is Cauchy's, the weight is derived here.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..angle import Point
from ..arithmetic import ComplexArithmetic, FloatArithmetic
from ..legendre import gauss_legendre
from ..zonal import Zonal
from .cut_point import CutPoint

Array = np.ndarray[Any, np.dtype[Any]]

# "0+": the legs are read from inside the rectangle, this relative distance off the imaginary direction, so that
# imaginary parts that vanish keep their sign through square roots. Small enough never to reach a true digit.
_INSIDE = 2.0**-500
_NOISE = 2.0**-470
# log(eta) from e^-62: (1e-27)^{2 nu + 2} is negligible for every exponent nu >= 1/32 up to k = 1e10.
_LOWEST = -62.0
_PANEL = 1.25
_DROP = 42.0  # e^-42 = 6e-19: what falls below this fraction of the largest term is left out
# Nodes of the bottom: enough for the kernel, doubled until they resolve the weight's k/2 oscillations.
_BOTTOM, _BOTTOM_LARGEST = 96, 1536
HEIGHTS = (1.4, 1.25, 1.1, 0.95, 0.8, 0.65, 0.5, 0.3)


@dataclass(frozen=True, eq=False)
class Contour:
    """A kernel's values on the rectangle's sides, each read once."""

    kernel: Zonal
    height: float
    eta: Array  # nodes of the legs
    weight: Array  # Gauss-Legendre weights in log(eta), times eta
    right: Array  # Im kappa(cosh eta + i0)
    left: Array  # Im kappa(-cosh eta + i0)
    _bottoms: dict[int, tuple[Array, Array, Array, Array]] = field(default_factory=dict, repr=False)

    @functools.cached_property
    def shift(self) -> float:
        """kappa(1) where the bottom reads kappa - kappa(1), which is smaller than kappa there; else 0.

        A constant has no eigenvalue of degree k >= 1, so either serves.
        """
        _, _, value, defect = self._read_bottom(_BOTTOM)
        return self.kernel.at_one if np.mean(np.abs(defect)) < np.mean(np.abs(value)) else 0.0

    def bottom(self, nodes: int = _BOTTOM) -> tuple[Array, Array, Array]:
        """alpha, its weights, and kappa(cos(alpha - iH)) - shift."""
        alpha, weight, value, defect = self._read_bottom(nodes)
        return alpha, weight, -defect if self.shift else value

    def _read_bottom(self, nodes: int) -> tuple[Array, Array, Array, Array]:
        if nodes not in self._bottoms:
            x, w = gauss_legendre(nodes)
            alpha = np.pi / 2 * (1 + x)
            low = alpha < 1.5
            arithmetic, offset = ComplexArithmetic(), 1j * self.height
            with np.errstate(all="ignore"):
                theta = CutPoint.from_angle(arithmetic, alpha[low] - offset).pair(self.kernel)
                phi = CutPoint.from_supplement(arithmetic, np.pi - alpha[~low] + offset).pair(
                    self.kernel
                )
            value, defect = (
                np.concatenate([_full(a, low.sum()), _full(b, (~low).sum())])
                for a, b in ((theta.value, phi.value), (theta.defect, phi.defect))
            )
            self._bottoms[nodes] = alpha, np.pi / 2 * w, value, defect
        return self._bottoms[nodes]


def read_contour(kernel: Zonal, height: float, order: int = 20) -> Contour:
    """Values of the kernel on the legs, with `order` Gauss nodes a panel."""
    arithmetic = ComplexArithmetic()
    panels = int(math.ceil((math.log(height) - _LOWEST) / _PANEL))
    x, w = gauss_legendre(order)
    edges = math.log(height) - _PANEL * np.arange(panels, -1, -1)
    middle = (edges[1:] + edges[:-1])[:, None] / 2
    eta = np.exp(middle + _PANEL / 2 * x).ravel()
    weight = np.tile(_PANEL / 2 * w, panels) * eta
    with np.errstate(all="ignore"):
        right = CutPoint.from_angle(arithmetic, eta * complex(_INSIDE, -1.0)).pair(kernel)
        left = CutPoint.from_supplement(arithmetic, eta * complex(_INSIDE, 1.0)).pair(kernel)
        end = float(Point.from_cosine(FloatArithmetic(), np.float64(-1.0)).pair(kernel).value)
    finite = math.isfinite(kernel.at_one)
    # What reading at `_INSIDE` leaves of an analytic kernel is this share of the difference to the end, no jump.
    right_jump = _jump(right.defect if finite else right.value, 0.0, eta)
    left_jump = _jump(left.value, end if math.isfinite(end) else 0.0, eta)
    return Contour(kernel, height, eta, weight, -right_jump if finite else right_jump, left_jump)


def residual(contour: Contour) -> float:
    """The largest error, relative to the largest |kappa|, with which Cauchy's formula gives kappa back.

    Far above rounding where the rectangle holds a singularity of the continued kernel.
    """
    # A kernel may overflow on a high contour: its residual is then infinite.
    with np.errstate(all="ignore"):
        t = np.cos(np.array([0.4, 0.9, 1.4, 1.9, 2.4, 2.8]))[:, None]
        x = np.cosh(contour.eta)
        legs = (
            contour.weight
            * np.sinh(contour.eta)
            * (contour.right / (x - t) + contour.left / (-x - t))
        )
        alpha, weight, value = contour.bottom()
        z, dz = np.cos(alpha - 1j * contour.height), np.sin(alpha - 1j * contour.height)
        arc = (weight * value * -dz / (z - t)).imag
        found = (legs.sum(axis=1) + arc.sum(axis=1)) / np.pi
        expected = contour.kernel.of_angle(np.arccos(t[:, 0])) - contour.shift
        scale = float(np.max(np.abs(expected)))
        if not contour.shift and math.isfinite(contour.kernel.at_one):
            scale = max(scale, abs(contour.kernel.at_one))
        error = np.max(np.abs(found - expected)) / max(scale, 1e-300)
        return float(error) if np.isfinite(error) else math.inf


def legs_and_bottom(contour: Contour, d: int, k: float) -> tuple[float, float, float, float, float]:
    """(log scale, right leg, left leg, bottom at k, sum of absolute values): mu_k's parts over e^{log scale}.

    k may be any real number >= 0; mu_k = e^{scale} (right - (-1)^k left + bottom). The sum of absolute
    values is infinite where the bottom oscillates too fast for the nodes.
    """
    lam = d / 2 - 1
    density = contour.weight * np.sinh(contour.eta)
    strength = np.abs(contour.right) + np.abs(contour.left)
    scale, values, _, kept = _weights(contour.eta, density * strength, lam, k)
    base = density[kept] * values
    right = float(np.sum(base * contour.right[kept]))
    left = float(np.sum(base * contour.left[kept]))
    size, bottom = float(np.sum(base * strength[kept])), 0.0
    floor = scale + math.log(size) - _DROP if size > 0 else -math.inf
    nodes = _BOTTOM
    while True:
        alpha, weight, value = contour.bottom(nodes)
        eta = contour.height + 1j * alpha
        dense = weight * value * np.sinh(eta)
        log_b, values, magnitude, kept = _weights(eta, np.abs(dense), lam, k, floor)
        if not kept.size or nodes >= min(64 + k, _BOTTOM_LARGEST):
            break
        nodes *= 2
    if kept.size:
        common = max(scale, log_b) if size > 0 else log_b
        factor = math.exp(scale - common) if size > 0 else 0.0
        right, left, size = right * factor, left * factor, size * factor
        dense, scale = dense[kept] * math.exp(log_b - common), common
        bottom = float(np.sum((dense * values).real))
        size += float(np.sum(np.abs(dense) * magnitude)) if nodes >= 64 + k else math.inf
    two_pi = 2 / math.pi
    return scale, two_pi * right, two_pi * left, two_pi * bottom, two_pi * size


def _weights(
    eta: Array, strength: Array, lam: float, k: float, floor: float = -math.inf
) -> tuple[float, Array, Array, Array]:
    """(log scale, K_k(eta)/scale, the same with |integrand|, indices) where strength K_k is not negligible.

    No indices where strength times weight stays below e^floor everywhere.
    """
    if lam == 0:
        exponent = -k * eta - np.log(2 * np.sinh(eta))
        kept = _relevant(exponent.real, strength, floor)
        scale = float(exponent.real[kept].max()) if kept.size else 0.0
        values = np.exp(exponent[kept] - scale)
        return scale, values, np.abs(values), kept
    y = -np.expm1(-2 * eta)
    a, b = lam, lam + (lam - 1) * (1 - y) - (k + 1) * y
    # The peak in q = s/(1-s): lam q + (lam-1) z q/(1+yq) = k+1, a quadratic; its real part guides the complex case.
    y_real, b_real = y.real, b.real
    root = np.sqrt(np.maximum(b_real**2 + 4 * a * y_real * (k + 1), 0.0))
    with np.errstate(all="ignore"):
        q = np.where(b_real > 0, 2 * (k + 1) / (b_real + root), (root - b_real) / (2 * a * y_real))
    r0 = np.log(q)
    peak = _exponent(r0, eta, y, lam, k).real
    # The integral over r is its peak times its width, which is at least 1/sqrt(k + lam) and at most some hundred.
    kept = _relevant(peak + math.log(lam), strength, floor - 6)
    if not kept.size:
        return 0.0, np.zeros(0), np.zeros(0), kept
    eta, y, r0, q = eta[kept], y[kept], r0[kept], q[kept]
    s = q / (1 + q)
    curvature = s * (lam + (lam - 1) * (1 - y.real) / (1 + y.real * q) ** 2)
    width = 1 / math.sqrt(float(np.max(curvature)))
    # A narrow peak is Gaussian; a broad one has the Fourier decay e^{-pi w/2} of log-Gamma variables, at the least.
    step = min(0.18, 0.47 * width)
    r = _trapezoid(step, width, r0, eta, y, lam, k)
    scale, values, magnitude = _sum(r, eta, y, lam, k)
    return scale + math.log(lam * step), values, magnitude, kept


def _trapezoid(
    step: float, width: float, r0: Array, eta: Array, y: Array, lam: float, k: float
) -> Array:
    """Nodes r = step * integer that hold everything within e^-DROP of the peak, for every eta."""
    extremes = np.array([int(np.argmin(r0)), int(np.argmax(r0))])
    if np.iscomplexobj(eta):
        extremes = np.concatenate([extremes, np.linspace(0, eta.size - 1, 7).astype(int)])
    r0, eta, y = r0[extremes], eta[extremes], y[extremes]
    peak = _exponent(r0, eta, y, lam, k).real
    far = width * 2.0 ** np.arange(24)
    ends = []
    for direction in (-1, 1):
        drop = peak - _exponent(r0 + direction * far[:, None], eta, y, lam, k).real
        ends.append(r0 + direction * far[np.argmax(drop > _DROP, axis=0)])
    r = step * np.arange(math.floor(ends[0].min() / step), math.ceil(ends[1].max() / step) + 1)
    inside = (_exponent(r[:, None], eta, y, lam, k).real > peak - _DROP).any(axis=1)
    low, high = np.flatnonzero(inside)[[0, -1]]
    return r[low : high + 1]


def _sum(r: Array, eta: Array, y: Array, lam: float, k: float) -> tuple[float, Array, Array]:
    """(log scale, sums over r / scale of the integrand, and of its absolute value), for every eta."""
    if lam > 11:
        exponent = _exponent(r[:, None], eta, y, lam, k)
        scale = float(exponent.real.max())
        terms = np.exp(exponent - scale)
        values = terms.sum(axis=0)
        return scale, values, np.abs(terms).sum(axis=0) if np.iscomplexobj(terms) else values
    # Low dimension: (1-zs)^{lam-1} by square roots and products, the rest separates into r and eta.
    log_s, log_rest, s, rest = _logistic(r)
    along = (k + 1) * log_s + lam * log_rest
    decay = -(k + 1) * eta
    top, start = float(along.max()), float(decay.real.max())
    along, decay = np.exp(along - top), np.exp(decay - start)
    factor = _half_power(rest[:, None] + s[:, None] * y, round(2 * lam) - 2)
    values = along @ factor * decay
    if not np.iscomplexobj(values):
        return top + start, values, values
    return top + start, values, along @ np.abs(factor) * np.abs(decay)


def _half_power(x: Array, n: int) -> Array:
    """x^{n/2} for n >= -1."""
    if n == -1:
        return 1 / np.sqrt(x)
    out, square, power = (np.sqrt(x) if n % 2 else np.ones_like(x)), x, n // 2
    while power:
        if power % 2:
            out = out * square
        power //= 2
        if power:
            square = square * square
    return out


def _exponent(r: Array, eta: Array, y: Array, lam: float, k: float) -> Array:
    """log of e^{-(k+1) eta} s^{k+1} (1-s)^lam (1-zs)^{lam-1} at s = 1/(1+e^{-r}), z = 1 - y."""
    log_s, log_rest, s, rest = _logistic(r)
    out = (k + 1) * log_s + lam * log_rest - (k + 1) * eta
    if lam != 1:
        out = out + (lam - 1) * _log_one_minus(s, rest, y)
    return out


def _logistic(r: Array) -> tuple[Array, Array, Array, Array]:
    """log s, log(1-s), s and 1-s at s = 1/(1+e^{-r}), all accurate in relative terms."""
    small = np.exp(-np.abs(r))
    log_small = np.log1p(small)
    positive = r > 0
    return (
        np.where(positive, 0.0, r) - log_small,
        np.where(positive, -r, 0.0) - log_small,
        np.where(positive, 1.0, small) / (1 + small),
        np.where(positive, small, 1.0) / (1 + small),
    )


def _log_one_minus(s: Array, rest: Array, y: Array) -> Array:
    """log(1 - s(1-y)) where 1 - s = rest, accurate in relative terms; y in (0, 1), or complex."""
    zs = s * (1 - y)
    if not np.iscomplexobj(y):
        return np.where(zs < 0.5, np.log1p(-np.minimum(zs, 0.5)), np.log(rest + s * y))
    real, imaginary = -zs.real, -zs.imag
    return 0.5 * np.log1p(real * (2 + real) + imaginary**2) + 1j * np.arctan2(imaginary, 1 + real)


def _relevant(exponent: Array, strength: Array, floor: float) -> Array:
    """Indices at which exp(exponent) * strength is within e^-DROP of its maximum; none if that is below e^floor."""
    with np.errstate(divide="ignore"):
        size = np.where(strength > 0, exponent + np.log(strength), -np.inf)
    top = size.max(initial=-np.inf)
    if not np.isfinite(top) or top < floor:
        return np.zeros(0, dtype=np.intp)
    return np.flatnonzero(size > top - _DROP)


def _full(values: Any, size: int) -> Array:
    return np.broadcast_to(np.asarray(values, dtype=np.complex128), (size,)).copy()


def _jump(values: Any, end: float, like: Array) -> Array:
    """The imaginary parts, 0 where they are noise beside the difference from the value at the end."""
    values = np.broadcast_to(np.asarray(values), like.shape)
    noise = _NOISE * (np.abs(values - end) + like * like * np.abs(values))
    return np.where(np.abs(values.imag) > noise, values.imag, 0.0)
