"""What a pair of images costs at least: its arithmetic, counted, at rates that this machine is measured to reach.

For a pair of images of h x w positions and C channels, with layer k's maps of h_k x w_k patch positions U_k, o x o'
of which are left by its pooling:

- patch products of layer 1: the inner products of all pairs of patches (u, u') are one matrix product over
  K = p^2 C, hence 2 K |U_1|^2 flops;
- pooling of a layer that is not the last: the filter acts on each of the four axes of (u, u') in turn. On square maps
  with dense (o, h) matrices that is 2 o h (h^3 + o h^2 + o^2 h + o^3) flops, the first axis being contracted on all
  of the others, the last one on what they left (for other shapes the cheapest order is taken). The filter is banded,
  so that nnz(A) may stand for o h;
- pooling of the last layer: K is the trace of the pooled map, the sum of the unpooled one with the weights A^T A on
  each axis, which are known beforehand: 2 |U_n|^2 flops;
- patch sums of a later layer: over the p^2 offsets, one axis after the other, 2 (p - 1) additions for each pair of
  positions;
- pointwise: the arithmetic around the functions (cosines from sums and norms, kappa, norms), a few flops a pair of
  positions, see `POINTWISE`;
- exp, arccos, sqrt: one each for every pair of positions of a layer whose kernel needs it; kappa_0 and kappa_1 share
  their arccos.

A tangent kernel carries two maps: it sums and pools twice, except that of the last layer only one is needed.

Two counts are made of this. The **limit** is what the benchmark compares with: whole maps and dense pooling
matrices, which is what matrix products do, at the rate of a large square matrix product. It is no theorem: the
**least** count takes the banded filter's non-zero taps alone, and only those pairs of positions (u, u') that reach the
output at all (windows of the last layer are compared at the same place only, so that far corners never meet).
Still fewer flops are possible: the patch products are sums of products of pixels along p^2 offsets, 2 C + 2 (p - 1)
flops each instead of 2 p^2 C, though at the rate of additions in memory and not of a matrix product; and an arccos may
be a polynomial. Loads, stores and the norms of every single image are counted nowhere.
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kernelspec.ckn import Layer, Network

FUNCTIONS = ("exp", "arccos", "sqrt")
# By the name of a kernel: functions evaluated at a cosine, and flops around them.
# exp: one multiply-add to (u - 1) / sigma^2. relu: 1 - u^2, (pi - theta) u + sin theta; 1/pi goes into the norms.
EVALUATIONS = {"exp": ("exp",), "poly2": (), "relu": ("arccos", "sqrt")}
POINTWISE = {"exp": 2, "poly2": 1, "relu": 5}
NORMS = 2  # the factor |z||z'| of a value, or its inverse of a cosine
TANGENT = 3  # kappa_0 times the tangent kernel of the patches, plus K
THIN = {9: (1, 28 * 28), 27: (3, 32 * 32)}  # K of the patch products: channels, positions


@dataclass(frozen=True)
class Work:
    """Flops and evaluations that one pair of images takes."""

    products: int
    pooling: int
    sums: int
    pointwise: int
    exp: int
    arccos: int
    sqrt: int

    @property
    def flops(self) -> int:
        """All of the flops, evaluations not counted."""
        return self.products + self.pooling + self.sums + self.pointwise


@dataclass(frozen=True)
class Axis:
    """Pairs of positions along one axis on their way through a pooling, and the multiply-adds of both steps."""

    read: int  # pairs (u, u')
    first: int  # to contract u, for one pair along the other axis
    half: int  # pairs (w, u')
    second: int  # to contract u'
    left: int  # pairs (w, w')


@dataclass(frozen=True)
class Rates:
    """Measured rates of one thread in one dtype, a second: flops, or evaluations on arrays in cache."""

    gemm: float
    thin: dict[int, float]
    exp: float
    arccos: float
    sqrt: float
    multiply: float


# --- counting ----------------------------------------------------------------------------------


def work(net: Network, kernels: Sequence[str], shape: Any, tangent: bool = False, least: bool = False) -> Work:
    """What one pair of images takes; see the head of this module.

    Parameters
    ----------
    net, kernels : a network with zero or valid borders and output "sum"; the names of its layers' kernels.
    shape : that of the images, (n, positions..., channels).
    tangent : the tangent kernel instead.
    least : non-zero taps and pairs of positions that reach the output, instead of whole maps.
    """
    sizes = net.shapes(shape)
    axes = [_axes(net, [size.patches[i] for size in sizes], least) for i in range(len(shape) - 2)]
    total = dict.fromkeys(("products", "pooling", "sums", "pointwise", *FUNCTIONS), 0)
    for k, (layer, kernel) in enumerate(zip(net.layers, kernels, strict=True)):
        here = [axis[k] for axis in axes]
        entries, last = math.prod(axis.read for axis in here), k == len(net.layers) - 1
        carried = 2 if tangent else 1
        for name in EVALUATIONS[kernel]:
            total[name] += entries
        flops = POINTWISE[kernel] + NORMS + tangent * (TANGENT + NORMS * (k == 0))
        if k == 0:
            total["products"] = 2 * layer.patch ** len(here) * shape[-1] * entries
        else:
            total["sums"] += carried * len(here) * (layer.patch - 1) * entries
            flops += NORMS
        total["pointwise"] += flops * entries
        if last:
            total["sums"] += 2 * entries
        else:
            total["pooling"] += carried * pooling_flops(here)
    return Work(**total)


def _axes(net: Network, positions: list[int], least: bool) -> list[Axis]:
    """Layer by layer along one axis, where the last layer's outputs are read at equal places alone."""
    axes: list[Axis] = []
    needed: Any = np.eye(net.layers[-1].pooling_size(positions[-1]), dtype=bool)
    for layer, n in zip(reversed(net.layers), reversed(positions), strict=True):
        reads = layer.pooling(n) != 0
        if not least:
            reads, needed = np.ones_like(reads), np.ones_like(needed)
        taps = reads.sum(axis=1)
        half = needed @ reads
        read = reads.T @ half
        axes.append(
            Axis(
                read=int(read.sum()),
                first=int((half * taps[:, None]).sum()),
                half=int(half.sum()),
                second=int((needed * taps).sum()),
                left=int(needed.sum()),
            )
        )
        needed = _patches(layer, read, n)
    return axes[::-1]


