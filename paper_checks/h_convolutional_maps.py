r"""Convolutional kernels: kernel maps and the kernel

M keeps norms and is Lipschitz; with all operators in coordinates the kernel is an inner product.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from experiments import architectures
from oracle import convolutional as oracle
from oracle.convolutional import Step
from paper_checks.h_convolutional import JMLR
from paper_checks.registry import Checks, Tier, bound, check, holds, measured_against, note, table

Array = NDArray[np.float64]

_KERNELS = (
    ("arccos(1)", 1.0),
    ("exponential(1)", 1.0),
    ("exponential(0.6)", 1 / 0.6),
    ("polynomial(2)", math.sqrt(2)),
    ("polynomial(3)", math.sqrt(3)),
    ("polynomial(4)", 2.0),
)


@check(
    "C42b",
    title="Kernel maps keep norms and are Lipschitz",
    statement=r"$\|M_kx\|=\|x\|$ and $\|M_kx-M_kx'\|\leq\rho_k\|x-x'\|$ with "
    r"$\rho_k=\max(1,\kappa_k'(1))^{1/2}$, the smallest constant; so "
    r"$\|\Phi(x)-\Phi(x')\|\leq\prod_k\rho_k\,\|x-x'\|$ with normalised patches, and without "
    r"pooling the product is the smallest constant, too.",
    where=f"{JMLR}, Lemma 1 (kernels with $\\kappa'(1)\\leq1$)",
    verdict="holds",
)
def kernel_maps(tier: Tier) -> Checks:
    """Distances by the defect of kappa, features in coordinates, the library's distances."""
    x, y = tier.rng.normal(size=(2, 30, 6, 2))
    for text in ("polynomial(2)", "polynomial(3)", "exponential(0.6)"):
        mapped = oracle.pointwise(x, text)
        yield measured_against(
            rf"$\|Mx\|^2$ in coordinates, {text}, 30 maps of 6 positions",
            np.sum(mapped**2, axis=(1, 2)),
            np.sum(x**2, axis=(1, 2)),
            rtol=1e-14,
            why="powers with up to 496 coordinates per position",
        )
        kernel = ks.parse(text)
        yield measured_against(
            rf"$\|Mx-Mx'\|^2$ in coordinates against the defect of $\kappa$, {text}",
            np.sum((mapped - oracle.pointwise(y, text)) ** 2, axis=(1, 2)),
            np.sum(_squared_distance(kernel, x, y), axis=1),
            rtol=1e-14,
            why="as above",
        )
    count = tier.pick(quick=2000, full=50_000)
    rows = []
    for text, rho in _KERNELS:
        kernel = ks.parse(text)
        scale = np.exp(tier.rng.normal(size=(2, count, 6, 1)))
        x, y = scale * tier.rng.normal(size=(2, count, 6, 3))
        y[::2] = x[::2] + 10 ** tier.rng.uniform(-4, 0, (count, 1, 1))[::2] * y[::2]
        squared = np.sum((x - y) ** 2, axis=(1, 2))
        ratio = np.sqrt(np.sum(_squared_distance(kernel, x, y), axis=1) / squared)
        # A small turn of every patch, whose norm stays.
        angle = 1e-5
        turn = math.sqrt(2 * float(kernel.of_angle(angle, defect=True))) / (2 * math.sin(angle / 2))
        rows.append([text, rho, float(ratio.max()), turn])
        yield bound(
            rf"$\|Mx-Mx'\|/(\rho\|x-x'\|)$ over {count} pairs of maps, {text}",
            ratio / rho,
            upper=1 + 1e-7,
            why="at the smallest distances, 1e-4, the norms are subtracted to 1e-12 of it",
        )
        yield measured_against(
            f"the same for a turn by {angle:g} over $\\kappa'(1)^{{1/2}}$, {text}",
            turn,
            rho,
            rtol=2e-6,
            why=r"arccos(1) falls short by $\theta/(3\pi)$, 1.1e-6; the others by $\theta^2$",
        )
    yield table("Largest ratio", ["kernel", "rho", "random pairs", "a small turn"], rows)
    yield note(
        r"Of these, only arccos(1) and exponential(1) satisfy the assumption $\kappa'(1)\leq1$ of "
        "the stability theorem; see claim 37."
    )
    for first, second in (("exponential(0.6)", "exponential(0.6)"), ("arccos(1)", "polynomial(3)")):
        product = dict(_KERNELS)[first] * dict(_KERNELS)[second]
        composed = ks.parse(second) @ ks.parse(first)
        defect = float(composed.of_angle(1e-5, defect=True))
        yield measured_against(
            f"{second} after {first}, patches of one position: a turn by 1e-5",
            math.sqrt(2 * defect) / (2 * math.sin(5e-6)),
            product,
            rtol=2e-6,
            why="as for one layer",
        )
        steps = [
            Step(3, first, "gaussian", 2, 1, "circular", normalized=True),
            Step(2, second, "average", 2, 1, "circular", normalized=True),
        ]
        images = tier.rng.normal(size=(tier.pick(quick=20, full=100), 8, 8, 2))
        near = images + 10 ** tier.rng.uniform(-2, 0.5, (len(images), 1, 1, 1)) * tier.rng.normal(size=images.shape)
        found = np.diag(architectures.network(steps).distances(images, near))
        moved = np.sqrt(np.sum((images - near) ** 2, axis=(1, 2, 3)))
        yield bound(
            f"$\\|\\Phi(x)-\\Phi(x')\\|/(\\rho_1\\rho_2\\|x-x'\\|)$, {first}, {second}, with pooling, "
            f"{len(images)} pairs",
            found / (product * moved),
            upper=1.0,
            detail=f"largest without the $\\rho$ {(found / moved).max():.3g}",
        )


