r"""Derivatives of networks in their parameters: `mlp` in slope and variances, `resnet` in alpha, layer by layer.

With h(u) = (1-a) kappa_1(u) + a u, what the activation does to a correlation, and the recursions of `lengths` (angles
phi for each vector, where there are biases) a derivative in p is carried through the layers as that of the defect
delta = 1 - rho, of which no term cancels:

.. math:: \dot\delta_h = \dot a\, \kappa_1(-\rho) + h'(\rho)\, \dot\delta, \qquad
   \dot\delta_{l} = \dot C \delta_h + C \dot\delta_h + \sin(\phi-\phi')(\dot\phi-\dot\phi'),
   \qquad C = \cos\phi\cos\phi',

because kappa_1(u) - u = kappa_1(-u). The slope h' has the derivative a' (1 - kappa_0) - h'' delta', in which
h''(rho) = (1-a)/(pi (1-rho^2)^{1/2}) is infinite at rho = 1, where delta' is 0, and the product of order delta^{1/2}.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from .families import ArcCosine
from .lengths import Lengths
from .points import Point


class _Bend(NamedTuple):
    """h at a point, and its derivatives in a parameter: values, defects, slopes."""

    value: Any
    defect: Any
    slope: Any
    defect_change: Any
    slope_change: Any


def _bend(a: float, change_of_a: float, point: Point, change: Any) -> _Bend:
    """h(rho) and h'(rho), `change` being the derivative of the defect 1 - rho."""
    ramp, step = point.pair(ArcCosine(1)), point.pair(ArcCosine(0))
    slope = (1 - a) * step.value + a
    defect_change = change_of_a * point.mirror.pair(ArcCosine(1)).value + slope * change
    slope_change = change_of_a * step.defect - (1 - a) * _curved(point, change)
    return _Bend((1 - a) * ramp.value + a * point.u, (1 - a) * ramp.defect + a * point.delta, slope, defect_change,
                 slope_change)  # fmt: skip


def _curved(point: Point, change: Any) -> Any:
    """kappa_0'(rho) times the derivative of the defect; 0 where that is 0."""
    return np.where(change == 0, 0.0 * point.u, change / (np.pi * np.sqrt(point.delta * point.codelta)))


def _moved(point: Point, value: Any, delta: Any) -> Point:
    value = np.where(delta < 0.25, 1 - delta, value)
    return Point(point.arithmetic, value, delta, point.arithmetic.nonnegative(1 + value))


def dense_slope(name: str, of: Mapping[str, Any], point: Point, lengths: Lengths | None = None) -> Any:
    """d/d(name) of `mlp` with these arguments: of kappa, or of K(x, y) for vectors of these lengths with biases."""
    s, weights, bias = (float(of[each]) for each in ("slope", "weight_variance", "bias_variance"))
    ds, dw, db = (float(name == each) for each in ("slope", "weight_variance", "bias_variance"))
    gain, dgain = (1 + s * s) / 2, s * ds
    a, da = 2 * s / (1 + s * s), 2 * (1 - s * s) / (1 + s * s) ** 2 * ds
    roots = [1.0, 1.0] if lengths is None else [lengths.left.norm, lengths.right.norm]
    root_changes: list[Any] = [0.0, 0.0]
    q, dq = 1.0, 0.0
    change = 0.0 * point.u
    total: Any = None
    total_change: Any = None
    for layer in range(int(of["depth"])):
        bent = _bend(a, da, point, change) if layer else _Bend(point.u, point.delta, 1.0, change, 0.0 * change)
        q, dq = (
            (weights * gain * q + bias, dw * gain * q + weights * dgain * q + weights * gain * dq + db)
            if layer
            else (weights + bias, dw + db)
        )
        c, dc = bias / q, db / q - bias * dq / q**2
        if c:
            turns = [_turn(c, dc, r, dr) for r, dr in zip(roots, root_changes, strict=True)]
            ((phi, dphi, root, droot), (psi, dpsi, other, dother)) = turns
            roots, root_changes = [root, other], [droot, dother]
            cosines, apart = np.cos(phi) * np.cos(psi), np.sin((phi - psi) / 2)
            cosines_change = -np.sin(phi) * np.cos(psi) * dphi - np.cos(phi) * np.sin(psi) * dpsi
            value = cosines * bent.value + np.sin(phi) * np.sin(psi)
            delta = cosines * bent.defect + 2 * apart * apart
            turning = np.sin(phi - psi) * (dphi - dpsi)
            change = cosines_change * bent.defect + cosines * bent.defect_change + turning
        else:
            cosines, cosines_change = 1.0, 0.0
            value, delta, change = bent.value, bent.defect, bent.defect_change
        if total is not None:
            total_change = (
                cosines_change * bent.slope * total
                + cosines * (bent.slope_change * total + bent.slope * total_change)
                - change
            )
            total = cosines * bent.slope * total
        point = _moved(point, value, delta)
        total, total_change = (point.u, -change) if total is None else (total + point.u, total_change)
    if not of["tangent"]:
        total, total_change = point.u, -change
    growth = root_changes[0] / roots[0] + root_changes[1] / roots[1]
    return (total_change + total * growth) * roots[0] * roots[1]  # infinite where it leaves the floats, never NaN


def _turn(c: float, dc: float, root: Any, droot: Any) -> tuple[Any, Any, Any, Any]:
    """phi, q^{1/2} behind the layer, and their derivatives; c > 0 is the bias's share of the variance."""
    side, height = np.sqrt(1 - c) * root, np.sqrt(c)
    dside = np.sqrt(1 - c) * droot - dc * root / (2 * np.sqrt(1 - c))
    dheight = dc / (2 * height)
    after = np.hypot(side, height)
    cosine, sine = side / after, height / after  # no products of lengths, which may leave the floats
    dangle = cosine * (dheight / after) - sine * (dside / after)
    return np.arctan2(height, side), dangle, after, cosine * dside + sine * dheight


def residual_slope(of: Mapping[str, Any], point: Point) -> Any:
    """d/d(alpha) of `resnet` with these arguments."""
    alpha, depth = float(of["alpha"]), int(of["depth"])
    a, da = 1 / (1 + alpha**2), -2 * alpha / (1 + alpha**2) ** 2
    change = total = total_change = 0.0 * point.u
    for _ in range(depth):
        bent, step = _bend(a, da, point, change), point.pair(ArcCosine(0)).value
        own = point.pair(ArcCosine(1)).value + point.u * step
        own_change = -2 * step * change - point.u * _curved(point, change)
        total_change = bent.slope_change * total + bent.slope * total_change + own_change
        total = bent.slope * total + own
        point, change = _moved(point, bent.value, bent.defect), bent.defect_change
    return total_change / (2 * depth) if of["tangent"] else -change
