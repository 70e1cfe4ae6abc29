"""Networks of finite width that are trained by full-batch gradient descent, against those of infinite width."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import pytest

from kernelspec.architectures import Dense, Layer, Serial, activation
from kernelspec.architectures.finite import apply, init, run
from kernelspec.architectures.limit import kernel
from kernelspec.learning import training


def network(width: int, depth: int = 2, name: str = "erf") -> Layer:
    """A fully connected network with biases and one output."""
    hidden = [each for _ in range(depth - 1) for each in (Dense(width, W_std=1.5, b_std=0.3), activation(name))]
    return Serial((*hidden, Dense(1, W_std=1.0)))


def trained(
    layers: Layer, x: Any, y: Any, test: Any, rate: float, steps: int, rng: Any, decay: float = 0.0
) -> tuple[Any, Any, Any, Any]:
    """Outputs at the start and at the end: at x and test before, at x and test after; y and outputs have shape (n,).

    The loss is 1/2 |f(x) - y|^2 + decay/2 |theta - theta_0|^2.
    """
    _, params = init(layers, rng, x.shape)
    first = [apply(layers, params, each)[:, 0] for each in (x, test)]
    weights = [list(each) for each in params]
    start = [list(each) for each in params]
    places = [i for i, each in enumerate(params) if each]
    for _ in range(steps):
        outputs, back = run(layers, weights, x)
        found: list[Any] = []
        back((outputs[:, 0] - y)[:, None, None], found)
        for i, each in zip(reversed(places), found, strict=True):  # from the last layer to the first
            gradient = np.einsum("npk,nrpc->kc", each.inputs, each.gradients)
            w, b = weights[i]
            weights[i][0] = w - rate * (gradient[: len(w)] + decay * (w - start[i][0]))
            if b is not None:
                weights[i][1] = b - rate * (gradient[len(w) :] + decay * (b - start[i][1]))
    return *first, *[apply(layers, weights, each)[:, 0] for each in (x, test)]


@functools.cache
def points() -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(0)
    x, test = (
        each / np.linalg.norm(each, axis=1, keepdims=True) for each in np.split(rng.standard_normal((9, 4)), [6])
    )
    return x, np.sign(x[:, 0]) * x[:, 1] + 1, test


def limits(depth: int) -> tuple[dict[str, Any], float]:
    x, y, test = points()
    layers = network(16, depth)
    train, cross = kernel(layers, x), kernel(layers, test, x)
    kernels = {
        "ntk": train.ntk, "ntk_cross": cross.ntk, "nngp": train.nngp, "nngp_cross": cross.nngp,
        "nngp_test": kernel(layers, test, get="nngp"), "y": y,
    }  # fmt: skip
    return kernels, 1 / float(np.linalg.eigvalsh(train.ntk)[-1])


@pytest.mark.parametrize(
    ("depth", "widths", "decay", "count"),
    [(2, (64, 256, 1024), 0.0, 40), (2, (64, 1024), 0.3, 40), (3, (32, 192), 0.0, 80)],
)
def test_trained_networks_come_near_like_the_root_of_their_width(
    depth: int, widths: tuple[int, ...], decay: float, count: int
) -> None:
    """Each network against the prediction from its own outputs at the start: the distance falls like m^{-1/2}."""
    kernels, rate = limits(depth)
    rate /= 1 + decay * rate
    (x, y, test), steps = points(), 40
    logs: list[list[float]] = []
    for width in widths:
        logs.append([])
        for seed in range(count):
            f, g, after_f, after_g = trained(network(width, depth), x, y, test, rate, steps, seed, decay)
            own = training(kernels["ntk"], y - f, steps, ntk_cross=kernels["ntk_cross"], rate=rate, lam=decay / len(x))
            gaps = np.concatenate([after_f - f - own.train_mean[0], after_g - g - own.mean[0]])
            logs[-1].append(math.log(np.linalg.norm(gaps) / np.linalg.norm(own.mean[0])))
    means, errors = np.mean(logs, axis=1), np.std(logs, axis=1, ddof=1) / math.sqrt(count)
    slope, error = (means[-1] - means[0], math.hypot(errors[0], errors[-1])) / np.log(widths[-1] / widths[0])
    assert abs(slope + 0.5) < 3 * error, means
    assert error < 0.1 and means[-1] < math.log(0.25)


def test_the_mean_and_the_spread_of_trained_networks() -> None:
    """128 networks of 256 neurons, with outputs of mean 0 at the start, against mean, covariance and loss."""
    kernels, rate = limits(2)
    (x, y, test), steps, count = points(), 40, 128
    found = training(**kernels, times=steps, rate=rate)
    outputs, losses = [], []
    for seed in range(count):
        _, _, f, g = trained(network(256), x, y, test, rate, steps, seed)
        outputs.append(g)
        losses.append(np.mean((f - y) ** 2))
    assert found.covariance is not None
    spread = np.cov(np.transpose(outputs))
    assert np.all(np.abs(np.mean(outputs, axis=0) - found.mean[0]) < 3 * np.sqrt(spread.diagonal() / count))
    # the standard error of a Gaussian covariance of `count` samples
    exact = found.covariance[0]
    error = np.sqrt((exact**2 + np.outer(exact.diagonal(), exact.diagonal())) / count)
    assert np.all(np.abs(spread - exact) < 3 * error)
    assert abs(np.mean(losses) - found.loss[0]) < 3 * np.std(losses) / np.sqrt(count)
