r"""The variance of the kernel of a random ReLU network of finite width.

A network of L hidden layers of m_1, ..., m_L neurons on the sphere, with weights N(0, 1), h_l = W_l a_{l-1},
a_l = (2/m_l)^{1/2} max(0, h_l), has the kernel K_m(x, y) = a_L(x) . a_L(y); with an output v . a_L and gradients in
all weights, the tangent kernel sum_l a_l(x).a_l(y) g_{l+1}(x).g_{l+1}(y), where g_l are the derivatives in h_l and
g_{L+1} = 1. Given its inputs, a layer's inner products are means over m_l independent neurons of

    p_1 = 2 s^2, p_2 = 2 s s', p_3 = 2 s'^2,    t = 2 1{h > 0} 1{h' > 0} b b',

with s = max(0, h) and Gaussian pairs (h, h') of covariance a_{l-1}(x) . a_{l-1}(y) and (b, b') of covariance
g_{l+1}(x) . g_{l+1}(y), independent of each other but for terms of order 1/m. To leading order the deviations of the
layers are independent and add up, each times the derivative of the limit in it. These are simplest in the mean square
length n = (p_1 + p_3)/2 and the cosine p_2 - kappa_1 n: a ReLU layer keeps the first and maps the second by kappa_1, so
that a deviation of it is multiplied by kappa_1' = kappa_0.

The moments follow from w = r e in the plane of two unit vectors, E r^2 = 2, E r^4 = 8, and a uniform direction e. What
would be lost by cancellation where two points meet is an integral of a power of a sine from 0 to their angle.

Source: one layer by claim C64, several by claim C64c; for x = y also Hanin & Nica 2020, "Finite depth and width
corrections to the neural tangent kernel".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import SupportsIndex, cast

import numpy as np
from numpy.typing import ArrayLike

from ..kernels.families import arccos
from ..numbers.checks import FloatArray, Numbers, cosines, flag, integer, scalar_or_array
from ..numbers.precision import default_errors
from ..sphere.legendre_polynomials import gauss_legendre

_NODES = 16  # sin^4 on half a turn: the error is below 1e-18
_DEEPEST = 10_000


@default_errors
def entry_variance(u: ArrayLike, widths: SupportsIndex | Sequence[SupportsIndex], *, tangent: bool = False) -> Numbers:
    r"""The variance of one entry of the kernel of a random ReLU network of finite width, to leading order.

    .. math:: \mathrm{Var}\,K_m(x, y) = \sum_{l=1}^L \frac{v_l(u)}{m_l} + O(m^{-2}), \qquad u = x \cdot y

    for unit x, y. With one hidden layer it is exact: (6 kappa_2 - kappa_1^2)/m, and for the tangent kernel
    (6 kappa_2 + 4 u kappa_1 + 6 u^2 kappa_0 - (kappa_1 + u kappa_0)^2)/m. The means are ``ks.rf(L + 1)`` and
    ``ks.ntk(L + 1)``, up to O(1/m) where L > 1. At u = 1 the v_l are 5, and 5 (L-l+1)^2 + 5 l^2 + 2 l (L-l+1) for the
    tangent kernel. For points of other lengths, multiply by (abs(x) abs(y))^2.

    Parameters
    ----------
    u : cosines in [-1, 1], of any shape.
    widths : the numbers of neurons m_1, ..., m_L of the hidden layers, from the input on, each >= 1; an integer is one
        layer.
    tangent : whether the kernel is the tangent kernel (of a network with an output layer, weights N(0, 1)).

    Returns the variances, float64, in the shape of u.

    Raises
    ------
    ValueError, TypeError
        for cosines outside [-1, 1], and widths that are no positive integers or none at all.

    Source
    ------
    Claims C64 and C64c. The error of an entry falls like its root, m^{-1/2} (Rahimi & Recht 2007; Jacot, Gabriel &
    Hongler 2018).

    Examples
    --------
    >>> round(entry_variance(0.0, 100), 6)
    0.008987
    >>> entry_variance(1.0, [100, 40])  # 5/100 + 5/40
    0.175
    >>> entry_variance([0.0, 1.0], 3, tangent=True).round(6)
    array([0.29956, 4.     ])
    """
    u, tangent = cosines(u, "u"), flag("tangent", tangent)
    several = isinstance(widths, Sequence) and not isinstance(widths, str | bytes)
    if several or (isinstance(widths, np.ndarray) and widths.ndim):
        counts = [integer("widths", m, 1) for m in cast("Sequence[SupportsIndex]", widths)]
    else:
        counts = [integer("widths", widths, 1)]
    if not 1 <= len(counts) <= _DEEPEST:
        raise ValueError(f"widths must name 1 to {_DEEPEST} layers, got {len(counts)}")
    if len(counts) == 1:
        return scalar_or_array(_one_layer(u, tangent) / counts[0])
    layers = _limit(u, len(counts))
    return scalar_or_array(_tangent(layers, counts) if tangent else _features(layers, counts))


def _one_layer(u: FloatArray, tangent: bool) -> FloatArray:
    """m Var K_m, exactly: E p_2^2 = 6 kappa_2, and E (p_2 + u t)^2 with E p_2 t = 2 kappa_1, E t^2 = 6 kappa_0."""
    step, ramp, square = (np.asarray(arccos(n)(u)) for n in (0, 1, 2))
    if tangent:
        return np.asarray(6 * square + 4 * u * ramp + 6 * u * u * step - (ramp + u * step) ** 2)
    return np.asarray(6 * square - ramp * ramp)


@dataclass(frozen=True)
class _Layer:
    """The limit of a layer at pairs of points: of its inputs and of its activations.

    Parameters
    ----------
    angle : theta, of the inputs.
    cosine, sine : of that angle.
    gap : kappa_1 - cos theta = (sin theta - theta cos theta)/pi, the cosine that is gained.
    segment : theta - sin theta cos theta, twice the integral of sin^2 from 0 to theta.
    cap : 8 times the integral of sin^4 from 0 to theta.
    """

    angle: FloatArray
    cosine: FloatArray
    sine: FloatArray
    gap: FloatArray
    segment: FloatArray
    cap: FloatArray

    @classmethod
    def at(cls, angle: FloatArray) -> _Layer:
        # Closed forms cancel at small angles, where they are of the order of a power of the angle.
        gap, segment, cap = np.zeros((3, *angle.shape))
        for node, weight in zip(*gauss_legendre(_NODES), strict=True):
            phi = angle * ((1 + node) / 2)
            sine = np.sin(phi)
            gap += weight * phi * sine
            segment += weight * sine**2
            cap += weight * sine**4
        half = angle / 2
        return cls(angle, np.cos(angle), np.sin(angle), half * gap / math.pi, 2 * half * segment, 8 * half * cap)

    @property
    def kappa_0(self) -> FloatArray:
        return (math.pi - self.angle) / math.pi

    @property
    def kappa_1(self) -> FloatArray:
        return self.cosine + self.gap

    @property
    def both(self) -> FloatArray:
        """pi - theta - sin theta cos theta."""
        return (math.pi - self.angle) - self.sine * self.cosine

    def next_angle(self) -> FloatArray:
        """arccos kappa_1, from the half angle: 1 - kappa_1 = 2 sin^2(theta/2) - gap."""
        square = np.sin(self.angle / 2) ** 2 - self.gap / 2
        return np.asarray(2 * np.arcsin(np.sqrt(np.clip(square, 0.0, 1.0))))

    def moments(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Variance of the length n, its covariance with the cosine p_2 - kappa_1 n, and the cosine's variance.

        The cosine is e - gap n for e = p_2 - cos(theta) n, which is of the order of theta^2: where both neurons are
        active, r^2 sin^2(theta) cos(psi) with psi the angle from the middle.
        """
        c, s, gap, both = self.cosine, self.sine, self.gap, self.both
        # 2 + 3 kappa_2 for E p_1^2 = 6, E p_1 p_3 = 6 kappa_2.
        length = 2 + (3 * s * c + (math.pi - self.angle) * (1 + 2 * c * c)) / math.pi
        mixed = (2 * s * s * (2 * s + c * both) - c * self.cap) / math.pi - gap
        bent = (2 * s**4 * both + c * c * self.cap) / math.pi - gap * gap
        return length, mixed - gap * length, bent - 2 * gap * mixed + gap * gap * length

    def slope_of_kappa_0(self) -> FloatArray:
        """kappa_0' = 1/(pi sin theta); 0 at theta = 0, where what it multiplies vanishes faster."""
        apart = self.sine > 0
        return np.asarray(np.where(apart, 1 / (math.pi * np.where(apart, self.sine, 1.0)), 0.0))


