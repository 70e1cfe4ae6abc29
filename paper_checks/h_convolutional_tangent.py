r"""Tangent kernels of convolutional networks

The library against the feature map that its recursion stands for, the norm of that map, and gradients of networks of
finite width (`finite_convolutional`).
"""

from collections.abc import Sequence

import numpy as np

import kernelspec as ks
from experiments import architectures
from oracle import convolutional as oracle
from oracle import finite_convolutional as finite
from oracle.convolutional import Step
from paper_checks.registry import *

PAPER = "Bietti & Mairal 2019 (NeurIPS), on the inductive bias of neural tangent kernels"
RELU = "arccos(1)"
_ONE = [Step(3, RELU, "gaussian", 2, 2)]
_TWO = [Step(2, RELU, "gaussian", 1, 1), Step(2, RELU, "average", 2, 2)]


@check("C49", verdict="holds", where=f"{PAPER}: the proposition on the feature map")
def feature_map(tier: Tier) -> Checks:
    r"""The tangent kernel and its feature map

    With $x_1=y_1=P_1x$, $x_k=P_kA_{k-1}\varphi_1(x_{k-1})$, $y_k=P_kA_{k-1}M(x_{k-1},y_{k-1})$ and
    $M(x,y)(u)=(\varphi_0(x(u))\otimes y(u),\varphi_1(x(u)))$, $\Phi=A_nM(x_n,y_n)$ has the kernel of the recursion
    $T\leftarrow\kappa_0(\cos)\,T+|z||z'|\kappa_1(\cos)$. With one position it is the tangent kernel of depth $n+1$.
    """
    yield note(
        r"$\varphi_0$ and $\varphi_1$ restricted to the patches that occur are vectors of as many "
        "coordinates as there are patches: a root of the matrix of the kernel."
    )
    for name, shape, steps in (
        ("one layer", (5, 1), [Step(3, RELU, "gaussian", 1, 1)]),
        ("two layers", (5, 1), [Step(2, RELU, "average", 2, 1), Step(2, RELU, "average", 2, 2)]),
        ("image", (4, 3, 1), [Step(2, RELU, "average", 2, 1)]),
    ):
        signals = tier.rng.normal(size=(3, *shape))
        mapped = tangent_features(signals, steps)
        found = np.einsum("nuk,muk->nm", mapped, mapped)
        yield measured_against(
            f"the library's NTK against $\\langle\\Phi(x),\\Phi(x')\\rangle$ in {mapped.shape[2]} coordinates, {name}",
            architectures.network(steps).gram(signals, tangent=True) / found.max(),
            found / found.max(),
            atol=2e-14,
            why="a root of a matrix loses up to half the digits of its small eigenvalues",
        )
    points = tier.rng.normal(size=(5, 4))
    for layers in tier.pick(quick=(1, 3), full=(1, 2, 3, 6)):
        values = architectures.network([Step(1, RELU)] * layers).gram(points[:, None, :], tangent=True)
        label = f"one position, {layers} layers: the library's NTK over that of `ks.ntk({layers + 1})`"
        why = "the cosines of deeper layers are rounded, and arccos has slope up to 100 here"
        yield measured_against(label, values / ks.ntk(layers + 1).gram(points), 1.0, rtol=2e-13, why=why)


def tangent_features(signals: Array, steps: Sequence[Step]) -> Array:
    """Phi = A_n M(x_n, y_n) in coordinates, shape (n, positions, dimension), for arccos(1)."""
    a, sizes = oracle.flattened(signals)
    m = a
    for step in steps:
        ops = oracle.operators(step, sizes)
        x, y = oracle.extract(a, ops), oracle.extract(m, ops)
        n, patches = x.shape[:2]
        rows = x.reshape(n * patches, -1)
        norms = np.linalg.norm(rows, axis=1)
        cosine = np.clip(rows @ rows.T / norms / norms[:, None], -1, 1)
        np.fill_diagonal(cosine, 1.0)
        kappa, slope = oracle.kappa_and_slope(step.kernel)
        phi_0 = _root(slope(cosine)).reshape(n, patches, -1)
        phi_1 = (norms[:, None] * _root(kappa(cosine))).reshape(n, patches, -1)
        tensor = (phi_0[..., :, None] * y[..., None, :]).reshape(n, patches, -1)
        a = ops.pooling @ phi_1
        m = ops.pooling @ np.concatenate([tensor, phi_1], axis=-1)
        sizes = ops.sizes
    return m


def _root(matrix: Array) -> Array:
    """R with R R^T = matrix, positive semi-definite."""
    values, vectors = np.linalg.eigh(matrix)
    return vectors * np.sqrt(np.maximum(values, 0.0))