def _squared_distance(kernel: ks.Zonal, x: Array, y: Array) -> Array:
    """|phi(z) - phi(z')|^2 for z, z' in the last axis; the angle from the chord, so that it is sharp."""
    a, b = (np.linalg.norm(z, axis=-1) for z in (x, y))
    chord = np.linalg.norm(x / a[..., None] - y / b[..., None], axis=-1)
    theta = 2 * np.arcsin(np.minimum(chord / 2, 1.0))
    return (a - b) ** 2 + 2 * a * b * np.asarray(kernel.of_angle(theta, defect=True))


_EXPLICIT = (
    ("polynomial 3, 2", (9, 1), [Step(2, "polynomial(3)", "gaussian", 2, 2), Step(2, "polynomial(2)")]),
    (
        "exponential, polynomial 2",
        (6, 1),
        [Step(2, "exponential(0.6)", "gaussian", 1, 1), Step(1, "polynomial(2)", "average", 2, 2)],
    ),
    (
        "square, square",
        (7, 1),
        [Step(3, "square", "average", 2, 1, "circular"), Step(2, "square", border="circular")],
    ),
    (
        "image: polynomial 2, linear",
        (6, 5, 2),
        [
            Step(3, "polynomial(2)", "gaussian", 1, 1, normalized=True),
            Step(2, "linear()", "average", 2, 2, "valid"),
        ],
    ),
    (
        "image: square, polynomial 2",
        (5, 4, 1),
        [Step(2, "square", "average", 2, 2), Step(2, "polynomial(2)")],
    ),
)  # fmt: skip


@check(
    "C42c",
    title="The kernel is the inner product of explicit maps",
    statement=r"$K(x,x')=\sum_u\langle x_n(u),x_n'(u)\rangle$ with $x_k=A_kM_kP_kx_{k-1}$.",
    where=JMLR,
    verdict="holds",
)
def explicit_maps(tier: Tier) -> Checks:
    """All three operators in coordinates, for kernels that have finite-dimensional features."""
    yield note(
        r"$|z||z'|\cos^r$ has the features $z^{\otimes r}/|z|^{r-1}$, $\langle z,z'\rangle^2$ has "
        r"$z\otimes z$; the exponential kernel has those of its Taylor series, to degree 30 for "
        "patches in the plane, which leaves less than $10^{-15}$."
    )
    rows = []
    for name, shape, steps in _EXPLICIT:
        signals = tier.rng.normal(size=(4, *shape))
        maps = oracle.features(signals, steps)
        sums, means = (np.einsum("nuk,muk->nm", maps, maps), maps.mean(axis=1))
        rows.append([name, "x".join(map(str, shape)), maps.shape[1], maps.shape[2]])
        trick = oracle.covariances(signals, steps)
        yield measured_against(
            f"by the kernel trick on all pairs of positions, {name}",
            trick.gram() / np.abs(sums).max(),
            sums / np.abs(sums).max(),
            atol=1e-12,
            why=f"sums over {maps.shape[2]} coordinates",
        )
        yield measured_against(
            f"the library, {name}",
            architectures.network(steps).gram(signals) / np.abs(sums).max(),
            sums / np.abs(sums).max(),
            atol=1e-12,
            why=f"sums over {maps.shape[2]} coordinates",
        )
        average = means @ means.T
        yield measured_against(
            f"global average pooling, the library, {name}",
            architectures.network(steps, "mean").gram(signals) / np.abs(average).max(),
            average / np.abs(average).max(),
            atol=2e-14,
            why=f"sums over {maps.shape[2]} coordinates",
        )
        norms = architectures.network(steps).maps(signals)[-1].values.reshape(len(signals), -1)
        yield measured_against(
            f"the library's map $|x_n(u)|$, {name}",
            norms / norms.max(),
            np.linalg.norm(maps, axis=2) / norms.max(),
            atol=1e-14,
            why="roots of the numbers above; small norms lose half as many digits more",
        )
    yield table("Explicit maps", ["network", "signal", "positions", "dimension"], rows)
    yield holds(
        "a zero signal has kernel 0",
        all(not np.any(architectures.network(steps).gram(np.zeros((1, *shape)))) for _, shape, steps in _EXPLICIT),
    )
