"""Norms under a quadratic second layer over pooled maps: against f^T K^+ f over grids of circles and icosahedra."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn.spectra import Model
from oracle import two_layers as oracle

QUARTERS = Fraction(1, 4) * ks.polynomial(2) + Fraction(1, 2) * ks.linear() + Fraction(1, 4)
FIRST: dict[str, Any] = {
    "square": (ks.polynomial(2), lambda u: u * u, 9),
    "quarters": (QUARTERS, lambda u: u * u / 4 + u / 2 + 0.25, 9),
}
TWO, ALL = ckn.average(2, centred=True), ckn.average(3, centred=True)
FUNCTIONS: dict[str, dict[Any, Any]] = {
    "constant": {(): 2},
    "nothing": {},
    "pairs": {((0, 1), (1, 1)): 1, ((1, 1), (2, 1)): 1, ((0, 1), (2, 1)): 1},
    "one patch": {((u, 2),): 1 for u in range(3)},
    "all of them": {((0, 1), (1, 1)): 1, ((1, 1), (2, 1)): 1, ((2, 2),): Fraction(3, 2), ((0, 1),): -1, (): 1},
    "two degrees": {((0, 2), (1, 1)): 2, ((0, 1), (1, 2)): -1},
    "degree 4": {((0, 4),): 1, ((1, 4),): 1, ((2, 4),): 1},
    "three patches": {((0, 1), (1, 1), (2, 1)): 1},
    "a degree that is not there": {((0, 3), (1, 1)): 1},
}


def network(first: Any, a: Any, b: Any, patch: int, output: str = "sum", normalized: bool = False) -> Any:
    second = ckn.Layer(patch, ckn.square, b, border="circular", normalized=normalized)
    return ckn.Network([ckn.Layer(2, first, a, border="circular"), second], output)


def compare(net: Any, inner: Any, x: Any, f: Any, values: Any, dimension: int) -> float:
    """The norm by the pseudo-inverse; eigenvalues that are not 0 are at least 1e-9 of the largest."""
    first, second = net.layers
    pool = second.pooling(x.shape[1])
    pool = pool.mean(0, keepdims=True) if net.output == "mean" else pool
    gram = oracle.squared(x, inner, first.pooling(x.shape[1]), list(second.offsets), pool)
    size, vectors = np.linalg.eigh(gram / second.patch**2 if second.normalized else gram)
    kept, parts = size > 1e-11 * size[-1], vectors.T @ values
    found = Model(net, x.shape[1], dimension=dimension).norm(f)
    if np.linalg.norm(parts[~kept]) > 1e-7 * np.linalg.norm(parts):
        assert found == math.inf
    else:
        # The smallest eigenvalues that count, of 1e-6 of the largest, have 10 digits; seen 3e-13.
        assert found == pytest.approx(math.sqrt(np.sum(parts[kept] ** 2 / size[kept])), rel=1e-11)
    return float(found)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    ("first", "a", "b", "patch", "output", "normalized"),
    [
        ("square", TWO, None, 2, "sum", False),
        ("quarters", TWO, TWO, 2, "sum", True),
        ("quarters", ALL, TWO, 2, "mean", False),
        ("quarters", ckn.average(2), ckn.average(3), 3, "sum", False),
        ("quarters", ckn.strided(), None, 2, "sum", False),
        ("quarters", TWO, None, 1, "sum", False),
    ],
)
def test_three_circles(name: str, first: str, a: Any, b: Any, patch: int, output: str, normalized: bool) -> None:
    kernel, inner, points = FIRST[first]
    x, f = oracle.circles(3, points), FUNCTIONS[name]
    angles = np.arctan2(x[..., 1], x[..., 0])
    values = np.zeros(len(x))
    for product, c in f.items():
        values += float(c) * np.prod([math.sqrt(2) * np.cos(k * angles[:, u]) for u, k in product], axis=0)
    compare(network(kernel, a, b, patch, output, normalized), inner, x, f, values, 2)


def test_three_spheres() -> None:
    """H_1 (x) H_1 on S^2 beside H_2 of one patch: Y_1 = 3^(1/2) x_3, Y_2 = 5^(1/2) P_2(x_3)."""
    golden = (1 + math.sqrt(5)) / 2
    corners = [(0, s, t * golden) for s in (1, -1) for t in (1, -1)]
    vertices = np.array([np.roll(corner, i) for i in range(3) for corner in corners]) / math.hypot(1, golden)
    x = np.array(list(itertools.product(vertices, repeat=3)))
    z = x[..., 2]
    pairs: dict[Any, Any] = {((0, 1), (1, 1)): 1, ((1, 1), (2, 1)): 1, ((0, 1), (2, 1)): 1}
    total = 3 * (z[:, 0] * z[:, 1] + z[:, 1] * z[:, 2] + z[:, 0] * z[:, 2])
    squares = math.sqrt(5) * (3 * z**2 - 1).sum(axis=1) / 2
    net = network(ks.linear(), ckn.average(3), None, 1)
    # What |A x|^2 has of degree 0 cannot be had apart from what it has of degree 2.
    f: dict[Any, Any] = {**pairs, **{((u, 2),): Fraction(1) for u in range(3)}}
    assert compare(net, lambda u: u, x, f, total + squares, 3) == math.inf
    quarters, inner, _ = FIRST["quarters"]
    found = Model(network(quarters, TWO, None, 2), 3, dimension=3)
    x = x[np.random.default_rng(0).permutation(len(x))[:400]]  # the norm of a function on fewer points is smaller
    first, second = found.net.layers
    gram = oracle.squared(x, inner, first.pooling(3), list(second.offsets), second.pooling(3))
    values = 3 * (x[:, 0, 2] * x[:, 1, 2] + x[:, 1, 2] * x[:, 2, 2] + x[:, 0, 2] * x[:, 2, 2])
    least = float(values @ np.linalg.lstsq(gram, values, rcond=1e-9)[0])
    assert 0.5 * found.norm(pairs) ** 2 < least < found.norm(pairs) ** 2 * (1 + 1e-9)


def test_digits_and_refusals() -> None:
    model = Model(network(QUARTERS, TWO, TWO, 2), 3, dimension=2)
    ball, more = (model.norm({((0, 1), (1, 1)): 1}, digits=n) for n in (10, 35))
    assert ball.contains(more) and more.rel_accuracy_bits() > 110
    gauss = Model(network(QUARTERS, ckn.gaussian(1), None, 2), 3, dimension=2)
    with pytest.raises(ValueError, match="net must pool by averages or strides"):
        gauss.norm({(): 1})
    with pytest.raises(ValueError, match="net must have a polynomial in its first layer"):
        Model(network(ks.arccos(1), TWO, None, 2), 3, dimension=2).norm({(): 1})
    with pytest.raises(TypeError, match="f must be a mapping"):
        model.norm([1])
