r"""Digits turned and deformed, in networks on groups: measured distances against their bounds (claim 51).

Images are digits on 13 x 13 pixels (`rotated_digits.placed`), networks have two layers, patches of 3 x 3, ReLU kernels
and Gaussian pooling of every second position, "orbit" as the output. An image is deformed by a smooth random field and
turned about the middle, x(R^{-1}(u - tau(u))), in one field of displacements.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from experiments.rotated_digits import GROUPS, SIZE, SPACING, placed
from kernelspec import ckn
from kernelspec.ckn import groups, stability

Array = NDArray[np.float64]
SCALE = 3.0  # pixels over which a field is correlated


def network(group: groups.Group, output: str = "orbit") -> groups.Network:
    """Two ReLU layers on a group; their kernel maps do not expand."""
    pool = ckn.gaussian(2, centred=True)
    first = groups.Layer(3, ks.arccos(1), pool, stride=2, normalized=True)
    second = groups.Layer(3, ks.arccos(1), pool, stride=2, normalized=True, rotations=1)
    return groups.Network(group, [first, second], output)


@dataclass(frozen=True, eq=False)
class Stability:
    """Root mean squares over images of |Phi(L x) - Phi(x)| / |x|, over |Phi(x)|/|x|, and the bounds on the same scale.

    Parameters
    ----------
    names : of the groups, G of them.
    angles : degrees, A of them.
    grads : |grad tau| of the deformations that go with a turn, T of them.
    measured, largest, bounds : shape (G, A, T); `largest` is that of an image, on the scale of `bounds`.
    norms : shape (G,): the root mean square of |Phi(x)|/|x|, by which all of these are divided.
    """

    names: tuple[str, ...]
    angles: Array
    grads: Array
    measured: Array
    largest: Array
    bounds: Array
    norms: Array


def stabilities(
    images: Array,
    names: Sequence[str],
    angles: Sequence[float],
    grads: Sequence[float],
    *,
    smoothing: float = 0.0,
    seed: int = 0,
    spacing: float = SPACING,
) -> Stability:
    """Every group on every turn with every deformation; the images (n, height, width) share one field a gradient."""
    x = placed(images, spacing=spacing)
    size = np.linalg.norm(x.reshape(len(x), -1), axis=1)
    shape = len(names), len(angles), len(grads)
    measured, largest, bounds = (np.empty(shape) for _ in range(3))
    norms = np.empty(len(names))
    for g, name in enumerate(names):
        net = network(GROUPS[name])
        smooth = stability.smooth(x, smoothing) if smoothing else x
        norms[g] = np.sqrt(np.mean((net.norms(smooth) / size) ** 2))
        for a, angle in enumerate(angles):
            for t, grad in enumerate(grads):
                tau = stability.rotation((SIZE, SIZE), math.radians(angle))
                tau = tau + stability.field((SIZE, SIZE), grad, SCALE, seed)
                found = stability.measured(net, x, tau, smoothing=smoothing)
                measured[g, a, t] = np.sqrt(np.mean(found**2)) / norms[g]
                largest[g, a, t] = found.max() / norms[g]
                bounds[g, a, t] = stability.bound(net, tau, smoothing=smoothing).value / norms[g]
    return Stability(tuple(names), np.array(angles), np.array(grads), measured, largest, bounds, norms)
