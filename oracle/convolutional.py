r"""Convolutional kernels from their definitions: P, M and A as explicit operators, claims 42, 49, 58.

A slow evaluator that shares no code with ``kernelspec.ckn``: x_k = A_k M_k P_k x_{k-1}. P cuts patches, M maps every
patch to the RKHS of a kernel, A pools. M is carried out either by the kernel trick (`covariances`), on inner products
of all pairs (signal, position), where P and A act from both sides and M entry by entry; or on explicit
finite-dimensional features, where the kernel has them (`features`).

The arithmetic is float64 or, for patches that coincide, where a cosine of 1 - 1e-16 costs the tangent kernel half of
its digits, 400 bits (`evaluate`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import flint
import numpy as np
from numpy.typing import NDArray

from oracle.patch_kernels import FLOATS as FLOATS
from oracle.patch_kernels import FLOOR, Array, Numbers, long_numbers
from oracle.patch_kernels import kappa_and_slope as kappa_and_slope
from oracle.patch_kernels import pointwise as pointwise

Sizes: TypeAlias = tuple[int, ...]

BITS = 400


@dataclass(frozen=True)
class Step:
    """One layer as plain data.

    Parameters
    ----------
    patch : positions per axis, those from -(patch // 2) on.
    kernel : a sum of terms like "arccos(1)" and "1/4*linear()", or "square" for <z, z'>^2.
    pool : "gaussian", "average", "strided" or "" for none; `size` is its q, `centred` whether its windows are.
    stride, border, normalized : as in `kernelspec.ckn.Layer`.
    """

    patch: int
    kernel: str
    pool: str = ""
    size: int = 1
    stride: int = 1
    border: str = "zero"
    normalized: bool = False
    centred: bool = False

    def weight(self, axes: int) -> float:
        """What an inner product of patches is multiplied by."""
        return float(self.patch) ** -axes if self.normalized else 1.0


# -- operators -------------------------------------------------------------------------------------------------------


def patch_reads(n: int, step: Step) -> NDArray[np.intp]:
    """The positions that each patch reads along one axis of n, shape (patches, patch); n for one outside."""
    first = 0 if step.border == "valid" else -(step.patch // 2)
    patches = n - step.patch + 1 if step.border == "valid" else n
    reads = np.arange(max(0, patches))[:, None] + first + np.arange(step.patch)
    return reads % n if step.border == "circular" else np.where((reads >= 0) & (reads < n), reads, n)


def taps(pool: str, size: int, f: Numbers = FLOATS) -> Array:
    """The filter h of a pooling, whose sum is 1."""
    if pool == "gaussian":
        bell = [f.exp(f.number(Fraction(-t * t, size * size))) for t in range(-size, size + 1)]
        return f.array([weight / sum(bell) for weight in bell])
    return f.array([f.number(Fraction(1, size))] * size if pool == "average" else [0, 1])


def pooled_size(n: int, step: Step) -> int:
    """How many positions of the pooled axis there are; not positive if there is none."""
    s = step.stride
    if not step.pool:
        return n
    if step.border == "circular":
        return n // s
    if step.pool == "strided":
        return n // s - 1
    if step.border == "valid":
        window = step.size if step.pool == "average" else 2 * step.size + 1
        return (n - window) // s + 1 if n >= window else 0
    if step.centred:
        return -(-n // s)
    return n // s - 1 if step.pool == "gaussian" else n // s


def pooling_matrix(n: int, step: Step, f: Numbers = FLOATS, weights: Sequence[Any] | None = None) -> Array:
    """A along one axis of n positions: output i is the sum over t of h(t) times input stride * i + t.

    `weights` are taken in the place of h. Inside a valid border a centred window is a window.
    """
    if not step.pool:
        return f.array(np.eye(n))
    s, first = step.stride, 0
    h: Any = taps(step.pool, step.size, f) if weights is None else weights
    if step.pool == "strided":  # reads position s (i + 1)
        h, first = f.array([1]), s
    elif step.centred and step.border != "valid":
        first = -(step.size // 2) if step.pool == "average" else -step.size
    matrix = f.array(np.zeros((max(0, pooled_size(n, step)), n)))
    for i, row in enumerate(matrix):
        for j, weight in enumerate(h, s * i + first):
            if step.border == "circular":
                row[j % n] += weight
            elif 0 <= j < n:
                row[j] = weight
    return matrix


def map_sizes(step: Step, sizes: Sequence[int]) -> tuple[Sizes, Sizes]:
    """Sizes of the map of patches and of the pooled map."""
    patches = tuple(n - step.patch + 1 if step.border == "valid" else n for n in sizes)
    return patches, tuple(pooled_size(n, step) for n in patches)


def is_possible(steps: Sequence[Step], sizes: Sequence[int]) -> bool:
    """Whether no map is empty."""
    for step in steps:
        patches, sizes = map_sizes(step, sizes)
        if min(*patches, *sizes) < 1:
            return False
    return True


def _places(step: Step, sizes: Sequence[int]) -> list[NDArray[np.intp]]:
    """For each offset of a patch, what the patches read: positions in C order, the number of all for one outside."""
    found = []
    for offsets in itertools.product(range(step.patch), repeat=len(sizes)):
        axes = [patch_reads(n, step)[:, c] for n, c in zip(sizes, offsets, strict=True)]
        grid = np.meshgrid(*axes, indexing="ij")
        outside = np.any([reads == n for reads, n in zip(grid, sizes, strict=True)], axis=0)
        positions = np.ravel_multi_index(grid, tuple(sizes), mode="clip")
        found.append(np.where(outside, math.prod(sizes), positions).ravel())
    return found


def _pooling(step: Step, sizes: Sequence[int], f: Numbers) -> Array:
    """A on a map of patches of these sizes: the same filter on each axis."""
    matrix = f.array(np.ones((1, 1)))
    for n in sizes:
        matrix = np.kron(matrix, pooling_matrix(n, step, f))
    return matrix


@dataclass(frozen=True, eq=False)
class Operators:
    """P and A of one layer on maps of given sizes.

    `shifts` has shape (offsets, patches, positions), `pooling` (outputs, patches).
    """

    shifts: Array
    pooling: Array
    sizes: Sizes


def operators(step: Step, sizes: Sequence[int]) -> Operators:
    """The operators on all positions of a map, which are numbered in C order."""
    read = np.eye(math.prod(sizes) + 1)[:, :-1]
    shifts = np.stack([read[places] for places in _places(step, sizes)])
    patches, pooled = map_sizes(step, sizes)
    return Operators(shifts, _pooling(step, patches, FLOATS), pooled)


def extract(signals: Array, ops: Operators) -> Array:
    """P x: shape (n, positions, channels) to (n, patches, offsets * channels)."""
    found = np.einsum("cuv,nvk->nuck", ops.shifts, signals, optimize=True)
    return found.reshape(*found.shape[:2], -1)


def flattened(signals: Array) -> tuple[Array, Sizes]:
    """Signals as (n, positions, channels), and the sizes of their axes."""
    sizes = signals.shape[1:-1]
    return signals.reshape(len(signals), -1, signals.shape[-1]), sizes


# -- by the kernel trick ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Covariances:
    """Inner products of the last maps, shape (n, positions, n, positions); `tangent` of the y.

    `norms` are the maps of norms of the input, and of the patches and the output of each layer, (n, *sizes).
    """

    kernel: Array
    tangent: Array
    norms: tuple[tuple[str, Array], ...]
    numbers: Numbers = FLOATS

    def gram(self, tangent: bool = False, output: str = "sum") -> Array:
        """K(x, x'), the sum over equal positions, or the inner product of the means."""
        values = self.tangent if tangent else self.kernel
        positions = values.shape[1]
        if output == "mean":
            return values.sum(axis=(1, 3)) / self.numbers.number(Fraction(positions**2))
        return np.asarray(sum(values[:, u, :, u] for u in range(positions)))


def covariances(
    signals: Array, steps: Sequence[Step], f: Numbers = FLOATS, *, tangent: bool = True, rounding: float = 0.0
) -> Covariances:
    """The recursion of claim 49 on every pair of positions; without `tangent`, of the kernel alone.

    `rounding` multiplies every cosine of two different (signal, position) by 1 - rounding: how far the values move is
    how well a program that rounds can know them.
    """
    x, sizes = flattened(f.array(signals))
    rows = x.reshape(-1, x.shape[-1])
    kernel = (rows @ rows.T).reshape(x.shape[:2] * 2)
    tangents = kernel
    norms = [("input", _norms(kernel, f).reshape(-1, *sizes))]
    for number, step in enumerate(steps, 1):
        inner, inner_tangents = (_patch_products(g, step, sizes, f) if used else g
                                 for g, used in ((kernel, True), (tangents, tangent)))  # fmt: skip
        patches, sizes = map_sizes(step, sizes)
        norms.append((f"patches {number}", _norms(inner, f).reshape(-1, *patches)))
        kernel, slopes = _mapped(inner, step, f, tangent, rounding)
        pooling = _pooling(step, patches, f)
        if tangent:
            tangents = _pooled(slopes * inner_tangents + kernel, pooling)
        kernel = _pooled(kernel, pooling)
        norms.append((f"layer {number}", _norms(kernel, f).reshape(-1, *sizes)))
    return Covariances(kernel, tangents, tuple(norms), f)


def _patch_products(gram: Array, step: Step, sizes: Sequence[int], f: Numbers) -> Array:
    """P on both sides: <Px(u), Px'(v)> is the sum over the offsets of a patch of <x(u_c), x'(v_c)>."""
    n, positions = gram.shape[:2]
    outside = f.array(np.zeros((n, positions + 1, n, positions + 1)))
    outside[:, :positions, :, :positions] = gram
    total = sum(outside[:, places][:, :, :, places] for places in _places(step, sizes))
    return np.asarray(total / f.number(Fraction(step.patch ** len(sizes))) if step.normalized else total)


def _pooled(gram: Array, pooling: Array) -> Array:
    """A on both sides."""
    right = np.tensordot(gram, pooling, axes=(3, 1))
    return np.moveaxis(np.tensordot(pooling, right, axes=(1, 1)), 0, 1)


def _mapped(inner: Array, step: Step, f: Numbers, tangent: bool, rounding: float) -> tuple[Array, Any]:
    """M: K = |z||z'| kappa(cos) (claim 37) or <z, z'>^2 (claim 58), and what multiplies the tangent kernel."""
    if step.kernel == "square":
        return inner * inner, 2 * inner
    norms = _norms(inner, f)
    floored = f.larger(norms, f.number(FLOOR))
    cosines = f.clip(inner / floored[:, :, None, None] / floored)
    if rounding:
        cosines = cosines * (1 - f.number(Fraction(rounding)))
    same = np.eye(norms.size, dtype=bool).reshape(cosines.shape)
    cosines[same] = ((norms / floored) ** 2).ravel()  # 1, not a rounded 1, unless the floor is met
    kappa, slope = kappa_and_slope(step.kernel, f)
    return kappa(cosines) * norms[:, :, None, None] * norms, slope(cosines) if tangent else None


def _norms(gram: Array, f: Numbers) -> Array:
    """|x(u)| of every signal and position, shape (n, positions)."""
    n, positions = gram.shape[:2]
    return np.asarray(f.sqrt(np.diagonal(gram.reshape(n * positions, -1)).reshape(n, positions)))


@dataclass(frozen=True)
class Values:
    """What the slow evaluator knows, in float64: gram (n, n), tangent (n, n) or None, maps of norms (n, *sizes)."""

    gram: Array
    tangent: Array | None
    squared_distances: Array
    maps: tuple[tuple[str, Array], ...]


def evaluate(
    steps: Sequence[Step],
    signals: Any,
    output: str = "sum",
    tangent: bool = False,
    long: bool = False,
    rounding: float = 0.0,
) -> Values:
    """The kernel of all pairs of signals (n, *sizes, channels), in 400 bits where `long`; else as `covariances`."""
    with flint.ctx.workprec(BITS):
        numbers = long_numbers() if long else FLOATS
        found = covariances(np.asarray(signals, dtype=np.float64), steps, numbers, tangent=tangent, rounding=rounding)
        value = found.gram(output=output)
        diagonal = np.diagonal(value)
        return Values(
            _floats(value),
            _floats(found.gram(True, output)) if tangent else None,
            _floats(diagonal[:, None] + diagonal[None, :] - 2 * value),
            tuple((name, _floats(norms)) for name, norms in found.norms),
        )


def _floats(x: Array) -> Array:
    return np.asarray(x.astype(np.float64))


# -- on explicit features --------------------------------------------------------------------------------------------


def features(signals: Array, steps: Sequence[Step]) -> Array:
    """x_n = A_n M_n P_n ... A_1 M_1 P_1 x in coordinates, shape (n, positions, dimension)."""
    x, sizes = flattened(signals)
    for step in steps:
        ops = operators(step, sizes)
        patches = math.sqrt(step.weight(len(sizes))) * extract(x, ops)
        x = np.einsum("vu,nuk->nvk", ops.pooling, pointwise(patches, step.kernel))
        sizes = ops.sizes
    return x
