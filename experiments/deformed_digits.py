r"""Digits, deformed and moved, and how far that takes them in the RKHS of a convolutional kernel (claim 63).

The network is that of the paper's figure: two layers of patches 3 x 3, arc-cosine kernels of degree 1, Gaussian pooling
by 2 and 5 with subsampling by 2 and 5. Its kernel (CKN) and its tangent kernel (NTK) are both read from it.

The paper takes its deformed digits from infinite MNIST. Here they are made by smooth random displacement fields
(`kernelspec.ckn.stability.elastic`) and translations: the claim is about deformations of a given size, and these have
a known one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import kernelspec as ks
from experiments import datasets, summaries
from kernelspec import ckn
from kernelspec.ckn import stability
from kernelspec.ckn.stability import Field

Array = NDArray[np.float64]

KERNELS = ("CKN", "NTK")
NET = ckn.Network(
    [ckn.Layer(3, ks.arccos(1), ckn.gaussian(2), stride=2), ckn.Layer(3, ks.arccos(1), ckn.gaussian(5), stride=5)]
)
SHAPE = (28, 28)
SCALE = 6.0  # pixels over which a field is correlated: |grad tau| stays below 1 up to alpha = 2.5
FARTHEST = 2.0  # pixels along each axis, of the translations that go with deformations
REFERENCE = 5  # the digit
_ENLARGED = 2.25  # pixels to a pixel of 8 x 8; the digits are then about 20 pixels high, as in MNIST


@dataclass(frozen=True, eq=False)
class Digits:
    """Images of digits: shape (n, 28, 28, 1), in [0, 1] with 0 for paper, and their labels."""

    name: str
    images: Array
    labels: NDArray[np.int64]

    def of(self, label: int, other: bool = False) -> NDArray[np.intp]:
        """Where the images of a label are, or those of all others."""
        return np.flatnonzero((self.labels == label) != other)


def enlarged_digits() -> Digits:
    r"""The digits of scikit-learn on 28 x 28 pixels.

    .. math:: x(u) = \sum_k p_k \, B(u_1/2.25 - k_1)\, B(u_2/2.25 - k_2)

    with the cubic B-spline B, u and k from the middle of the images: between 0 and 1, with an empty margin, and
    band-limited to 2e-4 (the transform of B(u/2.25) at the highest frequency of the pixels), so that displacing it by
    parts of a pixel adds nothing to it.

    Raises ModuleNotFoundError where scikit-learn is not installed.
    """
    small = datasets.digits()
    side = round(small.pixels.shape[1] ** 0.5)
    middle = (SHAPE[0] - 1) / 2
    places = (np.arange(SHAPE[0]) - middle) / _ENLARGED + (side - 1) / 2
    weights = cubic_spline(places[:, None] - np.arange(side))
    pixels = small.pixels.reshape(-1, side, side)
    return Digits("scikit-learn", (weights @ pixels @ weights.T)[..., None], small.labels)


def cubic_spline(t: Array) -> Array:
    """The cubic B-spline: 2/3 at 0, 1/6 at -1 and 1, 0 from 2 on; its translates by integers sum to 1."""
    r = np.abs(t)
    inner = 2 / 3 - r**2 + r**3 / 2
    return np.where(r < 1, inner, np.where(r < 2, (2 - r) ** 3 / 6, 0.0))


def mnist(data: Path | None) -> Digits | None:
    """The test images of MNIST from a folder, or its folder ``mnist``; None where it has none.

    Raises ValueError for files that are damaged, or have images of another size.
    """
    found = datasets.mnist(data, "test")
    if found is None:
        return None
    return Digits("MNIST", found.pixels.reshape(-1, *SHAPE, 1), found.labels)


# -- distances ------------------------------------------------------------------------------------------


def relative_distances(reference: Array, others: Array) -> Array:
    """|Phi(y) - Phi(x)| / |Phi(x)| of CKN and NTK, shape (2, n), from an image x to images y."""
    x = reference[None]
    found = []
    for tangent in (False, True):
        # One worker: checks and figures run in processes of their own, side by side.
        apart = NET.distances(x, others, tangent, threads=1)[0]
        found.append(apart / float(NET.norms(x, tangent)[0]))
    return np.stack(found)


@dataclass(frozen=True, eq=False)
class Sizes:
    """How much is computed: references, fields and translations of each, other images, and their sizes in pixels.

    alphas are root mean squares of displacements, with translations also for those in `joint`; shifts are lengths.
    """

    references: int
    fields: int
    others: int
    alphas: tuple[float, ...]
    joint: tuple[float, ...]
    shifts: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Distances:
    """Relative distances of CKN and NTK (first axis) from each of R references (second axis).

    Parameters
    ----------
    digits : the name of the data set.
    sizes : what was asked for.
    deformed, joint, translated : to the image deformed, deformed and translated, translated: (2, R, fields, sizes).
    same, any : to other images of the same label, and to images of any other label: (2, R, others).
    folding : the largest |grad tau| of a deformation.
    """

    digits: str
    sizes: Sizes
    deformed: Array
    joint: Array
    translated: Array
    same: Array
    any: Array
    folding: float


def distances(source: Digits, sizes: Sizes, rng: np.random.Generator) -> Distances:
    """The distances; each reference has fields, translations and other images of its own."""
    counts = (len(sizes.alphas), len(sizes.joint), len(sizes.shifts))
    moved = [np.empty((2, sizes.references, sizes.fields, count)) for count in counts]
    same, any_ = (np.empty((2, sizes.references, sizes.others)) for _ in range(2))
    fives, rest = source.of(REFERENCE), source.of(REFERENCE, other=True)
    folding = 0.0
    for r, index in enumerate(rng.choice(fives, sizes.references, replace=False)):
        x = source.images[index]
        images: list[Array] = []
        for _ in range(sizes.fields):
            tau = stability.elastic(SHAPE, 1.0, SCALE, rng)
            shift = stability.translation(SHAPE, rng.uniform(-FARTHEST, FARTHEST, 2))
            angle = rng.uniform(0, 2 * np.pi)
            direction = np.array([np.cos(angle), np.sin(angle)])
            images += [warped(x, alpha * tau) for alpha in sizes.alphas]
            # First deformed, then translated: the field of a sum would have to be searched for its suprema.
            images += [warped(warped(x, alpha * tau), shift) for alpha in sizes.joint]
            images += [warped(x, stability.translation(SHAPE, s * direction)) for s in sizes.shifts]
            folding = max(folding, max((*sizes.alphas, *sizes.joint)) * tau.grad_sup)
        twins = rng.choice(fives[fives != index], sizes.others, replace=False)
        strangers = rng.choice(rest, sizes.others, replace=False)
        batch = np.stack([*images, *source.images[twins], *source.images[strangers]])
        found = relative_distances(x, batch)
        of_fields, same[:, r], any_[:, r] = np.split(found, [len(images), len(images) + sizes.others], axis=1)
        parts = np.split(of_fields.reshape(2, sizes.fields, -1), np.cumsum(counts)[:2], axis=2)
        for whole, part in zip(moved, parts, strict=True):
            whole[:, r] = part
    deformed, joint, translated = moved
    return Distances(source.name, sizes, deformed, joint, translated, same, any_, folding)


def warped(x: Array, tau: Field) -> Array:
    """L_tau x."""
    return np.asarray(stability.warp(x, tau))


def mean_and_error(values: Array) -> tuple[Array, Array]:
    """Mean over the references and its standard error; what else there is on the axes between is averaged first.

    Parameters
    ----------
    values : shape (R, sizes) or (R, fields, sizes).
    """
    return summaries.mean_and_error((values.mean(axis=1) if values.ndim == 3 else values).T)
