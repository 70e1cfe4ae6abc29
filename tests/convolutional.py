"""Convolutional kernels straight from their definitions: slow, and independent of `kernelspec.ckn`.

x_k = A_k M_k P_k x_{k-1}: P cuts patches, M maps every patch to the RKHS of a kernel, A pools (claim 42). M needs no
coordinates: all that is known of a map is its Gram matrix over all pairs (image, position), and P, M and A act on
that matrix - P and A from both sides, M entry by entry. Nothing here calls the library except what states an
architecture to it, `Architecture.network`.

The arithmetic is float64 or, for patches that coincide, where a cosine of 1 - 1e-16 costs the tangent kernel half of
its digits, 400 bits.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint
import numpy as np

from kernelspec.numbers.arithmetic_protocol import Value

Array = np.ndarray[Any, np.dtype[Any]]
Sizes = tuple[int, ...]

BITS = 400
FLOOR = Fraction(1, 10**150)  # of norms before dividing: 0 for all purposes; 1e-6 in the papers' code


# -- architectures as plain data --------------------------------------------------------------------


@dataclass(frozen=True)
class Pool:
    """`kind` is "gaussian", "average" or "strided"; `size` is q."""

    kind: str
    size: int = 1
    centred: bool = False


@dataclass(frozen=True)
class Layer:
    """One layer; `kernel` is a key of KERNELS or "square"."""

    patch: int
    kernel: str
    pool: Pool | None = None
    stride: int = 1
    border: str = "zero"
    normalized: bool = False


@dataclass(frozen=True)
class Architecture:
    """Layers and what is done with the last map: "sum" or "mean"."""

    layers: tuple[Layer, ...]
    output: str = "sum"

    def network(self) -> Any:
        """The same architecture as a `kernelspec.ckn.Network`."""
        import kernelspec as ks
        from kernelspec import ckn

        def pool(p: Pool | None) -> Any:
            if p is None or p.kind == "strided":
                return p and ckn.strided()
            return getattr(ckn, p.kind)(p.size, centred=p.centred)

        def layer(x: Layer) -> Any:
            kernel = ckn.square if x.kernel == "square" else ks.parse(x.kernel)
            return ckn.Layer(x.patch, kernel, pool(x.pool), x.stride, x.border, x.normalized)

        return ckn.Network(tuple(map(layer, self.layers)), output=self.output)


# -- two arithmetics ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Numbers:
    """The functions of one arithmetic; all but `number` (a rational, rounded once) take arrays."""

    pi: Any
    number: Callable[[Fraction], Any]
    array: Callable[[Any], Array]
    exp: Callable[[Value], Value]
    sqrt: Callable[[Value], Value]  # of what rounding made negative: 0
    acos: Callable[[Value], Value]
    clip: Callable[[Value], Value]  # to [-1, 1]
    larger: Callable[[Value, Value], Value]


FLOATS = Numbers(
    math.pi,
    float,
    lambda x: np.asarray(x, dtype=np.float64),
    np.exp,
    lambda x: np.sqrt(np.maximum(x, 0.0)),
    np.arccos,
    lambda x: np.clip(x, -1.0, 1.0),
    np.maximum,
)


def long_numbers() -> Numbers:
    """Object arrays of midpoints of Arb balls, at the precision in force."""
    arb = flint.arb

    def each(function: Callable[..., Value], arguments: int = 1) -> Callable[..., Value]:
        return np.frompyfunc(function, arguments, 1)

    return Numbers(
        arb.pi().mid(),
        lambda q: arb(flint.fmpq(q.numerator, q.denominator)).mid(),
        each(arb),
        each(lambda x: arb(x).exp().mid()),
        each(lambda x: x.mid().sqrt().mid() if x.mid() > 0 else arb(0)),
        each(lambda x: x.acos().mid()),
        each(lambda x: min(max(x.mid(), arb(-1)), arb(1))),
        each(lambda x, y: max(x.mid(), y), 2),
    )


# -- the kernels of patches, from the claims ---------------------------------------------------------

Kappa = Callable[[Any, Numbers], Any]


def kappa_0(u: Value, f: Numbers) -> Value:
    """Claim 12."""
    return 1 - f.acos(u) / f.pi


def kappa_1(u: Value, f: Numbers) -> Value:
    """Claim 12."""
    return (u * (f.pi - f.acos(u)) + f.sqrt((1 - u) * (1 + u))) / f.pi


def _exponential(sigma: Fraction) -> Kappa:
    return lambda u, f: f.exp((u - 1) / f.number(sigma**2))


def _laplace(c: Fraction) -> Kappa:
    return lambda u, f: f.exp(-f.number(c) * f.sqrt(1 - u))


def _power(r: int) -> Kappa:
    return lambda u, f: u**r


def _mixture(a: Fraction, first: Kappa, b: Fraction, second: Kappa) -> Kappa:
    return lambda u, f: f.number(a) * first(u, f) + f.number(b) * second(u, f)


QUARTER = Fraction(1, 4)

KERNELS: dict[str, Kappa] = {
    "linear()": _power(1),
    "polynomial(2)": _power(2),
    "polynomial(3)": _power(3),
    "polynomial(4)": _power(4),
    "exponential(0.6)": _exponential(Fraction(3, 5)),
    "exponential(1)": _exponential(Fraction(1)),
    "arccos(1)": kappa_1,
    "rf(3)": lambda u, f: kappa_1(f.clip(kappa_1(u, f)), f),
    "arccos(0)": kappa_0,
    "laplace(1)": _laplace(Fraction(1)),
    "1/4*linear() + 3/4*arccos(1)": _mixture(QUARTER, _power(1), 3 * QUARTER, kappa_1),
    "2*arccos(1)": lambda u, f: 2 * kappa_1(u, f),
}
# kappa' of the layers that have a tangent kernel: kappa_1' = kappa_0 (claim 12).
SLOPES: dict[str, Kappa] = {
    "linear()": _power(0),
    "arccos(1)": kappa_0,
    "1/4*linear() + 3/4*arccos(1)": _mixture(QUARTER, _power(0), 3 * QUARTER, kappa_0),
    "2*arccos(1)": lambda u, f: 2 * kappa_0(u, f),
}
# kappa is Lipschitz on [-1, 1]: an error of a cosine passes on, and is not raised to the power 1/2.
LIPSCHITZ = tuple(name for name in KERNELS if name not in ("arccos(0)", "laplace(1)"))


# -- operators along one axis --------------------------------------------------------------------------


def patch_positions(n: int, layer: Layer) -> list[list[int | None]]:
    """For each patch, the positions that it reads, in order; None for one outside (the value there is 0)."""
    p = layer.patch
    if layer.border == "valid":
        return [list(range(i, i + p)) for i in range(n - p + 1)]
    rows: list[list[int | None]] = []
    for i in range(n):
        reads = range(i - p // 2, i - p // 2 + p)
        if layer.border == "circular":
            rows.append([j % n for j in reads])
        else:
            rows.append([j if 0 <= j < n else None for j in reads])
    return rows


def pooling_taps(pool: Pool, f: Numbers) -> list[tuple[int, Any]]:
    """Pairs (position relative to stride * i, weight), the position of "strided" being relative to stride * (i + 1)."""
    q = pool.size
    if pool.kind == "strided":
        return [(0, f.number(Fraction(1)))]
    if pool.kind == "average":
        first = -(q // 2) if pool.centred else 0
        return [(first + t, f.number(Fraction(1, q))) for t in range(q)]
    weights = [f.exp(f.number(Fraction(-t * t, q * q))) for t in range(-q, q + 1)]
    first = -q if pool.centred else 0
    return [(first + t, w / sum(weights)) for t, w in enumerate(weights)]


def pooled_size(n: int, layer: Layer) -> int:
    """How many positions of the pooled axis there are; not positive if there is none."""
    pool, s = layer.pool, layer.stride
    if pool is None:
        return n
    if layer.border == "circular":
        return n // s
    if pool.kind == "strided":
        return n // s - 1
    if layer.border == "valid":
        taps = pool.size if pool.kind == "average" else 2 * pool.size + 1
        return (n - taps) // s + 1 if n >= taps else 0
    if pool.centred:
        return -(-n // s)
    return n // s - 1 if pool.kind == "gaussian" else n // s


def pooling_matrix(n: int, layer: Layer, f: Numbers) -> Array:
    """The pooling operator A along one axis of n positions, shape (outputs, n)."""
    outputs = pooled_size(n, layer)
    matrix = f.array(np.zeros((outputs, n)))
    if layer.pool is None:
        return f.array(np.eye(n))
    # Inside a valid border a centred window is a window: only what lies inside is read.
    taps = pooling_taps(layer.pool, f)
    if layer.border == "valid":
        taps = [(t - taps[0][0], w) for t, w in taps]
    for i in range(outputs):
        start = layer.stride * (i + 1 if layer.pool.kind == "strided" else i)
        for offset, weight in taps:
            j = start + offset
            if layer.border == "circular":
                matrix[i, j % n] += weight
            elif 0 <= j < n:
                matrix[i, j] += weight
    return matrix


def map_sizes(layer: Layer, sizes: Sizes) -> tuple[Sizes, Sizes]:
    """Sizes of the map of patches and of the pooled map."""
    patches = tuple(n - layer.patch + 1 if layer.border == "valid" else n for n in sizes)
    return patches, tuple(pooled_size(n, layer) for n in patches)


def is_possible(architecture: Architecture, sizes: Sizes) -> bool:
    """Whether no map is empty."""
    for layer in architecture.layers:
        patches, sizes = map_sizes(layer, sizes)
        if min(patches) < 1 or min(sizes) < 1:
            return False
    return True


# -- P, M, A on Gram matrices over pairs (image, position) ------------------------------------------


def extract(gram: Array, sizes: Sizes, layer: Layer, f: Numbers) -> Array:
    """P: <Px(u), Px'(v)> = sum over the places k of a patch of <x(u_k), x'(v_k)>; shape (n, N, n, N') in and out."""
    n, positions = gram.shape[0], math.prod(sizes)
    outside = f.array(np.zeros((n, positions + 1, n, positions + 1)))
    outside[:, :positions, :, :positions] = gram  # the last position is outside: zero
    axes = [patch_positions(size, layer) for size in sizes]
    total: Any = None
    for place in itertools.product(range(layer.patch), repeat=len(sizes)):
        reads = []
        for position in itertools.product(*axes):
            where = [row[k] for row, k in zip(position, place, strict=True)]
            reads.append(positions if None in where else _flat(where, sizes))
        term = outside[:, reads][:, :, :, reads]
        total = term if total is None else total + term
    if layer.normalized:
        total = total / f.number(Fraction(layer.patch ** len(sizes)))
    return total


def _flat(where: Sequence[int | None], sizes: Sizes) -> int:
    index = 0
    for j, size in zip(where, sizes, strict=True):
        assert j is not None
        index = index * size + j
    return index


def pool(gram: Array, sizes: Sizes, layer: Layer, f: Numbers) -> Array:
    """A on both sides; the same filter on each axis of an image."""
    operator = f.array(np.ones((1, 1)))
    for size in sizes:
        operator = np.kron(operator, pooling_matrix(size, layer, f))
    gram = np.tensordot(gram, operator, axes=(3, 1))
    return np.moveaxis(np.tensordot(operator, gram, axes=(1, 1)), 0, 1)


def squared_norms(gram: Array) -> Array:
    """|x(u)|^2 of every image and position, shape (n, N)."""
    n, positions = gram.shape[:2]
    return np.diagonal(gram.reshape(n * positions, n * positions)).reshape(n, positions)


# -- the network -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Values:
    """What the slow evaluator knows, in float64: gram (n, n), tangent (n, n) or None, maps of norms (n, *sizes)."""

    gram: Array
    tangent: Array | None
    squared_distances: Array
    maps: tuple[tuple[str, Array], ...]


def evaluate(
    architecture: Architecture, images: Any, tangent: bool = False, long: bool = False, rounding: float = 0.0
) -> Values:
    """The kernel of all pairs of images (n, *sizes, channels), entry by entry.

    `long` computes in 400 bits. `rounding` multiplies every cosine of two different (image, position) by
    1 - rounding: how far the values move is how well a program that rounds can know them.
    """
    pixels = np.asarray(images, dtype=np.float64)
    if not long:
        return _evaluate(architecture, pixels, tangent, FLOATS, rounding)
    with flint.ctx.workprec(BITS):
        return _evaluate(architecture, pixels, tangent, long_numbers(), rounding)


def _evaluate(architecture: Architecture, images: Array, tangent: bool, f: Numbers, rounding: float) -> Values:
    n, sizes = images.shape[0], images.shape[1:-1]
    rows = f.array(images).reshape(n * math.prod(sizes), images.shape[-1])
    gram = (rows @ rows.T).reshape(n, math.prod(sizes), n, math.prod(sizes))
    tangents = gram
    maps = [("input", _norm_map(gram, sizes, f))]
    for number, layer in enumerate(architecture.layers, 1):
        patches = extract(gram, sizes, layer, f)
        patch_tangents = extract(tangents, sizes, layer, f) if tangent else None
        sizes, pooled = map_sizes(layer, sizes)
        maps.append((f"patches {number}", _norm_map(patches, sizes, f)))
        gram, slopes = _kernel(patches, layer, f, rounding, tangent)
        if tangent:  # the recursion of claim 49
            tangents = pool(slopes * patch_tangents + gram, sizes, layer, f)
        gram = pool(gram, sizes, layer, f)
        sizes = pooled
        maps.append((f"layer {number}", _norm_map(gram, sizes, f)))
    value = _output(gram, architecture.output, f)
    diagonal = np.diagonal(value)
    return Values(
        _floats(value),
        _floats(_output(tangents, architecture.output, f)) if tangent else None,
        _floats(diagonal[:, None] + diagonal[None, :] - 2 * value),
        tuple(maps),
    )


def _kernel(patches: Array, layer: Layer, f: Numbers, rounding: float, tangent: bool) -> tuple[Array, Any]:
    """M: K = |z||z'| kappa(cos) (claim 37) or <z, z'>^2 (claim 58), and kappa'(cos)."""
    if layer.kernel == "square":
        return patches * patches, None
    norms = f.sqrt(squared_norms(patches))
    floored = f.larger(norms, f.number(FLOOR))
    cosines = f.clip(patches / floored[:, :, None, None] / floored)
    if rounding:
        cosines = cosines * (1 - f.number(Fraction(rounding)))
    same = np.eye(norms.size, dtype=bool).reshape(cosines.shape)
    cosines[same] = ((norms / floored) ** 2).ravel()  # 1, not a rounded 1, unless the floor is met
    value = KERNELS[layer.kernel](cosines, f) * norms[:, :, None, None] * norms
    return value, SLOPES[layer.kernel](cosines, f) if tangent else None


def _output(gram: Array, output: str, f: Numbers) -> Array:
    n, positions = gram.shape[:2]
    if output == "mean":
        return gram.sum(axis=(1, 3)) / f.number(Fraction(positions**2))
    total = f.array(np.zeros((n, n)))
    for u in range(positions):
        total = total + gram[:, u, :, u]
    return total


def _norm_map(gram: Array, sizes: Sizes, f: Numbers) -> Array:
    return _floats(f.sqrt(squared_norms(gram))).reshape(gram.shape[0], *sizes)


def _floats(x: Array) -> Array:
    return np.asarray(np.asarray(x).astype(np.float64))
