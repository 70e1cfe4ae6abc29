r"""Convolutional kernels: deformations on groups

What claims 43 and 48 say of networks on the plane, for networks on translations with turns; digits that are turned and
deformed at once, `turned_and_deformed`.
"""

import itertools

import numpy as np
import sympy as sp

import kernelspec as ks
from experiments import datasets, rotated_digits, turned_and_deformed
from kernelspec import ckn
from kernelspec.ckn import groups, stability
from kernelspec.plots.bounds import trial_signals
from oracle import groups as oracle
from paper_checks.h_groups import JMLR
from paper_checks.registry import *

RELU = ks.arccos(1)
PIXELS = 6


@check("C51j", verdict="proved", where=f"{JMLR}: the bound of the plane, for layers on roto-translations")
def theorem(tier: Tier) -> Checks:
    r"""Layers on motions have the stability of the plane, and turns of the group for nothing

    On $R^d$ with a group $G$ of orthogonal maps and maps $x_k(u,r)$, the bounds of claims 43 and 48 hold for
    $\|\Phi(L_\tau x)-\Phi(x)\|$ with the same constants, in units where $\|x_k\|^2$ is the mean over $r$. Where $G$
    keeps the filters and the output averages over it they bound $\|\Phi(L_\tau L_gx)-\Phi(x)\|$ as well, $g\in G$.
    On pixels, $\|\Phi(L_\tau x)-\Phi(x)\|\leq\prod_k\rho_k\|A_0(L_\tau-L_g)x\|_w$ for every $g$ in $G$ that keeps
    the grid. The average over $G$ makes no constant smaller: images that $G$ keeps, under fields that commute with
    it, lose nothing by it.
    """
    yield from _proof()
    yield from _integers(tier)
    yield from _searches(tier)
    yield from _attained(tier)


def _proof() -> Checks:
    yield step(
        "deformations commute with what acts on turns",
        r"$L_\tau x(u,r)=x(u-\tau(u),r)$. $M$ acts at each $(u,r)$; the pooling over turns $\sum_qx(u,rq)h'(q)$ and "
        r"the turns of a patch, $x(u,r)\mapsto x(u,rq)$, act at each $u$. All of them commute with $L_\tau$, and have "
        r"norm 1 on $L_2$ of $R^d\times G$ with the invariant probability on $G$: the turns of a patch permute, "
        r"$h'\geq0$ has sum 1.",
    )
    yield step(
        "the commutator of a layer",
        r"$P_kA_{k-1}x(u,r)$ at $(c,q)$ is $T_{rc}A_s$ of $y(\cdot,rq)$, $y$ the map pooled over turns and $A_s$ the "
        r"pooling over positions; so $[P_kA_{k-1},L_\tau]x(u,r)$ has there $[T_{rc}A_s,L_\tau]y(\cdot,rq)$. The bound "
        r"of claim 44 knows $rc$ by $|rc|=|c|$ alone. Squares add up over $r$, $q$ and $c$, and for each $(c,q)$ the "
        r"mean over $r$ of $\|y(\cdot,rq)\|^2$ is $\|y\|^2\leq\|x\|^2$: Minkowski's inequality over the patch has the "
        r"root mean square of $|c|$ again.",
    )
    yield step(
        "the first layer, the last pooling, the output",
        r"$P_1A_0x(u,r)=(A_0x(u+rc))_c$ is the same with $y(\cdot,r)=x$ for every $r$. $L_\tau A_n-A_n$ is that of "
        r"$A_s$ at every $r$, after a pooling over turns of norm 1: claim 45. $|G|^{-1}\sum_rx_n(ru,r)$ has at most "
        r"the norm of $x_n$, by Cauchy and Schwarz, and $u\mapsto ru$ keeps norms.",
    )
    yield step(
        "layers and sums of them",
        r"With these commutators and norms the induction of claim 43 and the recursion of claim 48 are about the maps "
        r"at all $(u,r)$ in place of $u$; $|y_k|^2\leq k|x_k|^2$ holds at each, since sums over $q$ have weights "
        r"$\geq0$.",
    )
    yield step(
        "turns of the group",
        r"$\Phi(L_gx)=\Phi(x)$ (claim 51g) for filters with $h(gc)=h(c)$: those of every $g$ for Gaussians, of quarter "
        r"turns and reflections for products of one filter along each axis, cut off or not. So $\|\Phi(L_\tau "
        r"L_gx)-\Phi(x)\|=\|\Phi(L_\tau z)-\Phi(z)\|$ with $z=L_gx$, of the norm of $x$. On pixels "
        r"$\Phi(x)=\Phi(L_gx)$ in the difference; the kernel maps and weights do the rest.",
    )
    yield step(
        "pixels: reads between them",
        r"A patch that reads $\sum_pW(p)x(p)$, $W$ of any sign, has "
        r"$|\sum_pW(p)z(p)|^2\leq\sum_p|W(p)|\sum_p|W(p)||z(p)|^2$. So weights go back from $(u,r)$ to the pixels "
        r"through every read, as in claim 43.",
    )
    w, z = sp.symbols("w1:5", positive=True), sp.symbols("z1:5", real=True)
    for signs in ((1, -1, 1, 1), (-1, 1, -1, 1)):
        slack = sum(w) * sum(a * b**2 for a, b in zip(w, z, strict=True))
        slack -= sum(s * a * b for s, a, b in zip(signs, w, z, strict=True)) ** 2
        pairs = itertools.combinations(range(4), 2)
        squares = sum(w[i] * w[j] * (signs[i] * z[i] - signs[j] * z[j]) ** 2 for i, j in pairs)
        label = r"right less left is $\sum_{p<q}|W(p)W(q)|(s_pz(p)-s_qz(q))^2$, $s$ the signs of $W$, four reads"
        yield vanish(f"{label}, signs {signs}", slack - squares)
    yield conclusion(
        "Each step of claims 43 and 48 is one at a fixed turn, or commutes with the deformation, for every group of "
        r"orthogonal maps, finite or $SO(d)$, every $n$, $d$ and $\varepsilon<1$. What follows checks the commutation "
        "in integers, looks for violations, and shows where nothing is lost."
    )


