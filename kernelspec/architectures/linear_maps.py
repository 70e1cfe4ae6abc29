"""Layers with weights in finite networks: their parameters, their outputs, and what their gradients are made of.

All are z = c W a + c' b at every position, where a is the patch that the position reads (the channels, for `Dense`). So
the gradient in W of a reading is the sum over positions of c a g^T, with g the gradient in z: it is kept as a and g
(`Sensitivity`), and never written out where a product of two can be had without.
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from .layers import Conv, ConvLocal, Dense, Shape
from .windows import Windows

KINDS = (Dense, Conv)
_CHUNK = 2**20  # bytes of patches at a time: they stay in the cache
_WIDE, _TALL = 48, 128  # numbers of a place, and positions of an image, from which on a product for each is as fast
_MANY = 64  # channels from which on a product for every place of the whole window is as fast
Weighted: TypeAlias = Dense | Conv


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Of one layer, what the gradients in its weights and biases are made of.

    Parameters
    ----------
    inputs : what the weights are multiplied by, and the biases: (images, positions, numbers).
    gradients : in the outputs, (images, readings, positions, channels).
    local : whether every position has weights of its own.
    """

    inputs: Any
    gradients: Any
    local: bool


def drawn(layer: Weighted, rng: np.random.Generator, shape: Shape) -> tuple[Any, Any]:
    """Weights and biases (None where there are none) for inputs of this shape."""
    after = layer.output_shape(shape)
    channels, out, grid = shape[-1], after[-1], after[1:-1]
    taps = layer.filter_shape if isinstance(layer, Conv) else ()
    one = (1,) * (len(shape) - 2)
    if isinstance(layer, ConvLocal):
        weights, biases = (*grid, channels * math.prod(taps), out), (1, *grid, out)
    else:
        weights, biases = (*taps, channels, out), (1, *one, out)
    w = rng.standard_normal(weights)
    scale, b_std = 1.0, 1.0
    if layer.parameterization == "standard":
        scale, b_std = layer.W_std * math.sqrt(layer.s[0] / (channels * math.prod(taps))), layer.b_std or 0.0
    return scale * w, None if layer.b_std is None else b_std * rng.standard_normal(biases)


def _factors(layer: Weighted, fan_in: int) -> tuple[float, float]:
    """By what the weights and the biases are multiplied."""
    if layer.parameterization == "standard":
        return 1 / math.sqrt(layer.s[0]), 1.0
    return layer.W_std / math.sqrt(fan_in), layer.b_std or 0.0


def _parameters(layer: Weighted, params: Any, shape: tuple[int, ...], dtype: Any) -> tuple[Any, Any]:
    """Weights of this shape and biases in this dtype; ValueError where they are not those of the layer."""
    try:
        w, b = params
    except (TypeError, ValueError):
        raise ValueError(f"params of {layer!r} must be (weights, biases), got {type(params).__name__}") from None
    if np.shape(w) != shape:
        raise ValueError(f"the weights of {layer!r} must have shape {shape}, got {np.shape(w)}")
    if (b is None) is not (layer.b_std is None):
        raise ValueError(f"the biases of {layer!r} must {'not ' if b is not None else ''}be there, as b_std says")
    return np.asarray(w, dtype=dtype), None if b is None else np.asarray(b, dtype=dtype)


def _sensitivity(a: Any, g: Any, factors: tuple[float, float], biased: bool, local: bool) -> Sensitivity:
    """Positions in a row, and a column of the factor of the biases beside the inputs."""
    images, readings, channels = len(g), g.shape[1], g.shape[-1]
    a = factors[0] * a.reshape(images, -1, a.shape[-1])
    if biased:
        a = np.concatenate([a, np.full((*a.shape[:2], 1), factors[1], dtype=a.dtype)], axis=-1)
    return Sensitivity(a, g.reshape(images, readings, -1, channels), local)


def dense(layer: Dense, params: Any, x: Any) -> Any:
    """The outputs, and the way back."""
    factors = _factors(layer, x.shape[-1])
    w, b = _parameters(layer, params, (x.shape[-1], layer.s[1] * layer.out_dim), x.dtype)
    z = factors[0] * (x @ w)
    if b is not None:
        z += factors[1] * b

    def back(g: Any, found: list[Sensitivity]) -> Any:
        found.append(_sensitivity(x, g, factors, b is not None, False))
        return factors[0] * (g @ w.T)

    return z, back


