"""What a function of kernels is asked for and gives: `get` is None, "nngp", "ntk", or a tuple of these words."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..numbers.checks import choice, real_array
from .layers import Shape, as_shape

KINDS = ("nngp", "ntk")


class Kernel(NamedTuple):
    """Both kernels: `nngp`, covariances of outputs, and `ntk`, products of their gradients."""

    nngp: Any
    ntk: Any


def asked(get: Any) -> tuple[str, ...]:
    """The kinds that are asked for; ValueError or TypeError for other words."""
    if get is None:
        return KINDS
    words = (get,) if isinstance(get, str) else get
    if not isinstance(words, tuple | list) or not words:
        raise TypeError(f"get must be None, 'nngp', 'ntk' or a tuple of these, got {get!r}")
    found = tuple(choice("get", word, KINDS) for word in words)
    if len(set(found)) < len(found):
        raise ValueError(f"get must name each kernel once, got {get!r}")
    return found


def answer(get: Any, found: Mapping[str, Any]) -> Any:
    """One array for a word, a named tuple for None and for a tuple of words."""
    if isinstance(get, str):
        return found[get]
    if get is None:
        return Kernel(found["nngp"], found["ntk"])
    fields = asked(get)
    kind: Callable[..., Any] = namedtuple("Kernel", fields)  # type: ignore[misc]  # its fields are those asked for
    return kind(*(found[each] for each in fields))


def inputs(name: str, x: Any) -> Any:
    """Images as an array of axes (images, grid axes..., channels), float32 or float64, all finite."""
    found = real_array(name, x)
    as_shape(found.shape, f"the shape of {name}")
    return found


def both_inputs(x1: Any, x2: Any) -> tuple[Any, Any]:
    """Two sides of images of one shape and one dtype, the longer of theirs; the second None where it is the first."""
    first = inputs("x1", x1)
    if x2 is None:
        return first, None
    second = inputs("x2", x2)
    if first.shape[1:] != second.shape[1:]:
        raise ValueError(f"x1 and x2 must hold images of one shape, got {first.shape} and {second.shape}")
    dtype = np.result_type(first, second)
    return first.astype(dtype, copy=False), second.astype(dtype, copy=False)


def one_output(shape: Any) -> Shape:
    """The shape of a network's output; ValueError where it ends in several branches."""
    if isinstance(shape, list):
        raise ValueError(f"a network must end in one output, got branches of shapes {', '.join(map(str, shape))}")
    return as_shape(shape)


def with_grid(matrix: Any, first: int, second: int, grid: Sequence[int]) -> Any:
    """(n1 positions, n2 positions) as (n1, n2, h, h', w, w')."""
    if not grid:
        return matrix
    axes = len(grid)
    split = matrix.reshape(first, *grid, second, *grid)
    order = [0, axes + 1]
    for axis in range(axes):
        order += [1 + axis, axes + 2 + axis]
    return split.transpose(order)
