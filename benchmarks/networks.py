"""Networks that kernelspec and neural-tangents both have, each a function of a module `stax`: one text for both.

It imports nothing but NumPy, so that it runs in the environment of either.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

W, B = 1.5, 0.05


class Case(NamedTuple):
    """A network, the shape of an image, how many images, and what is asked for."""

    network: Callable[[Any], Any]
    shape: tuple[int, ...]
    images: int
    data: str = "normal"
    dtypes: tuple[str, ...] = ("float32",)
    get: str = "ntk"  # or nngp; or apply, of a network of finite width


def _dense(depth: int, name: str) -> Callable[[Any], Any]:
    def network(stax: Any) -> Any:
        activation = _tanh if name == "tanh" else lambda stax: getattr(stax, name)()
        layers = [stax.Dense(1, W, B)]
        for _ in range(depth - 1):
            layers += [activation(stax), stax.Dense(1, W, B)]
        return stax.serial(*layers)

    return network


def _tanh(stax: Any) -> Any:
    if "neural_tangents" in stax.__name__:
        from jax.numpy import tanh

        return stax.ElementwiseNumerical(tanh, deg=25)
    return stax.ElementwiseNumerical(np.tanh, deg=25)


def _conv(stax: Any, strides: Any = None, padding: str = "SAME", b: float | None = B, filters: Any = (3, 3)) -> Any:
    return stax.Conv(1, filters, strides, padding, W, b)


def _plain(depth: int, head: Callable[[Any], list[Any]], activation: str = "Relu", **conv: Any) -> Callable[[Any], Any]:
    def network(stax: Any) -> Any:
        layers: list[Any] = []
        for _ in range(depth):
            layers += [_conv(stax, **conv), getattr(stax, activation)()]
        return stax.serial(*layers, *head(stax), stax.Dense(1, W, B))

    return network


def _flatten(stax: Any) -> list[Any]:
    return [stax.Flatten()]


def _gap(stax: Any) -> list[Any]:
    return [stax.GlobalAvgPool()]


def _strided(stax: Any) -> Any:
    return stax.serial(
        _conv(stax), stax.Relu(), _conv(stax, (2, 2)), stax.Relu(), _conv(stax, (2, 2)), stax.Relu(),
        stax.GlobalAvgPool(), stax.Dense(1, W, B),
    )  # fmt: skip


def _pooled(stax: Any) -> Any:
    layers: list[Any] = []
    for _ in range(2):
        layers += [_conv(stax), stax.Relu(), stax.AvgPool((2, 2), (2, 2))]
    return stax.serial(*layers, stax.Flatten(), stax.Dense(1, W, B))


def _residual(stax: Any) -> Any:
    def block() -> Any:
        main = stax.serial(stax.Relu(), _conv(stax))
        return stax.serial(stax.FanOut(2), stax.parallel(main, stax.Identity()), stax.FanInSum())

    return stax.serial(_conv(stax), block(), block(), stax.GlobalAvgPool(), stax.Dense(1, W, B))


def _layer_norm(stax: Any) -> Any:
    return stax.serial(
        _conv(stax), stax.LayerNorm(), stax.Relu(), _conv(stax), stax.LayerNorm(), stax.Relu(), stax.GlobalAvgPool(),
        stax.Dense(1, W, B),
    )  # fmt: skip


def _wide_residual(stax: Any, size: int = 1) -> Any:
    def block(strides: Any = (1, 1), mismatch: bool = False) -> Any:
        main = stax.serial(stax.Relu(), _conv(stax, strides), stax.Relu(), _conv(stax))
        short = _conv(stax, strides) if mismatch else stax.Identity()
        return stax.serial(stax.FanOut(2), stax.parallel(main, short), stax.FanInSum())

    def group(strides: Any) -> Any:
        return stax.serial(block(strides, True), *(block() for _ in range(size - 1)))

    return stax.serial(_conv(stax), group((1, 1)), group((2, 2)), group((2, 2)), stax.Flatten(), stax.Dense(1, W, B))


def _myrtle(stax: Any) -> Any:
    layers: list[Any] = []
    for count, pool in ((1, 0), (1, 1), (1, 1), (1, 3)):
        for _ in range(count):
            layers += [_conv(stax, b=None), stax.ExpNormalized()]
        layers += [stax.AvgPool((2, 2), (2, 2)) for _ in range(pool)]
    return stax.serial(*layers, stax.Flatten(), stax.Dense(1, W, None))


def _finite(stax: Any, channels: int) -> Any:
    conv = [stax.Conv(channels, (3, 3), None, "SAME", W, B) for _ in range(2)]
    return stax.serial(conv[0], stax.Relu(), conv[1])


def parameters(found: Any, rng: np.random.Generator) -> Any:
    """Normal numbers, float32, in the place of the parameters that `init_fn` has found: the same on both sides."""
    if isinstance(found, list | tuple):
        return type(found)(parameters(each, rng) for each in found)
    return None if found is None else rng.standard_normal(np.shape(found)).astype(np.float32)


_BOTH = ("float32", "float64")

CASES: dict[str, Case] = {
    **{
        f"dense {depth}, {name.lower()}": Case(_dense(depth, name), (784,), 2000, "normal", _BOTH)
        for name in ("Relu", "Erf", "Gelu")
        for depth in (3, 10, 20)
    },
    **{
        f"dense {depth}, {name.lower()}, one norm": Case(_dense(depth, name), (784,), 2000, "sphere", _BOTH)
        for name, depth in (
            ("Relu", 10),
            ("Erf", 10),
            ("Gelu", 10),
            ("Sigmoid_like", 10),
            ("Sin", 10),
            ("Erf", 20),
            ("Gelu", 20),
        )
    },
    "dense 3, tanh": Case(_dense(3, "tanh"), (784,), 500),
    "3 convolutions, flatten": Case(_plain(3, _flatten), (32, 32, 3), 64),
    "3 convolutions, gelu, flatten": Case(_plain(3, _flatten, "Gelu"), (32, 32, 3), 64),
    "3 valid, flatten": Case(_plain(3, _flatten, padding="VALID"), (32, 32, 3), 64),
    "3 convolutions, mean, 8x8": Case(_plain(3, _gap), (8, 8, 3), 40),
    "3 convolutions, gelu, mean, 8x8": Case(_plain(3, _gap, "Gelu"), (8, 8, 3), 40),
    "3 convolutions, no bias, mean, 16x16": Case(_plain(3, _gap, b=None), (16, 16, 3), 10),
    "3 convolutions, no bias, mean, 32x32": Case(_plain(3, _gap, b=None), (32, 32, 3), 3),
    "3 convolutions, no bias, mean, 32x32, nngp": Case(_plain(3, _gap, b=None), (32, 32, 3), 3, get="nngp"),
    "3 convolutions, mean, 16x16": Case(_plain(3, _gap), (16, 16, 3), 10),
    "3 convolutions, mean, 32x32": Case(_plain(3, _gap), (32, 32, 3), 3),
    "strided, mean, 16x16": Case(_strided, (16, 16, 3), 16),
    "3 valid, mean, 16x16": Case(_plain(3, _gap, padding="VALID"), (16, 16, 3), 12),
    "average pools, 16x16": Case(_pooled, (16, 16, 3), 12),
    "residual, mean, 16x16": Case(_residual, (16, 16, 3), 10),
    "LayerNorm, mean, 16x16": Case(_layer_norm, (16, 16, 3), 10),
    "WideResNet, one block a group, 16x16": Case(_wide_residual, (16, 16, 3), 48),
    "Myrtle, ExpNormalized, 32x32": Case(_myrtle, (32, 32, 3), 3),
}

FINITE: dict[str, Case] = {
    f"2 convolutions, {channels} channels, {images} images": Case(
        functools.partial(_finite, channels=channels), (32, 32, channels), images, get="apply"
    )
    for channels, images in ((8, 16), (16, 16), (32, 16), (64, 1), (64, 16), (128, 1), (128, 4), (256, 1), (256, 4))
}


def flops(case: Case) -> int:
    """Of the two convolutions of a network of `FINITE`: additions and multiplications."""
    return 2 * 2 * 9 * case.images * int(np.prod(case.shape)) * case.shape[-1]


def images(case: Case, dtype: str) -> Any:
    """Normal numbers; of "sphere", in rows of one norm."""
    x = np.random.default_rng(0).standard_normal((case.images, *case.shape))
    if case.data == "sphere":
        x *= (np.prod(case.shape) / np.sum(x * x, axis=tuple(range(1, x.ndim)), keepdims=True)) ** 0.5
    return x.astype(dtype)
