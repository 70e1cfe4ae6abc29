"""Linear readings of a network's maps, from values of its kernels alone, and the signal solved from them."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np

from ...kernels.zonal import Zonal
from ...numbers.arrays import InPlace
from ...numbers.checks import FloatArray, check_progress, integer, memory_size, real_array, watched
from ...numbers.exponents import times_powers
from ...numbers.precision import default_errors
from ..axes import read_images
from ..doors import Progress
from ..layers import Layer
from ..network import Network, by
from ..scaling import powers_of
from .coverage import composed_reading, float_taps, pooled, shifted, through
from .linear_functions import LinearFunction, linear_function, odd_slope
from .linear_readings import check_kernels, check_network

_READABLE = 1e-6  # errors of readings over norms of patches, by cubature or by rounding, up to which layers are read
_COPIES = 16  # arrays of values of kernels that are held at once
_AT_WORK = 2**24  # bytes: larger batches are no faster
_TILE = 2**18  # values of the kernel at nodes at a time
_NODES = 2**24  # bytes for these


@default_errors
def read(
    net: Network, x: Any, *, memory: int = 2**30, progress: Progress | None = None, channels: str | None = None
) -> FloatArray:
    r"""The linear readings of the last map, by values of the kernels: for ReLU, <f_w, x_1(u)> is

    .. math:: \sum_v A_1(u, v) \big( K_1(w, P_1 x(v)) - K_1(-w, P_1 x(v)) \big),

    as kappa_1(u) - kappa_1(-u) = u. At layer k, w = e_c (x) f_{w'} with <w, P_k x_{k-1}(v)> = <f_{w'}, x_{k-1}(v + c)>
    from the layer before, |w| = |f_{w'}|, and |P_k x_{k-1}(v)| from `Network.maps`.

    Parameters
    ----------
    net : layers whose kernels have a linear odd part, kappa(u) - kappa(-u) = 2 b u with b > 0: linear, ReLU, leaky ReLU
        and sums with even kernels, as long as b is not so small beside kappa(1) that rounding hides it (below). The
        first layer may have any other kernel whose linear functions `linear_function` reads to 1e-6 |w||z|: smooth
        ones, on patches of a few numbers (exponential(1) up to 6, rf(3) up to 3).
    x : images (n, height, width, channels) or signals (n, length, channels), finite.
    memory : bytes for the readings and for working memory; images are read some at a time.
    progress : called as progress(batches, total=...), like tqdm.
    channels : "last", as above, or "first"; None refuses shapes that look like those of channels first.

    Returns
    -------
    float64 of shape (n, positions of the last map..., places of its patches..., ..., places of the first layer's
    patches..., channels). Rounding is about 1e-16 sum_k kappa_k(1)/b_k prod_{i<k} (kappa_i(1)/b_i)^{1/2} of the norms
    of the signal's patches, b = d mu_1 at a first layer read by cubature; networks where this is above 1e-6 are
    refused. Where the network has a floor, patches of norms below it are read too small.

    Raises TypeError and ValueError for wrong data, kernels that cannot be read, too little memory.

    >>> import kernelspec as ks
    >>> from kernelspec import ckn
    >>> net = ckn.Network([ckn.Layer(3, ks.arccos(1), ckn.average(2), stride=2, border="circular")])
    >>> read(net, np.arange(6.0)[None, :, None])[0, :, :, 0].round(12)  # means of x(v-1), x(v), x(v+1), v = 2u, 2u+1
    array([[2.5, 0.5, 1.5],
           [1.5, 2.5, 3.5],
           [3.5, 4.5, 2.5]])
    """
    check_network(net)
    data = read_images(InPlace(), "x", x, double=True, channels=channels)
    shapes = net.shapes(data.shape, "last")
    axes = data.ndim - 2
    functions = _functions(net, axes, data.shape[-1])
    check_progress(progress)
    size = _batch(net, functions, data.shape, memory)
    places = tuple(layer.patch for layer in reversed(net.layers) for _ in range(axes))
    out = np.empty((len(data), *shapes[-1].output, *places, data.shape[-1]))
    batches = [slice(start, start + size) for start in range(0, len(data), size)]
    for here in watched(progress, batches, len(batches)):
        powers = powers_of(net, data[here])
        part = _readings(net, functions, times_powers(data[here], -powers), memory)
        out[here] = times_powers(part, powers)
    if not np.isfinite(out).all():
        raise ValueError("x must be smaller: its readings overflow float64")
    return out


def _readings(net: Network, functions: list[LinearFunction], data: Any, memory: int) -> Any:
    """The readings of some images."""
    axes, deep = data.ndim - 2, len(net.layers) > 1
    norms = {m.name: m.values for m in net.maps(data, memory=memory, channels="last")} if deep else {}
    readings, w = data, 1.0
    for number, (layer, f, size) in enumerate(
        zip(net.layers, functions, net.shapes(data.shape, "last"), strict=True), start=1
    ):
        measure = layer.patch ** (-axes / 2) if layer.normalized else 1.0
        lengths = norms[f"patches {number}"] if deep else _patch_norms(layer, data, axes, measure)
        if number == 1 and not f.slope:
            readings = _by_nodes(layer, f, data, axes, measure, lengths, net.floor)
        else:
            readings = _by_two_values(layer, f, readings, axes, measure, lengths, w, size.output, net.floor)
        w *= f.norm
    return readings


def _functions(net: Network, axes: int, channels: int) -> list[LinearFunction]:
    check_kernels(net, axes, channels)
    functions = []
    for number, layer in enumerate(net.layers, start=1):
        kernel = cast(Zonal, layer.kernel)
        if number > 1 and odd_slope(kernel) is None:
            raise ValueError(
                f"layer {number} has the kernel {kernel!r}: only the first layer is read by cubature, as the patches "
                "of later ones lie in a space of infinite dimension; there kappa(u) - kappa(-u) must be linear, as for "
                "ks.arccos(1)"
            )
        # The exact norm, of which the next layer needs to know w: 1/sqrt(b) at any dimension.
        d: float = layer.patch**axes * channels if number == 1 else math.inf
        try:
            f = linear_function(kernel, d)
        except ValueError as error:
            raise ValueError(f"layer {number}: {error}") from error
        if f.reading_error > _READABLE:
            raise ValueError(
                f"layer {number} has the kernel {kernel!r} on patches in dimension {d}: its linear functions are read "
                f"to an error of {f.reading_error:.2g} of |P x| only, and {_READABLE:g} or less is needed"
            )
        functions.append(f)
    rounding, before = 0.0, 1.0  # before: |w||z| over the norms of the signal's patches
    for number, f in enumerate(functions, start=1):
        rounding += before * f.rounding
        if rounding > _READABLE:
            raise ValueError(
                f"layer {number} has the kernel {f.kernel!r}, whose part of degree 1 is {f.norm**-2:.3g} beside "
                f"kappa(1) = {float(f.kernel(1.0)):.3g}: readings would have a rounding of {rounding:.2g} of the norms "
                f"of patches, and {_READABLE:g} or less is needed"
            )
        before *= f.norm * math.sqrt(float(f.kernel(1.0)))
    return functions


def _batch(net: Network, functions: list[LinearFunction], shape: tuple[int, ...], memory: int) -> int:
    """How many images are read at a time; ValueError where the readings and the work on one image are too many."""
    limit = memory_size(memory)
    axes, features, most = len(shape) - 2, shape[-1], 0
    for layer, f, size in zip(net.layers, functions, net.shapes(shape, "last"), strict=True):
        nodes = not f.slope
        # Readings that come in, values of kernels at every patch on the way, patches, readings that go out.
        before, features = features, features * layer.patch**axes
        work = math.prod(size.input[:axes]) * before + _COPIES * math.prod(size.patches) * before
        work += nodes * 3 * math.prod(size.patches) * features
        most = max(most, 8 * (work + math.prod(size.output) * features))
    readings = 8 * shape[0] * math.prod(size.output) * features
    fixed = readings + _NODES * (not functions[0].slope)
    if fixed + most > limit:
        raise ValueError(
            f"memory must be at least {fixed + most} bytes for the readings of {shape[0]} images of "
            f"{by(shape[1:])}, got {limit}; read fewer at a time"
        )
    return max(1, min(limit - fixed, _AT_WORK) // most)


def _by_two_values(
    layer: Layer,
    f: LinearFunction,
    readings: Any,
    axes: int,
    measure: float,
    lengths: Any,
    w: float,
    output: tuple[int, ...],
    floor: float,
) -> Any:
    """K(w, .) - K(-w, .) over 2b, place by place of the patch."""
    extra = readings.ndim - 1 - axes
    places = (layer.patch,) * axes
    out = np.empty((len(readings), *output, *places, *readings.shape[1 + axes :]))
    spread = lengths.reshape(*lengths.shape, *(1,) * extra)
    for place in np.ndindex(*places):
        moved = _shift(layer, readings, place)
        values = f.of_inner_products(measure * moved, w, spread, floor)
        out[(slice(None),) * (1 + axes) + place] = _pool(layer, values, axes)
    return out


def _by_nodes(layer: Layer, f: LinearFunction, data: Any, axes: int, measure: float, lengths: Any, floor: float) -> Any:
    """The readings of the first layer by a cubature formula, some images at a time."""
    places = (layer.patch,) * axes
    patches = np.stack([_shift(layer, data, place) for place in np.ndindex(*places)], axis=-2)
    patches = measure * patches.reshape(*patches.shape[:-2], -1)
    flat, norms = patches.reshape(-1, patches.shape[-1]), lengths.reshape(-1)
    values = np.empty_like(flat)
    step = max(1, _TILE // len(f.nodes))
    for start in range(0, len(flat), step):
        here = slice(start, start + step)
        values[here] = f.of_patches(flat[here], norms[here], floor)
    out = _pool(layer, values.reshape(patches.shape), axes)
    return out.reshape(*out.shape[:-1], *places, data.shape[-1])


def _patch_norms(layer: Layer, data: Any, axes: int, measure: float) -> Any:
    """|P x(v)| of the data."""
    squares = np.einsum("...c,...c->...", data, data)
    places = np.ndindex(*(layer.patch,) * axes)
    total = sum((_shift(layer, squares, place) for place in places), np.float64(0))
    return measure * np.sqrt(total)


def _shift(layer: Layer, x: Any, place: tuple[int, ...]) -> Any:
    """One place of every patch, along the axes after the first."""
    for axis, c in enumerate(place, start=1):
        x = np.moveaxis(shifted(layer, np.moveaxis(x, axis, 0), layer.offsets[0] + c), 0, axis)
    return x


def _pool(layer: Layer, x: Any, axes: int) -> Any:
    taps = [1.0] if layer.pool is None else [float(tap) for tap in layer.pool.taps]
    for axis in range(1, 1 + axes):
        x = np.moveaxis(pooled(layer, np.moveaxis(x, axis, 0), taps), 0, axis)
    return x


@default_errors
def reconstruct(net: Network, readings: Any, shape: Any, *, channels: str | None = None) -> FloatArray:
    r"""The signal from its readings, by least squares along each axis.

    Parameters
    ----------
    net : the network that was read.
    readings : as `read` returns them, for data of this shape; finite.
    shape, channels : those of the data, as for `Network.shapes`.

    Returns
    -------
    float64 of shape `shape`: the signal where the readings are injective, and its part orthogonal to all that they
    miss (the solution of least norm) where they are not. A relative error eps of the readings becomes at most
    condition * eps, `readout(net, shape).condition`.

    Raises TypeError and ValueError for wrong shapes.

    >>> import kernelspec as ks
    >>> from kernelspec import ckn
    >>> net = ckn.Network([ckn.Layer(3, ks.arccos(1), ckn.gaussian(1), stride=3, border="circular")])
    >>> x = np.random.default_rng(0).standard_normal((1, 9, 1))
    >>> bool(np.allclose(reconstruct(net, read(net, x), x.shape), x, rtol=0, atol=1e-13))
    True
    """
    check_network(net)
    shapes = net.shapes(shape, channels)
    positions, features = shapes[0].input[:-1], shapes.channels
    axes, depth = len(positions), len(net.layers)
    check_kernels(net, axes, features)
    count = integer("shape", tuple(shape)[0], 0)
    places = tuple(layer.patch for layer in reversed(net.layers) for _ in range(axes))
    wanted = (count, *shapes[-1].output, *places, features)
    data = real_array("readings", readings)
    if data.shape != wanted:
        raise ValueError(f"readings must have shape {wanted} for data of shape {tuple(shape)}; got {data.shape}")
    data = data.astype(np.float64)
    # Along each axis together: the outputs and, layer by layer, the places of the patches.
    order = [0]
    for axis in range(axes):
        order += [1 + axis, *(1 + axes + k * axes + axis for k in range(depth))]
    data = data.transpose(*order, data.ndim - 1).reshape(
        count, *(size * math.prod(places[::axes]) for size in shapes[-1].output), features
    )
    inverses = {n: _pseudo_inverse(net, n) for n in dict.fromkeys(positions)}
    for axis, n in enumerate(positions, start=1):
        data = np.moveaxis(np.tensordot(inverses[n], data, axes=(1, axis)), 0, axis)
    return cast(FloatArray, np.moveaxis(data, -1, 1) if channels == "first" else data)


def _pseudo_inverse(net: Network, n: int) -> FloatArray:
    """Of the readings along one axis, with as many singular values as the exact rank says."""
    matrix: Any = np.eye(n)
    for layer in net.layers:
        matrix = through(layer, matrix, float_taps(layer))
    left, values, right = np.linalg.svd(matrix.reshape(-1, n), full_matrices=False)
    rank = composed_reading(net.layers, n).rank
    return cast(FloatArray, (right[:rank].T / values[:rank]) @ left[:, :rank].T)
