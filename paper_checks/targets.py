"""The targets of claim 62 in spherical harmonics: their eigenvalues on S^3 and the norm of f2.

A function g(w.x) with eigenvalues m_k is sum_k m_k N(d, k) P_k(w.x) (claim 6), and its squared norm
in the RKHS of kappa is sum_k N(d, k) m_k^2 / mu_k(kappa) (claim 8).
"""

import math

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from experiments import sphere_regression as figure
from kernelspec import regression, sphere
from oracle.sphere_targets import f1_eigenvalues, f2_eigenvalues_by_quadrature, f2_norm_by_quadrature
from paper_checks.registry import Array, Checks, Tier, bound, measured_against, table


def f2_eigenvalues(k: NDArray[np.int64]) -> Array:
    """Of exp(-(1-u)^{3/2}) + exp(-(1+u)^{3/2}) on S^3, for even k: twice those of one term."""
    half = ks.exponential(0.5) @ (1 - ks.defect_power(1.5) / 4)  # exp(-(1-u)^{3/2})
    return np.asarray(2 * half.spectrum(4)(k))


def f2_lies_in_the_space_of_kappa_1(tier: Tier) -> Checks:
    """Evidence: eigenvalues, their ratio to those of kappa_1, and the norm in three ways."""
    d = figure.D
    k = np.arange(0, tier.pick(quick=1000, full=4000) + 1, 2)
    m = f2_eigenvalues(k)
    low = np.array([0, 2, 4, 10, 20])
    yield measured_against(
        "eigenvalues $m_k$ of $f_2$ against quadrature with 30 digits",
        m[low // 2],
        f2_eigenvalues_by_quadrature(low),
        rtol=1e-14,
        why="the accuracy that the spectrum promises",
        at=low,
    )
    mu = ks.arccos(1).spectrum(d)(k)
    yield measured_against(
        f"$m_k/\\mu_k(\\kappa_1)$ at k = {k[-1]}: the same decay",
        m[-1] / mu[-1],
        -3 * math.pi / (2 * math.sqrt(2)),
        rtol=10.0 / float(k[-1]) ** 2,
        why="next power: relative size 1/k^2; the limit is the ratio of the coefficients of (1-u)^{3/2}",
    )
    terms = sphere.multiplicity(d, k) * m**2 / mu
    # The terms are asymptotically A k^-4, every second k: the sum beyond K is A K^-3 / 6.
    norm = float(terms.sum() + terms[-1] * k[-1] / 6)
    yield measured_against(
        f"squared norm of $f_2$, {k[-1]} degrees, against 40 degrees by other formulas",
        norm,
        f2_norm_by_quadrature(40),
        atol=1e-5,
        why="of the 40 degrees: their tail of 9e-5 is known to 4/40 of it",
    )
    yield measured_against("squared norm of $f_2$", norm, 3.42033, atol=5e-6, why="as many digits as are stated")
    pole = sphere.sample_sphere(1, d, tier.rng)[0]
    points = sphere.sample_sphere(tier.pick(quick=400, full=1500), d, tier.rng)
    gram = ks.arccos(1).gram(points)
    values = figure.f2(points @ pole)
    sizes = [n for n in (25, 100, 400, 1500) if n <= len(points)]
    norms = []
    for n in sizes:
        path = regression.ridge_path(gram[:n, :n], values[:n], 1e-12)
        norms.append(float(values[:n] @ path.coefficients[0]))
    yield table("Squared norm of the interpolant of $f_2$", ["n", "norm"], zip(sizes, norms, strict=True))
    yield bound(
        "smallest norm that interpolates $f_2$ at n points, over the norm of $f_2$",
        [value / norm for value in norms],
        upper=1.0,
        why="the interpolant of least norm; it does not know the spectrum",
    )
    yield bound(f"the same at n = {sizes[-1]}", norms[-1] / norm, lower=0.99, why="it rises to 1 with n")


def f1_lies_in_none(last: int) -> Checks:
    """Evidence: the sums of the squared norm of f1 up to K grow like a power of K."""
    k = np.arange(2 * last + 1)
    m = f1_eigenvalues(k)
    weights = sphere.multiplicity(figure.D, k) * m**2
    for power, features in ((5, True), (3, False)):
        growths = []
        for _, kernel, of_features in figure.KERNELS:
            if of_features == features:
                partial = np.cumsum(weights / kernel.spectrum(figure.D)(k))
                growths.append(math.log2(partial[2 * last] / partial[last]))
        yield measured_against(
            f"growth of the sum for $f_1$ from {last} to {2 * last}: the power of K",
            growths,
            float(power),
            atol=20.0 / last,
            why="the terms oscillate: their sums differ from the power by O(1/K)",
        )
