r"""The variance of an entry of the kernel of a random ReLU network, claims 64 and 64c, in 60 digits.

The limit is a map of the layers' inner products q = (x.x, x.y, y.y) and of the gradients' product; each layer adds a
deviation to both. The variance to leading order is g^T C g / m, summed over the layers: g by central differences of
that map as it stands, C by quadrature over the direction of a weight in the plane of two unit vectors, between the
kinks. No closed form of a moment, and no derivative by hand.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import mpmath as mp

DIGITS = 60


def entry_variance(u: Any, widths: Sequence[int], tangent: bool = False) -> Any:
    """Var K_m(x, y) to leading order in 1/m."""
    with mp.workdps(DIGITS):
        u = mp.mpf(u)
        count = len(widths)
        if u == 1:
            return mp.fsum(at_one_point(count, layer, tangent) / mp.mpf(m) for layer, m in enumerate(widths, 1))
        angles, products = _limit(u, count)
        # g_{l+1}(x) . g_{l+1}(y), from the last layer down.
        backward = [mp.mpf(1)]
        for angle in reversed(angles[:count]):
            backward.append(_kappa_0(mp.cos(angle)) * backward[-1])
        total = mp.mpf(0)
        still = [[mp.mpf(0)] * 4 for _ in widths]
        for layer, m in enumerate(widths):
            covariance = of_a_neuron(angles[layer], backward[count - 1 - layer])
            slopes = []
            for i in range(4):
                h = mp.mpf(10) ** (-20) * (1 - abs(products[layer]))
                ends = []
                for sign in (1, -1):
                    moved = [list(each) for each in still]
                    moved[layer][i] = sign * h
                    ends.append(_kernel(u, moved, tangent))
                slopes.append((ends[0] - ends[1]) / (2 * h))
            total += mp.fsum(slopes[i] * covariance[i][j] * slopes[j] for i in range(4) for j in range(4)) / m
        return total


def at_one_point(count: int, layer: int, tangent: bool) -> int:
    """m Var of a layer's part for x = y, where the differences have no room.

    The kernel is sum_l X_1 ... X_l Y_{l+1} ... Y_L, or its last term; X and Y, means of 2 s^2 and 2 1{h > 0} b^2, have
    mean 1, m times their variances are 5 and 5, and m times their covariance is 1.
    """
    if not tangent:
        return 5
    above, below = count - layer + 1, layer
    return 5 * above**2 + 5 * below**2 + 2 * above * below


def of_a_neuron(angle: Any, gradient: Any) -> list[list[Any]]:
    """Covariance of 2 s^2, 2 s s', 2 s'^2 and 2 1 1' b b', the pair b, b' of variance 1 and covariance `gradient`."""
    half = mp.pi / 2
    ends = sorted({-half, angle - half, half, angle + half})

    def mean(power: int, other: int, steps: bool) -> Any:
        """E r^n cos^power cos'^other over directions at which both are active, or the one of a power > 0 is."""

        def integrand(phi: Any) -> Any:
            one, two = mp.cos(phi), mp.cos(phi - angle)
            active = (one > 0 or not (power or steps)) and (two > 0 or not (other or steps))
            return one**power * two**other if active else mp.mpf(0)

        radius = {0: 1, 2: 2, 4: 8}[power + other]
        return (
            radius
            * mp.fsum(mp.quad(integrand, pair, method="gauss-legendre") for pair in itertools.pairwise(ends))
            / (2 * mp.pi)
        )

    powers = [(2, 0), (1, 1), (0, 2)]
    means = [2 * mean(*p, False) for p in powers] + [2 * mean(0, 0, True) * gradient]
    found = [[mp.mpf(0)] * 4 for _ in range(4)]
    for i, j in itertools.product(range(3), repeat=2):
        found[i][j] = 4 * mean(powers[i][0] + powers[j][0], powers[i][1] + powers[j][1], False) - means[i] * means[j]
    for i in range(3):
        found[i][3] = found[3][i] = 4 * gradient * mean(*powers[i], True) - means[i] * means[3]
    found[3][3] = 4 * (1 + 2 * gradient**2) * mean(0, 0, True) - means[3] ** 2
    return found


def _limit(u: Any, count: int) -> tuple[list[Any], list[Any]]:
    """The angles of the inputs of each layer, and the cosines of its activations."""
    angles, products = [mp.acos(u)], []
    for _ in range(count):
        products.append(_kappa_1(mp.cos(angles[-1])))
        angles.append(mp.acos(products[-1]))
    return angles, products


def _kernel(u: Any, deviations: Sequence[Sequence[Any]], tangent: bool) -> Any:
    """The kernel of the limit whose layers deviate in their three inner products and in the gradients' product."""
    q = (mp.mpf(1), u, mp.mpf(1))
    inputs = [q]
    for move in deviations:
        root = mp.sqrt(q[0] * q[2])
        q = (q[0] + move[0], root * _kappa_1(q[1] / root) + move[1], q[2] + move[2])
        inputs.append(q)
    if not tangent:
        return q[1]
    total, back = q[1], mp.mpf(1)
    for before, move in zip(reversed(inputs[:-1]), reversed(deviations), strict=True):
        back = _kappa_0(before[1] / mp.sqrt(before[0] * before[2])) * back + move[3]
        total += before[1] * back
    return total


def _kappa_0(u: Any) -> Any:
    return (mp.pi - mp.acos(u)) / mp.pi


def _kappa_1(u: Any) -> Any:
    return (u * (mp.pi - mp.acos(u)) + mp.sqrt((1 - u) * (1 + u))) / mp.pi
