"""Smooth activations as functions of mpmath numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "tanh": mp.tanh,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log1p(mp.exp(x)),
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "mish": lambda x: x * mp.tanh(mp.log1p(mp.exp(x))),
}