def _patches(layer: Layer, read: Any, n: int) -> Any:
    """The pairs of positions that pairs of patches read: both at the same offset."""
    if layer.border == "circular":
        raise ValueError("border must be zero or valid where work is counted; got circular")
    before = n + layer.patch - 1 if layer.border == "valid" else n
    needed = np.zeros((before, before), dtype=bool)
    for u, v in np.argwhere(read):
        for offset in layer.offsets:
            if 0 <= u + offset < before and 0 <= v + offset < before:
                needed[u + offset, v + offset] = True
    return needed


def pooling_flops(axes: Sequence[Axis]) -> int:
    """Flops of a separable pooling of all pairs of positions, in the cheapest order of the axes."""
    if len(axes) == 1:
        return 2 * (axes[0].first + axes[0].second)
    steps = [((a.first, a.second), (a.read, a.half, a.left)) for a in axes]
    # Along either axis u comes before u', which by symmetry is no restriction.
    orders = [(0, 0, 1, 1), (0, 1, 0, 1), (0, 1, 1, 0), (1, 0, 0, 1), (1, 0, 1, 0), (1, 1, 0, 0)]
    return 2 * min(_ordered(order, steps) for order in orders)


def _ordered(order: Sequence[int], steps: Sequence[Any]) -> int:
    done, total = [0, 0], 0
    for axis in order:
        other = 1 - axis
        total += steps[axis][0][done[axis]] * steps[other][1][done[other]]
        done[axis] += 1
    return total


def seconds(work: Work, rates: Rates) -> dict[str, float]:
    """Where the least time of one pair on one thread goes, by part; the limit is their sum."""
    parts = {
        "patch products": work.products / rates.gemm,
        "pooling": work.pooling / rates.gemm,
        "sums and pointwise": (work.sums + work.pointwise) / rates.gemm,
    }
    return parts | {name: getattr(work, name) / getattr(rates, name) for name in FUNCTIONS}


# --- measuring ---------------------------------------------------------------------------------


def best_of(call: Callable[[], Any], budget: float) -> float:
    """The shortest time of a call, in seconds, over some `budget` seconds of calls, and one call at least."""
    call()
    best, end = math.inf, time.perf_counter() + budget
    while True:
        start = time.perf_counter()
        if start >= end and best < math.inf:
            return best
        call()
        best = min(best, time.perf_counter() - start)


def measure_rates(dtype: Any, budget: float = 0.1) -> Rates:
    """The rates of this machine, now, on one thread (the BLAS library must be held to one), `budget` seconds each."""
    rng = np.random.default_rng(0)

    def product(rows: int, inner: int, columns: int) -> float:
        left, right = (rng.standard_normal(size).astype(dtype) for size in ((rows, inner), (inner, columns)))
        out = np.empty((rows, columns), dtype)
        return 2 * rows * inner * columns / best_of(lambda: np.matmul(left, right, out), budget)

    def rate(function: Callable[[Any, Any], Any], points: Any) -> float:
        # Long enough that a call's own cost does not count, short enough to stay in cache.
        parts = [(points[:size], np.empty(size, dtype)) for size in (2**14, 2**16)]
        calls = [functools.partial(function, *part) for part in parts]
        return max(part[0].size / best_of(c, budget / 2) for part, c in zip(parts, calls, strict=True))

    cosines = rng.uniform(-1, 1, 2**16).astype(dtype)
    thin = {
        # As many rows at a time as is best: a whole product leaves the cache.
        inner: max(product(rows, inner, positions) for rows in (32, 128, positions))
        for inner, (_, positions) in THIN.items()
    }
    return Rates(
        gemm=product(512, 512, 512),  # larger ones are hardly faster, and rarely left undisturbed
        thin=thin,
        exp=rate(np.exp, (cosines - 1) / dtype(0.36)),
        arccos=rate(np.arccos, cosines),
        sqrt=rate(np.sqrt, 1 - cosines * cosines),
        multiply=rate(lambda x, out: np.multiply(x, x, out), cosines),
    )


def best_rates(rounds: Sequence[Rates]) -> Rates:
    """The highest rate seen of each kind: the machine's, when nothing else disturbed it."""
    return Rates(
        thin={inner: max(r.thin[inner] for r in rounds) for inner in rounds[0].thin},
        **{name: max(getattr(r, name) for r in rounds) for name in ("gemm", *FUNCTIONS, "multiply")},
    )
