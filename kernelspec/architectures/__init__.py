"""What networks are: their layers as values, finite networks with their gradients, and kernels of infinite ones."""

from .activations import Activation, activation
from .combinators import FanInConcat, FanInProd, FanInSum, FanOut, Frozen, Parallel, Serial
from .layers import (
    AvgPool,
    Conv,
    ConvLocal,
    Dense,
    Flatten,
    GlobalAvgPool,
    GlobalSumPool,
    Identity,
    Layer,
    LayerNorm,
    SumPool,
)

__all__ = [
    "Activation",
    "AvgPool",
    "Conv",
    "ConvLocal",
    "Dense",
    "FanInConcat",
    "FanInProd",
    "FanInSum",
    "FanOut",
    "Flatten",
    "Frozen",
    "GlobalAvgPool",
    "GlobalSumPool",
    "Identity",
    "Layer",
    "LayerNorm",
    "Parallel",
    "Serial",
    "SumPool",
    "activation",
]