def _integers(tier: Tier) -> Checks:
    """Maps of positions that are no deformation even: relabelings of Z_n^2, on functions of (u, r), in integers."""
    n, point = 3, oracle.quarter_turns(reflections=True)
    order = len(point)
    x = tier.rng.integers(-9, 10, (n * n, order))
    gamma = tier.rng.integers(0, n * n, n * n)
    table = [[point.index(oracle.times(a, b)) for b in point] for a in point]
    h = tier.rng.integers(0, 5, order)

    def pooled(x: np.ndarray) -> np.ndarray:
        return np.stack([sum(h[q] * x[:, table[r][q]] for q in range(order)) for r in range(order)], axis=1)

    yield exact(
        r"$L$ for any $\gamma:Z_3^2\to Z_3^2$ commutes with pooling over the turns of $D_4$, random integers",
        pooled(x[gamma]).tolist(),
        pooled(x)[gamma].tolist(),
        by="integers",
    )
    turned = [x[:, [table[r][q] for r in range(order)]] for q in range(order)]
    moved = [x[gamma][:, [table[r][q] for r in range(order)]] for q in range(order)]
    label = "and with the turns of a patch"
    yield exact(label, [m.tolist() for m in moved], [t[gamma].tolist() for t in turned], by="integers")
    lengths = [[sum(k * k for k in oracle.moved(r, c)) for r in point] for c in oracle.grid(4)]
    yield exact(r"$|rc|=|c|$ for $r$ in $D_4$, 16 offsets", all(len(set(each)) == 1 for each in lengths), by="integers")


def _random_network(rng: np.random.Generator, output: str, names: tuple[str, ...] = ("C4", "D4")) -> groups.Network:
    made = {
        "C4": groups.cyclic(4),
        "D4": groups.dihedral(4),
        "C8": groups.cyclic(8, "bilinear"),
        "C16": groups.cyclic(16),
    }
    several = []
    for _ in range(int(rng.integers(1, 3))):
        pool = [None, ckn.gaussian(1, centred=True)][int(rng.integers(2))]
        kernel = [RELU, ks.linear(), ks.exponential(0.6)][int(rng.integers(3))]
        reach: str | int = "all" if rng.integers(2) else 1
        turns = [None, "all", ckn.gaussian(1)][int(rng.integers(3))]
        several.append(groups.Layer(int(rng.integers(1, 4)), kernel, pool, rotations=reach, turn_pool=turns))
    return groups.Network(made[str(rng.choice(names))], several, output)


