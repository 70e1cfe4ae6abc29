r"""Convolutional kernels from their definitions: P, M and A as explicit operators, claims 42, 49, 58.

A slow evaluator that shares no code with ``kernelspec.ckn``. P is a stack of 0/1 matrices, one for
each offset in the patch, A is a matrix; on images both are Kronecker products. M is carried out
either by the kernel trick, on inner products of all pairs of positions of all signals
(`covariances`), or on explicit finite-dimensional features, where the kernel has them (`features`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from kernelspec.ckn import Layer, Network

Array = NDArray[np.float64]
Border = Literal["zero", "circular", "valid"]
_FLOOR = 1e-6  # norms below it are not divided by, as in the papers' code


@dataclass(frozen=True)
class Step:
    """One layer as plain data.

    Parameters
    ----------
    patch : positions per axis, those from -(patch // 2) on.
    kernel : as `ks.parse` reads it, or "square" for <z, z'>^2.
    pool : "gaussian", "average", "strided" or "" for none, and `size`, its q.
    stride, border, normalized : as in `kernelspec.ckn.Layer`.
    """

    patch: int
    kernel: str
    pool: str = ""
    size: int = 1
    stride: int = 1
    border: Border = "zero"
    normalized: bool = False

    def layer(self) -> Layer:
        """The same layer of the library."""
        import kernelspec as ks
        from kernelspec import ckn

        pools: dict[str, Callable[[], Any]] = {
            "gaussian": lambda: ckn.gaussian(self.size),
            "average": lambda: ckn.average(self.size),
            "strided": ckn.strided,
            "": lambda: None,
        }
        return ckn.Layer(
            patch=self.patch,
            kernel=ckn.square if self.kernel == "square" else ks.parse(self.kernel),
            pool=pools[self.pool](),
            stride=self.stride,
            border=self.border,
            normalized=self.normalized,
        )

    def weight(self, axes: int) -> float:
        """What an inner product of patches is multiplied by."""
        return float(self.patch) ** -axes if self.normalized else 1.0


def network(steps: Sequence[Step], output: Literal["sum", "mean"] = "sum") -> Network:
    """The network of the library with these layers."""
    from kernelspec import ckn

    return ckn.Network(tuple(step.layer() for step in steps), output=output)


# ------------------------------------------------------------------------------------- operators


def shift(n: int, offset: int, border: Border, patch: int = 1) -> Array:
    """The matrix of x -> x(. + offset) along one axis; "valid" has n - patch + 1 rows."""
    rows = n - patch + 1 if border == "valid" else n
    matrix = np.zeros((max(0, rows), n))
    for i in range(rows):
        j = (i + offset) % n if border == "circular" else i + offset
        if 0 <= j < n:
            matrix[i, j] = 1.0
    return matrix


def patch_shifts(n: int, step: Step) -> list[Array]:
    """The shifts of P along one axis, one for each offset."""
    first = 0 if step.border == "valid" else -(step.patch // 2)
    return [shift(n, first + c, step.border, step.patch) for c in range(step.patch)]


def taps(pool: str, size: int) -> Array:
    """The filter h of a pooling, whose sum is 1."""
    if pool == "gaussian":
        bell = np.exp(-((np.arange(-size, size + 1) / size) ** 2))
        return bell / bell.sum()
    return np.full(size, 1 / size) if pool == "average" else np.array([0.0, 1.0])


def pooling_matrix(n: int, step: Step) -> Array:
    """A along one axis: output i is the sum over t of h(t) times input stride * i + t."""
    if not step.pool:
        return np.eye(n)
    s = step.stride
    # Strided sampling reads position s (i + 1): one tap, at s.
    h = np.eye(s + 1)[s] if step.pool == "strided" else taps(step.pool, step.size)
    outputs = n // s if step.pool == "average" or step.border == "circular" else n // s - 1
    if step.border == "valid" and step.pool != "strided":
        outputs = (n - len(h)) // s + 1
    matrix = np.zeros((max(0, outputs), n))
    for i in range(outputs):
        for t, value in enumerate(h):
            j = s * i + t
            if step.border == "circular":
                matrix[i, j % n] += value
            elif j < n:
                matrix[i, j] = value
    return matrix


@dataclass(frozen=True, eq=False)
class Operators:
    """P and A of one layer on maps of given sizes.

    `shifts` has shape (offsets, patches, positions), `pooling` (outputs, patches).
    """

    shifts: Array
    pooling: Array
    sizes: tuple[int, ...]


def operators(step: Step, sizes: Sequence[int]) -> Operators:
    """The operators on all positions of a map, which are numbered in C order."""
    per_axis = [patch_shifts(n, step) for n in sizes]
    shifts = per_axis[0]
    for other in per_axis[1:]:
        shifts = [np.asarray(np.kron(a, b)) for a in shifts for b in other]
    pools = [pooling_matrix(axis[0].shape[0], step) for axis in per_axis]
    pooling = pools[0]
    for pool in pools[1:]:
        pooling = np.asarray(np.kron(pooling, pool))
    return Operators(np.stack(shifts), pooling, tuple(len(pool) for pool in pools))


def extract(signals: Array, ops: Operators) -> Array:
    """P x: shape (n, positions, channels) to (n, patches, offsets * channels)."""
    found = np.einsum("cuv,nvk->nuck", ops.shifts, signals, optimize=True)
    return found.reshape(*found.shape[:2], -1)


def flattened(signals: Array) -> tuple[Array, tuple[int, ...]]:
    """Signals as (n, positions, channels), and the sizes of their axes."""
    sizes = signals.shape[1:-1]
    return signals.reshape(len(signals), -1, signals.shape[-1]), sizes


# ---------------------------------------------------------------------------------------- kernels


def kappa_and_slope(kernel: str) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    """kappa and its derivative on [-1, 1], from their formulas."""
    name, _, argument = kernel.rstrip(")").partition("(")
    number = float(argument.partition("=")[2] or argument or 1)

    def step(u: Array) -> Array:
        return 1 - np.arccos(u) / math.pi

    def ramp(u: Array) -> Array:
        return u * step(u) + np.sqrt((1 - u) * (1 + u)) / math.pi

    def bell(u: Array) -> Array:
        return np.exp((u - 1) / number**2)

    if name == "arccos":
        return ramp, step
    if name == "exponential":
        return bell, lambda u: bell(u) / number**2
    if name == "polynomial":
        return lambda u: u**number, lambda u: number * u ** (number - 1)
    if name == "linear":
        return lambda u: u, np.ones_like
    raise ValueError(f"no formula for {kernel!r}")


@dataclass(frozen=True, eq=False)
class Covariances:
    """Inner products of the last maps, shape (n, positions, n, positions); `tangent` of the y."""

    kernel: Array
    tangent: Array

    def gram(self, tangent: bool = False, output: Literal["sum", "mean"] = "sum") -> Array:
        """K(x, x'), the sum over equal positions, or the inner product of the means."""
        values = self.tangent if tangent else self.kernel
        if output == "mean":
            return values.mean(axis=(1, 3))
        return np.einsum("numu->nm", values)


def covariances(signals: Array, steps: Sequence[Step]) -> Covariances:
    """The recursion of claim 49 on every pair of positions, by the kernel trick.

    `tangent` is meaningful where every kernel is arccos(1) or linear.
    """
    x, sizes = flattened(signals)
    n, positions = x.shape[:2]
    kernel = np.einsum("nuk,mvk->numv", x, x)
    tangent = kernel
    for step in steps:
        ops = operators(step, sizes)
        weight = step.weight(len(sizes))
        inner = weight * _both(ops.shifts, kernel)
        patch_tangent = weight * _both(ops.shifts, tangent)
        n, positions = inner.shape[:2]
        norms = np.sqrt(np.einsum("nunu->nu", inner)).ravel()
        if step.kernel == "square":
            kernel, tangent = inner**2, 2 * inner * patch_tangent + inner**2
        else:
            kappa, slope = kappa_and_slope(step.kernel)
            safe = np.maximum(norms, _FLOOR)
            table = inner.reshape(n * positions, -1)
            cosine = np.clip(table / safe[:, None] / safe, -1, 1)
            np.fill_diagonal(cosine, np.where(norms > _FLOOR, 1.0, cosine.diagonal()))
            cosine = cosine.reshape(inner.shape)
            kernel = np.multiply.outer(norms, norms).reshape(inner.shape) * kappa(cosine)
            tangent = slope(cosine) * patch_tangent + kernel
        kernel, tangent = (_both(ops.pooling[None], a) for a in (kernel, tangent))
        sizes = ops.sizes
    return Covariances(kernel, tangent)


def _both(matrices: Array, values: Array) -> Array:
    """The sum over c of B_c G B_c^T, on both pairs of axes of (n, u, m, v)."""
    total: Array | int = 0
    for matrix in matrices:
        left = np.einsum("ab,nbmv->namv", matrix, values, optimize=True)
        total = total + np.einsum("cd,namd->namc", matrix, left, optimize=True)
    return np.asarray(total)


# --------------------------------------------------------------------------------------- features


def tensor_power(z: Array, r: int) -> Array:
    """z (x) ... (x) z, r times, over the last axis."""
    power = z
    for _ in range(r - 1):
        power = (power[..., :, None] * z[..., None, :]).reshape(*z.shape[:-1], -1)
    return power


def pointwise(z: Array, kernel: str) -> Array:
    r"""The feature map of a patch kernel: z^{(x)r} / |z|^{r-1} of |z||z'|cos^r, z (x) z of "square"."""
    if kernel == "square":
        return tensor_power(z, 2)
    name, _, argument = kernel.rstrip(")").partition("(")
    if name == "exponential":
        return _exponential_features(z, 1 / float(argument.partition("=")[2] or argument) ** 2)
    if name not in ("polynomial", "linear"):
        raise ValueError(f"{kernel!r} has no features in finite dimension here")
    r = int(argument or 1)
    norms = np.linalg.norm(z, axis=-1, keepdims=True)
    return tensor_power(z, r) / np.maximum(norms, _FLOOR) ** (r - 1)


def _exponential_features(z: Array, alpha: float, degree: int = 30) -> Array:
    """|z| e^{alpha(u-1)} as a sum of powers u^j for z in the plane; the rest is below 1e-15."""
    if z.shape[-1] != 2:
        raise ValueError(f"the powers are written out for patches in R^2, not R^{z.shape[-1]}")
    norms = np.linalg.norm(z, axis=-1, keepdims=True)
    a, b = np.moveaxis(z / np.maximum(norms, _FLOOR), -1, 0)
    # u^j = (a a' + b b')^j, by the binomial theorem.
    columns = [
        math.sqrt(math.exp(-alpha) * alpha**j / math.factorial(j) * math.comb(j, i)) * a**i * b ** (j - i)
        for j in range(degree + 1)
        for i in range(j + 1)
    ]
    return norms * np.stack(columns, axis=-1)


def features(signals: Array, steps: Sequence[Step]) -> Array:
    """x_n = A_n M_n P_n ... A_1 M_1 P_1 x in coordinates, shape (n, positions, dimension)."""
    x, sizes = flattened(signals)
    for step in steps:
        ops = operators(step, sizes)
        patches = math.sqrt(step.weight(len(sizes))) * extract(x, ops)
        x = np.einsum("vu,nuk->nvk", ops.pooling, pointwise(patches, step.kernel))
        sizes = ops.sizes
    return x
