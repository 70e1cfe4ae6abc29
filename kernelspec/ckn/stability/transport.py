r"""What a sampled network does to distances: how far a change of its input can move its last map.

For pooling with weights A(u, v) >= 0 and a kernel map with Lipschitz constant rho, Jensen's inequality gives

.. math:: |A M P x(u) - A M P x'(u)|^2 \le \rho^2 \Big(\sum_v A(u, v)\Big) \sum_v A(u, v)\, |P x(v) - P x'(v)|^2 ,

so that a sum over u with weights becomes one over the pixels of the layer's input, with weights found by going
through the network backwards: |Phi(x) - Phi(x')|^2 <= prod_k rho_k^2 sum_p w(p) |x(p) - x'(p)|^2. Borders and strides
are in w, and nothing is assumed of x. All weights are products over the axes.

A kernel map has |phi(z)|^2 = kappa(1)|z|^2 and |phi(z) - phi(z')| <= rho |z - z'|, rho^2 = max(kappa(1), kappa'(1)), by
kappa(u) >= kappa(1) + kappa'(1)(u - 1), which every power series with coefficients >= 0 satisfies (Bietti & Mairal
2019, JMLR, Lemma 1; claim 37).
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ...kernels.points import Point
from ...kernels.zonal import Zonal
from ...numbers.arithmetic import FloatArithmetic
from ...numbers.checks import FloatArray
from ...numbers.outward import raised, upper_float
from ...numbers.precision import precision
from ..layers import Layer, Square
from ..network import Network
from ..patch_kernels import rectifier_parts
from ..positive import check_kernel

_ROUNDING = 1e-9  # relative to kappa(1); kernels have their values to 1e-12 or so


@dataclass(frozen=True)
class MapConstants:
    """Of a kernel map phi: `norm`, |phi(z)|/|z| = kappa(1)^(1/2), and `rho`, its Lipschitz constant, perhaps infinite.

    `bend` is b/(a + b) for the kernels a u + b kappa_1, a and b >= 0, that tangent kernels are made of; else None.
    """

    norm: float
    rho: float
    bend: float | None

    @classmethod
    def of(cls, kernel: Zonal | Square) -> MapConstants:
        """Raises ValueError for `square`, whose map is not Lipschitz, and for functions that are seen to be no kernel.

        Seen: at 201 cosines |kappa(u)| <= kappa(1) and the tangent at 1 is below kappa, as for every kernel.
        """
        if isinstance(kernel, Square):
            raise ValueError(
                "kernel must be homogeneous of degree 1 for a bound: the map of ckn.square, z to z (x) z, is not "
                "Lipschitz; ks.polynomial(2) is the homogeneous one"
            )
        check_kernel(kernel)
        at_one = Point.from_cosine(FloatArithmetic(), np.float64(1.0))
        with np.errstate(all="ignore"):
            value = float(kernel.pair(at_one).value)
            slope = float(kernel.derivative().pair(at_one).value)
            cosines = np.linspace(-1, 1, 201)
            values = np.asarray(kernel.pair(Point.from_cosine(FloatArithmetic(), cosines)).value)
            tangent = value + slope * (cosines - 1) if math.isfinite(slope) else -np.abs(values)
        allowed = _ROUNDING * max(value, 0.0)
        if not np.all(values >= tangent - allowed):
            raise ValueError(
                "kernel must be positive definite on every sphere, a power series with coefficients >= 0, for a "
                f"bound; got {kernel!r}"
            )
        parts = rectifier_parts(kernel)
        bend = None
        if parts is not None and parts[0] >= 0 and sum(parts) > 0:
            share = parts[1] / (parts[0] + parts[1])
            bend = upper_float(share if isinstance(share, Fraction) else share.ball(128))
        # Values of kernels as floats are not proved: balls are, where a kernel has them at 1.
        norm, steep = _root_at_one(kernel, value), _root_at_one(kernel.derivative(), slope)
        return cls(norm, max(norm, steep), bend)


def _root_at_one(kernel: Zonal, value: float) -> float:
    """kappa(1)^(1/2) rounded up, from its value as a float and the ball that it is in."""
    from flint import arb

    if not 0 < value < math.inf:
        return max(value, 0.0)
    with precision(128):
        ball = kernel(arb(1))
        if ball.is_finite():
            return upper_float(ball.sqrt())
    return raised(math.sqrt(value * (1 + _ROUNDING)), 2)


@dataclass(frozen=True, eq=False)
class Weights:
    """The weights w of the inputs of every layer, per axis: `axes[k][j]` those of layer k's input along axis j.

    `axes[n]` are those of the last map.
    """

    axes: tuple[tuple[FloatArray, ...], ...]

    @classmethod
    def of(cls, network: Network, shape: tuple[int, ...]) -> Weights:
        """For images of these positions."""
        sizes = network.shapes((1, *shape, 1))
        found = []
        for axis in range(len(shape)):
            last = sizes[-1].output[axis]
            weights = np.full(last, 1 / last if network.output == "mean" else 1.0)
            along = [weights]
            for layer, size in zip(reversed(network.layers), reversed(sizes), strict=True):
                weights = _through(layer, size.input[axis], weights)
                along.append(weights)
            found.append(along[::-1])
        return cls(tuple(zip(*found, strict=True)))

    def largest(self, layer: int) -> float:
        """The maximum of w over the positions of a layer's input, rounded up."""
        return raised(math.prod(float(w.max()) for w in self.axes[layer]), len(self.axes[layer]))

    def roots(self, layer: int = 0) -> FloatArray:
        """w^(1/2) at every position, flat, in C order."""
        out = np.ones(1)
        for weights in self.axes[layer]:
            out = np.multiply.outer(out, np.sqrt(weights))
        return out.ravel()


