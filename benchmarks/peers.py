"""Matrices and eigenvalues of other packages, for the page that translates their conventions into ours.

    python benchmarks/peers.py neural_tangents docs/peers.json    # in an environment that has the package

writes what one package gives, with its version, into the file: kernel matrices of a few points of any norm for some
settings, which `tests/test_conventions.py` compares with ours, and how far the package's numbers reach: eigenvalues
that Gauss-Legendre quadrature in the angle makes of its values, what is left of kappa(1) - kappa(cos theta) at small
angles, and values at large depth. Nothing here uses kernelspec. Where a package needs more than a plain environment
has, its printed formula stands here in floats, computed in the order in which its code does (names with `plain`).
"""

from __future__ import annotations

import importlib
import json
import math
import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

Matrix = Any
Kernel = Callable[[Matrix, Matrix], Matrix]

POINTS = np.array([[0.6, 0.8, 0.0], [0.6, 0.0, 0.8], [-1.2, 0.0, -1.6], [1.0, 2.0, 2.0]])  # norms 1, 1, 2, 3
ON_SPHERE = math.sqrt(3) * POINTS / np.linalg.norm(POINTS, axis=1)[:, None]  # |x|^2 = d
ANGLES = (1e-1, 1e-2, 1e-4, 1e-6, 1e-8)
DEPTHS = (3, 10, 30, 100)
DIMENSIONS = {10: 101, 50: 31}  # d, and how many degrees
NODES = 2000


def eigenvalues(kappa: Matrix, cosines: Matrix, weights: Matrix, d: int, count: int) -> list[float]:
    """mu_0, mu_1, ... of values at nodes of a quadrature for (1 - t^2)^((d-3)/2) dt of total weight 1."""
    before, here, found = np.zeros_like(cosines), np.ones_like(cosines), []
    for k in range(count):
        found.append(float(weights @ (kappa * here)))
        before, here = here, ((2 * k + d - 2) * cosines * here - k * before) / (k + d - 2)
    return found


