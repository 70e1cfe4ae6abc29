r"""Tangent kernels of convolutional networks

The recursion of the library against the feature map it stands for, the case of one position, the
norm of the feature map, and gradients of networks of finite width (`finite_convolutional`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from experiments import architectures
from oracle import convolutional as oracle
from oracle import finite_convolutional as finite
from oracle.convolutional import Step
from paper_checks.registry import Checks, Tier, bound, check, holds, measured_against, note, table

Array = NDArray[np.float64]

PAPER = "Bietti & Mairal 2019 (NeurIPS), on the inductive bias of neural tangent kernels"
RELU = "arccos(1)"
_ONE = [Step(3, RELU, "gaussian", 2, 2)]
_TWO = [Step(2, RELU, "gaussian", 1, 1), Step(2, RELU, "average", 2, 2)]
_NETWORKS: tuple[tuple[str, tuple[int, ...], list[Step]], ...] = (
    ("one layer", (9, 2), _ONE),
    ("two layers", (7, 2), _TWO),
    ("circular", (6, 2), [Step(3, RELU, "average", 3, 2, "circular")] * 2),
    ("three layers, valid", (9, 1), [Step(2, RELU, border="valid")] * 3),
    ("image", (6, 5, 2), [Step(3, RELU, "gaussian", 1, 1), Step(2, RELU, "strided", 1, 1)]),
    (
        "image, normalised",
        (5, 6, 1),
        [Step(2, RELU, "average", 2, 1, normalized=True), Step(3, "linear()", "average", 2, 2, "valid")],
    ),
)


@check(
    "C49",
    title="The tangent kernel and its feature map",
    statement=r"With $x_1=y_1=P_1x$, $x_k=P_kA_{k-1}\varphi_1(x_{k-1})$, "
    r"$y_k=P_kA_{k-1}M(x_{k-1},y_{k-1})$ and $M(x,y)(u)=(\varphi_0(x(u))\otimes y(u),\varphi_1(x(u)))$, "
    r"$\Phi=A_nM(x_n,y_n)$ has the kernel of the recursion $T\leftarrow\kappa_0(\cos)\,T+"
    r"|z||z'|\kappa_1(\cos)$. With one position it is the tangent kernel of depth $n+1$.",
    where=f"{PAPER}: the proposition on the feature map",
    verdict="holds",
)
def feature_map(tier: Tier) -> Checks:
    """Maps in coordinates, the recursion, the library; fully connected networks; linear ones."""
    yield note(
        r"$\varphi_0$ and $\varphi_1$ restricted to the patches that occur are vectors of as many "
        "coordinates as there are patches: a root of the matrix of the kernel."
    )
    signals = tier.rng.normal(size=(3, 5, 1))
    for name, steps in (
        ("one layer", [Step(3, RELU, "gaussian", 1, 1)]),
        ("two layers", [Step(2, RELU, "average", 2, 1), Step(2, RELU, "average", 2, 2)]),
    ):
        mapped = tangent_features(signals, steps)
        found = np.einsum("nuk,muk->nm", mapped, mapped)
        yield measured_against(
            f"$\\langle\\Phi(x),\\Phi(x')\\rangle$ in {mapped.shape[2]} coordinates against the recursion, {name}",
            found,
            oracle.covariances(signals, steps).gram(tangent=True),
            rtol=2e-14,
            why="a root of a matrix loses up to half the digits of its small eigenvalues",
        )
    for name, shape, steps in _NETWORKS:
        signals = tier.rng.normal(size=(4, *shape))
        direct = oracle.covariances(signals, steps)
        both = architectures.network(steps).gram(signals, tangent="both")
        mean = architectures.network(steps, "mean").gram(signals, tangent=True)
        for label, values, expected in (
            ("K", both[0], direct.gram()),
            ("NTK", both[1], direct.gram(tangent=True)),
            ("NTK, global pooling", mean, direct.gram(tangent=True, output="mean")),
        ):
            yield measured_against(
                f"the library's {label} against the recursion, {name}",
                values / expected.max(),
                expected / expected.max(),
                atol=5e-15,
                why="sums and arccos in float64",
            )
    points = tier.rng.normal(size=(5, 4))
    for layers in tier.pick(quick=(1, 3), full=(1, 2, 3, 4, 6)):
        steps = [Step(1, RELU)] * layers
        values = architectures.network(steps).gram(points[:, None, :], tangent=True)
        yield measured_against(
            f"one position, {layers} layers: the library's NTK over that of `ks.ntk({layers + 1})`",
            values / ks.ntk(layers + 1).gram(points),
            1.0,
            rtol=2e-13,
            why="the cosines of deeper layers are rounded, and arccos has slope up to 100 here",
        )
    whole = tier.rng.normal(size=(5, 2, 2, 3))
    values = architectures.network([Step(2, RELU, border="valid")]).gram(whole, tangent=True)
    yield measured_against(
        "one patch that is the whole image: over that of `ks.ntk(2)`",
        values / ks.ntk(2).gram(whole.reshape(5, -1)),
        1.0,
        rtol=5e-13,
        why="as above",
    )
    linear = [Step(3, "linear()", "gaussian", 1, 1), Step(2, "linear()", "average", 2, 2), Step(1, "linear()")]
    kernel, tangent = architectures.network(linear).gram(
        tier.rng.normal(size=(4, 9, 1)), tangent="both"
    )  # fmt: skip
    yield measured_against(
        "three linear layers: NTK over K",
        tangent / kernel,
        4.0,
        rtol=1e-14,
        why="a product of 4 matrices has 4 equal parts of the gradient; sums in float64",
    )


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


@check(
    "C49a",
    title="The norm of the tangent feature map",
    statement=r"$\|\Phi_{\mathrm{NTK}}(x)\|^2\leq(n+1)\,\|\Phi_{\mathrm{CKN}}(x)\|^2$ for $n$ ReLU layers, "
    r"and $K_{\mathrm{NTK}}\leq(n+1)K_{\mathrm{CKN}}$ at every pair. The norms are equal where each "
    r"window of a pooling reads multiples of one patch: without pooling, for subsampling alone, for "
    r"constant signals. Pooling over other patches makes the tangent kernel smaller than that.",
    where=rf"{PAPER}: the factor $\sqrt{{n+1}}$ in the stability bound",
    verdict="holds",
)
def norm_of_the_map(tier: Tier) -> Checks:
    """Ratios for architectures with and without pooling, on noise, smooth signals and constants."""
    yield note(
        r"$\|M(x,y)(u)\|^2=|x(u)|^2+|y(u)|^2$ adds 1 per layer at each position. Between two positions "
        r"$u\kappa_0(u)\leq\kappa_1(u)$, the difference being $\sqrt{1-u^2}/\pi$: there the "
        "tangent kernel is smaller, and pooling mixes positions."
    )
    grid = np.linspace(-1, 1, 2001)
    kappa, slope = oracle.kappa_and_slope(RELU)
    yield measured_against(
        r"$\kappa_1-u\kappa_0$ at 2001 cosines",
        kappa(grid) - grid * slope(grid),
        np.sqrt(1 - grid**2) / np.pi,
        atol=1e-15,
        why="one subtraction of numbers below 1; 2 ulp of the arccos over pi",
    )
    count = tier.pick(quick=6, full=20)
    noise = tier.rng.normal(size=(count, 16, 2))
    smooth = np.cumsum(noise, axis=1)
    for layers in (1, 2, 3):
        for name, step in (("without pooling", Step(2, RELU)), ("subsampling", Step(3, RELU, "strided", 1, 1))):
            kernel, tangent = architectures.network([step] * layers).gram(noise, tangent="both")
            yield measured_against(
                f"squared norms, {layers} layers, {name}: over n + 1 times those of the CKN",
                np.diag(tangent) / np.diag(kernel),
                layers + 1.0,
                rtol=5e-15,
                why="sums in float64 of exact diagonals",
            )
    constant = np.broadcast_to(tier.rng.normal(size=(count, 1, 2)), noise.shape)
    rows = []
    for layers in (1, 2, 3):
        pooled = [Step(3, RELU, "gaussian", 2, 2, "circular")] * layers
        net = architectures.network(pooled)
        shares = []
        for name, signals in (("constant", constant), ("smooth", smooth), ("noise", noise)):
            kernel, tangent = net.gram(signals, tangent="both")
            share = np.diag(tangent) / np.diag(kernel) / (layers + 1)
            shares.append(float(share.mean()))
            if name == "constant":
                yield measured_against(
                    f"the same with pooling, {layers} layers, constant signals, circular",
                    share,
                    1.0,
                    atol=5e-15,
                    why="equal patches have a defect that is exactly zero; sums in float64",
                )
                continue
            yield bound(
                f"the same with pooling, {layers} layers, {name}: strictly smaller",
                share,
                lower=1 / (layers + 1),
                upper=1 - 1e-4,
                why=r"below, $\varphi_1$ alone; above, the patches of a window are not parallel",
            )
            yield bound(
                f"$K_{{NTK}}/((n+1)K_{{CKN}})$ at every pair, {layers} layers, {name}",
                tangent / ((layers + 1) * kernel),
                upper=1.0,
                detail="negative where patches point away from each other",
            )
        rows.append([layers, *shares])
    header = ["layers", "constant", "smooth", "noise"]
    yield table("Share of the bound that is reached, gaussian(2), stride 2", header, rows)
    relu = [Step(2, RELU)] * 2
    values = architectures.network(relu).norms(noise, tangent=True)
    kernel = architectures.network(relu).gram(noise, tangent=True)
    yield measured_against(
        "the library's norms are the roots of its diagonal",
        values,
        np.sqrt(np.diag(kernel)),
        rtol=1e-14,
        why="one root",
    )


@check(
    "C49b",
    title="Gradients of wide convolutional networks",
    statement=r"The inner products of the gradients of $f=(2/m)^{1/2}\sum_v\langle w(v),a_n(v)\rangle$ "
    r"in all weights, $a_k=A_k\,\mathrm{ReLU}((2/m)^{1/2}W_kP_ka_{k-1})$, tend to the kernel of claim 49 "
    r"like $m^{-1/2}$.",
    where=f"{PAPER}: the convolutional tangent kernel",
    verdict="holds",
)
def gradients(tier: Tier) -> Checks:
    """Relative errors over independent draws, for one and two hidden layers."""
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
            yield measured_against(
                f"exponent of m in the error, {what}, {name}: {fitted.exponent:.3f} ± {fitted.error:.3f}",
                fitted.exponent,
                -0.5,
                atol=4 * fitted.error,
                why="four standard errors",
            )
        yield table(
            f"Relative error in the Frobenius norm, root of the mean square over {draws} draws, {name}",
            ["m", "random features", "gradients"],
            [[m, *np.sqrt(squared[:, i].mean(axis=-1))] for i, m in enumerate(widths)],
        )
    yield holds(
        "the signals are not degenerate: the limits of the two kernels differ by a tenth at least",
        bool(np.min(np.abs(limit / kernel - len(steps) - 1)[~np.eye(3, dtype=bool)]) > 0.1),
    )


def relative_square(values: Array, exact: Array) -> float:
    """|A - B|^2 / |B|^2 in the Frobenius norm."""
    return float(np.sum((values - exact) ** 2) / np.sum(exact**2))
