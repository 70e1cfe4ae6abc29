r"""Convolutional kernels

L_tau, L_tau A - A and [P A, L_tau]: constants against norms on periodic grids, closed forms and searches.
"""

import math

import numpy as np
import sympy as sp

from experiments import commutator_search as search
from kernelspec.ckn import stability
from kernelspec.ckn.stability.constants import (
    commutator_attained,
    commutator_bound,
    commutator_rate,
    displacement_bound,
    patch_radius,
)
from kernelspec.ckn.stability.norms import norm
from kernelspec.ckn.stability.operators import Grid
from kernelspec.ckn.stability.smoothing import Smoothing
from paper_checks import stability_proofs as proofs
from paper_checks.registry import *

STABILITY = "Bietti & Mairal 2019 (JMLR), stability to deformations; the slide on it"

BETAS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0)
SLOPE = math.exp(-0.5)
GRIDS = {1: (64,), 2: (20, 20)}
_RESOLVED = "the grid's norms are those of the continuum to 1e-6"


@check("C44", verdict="proved", where=STABILITY)
def commutators(tier: Tier) -> Checks:
    r"""The commutator of pooling and deformations

    For the Gaussian filter of standard deviation $\sigma$ and a continuously differentiable $\tau$ with
    $\varepsilon=\|\nabla\tau\|_\infty<1$,
    $\|[P_kA,L_\tau]\|\leq2((1-\varepsilon)^{-d}-1)+e^{-1/2}(1-\varepsilon)^{-d/2}\,\varepsilon\,r/\sigma$, where
    $r\leq\sup_{c\in S_k}|c|$ is the root mean square of $|c|$ over the patch with its normalised measure; so
    $\|[P_kA_{k-1},L_\tau]\|\leq C_\beta\|\nabla\tau\|_\infty$ for $\varepsilon\leq\frac{1}{2}$ and
    $r\leq\beta\sigma_{k-1}$.
    """
    yield from proofs.commutator()
    sigma, draws = 4.0, tier.pick(quick=3, full=12)
    for d, shape in GRIDS.items():
        grid, h = Grid(shape), Smoothing.gaussian(sigma, d)
        shares = []
        for seed in range(draws):
            grad = float(tier.rng.uniform(0.02, 0.5))
            tau = stability.field(shape, grad, float(tier.rng.uniform(5, 9)), rng=tier.rng)
            way = tier.rng.normal(size=(1, d))
            shift = way * (BETAS[seed % 6] * sigma / np.linalg.norm(way))
            for offsets in (shift, tier.rng.uniform(-8.0, 8.0, (5, d))):
                found = norm(grid.commutator(tau, sigma, offsets), rtol=1e-3).value
                shares.append(found / commutator_bound(grad, h, patch_radius(offsets)))
        label = rf"$\|[PA,L_\tau]\|$ over its bound, {draws} random fields, patches of 1 and 5 positions, d = {d}"
        yield bound(label, shares, upper=1.0, why=_RESOLVED)
        # Random fields stay far below: dilations and fast oscillations, in closed form, do not.
        pairs = [(eps, beta) for eps in (0.01, 0.1, 0.5, 0.9) for beta in (0.0, 1.0, 8.0, 64.0)]
        attained = np.array([commutator_attained(eps, d, beta) for eps, beta in pairs])
        largest = [commutator_bound(eps, Smoothing.gaussian(1.0, d), beta) for eps, beta in pairs]
        label = (
            rf"norms of dilations and of fast oscillations over the bound, $\varepsilon$ from 0.01 to 0.9, "
            rf"$\beta$ from 0 to 64, d = {d}"
        )
        yield bound(label, attained / largest, upper=1.0, why="closed forms, maxima found to 1e-9")
    # The second step of the proof: rows and columns of the kernel of [A, L_tau], by quadrature.
    for grad in (0.1, 0.5):
        sums = [
            search.schur(grad, k, at)
            for k in (0.02, 0.3, 1.0, 3.0, 10.0)
            for at in np.linspace(0, 2 * math.pi / k, tier.pick(quick=3, full=9))
        ]
        label = (
            rf"Rows and columns of the kernel of $[A,L_\tau]$ over $2((1-\varepsilon)^{{-1}}-1)$, "
            rf"$\varepsilon={grad:g}$, sinusoids, d = 1"
        )
        yield bound(label, np.array(sums) / (2 * (1 / (1 - grad) - 1)), upper=1.0, why="quadrature to 1e-6")
    # Both halves of it where they are tight: a column for the widest dilation that the step is used for.
    shares = [
        search.dilated_column(eps, d) / commutator_bound(eps, Smoothing.gaussian(1.0, d))
        for d, eps in ((1, 0.6), (2, 0.38))
    ]
    label = (
        r"A column of the kernel of $[A,L_\tau]$ for dilations, $\varepsilon=0.6$, d = 1, and 0.38, d = 2, over the "
        r"bound without a patch, $2((1-\varepsilon)^{-d}-1)$"
    )
    why = "more than half of it, and never more than all of it: the closed form"
    yield bound(label, shares, lower=0.54, upper=1.0, why=why)


