r"""Convolutional kernels

L_tau, L_tau A - A and the commutators [P A, L_tau]: proved constants against operator norms on periodic grids, against
closed forms on R^d, and against searches over deformations. Lengths are in units of the filter's standard deviation.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from experiments import commutator_search as search
from kernelspec.ckn import stability
from kernelspec.ckn.stability.constants import (
    commutator_attained,
    commutator_bound,
    commutator_rate,
    deformation_norm,
    displacement_bound,
    patch_radius,
)
from kernelspec.ckn.stability.norms import norm
from kernelspec.ckn.stability.operators import Grid
from kernelspec.ckn.stability.smoothing import Smoothing
from paper_checks import stability_proofs as proofs
from paper_checks.registry import Checks, Tier, bound, check, conclusion, exact, measured_against, note, step, table

Array = NDArray[np.float64]

STABILITY = "Bietti & Mairal 2019 (JMLR), stability to deformations; the slide on it"

BETAS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0)
SLOPE = math.exp(-0.5)
GRIDS = {1: (64,), 2: (20, 20)}
_RESOLVED = "the grid's norms are those of the continuum to 1e-6"


@check(
    "C44",
    title="The commutator of pooling and deformations",
    statement=r"For the Gaussian filter of standard deviation $\sigma$ and a continuously differentiable $\tau$ with "
    r"$\varepsilon=\|\nabla\tau\|_\infty<1$, "
    r"$\|[P_kA,L_\tau]\|\leq2((1-\varepsilon)^{-d}-1)+e^{-1/2}(1-\varepsilon)^{-d/2}\,\varepsilon\,r/\sigma$, "
    r"where $r\leq\sup_{c\in S_k}|c|$ is the root mean square of $|c|$ over the patch with its normalised measure; "
    r"so $\|[P_kA_{k-1},L_\tau]\|\leq C_\beta\|\nabla\tau\|_\infty$ for $\varepsilon\leq\frac{1}{2}$ and "
    r"$r\leq\beta\sigma_{k-1}$.",
    where=STABILITY,
    verdict="proved",
)
def commutators(tier: Tier) -> Checks:
    """The proof; the bound, its two steps and its patches against norms on grids."""
    yield from proofs.commutator()
    sigma, draws = 4.0, tier.pick(quick=3, full=12)
    for d, shape in GRIDS.items():
        grid, h = Grid(shape), Smoothing.gaussian(sigma, d)
        shares, patched = [], []
        for seed in range(draws):
            grad = float(tier.rng.uniform(0.02, 0.5))
            tau = stability.field(shape, grad, float(tier.rng.uniform(5, 9)), rng=tier.rng)
            way = tier.rng.normal(size=(1, d))
            c = way * (BETAS[seed % 6] * sigma / np.linalg.norm(way))
            found = norm(grid.commutator(tau, sigma, c), rtol=1e-3).value
            shares.append(found / commutator_bound(grad, h, float(np.linalg.norm(c))))
            offsets = tier.rng.uniform(-8.0, 8.0, (5, d))
            weights = tier.rng.uniform(0, 1, 5)
            found = norm(grid.commutator(tau, sigma, offsets), rtol=1e-3).value
            patched.append(found / commutator_bound(grad, h, patch_radius(offsets)))
            weighted = grid.patches(offsets, weights) @ grid.gaussian(sigma)
            moved = grid.deformation(tau)
            operator = weighted @ moved - grid.deformation(tau, 5) @ weighted
            found = norm(operator, rtol=1e-3).value
            patched.append(found / commutator_bound(grad, h, patch_radius(offsets, weights)))
        yield bound(
            rf"$\|[T_cA,L_\tau]\|$ over its bound, {draws} random fields, d = {d}", shares, upper=1.0, why=_RESOLVED
        )
        yield bound(
            rf"$\|[PA,L_\tau]\|$ over its bound, patches of 5 positions, d = {d}", patched, upper=1.0, why=_RESOLVED
        )
        # Random fields stay far below: dilations and fast oscillations, in closed form, do not.
        pairs = [(eps, beta) for eps in (0.01, 0.1, 0.5, 0.9) for beta in (0.0, 1.0, 8.0, 64.0)]
        attained = np.array([commutator_attained(eps, d, beta) for eps, beta in pairs])
        largest = [commutator_bound(eps, Smoothing.gaussian(1.0, d), beta) for eps, beta in pairs]
        yield bound(
            rf"norms of dilations and of fast oscillations over the bound, $\varepsilon$ from 0.01 to 0.9, "
            rf"$\beta$ from 0 to 64, d = {d}",
            attained / largest,
            upper=1.0,
            why="closed forms, maxima found to 1e-9",
        )
    # The second step of the proof: rows and columns of the kernel of [A, L_tau], by quadrature.
    for grad in (0.1, 0.5):
        sums = [
            search.schur(grad, k, at)
            for k in (0.02, 0.3, 1.0, 3.0, 10.0)
            for at in np.linspace(0, 2 * math.pi / k, tier.pick(quick=3, full=9))
        ]
        yield bound(
            rf"Rows and columns of the kernel of $[A,L_\tau]$ over $2((1-\varepsilon)^{{-1}}-1)$, "
            rf"$\varepsilon={grad:g}$, sinusoids, d = 1",
            np.array(sums) / (2 * (1 / (1 - grad) - 1)),
            upper=1.0,
            why="quadrature to 1e-6",
        )
    # Both halves of it where they are tight: a column for the widest dilation that the step is used for.
    shares = [
        search.dilated_column(eps, d) / commutator_bound(eps, Smoothing.gaussian(1.0, d))
        for d, eps in ((1, 0.6), (2, 0.38))
    ]
    yield bound(
        r"A column of the kernel of $[A,L_\tau]$ for dilations, $\varepsilon=0.6$, d = 1, and 0.38, d = 2, over the "
        r"bound without a patch, $2((1-\varepsilon)^{-d}-1)$",
        shares,
        lower=0.54,
        upper=1.0,
        why="more than half of it, and never more than all of it: the closed form",
        detail=", ".join(f"{share:.3f}" for share in shares),
    )
    # Plain sums: |S|^{1/2} times the normalised bound, and the norm with it.
    tau = stability.field(64, 0.3, 6.0, rng=tier.rng)
    grid, three = Grid((64,)), [-4.0, 0.0, 4.0]
    plain = grid.patches(three, normalized=False) @ grid.gaussian(sigma)
    operator = plain @ grid.deformation(tau) - grid.deformation(tau, 3) @ plain
    yield measured_against(
        r"$\|[PA,L_\tau]\|$ with the plain sum over three positions, against $3^{1/2}$ times the normalised one",
        norm(operator).value,
        math.sqrt(3) * norm(grid.commutator(tau, sigma, three)).value,
        rtol=1e-12,
        why="both norms by the same steps; the sums differ by rounding",
    )


@check(
    "C44a",
    title="Growth of the commutator's constant with the patch",
    statement=r"With $C_\beta$ the supremum of $\|[T_cA,L_\tau]\|/\|\nabla\tau\|_\infty$ over "
    r"$\|\nabla\tau\|_\infty\leq\frac12$, $|c|=\beta\sigma$: $C_\beta/\beta\to e^{-1/2}$ as $\beta\to\infty$, in every "
    r"dimension. Small deformations have a supremum between "
    r"$\max(\sqrt{d},\,\sup_r r\sqrt{r^2+\beta^2}e^{-r^2/2})$ and $2d+e^{-1/2}\beta$. The order "
    r"$\beta^{d+1}$ of the sources is true as an upper bound; the growth is linear.",
    where=rf"{STABILITY}: $O(\beta^3)$ for images; the paper: $\beta^{{d+1}}$. The growth: here",
    verdict="holds",
)
def growth(tier: Tier) -> Checks:
    """Lower and upper bounds, measured suprema, and their slopes in log-log scales."""
    ks = (0.04, 0.02, 0.01)
    measured, limits = [], []
    for beta in BETAS:
        values = [search.first_order(beta, k) for k in ks]
        measured.append(values[-1])
        # The error is c k + O(k^2): twice the last less the one before.
        limits.append(2 * values[2] - values[1])
    yield measured_against(
        r"$\|[T_cA,\tau\cdot\nabla]\|$ for sinusoids $\tau$ of long waves, extrapolated, against "
        r"$\sup_r r\sqrt{r^2+\beta^2}\,e^{-r^2/2}$",
        limits,
        [search.symbol(beta) for beta in BETAS],
        rtol=3e-3,
        why="wave numbers 0.02 and 0.01: what is left is of order (0.02 β)^2 / 50",
        at=BETAS,
    )
    for d in (1, 2):
        rates = np.array([commutator_rate(d, beta) for beta in BETAS])
        yield measured_against(
            f"The closed form of the lower bound, d = {d}",
            rates[:, 0],
            [max(math.sqrt(d), search.symbol(beta)) for beta in BETAS],
            rtol=1e-8,
            why="a maximum by brute force at a spacing of 1e-4",
            at=BETAS,
        )
    starts = tier.pick(quick=3, full=6)
    climbed = []
    for beta in BETAS[:4]:
        best = max(search.ascent(beta, tier.rng) for _ in range(starts))
        climbed.append(best)
        yield bound(
            rf"A local search over all fields on a line, $\beta={beta:g}$: the norm over the lower bound",
            best / commutator_rate(1, beta)[0],
            upper=1.0,
            lower=0.6,
            why="no field was found above the two families; on 32 standard deviations, dilations fall short",
        )
    far = 16.0
    for d, sigma, length in ((1, 4.0, 512), (2, 2.5, 256)):
        waves = (1,) if tier.quick else (1, 2, 4)
        wide = [search.plane_waves(beta, 0.05, d, waves, sigma, length) for beta in (4.0, far)]
        slope = math.log(wide[1] / wide[0]) / math.log(far / 4)
        yield measured_against(
            rf"Measured growth from $\beta=4$ to 16, d = {d}: the power of $\beta$",
            slope,
            math.log(search.symbol(far) / search.symbol(4)) / math.log(far / 4),
            atol=0.06,
            why="fields of 100 standard deviations, which c = 16 crosses a sixth of",
        )
        yield bound(
            rf"$C_\beta/\beta$ for small deformations at $\beta=10^4$, both bounds, d = {d}",
            np.array(commutator_rate(d, 1e4)) / 1e4,
            lower=SLOPE,
            upper=SLOPE * (1 + 1e-3),
            why=r"$2d/\beta$",
        )
        # All deformations: the bound of each eps <= 1/2, itself at most 2 (1 - eps)^{-d/2}.
        wider = 1e6
        allowed = [
            commutator_bound(eps, Smoothing.gaussian(1.0, d), wider) / eps / wider
            for eps in np.geomspace(1e-9, 0.5, 2000)
        ]
        yield measured_against(
            rf"The largest bound of $\|[T_cA,L_\tau]\|/(\beta\varepsilon)$ over $\varepsilon\leq\frac12$ at "
            rf"$\beta=10^6$, d = {d}: that of small deformations",
            max(allowed),
            SLOPE,
            rtol=1e-4,
            why=r"$2d/\beta$, and $\varepsilon\leq4/\beta$ where the bound is not $2(1-\varepsilon)^{-d/2}$",
        )
    rows = []
    for place, beta in enumerate(BETAS):
        attained = [commutator_attained(grad, 1, beta) / grad for grad in (0.1, 0.5)]
        rows.append([beta, measured[place], *commutator_rate(1, beta), *attained])
    yield table(
        r"Constants on a line ($d=1$)",
        [r"$\beta$", "small sinusoids", "lower, small", "upper, small", "attained, 0.1", "attained, 0.5"],
        rows,
    )
    yield note(
        r"For a fixed $\varepsilon$ the quotient does not grow for ever: it is at most "
        r"$2(1-\varepsilon)^{-d/2}/\varepsilon$. At $\varepsilon=\frac12$ it has saturated at $\beta=16$."
    )


@check(
    "C45",
    title="Deformations of what is pooled",
    statement=r"$\|L_\tau A_\sigma-A_\sigma\|\leq(C_2/\sigma)\|\tau\|_\infty$ with "
    r"$C_2=e^{-1/2}\int_0^1(1-s\|\nabla\tau\|_\infty)^{-d/2}ds$: for $\|\nabla\tau\|_\infty\leq\frac12$ at most 0.711 "
    r"($d=1$) and 0.841 ($d=2$), where $2^d\|\nabla h\|_1$ is 1.596 and 5.013.",
    where=STABILITY,
    verdict="proved",
)
def displacements(tier: Tier) -> Checks:
    """The proof; the bounds against norms on grids, and the constants against quadrature."""
    yield from proofs.displacement()
    sigma, draws = 4.0, tier.pick(quick=4, full=16)
    rows = []
    for d, shape in GRIDS.items():
        grid, h = Grid(shape), Smoothing.gaussian(sigma, d)
        pooled, shares, ratios = grid.gaussian(sigma), [], []
        for _ in range(draws):
            tau = stability.field(shape, 0.5, float(tier.rng.uniform(5, 9)), rng=tier.rng)
            tau = float(tier.rng.choice([1.0, 0.3, 0.03])) * tau
            found = norm(grid.deformation(tau) @ pooled - pooled, rtol=1e-3).value
            shares.append(found / displacement_bound(tau.sup, tau.grad_sup, h))
            ratios.append(found * sigma / tau.sup)
        yield bound(
            rf"$\|L_\tau A-A\|$ over its bound, {draws} random fields, d = {d}", shares, upper=1.0, why=_RESOLVED
        )
        # |grad h|_1 by quadrature over the radius; Schur's test has the factor 2^{d/2} in place of 2^d.
        r = (np.arange(200_000) + 0.5) * 1e-4
        weight = r ** (d - 1) * np.exp(-(r**2) / 2)
        total = float((r * weight).sum() / weight.sum())
        yield measured_against(
            rf"$\|\nabla h\|_1$ against $\sqrt{{2}}\,\Gamma((d+1)/2)/\Gamma(d/2)$, d = {d}",
            total,
            math.sqrt(2) * math.gamma((d + 1) / 2) / math.gamma(d / 2),
            rtol=5e-9,
            why="the midpoint rule with steps of 1e-4",
        )
        mean = displacement_bound(1e-3, 0.5, h) / displacement_bound(1e-3, 0.0, h)
        largest = SLOPE * _mean(0.5, d)
        yield bound(
            rf"$C_2$ for $\|\nabla\tau\|_\infty\leq\frac12$ over $2^{{d/2}}\|\nabla h\|_1$, d = {d}",
            largest / (2 ** (d / 2) * total),
            upper=1.0,
            why="ours, Schur's test, the recalled one: in this order",
        )
        rows.append([d, max(ratios), SLOPE, largest, 2 ** (d / 2) * total, 2**d * total])
        yield bound(
            rf"What $\|\nabla\tau\|_\infty=\frac12$ adds to the bound for $\|\tau\|_\infty=\sigma/4000$, d = {d}",
            mean,
            lower=1.0,
            upper=1.001,
            why="the second bound: of second order in the displacement",
        )
    yield table(
        r"$\|L_\tau A-A\|\,\sigma/\|\tau\|_\infty$",
        ["d", "measured", "sharp for small", "proved", "Schur", "recalled"],
        rows,
    )


def _mean(eps: float, d: int) -> float:
    """The mean of (1 - s eps)^{-d/2} over 0 <= s <= 1, by the midpoint rule."""
    s = (np.arange(100_000) + 0.5) / 100_000
    return float(np.mean((1 - s * eps) ** (-d / 2)))


@check(
    "C45a",
    title="The sharp constant of small displacements",
    statement=r"$\sup_\tau\|L_\tau A_\sigma-A_\sigma\|\,\sigma/\|\tau\|_\infty\to e^{-1/2}$ as "
    r"$\|\tau\|_\infty/\sigma\to0$, over all $\tau$ with $\|\nabla\tau\|_\infty\leq\varepsilon$, whatever "
    r"$\varepsilon<1$ and $d$. Translations: $\sup_w|e^{iwc}-1|\,e^{-\sigma^2w^2/2}$ exactly.",
    where=STABILITY,
    verdict="proved",
)
def small_displacements(tier: Tier) -> Checks:
    """The proof; translations on grids, in closed form and in the limit; upper bounds in the limit."""
    yield from proofs.small_displacement()
    sizes = np.array([0.01, 0.1, 0.5, 1.0, 2.0, 4.0])
    w = np.linspace(0, 6, tier.pick(quick=6001, full=60_001))
    exactly = [(2 * np.abs(np.sin(w * c / 2)) * np.exp(-(w**2) / 2)).max() for c in sizes]
    for d, shape, sigma in ((1, (1024,), 8.0), (2, (320, 8), 2.0)):
        grid = Grid(shape)
        pooled = grid.gaussian(sigma)
        found = []
        for c in sizes:
            shift = np.zeros(d)
            shift[0] = -c * sigma
            found.append(norm(grid.translation(shift) @ pooled - pooled, rtol=1e-5).value)
        yield measured_against(
            rf"$\|T_cA-A\|$ on a grid against the closed form, d = {d}",
            found,
            exactly,
            rtol=2e-3,
            why="128 or 160 standard deviations: frequencies 0.05 apart miss a maximum by 0.025^2 (2 + c^2/4) / 2",
            at=sizes,
        )
    for d in (1, 2, 3):
        for eps in (0.0, 0.5, 0.9):
            t = 1e-4
            yield measured_against(
                rf"The upper bound over $\|\tau\|_\infty/\sigma=10^{{-4}}$, $\varepsilon={eps:g}$, d = {d}",
                displacement_bound(t, eps, Smoothing.gaussian(1.0, d)) / t,
                SLOPE,
                rtol=1e-3,
                why="of first order in the displacement, with a constant below 10",
            )
    yield measured_against(
        r"Translations by $10^{-2}\sigma$ over their length",
        exactly[0] / sizes[0],
        SLOPE,
        rtol=1e-5,
        why=r"$|c|^2/(24\sigma^2)$ and the spacing in $w$",
    )
    # Deformations that are long and small come near to it; nothing was found above it for larger ones either.
    ratios = []
    for length, eps in ((512, 0.01), (512, 0.03), (512, 0.1), (64, 0.1), (64, 0.5), (16, 0.5)):
        n = max(length, 64)
        grid, tau = Grid((n,)), stability.sinusoid(n, eps, length)
        pooled = grid.gaussian(4.0)
        moved = norm(grid.deformation(tau) @ pooled - pooled, rtol=1e-3).value
        ratios.append(moved * 4 / tau.sup)
    yield bound(
        r"$\|L_\tau A-A\|\,\sigma/\|\tau\|_\infty$, six sinusoids of 4 to 128 standard deviations",
        ratios,
        upper=SLOPE,
        why="the constant itself: whether large displacements ever need a larger one is not known",
    )
    yield bound(
        r"the same, 128 standard deviations and $\|\nabla\tau\|_\infty=0.01$",
        ratios[0],
        lower=0.95 * SLOPE,
        why="nearly attained by a deformation that is no translation",
    )


@check(
    "C46",
    title="The norm of a deformation",
    statement=r"For a continuously differentiable $\tau$ with $\|\nabla\tau\|_\infty<1$: "
    r"$\|L_\tau\|=(\inf\det(I-\nabla\tau))^{-1/2}\leq(1-\|\nabla\tau\|_\infty)^{-d/2}$, "
    r"so $\|L_\tau x\|\leq2^{d/2}\|x\|$ for $\|\nabla\tau\|_\infty\leq\frac12$; dilations attain it.",
    where=STABILITY,
    verdict="proved",
)
def deformations(tier: Tier) -> Checks:
    """The proof; determinants of random fields; narrow bumps where the determinant is least; dilations."""
    yield from proofs.deformation()
    for d, shape in ((1, (64,)), (2, (32, 32))):
        shares, attained = [], []
        for _ in range(tier.pick(quick=2, full=6)):
            tau = stability.field(shape, 0.5, 8.0, rng=tier.rng)
            axes = [np.linspace(0, n, 8 * n, endpoint=False) for n in shape]
            points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, d)
            determinants = np.linalg.det(np.eye(d) - tau.jacobian(points))
            shares.append(determinants.min() ** -0.5 / deformation_norm(0.5, d))
            # A bump at gamma of the least determinant, 1/50 of a wave wide: |L x|^2 / |x|^2 by quadrature.
            place = points[determinants.argmin()]
            width = 0.05
            offsets = np.stack(np.meshgrid(*([np.linspace(-16, 16, 161) * width] * d), indexing="ij"), axis=-1)
            here = place + offsets
            centre = place - tau(place)
            bump = np.exp(-(((here - tau(here) - centre) / width) ** 2).sum(axis=-1))
            area = bump.sum() * 0.2**d
            attained.append(math.sqrt(area / math.pi ** (d / 2)) / float(determinants.min()) ** -0.5)
        yield bound(
            rf"$(\min\det(I-\nabla\tau))^{{-1/2}}$ over the bound, random fields, d = {d}",
            shares,
            upper=1 + 1e-8,
            why="suprema of fields are found to 1e-9",
        )
        yield measured_against(
            rf"$\|L_\tau x\|/\|x\|$ over $(\min\det)^{{-1/2}}$ for narrow bumps x, d = {d}",
            attained,
            1.0,
            rtol=1e-3,
            why="the determinant varies by (width / wavelength)^2 over the bump",
        )
    for d in (1, 2, 3):
        eps = np.array([0.1, 0.5, 0.9])
        t = np.linspace(-120, 120, 240_001)
        one = [float(np.exp(-(((1 - e) * t) ** 2)).sum() * 1e-3 / math.sqrt(math.pi)) for e in eps]
        yield measured_against(
            rf"Dilations of a Gaussian bump against $(1-\varepsilon)^{{-d/2}}$, d = {d}",
            np.array(one) ** (d / 2),
            [deformation_norm(e, d) for e in eps],
            rtol=5e-15,
            why="the trapezoidal rule is exact to rounding",
            at=eps,
        )
    grid, tau = Grid((256,)), stability.sinusoid(256, 0.5, 256)
    yield bound(
        r"$\|L_\tau A\|$ on a grid, one wave of $\varepsilon=\frac12$ over 128 standard deviations",
        norm(grid.deformation(tau) @ grid.gaussian(2.0), rtol=1e-3).value,
        lower=0.9 * math.sqrt(2),
        upper=math.sqrt(2),
        why="nearly attained where the wave is straight",
    )


@check(
    "C47",
    title=r"The depth that a constant of order $\beta^{d+1}$ asks for",
    statement=r"$\beta^{d+1}(1+\log(\sigma_n/\sigma_0)/\log\beta)$ is least at $\beta=e^{1/(d+1)}$ (1.396 for images) "
    r"in its leading term, with $n=\log(\sigma_n/\sigma_0)/\log\beta$ layers.",
    where=f"{STABILITY}: the number of layers, and small patches as advice. The minimiser: here",
    verdict="proved",
)
def depth(tier: Tier) -> Checks:
    """By differentiation, for every d."""
    import sympy as sp

    beta, d = sp.symbols("beta d", positive=True)
    term = beta ** (d + 1) / sp.log(beta)
    place = sp.exp(1 / (d + 1))
    first = sp.simplify(sp.diff(term, beta).subs(beta, place))
    yield step(
        "one minimum",
        r"The leading term, for $\sigma_n/\sigma_0\to\infty$, is $\log(\sigma_n/\sigma_0)$ "
        r"times $\beta^{d+1}/\log\beta$, $\beta>1$. Its slope is negative before $e^{1/(d+1)}$ "
        "and positive after it.",
    )
    yield exact(r"the derivative of $\beta^{d+1}/\log\beta$ at $e^{1/(d+1)}$", first, 0, by="sympy")
    factor = sp.simplify(sp.diff(term, beta) * sp.log(beta) ** 2 / beta**d)
    yield exact(
        r"it is $\beta^d((d+1)\log\beta-1)/\log^2\beta$: negative before, positive after",
        sp.expand(factor),
        sp.expand((d + 1) * sp.log(beta) - 1),
        by="sympy",
    )
    yield conclusion(
        r"For every $d$; $e^{1/3}=1.3956\ldots$ for images. The number of layers is that of "
        r"$\sigma_k=\beta\sigma_{k-1}$."
    )


@check(
    "C47a",
    title="The depth that the commutators ask for",
    statement=r"The bound $C_\beta(1+\log(\sigma_n/\sigma_0)/\log\beta)$ with the proved $C_\beta\leq2d+e^{-1/2}\beta$ "
    r"is least, in its leading term, where $\beta(\log\beta-1)=2d\,e^{1/2}$: $\beta=5.15$ on a line, 6.99 for images; "
    r"with the lower bound of $C_\beta$ in its place, at 3.06. The $\beta=e^{1/(d+1)}$ of claim 47 comes from the "
    r"order $\beta^{d+1}$; for images and in the leading term it is not the best, whatever the true $C_\beta$ is.",
    where=f"{STABILITY}: small patches, as advice. The minimisers: here",
    verdict="holds",
)
def patches(tier: Tier) -> Checks:
    """Minimisers by brute force; what the lower bound leaves possible."""
    from scipy.optimize import brentq

    betas = np.geomspace(1.001, 100, 400_001)
    for d in (1, 2):
        upper = 2 * d + SLOPE * betas
        found = betas[np.argmin(upper / np.log(betas))]
        root = brentq(lambda b, d=d: b * (math.log(b) - 1) - 2 * d / SLOPE, 2, 50)
        yield measured_against(
            rf"Minimiser of $(2d+e^{{-1/2}}\beta)/\log\beta$, d = {d}",
            found,
            root,
            rtol=2e-5,
            why="a search with relative steps of 1.2e-5",
        )
        yield measured_against(
            f"the root in the statement, d = {d}", root, (5.15, 6.99)[d - 1], atol=0.005, why="three digits"
        )
        small = math.exp(1 / (d + 1))
        lower = np.array([commutator_rate(d, beta)[0] for beta in betas[::200]])
        reached = betas[::200][np.argmin(lower / np.log(betas[::200]))]
        yield measured_against(
            f"Minimiser with the lower bound, d = {d}", reached, 3.06, atol=0.01, why="three digits, and steps of 0.007"
        )
        if d == 2:
            yield bound(
                r"For images the least $C_\beta/\log\beta$ possible at $e^{1/3}$ over the largest possible at 6.99",
                commutator_rate(d, small)[0] / math.log(small) / float((upper / np.log(betas)).min()),
                lower=1.0,
                why="the lower bound there, the upper bound here",
            )
            yield note(
                r"The quotient is close to 1, as the two bounds of $C_\beta$ are far apart at small $\beta$. For "
                r"$\sigma_n/\sigma_0$ of practice they do not decide which patch has the least true constant."
            )
        # With layers that all count: 1 + log R / log beta for R = sigma_n / sigma_0 = 10, 1000.
        for ratio in (10.0, 1000.0):
            whole = upper * (1 + math.log(ratio) / np.log(betas))
            yield bound(
                rf"The minimiser with all terms, $\sigma_n/\sigma_0={ratio:g}$, d = {d}",
                float(betas[np.argmin(whole)]),
                lower=2 * small,
                why="twice that of claim 47",
            )
    yield measured_against(
        r"Minimiser of $\beta/\log\beta$, the limit of linear growth",
        betas[np.argmin(betas / np.log(betas))],
        math.e,
        rtol=1e-5,
        why="as above",
    )


@check(
    "L13",
    title="The sharp growth of the commutator, and the sharp constant of displacements",
    statement=r"In $d=1$ and in $d=2$ the commutator's constant has the slope $e^{-1/2}$ in $\beta$, and "
    r"$C_2=e^{-1/2}$ for small displacements (claim 45). At $\beta=0$ and for small deformations it lies between "
    r"$\sqrt{d}$ and $2d$.",
    where="a question beyond the papers",
    verdict="holds",
)
def sharp_growth(tier: Tier) -> Checks:
    """Attained norms on grids, for large patches and for none."""
    rows = []
    betas = (4.0, 8.0) if tier.quick else (4.0, 8.0, 16.0)
    for d, sigma, length in ((1, 4.0, 1024), (2, 2.0, tier.pick(quick=320, full=512))):
        found = [search.plane_waves(beta, 0.02, d, (1,), sigma, length) for beta in betas]
        for beta, value in zip(betas, found, strict=True):
            lower, upper = commutator_rate(d, beta)
            rows.append([d, beta, value, lower, upper])
        yield bound(
            rf"One wave over {length / sigma:g} standard deviations: the norm over the upper bound, d = {d}",
            np.array(found) / [commutator_bound(0.02, Smoothing.gaussian(1.0, d), beta) / 0.02 for beta in betas],
            upper=1.0,
            why=_RESOLVED,
        )
        yield measured_against(
            rf"the same, from $\beta=4$ to 8: the slope, d = {d}, against $e^{{-1/2}}$",
            (found[1] - found[0]) / 4,
            SLOPE,
            rtol=0.05,
            why=r"the lower bound has 0.597, and over 160 to 256 standard deviations the wave bends, by some 2 %",
        )
    yield table("Norms", ["d", r"$\beta$", "measured", "lower, small", "upper, small"], rows)
    # Nothing pooled apart: fast oscillations, whose wave is a third of the filter's standard deviation.
    eps = 0.3
    sinusoids = math.sqrt((1 - eps**2) ** -1 - 1) / eps
    yield measured_against(
        r"$\|[A,L_\tau]\|/\varepsilon$ for fast sinusoids along both axes, d = 2, against "
        r"$((1-\varepsilon^2)^{-1}-1)^{1/2}/\varepsilon$",
        search.both_axes(0.0, eps, 48, 8.0, 24.0),
        sinusoids,
        rtol=1e-3,
        why="8 pixels a wave",
    )
    yield note(
        r"The mean of $1/(1-\varepsilon\cos)$ squared, less 1, for sinusoids; square waves, smoothed as little as one "
        r"likes, have $((1-\varepsilon^2)^{-d}-1)^{1/2}/\varepsilon\to\sqrt{d}$."
    )
    t, w = 1e-4, np.linspace(0, 3, 3001)
    moved = float((2 * np.sin(w * t / 2) * np.exp(-(w**2) / 2)).max()) / t
    largest = [displacement_bound(t, 0.5, Smoothing.gaussian(1.0, d)) / t for d in (1, 2)]
    yield measured_against(
        r"$\|L_\tau A-A\|\sigma/\|\tau\|_\infty$ at $\|\tau\|_\infty=10^{-4}\sigma$: translations, and the bounds "
        r"of all deformations with $\|\nabla\tau\|_\infty\leq\frac12$, d = 1, 2",
        [moved, *largest],
        SLOPE,
        rtol=1e-3,
        why="of first order in the displacement, with a constant below 10",
    )
    # One start in twelve is caught at a poor maximum; three or four are not.
    search_value = max(search.ascent(0.0, tier.rng) for _ in range(tier.pick(quick=3, full=4)))
    yield bound(
        r"A local search over all fields, $\beta=0$, d = 1, small deformations",
        search_value,
        lower=0.6,
        upper=1.0,
        why="it finds dilations (0.736 on the whole line), and nothing above fast oscillations, 1",
    )
