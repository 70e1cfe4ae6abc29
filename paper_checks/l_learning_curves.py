r"""Learning curves predicted from the spectrum, against the experiment of Figure 1

Kernel ridge regression on $f_1 = 1\{w\cdot x\geq 0.7\}$ and $f_2 = e^{-(1-w\cdot x)^{3/2}}+e^{-(1+w\cdot x)^{3/2}}$,
$x$ uniform on $S^3$.
"""

import math
from fractions import Fraction

import numpy as np

import kernelspec as ks
from experiments import sphere_regression as figure
from experiments.predicted_curves import HALF as _HALF
from experiments.predicted_curves import targets
from kernelspec import sphere
from kernelspec.learning.measured import path_errors
from kernelspec.rkhs.learning_curves import learning_curve
from kernelspec.rkhs.levels import Levels
from paper_checks.registry import *

F1, F2 = targets(figure.D)
SOURCE = "Bordelon, Canatar & Pehlevan 2020; Simon et al. 2023; the experiment: Bietti & Bach 2021, Figure 1"
_LAMBDAS = (1e-2, 1e-4, 1e-8)
_TWO = (figure.KERNELS[0], figure.KERNELS[4])  # random features of 2 layers, NTK of 3


def _errors(kernel: ks.Zonal, n: int, draws: int, rng: np.random.Generator) -> Array:
    """Test errors of ridge regression, shape (draws, lambdas, 2)."""
    found = []
    for _ in range(draws):
        pole = sphere.sample_sphere(1, figure.D, rng)[0]
        train, test = sphere.sample_sphere(n, figure.D, rng), sphere.sample_sphere(1000, figure.D, rng)
        y, truth = (np.stack([f(x @ pole) for f in (figure.f1, figure.f2)], axis=1) for x in (train, test))
        found.append(path_errors(kernel.gram(train), kernel.gram(test, train), y, truth, np.array(_LAMBDAS))[0])
    return np.array(found)


def _gaussian(kernel: ks.Zonal, n: int, draws: int, rng: np.random.Generator) -> tuple[float, float, float]:
    """f2 with Gaussian variables in place of harmonics, lambda = 1e-8: the mean error, its standard error, predicted.

    Degrees up to 16; the trace of those beyond acts as a ridge, in the regression as in the prediction.
    """
    k = np.arange(17)
    mu, many = kernel.spectrum(figure.D)[0:17], sphere.multiplicity(figure.D, k).astype(np.float64)
    power = np.where(k % 2 == 0, many * (2 * _HALF.spectrum(figure.D)[0:17]) ** 2, 0.0)
    lam = (float(kernel.at_one) - float(np.sum(many * mu))) / n + 1e-8
    place = np.concatenate([[0], np.cumsum(many)[:-1]]).astype(int)  # one of the eigenfunctions of each degree
    target, value = np.zeros(int(many.sum())), np.repeat(mu, many.astype(int))
    target[place] = np.sqrt(power)
    found = []
    for _ in range(draws):
        x = rng.standard_normal((n, target.size))
        weights = np.linalg.solve((x * value) @ x.T + n * lam * np.eye(n), x @ target)
        found.append(float(np.sum((value * (x.T @ weights) - target) ** 2)))
    levels = Levels(mu, mu, many, many)
    predicted = learning_curve(lambda count: levels, list(zip(mu.tolist(), power.tolist(), strict=True)), n, lam)
    return float(np.mean(found)), float(np.std(found, ddof=1) / math.sqrt(draws)), float(predicted.error[0])


