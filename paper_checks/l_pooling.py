r"""What pooling gains, exactly: effective dimensions, learning curves, correlated pixels

Closed spectra of overlapping patches on the cube and of independent patches on spheres.
"""

import math
from typing import Any

import numpy as np

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn.spectra import Model
from oracle import convolutional_spectra as oracle
from paper_checks.registry import *

SERIES = ks.parse("0.2*linear() + 0.2*polynomial(2) + 0.2*polynomial(3) + 0.2*polynomial(4) + 0.2*polynomial(5)")
_WHERE = "Misiakiewicz & Mei 2021, Propositions 1, 2 and figure 1; exact dimensions derived here"


def cube(p: int, q: int, pool: Any = None, border: str = "circular", kernel: ks.Zonal = SERIES) -> Model:
    """One layer on {-1, 1}^p; the kernel is p times the mean over positions."""
    return Model(ckn.Network([ckn.Layer(q, kernel, pool, border=border, normalized=True)]), p, "cube")


def _half(model: Model, frequency: int) -> int | None:
    """The number of samples at which the predicted error of the target of degree 3 is a half."""
    try:
        space = model.eigenspace((3,), frequency, 3)
    except ValueError:
        return None
    low, high = 1, 10**6
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if model.learning_curve({space: 1.0}, middle).error[0] > 0.5 else (low, middle)
    return high