def convolution(layer: Conv, params: Any, x: Any) -> Any:
    """The outputs, and the way back; with weights for all positions, or for each its own."""
    windows, grid, channels = layer.windows, x.shape[1:-1], x.shape[-1]
    outputs, out = windows.outputs(grid), layer.s[1] * layer.out_chan
    fan_in = channels * math.prod(windows.shape)
    factors = _factors(layer, fan_in)
    local = isinstance(layer, ConvLocal)
    shape = (*outputs, fan_in, out) if local else (*windows.shape, channels, out)
    w, b = _parameters(layer, params, shape, x.dtype)
    if local:  # there, patches have the channels first
        w = np.moveaxis(w.reshape(*outputs, channels, *windows.shape, out), len(grid), -2)
        w = w.reshape(*outputs, fan_in, out)
    else:
        w = w.reshape(fan_in, out)
    z = np.empty((len(x), *outputs, out), dtype=x.dtype)
    if local:
        step = max(1, _CHUNK // (math.prod(outputs) * fan_in * x.itemsize))
        for start in range(0, len(x), step):
            z[start : start + step] = _multiplied(_patches(windows, x[start : start + step]), w, local)
        z *= factors[0]
        if b is not None:
            z += factors[1] * b
    else:
        z[...] = 0 if b is None else factors[1] * b
        _add_products(z, windows, x, w.dtype.type(factors[0]) * w)

    def back(g: Any, found: list[Sensitivity]) -> Any:
        found.append(_sensitivity(_patches(windows, x), g, factors, b is not None, local))
        parts = _multiplied(g, np.swapaxes(w, -1, -2), local)
        return factors[0] * _from_patches(windows, grid, parts.reshape(*g.shape[:-1], *windows.shape, channels))

    return z, back


def _multiplied(a: Any, w: Any, local: bool) -> Any:
    """a W over the last axis; with W of its own at every position, the axes before it."""
    if local:
        return (a[..., None, :] @ w)[..., 0, :]
    return (a.reshape(-1, len(w)) @ w).reshape(*a.shape[:-1], w.shape[1])


def _add_products(z: Any, windows: Windows, x: Any, w: Any) -> None:
    """Add patches W, weights of shape (places times channels, outputs), to z, which is contiguous.

    Where the first axis of the grid has no strides, windows are written out along the others alone: the rows of one
    image that a place of the first axis reads are a matrix, and its product is added.
    """
    grid, channels = x.shape[1:-1], x.shape[-1]
    inner = channels * math.prod(windows.shape[1:])
    by_rows = windows.strides[0] == 1 and math.prod(grid) >= _TALL
    if by_rows and channels >= _MANY:
        return _add_by_places(z, windows, x, w)
    by_rows &= len(grid) > 1 and inner >= _WIDE
    if by_rows:
        places, first = windows.runs(grid)[0], grid[0]
        windows = Windows(windows.shape[1:], windows.strides[1:], windows.padding)
    else:
        places, first, inner = [[(slice(None), slice(None))]], z.shape[1], inner * windows.shape[0]
    patches = np.empty((first, *z.shape[2:-1], inner), dtype=x.dtype)
    several = 1 if by_rows else max(1, _CHUNK // max(1, patches.nbytes))
    patches = np.empty((several, *patches.shape), dtype=x.dtype)
    weights = w.reshape(len(places), inner, -1)
    group = several * max(1, _CHUNK // max(1, several * x[:1].nbytes))
    for start in range(0, len(x), group):
        view = _windowed(windows, x[start : start + group])
        for image in range(0, len(view), several):
            some = view[image : image + several]
            part, out = patches[: len(some)], z[start + image : start + image + len(some)]
            part.reshape(some.shape)[...] = some
            for runs, weight in zip(places, weights, strict=True):
                for to, of in runs:
                    _add_product(out[:, to], part[:, of], weight)
    return None


def _add_by_places(z: Any, windows: Windows, x: Any, w: Any) -> None:
    """The same for many channels, image by image: what a place of the later axes reads is a matrix, moved as a whole.

    Its rows serve all places of the first axis. Where the place reads every position from itself, nothing is moved.
    """
    first, *later = windows.runs(x.shape[1:-1])
    weights = np.moveaxis(w.reshape(*windows.shape, x.shape[-1], -1), 0, -3)
    moved = np.empty((x.shape[1], *z.shape[2:-1], x.shape[-1]), dtype=x.dtype)
    moves = []
    for place in np.ndindex(*windows.shape[1:]):
        blocks = itertools.product(*(runs[i] for runs, i in zip(later, place, strict=True)))
        both = [tuple((slice(None), *(pair[side] for pair in block)) for side in (0, 1)) for block in blocks]
        if both:  # or it reads zeros alone
            moves.append((both, sum(moved[to].size for to, _ in both) < moved.size, weights[place]))
    for image, out in zip(x, z, strict=True):
        for both, zeros, own in moves:
            read = image[both[0][1]]
            if read.shape != moved.shape or not read.flags.c_contiguous:
                read = moved
                if zeros:
                    moved.fill(0)
                for to, of in both:
                    moved[to] = image[of]
            for runs, weight in zip(first, own, strict=True):
                for to, of in runs:
                    _add_product(out[to], read[of], weight)


def _add_product(out: Any, read: Any, weight: Any) -> None:
    """Add a product over the last axis to out; both are contiguous."""
    rows, written = read.reshape(-1, len(weight)), out.reshape(-1, out.shape[-1])
    # Transposed, as BLAS has columns in memory.
    _gemm(out.dtype.char)(1.0, weight.T, rows.T, 1.0, written.T, overwrite_c=True)


@functools.cache
def _gemm(dtype: str) -> Any:
    from scipy.linalg.blas import get_blas_funcs

    return get_blas_funcs("gemm", dtype=dtype)


def _windowed(windows: Windows, x: Any) -> Any:
    """The patches of the last axes of the grid, a view (images, axes before, outputs..., window..., channels)."""
    axes = tuple(range(x.ndim - 1 - len(windows.shape), x.ndim - 1))
    borders = windows.borders([x.shape[axis] for axis in axes])
    if windows.padding == "CIRCULAR":
        for axis, (before, after) in zip(axes, borders, strict=True):
            n = x.shape[axis]
            x = np.take(x, np.arange(-before, n + after) % n, axis=axis)
    else:
        padded = np.zeros([n + sum(both) for n, both in _with_borders(x, axes, borders)], dtype=x.dtype)
        padded[tuple(slice(before, before + n) for n, (before, _) in _with_borders(x, axes, borders))] = x
        x = padded
    view = np.lib.stride_tricks.sliding_window_view(x, windows.shape, axis=axes)
    view = np.moveaxis(view, x.ndim - 1, -1)
    return view[(slice(None),) * axes[0] + tuple(slice(None, None, step) for step in windows.strides)]


def _with_borders(x: Any, axes: tuple[int, ...], borders: Any) -> Any:
    """Of every axis of x, its length and what is read before and after it."""
    around = dict(zip(axes, borders, strict=True))
    return [(n, around.get(axis, (0, 0))) for axis, n in enumerate(x.shape)]


def _patches(windows: Windows, x: Any) -> Any:
    """The patches, shape (images, outputs..., positions of the window times channels)."""
    view = _windowed(windows, x)
    return view.reshape(*view.shape[: x.ndim - 1], -1)


def _from_patches(windows: Windows, grid: tuple[int, ...], g: Any) -> Any:
    """The transpose: every number of a patch, (images, readings, outputs..., window..., channels), to its position."""
    outputs, borders = windows.outputs(grid), windows.borders(grid)
    # Strides may leave positions at the end that nothing reads.
    padded = [before + n + after for n, (before, after) in zip(grid, borders, strict=True)]
    out = np.zeros((*g.shape[:2], *padded, g.shape[-1]), dtype=g.dtype)
    for tap in itertools.product(*map(range, windows.shape)):
        places = [
            slice(t, t + step * (count - 1) + 1, step)
            for t, step, count in zip(tap, windows.strides, outputs, strict=True)
        ]
        out[:, :, *places] += g[..., *tap, :]
    for axis, (n, (before, after)) in enumerate(zip(grid, borders, strict=True), 2):
        inner = np.take(out, np.arange(before, before + n), axis=axis)
        if windows.padding == "CIRCULAR":
            inner = np.moveaxis(inner, axis, 0)
            outside = np.moveaxis(out, axis, 0)
            for place in (*range(before), *range(before + n, before + n + after)):
                inner[(place - before) % n] += outside[place]
            inner = np.moveaxis(inner, 0, axis)
        out = inner
    return out