@check(
    "C44a",
    verdict="holds",
    where=rf"{STABILITY}: $O(\beta^3)$ for images; the paper: $\beta^{{d+1}}$. The growth: here",
)
def growth(tier: Tier) -> Checks:
    r"""Growth of the commutator's constant with the patch

    With $C_\beta$ the supremum of $\|[T_cA,L_\tau]\|/\|\nabla\tau\|_\infty$ over $\|\nabla\tau\|_\infty\leq\frac12$,
    $|c|=\beta\sigma$: $C_\beta/\beta\to e^{-1/2}$ as $\beta\to\infty$, in every dimension. Small deformations have a
    supremum between $\max(\sqrt{d},\,\sup_r r\sqrt{r^2+\beta^2}e^{-r^2/2})$ and $2d+e^{-1/2}\beta$. The order
    $\beta^{d+1}$ of the sources is true as an upper bound; the growth is linear.
    """
    # The error is c k + O(k^2): twice the value at 0.01 less the one at 0.02.
    limits = [2 * search.first_order(beta, 0.01) - search.first_order(beta, 0.02) for beta in BETAS]
    label = (
        r"$\|[T_cA,\tau\cdot\nabla]\|$ for sinusoids $\tau$ of long waves, extrapolated, against "
        r"$\sup_r r\sqrt{r^2+\beta^2}\,e^{-r^2/2}$"
    )
    why = "wave numbers 0.02 and 0.01: what is left is of order (0.02 β)^2 / 50"
    yield measured_against(label, limits, [search.symbol(beta) for beta in BETAS], rtol=3e-3, why=why, at=BETAS)
    for d in (1, 2):
        label = rf"$C_\beta/\beta$ for small deformations at $\beta=10^4$, both bounds, d = {d}"
        why = r"$2d/\beta$"
        yield bound(label, np.array(commutator_rate(d, 1e4)) / 1e4, lower=SLOPE, upper=SLOPE * (1 + 1e-3), why=why)


@check("C45", verdict="proved", where=STABILITY)
def displacements(tier: Tier) -> Checks:
    r"""Deformations of what is pooled

    $\|L_\tau A_\sigma-A_\sigma\|\leq(C_2/\sigma)\|\tau\|_\infty$ with
    $C_2=e^{-1/2}\int_0^1(1-s\|\nabla\tau\|_\infty)^{-d/2}ds$: for $\|\nabla\tau\|_\infty\leq\frac12$ at most 0.711
    ($d=1$) and 0.841 ($d=2$), where $2^d\|\nabla h\|_1$ is 1.596 and 5.013.
    """
    yield from proofs.displacement()
    sigma, draws = 4.0, tier.pick(quick=4, full=16)
    for d, shape in GRIDS.items():
        grid, shares = Grid(shape), []
        pooled = grid.gaussian(sigma)
        for _ in range(draws):
            tau = stability.field(shape, 0.5, float(tier.rng.uniform(5, 9)), rng=tier.rng)
            tau = float(tier.rng.choice([1.0, 0.3, 0.03])) * tau
            found = norm(grid.deformation(tau) @ pooled - pooled, rtol=1e-3).value
            shares.append(found / displacement_bound(tau.sup, tau.grad_sup, Smoothing.gaussian(sigma, d)))
        yield bound(
            rf"$\|L_\tau A-A\|$ over its bound, {draws} random fields, d = {d}", shares, upper=1.0, why=_RESOLVED
        )


