r"""Covariances of rows of convolutions and homogeneous activations, by the engine of convolutional kernels.

[convolution, activation, pool or none] again and again, then all positions or their mean, then dense layers, all
without biases: that is a `ckn.Network`, up to one factor. Its engine works in tiles that stay in cache, and does not
hold 1 - u beside u. Covariances lose nothing by that, as their slopes in u are bounded, nor do tangent kernels of the
normalised Gaussian. Those of kinked activations lose up to 7 digits where maps nearly coincide: the engine bounds what
it may have lost of every pair of images (`ckn.engine.losses`), and `limit` computes those pairs where that is more than
1e-13 of the diagonal. It also computes whatever is no such row.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, SupportsIndex

import numpy as np

from .. import ckn
from ..ckn.doors import Options, work_of
from ..ckn.network import sizes_of
from ..ckn.patch_kernels import Exponential, Pointwise, Rectifier, pointwise
from ..numbers.checks import Progress, check_progress, memory_size
from ..numbers.precision import default_errors
from . import combinators as parts
from . import layers as kinds
from . import limit
from .activations import Activation
from .answers import answer, asked, both_inputs, one_output
from .duals.choice import dual_of
from .duals.homogeneous import Homogeneous
from .finite import check_finite
from .layers import Layer

_TRIED = 3  # images of either side, all pairs of which are tried
_WORTH = 64  # so many times as many pairs in all, from which on they are
_MOST_DOUBTFUL = 0.5  # of the pairs, from which on it is faster to leave all of them to `limit`
_BORDERS = {"SAME": "zero", "CIRCULAR": "circular", "VALID": "valid"}


class Row(NamedTuple):
    """nngp = factor positions^power / channels times the kernel of `network`; positions are those of its last map.

    ntk is as much times (its tangent kernel + (heads - 1) its kernel), where `tangent` says that the engine has it: of
    weights of the parametrisation `ntk`, of smooth kernels alone, or of rectifiers alone, `kinked`, whose norms no pool
    cancels. `trained` says of every convolution whether its weights are; `heads` are dense layers that are trained, and
    `axes` those of the grid.
    """

    network: ckn.Network
    factor: float
    power: int
    axes: int
    heads: int
    tangent: bool
    kinked: bool
    trained: tuple[bool, ...]

    def scale(self, grid: tuple[int, ...], channels: int) -> float:
        """What the network's kernel of images with this grid is to be multiplied by."""
        positions = math.prod(sizes_of(self.network, grid, channels)[-1].output)
        return self.factor * positions**self.power / channels

    def has(self, asked_for: tuple[str, ...]) -> bool:
        """Whether the engine computes these kernels."""
        return math.isfinite(self.factor) and (self.tangent or asked_for == ("nngp",))


