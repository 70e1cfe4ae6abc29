"""Duals of piecewise smooth activations in float64: `piecewise_values`, for many points through interpolants."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .activations import Activation
from .piecewise_exponentials import is_steep, reach
from .piecewise_values import CHUNK, MIDDLE, at_centre, cuts_of, exact_one, float_change, float_plan, halvings, to_float
from .points import Pair, Point

_MANY, _MANY_STEEP = 4000, 400  # points from which on values are interpolated
_DEGREE = 30


def float_pair(activation: Activation, point: Point) -> Pair:
    """Value, defect and kappa(1) in float64; many points at once are read from interpolants."""
    shape = np.shape(point.u)
    u, delta, codelta = (
        np.broadcast_to(np.asarray(x, dtype=np.float64), shape).ravel() for x in (point.u, point.delta, point.codelta)
    )
    one = to_float(exact_one(activation))
    out = np.empty((2, u.size))
    for centre, side in ((1, delta), (0, u), (-1, codelta)):
        middle = np.abs(u) <= MIDDLE
        chosen = np.flatnonzero(~middle & (u * centre > 0) if centre else middle)
        if not chosen.size:
            continue
        many = chosen.size > (_MANY_STEEP if is_steep(activation) else _MANY)
        change = (_interpolated if many else float_change)(activation, centre, side[chosen])
        value = to_float(at_centre(activation, centre)) + change
        out[:, chosen] = value, -change if centre == 1 else one - value
    value, defect = out.reshape((2, *shape))
    return Pair(value, defect, one)


@dataclass(frozen=True)
class _Interpolant:
    """Chebyshev series of change / distance^power on panels of the angle."""

    edges: Any
    coefficients: Any  # (degree, panels)
    power: float


@functools.lru_cache(maxsize=128)
def _interpolant(activation: Activation, centre: int) -> _Interpolant:
    cuts = cuts_of(activation)
    if centre:
        plan = float_plan(activation, centre)
        # The functions of `float_change`: smooth in theta on panels that halve, but for a power of the distance.
        count = max(halvings(plan, 9.5), math.ceil(-math.log2(reach(activation)) / 2)) + 1
        halves = [0.0, *(2.0**-j for j in range(count, -1, -1))]
        top, power = math.acos(MIDDLE), 0.5 if plan.levels[0].first else 1.0
    else:
        halves, top, power = [-1.0, -0.5, 0.0, 0.5, 1.0], math.asin(MIDDLE), 0.0
    edges = [a + (b - a) * i / cuts for a, b in zip(halves, halves[1:], strict=False) for i in range(cuts)]
    edges_array = top * np.array([*edges, 1.0])
    j = np.arange(_DEGREE)
    angles = np.pi * (j + 0.5) / _DEGREE
    low, high = edges_array[:-1, None], edges_array[1:, None]
    nodes = (low + high) / 2 + (high - low) / 2 * np.cos(angles)
    distance = (2 * np.sin(nodes / 2) ** 2 if centre else np.sin(nodes)).ravel()
    values = float_change(activation, centre, distance) / np.abs(distance) ** power
    turns = np.outer(j, 2 * j + 1) % (4 * _DEGREE)  # whole ones taken off: cos rounds as its argument does
    to_series = np.cos(np.pi * np.minimum(turns, 4 * _DEGREE - turns) / (2 * _DEGREE)) * (2 / _DEGREE)
    to_series[0] /= 2
    return _Interpolant(edges_array, to_series @ values.reshape(nodes.shape).T, power)


def _interpolated(activation: Activation, centre: int, distance: Any) -> Any:
    """`float_change` of many distances, by interpolation in the angle: to rounding of kappa(1)."""
    known = _interpolant(activation, centre)
    out = np.empty(distance.size)
    for i in range(0, distance.size, CHUNK):
        part = distance[i : i + CHUNK]
        theta = 2 * np.arcsin(np.sqrt(part / 2)) if centre else np.arcsin(part)
        panel = np.searchsorted(known.edges, theta, side="right") - 1
        panel = np.clip(panel, 0, known.edges.size - 2)
        low, high = known.edges[panel], known.edges[panel + 1]
        x = (2 * theta - low - high) / (high - low)
        before, now = np.zeros(part.size), np.zeros(part.size)
        for row in known.coefficients[:0:-1]:
            before, now = now, row[panel] + 2 * x * now - before
        total = known.coefficients[0][panel] + x * now - before
        out[i : i + CHUNK] = total * np.abs(part) ** known.power if known.power else total
    return out