@check("L15", verdict="holds", where=SOURCE)
def agreement(tier: Tier) -> Checks:
    r"""Predicted and measured errors

    At n = 200 the eigenlearning equations predict the test error on $f_1$ within 3 standard errors and 10 percent for
    every $\lambda$, and that on $f_2$ for $\lambda = 10^{-2}$. For $\lambda = 10^{-8}$ ridge regression on $f_2$ is
    worse than predicted: 1.3 times for NTK, twice for random features. With independent Gaussian variables in place
    of the harmonics, as the theory has them, it is as predicted.
    """
    n, draws = 200, tier.pick(quick=10, full=40)
    rows = []
    yield note(f"n = {n}, {draws} draws of $w$, training and test points.")
    for name, kernel, _ in _TWO:
        errors = _errors(kernel, n, draws, tier.rng)
        mean, spread = errors.mean(axis=0), errors.std(axis=0, ddof=1) / math.sqrt(draws)
        space = kernel.rkhs(figure.D)
        predicted = np.array([[space.learning_curve(f, n, lam).error[0] for f in (F1, F2)] for lam in _LAMBDAS])
        for lam, *row in zip(_LAMBDAS, predicted, mean, spread, strict=True):
            rows += [[name, f"$f_{j + 1}$", lam, *(float(x[j]) for x in row)] for j in (0, 1)]
        close = [(0, 0), (1, 0), (2, 0), (0, 1)]
        yield bound(
            f"{name}: |measured - predicted| over 3 standard errors and 10 percent: $f_1$, and $f_2$ with the largest "
            "lambda",
            [abs(mean[at] - predicted[at]) / (3 * spread[at] + 0.1 * predicted[at]) for at in close],
            upper=1.0,
            why="a theory: 5 percent is seen beside the spread of the draws",
        )
        yield bound(
            f"{name}: measured over predicted, $f_2$, lambda = 1e-8",
            mean[2, 1] / predicted[2, 1],
            lower=1.1,
            upper=3.0,
            why="1.33 and 2.06 are seen in 40 draws, with standard errors of 0.05 and 0.15; more in fewer draws",
        )
        found, error, wanted = _gaussian(kernel, n, tier.pick(quick=20, full=60), tier.rng)
        yield bound(
            f"{name}: the same with Gaussian variables, over 4 standard errors and 2 percent",
            abs(found - wanted) / (4 * error + 0.02 * wanted),
            upper=1.0,
            why="the equations are exact for n to infinity",
        )
    yield table("Errors at n = 200", ["kernel", "target", "lambda", "predicted", "measured", "standard error"], rows)


@check("L15a", verdict="holds", where="derived here (`kernelspec.rkhs.sphere_curves`); Spigler, Geiger & Wyart 2020")
def exponents(tier: Tier) -> Checks:
    r"""Exponents of the predicted curves

    With $\mu_k\sim k^{-2\beta}$ and a target of power $k^{-a}$ at degree $k$ the predicted error of interpolation falls
    like $n^{-\min(a-1,4\beta)/(d-1)}$, and $E_n\to 2\beta/(d-1)$. On $S^3$: $n^{-1/3}$ on $f_1$ ($a = 2$) for all
    kernels of Figure 1; on $f_2$ ($a = d+6 = 10$) $n^{-3}$ for random features, where $a - 1 = 9 < 4\beta = 12$, and
    $n^{-8/3}$ for the tangent kernels and the Laplace kernel, which saturate: $4\beta = 8$.
    """
    d, k = figure.D, np.array([1000, 2000])
    powers = sphere.multiplicity(d, k) * _HALF.spectrum(d)(k) ** 2
    yield measured_against(
        "a of $f_2$ from degree 1000 to 2000",
        -math.log2(powers[1] / powers[0]),
        float(d + 6),
        atol=0.02,
        why="N(d,k) = (k+1)^2 alone moves it by 2/1000",
    )
    k = np.arange(1, 20_001)
    angle, order = math.acos(0.7), k.astype(np.float64)
    jump = ((np.sin(k * angle) / order - np.sin((k + 2) * angle) / (order + 2)) / math.pi) ** 2  # N m_k^2
    yield measured_against(
        "a of $f_1$: its power beyond degree 1000 over that beyond 2000",
        1 + math.log2(math.fsum(jump[1000:]) / math.fsum(jump[2000:])),
        2.0,
        atol=0.1,
        why="20 000 degrees leave out a twentieth and a tenth",
    )
    n = np.array([10**7, 2 * 10**7])
    slopes, limits, wanted = [], [], []
    chosen = figure.KERNELS if not tier.quick else figure.KERNELS[::3]
    for _, kernel, features in chosen:
        two_beta = Fraction(6 if features else 4)
        for f, a in ((F1, 2), (F2, d + 6)):
            curve = kernel.rkhs(d).learning_curve(f, n)
            slopes.append(-float(np.log2(curve.error[1] / curve.error[0])))
            limits.append(float(curve.overfitting[1] / (two_beta / (d - 1))))
            wanted.append(float(min(Fraction(a - 1), 2 * two_beta) / (d - 1)))
    yield measured_against(
        "slopes of the predicted error from n = 10^7 on, $f_1$ and $f_2$ for each kernel",
        slopes,
        wanted,
        atol=0.01,
        why="the limit is approached like n^{-1/3}",
        at=[f"{name}, {f}" for name, _, _ in chosen for f in ("f1", "f2")],
    )
    yield measured_against(
        "$E_n$ over $2\\beta/(d-1)$ at n = 2 10^7", limits, [1.0] * len(limits), atol=0.001, why="the same"
    )


