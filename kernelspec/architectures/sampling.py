"""Kernels of random networks of finite width: means over networks, and what these may be off by."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, SupportsIndex

import numpy as np

from ..numbers.checks import integer, random_generator
from ..numbers.precision import default_errors
from .answers import answer, asked, both_inputs
from .empirical import empirical_kernel
from .finite import init
from .layers import Layer


class Estimate(NamedTuple):
    """Means over random networks.

    Parameters
    ----------
    mean : the kernels asked for: an array, or a named tuple of arrays.
    error : the standard error of every entry, in the same form: the standard deviation over networks, divided by the
        root of their number; infinite for one network.
    samples : the number of networks.
    """

    mean: Any
    error: Any
    samples: int


def monte_carlo_kernel(
    network: Layer, x1: Any, x2: Any = None, get: Any = None, *, samples: SupportsIndex, rng: Any, traced: bool = True
) -> Estimate:
    """The mean of `empirical_kernel` over random networks, with its standard error.

    Networks are independent. Their mean tends to the kernel of infinite width as widths grow, with a bias of order
    1/width that no number of samples takes away (none for nngp with one hidden layer).

    Parameters
    ----------
    network : a layer, mostly a `Serial`.
    x1, x2 : images, shape (images, grid axes..., channels); x2 = None is x1.
    get : "nngp" or "ntk" for arrays, a tuple of these for named tuples; None for both.
    samples : how many networks, >= 1.
    rng : a `numpy.random.Generator`, or a seed of one.
    traced : as `empirical_kernel` takes it.
    """
    (found,) = estimates(network, x1, x2, get, samples=[integer("samples", samples, 1)], rng=rng, traced=traced)
    return found


def estimates(
    network: Layer, x1: Any, x2: Any = None, get: Any = None, *, samples: Sequence[int], rng: Any, traced: bool = True
) -> Iterator[Estimate]:
    """`monte_carlo_kernel` after each of these numbers of networks, which increase."""
    counts = increasing("samples", samples)
    kinds, generator = asked(get), random_generator(rng)
    x1, x2 = both_inputs(x1, x2)
    means: dict[str, Any] = dict.fromkeys(kinds, 0.0)
    squares: dict[str, Any] = dict.fromkeys(kinds, 0.0)
    for n in range(1, counts[-1] + 1):
        _, params = init(network, generator, x1.shape)
        one = empirical_kernel(network, params, x1, x2, kinds, traced=traced)
        for kind, value in zip(kinds, one, strict=True):
            means[kind], squares[kind] = _added(means[kind], squares[kind], value, n)
        if n in counts:
            errors = {kind: _error(each, n) for kind, each in squares.items()}
            yield Estimate(answer(get, means), answer(get, errors), n)


def increasing(name: str, samples: Iterable[Any]) -> tuple[int, ...]:
    """Numbers of networks, of which there are some, and which increase."""
    counts = tuple(integer(name, count, 1) for count in samples)
    if not counts or any(a >= b for a, b in itertools.pairwise(counts)):
        raise ValueError(f"{name} must be a number of networks or increasing ones, got {samples!r}")
    return counts


@default_errors
def _added(mean: Any, squares: Any, value: Any, n: int) -> tuple[Any, Any]:
    """The mean of n values and the sum of squares about it, without cancellation (Welford 1962)."""
    change = value - mean
    mean = mean + change / n
    return mean, squares + change * (value - mean)


@default_errors
def _error(squares: Any, n: int) -> Any:
    return np.sqrt(squares / (n - 1) / n) if n > 1 else np.full_like(squares, math.inf)
