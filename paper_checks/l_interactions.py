r"""Interactions of two patches: which architecture learns them, and at what rates

Norms and spectra of five architectures for one target, ridge regression on samples, and the rates of hierarchies.
"""

import math
from fractions import Fraction
from typing import Any

import numpy as np

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn.spectra import Model
from kernelspec.ckn.spectra.hierarchies import Hierarchy
from oracle import two_layers as oracle
from paper_checks.registry import *

_POSITIONS, _D = 8, 3


def _architectures() -> dict[str, ckn.Network]:
    """From the one that fits the target best to the one that has nothing like it."""
    first, second = ks.exponential(1), ks.exponential(0.6)
    cyclic = ckn.Layer(1, first, border="circular")
    pairs, whole = ckn.Layer(2, second, border="circular"), ckn.Layer(_POSITIONS, second, border="valid")
    return {
        "two layers, pooled": ckn.Network([cyclic, pairs], "mean"),
        "two layers": ckn.Network([cyclic, pairs]),
        "fully connected": ckn.Network([ckn.Layer(1, ks.linear(), border="valid"), whole]),
        "two layers, one window": ckn.Network([ckn.Layer(1, first, border="valid"), whole]),
        "one layer": ckn.Network([cyclic]),
    }


@check("L17a", verdict="holds", where="derived here; learning curves by Simon et al. 2023")
def interactions(tier: Tier) -> Checks:
    r"""Which architecture learns an interaction of two patches

    The target is $f(x)=\sum_uY_1(x_u)Y_1'(x_{u+1})$ over 8 patches on $S^2$. $|f|^2E\,K(x,x)$, the predicted error and
    the error of ridge regression put the architectures into one order: two layers whose windows of 2 are pooled, two
    layers without pooling, the fully connected kernel, two layers with one window of all 8 patches, and one layer, in
    whose space no product of two patches is. That two layers with one window come after the fully connected kernel is
    due to the degrees: products of degrees 1 are what the latter spends most on.
    """
    nets, n = _architectures(), _POSITIONS
    f = {((u, 1), ((u + 1) % n, 1)): Fraction(1) for u in range(n)}
    count, tests = tier.pick(quick=200, full=400), tier.pick(quick=500, full=2000)
    x = tier.rng.normal(size=(count + tests, n, _D))
    x /= np.linalg.norm(x, axis=-1, keepdims=True)
    target = 3 * (x[:, :, 0] * np.roll(x[:, :, 1], -1, axis=1)).sum(1) / math.sqrt(n)
    sizes = [count // 4, count // 2, count]
    rows, complexities, predictions, errors = [], [], [], []
    for name, net in nets.items():
        model = Model(net, positions=n, dimension=_D)
        gram = net.gram(x[:count], channels="last")
        across = net.gram(x[count:], x[:count], channels="last")
        ridge = 1e-6 * float(np.trace(gram)) / count
        measured = []
        for size in sizes:
            weights = np.linalg.solve(gram[:size, :size] + ridge * np.eye(size), target[:size])
            measured.append(float(np.mean((across[:, :size] @ weights - target[count:]) ** 2)))
        if name == "one layer":
            rows.append([name, "infinite", *measured[-1:], ""])
            errors.append(measured)
            continue
        frequency = 0 if name == "two layers, pooled" else None
        space = model.eigenspace((1, 1), frequency)
        curve = [float(model.learning_curve({space: 1.0}, size, ridge=ridge / size).error[0]) for size in sizes]
        complexities.append(model.norm(f) ** 2 / n * model.trace())
        predictions.append(curve)
        errors.append(measured)
        rows.append([name, complexities[-1], measured[-1], curve[-1]])
    yield table(f"{count} samples", ["architecture", "|f|^2 E K", "error", "predicted"], rows)
    yield bound(
        r"$|f|^2E\,K(x,x)$ of each over that of the one before",
        [after / before for before, after in zip(complexities[:-1], complexities[1:], strict=True)],
        lower=1.1,
        why="they are in that order, 1 where two are alike",
    )
    last = [row[-1] for row in errors]
    yield bound(
        f"errors of ridge regression over those of the architecture before, {count} samples",
        [after / before for before, after in zip(last[:-1], last[1:], strict=True)],
        lower=1.02,
        why="they are in that order; the error is known to 1/sqrt(number of tests) of itself",
    )
    for name, measured, curve in zip(nets, errors, predictions, strict=False):
        yield measured_against(
            f"errors for {', '.join(map(str, sizes))} samples and the prediction: {name}",
            np.array(measured),
            np.array(curve),
            rtol=0.45,
            atol=0.02,
            why="one draw of samples, and a theory for Gaussian features; a tenth is common",
        )
    yield bound(
        "one layer: the least error over the variance of $f$", min(errors[-1]), lower=0.9,
        why="f is orthogonal to all sums of functions of a patch: nothing is learnt",
    )  # fmt: skip


@check("L17b", verdict="holds", where="Favero, Cagnetta & Wyart 2021; Cagnetta, Favero & Wyart 2023; Xiao 2022")
def rates(tier: Tier) -> Checks:
    r"""Rates of local and hierarchical kernels

    (i) In a hierarchy of patches that do not overlap, with kernels that are singular like $(1-u)^\nu$, products of
    degrees that grow together on all patches of a branch of dimension $D$ have eigenvalues $\sim|k|^{-2\nu-D}$. (ii)
    With $m_l=n^{a_l}$ branches and patches of dimension $n^{a_0}$ an eigenvalue falls like $n^{-S-F}$, $S$ the sum of
    $a_l$ over the edges of the tree that joins its patches and $F=a_0\sum k_u$. (iii) A kernel on patches of dimension
    $s$ with
    the exponent $\alpha_s=2\nu_s$ learns a target of the exponent $\alpha_t$ at the rate $n^{-\beta}$, $\beta=\min(
    \alpha_t,2(\alpha_s+s))/s$, whatever the number of patches.
    """
    points, degrees = tier.pick(quick=1024, full=2048), (32, 64)

    def relu(u: Any) -> Any:
        u = np.clip(u, -1, 1)
        return (np.sqrt(1 - u * u) + (np.pi - np.arccos(u)) * u) / np.pi

    def laplace(u: Any) -> Any:
        return np.exp(-np.sqrt(1 - np.clip(u, -1, 1)))

    found: list[float] = []
    stated: list[float] = []
    for second, at, rate in [(relu, (1, 0), -4), (relu, (1, 1), -5), (laplace, (1, 1), -3)]:
        grid = oracle.two_circles(relu, second, points)
        near, far = (grid[at[0] * k, at[1] * k] for k in (degrees[0], degrees[1]))
        found.append(math.log(far / near) / math.log(degrees[1] / degrees[0]))
        stated.append(rate)
    yield measured_against(
        r"two circles, $\kappa_1$ that of ReLU: slopes of $(k,0)$, $(k,k)$ for ReLU above it, of $(k,k)$ for Laplace",
        found,
        stated,
        atol=0.03,
        why="from k = 32 to 64; corrections of the order 1/k",
    )
    kernel = Fraction(1, 4) * ks.polynomial(2) + Fraction(1, 2) * ks.linear() + Fraction(1, 4)
    found, stated = [], []
    for tree in [((1,),), ((2,),), ((1, 1),), ((1,), (1,)), ((2, 1), (1,)), ((1, 1), (1, 1))]:
        values = [float(Hierarchy([kernel] * 3, [2**i, 4**i], 2**i).eigenvalue(tree)) for i in (9, 10)]
        found.append(math.log(values[1] / values[0]) / math.log(4))
        index = Hierarchy([kernel] * 3, [2, 2], 2).spatial_index(tree, [0.5, 1.0])
        stated.append(-index - sum(map(sum, tree)) / 2)
    yield measured_against(
        r"three levels, $a_0=a_2=\frac12$, $a_3=1$, $\kappa=(1+u)^2/4$: the slope of six trees",
        found,
        stated,
        atol=0.01,
        why=r"from $n=2^{18}$ to $2^{20}$; corrections of the order $n^{-1/2}$",
    )
    rough, smooth = ks.ntk(2, bias=True), ks.arccos(1)
    found, stated = [], []
    for d, teacher, alpha in [(2, rough, 1), (3, rough, 1), (3, smooth, 3)]:
        found.append(_learning_rate(d, rough, teacher))
        stated.append(-min(alpha, 2 * (1 + d - 1)) / (d - 1))
    yield measured_against(
        "learning rates that the spectra predict, $s=1,2,2$: `ntk(2, bias=True)`, targets like draws from it, it, and "
        "from `arccos(1)`",
        found,
        stated,
        atol=0.12,
        why="slopes at some hundred samples; they tend to the rates slowly, and degrees beyond 100 are left out",
    )


def _learning_rate(d: int, student: Any, teacher: Any) -> float:
    """The slope of the predicted learning curve on four patches, the target as smooth as draws from the teacher."""
    top, sizes = (150, [32, 64]) if d == 2 else (100, [400, 800])
    model = Model(ckn.Network([ckn.Layer(d, student, border="circular")]), positions=4, dimension=d)
    spectrum = teacher.spectrum(d)[0:top]
    wanted = 4 * int(sum(ks.sphere.multiplicity(d, k) for k in range(top)))
    spaces = [space for space in model.eigenvalues(wanted) if space.degrees and space.degrees[0] < top]
    target = {space: float(spectrum[space.degrees[0]]) * space.multiplicity for space in spaces}
    error = model.learning_curve(target, sizes).error
    return float(math.log(error[1] / error[0]) / math.log(sizes[1] / sizes[0]))
