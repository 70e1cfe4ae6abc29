r"""Training networks of one hidden layer on the sphere, against their tangent kernel, claim 64.

f(x) = s sum_i v_i max(0, w_i . x), all weights standard normal and trained by gradient descent on
half the sum of squared errors. In the tangent scaling s = (2/m)^{1/2}; in the mean-field scaling
s = 2^{1/2}/m and the step size is m times as large, so that the tangent kernel at the start is the same.
The neurons come in pairs with opposite v, so that f = 0 at the start.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from kernelspec import sphere

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Problem:
    """A regression problem on S^{d-1}: `train` and `test` points, and the targets `y`."""

    train: Array
    test: Array
    y: Array

    @classmethod
    def drawn(cls, d: int, n: int, test: int, rng: np.random.Generator) -> Problem:
        """Random points, and a target of degrees 1 and 2."""
        points, others = sphere.sample_sphere(n, d, rng), sphere.sample_sphere(test, d, rng)
        return cls(points, others, points[:, 0] + points[:, 0] * points[:, 1])

    def step_size(self) -> float:
        """One over the largest eigenvalue of the tangent kernel."""
        return float(1 / np.linalg.eigvalsh(ks.ntk(2).gram(self.train))[-1])

    def kernel_descent(self, steps: int) -> tuple[Array, Array]:
        """Predictions at the test points: of `steps` steps with the tangent kernel, and of infinitely many."""
        gram = ks.ntk(2).gram(self.train)
        values, vectors = np.linalg.eigh(gram)
        left = (1 - self.step_size() * values) ** steps
        cross = ks.ntk(2).gram(self.test, self.train) @ vectors
        target = vectors.T @ self.y
        return cross @ ((1 - left) / values * target), cross @ (target / values)


@dataclass(frozen=True)
class Trained:
    """One network after training.

    Parameters
    ----------
    predictions : at the test points.
    linearised : those of the network linearised at the start, trained for as long.
    residual : largest error at a training point.
    movement : |W_t - W_0|/|W_0| in the Frobenius norm.
    kernel_change : |T_t - T_0|/|T_0| on the training points.
    """

    predictions: Array
    linearised: Array
    residual: float
    movement: float
    kernel_change: float


def train(problem: Problem, width: int, steps: int, rng: np.random.Generator, mean_field: bool = False) -> Trained:
    """Gradient descent on a network of `width` neurons, an even number."""
    d = problem.train.shape[1]
    w = np.tile(rng.standard_normal((width // 2, d)), (2, 1))
    v = np.repeat([1.0, -1.0], width // 2) * np.tile(rng.standard_normal(width // 2), 2)
    scale = math.sqrt(2) / width if mean_field else math.sqrt(2 / width)
    # What multiplies the gradients' inner products so that they tend to the tangent kernel.
    gain = width if mean_field else 1.0
    rate = gain * problem.step_size()
    x, n = problem.train, len(problem.train)
    both = np.concatenate([x, problem.test])
    start = gain * tangent(w, v, scale, both)[:, :n]
    linearised = _descent(start, problem.y, problem.step_size(), steps)[n:]
    first = w.copy()
    for _ in range(steps):
        b = x @ w.T
        hidden = np.maximum(b, 0.0)
        error = scale * rate * (scale * (hidden @ v) - problem.y)
        slope = (error[:, None] * (b > 0)) * v
        w, v = w - slope.T @ x, v - error @ hidden
    found = scale * (np.maximum(both @ w.T, 0.0) @ v)
    change = gain * tangent(w, v, scale, x) - start[:n]
    return Trained(
        found[n:],
        linearised,
        float(np.abs(found[:n] - problem.y).max()),
        float(np.linalg.norm(w - first) / np.linalg.norm(first)),
        float(np.linalg.norm(change) / np.linalg.norm(start[:n])),
    )


def tangent(w: Array, v: Array, scale: float, x: Array) -> Array:
    """Inner products of the gradients of f in all weights, shape (n, n)."""
    b = x @ w.T
    hidden, active = np.maximum(b, 0.0), (b > 0) * v
    return np.asarray(scale**2 * (hidden @ hidden.T + (active @ active.T) * (x @ x.T)))


def _descent(cross: Array, y: Array, rate: float, steps: int) -> Array:
    """Predictions of kernel gradient descent from 0; the first rows of `cross` are the training points."""
    values, vectors = np.linalg.eigh(cross[: len(y)])
    # (1 - (1 - r)^t)/r is t where r vanishes.
    shrink = -np.expm1(steps * np.log1p(-np.minimum(rate * values, 0.999)))
    safe = np.where(values > 1e-14, values, 1.0)
    factor = np.where(values > 1e-14, shrink / safe, steps * rate)
    return np.asarray(cross @ (vectors @ (factor * (vectors.T @ y))))
