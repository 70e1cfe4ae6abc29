r"""Kernels of infinitely wide networks, straight from the definitions: every image and every position is a row.

All inputs are the rows (image, position) of one matrix C of covariances and one matrix T of tangent kernels, at all
pairs. A network is plain data, [name, arguments, keywords], in the names of neural_tangents.stax. Activations are those
with a textbook formula in variances p, q and covariance c (Cho & Saul 2009; Williams 1997).
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

Array = Any
_LONG_PI = 4 * np.arctan(np.longdouble(1))
Maps = tuple[Array, Array, tuple[int, ...], int]  # C, T, grid, channels


def kernels(network: Any, images: Any, long: bool = False) -> tuple[Array, Array]:
    """nngp and ntk of all pairs of images (and positions where a grid is left), shape (rows, rows).

    In extended precision where `long`: an angle is the arc cosine of a rounded number, which costs half of the digits
    where maps nearly coincide. Those that coincide within rounding are read as coinciding.
    """
    images = np.asarray(images, dtype=np.longdouble if long else float)
    rows = images.reshape(-1, images.shape[-1])
    c = rows @ rows.T / images.shape[-1]
    c, t, _, _ = _run(network, (c, np.zeros_like(c), images.shape[1:-1], images.shape[-1]))
    return c, t


def _run(network: Any, maps: Any) -> Any:
    name, arguments, keywords = network
    if name == "serial":
        for each in arguments:
            maps = _run(each, maps)
        return maps
    if name == "parallel":
        return [_run(each, one) for each, one in zip(arguments, maps, strict=True)]
    if name == "FanOut":
        return [maps] * arguments[0]
    if name == "FanInSum":
        return sum(m[0] for m in maps), sum(m[1] for m in maps), *maps[0][2:]
    if name == "FanInConcat":
        total = sum(m[3] for m in maps)
        shares = [m[3] / total for m in maps]
        both = (sum(w * m[i] for w, m in zip(shares, maps, strict=True)) for i in (0, 1))
        return *both, maps[0][2], total
    if name in ("Dense", "Conv"):
        return _weights(name, arguments, keywords, maps)
    if name in ("AvgPool", "SumPool", "GlobalAvgPool", "GlobalSumPool"):
        return _pool(name, arguments, keywords, maps)
    c, t, grid, channels = maps
    if name == "Flatten":
        positions = math.prod(grid)
        each = [m.reshape(-1, positions, m.shape[1] // positions, positions) for m in (c, t)]
        return *(np.einsum("ipjp->ij", m) / positions for m in each), (), channels * positions
    if name == "Identity":
        return maps
    value, slope = _activation(name, arguments, c)
    return value, t * slope, grid, channels


def _reads(n: int, size: int, stride: int, padding: str) -> list[list[int | None]]:
    """The positions that every window reads along one axis; None for a zero."""
    if padding == "VALID":
        return [list(range(i, i + size)) for i in range(0, n - size + 1, stride)]
    count = math.ceil(n / stride)
    before = max((count - 1) * stride + size - n, 0) // 2
    out: list[list[int | None]] = []
    for i in range(count):
        places = range(i * stride - before, i * stride - before + size)
        out.append([k % n if padding == "CIRCULAR" else k if 0 <= k < n else None for k in places])
    return out


def _windows(grid: tuple[int, ...], shape: Any, strides: Any, padding: str) -> tuple[tuple[int, ...], list[list[Any]]]:
    """The grid of outputs, and for each of them the flat positions that it reads, in one order."""
    axes = [_reads(n, k, s, padding) for n, k, s in zip(grid, shape, strides or [1] * len(grid), strict=True)]
    out = []
    for outputs in itertools.product(*axes):
        flat: list[Any] = []
        for place in itertools.product(*outputs):
            inside = all(k is not None for k in place)
            flat.append(int(np.ravel_multi_index([k or 0 for k in place], grid)) if inside else None)
        out.append(flat)
    return tuple(map(len, axes)), out


def _selection(images: int, positions: int, windows: list[list[Any]], offset: int) -> Array:
    """The matrix that reads one place of every window, zero where that is outside."""
    one = np.zeros((len(windows), positions))
    for row, places in enumerate(windows):
        if places[offset] is not None:
            one[row, places[offset]] = 1
    return np.kron(np.eye(images), one)


def _weights(name: str, arguments: Any, keywords: Any, maps: Maps) -> Maps:
    c, t, grid, channels = maps
    images = len(c) // math.prod(grid)
    size = 1
    if name == "Conv":
        width, shape = arguments
        after, windows = _windows(grid, shape, keywords.get("strides"), keywords.get("padding", "VALID"))
        size = math.prod(shape)
        reads = [_selection(images, math.prod(grid), windows, o) for o in range(size)]
        c, t = (sum(a @ m @ a.T for a in reads) / size for m in (c, t))
        grid = after
        w, b = keywords.get("W_std", 1.0), keywords.get("b_std")
    else:
        width, w, b = (*arguments, 1.0, None)[:3] if len(arguments) == 1 else arguments
    bias = 0.0 if b is None else b
    value = w**2 * c + bias**2
    own = value
    if keywords.get("parameterization") == "standard":
        own = channels * size * c + (b is not None)
    return value, w**2 * t + own, grid, width


def _pool(name: str, arguments: Any, keywords: Any, maps: Maps) -> Maps:
    c, t, grid, channels = maps
    images, positions = len(c) // math.prod(grid), math.prod(grid)
    after: tuple[int, ...]
    if name.startswith("Global"):
        after, windows = (), [list(range(positions))]
    else:
        after, windows = _windows(grid, arguments[0], keywords.get("strides"), keywords.get("padding", "VALID"))
    matrix = sum(_selection(images, positions, windows, o) for o in range(len(windows[0])))
    if name.endswith("AvgPool"):
        matrix = matrix / len(windows[0])
    return matrix @ c @ matrix.T, matrix @ t @ matrix.T, after, channels


def _activation(name: str, arguments: Any, c: Array) -> tuple[Array, Array]:
    """E f(a) f(b) and E f'(a) f'(b) at all pairs."""
    pi = c.dtype.type(_LONG_PI)
    q = np.diag(c)
    p, q = q[:, None], q[None, :]
    size = np.sqrt(p * q)
    if name == "Relu":
        u = np.divide(c, size, out=np.zeros_like(c), where=size > 0)
        ends = np.abs(u) > 1 - 50 * np.finfo(c.dtype).eps  # read as the end that rounding has left
        angle = np.arccos(np.where(ends, np.sign(u), np.clip(u, -1, 1)))
        value = size * (np.sin(angle) + (pi - angle) * np.cos(angle)) / (2 * pi)
        return value, (pi - angle) / (2 * pi)
    if name == "Erf":
        full = (1 + 2 * p) * (1 + 2 * q)
        return 2 / pi * np.arcsin(2 * c / np.sqrt(full)), 4 / pi / np.sqrt(full - 4 * c * c)
    if name == "Sin":
        decay = np.exp(-(p + q) / 2)
        return decay * np.sinh(c), decay * np.cosh(c)
    if name == "Rbf":
        value = np.exp(-arguments[0] * (p + q - 2 * c))
        return value, 2 * arguments[0] * value
    if name == "Exp":
        value = np.exp((p + q) / 2 + c)
        return value, value
    if name == "Monomial" and arguments[0] == 2:
        return p * q + 2 * c * c, 4 * c
    raise ValueError(f"no formula is known here for {name}")
