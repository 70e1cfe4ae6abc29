"""Kernels of finite networks, under the names that stand in `neural_tangents` itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..architectures import sampling
from ..numbers.checks import integer
from .functions import EmpiricalFunction, EmpiricalKind, MonteCarloFunction, network_of


def _is_traced(trace_axes: Any, diagonal_axes: Any) -> bool:
    axes = (trace_axes,) if isinstance(trace_axes, int) else tuple(trace_axes)
    if axes not in ((-1,), ()):
        raise ValueError(
            "trace_axes must be (-1,), the mean over the channels of the outputs, or (), all pairs of channels; got "
            f"{trace_axes!r}"
        )
    if tuple(diagonal_axes):
        raise ValueError(f"diagonal_axes must be (), as all pairs of positions are told; got {diagonal_axes!r}")
    return bool(axes)


def empirical_kernel_fn(
    f: Any, trace_axes: Any = (-1,), diagonal_axes: Any = (), vmap_axes: Any = None, implementation: Any = 1
) -> EmpiricalFunction:
    """fn(x1, x2, get, params): nngp and ntk of the network of an `apply_fn`, exactly, by backward passes.

    `vmap_axes` and `implementation` change nothing: they say how JAX computes the same.
    """
    return EmpiricalFunction(network_of("f", f), _is_traced(trace_axes, diagonal_axes))


def empirical_nngp_fn(f: Any, trace_axes: Any = (-1,), diagonal_axes: Any = ()) -> EmpiricalKind:
    """fn(x1, x2, params): the products of outputs of the network of an `apply_fn`."""
    return EmpiricalKind(network_of("f", f), "nngp", _is_traced(trace_axes, diagonal_axes))


def empirical_ntk_fn(
    f: Any, trace_axes: Any = (-1,), diagonal_axes: Any = (), vmap_axes: Any = None, implementation: Any = 1
) -> EmpiricalKind:
    """fn(x1, x2, params): the products of gradients of the network of an `apply_fn`.

    `vmap_axes` and `implementation` change nothing.
    """
    return EmpiricalKind(network_of("f", f), "ntk", _is_traced(trace_axes, diagonal_axes))


def monte_carlo_kernel_fn(
    init_fn: Any,
    apply_fn: Any,
    key: Any,
    n_samples: int | Iterable[int],
    batch_size: int = 0,
    device_count: int = -1,
    store_on_device: bool = True,
    trace_axes: Any = (-1,),
    diagonal_axes: Any = (),
    vmap_axes: Any = None,
    implementation: Any = 1,
) -> MonteCarloFunction:
    """kernel_fn(x1, x2=None, get=None): means of the kernels over n_samples random networks.

    `kernel_fn.estimate` takes the same and gives (mean, error, samples), with the standard error of every entry. For
    several n_samples, which increase, both give a generator of what is known after each. `key` is a seed or a
    Generator. `batch_size`, `device_count`, `store_on_device`, `vmap_axes` and `implementation` change nothing.
    """
    traced = _is_traced(trace_axes, diagonal_axes)
    network = network_of("init_fn", init_fn)
    if network != network_of("apply_fn", apply_fn):
        raise ValueError("init_fn and apply_fn must belong to one network")
    if isinstance(n_samples, Iterable):
        return MonteCarloFunction(network, key, sampling.increasing("n_samples", n_samples), traced)
    return MonteCarloFunction(network, key, integer("n_samples", n_samples, 1), traced)
