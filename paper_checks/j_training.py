r"""Networks of finite width: training

Gradient descent on networks of one hidden layer against kernel regression (`lazy_training`).
"""

import math

import numpy as np

from experiments import lazy_training as lazy
from oracle import finite_convolutional as finite
from paper_checks.registry import Checks, Tier, bound, check, measured_against


@check(
    "C64b",
    verdict="holds",
    where="Jacot, Gabriel & Hongler 2018; Chizat, Oyallon & Bach 2019; the slide on lazy training",
)
def training(tier: Tier) -> Checks:
    """Training in the tangent regime

    A network of one hidden layer of $m$ ReLUs in the scaling $(2/m)^{1/2}$, trained by gradient descent in all weights
    from $f=0$ until it interpolates, predicts as kernel regression with the tangent kernel does, up to an error of
    $m^{-1/2}$; its weights and its tangent kernel hardly move. In the scaling $1/m$, with the same tangent kernel at
    the start, the error does not vanish.
    """
    problem = lazy.Problem.drawn(4, 12, 200, tier.rng)
    steps = 1000
    early, limit = problem.kernel_descent(steps)
    size = np.linalg.norm(limit)
    label = f"kernel gradient descent after {steps} steps from kernel regression, relative distance"
    why = "far below the distances measured; the kernel's condition number is of order 100"
    yield bound(label, np.linalg.norm(early - limit) / size, upper=2e-6, why=why)
    widths = tier.pick(quick=(64, 128, 256, 512), full=(64, 128, 256, 512, 1024, 2048))
    draws = tier.pick(quick=8, full=24)
    distances = {}
    for mean_field in (False, True):
        trained = [[lazy.train(problem, m, steps, tier.rng, mean_field) for _ in range(draws)] for m in widths]
        to_limit, to_linear = (
            np.array([[float(np.sum((t.predictions - reference(t)) ** 2)) for t in row] for row in trained]) / size**2
            for reference in (lambda t: limit, lambda t: t.linearised)
        )
        moved, changed, residual = (
            np.array([[getattr(t, name) for t in row] for row in trained])
            for name in ("movement", "kernel_change", "residual")
        )
        distances[mean_field] = to_limit
        label = f"largest error at a training point after training, scaling {'1/m' if mean_field else 'root of 2/m'}"
        yield bound(label, residual, upper=1e-2, why="it interpolates: the targets are of size 1")
        if mean_field:
            continue
        fitted = finite.rate(widths, to_limit)
        label = f"exponent of m, distance from kernel regression: {fitted.exponent:.3f} ± {fitted.error:.3f}"
        yield measured_against(label, fitted.exponent, -0.5, atol=4 * fitted.error, why="four standard errors")
        for name, squared in (
            ("distance from the linearised network", to_linear),
            ("relative movement of the hidden weights", moved**2),
            ("relative change of the tangent kernel", changed**2),
        ):
            fitted = finite.rate(widths, squared)
            label = f"exponent of m, {name}: {fitted.exponent:.3f} ± {fitted.error:.3f}"
            why = "at least as fast as $m^{-1/2}$, up to four standard errors"
            yield bound(label, fitted.exponent, upper=-0.5 + 4 * fitted.error, why=why)
    last = np.sqrt(distances[True].mean(axis=1))
    label = f"scaling 1/m: distance at m = {widths[-1]} over that at m = {widths[1]}"
    why = f"$m^{{-1/2}}$ would give {math.sqrt(widths[1] / widths[-1]):.2f}"
    yield bound(label, last[-1] / last[1], lower=0.6, why=why)
