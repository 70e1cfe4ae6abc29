r"""Stability to deformations: the theorem for kernels

Bounds with every constant against measured distances; rates in the gradient, the depth and the size of the patches.
"""

import math

import numpy as np

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn import stability
from kernelspec.plots.bounds import trial_signals
from paper_checks import stability_evidence as search
from paper_checks import stability_theorems as theorems
from paper_checks.registry import Checks, Tier, bound, check, measured_against, note

JMLR = "Bietti & Mairal 2019 (JMLR)"
RELU = ks.arccos(1)
PIXELS = 32


@check(
    "C43",
    verdict="proved",
    where=rf"{JMLR}, Theorem 7, with unnamed constants and for $\kappa'(1)\leq1$; constants here",
)
def theorem(tier: Tier) -> Checks:
    r"""The stability theorem, every constant explicit

    For $\|\nabla\tau\|_\infty<1$, normalised patches, kernels $|z||z'|\kappa_j(\cos)$ with $\kappa_j(1)=1$ and
    $\Phi(x)=A_nM_nP_n\cdots M_1P_1A_0x$: $\|\Phi(L_\tau x)-\Phi(x)\|\leq(\sum_k\prod_{j\geq
    k}\rho_j\,\|[P_kA_{k-1},L_\tau]\|+\|[A_n,L_\tau]\|+\|L_\tau A_n-A_n\|)\,\|x\|$ with $\rho_j^2=\max(1,\kappa_j'(1))$,
    $\|[PA_\sigma,L_\tau]\|\leq2((1-\varepsilon)^{-d}-1)+e^{-1/2}(1-\varepsilon)^{-d/2}\varepsilon r/\sigma$ and
    $\|L_\tau A_\sigma-A_\sigma\|\leq e^{-1/2}(1-\varepsilon)^{-d/2}\|\tau\|_\infty/\sigma$,
    $\varepsilon=\|\nabla\tau\|_\infty$, $r$ the root mean square of a patch's radius. On pixels, for every array,
    $\|\Phi(L_\tau x)-\Phi(x)\|\leq\prod_k\rho_k\,\|A_0(L_\tau-1)x\|_w$.
    """
    yield from theorems.decomposition()
    yield note(
        r"The theorem is about functions on $R^d$. Fine grids stand for them: $f$ points to a pixel, patches and "
        r"filters as wide, no subsampling, circular, after a Gaussian $A_0$ of one pixel. Arrays of pixels that are "
        r"not smoothed first have no bound in $\|\nabla\tau\|$: half a pixel turns the highest frequency into another "
        r"signal."
    )
    yield from search.violations(
        tier.rng, tangent=False, lines=tier.pick(quick=5, full=20), planes=tier.pick(quick=1, full=5)
    )
    yield from search.translated_waves(tangent=False)
    yield from search.opposite_signals(tangent=False)