@check("C49a", verdict="holds", where=rf"{PAPER}: the factor $\sqrt{{n+1}}$ in the stability bound")
def norm_of_the_map(tier: Tier) -> Checks:
    r"""The norm of the tangent feature map

    $\|\Phi_{\mathrm{NTK}}(x)\|^2\leq(n+1)\,\|\Phi_{\mathrm{CKN}}(x)\|^2$ for $n$ ReLU layers, and
    $K_{\mathrm{NTK}}\leq(n+1)K_{\mathrm{CKN}}$ at every pair. The norms are equal where each window of a pooling reads
    multiples of one patch: without pooling, for subsampling alone, for constant signals. Pooling over other patches
    makes the tangent kernel smaller than that.
    """
    yield note(
        r"$\|M(x,y)(u)\|^2=|x(u)|^2+|y(u)|^2$ adds 1 per layer at each position. Between two positions "
        r"$u\kappa_0(u)\leq\kappa_1(u)$ (claim 63a): there the tangent kernel is smaller, and pooling mixes positions."
    )
    count = tier.pick(quick=6, full=20)
    noise = tier.rng.normal(size=(count, 16, 2))
    smooth = np.cumsum(noise, axis=1)
    constant = np.broadcast_to(tier.rng.normal(size=(count, 1, 2)), noise.shape)
    pooled = Step(3, RELU, "gaussian", 2, 2, "circular")
    for layers in (1, 2, 3):
        equal = {
            "without pooling": (Step(2, RELU), noise),
            "subsampling": (Step(3, RELU, "strided", 1, 1), noise),
            "constant signals": (pooled, constant),
        }
        for name, (step, signals) in equal.items():
            kernel, tangent = architectures.network([step] * layers).gram(signals, tangent="both")
            label = f"squared norms, {layers} layers, {name}: over n + 1 times those of the CKN"
            why = "sums in float64 of exact diagonals; equal patches have a defect that is exactly zero"
            yield measured_against(label, np.diag(tangent) / np.diag(kernel) / (layers + 1), 1.0, rtol=5e-15, why=why)
        for name, signals in (("smooth", smooth), ("noise", noise)):
            kernel, tangent = architectures.network([pooled] * layers).gram(signals, tangent="both")
            shares = tangent / ((layers + 1) * kernel)
            label = f"the same with pooling, {layers} layers, {name}: strictly smaller"
            why = r"below, $\varphi_1$ alone; above, the patches of a window are not parallel"
            yield bound(label, np.diag(shares), lower=1 / (layers + 1), upper=1 - 1e-4, why=why)
            label = f"$K_{{NTK}}/((n+1)K_{{CKN}})$ at every pair, {layers} layers, {name}"
            yield bound(label, shares, upper=1.0, detail="negative where patches point away from each other")


@check("C49b", verdict="holds", where=f"{PAPER}: the convolutional tangent kernel")
def gradients(tier: Tier) -> Checks:
    r"""Gradients of wide convolutional networks

    The inner products of the gradients of $f=(2/m)^{1/2}\sum_v\langle w(v),a_n(v)\rangle$ in all weights,
    $a_k=A_k\,\mathrm{ReLU}((2/m)^{1/2}W_kP_ka_{k-1})$, tend to the kernel of claim 49 like $m^{-1/2}$.
    """
    draws = tier.pick(quick=60, full=400)
    sizes = {1: tier.pick(quick=512, full=2048), 2: tier.pick(quick=256, full=512)}
    for name, shape, steps in (("one hidden layer", (7, 2), _ONE), ("two", (6, 1), _TWO)):
        last = sizes[len(steps)]
        widths = [32 * 2**i for i in range(8) if 32 * 2**i <= last]
        signals = tier.rng.normal(size=(3, *shape))
        kernel, limit = architectures.network(steps).gram(signals, tangent="both")
        squared, means = np.empty((2, len(widths), draws)), np.zeros((2, *limit.shape))
        for place, width in enumerate(widths):
            means[:] = 0.0
            for number in range(draws):
                found = finite.kernels(finite.draw(shape, steps, width, tier.rng), signals)
                means += np.stack(found) / draws
                for kind, (values, exact) in enumerate(zip(found, (kernel, limit), strict=True)):
                    squared[kind, place, number] = relative_square(values, exact)
        for kind, (what, exact) in enumerate((("random features", kernel), ("NTK", limit))):
            yield measured_against(
                f"relative distance of the mean of {draws} draws from the limit, m = {last}, {what}, {name}",
                np.sqrt(relative_square(means[kind], exact)),
                0.0,
                atol=3 * np.sqrt(squared[kind, -1].mean() / draws) + 2 * (len(steps) - 1) / last,
                why="three standard errors; 2/m where a hidden layer feeds another",
            )
            fitted = finite.rate(widths, squared[kind])
            label = f"exponent of m in the error, {what}, {name}: {fitted.exponent:.3f} ± {fitted.error:.3f}"
            yield measured_against(label, fitted.exponent, -0.5, atol=4 * fitted.error, why="four standard errors")


def relative_square(values: Array, exact: Array) -> float:
    """|A - B|^2 / |B|^2 in the Frobenius norm."""
    return float(np.sum((values - exact) ** 2) / np.sum(exact**2))
