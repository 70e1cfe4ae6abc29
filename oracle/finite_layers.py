"""Networks of finite width evaluated directly: loops over positions, and gradients by complex steps.

A network is a list of steps, tuples that begin with a word:

    ("dense", c, c')                      z = c x W + c' b, at every position
    ("conv", c, c', strides, padding)     the same of patches; weights (window..., channels, channels out)
    ("local", c, c', window, strides, padding)  weights (outputs..., channels x window, channels out)
    ("pool", how, window, strides, padding)     how: sum, mean (by the size of the window), inside (by what lies inside)
    ("global", how)                       sum or mean over the grid
    ("norm", axes, eps), ("flat",), ("map", f)
    ("branches", [steps, ...], how, axis) how: sum, product, concat

Parameters are a list of (weights, biases or None), in the order in which the steps need them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

Step = tuple[Any, ...]
_STEP = 1e-30


def outputs(steps: Sequence[Step], params: Sequence[Any], x: Any) -> Any:
    """What the network gives for images of shape (images, grid..., channels)."""
    return np.array([_image(steps, iter(params), image) for image in x])


def kernels(steps: Sequence[Step], params: Sequence[Any], x: Any, y: Any, traced: bool = True) -> tuple[Any, Any]:
    """(nngp, ntk) of the shape (images of x, outputs..., images of y, outputs...), means over channels if traced."""
    sides = []
    for images in (x, y):
        rows = [outputs(steps, params, images)]
        for i, pair in enumerate(params):
            for j, array in enumerate(pair):
                for place in np.ndindex(() if array is None else array.shape) if array is not None else ():
                    moved = array.astype(complex)
                    moved[place] += _STEP * 1j
                    changed = [*params[:i], (*pair[:j], moved, *pair[j + 1 :]), *params[i + 1 :]]
                    rows.append(outputs(steps, changed, images).imag / _STEP)
        sides.append(np.array(rows))
    if not traced:
        left, right = (side[..., None] for side in sides)
        nngp = np.tensordot(left[:1], right[:1], ((0, -1), (0, -1)))
        return nngp, np.tensordot(left[1:], right[1:], ((0, -1), (0, -1)))
    channels = sides[0].shape[-1]
    nngp = np.tensordot(sides[0][0], sides[1][0], (-1, -1)) / channels
    return nngp, np.tensordot(sides[0][1:], sides[1][1:], ((0, -1), (0, -1))) / channels


def _image(steps: Sequence[Step], params: Iterator[Any], x: Any) -> Any:
    for word, *rest in steps:
        if word == "branches":
            several, how, axis = rest
            found = [_image(each, params, x) for each in several]
            if how == "concat":
                x = np.concatenate(found, axis)
            else:
                total: Callable[[Any, Any], Any] = np.add if how == "sum" else np.multiply
                x = found[0]
                for each in found[1:]:
                    x = total(x, each)
        elif word == "map":
            x = rest[0](x)
        elif word == "flat":
            x = x.reshape(-1)
        elif word == "global":
            x = x.reshape(-1, x.shape[-1])
            x = x.sum(0) / (len(x) if rest[0] == "mean" else 1)
        elif word == "norm":
            axes, eps = rest
            centred = x - x.mean(axes, keepdims=True)
            x = centred / np.sqrt((centred * centred).mean(axes, keepdims=True) + eps)
        elif word == "pool":
            x = _pool(x, *rest)
        else:
            weights, biases = next(params)
            x = _weighted(word, rest, weights, x)
            if biases is not None:
                x = x + rest[1] * biases[0]
    return x


def _weighted(word: str, rest: Sequence[Any], weights: Any, x: Any) -> Any:
    c = rest[0]
    if word == "dense":
        return c * np.tensordot(x, weights, (-1, 0))
    if word == "conv":
        strides, padding = rest[2:]
        window = weights.shape[:-2]
    else:
        window, strides, padding = rest[2:]
    outs = [_places(n, k, s, padding) for n, k, s in zip(x.shape[:-1], window, strides, strict=True)]
    out = np.zeros((*map(len, outs), weights.shape[-1]), dtype=np.result_type(x, weights))
    for place in np.ndindex(out.shape[:-1]):
        patch = _patch(x, [each[i] for each, i in zip(outs, place, strict=True)])
        if word == "conv":
            out[place] = c * np.tensordot(patch, weights, patch.ndim)
        else:
            out[place] = c * (np.moveaxis(patch, -1, 0).reshape(-1) @ weights[place])
    return out


def _places(n: int, window: int, stride: int, padding: str) -> list[list[int | None]]:
    """What every output reads along one axis; None is a zero."""
    if padding == "VALID":
        return [list(range(start, start + window)) for start in range(0, n - window + 1, stride)]
    # The last output reads from where it stands on; what is missing is shared between the ends, the last one first.
    count = len(range(0, n, stride))
    missing = max(stride * (count - 1) + window - n, 0)
    rows = [[stride * i + t - missing // 2 for t in range(window)] for i in range(count)]
    if padding == "CIRCULAR":
        return [[place % n for place in row] for row in rows]
    return [[place if 0 <= place < n else None for place in row] for row in rows]


def _patch(x: Any, places: Sequence[Sequence[int | None]]) -> Any:
    for axis, each in enumerate(places):
        moved = np.moveaxis(x, axis, 0)
        zeros = np.zeros_like(moved[0])
        x = np.moveaxis(np.array([zeros if place is None else moved[place] for place in each]), 0, axis)
    return x


def _pool(x: Any, how: str, window: Sequence[int], strides: Sequence[int], padding: str) -> Any:
    outs = [_places(n, k, s, padding) for n, k, s in zip(x.shape[:-1], window, strides, strict=True)]
    out = np.zeros((*map(len, outs), x.shape[-1]), dtype=x.dtype)
    for place in np.ndindex(out.shape[:-1]):
        read = [each[i] for each, i in zip(outs, place, strict=True)]
        axes = tuple(range(len(window)))
        out[place] = _patch(x, read).sum(axes)
        if how == "mean":
            out[place] /= np.prod(window)
        elif how == "inside":
            out[place] /= np.prod([sum(each is not None for each in row) for row in read])
    return out
