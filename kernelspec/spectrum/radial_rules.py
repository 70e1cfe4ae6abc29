"""The radius of a Gaussian vector in R^d: its density rho(R) ~ R^{d-1} e^{-R^2/2}, and nodes for integrals over it."""

from __future__ import annotations

import functools
import math

import numpy as np

from ..kernels.activations import Activation
from ..numbers.precision import mpmath_context
from ..sphere.legendre_polynomials import gauss_legendre
from .eigenvalue_arrays import Array

_FAR = 16.0  # standard deviations: e^{-128} is 1e-55
_NODES = 16
_REACH = 12.0  # deviations 1/sqrt(2) of R: e^{-144} of the mass is beyond


def log_density(d: int, radius: Array) -> Array:
    """log rho(R), from the distance to the mode, where the logarithms of its factors are large and cancel."""
    mode, largest = _mode(d)
    step = radius - mode
    near = radius > mode / 2
    log_ratio = np.where(near, np.log1p(np.where(near, step, 0.0) / mode), np.log(np.where(near, mode, radius) / mode))
    return (d - 1) * log_ratio - step * (radius + mode) / 2 + largest


@functools.cache
def _mode(d: int) -> tuple[float, float]:
    """A float next to the mode of rho, and log rho there."""
    mode, m = math.sqrt(d - 1), mpmath_context(40)
    r, half = m.mpf(mode), m.mpf(d) / 2
    largest = (d - 1) * m.log(r) - r * r / 2 + (1 - half) * m.log(2) - m.loggamma(half)
    return mode, float(largest)


def cosine_power(t: Array, cosine: Array, power: float) -> Array:
    """(1 - t^2)^{power/2}, also for powers of the size of d, where the cosine has not the digits for small t."""
    if power == 0:
        return np.ones(t.shape)
    small = t * t < 0.5
    with np.errstate(divide="ignore"):
        return np.exp(power * np.where(small, np.log1p(-np.where(small, t * t, 0.0)) / 2, np.log(cosine)))


def radii(points: list[float], d: int, k: int, growth: float) -> tuple[Array, Array]:
    """Nodes R and weights: panels in v = sqrt(R - |x_j|) between the |x_j|, short in phase and in R."""
    mode = math.sqrt(max(d - 1, 0))
    centre, low = mode + growth, max(0.0, mode - _REACH)
    if min(points) > low:
        low = min(points)
    edges = [low, *(x for x in points if x > low), math.inf]
    nodes, weights = gauss_legendre(_NODES)
    radius, weight = [], []
    for a, b in zip(edges, edges[1:], strict=False):
        # what lies between two kinks far out counts where it is no smaller than what is next to the first
        b = min(b, centre + math.hypot(max(a - centre, 0.0), _FAR) + (_REACH if growth else 0.0))
        v = np.linspace(0.0, math.sqrt(b - a), 2001)
        r = a + v * v
        below = [np.arccos(np.clip(x / r, -1, 1)) for x in points if 0 < x <= a]
        phase = sum(below, np.zeros(r.size))
        cost = (r - a) / 0.5 + 2 * k * (phase - np.min(phase)) / 8
        if (start := max(a, mode)) > 0:  # log rho falls by so much
            cost = (
                cost + np.maximum((r - start) * (r + start) / 2 - (d - 1) * np.log(np.maximum(r, start) / start), 0) / 8
            )
        # (R - x)^{1/2} of the kinks below, and R = 0: twice a panel for each doubling of the distance.
        for x in {0.0, *(x for x in points if x < a)} if a else ():
            cost = cost + 2 * np.log2((r - x) / (a - x))
        cost = np.maximum.accumulate(cost)
        count = max(2, math.ceil(cost[-1]))
        cuts = np.interp(np.linspace(0, cost[-1], count + 1), cost, v)
        half = (cuts[1:] - cuts[:-1])[:, None] / 2
        at = ((cuts[1:] + cuts[:-1])[:, None] / 2 + half * nodes).ravel()
        radius.append(a + at * at)
        weight.append((half * weights).ravel() * 2 * at)
    return np.concatenate(radius), np.concatenate(weight)


def inner_rule(f: Activation, radius: Array, k: int, power: int) -> tuple[Array, Array, Array]:
    """For each R nodes, weights and pieces in the angle arcsin t, split where f has a kink.

    cos^power of an angle a is at most e^{-power a^2/2}, and f(R t) grows as e^{rate R a}: what lies `_FAR` standard
    deviations beyond the top of their product is below e^{-_FAR^2/2} of it, and left out.
    """
    nodes, weights = gauss_legendre(_NODES)
    end = np.full(radius.shape, math.pi / 2)
    if power:
        top = float(f.largest_rate) * radius / power
        end = np.minimum(end, top + _FAR / math.sqrt(power))
    share = float(np.max(end)) / (math.pi / 2)
    panels = max(2, math.ceil(share * (k + 2 * math.sqrt(power + 2)) / 6))
    kinks = [np.arcsin(np.clip(float(x) / radius, -1, 1)) for x in f.breaks]
    edges = [-end, *(np.clip(at, -end, end) for at in kinks), end]
    angle, weight, piece = [], [], []
    for i, (a, b) in enumerate(zip(edges, edges[1:], strict=False)):
        for p in range(panels):
            left, step = a + (b - a) * p / panels, (b - a) / panels
            angle.append(left[:, None] + step[:, None] * (1 + nodes) / 2)
            weight.append(step[:, None] / 2 * weights)
            piece.append(np.full(nodes.size, i))
    return np.hstack(angle), np.hstack(weight), np.concatenate(piece)