@check("C45a", verdict="proved", where=STABILITY)
def small_displacements(tier: Tier) -> Checks:
    r"""The sharp constant of small displacements

    $\sup_\tau\|L_\tau A_\sigma-A_\sigma\|\,\sigma/\|\tau\|_\infty\to e^{-1/2}$ as $\|\tau\|_\infty/\sigma\to0$, over
    all $\tau$ with $\|\nabla\tau\|_\infty\leq\varepsilon$, whatever $\varepsilon<1$ and $d$. Translations:
    $\sup_w|e^{iwc}-1|\,e^{-\sigma^2w^2/2}$ exactly.
    """
    yield from proofs.small_displacement()
    t, cases = 1e-4, [(eps, d) for d in (1, 2, 3) for eps in (0.0, 0.5, 0.9)]
    label = r"The upper bound over $\|\tau\|_\infty/\sigma=10^{-4}$"
    found = [displacement_bound(t, eps, Smoothing.gaussian(1.0, d)) / t for eps, d in cases]
    why = "of first order in the displacement, with a constant below 10"
    yield measured_against(label, found, SLOPE, rtol=1e-3, why=why, at=[f"d = {d}, eps = {eps:g}" for eps, d in cases])


@check("C46", verdict="proved", where=STABILITY)
def deformations(tier: Tier) -> Checks:
    r"""The norm of a deformation

    For a continuously differentiable $\tau$ with $\|\nabla\tau\|_\infty<1$:
    $\|L_\tau\|=(\inf\det(I-\nabla\tau))^{-1/2}\leq(1-\|\nabla\tau\|_\infty)^{-d/2}$, so $\|L_\tau x\|\leq2^{d/2}\|x\|$
    for $\|\nabla\tau\|_\infty\leq\frac12$; dilations attain it.
    """
    yield from proofs.deformation()
    for d, shape in ((1, (64,)), (2, (32, 32))):
        attained = []
        for _ in range(tier.pick(quick=2, full=6)):
            tau = stability.field(shape, 0.5, 8.0, rng=tier.rng)
            axes = [np.linspace(0, n, 8 * n, endpoint=False) for n in shape]
            points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, d)
            determinants = np.linalg.det(np.eye(d) - tau.jacobian(points))
            # A bump at gamma of the least determinant, 1/50 of a wave wide: |L x|^2 / |x|^2 by quadrature.
            place = points[determinants.argmin()]
            width = 0.05
            offsets = np.stack(np.meshgrid(*([np.linspace(-16, 16, 161) * width] * d), indexing="ij"), axis=-1)
            here = place + offsets
            centre = place - tau(place)
            bump = np.exp(-(((here - tau(here) - centre) / width) ** 2).sum(axis=-1))
            area = bump.sum() * 0.2**d
            attained.append(math.sqrt(area / math.pi ** (d / 2)) / float(determinants.min()) ** -0.5)
        label = rf"$\|L_\tau x\|/\|x\|$ over $(\min\det)^{{-1/2}}$ for narrow bumps x, d = {d}"
        why = "the determinant varies by (width / wavelength)^2 over the bump"
        yield measured_against(label, attained, 1.0, rtol=1e-3, why=why)


@check(
    "C47",
    verdict="proved",
    where=f"{STABILITY}: the number of layers, and small patches as advice. The minimiser: here",
)
def depth(tier: Tier) -> Checks:
    r"""The depth that a constant of order $\beta^{d+1}$ asks for

    $\beta^{d+1}(1+\log(\sigma_n/\sigma_0)/\log\beta)$ is least at $\beta=e^{1/(d+1)}$ (1.396 for images) in its leading
    term, with $n=\log(\sigma_n/\sigma_0)/\log\beta$ layers.
    """
    beta, d = sp.symbols("beta d", positive=True)
    term = beta ** (d + 1) / sp.log(beta)
    place = sp.exp(1 / (d + 1))
    first = sp.simplify(sp.diff(term, beta).subs(beta, place))
    yield step(
        "one minimum",
        r"The leading term, for $\sigma_n/\sigma_0\to\infty$, is $\log(\sigma_n/\sigma_0)$ times "
        r"$\beta^{d+1}/\log\beta$, $\beta>1$. Its slope is negative before $e^{1/(d+1)}$ and positive after it.",
    )
    yield vanish(r"the derivative of $\beta^{d+1}/\log\beta$ at $e^{1/(d+1)}$", first)
    factor = sp.simplify(sp.diff(term, beta) * sp.log(beta) ** 2 / beta**d)
    label = r"it is $\beta^d((d+1)\log\beta-1)/\log^2\beta$: negative before, positive after"
    yield exact(label, sp.expand(factor), sp.expand((d + 1) * sp.log(beta) - 1), by="sympy")
    yield conclusion(
        r"For every $d$; $e^{1/3}=1.3956\ldots$ for images. The number of layers is that of "
        r"$\sigma_k=\beta\sigma_{k-1}$."
    )


