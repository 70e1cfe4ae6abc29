"""Layers under the names of `neural_tangents.stax`, with its parameters, their order and their defaults.

Arrays have the images first and the channels last: `batch_axis`, `channel_axis` and `dimension_numbers` take that one
order. All other parameters are explained in `kernelspec.architectures`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import architectures as parts
from ..numbers.checks import integer
from .functions import Network, made, network_of


def _check_axes(batch_axis: Any, channel_axis: Any = -1) -> None:
    if batch_axis != 0:
        raise ValueError(f"batch_axis must be 0, as images come first, got {batch_axis!r}")
    if channel_axis != -1:
        raise ValueError(f"channel_axis must be -1, as channels come last, got {channel_axis!r}")


def _check_order(dimension_numbers: Any) -> None:
    """("NHWC", "HWIO", "NHWC") and the like, of any number of axes of the grid."""
    if dimension_numbers is None:
        return
    try:
        left, weights, right = map(str, dimension_numbers)
    except (TypeError, ValueError):
        raise TypeError(f"dimension_numbers must be None or three words, got {dimension_numbers!r}") from None
    if left != right or f"{left[:1]}{left[-1:]}" != "NC" or weights != f"{left[1:-1]}IO":
        raise ValueError(
            "dimension_numbers must have images first and channels last, as ('NHWC', 'HWIO', 'NHWC') has; got "
            f"{dimension_numbers!r}"
        )


def _in_lower_case(parameterization: Any) -> Any:
    """As neural_tangents reads it."""
    return parameterization.lower() if isinstance(parameterization, str) else parameterization


def serial(*layers: Any) -> Network:
    """One layer after the other: (init_fn, apply_fn, kernel_fn).

    >>> init_fn, apply_fn, kernel_fn = serial(Dense(512, 1.5, 0.05), Dense(1))
    >>> output_shape, params = init_fn(0, (-1, 3))
    >>> output_shape, apply_fn(params, [[0.1, 0.2, 0.3]]).shape
    ((-1, 1), (1, 1))
    """
    return made(parts.Serial(tuple(network_of("layers", each) for each in layers)))


def parallel(*layers: Any) -> Network:
    """Layer i of branch i, side by side."""
    return made(parts.Parallel(tuple(network_of("layers", each) for each in layers)))


def repeat(layer: Any, n: int) -> Network:
    """The same layer n times, each with weights of its own: serial(layer, ..., layer)."""
    return made(parts.Serial((network_of("layer", layer),) * integer("n", n, 1)))


def Frozen(layer: Any) -> Network:
    """A layer whose weights are drawn and then kept: they have no part in tangent kernels (not in neural_tangents)."""
    return made(parts.Frozen(network_of("layer", layer)))


def Dense(
    out_dim: int,
    W_std: float = 1.0,
    b_std: float | None = None,
    batch_axis: int = 0,
    channel_axis: int = -1,
    parameterization: str = "ntk",
    s: tuple[int, int] = (1, 1),
) -> Network:
    """A linear map of the channels, the same at every position."""
    _check_axes(batch_axis, channel_axis)
    return made(parts.Dense(out_dim, W_std, b_std, _in_lower_case(parameterization), s))


def Conv(
    out_chan: int,
    filter_shape: Sequence[int],
    strides: Sequence[int] | None = None,
    padding: str = "VALID",
    W_std: float = 1.0,
    b_std: float | None = None,
    dimension_numbers: tuple[str, str, str] | None = None,
    parameterization: str = "ntk",
    s: tuple[int, int] = (1, 1),
) -> Network:
    """A linear map of patches, the same at every position; padding VALID, SAME or CIRCULAR."""
    _check_order(dimension_numbers)
    weights = W_std, b_std, _in_lower_case(parameterization), s
    return made(parts.Conv(out_chan, filter_shape, strides, padding, *weights))  # type: ignore[arg-type]  # sequences are made tuples


def ConvLocal(
    out_chan: int,
    filter_shape: Sequence[int],
    strides: Sequence[int] | None = None,
    padding: str = "VALID",
    W_std: float = 1.0,
    b_std: float | None = None,
    dimension_numbers: tuple[str, str, str] | None = None,
    parameterization: str = "ntk",
    s: tuple[int, int] = (1, 1),
) -> Network:
    """A linear map of patches with weights and biases of its own at every position."""
    _check_order(dimension_numbers)
    weights = W_std, b_std, _in_lower_case(parameterization), s
    return made(parts.ConvLocal(out_chan, filter_shape, strides, padding, *weights))  # type: ignore[arg-type]  # sequences are made tuples


def AvgPool(
    window_shape: Sequence[int],
    strides: Sequence[int] | None = None,
    padding: str = "VALID",
    normalize_edges: bool = False,
    batch_axis: int = 0,
    channel_axis: int = -1,
) -> Network:
    """Means over windows; with SAME, the zeros outside count unless `normalize_edges`."""
    _check_axes(batch_axis, channel_axis)
    return made(parts.AvgPool(window_shape, strides, padding, normalize_edges))  # type: ignore[arg-type]  # sequences are made tuples


def SumPool(
    window_shape: Sequence[int],
    strides: Sequence[int] | None = None,
    padding: str = "VALID",
    batch_axis: int = 0,
    channel_axis: int = -1,
) -> Network:
    """Sums over windows."""
    _check_axes(batch_axis, channel_axis)
    return made(parts.SumPool(window_shape, strides, padding))  # type: ignore[arg-type]  # sequences are made tuples


def GlobalAvgPool(batch_axis: int = 0, channel_axis: int = -1) -> Network:
    """The mean over the grid, which has no axes then."""
    _check_axes(batch_axis, channel_axis)
    return made(parts.GlobalAvgPool())


def GlobalSumPool(batch_axis: int = 0, channel_axis: int = -1) -> Network:
    """The sum over the grid, which has no axes then."""
    _check_axes(batch_axis, channel_axis)
    return made(parts.GlobalSumPool())


def Flatten(batch_axis: int = 0, batch_axis_out: int = 0) -> Network:
    """All positions and channels as the channels of a vector."""
    _check_axes(batch_axis)
    if batch_axis_out != 0:
        raise ValueError(f"batch_axis_out must be 0, as images come first, got {batch_axis_out!r}")
    return made(parts.Flatten())


def LayerNorm(
    axis: int | Sequence[int] = -1, eps: float = 1e-12, batch_axis: int = 0, channel_axis: int = -1
) -> Network:
    """(x - mean)/sqrt(variance + eps) over these axes, for every image by itself."""
    _check_axes(batch_axis, channel_axis)
    return made(parts.LayerNorm(axis, eps))  # type: ignore[arg-type]  # one axis, or a sequence, is made a tuple


def Identity() -> Network:
    """What comes in."""
    return made(parts.Identity())


def FanOut(num: int) -> Network:
    """Copies of what comes in, one for each of `num` branches."""
    return made(parts.FanOut(num))


def FanInSum() -> Network:
    """The sum of the branches."""
    return made(parts.FanInSum())


def FanInProd() -> Network:
    """The product of the branches, entry by entry."""
    return made(parts.FanInProd())


def FanInConcat(axis: int = -1) -> Network:
    """The branches one after the other along an axis of the grid, or along the channels."""
    return made(parts.FanInConcat(axis))
