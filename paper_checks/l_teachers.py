r"""Teacher networks: how tight the bounds are

Equality in the bound by spectral norms, and what the Frobenius norm of the first layer costs.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn.teachers import BOUNDS, Teacher
from oracle import neuron_norms as rational
from paper_checks.registry import *

_EXPONENTIAL = [0.0, *(1 / math.factorial(j) for j in range(1, 80))]


def layer_norm(kernel: ks.Zonal, sigma: Sequence[float], weights: Array, readout: Array) -> float:
    r"""The squared norm on S^{d-1} of x -> sum_i v_i sigma(<w_i, x>), by spherical harmonics."""
    d = weights.shape[1]
    lengths = np.linalg.norm(weights, axis=1)
    cosines = np.clip((weights @ weights.T) / np.outer(lengths, lengths), -1, 1)
    np.fill_diagonal(cosines, 1.0)
    harmonics = ks.sphere.legendre_all(d, len(sigma) - 1, cosines)
    eigenvalues = kernel.spectrum(d)[: len(sigma)]
    multiplicities = ks.sphere.multiplicity(d, np.arange(len(sigma)))
    total = 0.0
    for k in range(len(sigma)):
        parts = sum(a * lengths**j * float(ks.sphere.monomial_eigenvalue_exact(d, j, k)) for j, a in enumerate(sigma))
        coefficients = readout * parts
        if np.any(coefficients):
            square = coefficients @ harmonics[k] @ coefficients
            total += multiplicities[k] * square / eigenvalues[k]
    return float(total)


def bounds(kernel: ks.Zonal, sigma: Sequence[float], weights: Array, readout: Array) -> dict[str, float]:
    """The three bounds of the same network, by the library."""
    net = ckn.Network([ckn.Layer(patch=1, kernel=kernel)])
    teacher = Teacher(net, [weights[:, None, :]], readout[None, :], sigma)
    return {name: teacher.squared_norm(name) for name in BOUNDS}


@check("L20", verdict="holds", where="derived here")
def tightness(tier: Tier) -> Checks:
    r"""Equality in the bounds of teacher networks, and the cost of a Frobenius norm

    One hidden layer, $a_0=0$. The bound $|w|^2C^2(|W_1|_2^2)$ is the norm of the features for orthogonal filters of one
    length, whatever $w$, and the norm itself if $\kappa$ and $\sigma$ have one power of each parity. With
    $r=|W_1|_F^2/|W_1|_2^2$ filters' worth, the Frobenius norm in its place costs $C^2(r\lambda^2)/C^2(\lambda^2)\geq
    r$: 1 for $r=1$ alone, $r$ for linear $\sigma$ alone, $(e^r-1)/(e-1)$ for $e^u-1$ with the kernel $e^{u-1}$ at
    $\lambda=1$.
    """
    yield from _equalities(tier)
    kernel = ks.exponential(1)
    dimension = 27
    costs, ranks, orders = [], [], []
    for count in tier.pick(quick=(1, 4, 16), full=(1, 2, 4, 8, 16, 32, 64)):
        weights = tier.rng.normal(size=(count, dimension))
        weights /= np.linalg.norm(weights, 2)
        readout = tier.rng.normal(size=count)
        readout /= np.linalg.norm(readout)
        found = bounds(kernel, _EXPONENTIAL, weights, readout)
        values = [layer_norm(kernel, _EXPONENTIAL, weights, readout), *(found[name] for name in BOUNDS)]
        orders += [a / b for a, b in pairwise(values)]
        costs.append(found["frobenius"] / found["spectral"])
        ranks.append(float(np.sum(weights**2)))
    label = r"each over the next: norm, Gram, spectral, Frobenius; Gaussian $W_1$ in $R^{27}$"
    yield bound(label, orders, upper=1 + 1e-12, why="rounding, where there is one filter")
    label = r"cost of the Frobenius norm: $(e^r-1)/(e-1)$"
    why = "79 terms of the series: r^80/80! is below 1e-30"
    yield measured_against(label, costs, [math.expm1(r) / math.expm1(1) for r in ranks], rtol=5e-12, why=why)
    label = r"cost over $r$"
    why = "rounding, at r = 1"
    yield bound(label, [cost / r for cost, r in zip(costs, ranks, strict=True)], lower=1 - 1e-12, why=why)
    # Orthonormal filters: both bounds are rounded up, for each operation on the way, two for each weight and power.
    counts, closed = (1, 3, 9, 27), math.e * math.expm1(1)
    slack = [2.0**-52 * len(_EXPONENTIAL) * (2 * count * dimension + 20) for count in counts]
    shares = []
    for count in counts:
        found = bounds(kernel, _EXPONENTIAL, np.eye(count, dimension), np.full(count, count**-0.5))
        shares.append([found["gram"] / closed, found["spectral"] / closed])
    label = r"Gram and spectral over $C^2(1)=e(e-1)$, orthonormal filters: never below"
    yield bound(label, np.array(shares), lower=1 - 1e-12, why="rounding of the closed form")
    label = "the same, without what they are rounded up by"
    yield bound(label, np.array(shares) - np.array(slack)[:, None], upper=1 + 1e-12, why="sums of 79 terms")


def _equalities(tier: Tier) -> Checks:
    """Orthogonal rows in R^3, in rational arithmetic."""
    half = Fraction(1, 2)
    cases = (
        ("(u+u^2)/2", "3u-2u^2", (0, half, half), (0, 3, -2)),
        ("(u+u^4)/2", "u^4-u", (0, half, 0, 0, half), (0, -1, 0, 0, 1)),
    )
    for kernel, sigma, b, a in cases:
        found, expected = [], []
        for count in range(1, 4):
            # Rows of length 1/2, orthogonal.
            rows = [[2, -1, 2], [2, 2, -1], [-1, 2, 2]][:count]
            filters = [[Fraction(v, 6) for v in row] for row in rows]
            readout = [Fraction(int(v)) for v in tier.rng.integers(1, 10, count)]
            found.append(rational.squared_norm(b, rational.teacher([filters], readout, a), 3, tier.rng))
            ratios = (Fraction(v) ** 2 / b[j] / 4**j for j, v in enumerate(a) if v)
            expected.append(rational.inner(readout, readout) * sum(ratios, Fraction(0)))
        label = (
            rf"orthogonal filters of length 1/2 in $R^3$, $\kappa={kernel}$, $\sigma={sigma}$: "
            r"$\|f\|^2=|w|^2C^2(1/4)$, one to three filters"
        )
        yield exact(label, found, expected, by="rational arithmetic")
    generic = rational.squared_norm(
        (0, half, half, half), rational.teacher([[[half, 0, 0]]], [1], (0, 1, 1)), 3, tier.rng
    )
    ceiling = 2 * (Fraction(1, 4) + Fraction(1, 16))
    label = r"with a second odd power, $\kappa=(u+u^2+u^3)/2$, the norm is below the bound, one filter"
    yield exact(label, generic < ceiling, by="rational arithmetic", detail=f"{generic} < {ceiling}")