def in_the_angle(d: int) -> tuple[Matrix, Matrix]:
    """Gauss-Legendre in the angle, the best that floats can do: cosines and weights."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    theta = np.pi / 2 * (1 + nodes)
    constant = math.exp(math.lgamma(d / 2) - math.lgamma((d - 1) / 2)) / math.sqrt(math.pi)
    return theta, constant * np.pi / 2 * weights * np.sin(theta) ** (d - 2)


def reach(kernel: Callable[[int], Kernel]) -> dict[str, Any]:
    """How far the numbers of a kernel of L layers reach, kappa(1) being what it is; unit vectors of the plane."""

    def on_circle(depth: int, theta: Any) -> Matrix:
        angles = np.atleast_1d(np.asarray(theta, dtype=float))
        return np.asarray(kernel(depth)(np.array([[1.0, 0.0]]), np.stack([np.cos(angles), np.sin(angles)], 1)))[0]

    theta = in_the_angle(3)[0]
    values = on_circle(3, theta).astype(float)
    return {
        "eigenvalues": {
            str(d): eigenvalues(values, np.cos(theta), in_the_angle(d)[1], d, n) for d, n in DIMENSIONS.items()
        },
        "defects": [float(on_circle(3, 0.0)[0] - on_circle(3, a)[0]) for a in ANGLES],
        "depths": {str(depth): float(on_circle(depth, np.pi / 3)[0]) for depth in DEPTHS},
    }


def case(matrix: Matrix, **arguments: Any) -> dict[str, Any]:
    """A setting with the matrix that it gives."""
    return {**arguments, "matrix": np.asarray(matrix, dtype=float).tolist()}


# -- packages ----------------------------------------------------------------------------------------------------


def neural_tangents(bits: int = 64) -> dict[str, Any]:
    """neural-tangents: `stax.serial` of Dense layers with Relu between them."""
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", bits == 64)
    stax = importlib.import_module("neural_tangents").stax

    def network(depth: int, weight: float, bias: Any, style: str, slope: float, widths: tuple[int, ...]) -> Any:
        layers: list[Any] = []
        for width in (*widths, 1)[:depth] if widths else (1,) * depth:
            relu = [stax.LeakyRelu(slope)] if slope else [stax.Relu()]
            layers += [*(relu if layers else []), stax.Dense(width, weight, bias, parameterization=style)]
        return stax.serial(*layers)[2]

    cases = []
    for depth in (1, 2, 3, 4):
        for weight, bias in ((math.sqrt(2), None), (1.5, None), (1.5, 0.5), (1.0, 1.0)):
            for slope in (0.0, 0.25) if depth == 3 else (0.0,):
                kernel = network(depth, weight, bias, "ntk", slope, ())
                given = {"depth": depth, "W_std": weight, "b_std": bias, "slope": slope, "parameterization": "ntk"}
                for get in ("nngp", "ntk"):
                    cases.append(case(kernel(POINTS, None, get), get=get, **given))
            kernel = network(depth, weight, bias, "standard", 0.0, (16, 32, 64)[: depth - 1])
            given = {"depth": depth, "W_std": weight, "b_std": bias, "slope": 0.0, "parameterization": "standard"}
            cases.append(case(kernel(ON_SPHERE, None, "ntk"), get="ntk", widths=[3, 16, 32, 64][:depth], **given))

    def tangent(depth: int) -> Kernel:  # the input's dimension is 2, and weight^2 = 2: K = 2 ntk
        kernel = network(depth, math.sqrt(2), None, "ntk", 0.0, ())
        return lambda x, y: np.asarray(kernel(math.sqrt(2) * x, math.sqrt(2) * y, "ntk")) / 2

    return {
        "package": "neural-tangents",
        "version": version("neural-tangents"),
        "jax": version("jax"),
        "floats": f"float{bits}",
        "kernel": "ntk(L)",
        "cases": cases if bits == 64 else [],
        **reach(tangent),
    }


def scikit_ntk() -> dict[str, Any]:
    """scikit-ntk: `NeuralTangentKernel(depth, bias)`, a kernel of scikit-learn."""
    made = importlib.import_module("skntk").NeuralTangentKernel
    cases = [case(made(D, bias)(POINTS), D=D, bias=bias) for D in (1, 2, 3) for bias in (0.0, 0.1, 1.0)]

    def tangent(depth: int) -> Kernel:
        return lambda x, y: depth * made(depth - 1, 0.0)(x, y)

    return {
        "package": "scikit-ntk",
        "version": version("scikit-ntk"),
        "floats": "float64",
        "kernel": "ntk(L)",
        "cases": cases,
        **reach(tangent),
    }


def gpflow() -> dict[str, Any]:
    """GPflow: `ArcCosine(order, variance, weight_variances, bias_variance)`; one layer, so no depth."""
    made = importlib.import_module("gpflow").kernels.ArcCosine
    settings = [(n, *rest) for n in (0, 1, 2) for rest in ((1.0, 1.0, 1.0), (1.25, 0.75, 0.5))]
    cases = [
        case(made(n, v, w, b).K(POINTS), order=n, variance=v, weight_variances=w, bias_variance=b)
        for n, v, w, b in settings
    ]
    # The variance of the bias must be positive.
    return {
        "package": "gpflow",
        "version": version("gpflow"),
        "tensorflow": version("tensorflow-cpu"),
        "floats": "float64",
        "kernel": "rf(2)",
        "cases": cases,
        **reach(lambda depth: lambda x, y: made(1, 1.0, 1.0, 1e-300).K(x, y)),
    }


# -- formulas, as the code of others computes them -------------------------------------------------------------------


def plain_botorch() -> dict[str, Any]:
    """BoTorch's `InfiniteWidthBNNKernel(depth)`: its cosines end at 1 - 1e-7 and -1 + 1e-7 (`acos_eps`)."""

    def kernel(depth: int, weight: float, bias: float) -> Kernel:
        def read(x: Matrix, y: Matrix) -> Matrix:
            first, second = (weight * (z * z).sum(axis=1) / z.shape[1] + bias for z in (x, y))
            both = weight * (x @ y.T) / x.shape[1] + bias
            for _ in range(depth):
                root = np.sqrt(np.outer(first, second))
                cosine = np.clip(both / root, -1 + 1e-7, 1 - 1e-7)
                theta = np.arccos(cosine)
                both = weight / (2 * np.pi) * root * (np.sin(theta) + (np.pi - theta) * cosine) + bias
                first, second = weight * first / 2 + bias, weight * second / 2 + bias
            return both

        return read

    cases = [
        case(kernel(depth, w, b)(POINTS, POINTS), depth=depth, weight_var=w, bias_var=b)
        for depth in (1, 2, 3)
        for w, b in ((2.0, 0.0), (1.5, 0.25))
    ]
    return {
        "package": "formula of BoTorch",
        "floats": "float64",
        "kernel": "rf(L)",
        "cases": cases,
        **reach(lambda depth: kernel(depth - 1, 2.0, 0.0)),
    }