@check(
    "C43a",
    verdict="holds",
    where=rf"{JMLR}, Theorem 7: $C_\beta(n+1)\|\nabla\tau\|_\infty+(C/\sigma_n)\|\tau\|_\infty$",
)
def rates(tier: Tier) -> Checks:
    r"""Rates of stability: gradient, depth, patches

    Distances are of first order in $\|\nabla\tau\|$; with pooling in every layer they do not grow with the depth $n$ at
    all, where the bound has the factor $n+1$; they grow at most linearly with the size of the patches.
    """
    factor = tier.pick(quick=3, full=5)
    grid = PIXELS * factor
    batch = trial_signals(tier.rng, (grid,), unit=factor)
    shape = stability.field(grid, 0.5, 4.0 * factor, tier.rng)
    sizes = np.geomspace(1e-3, 0.1, tier.pick(quick=3, full=5)) / 0.5
    net = stability.refined(_network(2), factor)
    values = [stability.measured(net, batch, float(s) * shape, smoothing=factor).mean() for s in sizes]
    label = r"exponent of $\|\nabla\tau\|$, 0.001 to 0.1, two ReLU layers"
    why = r"the next order is $\varepsilon$ times the first, at most 0.1 at the largest of five"
    yield measured_against(label, search.slope(sizes, values), 1.0, atol=0.02, why=why)
    tau = 0.2 * shape
    depths = (1, 2, 3, 4) if tier.quick else (1, 2, 3, 4, 6, 8)
    distances, uppers = [], []
    for n in depths:
        net = stability.refined(_network(n), factor)
        distances.append(float(stability.measured(net, batch, tau, smoothing=factor).mean()))
        upper = stability.bound(net, tau, smoothing=factor, continuum=True)
        uppers.append(upper.terms["deformation and translation"])
    label = "exponent of the depth in the measured distance"
    why = "pooling between the layers takes away what differs; the bound adds up as if it did not"
    detail = ", ".join(f"{n}: {v:.3g}" for n, v in zip(depths, distances, strict=True))
    yield bound(label, search.slope(depths, distances), upper=0.0, detail=detail, why=why)
    label = r"the bound is linear in $n$: its step from 3 to 4 layers over that from 2 to 3"
    why = "equal layers add equal commutators"
    yield measured_against(label, (uppers[3] - uppers[2]) / (uppers[2] - uppers[1]), 1.0, rtol=1e-14, why=why)
    patches = (1, 2, 4, 8) if tier.quick else (1, 2, 4, 6, 8, 12)
    by_patch = []
    for p in patches:
        net = stability.refined(ckn.Network([ckn.Layer(p, RELU, ckn.gaussian(2))]), factor)
        by_patch.append(float(stability.measured(net, batch, tau, smoothing=factor).mean()))
    label = "exponent of the patch size 1 to 12 in the measured distance, one layer"
    detail = ", ".join(f"{p}: {v:.3g}" for p, v in zip(patches, by_patch, strict=True))
    yield bound(label, search.slope(patches, by_patch), upper=1.0, detail=detail)


@check("C43b", verdict="holds", where="the seminar's tables of kernels beside its stability theorem")
def outside(tier: Tier) -> Checks:
    r"""The kernels of the experiments need the factors of expansion

    The theorem assumes non-expansive layers, which the kernels of the experiments do not have (claim 37): distances
    exceed those of the signals by the whole $\prod\rho_k$, $\rho_k^2=\max(1,\kappa_k'(1))$, for small turns; for
    exponential(0.6) $\rho=1.667$ a layer, for $u^r$ $\sqrt r$. With $\prod\rho_k$ the theorem holds.
    """
    tau = stability.sinusoid(32, 1e-3, 16.0)
    u = 2 * np.pi * np.arange(32) / 32
    x = np.stack([np.cos(4 * u), np.sin(4 * u)], axis=-1)
    plain = float(np.linalg.norm(stability.warp(x, tau, "circular") - x) / np.linalg.norm(x))
    kernels = {"exponential(0.6)": 1 / 0.6, "polynomial(2)": math.sqrt(2), "polynomial(4)": 2.0}
    nets = [ckn.Network([ckn.Layer(1, ks.parse(text), border="circular")] * 2) for text in kernels]
    values = np.array([float(stability.measured(net, x, tau)) for net in nets])
    label = rf"two layers of {', '.join(kernels)}: distances over those of the signals and over $\rho^2$"
    found = values / plain / np.array(list(kernels.values())) ** 2
    why = r"turns by up to $10^{-2}$: relative errors of the order of their squares"
    yield measured_against(label, found, 1.0, rtol=1e-4, why=why, at=list(kernels))
    label = "the same over the bound with the factors"
    why = r"without the factors the bound would be below by $\rho^2\geq2$"
    yield bound(label, values / [stability.bound(net, tau).value for net in nets], upper=1.0, why=why)


def _network(layers: int) -> ckn.Network:
    """Equal ReLU layers, patches of 3 pixels and Gaussian pooling."""
    return ckn.Network([ckn.Layer(3, RELU, ckn.gaussian(1))] * layers)