@check("L16", verdict="holds", where=_WHERE)
def dimensions(tier: Tier) -> Checks:
    r"""Pooling and the effective dimension

    $\mathrm{Tr}\,T(T+\lambda)^{-1}$ of one layer is a sum over $s_j\mu_kN(p,k)$ on independent patches and over
    $\kappa_jr(S)\xi_{q,l}$ for overlapping patches on the cube. The global mean leaves one of $n$ frequencies, so that
    without the constant the effective dimension is $1/n$ of that without pooling. Predicted learning curves have the
    published sample complexities, up to constants. Correlated neighbours make both dimensions smaller.
    """
    p, q = 8, 4
    x = oracle.signals(p)
    for name, pool, taps in (
        ("none", None, [1.0]),
        ("2 positions", ckn.average(2), [0.5, 0.5]),
        ("all", ckn.average(p), [1 / p] * p),
    ):
        matrix = oracle.cube_matrix(SERIES, p, q, oracle.pooling(p, taps)) / len(x)
        mu = np.linalg.eigvalsh(matrix)
        lam = np.array([1.0, 0.1, 0.01, 1e-3])
        wanted = [float(np.sum(mu / (mu + value))) for value in lam]
        label = f"cube of 8, patches of 4, pooling over {name}: effective dimension for 4 lambda, against 2^8 signals"
        yield measured_against(
            label,
            cube(p, q, pool).effective_dimension(lam),
            wanted,
            rtol=1e-13,
            why="rounding of eigenvalues over lambda",
        )
    n, dimension, kernel = 32, 3, ks.exponential(1.0)
    rows, found = [], {}
    for name, pool in (("none", None), ("4", ckn.average(4)), ("all", ckn.average(n))):
        model = Model(ckn.Network([ckn.Layer(dimension, kernel, pool, border="circular")]), n)
        found[name] = model.effective_dimension(np.array([1e-2, 1e-4, 1e-6]))
        rows.append([name, *found[name].tolist()])
    yield table("32 patches on $S^2$: effective dimension", ["pooling", "1e-2", "1e-4", "1e-6"], rows)
    one = (found["none"] - found["all"]) / (n - 1)
    label = "without the constant, all 32 frequencies count the same without pooling, one is left by the global mean"
    constant = [n * kernel.spectrum(3)[0] / (n * kernel.spectrum(3)[0] + lam) for lam in (1e-2, 1e-4, 1e-6)]
    yield measured_against(
        label, one, found["all"] - np.array(constant), rtol=1e-12, why="rounding: both leave out the same tail"
    )
    p, q, omega = 30, 10, 5
    models = {
        "p^l": cube(p, p, border="valid"),
        "p^(l-1)": cube(p, p, ckn.average(p)),
        "p q^(l-1)": cube(p, q),
        "p q^(l-1)/omega": cube(p, q, ckn.average(omega)),
        "q^(l-1)": cube(p, q, ckn.average(p)),
    }
    low = {name: _half(model, 0) for name, model in models.items()}
    high = {name: _half(model, p // 2) for name, model in models.items()}
    powers = {
        "p^l": p**3,
        "p^(l-1)": p**2,
        "p q^(l-1)": p * q**2,
        "p q^(l-1)/omega": p * q**2 // omega,
        "q^(l-1)": q**2,
    }
    rows = [[name, powers[name], low[name], high[name] or "never"] for name in models]
    yield table(
        "samples for an error of a half, p = 30, q = 10, omega = 5, degree 3: the power, low frequency, high frequency",
        ["kernel", "power", "low", "high"],
        rows,
    )
    constants = [(low[name] or 0) / powers[name] for name in models]
    label = "low frequency: samples over the published power, largest over smallest"
    yield bound(label, max(constants) / min(constants), upper=1.25, why="powers up to constants: .17 to .21")
    yield holds("high frequency: never with a global mean", high["q^(l-1)"] is None and high["p^(l-1)"] is None)
    ratio = (high["p q^(l-1)/omega"] or 0) / (high["p q^(l-1)"] or 1)
    yield bound("high frequency: local pooling asks for more than none", ratio, lower=1.5, why="kappa_15 = 1/5, not 5")
    yield from _regression(tier)
    yield from _correlated(tier)


def _regression(tier: Tier) -> Checks:
    """Kernel ridge regression on samples, beside the predicted curve."""
    p, q, repeats = 12, 4, tier.pick(quick=5, full=20)
    layer = ckn.Layer(q, SERIES, ckn.average(3), border="circular", normalized=True)
    net, model = ckn.Network([layer]), cube(p, q, ckn.average(3))
    space, rows, worst = model.eigenspace((2,), 0, 2), [], 0.0
    tests = tier.rng.choice([-1.0, 1.0], (400, p))

    def target(x: Any) -> Any:
        return sum(x[:, i] * x[:, (i + 1) % p] for i in range(p)) / math.sqrt(p)

    for n in (10, 30, 60):
        errors = []
        for _ in range(repeats):
            x = tier.rng.choice([-1.0, 1.0], (n, p))
            gram = net.gram(x[:, :, None], channels="last") + 1e-3 * n * np.eye(n)
            weights = np.linalg.solve(gram, target(x))
            across = net.gram(tests[:, :, None], x[:, :, None], channels="last")
            errors.append(float(np.mean((across @ weights - target(tests)) ** 2)))
        predicted = float(model.learning_curve({space: 1.0}, n, 1e-3).error[0])
        error = float(np.std(errors, ddof=1)) / math.sqrt(repeats)
        rows.append([n, predicted, float(np.mean(errors)), error])
        worst = max(worst, abs(float(np.mean(errors)) - predicted) / (error + 0.05))
    yield table("ridge regression: predicted, measured, standard error", ["n", "predicted", "measured", "error"], rows)
    label = "ridge regression on samples: largest distance from the prediction, over one standard error and .05"
    yield bound(label, worst, upper=1.0, why="the prediction is a theory; .14 to .5 is seen")


def _correlated(tier: Tier) -> Checks:
    """A chain x_{i+1} = x_i with probability (1 + c)/2: eigenvalues of all signals, weighted."""
    p, q = 8, 4
    x, rows = oracle.signals(p), []
    for c in (0.0, 0.3, 0.6, 0.9):
        weights = np.prod((1 + c * x[:, :-1] * x[:, 1:]) / 2, axis=1) / 2
        found = []
        for taps in ([1.0], [1 / p] * p):
            matrix = oracle.cube_matrix(SERIES, p, q, oracle.pooling(p, taps))
            mu = np.linalg.eigvalsh(np.sqrt(np.outer(weights, weights)) * matrix)
            found.append(float(np.sum(mu / (mu + 0.01))))
        rows.append([c, *found, found[0] / found[1]])
    yield table(
        "correlated pixels: effective dimension at .01, without pooling and with the global mean",
        ["correlation", "none", "global", "gain"],
        rows,
    )
    yield holds(
        "both fall with the correlation", all(a[i] > b[i] for a, b in zip(rows, rows[1:], strict=False) for i in (1, 2))
    )