def _step(u: Matrix) -> Matrix:
    return (np.pi - np.arccos(u)) / np.pi


def _ramp(u: Matrix) -> Matrix:
    return (u * (np.pi - np.arccos(u)) + np.sqrt(1.0 - u * u)) / np.pi


def _tangent(u: Matrix, depth: int, bias: bool = False) -> Matrix:
    total = u + bias
    for _ in range(depth - 1):
        total, u = total * _step(u) + _ramp(u), _ramp(u)
    return total


def plain_authors() -> dict[str, Any]:
    """The recursion in u of the code released with Bietti & Bach 2021, cosines clipped to [-1, 1] once."""

    def kernel(depth: int, bias: bool) -> Kernel:
        def read(x: Matrix, y: Matrix) -> Matrix:
            norms = np.outer(np.sqrt((x**2).sum(axis=1)), np.sqrt((y**2).sum(axis=1)))
            return norms * _tangent(np.clip(x @ y.T / norms, -1, 1), depth, bias)

        return read

    cases = [case(kernel(L, bias)(POINTS, POINTS), nlayers=L, bias=bias) for L in (2, 3, 4) for bias in (False, True)]
    return {
        "package": "formula of the authors' code",
        "floats": "float64",
        "kernel": "ntk(L)",
        "cases": cases,
        **reach(lambda depth: kernel(depth, False)),
    }


def plain_spectrum() -> dict[str, Any]:
    """The script of Bordelon, Canatar & Pehlevan 2020: 5000 Gauss-Gegenbauer nodes in t, small eigenvalues set to 0."""
    special = importlib.import_module("scipy.special")
    found = {}
    for d, count in DIMENSIONS.items():
        t, weights = special.roots_gegenbauer(5000, d / 2 - 1)
        values = eigenvalues(_tangent(t, 3), t, weights / weights.sum(), d, count)
        for k in range(count):
            dimension = special.comb(k + d - 1, d - 1) - special.comb(k + d - 3, d - 1)
            if values[k] * dimension <= 1e-14:
                values[k] = 0.0
        found[str(d)] = values
    return {
        "package": "formula of the script of Bordelon, Canatar & Pehlevan",
        "floats": "float64",
        "kernel": "ntk(L)",
        "scipy": version("scipy"),
        "cases": [],
        "eigenvalues": found,
    }


PEERS: dict[str, Callable[[], dict[str, Any]]] = {
    "neural_tangents": neural_tangents,
    "neural_tangents_float32": lambda: neural_tangents(32),
    "scikit_ntk": scikit_ntk,
    "gpflow": gpflow,
    "plain_botorch": plain_botorch,
    "plain_authors": plain_authors,
    "plain_spectrum": plain_spectrum,
}


def main(arguments: list[str]) -> None:
    """Write what each named peer gives into the file."""
    *names, path = arguments
    if not names or not set(names) <= set(PEERS):
        raise SystemExit(f"usage: python benchmarks/peers.py {' | '.join(PEERS)} FILE.json")
    file = Path(path)
    table = json.loads(file.read_text()) if file.exists() else {"points": POINTS.tolist(), "angles": ANGLES}
    for name in names:
        table[name] = {**PEERS[name](), "numpy": version("numpy"), "python": platform.python_version()}
    lines = [f"{json.dumps(name)}: {json.dumps(part)}" for name, part in table.items()]
    file.write_text("{" + ",\n".join(lines) + "}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
