"""Networks for `neural_tangents.stax` and for `kernelspec.stax` alike, and what the former says of them.

`python peer_networks.py` writes `peer_numbers.json` anew, where neural_tangents is installed (0.6.5 with JAX 0.5.3).
Parameters and images are no random numbers but sines, so that both packages have the same.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_name("peer_numbers.json")
Builder = Callable[[Any], Any]


def hidden(activation: Callable[[Any], Any]) -> Builder:
    return lambda s: s.serial(s.Dense(4, 1.3, 0.2), activation(s), s.Dense(2, 0.8, 0.1))


def residual(s: Any, end: str) -> Any:
    inside = s.serial(s.Relu(), s.Conv(2, (3, 2), None, "SAME", 1.4, 0.1), s.LayerNorm(), s.Gelu())
    block = s.serial(s.FanOut(2), s.parallel(s.Identity(), inside), getattr(s, end)())
    return s.serial(s.Conv(2, (2, 2), None, "CIRCULAR"), block, s.AvgPool((2, 2), (2, 1)), s.Flatten(), s.Dense(2))


def convolutional(name: str, padding: str, window: tuple[int, int], strides: tuple[int, int], **more: Any) -> Builder:
    return lambda s: s.serial(
        getattr(s, name)(2, window, strides, padding, 1.3, 0.2, **more), s.Erf(), s.Conv(2, (1, 2))
    )


def pooled(name: str, padding: str, *more: Any) -> Builder:
    return lambda s: s.serial(s.Conv(2, (2, 1)), s.Relu(), getattr(s, name)((2, 3), (2, 1), padding, *more))


ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "Relu": lambda s: s.Relu(),
    "LeakyRelu": lambda s: s.LeakyRelu(0.3),
    "ABRelu": lambda s: s.ABRelu(0.5, 2.0),
    "Abs": lambda s: s.Abs(),
    "Erf": lambda s: s.Erf(2.0, 0.5, 0.3),
    "Sigmoid_like": lambda s: s.Sigmoid_like(),
    "Gelu": lambda s: s.Gelu(),
    "Gelu with tanh": lambda s: s.Gelu(True),
    "Sin": lambda s: s.Sin(2.0, 0.5, 0.3),
    "Cos": lambda s: s.Cos(2.0, 0.5, 0.3),
    "Rbf": lambda s: s.Rbf(0.7),
    "Exp": lambda s: s.Exp(2.0, 0.5),
    "Gaussian": lambda s: s.Gaussian(2.0, -0.5),
    "Sign": lambda s: s.Sign(),
    "Monomial": lambda s: s.Monomial(3),
    "RectifiedMonomial": lambda s: s.RectifiedMonomial(2),
    "Polynomial": lambda s: s.Polynomial([1.0, 2.0, 3.0]),
    "Hermite": lambda s: s.Hermite(3),
    "Gabor": lambda s: s.Gabor(),
}
GRID = (5, 4, 2)
# name: (builder, shape of an image)
NETWORKS: dict[str, tuple[Builder, tuple[int, ...]]] = {
    **{name: (hidden(each), (3,)) for name, each in ACTIVATIONS.items()},
    "standard": (
        lambda s: s.serial(
            s.Dense(2, 1.5, 0.3, parameterization="standard", s=(1, 3)),
            s.Relu(),
            s.Dense(2, 1.5, 0.3, parameterization="standard", s=(3, 1)),
        ),
        (3,),
    ),
    "Conv SAME": (convolutional("Conv", "SAME", (3, 2), (2, 1)), GRID),
    "Conv CIRCULAR": (convolutional("Conv", "CIRCULAR", (2, 3), (3, 2)), GRID),
    "Conv VALID": (convolutional("Conv", "VALID", (2, 1), (1, 2), parameterization="standard"), GRID),
    "ConvLocal SAME": (convolutional("ConvLocal", "SAME", (3, 2), (2, 1)), GRID),
    "ConvLocal CIRCULAR": (convolutional("ConvLocal", "CIRCULAR", (2, 3), (3, 2)), GRID),
    "ConvLocal VALID": (convolutional("ConvLocal", "VALID", (2, 1), (1, 2), parameterization="standard"), GRID),
    "AvgPool SAME": (pooled("AvgPool", "SAME"), GRID),
    "AvgPool normalised": (pooled("AvgPool", "SAME", True), GRID),
    "AvgPool CIRCULAR": (pooled("AvgPool", "CIRCULAR"), GRID),
    "SumPool VALID": (pooled("SumPool", "VALID"), GRID),
    "GlobalAvgPool": (lambda s: s.serial(s.Conv(2, (2, 2)), s.Erf(), s.GlobalAvgPool(), s.Dense(2)), GRID),
    "GlobalSumPool": (lambda s: s.serial(s.Conv(2, (2, 2)), s.Erf(), s.GlobalSumPool(), s.Dense(2)), GRID),
    "LayerNorm of positions": (lambda s: s.serial(s.Conv(2, (2,)), s.LayerNorm((1, 2)), s.Conv(2, (1,))), (4, 2)),
    "residual sum": (lambda s: residual(s, "FanInSum"), GRID),
    "residual product": (lambda s: residual(s, "FanInProd"), GRID),
    "concatenated positions": (
        lambda s: s.serial(
            s.FanOut(2), s.parallel(s.Conv(2, (2,)), s.serial(s.Relu(), s.Conv(2, (1,)))), s.FanInConcat(1), s.Gelu()
        ),
        (4, 2),
    ),
}


def images(shape: tuple[int, ...], count: int, phase: float) -> Any:
    return 1.1 * np.cos(phase + 1.7 * np.arange(count * int(np.prod(shape)))).reshape(count, *shape)


def filled(params: Any, number: int = 0) -> tuple[Any, int]:
    """The same parameters with sines in them, and how many arrays there were."""
    if params is None:
        return None, number
    if isinstance(params, list | tuple):
        out = []
        for each in params:
            new, number = filled(each, number)
            out.append(new)
        return type(params)(out), number
    return 1.3 * np.sin(0.4 + number + 2.3 * np.arange(params.size)).reshape(params.shape), number + 1


def main() -> None:
    jax: Any = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    peer: Any = importlib.import_module("neural_tangents")
    out: dict[str, Any] = {
        "versions": {name: importlib.metadata.version(name) for name in ("neural-tangents", "jax", "numpy")}
    }
    for name, (build, shape) in NETWORKS.items():
        init_fn, apply_fn = build(peer.stax)[:2]
        _, params = init_fn(jax.random.PRNGKey(0), (1, *shape))
        params = filled(params)[0]
        x, y = images(shape, 2, 0.3), images(shape, 1, 0.8)
        kernel = peer.empirical_kernel_fn(apply_fn)(x, y, None, params)
        found = {"outputs": apply_fn(params, x), "nngp": kernel.nngp, "ntk": kernel.ntk}
        out[name] = {
            key: {"shape": list(value.shape), "values": value.ravel().tolist()} for key, value in found.items()
        }
    lines = [f"{json.dumps(name)}: {json.dumps(found)}" for name, found in out.items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