def _through(layer: Layer, positions: int, weights: FloatArray) -> FloatArray:
    """The weights of a layer's input along an axis from those of its output."""
    patches = layer.map_size(positions)
    pooling = layer.pooling(patches)
    weights = pooling.T @ (pooling.sum(axis=1) * weights)
    out = np.zeros(positions)
    places = np.arange(patches)
    for offset in layer.offsets:
        reads = places + offset
        if layer.border == "circular":
            np.add.at(out, reads % positions, weights)
        else:
            inside = (reads >= 0) & (reads < positions)
            out[reads[inside]] += weights[inside]
    return out / layer.patch if layer.normalized else out


@functools.cache
def angle_constants() -> tuple[float, float]:
    r"""(2/pi, 1/2 - 1/pi), where 2 theta/pi <= min(c, (2/pi) c + (1/2 - 1/pi) c^2) for the chord c = 2 sin(theta/2).

    theta - c is a power series in c with coefficients >= 0 that begins with c^3, so (theta - c)/c^2 is largest at
    c = 2, where it is (pi - 2)/4. The first constant is sharp for small angles, equality holds at theta = pi. That
    2 theta/pi <= c says that the sine lies above its chord (Bietti & Mairal 2019, NeurIPS; claim 38). Both are rounded
    up.
    """
    from flint import arb

    with precision(128):
        inverse = 1 / arb.pi()
        return upper_float(2 * inverse), upper_float(arb(0.5) - inverse)


def tangent_growth(
    maps: tuple[MapConstants, ...], first: int, size: float, other: float, dx: float, dy: float
) -> float:
    r"""How far tangent maps of the layers from `first` on (0, 1, ...) move apart, in norms weighted by w.

    With |x_k| <= size, |x'_k| <= other, |x_k - x'_k| <= dx, |y_k - y'_k| <= dy at the layer's input, g_j = kappa_j(1),

    .. math:: |\Phi - \Phi'|^2 \le \prod_j g_j \Big[ dy^2 + (n - k)\, dx^2 + \sum_j j \frac{b_j}{g_j}
        \min\Big(s\,dx, \tfrac{2}{\pi} s\,dx + (\tfrac12 - \tfrac1\pi) dx^2\Big)\Big],
        \qquad s = (size \cdot other)^{1/2},

    products and sums over the layers j = first + 1, ..., n. Proof: M(x, y) = (phi_0(x) (x) y, phi_1(x)) has

        |M(x, y) - M(x', y')|^2 = g |y - y'|^2 + 2 b (theta/pi) <y, y'> + |phi_1(x) - phi_1(x')|^2

    at each position, theta the angle of x and x'; |y_j|^2 <= j |x_j|^2 there, since T <= j K passes through patch
    sums and pooling, and kappa' T + |x||x'| kappa <= (j + 1)|x||x'| kappa as u kappa'(u) <= kappa(u), kappa' >= 0. By
    `angle_constants` and |x||x'|c^2 <= |x - x'|^2, |x||x'| 2 theta/pi is at most (|x||x'|)^(1/2)|x - x'|, and at most
    2/pi times that plus (1/2 - 1/pi)|x - x'|^2; the sum over positions follows by Cauchy-Schwarz. The phi_1 are
    Lipschitz with g^(1/2).
    """
    sharp, rest = angle_constants()
    layers = range(first, len(maps))
    bends = sum((j + 1) * (maps[j].bend or 0.0) for j in layers)
    root = math.sqrt(size * other) * dx
    inside = dy**2 + len(layers) * dx**2 + bends * min(root, sharp * root + rest * dx**2)
    found = math.sqrt(inside) * math.prod(maps[j].norm for j in layers)
    return raised(found, 20 + 4 * len(layers))