def kernel(
    network: Layer,
    x1: Any,
    x2: Any = None,
    get: Any = None,
    *,
    memory: SupportsIndex | float = 2**30,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Any:
    """The kernels of a network of infinite width, by the engine that is made for it: see `limit.kernel`."""
    asked_for = asked(get)
    row = row_of(network) if isinstance(network, Layer) else None
    if row is not None and row.has(asked_for):
        bytes_ = memory_size(memory)
        check_progress(progress)
        first, second = both_inputs(x1, x2)
        one_output(network.output_shape(first.shape))
        if first.ndim == row.axes + 2 and not _mostly_doubtful(row, first, second, asked_for, bytes_):
            found, doubtful = _matrices(row, first, second, asked_for, bytes_, threads, progress)
            if doubtful.any():
                again = limit.kernel(
                    network, x1, x2, ("ntk",), memory=memory, threads=threads, progress=progress, wanted=doubtful
                )
                np.copyto(found["ntk"], again.ntk, where=doubtful)
            return answer(get, found)
    return limit.kernel(network, x1, x2, get, memory=memory, threads=threads, progress=progress)


def _mostly_doubtful(row: Row, x: Any, y: Any, asked_for: tuple[str, ...], memory: int) -> bool:
    """Whether most of some pairs are doubtful, as where images have flat regions of one colour."""
    if not (row.kinked and "ntk" in asked_for) or len(x) * len(x if y is None else y) < _WORTH * _TRIED**2:
        return False
    rng = np.random.default_rng(0)
    if y is None:
        one, two = x[rng.permutation(len(x))[: 2 * _TRIED]].reshape(2, -1, *x.shape[1:])
    else:
        one, two = (each[rng.permutation(len(each))[:_TRIED]] for each in (x, y))
    return float(np.mean(_matrices(row, one, two, ("ntk",), memory, 1, None)[1])) > _MOST_DOUBTFUL


@default_errors
def _matrices(
    row: Row, x: Any, y: Any, asked_for: tuple[str, ...], memory: int, threads: int | None, progress: Progress | None
) -> tuple[dict[str, Any], Any]:
    """The kernels, and where the tangent kernel may have lost digits."""
    tangent = "ntk" in asked_for
    doubts = tangent and row.kinked
    options = Options(tangent, memory, threads, False, doubts, row.trained)
    work = work_of(row.network, x, y, options, "last", progress, double=True, formal=True)
    plain, *rest = work.matrices(tuple(range(1 + tangent + doubts)))
    with np.errstate(over="ignore", invalid="ignore"):  # seen in the result
        found = {"nngp": plain}
        if tangent:
            found["ntk"] = rest[0] + (row.heads - 1) * plain
        scale = row.scale(x.shape[1:-1], x.shape[-1])
        found = {kind: (scale * found[kind]).astype(x.dtype, copy=False) for kind in asked_for}
    for matrix in found.values():
        check_finite(matrix)
    return found, rest[1] if doubts else np.zeros((), bool)


def row_of(network: Layer) -> Row | None:
    """The same network for the other engine; None where it is no such row."""
    flat = list(_flat(network, True))
    todo = [layer for layer, _ in flat]
    layers, factor = list[ckn.Layer](), 1.0
    axes = len(todo[0].filter_shape) if todo and isinstance(todo[0], kinds.Conv) else 0
    while len(todo) > 1 and type(todo[0]) is kinds.Conv:
        found = _block(todo)
        if found is None:
            return None
        layer, scale, used = found
        layers, factor, todo = [*layers, layer], factor * scale, todo[used:]
    if not layers or not todo:
        return None
    ends = {kinds.GlobalAvgPool: ("mean", 0), kinds.GlobalSumPool: ("mean", 2), kinds.Flatten: ("sum", -1)}
    end = ends.get(type(todo[0]))
    if end is None or not all(type(each) is kinds.Dense and not each.b_std for each in todo[1:]):
        return None
    for each in todo[1:]:
        factor *= each.W_std * each.W_std  # type: ignore[attr-defined]  # all are Dense
    weights = [(layer, own) for layer, own in flat if isinstance(layer, kinds.Conv | kinds.Dense)]
    usual = all(layer.parameterization == "ntk" for layer, _ in weights)
    forms = [pointwise(layer.kernel, True) for layer in layers]
    smooth, kinked = all(isinstance(form, Exponential) for form in forms), _cancels_nothing(layers, forms)
    trained = tuple(own for layer, own in weights if isinstance(layer, kinds.Conv))
    heads = sum(own for layer, own in weights if isinstance(layer, kinds.Dense))
    engine = ckn.Network(layers, output=end[0])
    return Row(engine, factor, end[1], axes, heads, usual and (smooth or kinked), kinked, trained)


def _cancels_nothing(layers: Sequence[ckn.Layer], forms: Sequence[Pointwise]) -> bool:
    """Whether all are rectifiers, whose norms at later layers have their digits.

    Where the slope of x < 0 is > 0, covariances have both signs, and what is left of them in a pool may be rounding.
    """
    rectifiers = [form for form in forms if isinstance(form, Rectifier)]
    if len(rectifiers) < len(forms):
        return False
    return not any(layer.pool and form.linear > 0 for layer, form in zip(layers[:-1], rectifiers, strict=False))


def _flat(layer: Layer, trained: bool) -> Iterator[tuple[Layer, bool]]:
    """The layers of a row, without those that change no covariance, and whether their weights are trained."""
    if isinstance(layer, parts.Serial):
        for each in layer.layers:
            yield from _flat(each, trained)
    elif isinstance(layer, parts.Frozen):
        yield from _flat(layer.layer, False)
    elif not isinstance(layer, kinds.Identity):
        yield layer, trained


def _block(todo: list[Layer]) -> tuple[ckn.Layer, float, int] | None:
    """The first convolution, its activation and its pool as one layer; a factor; how many of the layers these are."""
    conv, activation = todo[0], todo[1]
    assert isinstance(conv, kinds.Conv)
    size, inside = conv.filter_shape[0], conv.padding == "VALID"
    square = len(conv.filter_shape) <= 2 and set(conv.filter_shape) == {size} and (inside or size % 2 == 1)
    if not square or conv.strides or conv.b_std or not isinstance(activation, Activation):
        return None
    if activation.family not in ("abrelu", "exp_normalized"):
        return None
    dual = dual_of(activation)
    if not isinstance(dual, Homogeneous) or not dual.one:
        return None
    deviation, border = conv.W_std * dual.scale, _BORDERS[conv.padding]
    factor = deviation * deviation  # infinite where a power would raise
    pool, stride, used = None, 1, 2
    if len(todo) > 2 and isinstance(todo[2], kinds.Pool):
        found = _average(todo[2], border)
        if found is None:
            return None
        pool, stride = found
        used = 3
        if isinstance(todo[2], kinds.SumPool):
            factor *= float(pool.scale) ** (2 * len(conv.filter_shape))
    return ckn.Layer(size, dual.kernel, pool, stride, border, normalized=True), factor, used


def _average(pool: kinds.Pool, border: str) -> tuple[ckn.Pool, int] | None:
    """The pool as means of windows, which do the same behind patches with this border, and their stride."""
    window, strides = pool.windows.shape, pool.windows.strides
    size, stride = window[0], strides[0]
    if set(window) != {size} or set(strides) != {stride} or getattr(pool, "normalize_edges", False):
        return None
    if pool.padding == "VALID" and (stride == size or border == "valid"):
        return ckn.average(size), stride
    if _BORDERS[pool.padding] == border and stride == 1 and size % 2 == 1:
        return ckn.average(size, centred=True), 1
    return None