def _searches(tier: Tier) -> Checks:
    found = []
    shape = (PIXELS, PIXELS)
    for trial in range(tier.pick(quick=6, full=40)):
        net = _random_network(tier.rng, ("sum", "mean", "orbit")[trial % 3], ("C4", "D4", "C8", "C16"))
        tau = stability.field(shape, float(10 ** tier.rng.uniform(-2, -0.1)), 2.0, tier.rng)
        if trial % 2:
            tau = tau + stability.rotation(shape, float(tier.rng.integers(4)) * np.pi / 2)
        values = stability.measured(net, trial_signals(tier.rng, shape), tau)
        found.append(float(values.max()) / stability.bound(net, tau).value)
    label = f"pixels: measured over the bound, {len(found)} random networks on $C_4$, $D_4$, $C_8$, $C_{{16}}$"
    detail = f"median {np.median(found):.2f}"
    yield bound(label, found, upper=1.0, why="proved; turned and deformed at once in every second", detail=detail)
    ratios = []
    for trial in range(tier.pick(quick=2, full=10)):
        factor, tangent = 2, bool(trial % 2)
        patch, count = int(tier.rng.integers(1, 4)), int(tier.rng.integers(1, 3))
        net = groups.Network(
            groups.cyclic(4), [groups.Layer(patch, RELU, ckn.gaussian(1), rotations=1)] * count, "orbit"
        )
        fine, grid = stability.refined(net, factor), (8 * factor,) * 2
        tau = stability.field(grid, float(10 ** tier.rng.uniform(-2, -0.5)), 2.0 * factor, tier.rng)
        upper = stability.bound(fine, tau, tangent, smoothing=factor, continuum=True).value
        signals = trial_signals(tier.rng, grid, unit=factor)
        ratios.append(float(stability.measured(fine, signals, tau, tangent, smoothing=factor).max()) / upper)
    label = f"fine grids for $R^2$ with $C_4$: measured over the theorem's bound, {len(ratios)} networks, both kernels"
    yield bound(label, ratios, upper=1.0, why="proved on $R^2$; the grid's errors are far below the gap")


def _attained(tier: Tier) -> Checks:
    tau = stability.translation((PIXELS, PIXELS), (1, 0))
    x = ((-1.0) ** np.arange(PIXELS))[:, None, None] * np.ones((1, PIXELS, 1))
    layers = [groups.Layer(1, ks.linear(), border="circular")] * 2
    nets = [groups.Network(g, layers, "sum") for g in (groups.cyclic(4), groups.dihedral(4))]
    yield bound(
        "an alternating image moved by a pixel, linear layers on $C_4$ and $D_4$: measured over the bound on pixels",
        [float(stability.measured(net, x, tau)) / stability.bound(net, tau).value for net in nets],
        lower=1 - 1e-5,
        upper=1 + 1e-12,
        why="the two maps are opposite at every turn; rounding, and what a norm is rounded up by",
    )
    noise = tier.rng.standard_normal((1, 7, 7, 1))
    kept = sum(groups.act(noise, turns, flip) for turns in range(4) for flip in (False, True))[0]
    tau = stability.scaling((7, 7), 1.2)
    layers = [groups.Layer(3, RELU, ckn.gaussian(1, centred=True), 2), groups.Layer(3, RELU, rotations=1)]
    total, orbit = (
        float(stability.measured(groups.Network(groups.dihedral(4), layers, output), kept, tau))
        for output in ("sum", "orbit")
    )
    label = "an image that $D_4$ keeps, enlarged: the distance of the averages over $D_4$ over that of the maps"
    yield measured_against(label, orbit / total, 1.0, rtol=1e-7, why="the maps are the same at all turns; rounding")
    turn = stability.rotation((PIXELS, PIXELS), np.pi / 2)
    free, kept_by_sum = (groups.Network(groups.cyclic(4), [groups.Layer(3, RELU)], o) for o in ("orbit", "sum"))
    yield bound(
        "a quarter turn: the bound for the average over $C_4$",
        stability.bound(free, turn).value,
        upper=1e-10,
        why="0 but for rounding",
    )
    label = (
        "not so for the maps themselves, which are turned: measured over the largest that there is, $2\\|\\Phi(x)\\|$"
    )
    sample = tier.rng.standard_normal((PIXELS, PIXELS, 1))
    largest = 2 * kept_by_sum.norms(sample[None])[0] / np.linalg.norm(sample)
    ratio = stability.measured(kept_by_sum, sample, turn) / largest
    yield bound(label, float(ratio), lower=0.1, why="equivariant, and not invariant")