@check("L15b", verdict="holds", where="derived here; Bietti & Bach 2021, Figure 1")
def smallest_lambda(tier: Tier) -> Checks:
    r"""The plateau of the smallest lambda

    With $\lambda\geq\lambda_{min}$ the predicted error is at least $\sum_k A_k (\lambda_{min}/(\mu_k+\lambda_{min}))^2$
    for every $n$, and near it from about $n = D(\lambda_{min}) = \operatorname{Tr} T(T+\lambda_{min})^{-1}$ on, the $n$
    at which interpolation has $\kappa_n = \lambda_{min}$: 101 to 122 samples for the random features of Figure 1 with
    $\lambda_{min} = 10^{-4}$, 580 to 1031 for the other kernels.
    """
    lam, d = figure.SHORT, figure.D
    sizes = np.array([10, 20, 50, 100, 200, 500, 1000, 2000, 5000])
    dimensions, at, below, far, rows = [], [], [], [], []
    kernels = figure.KERNELS if not tier.quick else figure.KERNELS[::3]
    for name, kernel, features in kernels:
        space = kernel.rkhs(d)
        dimension = float(space.effective_dimension(lam))
        dimensions.append(dimension)
        low, high = space.learning_curve(F1, [math.floor(dimension), math.ceil(dimension)]).kappa / lam
        at.append(bool(high <= 1 <= low))
        curve = space.learning_curve(F1, sizes, lam)
        plateau = float(space.learning_curve(F1, 2**53, lam).error[0])
        below.append(float(np.min(curve.error)) / plateau)
        far.append(float(space.learning_curve(F1, round(10 * dimension), lam).error[0]) / plateau)
        rows.append([name, dimension, plateau, float(curve.error[-1]), "yes" if features else "no"])
    yield holds("kappa_n of interpolation passes lambda_min between the integers about D(lambda_min)", all(at))
    yield bound("least predicted error up to n = 5000 over the plateau", below, lower=1.0)
    yield bound(
        "predicted error at n = 10 D(lambda_min) over the plateau",
        far,
        upper=1.25,
        why="1.1 to 1.2 is seen; without ridge it falls by 10^{-1/3}, to a half, from D to 10 D",
    )
    marks = np.array([features for _, _, features in kernels])
    yield bound("D(1e-4), random features", np.array(dimensions)[marks], lower=100, upper=123)
    yield bound("D(1e-4), the others", np.array(dimensions)[~marks], lower=579, upper=1032)
    yield table(
        "$f_1$, lambda = 1e-4", ["kernel", "D(lambda)", "plateau", "predicted at n = 5000", "random features"], rows
    )