@check("C47a", verdict="holds", where=f"{STABILITY}: small patches, as advice. The minimisers: here")
def patches(tier: Tier) -> Checks:
    r"""The depth that the commutators ask for

    The bound $C_\beta(1+\log(\sigma_n/\sigma_0)/\log\beta)$ with the proved $C_\beta\leq2d+e^{-1/2}\beta$ is least, in
    its leading term, where $\beta(\log\beta-1)=2d\,e^{1/2}$: $\beta=5.15$ on a line, 6.99 for images; with the lower
    bound of $C_\beta$ in its place, at 3.06. The $\beta=e^{1/(d+1)}$ of claim 47 comes from the order $\beta^{d+1}$;
    for images and in the leading term it is not the best, whatever the true $C_\beta$ is.
    """
    from scipy.optimize import brentq

    betas = np.geomspace(1.001, 100, 400_001)
    uppers = [(2 * d + SLOPE * betas) / np.log(betas) for d in (1, 2)]
    roots = [brentq(lambda b, d=d: b * (math.log(b) - 1) - 2 * d / SLOPE, 2, 50) for d in (1, 2)]
    label = r"Minimiser of $(2d+e^{-1/2}\beta)/\log\beta$, d = 1, 2"
    why = "a search with relative steps of 1.2e-5"
    yield measured_against(label, [betas[np.argmin(upper)] for upper in uppers], roots, rtol=2e-5, why=why)
    yield measured_against("the roots in the statement", roots, [5.15, 6.99], atol=0.005, why="three digits")
    few = betas[::200]
    lowers = [[commutator_rate(d, beta)[0] for beta in few] / np.log(few) for d in (1, 2)]
    label = "Minimiser with the lower bound, d = 1, 2"
    why = "three digits, and steps of 0.007"
    yield measured_against(label, [few[np.argmin(lower)] for lower in lowers], 3.06, atol=0.01, why=why)
    label = r"For images the least $C_\beta/\log\beta$ possible at $e^{1/3}$ over the largest possible at 6.99"
    why = "the lower bound there, the upper bound here"
    yield bound(label, commutator_rate(2, math.exp(1 / 3))[0] * 3 / float(uppers[1].min()), lower=1.0, why=why)


@check("L13", verdict="holds", where="a question beyond the papers")
def sharp_growth(tier: Tier) -> Checks:
    r"""The sharp growth of the commutator, and the sharp constant of displacements

    In $d=1$ and in $d=2$ the commutator's constant has the slope $e^{-1/2}$ in $\beta$, and $C_2=e^{-1/2}$ for small
    displacements (claim 45). At $\beta=0$ and for small deformations it lies between $\sqrt{d}$ and $2d$.
    """
    for d, sigma, length in ((1, 4.0, 1024), (2, 2.0, tier.pick(quick=320, full=512))):
        found = [search.plane_waves(beta, 0.02, d, (1,), sigma, length) for beta in (4.0, 8.0)]
        yield bound(
            rf"One wave over {length / sigma:g} standard deviations: the norm over the upper bound, d = {d}",
            np.array(found) / [commutator_bound(0.02, Smoothing.gaussian(1.0, d), b) / 0.02 for b in (4.0, 8.0)],
            upper=1.0,
            why=_RESOLVED,
        )
        label = rf"the same, from $\beta=4$ to 8: the slope, d = {d}, against $e^{{-1/2}}$"
        why = r"the lower bound has 0.597, and over 160 to 256 standard deviations the wave bends, by some 2 %"
        yield measured_against(label, (found[1] - found[0]) / 4, SLOPE, rtol=0.05, why=why)
    eps = 0.3
    yield measured_against(
        r"Nothing pooled apart: $\|[A,L_\tau]\|/\varepsilon$ for fast sinusoids along both axes, d = 2, against "
        r"$((1-\varepsilon^2)^{-1}-1)^{1/2}/\varepsilon$",
        search.both_axes(0.0, eps, 48, 8.0, 24.0),
        math.sqrt((1 - eps**2) ** -1 - 1) / eps,
        rtol=1e-3,
        why="8 pixels a wave",
        detail=r"square waves have $((1-\varepsilon^2)^{-d}-1)^{1/2}/\varepsilon\to\sqrt d$",
    )
    # One start in twelve is caught at a poor maximum; three or four are not.
    yield bound(
        r"A local search over all fields, $\beta=0$, d = 1, small deformations",
        max(search.ascent(0.0, tier.rng) for _ in range(tier.pick(quick=3, full=4))),
        lower=0.6,
        upper=1.0,
        why="it finds dilations (0.736 on the whole line), and nothing above fast oscillations, 1",
    )
