r"""Training of networks that are linear in their parameters, step by step and by matrix exponentials, with mpmath.

The outputs F = (f(X), f(x)) follow dF/dt = -K(., X) (f(X) - y) - s (F - F_0): an affine system, whose solution is the
exponential of a matrix, and whose Euler steps are gradient descent. Nothing is diagonalised here.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from mpmath import mp


def maps(columns: Any, n: int, t: float, s: float, rate: float | None) -> tuple[Any, Any]:
    """P and R of F_t = P F_0 + R y for K(., X), shape (n + q, n); t is finite."""
    columns = mp.matrix(np.asarray(columns).tolist())
    size = columns.rows
    motion = mp.zeros(2 * size + n)  # of (F, F_0, y); the last two stay
    for i in range(size):
        motion[i, i] -= s
        motion[i, size + i] += s
        for j in range(n):
            motion[i, j] -= columns[i, j]
            motion[i, 2 * size + j] += columns[i, j]
    if rate is None:
        moved = mp.expm(motion * t)
    else:
        moved = mp.eye(2 * size + n)
        for _ in range(int(t)):
            moved = moved + mp.mpf(rate) * motion * moved
    whole = np.array(moved.tolist(), dtype=object)
    return whole[:size, :size] + whole[:size, size : 2 * size], whole[:size, 2 * size :]


def trained(
    columns: Any, start: Any, y: Any, t: float, *, s: float = 0.0, rate: float | None = None, noise: float = 0.0
) -> tuple[Any, Any, float]:
    """Mean (q, outputs) and covariance (q, q) at the test points, and the loss per training point, at 40 digits.

    `start` is the covariance of (f_0(X), f_0(x)), y has the shape (n, outputs). An infinite time is solved for.
    """
    n, outputs = y.shape
    with mp.workdps(40):
        if math.isinf(t):
            gram = mp.matrix(np.asarray(columns)[:n].tolist()) + s * mp.eye(n)
            inverse = np.array((gram**-1).tolist(), dtype=object)
            right = np.vectorize(mp.mpf, otypes=[object])(np.asarray(columns)) @ inverse
            propagated = np.eye(len(columns), dtype=int).astype(object)
            propagated[:, :n] -= right
        else:
            propagated, right = maps(columns, n, t, s, rate)
        exact = np.vectorize(mp.mpf, otypes=[object])
        mean = right @ exact(y)
        covariance = propagated @ exact(start) @ propagated.T + mp.mpf(noise) ** 2 * (right @ right.T)
        loss = sum(((mean[:n] - exact(y)) ** 2).ravel()) + outputs * sum(covariance.diagonal()[:n])
        return mean[n:].astype(float), covariance[n:, n:].astype(float), float(loss / n)