def _limit(u: FloatArray, count: int) -> list[_Layer]:
    """The layers 1, ..., L, and the one after the last for the angle of the activations."""
    layers = [_Layer.at(np.arccos(u))]
    for _ in range(count):
        layers.append(_Layer.at(layers[-1].next_angle()))
    return layers


def _features(layers: Sequence[_Layer], widths: Sequence[int]) -> FloatArray:
    """Var K_m from the derivatives of n kappa_1, the kernel, in the length and in the cosine of each layer."""
    by_length = layers[-2].kappa_1
    by_cosine = np.ones_like(by_length)
    total = np.zeros_like(by_length)
    for layer, after, m in zip(layers[-2::-1], layers[:0:-1], widths[::-1], strict=True):
        if after is not layers[-1]:
            by_cosine = by_cosine * after.kappa_0
        length, mixed, cosine = layer.moments()
        total += (by_length**2 * length + 2 * by_length * by_cosine * mixed + by_cosine**2 * cosine) / m
    return total


def _tangent(layers: Sequence[_Layer], widths: Sequence[int]) -> FloatArray:
    """The same of the tangent kernel, and its derivatives in the gradients' product t of each layer."""
    below = [layers[0].cosine]  # the tangent kernel of the layers below, by which t is multiplied
    for layer in layers[:-1]:
        below.append(layer.kappa_1 + layer.kappa_0 * below[-1])
    gradient = np.ones_like(below[0])  # g_{l+1}(x) . g_{l+1}(y)
    by_length, by_cosine, beyond, total = np.zeros((4, *gradient.shape))
    for place in reversed(range(len(widths))):
        layer, after = layers[place], layers[place + 1]
        by_length = by_length + layer.kappa_1 * gradient
        if place + 1 < len(widths):
            # The cosine moves the activations of the layer after it and, by kappa_0, the gradients that come back.
            by_cosine = after.kappa_0 * by_cosine + below[place + 1] * beyond * after.slope_of_kappa_0()
        by_cosine = by_cosine + gradient
        length, mixed, cosine = layer.moments()
        k = layer.kappa_0
        # E t^2 = 2 kappa_0 (1 + 2 gradient^2), E p_1 t = (2 kappa_0 + (2/pi) sin cos) gradient, E p_2 t = 2 kappa_1
        # gradient; the last two less their means.
        product = 2 * k * (1 + 2 * gradient**2) - (gradient * k) ** 2
        with_length = gradient * (k + 2 * layer.sine * layer.cosine / math.pi)
        with_cosine = 2 * gradient * layer.kappa_1 * layer.segment / math.pi
        by_product = below[place]
        total += (
            by_length**2 * length
            + 2 * by_length * by_cosine * mixed
            + by_cosine**2 * cosine
            + 2 * by_product * (by_length * with_length + by_cosine * with_cosine)
            + by_product**2 * product
        ) / widths[place]
        beyond, gradient = gradient, k * gradient
    return total
