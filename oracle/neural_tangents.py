"""Kernels of neural_tangents for a list of networks, written to a file by hand where that package is installed.

    python -m oracle.neural_tangents tests/architectures/neural_tangents.json

What the file has is not computed again. Networks are plain data, [name, arguments, keywords], read with the functions
of any module that has the names of `neural_tangents.stax`. Its values next to u = +-1 have half of the digits: inputs
are in general position.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

Layer = list[Any]


def layer(name: str, *arguments: Any, **keywords: Any) -> Layer:
    """One layer as data."""
    return [name, list(arguments), keywords]


def network(stax: Any, data: Any) -> Any:
    """The layer of `stax` that the data names."""
    name, arguments, keywords = data
    found = [network(stax, a) if _is_layer(a) else tuple(a) if isinstance(a, list) else a for a in arguments]
    return getattr(stax, name)(*found, **{k: tuple(v) if isinstance(v, list) else v for k, v in keywords.items()})


def _is_layer(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 3 and isinstance(value[0], str) and isinstance(value[2], dict)


def serial(*layers: Layer) -> Layer:
    """One layer after the other."""
    return layer("serial", *layers)


def dense(width: int = 6, w: float = 1.3, b: float | None = 0.4, **keywords: Any) -> Layer:
    """A layer of weights."""
    return layer("Dense", width, w, b, **keywords)


def conv(shape: tuple[int, ...] = (3, 3), w: float = 1.3, b: float | None = 0.4, **keywords: Any) -> Layer:
    """A convolution, with the padding SAME by default."""
    return layer("Conv", 4, list(shape), W_std=w, b_std=b, **{"padding": "SAME", **keywords})


def skip(*inside: Layer) -> list[Layer]:
    """A block whose input is added to its output."""
    return [layer("FanOut", 2), layer("parallel", layer("Identity"), serial(*inside)), layer("FanInSum")]


ACTIVATIONS: dict[str, Layer] = {
    "Relu": layer("Relu"),
    "LeakyRelu": layer("LeakyRelu", 0.1),
    "ABRelu": layer("ABRelu", -0.3, 1.2),
    "Abs": layer("Abs"),
    "Erf": layer("Erf"),
    "Erf with a shift": layer("Erf", 1.1, 0.7, 0.3),
    "Sigmoid_like": layer("Sigmoid_like"),
    "Gelu": layer("Gelu"),
    "Sin": layer("Sin"),
    "Sin with a phase": layer("Sin", 1.1, 0.7, 0.3),
    "Cos": layer("Cos"),
    "Cos with a phase": layer("Cos", 1.1, 0.7, 0.3),
    "Rbf": layer("Rbf", 0.7),
    "Exp": layer("Exp", 0.8, 0.5),
    "Gaussian": layer("Gaussian", 1.1, -0.7),
    "Gaussian that grows": layer("Gaussian", 1.1, 0.02),
    "ExpNormalized": layer("ExpNormalized", 1.3, -0.5),
    "Sign": layer("Sign"),
    "Monomial 0": layer("Monomial", 0),
    "Monomial 2": layer("Monomial", 2),
    "Monomial 3": layer("Monomial", 3),
    "Monomial 5": layer("Monomial", 5),
    "RectifiedMonomial 0": layer("RectifiedMonomial", 0),
    "RectifiedMonomial 1": layer("RectifiedMonomial", 1),
    "RectifiedMonomial 2": layer("RectifiedMonomial", 2),
    "RectifiedMonomial 4": layer("RectifiedMonomial", 4),
    "Polynomial": layer("Polynomial", [0.3, 1.0, -0.5, 0.2]),
    "Hermite": layer("Hermite", 3),
    "Gabor": layer("Gabor"),
}
HEAD = [layer("Flatten"), dense(1)]
MEAN = [layer("GlobalAvgPool"), dense(1)]
relu, erf, gelu = layer("Relu"), layer("Erf"), layer("Gelu")
standard: dict[str, Any] = {"parameterization": "standard"}

VECTORS: dict[str, Layer] = {
    "linear": serial(dense(3, 1.5, None)),
    **{f"{name}, one layer": serial(dense(), each, dense(1)) for name, each in ACTIVATIONS.items()},
    **{
        f"{name}, two layers": serial(dense(), each, dense(5, 0.7, 0.2), each, dense(1))
        for name, each in ACTIVATIONS.items()
        if name not in ("Exp", "Monomial 5", "RectifiedMonomial 4", "Gaussian that grows")
    },
    "no biases": serial(dense(b=None), relu, dense(b=None), gelu, dense(b=None)),
    "ten layers": serial(*[dense(6, 1.4, 0.1), relu] * 10, dense(1)),
    "mixed": serial(dense(), erf, dense(), relu, dense(), gelu, dense(), layer("Sin"), dense(1)),
    "standard": serial(dense(5, **standard), relu, dense(7, **standard), erf, dense(3, **standard)),
    "standard, widths": serial(dense(5, s=[1, 3], **standard), relu, dense(2, s=[3, 1], **standard)),
    "standard, bias 0": serial(dense(5, 1.2, 0.0, **standard), erf, dense(2, 1.2, 0.0, **standard)),
    "standard, no bias": serial(dense(5, 1.2, None, **standard), relu, dense(2, 1.2, None, **standard)),
    "both parametrisations": serial(dense(5), relu, dense(7, **standard), relu, dense(3)),
    "norm of layers": serial(dense(), layer("LayerNorm"), relu, dense(), layer("LayerNorm", eps=0.1), erf, dense(1)),
    "residual": serial(dense(), *skip(relu, dense()), *skip(erf, dense(), relu, dense()), dense(1)),
    "three branches": serial(
        dense(),
        layer("FanOut", 3),
        layer("parallel", dense(), serial(relu, dense()), serial(gelu, dense(), erf, dense())),
        layer("FanInSum"),
        relu,
        dense(1),
    ),
    "joined channels": serial(
        dense(),
        layer("FanOut", 2),
        layer("parallel", serial(relu, dense(3)), serial(erf, dense(7, 2.0))),
        layer("FanInConcat", -1),
        dense(1),
    ),
    "joined activations": serial(
        layer("FanOut", 2),
        layer("parallel", serial(dense(3), relu), serial(dense(5, **standard), erf)),
        layer("FanInConcat", -1),
        dense(1, **standard),
    ),
    "product": serial(
        dense(),
        layer("FanOut", 2),
        layer("parallel", serial(relu, dense()), serial(erf, dense())),
        layer("FanInProd"),
        dense(1),
    ),
    "activation at the end": serial(dense(), relu),
}
IMAGES: dict[str, Layer] = {
    "one layer": serial(conv(padding="VALID"), relu, *HEAD),
    "a grid at the end": serial(conv((2, 3)), relu, conv((3, 2), padding="VALID")),
    **{
        f"{padding}, filter {a} x {b}, strides {s}": serial(conv((a, b), strides=list(s), padding=padding), relu, *tail)
        for padding in ("VALID", "SAME", "CIRCULAR")
        for a, b, s, tail in ((3, 2, (1, 1), HEAD), (2, 3, (2, 1), MEAN), (3, 3, (2, 2), MEAN))
    },
    **{
        f"{name} {padding}, strides {s}": serial(
            conv((2, 2)), relu, layer(name, [2, 3], strides=list(s), padding=padding), conv(), erf, *tail
        )
        for name in ("AvgPool", "SumPool")
        for padding in ("VALID", "SAME", "CIRCULAR")
        for s, tail in (((1, 1), HEAD), ((2, 1), MEAN))
    },
    "edges by their own windows": serial(
        conv(),
        relu,
        layer("AvgPool", [2, 2], strides=[2, 2], padding="SAME", normalize_edges=True),
        conv(),
        gelu,
        *HEAD,
    ),
    "sum of the grid": serial(conv(), relu, layer("GlobalSumPool"), dense(1)),
    "a pool of the input": serial(layer("AvgPool", [2, 2]), conv(), relu, *MEAN),
    "a dense head": serial(conv(), relu, layer("GlobalAvgPool"), dense(), relu, dense(), gelu, dense(1)),
    "a flat dense head": serial(conv(), relu, layer("Flatten"), dense(), relu, dense(1)),
    "flat at once": serial(layer("Flatten"), dense(), relu, dense(1)),
    "dense on a grid": serial(dense(), relu, dense(), erf, *MEAN),
    "residual": serial(conv(), *skip(relu, conv(), relu, conv()), *skip(erf, conv()), relu, *MEAN),
    "residual, smaller": serial(
        conv(),
        layer("FanOut", 2),
        layer("parallel", conv((1, 1), strides=[2, 2]), serial(relu, conv(strides=[2, 2]), relu, conv())),
        layer("FanInSum"),
        relu,
        *HEAD,
    ),
    "joined channels": serial(
        conv(),
        layer("FanOut", 2),
        layer("parallel", serial(relu, conv((1, 1))), serial(relu, layer("AvgPool", [2, 2], padding="SAME"))),
        layer("FanInConcat", -1),
        conv(),
        relu,
        *MEAN,
    ),
    "joined rows": serial(
        conv(),
        layer("FanOut", 2),
        layer("parallel", serial(relu, conv()), serial(erf, conv((1, 1)))),
        layer("FanInConcat", 1),
        relu,
        *HEAD,
    ),
    "norm of channels": serial(conv(), layer("LayerNorm"), relu, *MEAN),
    "norm of images": serial(conv(), layer("LayerNorm", [1, 2, 3]), relu, *MEAN),
    "norm of columns": serial(conv(), layer("LayerNorm", [1, 3]), relu, *HEAD),
    "standard": serial(conv(**standard), relu, conv(**standard), layer("Flatten"), dense(1, **standard)),
    "standard, mean": serial(conv(**standard), relu, layer("GlobalAvgPool"), dense(1, **standard)),
    "own weights": serial(layer("ConvLocal", 4, [2, 2], W_std=1.3, b_std=0.4), relu, *HEAD),
    "own weights, mean": serial(layer("ConvLocal", 4, [2, 2], W_std=1.3, b_std=0.4), relu, conv(), relu, *MEAN),
    "own weights, standard": serial(
        layer("ConvLocal", 4, [2, 2], W_std=1.3, b_std=0.4, parameterization="standard"), relu, *HEAD
    ),
    **{
        f"{name}, two layers": serial(conv((2, 2)), each, conv((2, 2), 0.7, 0.2), each, *MEAN)
        for name, each in ACTIVATIONS.items()
        if name not in ("Exp", "Monomial 5", "RectifiedMonomial 4", "Gaussian that grows")
    },
}
# Of which the package gives NaN.
WITHOUT_NUMBERS = {(kind, f"RectifiedMonomial {n}, two layers") for kind in ("vectors", "images") for n in (0, 1, 2)}
VECTOR_INPUTS = [[1.2, -0.4, 0.7], [0.3, 0.9, -1.1], [-0.6, 0.2, 0.5], [2.1, 1.4, -0.2]]
IMAGE_SHAPE = (3, 4, 3, 2)


def images(shape: tuple[int, ...] = IMAGE_SHAPE) -> Any:
    """Numbers in general position, from a formula."""
    import numpy as np

    count = int(np.prod(shape))
    return (np.sin(np.arange(1, count + 1) ** 2 * 0.7) * 1.5).reshape(shape)


def sphere(radius: float = 1.2) -> Any:
    """Four vectors whose entries have this root mean square."""
    import numpy as np

    x = np.array(VECTOR_INPUTS)
    return radius * x / np.sqrt(np.mean(x * x, axis=1, keepdims=True))


def main(path: str) -> None:
    """Compute what the file does not have."""
    import jax  # of an environment of its own

    jax.config.update("jax_enable_x64", True)
    import neural_tangents  # type: ignore[import-not-found]
    import numpy as np
    from neural_tangents import stax

    found: dict[str, Any] = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    found["versions"] = {"neural_tangents": neural_tangents.__version__, "jax": jax.__version__}
    vectors = np.array(VECTOR_INPUTS)
    inputs = {
        "vectors": (VECTORS, vectors, vectors[1:] * 0.9 + 0.1),
        "images": (IMAGES, images(), images()[1:] * 0.9 + 0.1),
        "sphere": (VECTORS, sphere()[:1], sphere()[1:]),
    }
    for kind, (networks, x, y) in inputs.items():
        known = found.setdefault(kind, {})
        for name, data in networks.items():
            if known.get(name, {}).get("network") == json.loads(json.dumps(data)):
                continue
            try:
                kernel = network(stax, data)[2](x, y, ("nngp", "ntk"))
            except Exception as error:
                print(name, type(error).__name__, str(error)[:200], flush=True)
                continue
            numbers = {key: np.asarray(getattr(kernel, key)).tolist() for key in ("nngp", "ntk")}
            if not all(np.all(np.isfinite(each)) for each in numbers.values()):
                print(name, "has NaN", flush=True)
                continue
            known[name] = {"network": data, **numbers}
            with open(path, "w", encoding="utf-8") as file:
                json.dump(found, file)


if __name__ == "__main__":
    main(sys.argv[1])
