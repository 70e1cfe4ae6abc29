"""From an architecture to its kernel on a sphere: `kernelspec.kernels.wide`, read from layers.

On the inputs of one length a fully connected network has a kernel of the cosine alone. What is no limit of infinite
width is refused as `limit.kernel` refuses it, whose numbers the expression has.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..kernels.layers import as_ratio
from ..kernels.scaled_duals import Phi
from ..kernels.steps import Branches, Chain, Norm, Weights
from ..kernels.wide import of_chain
from ..kernels.zonal import Zonal
from ..numbers.checks import choice, dimension
from ..numbers.rational import as_exact
from . import combinators as parts
from . import layers as kinds
from .activations import Activation
from .answers import KINDS
from .layers import Layer
from .limit import kernel

_ZERO, _ONE = Fraction(0), Fraction(1)
_MOST_INPUTS = 2**16


def zonal(network: Layer, norm: Any = 1.0, get: Any = "ntk", d: Any = None) -> Zonal:
    """The kernel of a fully connected network on a sphere of inputs, as an expression.

    Parameters
    ----------
    network : a layer, mostly a `Serial`: weights, activations, LayerNorm and independent branches of these.
    norm : the length of the inputs, > 0: |x| where d is given, and |x|/sqrt(d), the root of the mean square of their
        entries, where it is not. A `Dense` divides by the number of inputs, so that the kernel depends on that alone.
    get : "nngp" or "ntk".
    d : the number of inputs, >= 2. It must be given where the kernel depends on it: weights of the parametrisation
        `standard` that read the inputs, and concatenations with the inputs.

    Returns kappa with kappa(cos) = `limit.kernel` at any two inputs of this length. W_std, b_std and norm are the
    decimals that they print (`kernelspec.numbers`), and their squares exact.

    Raises ValueError or TypeError for networks that read a grid, for those that have no limit of infinite width, and
    for other arguments.
    """
    if not isinstance(network, Layer):
        raise TypeError(f"network must be a layer, got {network!r}")
    kind = choice("get", get, KINDS)
    length = as_ratio(norm, "norm")
    if not length > 0:
        raise ValueError(f"norm must be > 0; got {norm}")
    inputs = None if d is None else dimension(d)
    q = length**2 if inputs is None else length**2 / inputs
    found = _after(network, _Map((), inputs), True)
    if not isinstance(found, _Map):
        raise ValueError(f"a network must end in one output, got branches of {network!r}")
    _check_limit(network, float(q) ** 0.5, inputs)
    return of_chain(found.chain, q, kind == "ntk", True)


def _check_limit(network: Layer, deviation: float, d: int | None) -> None:
    """The refusals of `limit.kernel`, at two inputs of this deviation; no more numbers than are needed for them."""
    d = min(d or 2, _MOST_INPUTS)
    x = deviation * math.sqrt(d) * np.eye(2, d)
    kernel(network, x, None, "nngp", threads=1)


@dataclass(frozen=True)
class _Map:
    """What is known of one map: the steps since the inputs or the last fan-out, and its channels (None: d)."""

    chain: Chain
    channels: int | None

    def then(self, *steps: Any, channels: int | None = None) -> _Map:
        return _Map((*self.chain, *steps), channels or self.channels)


@dataclass(frozen=True)
class _Fork:
    """Branches, each from the fan-out on, and what is before it."""

    before: _Map
    branches: tuple[Any, ...]


def _after(layer: Layer, state: Any, trained: bool) -> Any:
    """The state after a layer."""
    if isinstance(layer, parts.Serial):
        for each in layer.layers:
            state = _after(each, state, trained)
        return state
    if isinstance(layer, parts.Frozen):
        return _after(layer.layer, state, False)
    if isinstance(layer, parts.Parallel):
        branches = state.branches if isinstance(state, _Fork) else ()
        parts.branches(list(branches), layer, len(layer.layers))
        found = [_after(each, one, trained) for each, one in zip(layer.layers, branches, strict=True)]
        return _Fork(state.before, tuple(found))
    if isinstance(layer, parts.FanInSum | parts.FanInProd | parts.FanInConcat):
        return _joined(layer, state)
    if not isinstance(state, _Map):
        raise ValueError(f"{layer!r} takes one input, and branches come before it")
    if isinstance(layer, parts.FanOut):
        return _Fork(state, (_Map((), state.channels),) * layer.num)
    return _one(layer, state, trained)


def _joined(layer: Layer, state: Any) -> _Map:
    branches = state.branches if isinstance(state, _Fork) else ()
    parts.branches(list(branches), layer)
    if not all(isinstance(each, _Map) for each in branches):
        raise ValueError(f"{layer!r} takes one map of each branch, and gets branches")
    chains = tuple(each.chain for each in branches)
    if isinstance(layer, parts.FanInConcat):
        total, weights = 0, []
        for each in branches:
            total += _known(each.channels, layer)
        weights = [Fraction(each.channels, total) for each in branches]
        return state.before.then(Branches(chains, tuple(weights)), channels=total)
    product = isinstance(layer, parts.FanInProd)
    step = Branches(chains, () if product else (_ONE,) * len(chains), product)
    return state.before.then(step, channels=branches[0].channels)


def _known(channels: int | None, layer: Layer) -> int:
    if channels is None:
        raise ValueError(f"d must be given: {layer!r} reads the inputs, and what it gives depends on their number")
    return channels


def _one(layer: Layer, state: _Map, trained: bool) -> _Map:
    if isinstance(layer, kinds.Dense):
        return state.then(_weights(layer, state.channels, trained), channels=layer.s[1] * layer.out_dim)
    if isinstance(layer, Activation):
        return state.then(_phi(layer))
    if isinstance(layer, kinds.LayerNorm):
        layer.axes((1, 2))
        return state.then(Norm(as_exact(layer.eps, "eps")))
    if isinstance(layer, kinds.Identity | kinds.Flatten):
        return state
    raise ValueError(
        f"{layer!r} reads a grid of positions, each of which has an angle of its own: the kernel of such a network is "
        "no function of the cosine of two inputs (kernelspec.ckn.spectra has the spectra of convolutional kernels)"
    )


def _weights(layer: kinds.Dense, channels: int | None, trained: bool) -> Weights:
    w = as_exact(layer.W_std, "W_std") ** 2
    b = _ZERO if layer.b_std is None else as_exact(layer.b_std, "b_std") ** 2
    if not trained:
        return Weights(w, b, _ZERO, _ZERO)
    if layer.parameterization == "standard":
        own = Fraction(_known(channels, layer), layer.s[0])
        return Weights(w, b, own, _ZERO if layer.b_std is None else _ONE)
    return Weights(w, b, w, b)


def _phi(layer: Activation) -> Phi:
    family, parameters = layer.family, tuple(as_exact(p, "a parameter") for p in layer.parameters)
    if family == "hermite":
        return Phi("power", parameters)
    if family == "gelu":
        return Phi("gelu")
    if family == "exp_normalized":
        return Phi(family, parameters[:2])
    return Phi(family, parameters, layer.pieces, layer.function, layer.derivative)
