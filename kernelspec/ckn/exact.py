"""Exact kernels of convolutional kernel networks: matrices, distances, norms and maps (claims 42, 49).

The doors: what comes in is checked here; `run` cuts the work into blocks, `evaluate` does it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..numbers.arrays import Standard, library_of
from ..numbers.checks import check_progress
from ..numbers.precision import default_errors
from .axes import channels_last, last_axes
from .evaluate import overflow
from .geometry import geometry, trimmed
from .network import Map, Network, by
from .plan import check_matrices, plan
from .pointwise import check_tangent, pointwise
from .positive import check_layers
from .run import Run
from .scaling import Scaling
from .store import Store


@default_errors
def gram(
    network: Network,
    x: Any,
    y: Any = None,
    tangent: Any = False,
    *,
    memory: int = 2**30,
    threads: int | None = None,
    progress: Callable[..., Iterable[Any]] | None = None,
    out: Any = None,
    channels: str | None = None,
) -> Any:
    r"""The matrix K(x_i, y_j) of a convolutional kernel network, exact to rounding.

    .. math:: K(x, x') = \sum_u \langle x_n(u), x_n'(u) \rangle, \qquad x_k = A_k M_k P_k x_{k-1}.

    Parameters
    ----------
    x, y : images (n, height, width, channels) or signals (n, length, channels), of one size; finite. float32 stays
        float32; integers are read as float64. Where y is None the matrix is that of x with itself, symmetric, and its
        diagonal is computed with the angle 0 between a patch and itself. NumPy arrays, or those of any library of
        the array API standard, which then stay on their device. Any size of pixels will do: images are scaled by
        powers of two on the way.
    tangent : False, K (claim 42); True, the neural tangent kernel of the network (claim 49), which needs layers
        of kernel a*linear() + b*arccos(1), b >= 0, a >= -b/2; "both", the pair of matrices (K, tangent kernel).
    memory : bytes for working memory beyond x, y and the result.
    threads : workers, by default one for each core that the process may use. More than one needs the package
        threadpoolctl, which keeps the matrix products themselves to one thread.
    progress : called as progress(iterable, total=...), like tqdm.
    out : a file to be made, for matrices larger than memory and for long work: an array in NumPy's format, read back
        as a memory map. What was finished when a run was cut off is kept beside it, and the same call, with the same
        memory and threads, goes on there. Its space is reserved first, and one call writes at a time.
    channels : "last", as above, or "first", (n, channels, height, width) or (n, channels, length). None, the default,
        reads them last, and refuses shapes that look otherwise.

    Returns
    -------
    An array of shape (n, m), or two, right to about 1e-15 (float64) and 1e-6 (float32) of |Phi(x)||Phi(y)|. Where
    maps nearly coincide at a later layer (very flat images), tangent kernels and kernels whose slope at an end is
    not bounded (laplace, arccos(0)) lose up to half of their digits, as a cosine is all that is known there.

    Raises TypeError and ValueError that name the parameter, and the layer where a map would be empty or whose kernel
    is seen not to be positive semi-definite; OSError where the disk has no room for `out`, BlockingIOError where
    another call writes it.

    Source: Bietti & Mairal 2019, JMLR (claim 42), and NeurIPS (claim 49); the released code (claim 60).

    >>> import kernelspec as ks
    >>> from kernelspec import ckn
    >>> net = ckn.Network([ckn.Layer(patch=1, kernel=ks.arccos(1))])
    >>> net.gram([[[3.0, 4.0]], [[4.0, -3.0]]])  # one position, two channels: 25 kappa_1(0) = 25/pi
    array([[25.        ,  7.95774715],
           [ 7.95774715, 25.        ]])
    """
    run = _run(network, x, y, tangent, memory, threads, progress, channels=channels)
    kinds = {False: (0,), True: (1,)}.get(tangent, (0, 1))
    if out is None:
        results = run.matrices(kinds)
    else:
        with Store(out, run, kinds) as store:
            run.matrices(kinds, store)
            results = store.finish()
    return (results[0], results[1]) if tangent == "both" else results[0]


@default_errors
def distances(
    network: Network,
    x: Any,
    y: Any = None,
    tangent: bool = False,
    *,
    memory: int = 2**30,
    threads: int | None = None,
    progress: Callable[..., Iterable[Any]] | None = None,
    channels: str | None = None,
) -> Any:
    """The distances |Phi(x_i) - Phi(y_j)| in the RKHS, shape (n, m), float64.

    From |Phi(x)|^2 + |Phi(y)|^2 - 2 K(x, y), in float64 whatever the dtype of the data, since the difference
    cancels: distances below 1e-7 of the norms are rounding. Parameters and errors as for `gram`.
    """
    _check_plain_tangent(tangent)
    run = _run(network, x, y, tangent, memory, threads, progress, double=True, channels=channels)
    (inner,) = run.matrices((int(tangent),), scaled=True)
    left, right = run.diagonals(tangent)
    to_distances(run.ops, inner, left, right, *run.exponents())
    return _finite(run.ops, inner)


def to_distances(ops: Standard, inner: Any, left: Any, right: Any, a: Any, b: Any) -> None:
    """Turn K(x_i, y_j) into |Phi(x_i) - Phi(y_j)|, in place; left and right are K(x, x) and K(y, y).

    All are of images scaled by powers of two: Phi(x_i) is to be multiplied by 2^a_i, Phi(y_j) by 2^b_j.
    """
    for i in range(inner.shape[0]):
        # Half of the square, in units of the larger norm; the two norms together, so that the matrix stays symmetric.
        unit = ops.xp.maximum(b, a[i] + 0 * b)
        norms = ops.times_power(left[i] / 2 + 0 * right, 2 * (a[i] - unit))
        norms = norms + ops.times_power(right / 2, 2 * (b - unit))
        half = norms - ops.times_power(inner[i, :], a[i] + b - 2 * unit)
        inner[i, :] = ops.times_power(ops.sqrt(ops.nonnegative(half)) * math.sqrt(2), unit)


@default_errors
def norms(network: Network, x: Any, tangent: bool = False, *, memory: int = 2**30, channels: str | None = None) -> Any:
    """The norms |Phi(x_i)| = K(x_i, x_i)^(1/2), shape (n,). Parameters and errors as for `gram`."""
    _check_plain_tangent(tangent)
    run = _run(network, x, None, tangent, memory, None, channels=channels)
    squares = run.diagonals(tangent)[0]
    roots = run.ops.sqrt(run.ops.nonnegative(squares))
    return _finite(run.ops, run.ops.times_power(roots, run.exponents()[0]))


def _finite(ops: Standard, values: Any) -> Any:
    if not bool(ops.xp.all(ops.xp.isfinite(values))):
        raise ValueError(overflow(values.dtype))
    return values


@default_errors
def maps(network: Network, x: Any, *, memory: int = 2**30, channels: str | None = None) -> list[Map]:
    """The norms of every map, for pictures: |x(u)|, then |P_k x_{k-1}(u)| and |x_k(u)| of each layer k.

    Returns
    -------
    A list of `Map(name, values, axes)`: "input", "patches 1", "layer 1", "patches 2", ...; values of shape (n,
    height, width) or (n, length), axes ("image", "height", "width") or ("image", "length"). As |M z| = |z| for
    kernels with kappa(1) = 1, the map of the patches is that of their images in the RKHS, too (claim 42).
    """
    return _run(network, x, None, False, memory, None, whole=True, channels=channels).maps()


def _run(
    network: Network,
    x: Any,
    y: Any,
    tangent: Any,
    memory: int,
    threads: int | None,
    progress: Callable[..., Iterable[Any]] | None = None,
    double: bool = False,
    whole: bool = False,
    channels: str | None = None,
) -> Run:
    """The work, when all is checked."""
    check_progress(progress)
    if not (isinstance(tangent, bool | np.bool_) or (isinstance(tangent, str) and tangent == "both")):
        raise ValueError(f'tangent must be False, True or "both"; got {tangent!r}')
    if tangent:
        check_tangent(network.layers)
    ops = library_of(x)
    if y is not None and library_of(y, "y").xp is not ops.xp:
        raise TypeError(f"x and y must be arrays of one library; got {type(x).__name__} and {type(y).__name__}")
    x = read_images(ops, "x", x, double, channels)
    flat = len(x.shape) == 3
    if y is not None:
        y = read_images(ops, "y", y, double, channels)
        if tuple(x.shape[1:]) != tuple(y.shape[1:]):
            raise ValueError(
                f"x and y must have images of one size; got {by(tuple(x.shape[1:]))} and {by(tuple(y.shape[1:]))}"
            )
        dtype = ops.xp.result_type(x.dtype, y.dtype)
        x, y = ops.cast(x, dtype), ops.cast(y, dtype)
    check_layers(network.layers)
    check_matrices(network.shapes(tuple(x.shape), "last"), memory)
    shape = geometry(network, tuple(x.shape[1:-1]), x.shape[-1], whole)
    shape = shape if whole else trimmed(shape, network.output == "sum")
    scaling = Scaling.of(network)
    powers = _powers(ops, x, scaling), _powers(ops, y, scaling)
    if flat:
        x, y = x[:, None, ...], None if y is None else y[:, None, ...]
    size = ops.xp.finfo(x.dtype).bits // 8
    kernels = tuple(pointwise(kernel, bool(tangent)) for kernel in scaling.kernels)
    cut = plan(shape, kernels, bool(tangent), size, memory, threads, ops)
    return Run(network, kernels, ops, shape, x, y, powers, scaling, flat, bool(tangent), progress, cut)


def _powers(ops: Standard, x: Any, scaling: Scaling) -> Any:
    """The powers of two that images are divided by; None where they are not."""
    if x is None or not scaling.relative:
        return None
    if not x.shape[0]:
        return ops.indices([])
    # Squares of inner products grow: |x| of about 1 then, and not only its pixels.
    more = math.ceil(math.log2(math.prod(x.shape[1:])) / 2) if scaling.squares else 0
    return ops.exponents(x) + more


def _check_plain_tangent(tangent: Any) -> None:
    if not isinstance(tangent, bool | np.bool_):
        raise ValueError(f"tangent must be False or True; got {tangent!r}")


def read_images(ops: Standard, name: str, x: Any, double: bool = False, channels: str | None = None) -> Any:
    """The data as a real array of four or three axes, the channels last; TypeError or ValueError otherwise."""
    xp = ops.xp
    if not getattr(x, "is_leaf", True) or getattr(x, "requires_grad", False):
        x = x.detach()
    x = ops.real(name, x)
    last_axes(name, tuple(x.shape), channels)
    x = channels_last(ops, x, channels)
    if not all(x.shape[1:]):
        raise ValueError(f"{name} must have at least one position and one channel; got {tuple(x.shape)}")
    if x.shape[0] and not math.isfinite(ops.largest(x)):  # NaN is passed on by max and min
        raise ValueError(f"{name} must be finite; it holds NaN or infinity")
    if double and x.dtype != xp.float64:
        x = xp.astype(x, xp.float64) if not ops.in_place else x.astype(np.float64)
    return x