@check("C51k", verdict="holds", where=f"{JMLR}; no experiment there")
def digits(tier: Tier) -> Checks:
    r"""Turned and deformed digits

    Two ReLU layers on 13 x 13 pixels, averaged over $C_4$ or $D_4$: a digit turned by 90° and deformed is as far
    from the digit as a deformed one, within a factor of 10 and below 5 % of $\|\Phi(x)\|$ for
    $\|\nabla\tau\|_\infty\leq0.1$; without a group, above 20 %. All distances are below the bounds on pixels, by a
    factor of 3 at the least after a Gaussian of one pixel and of 8 without. Turns between two of the group are far
    below theirs, by a factor of 15: the bounds count them as deformations of any array, and digits are smooth.
    """
    pixels = datasets.digits().pixels.reshape(-1, 8, 8)
    count = tier.pick(quick=2, full=6)
    yield from _on("digits of scikit-learn", pixels[:count], rotated_digits.SPACING, tier)
    test = datasets.mnist(tier.data, "test")
    if test is None:
        yield note("With --data and the IDX files of MNIST, or a folder mnist that holds them, the same on MNIST.")
        return
    halved = test.pixels[:count].reshape(count, 14, 2, 14, 2).mean(axis=(2, 4))
    yield from _on("MNIST, 14 x 14 pixels by averaging", halved, 1.0, tier)


def _on(label: str, images: np.ndarray, spacing: float, tier: Tier) -> Checks:
    names = ("plain", "C4") if tier.quick else ("plain", "C4", "D4", "C8")
    angles, grads = (0.0, 20.0, 90.0), (0.01, 0.1)
    for smoothing, factor in ((0.0, 8.0), (1.0, 3.0)):
        if tier.quick and not smoothing:
            continue
        found = turned_and_deformed.stabilities(images, names, angles, grads, smoothing=smoothing, spacing=spacing)
        share = found.largest / found.bounds
        after = f"{label}, after a Gaussian of {smoothing:g} pixels" if smoothing else f"{label}, no Gaussian"
        rows = [
            [name, f"{angle:g}°", f"{grad:g}", f"{found.measured[g, a, t]:.4f}", f"{found.bounds[g, a, t]:.3f}"]
            for g, name in enumerate(names)
            for a, angle in enumerate(angles)
            for t, grad in enumerate(grads)
        ]
        header = ["group", "turned by", r"$\|\nabla\tau\|_\infty$", r"distance over $\|\Phi\|$", "bound"]
        yield table(after, header, rows)
        yield bound(f"{after}: the largest distance over its bound", share, upper=1 / factor, why="the statement")
        grouped = [g for g, name in enumerate(names) if name != "plain"]
        yield bound(
            f"{after}: the same for turns by 20°, which no group here has",
            share[grouped, 1],
            upper=1 / 15,
            why="the statement",
        )
        turned, still = found.measured[grouped, 2], found.measured[grouped, 0]
        why = "the same deformation, read along turned axes: one that turns becomes one that enlarges"
        yield bound(f"{after}: turned by 90° and deformed over deformed", turned / still, upper=10.0, why=why)
        yield bound(f"{after}: turned by 90° and deformed", turned, upper=0.05, why="the statement")
        yield bound(f"{after}: the same without a group", found.measured[0, 2], lower=0.2, why="the statement")
