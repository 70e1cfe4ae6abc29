"""Convolutional kernels: kernel maps keep norms and are Lipschitz."""

import math

import numpy as np

import kernelspec as ks
from experiments import architectures
from oracle import convolutional as oracle
from oracle.convolutional import Step
from paper_checks.h_convolutional import JMLR
from paper_checks.registry import *

_KERNELS = (
    ("arccos(1)", 1.0),
    ("exponential(1)", 1.0),
    ("exponential(0.6)", 1 / 0.6),
    ("polynomial(2)", math.sqrt(2)),
    ("polynomial(3)", math.sqrt(3)),
    ("polynomial(4)", 2.0),
)


@check("C42b", verdict="holds", where=f"{JMLR}, Lemma 1 (kernels with $\\kappa'(1)\\leq1$)")
def kernel_maps(tier: Tier) -> Checks:
    r"""Kernel maps keep norms and are Lipschitz

    $\|M_kx\|=\|x\|$ and $\|M_kx-M_kx'\|\leq\rho_k\|x-x'\|$ with $\rho_k=\max(1,\kappa_k'(1))^{1/2}$, the smallest
    constant; so $\|\Phi(x)-\Phi(x')\|\leq\prod_k\rho_k\,\|x-x'\|$ with normalised patches, and without pooling the
    product is the smallest constant, too.
    """
    x, y = tier.rng.normal(size=(2, 30, 6, 2))
    mapped, other = (oracle.pointwise(z, "polynomial(3)") for z in (x, y))
    cubed = ks.polynomial(3)
    yield measured_against(
        r"$\|Mx\|^2$ and $\|Mx-Mx'\|^2$ in coordinates, $u^3$, 30 maps of 6 positions: $\|x\|^2$, and the defect of "
        r"$\kappa$",
        np.stack([np.sum(mapped**2, axis=(1, 2)), np.sum((mapped - other) ** 2, axis=(1, 2))]),
        np.stack([np.sum(x**2, axis=(1, 2)), np.sum(_squared_distance(cubed, x, y), axis=1)]),
        rtol=1e-14,
        why="sums of eight coordinates per position",
    )
    count, angle = tier.pick(quick=2000, full=50_000), 1e-5
    largest, turns = [], []
    for text, rho in _KERNELS:
        kernel = ks.parse(text)
        scale = np.exp(tier.rng.normal(size=(2, count, 6, 1)))
        x, y = scale * tier.rng.normal(size=(2, count, 6, 3))
        y[::2] = x[::2] + 10 ** tier.rng.uniform(-4, 0, (count, 1, 1))[::2] * y[::2]
        squared = np.sum((x - y) ** 2, axis=(1, 2))
        largest.append(float(np.sqrt(np.sum(_squared_distance(kernel, x, y), axis=1) / squared).max()) / rho)
        turns.append(_turned(kernel, angle) / rho)
    names = [text for text, _ in _KERNELS]
    label = rf"$\|Mx-Mx'\|/(\rho\|x-x'\|)$ over {count} pairs of maps, {', '.join(names)}"
    why = "at the smallest distances, 1e-4, the norms are subtracted to 1e-12 of it"
    yield bound(label, largest, upper=1 + 1e-7, why=why)
    pairs = (("exponential(0.6)", "exponential(0.6)"), ("arccos(1)", "polynomial(3)"))
    products = [dict(_KERNELS)[first] * dict(_KERNELS)[second] for first, second in pairs]
    deep = [_turned(ks.parse(b) @ ks.parse(a), angle) / rho for (a, b), rho in zip(pairs, products, strict=True)]
    yield measured_against(
        rf"the same for a turn by {angle:g} of every patch, whose norm stays; and of two layers over $\rho_1\rho_2$",
        [*turns, *deep],
        1.0,
        rtol=2e-6,
        why=r"arccos(1) falls short by $\theta/(3\pi)$, 1.1e-6; the others by $\theta^2$",
        at=[*names, *(f"{second} after {first}" for first, second in pairs)],
    )
    for (first, second), product in zip(pairs, products, strict=True):
        steps = [
            Step(3, first, "gaussian", 2, 1, "circular", normalized=True),
            Step(2, second, "average", 2, 1, "circular", normalized=True),
        ]
        images = tier.rng.normal(size=(tier.pick(quick=20, full=100), 8, 8, 2))
        near = images + 10 ** tier.rng.uniform(-2, 0.5, (len(images), 1, 1, 1)) * tier.rng.normal(size=images.shape)
        found = np.diag(architectures.network(steps).distances(images, near))
        moved = np.sqrt(np.sum((images - near) ** 2, axis=(1, 2, 3)))
        label = rf"$\|\Phi(x)-\Phi(x')\|/(\rho_1\rho_2\|x-x'\|)$, {first}, {second}, with pooling, {len(images)} pairs"
        detail = f"largest without the $\\rho$ {(found / moved).max():.3g}"
        yield bound(label, found / (product * moved), upper=1.0, detail=detail)


def _turned(kernel: ks.Zonal, angle: float) -> float:
    """|phi(z) - phi(z')|/|z - z'| of unit vectors with this angle."""
    return math.sqrt(2 * float(kernel.of_angle(angle, defect=True))) / (2 * math.sin(angle / 2))


def _squared_distance(kernel: ks.Zonal, x: Array, y: Array) -> Array:
    """|phi(z) - phi(z')|^2 for z, z' in the last axis; the angle from the chord, so that it is sharp."""
    a, b = (np.linalg.norm(z, axis=-1) for z in (x, y))
    chord = np.linalg.norm(x / a[..., None] - y / b[..., None], axis=-1)
    theta = 2 * np.arcsin(np.minimum(chord / 2, 1.0))
    return (a - b) ** 2 + 2 * a * b * np.asarray(kernel.of_angle(theta, defect=True))
