"""Norms of interactions of patches: against f^T K^+ f over all patches of a grid of circles."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn.spectra import Model
from kernelspec.ckn.spectra.interactions import vanishes
from kernelspec.ckn.spectra.two_layers import TwoLayers
from kernelspec.spectrum.eigenvalue_arrays import PrecisionWarning
from oracle import two_layers as oracle

FUNCTIONS: dict[str, dict[Any, Any]] = {
    "one pair": {((0, 1), (1, 1)): 1},
    "all pairs": {((u, 1), ((u + 1) % 4, 1)): 1 for u in range(4)},
    "alternating": {((u, 1), ((u + 1) % 4, 1)): (-1) ** u for u in range(4)},
    "pairs, squares and a constant": {
        ((0, 1), (1, 1)): 1,
        ((1, 1), (2, 1)): Fraction(1, 2),
        ((3, 2),): -2,
        ((1, 2),): 1,
        (): 3,
    },
    "too far apart": {((0, 1), (2, 1)): 1},
    "degree 3": {((0, 3),): 1},
}
POOLS: list[Any] = [None, ckn.average(2), ckn.average(4), ckn.gaussian(1)]


def network(pool: Any, border: str = "circular", output: str = "sum", kernel: Any = ckn.square) -> Any:
    first = ckn.Layer(2, ks.linear(), border=border)
    return ckn.Network([first, ckn.Layer(2, kernel, pool, border=border)], output)


def values(f: Any, x: Any) -> Any:
    """f on signals of angles: Y_k is sqrt(2) cos(k t)."""
    angles = np.arctan2(x[..., 1], x[..., 0])
    total = np.zeros(len(x))
    for product, c in f.items():
        total += float(c) * np.prod([math.sqrt(2) * np.cos(k * angles[:, u]) for u, k in product], axis=0)
    return total


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    ("border", "pool", "output"),
    [
        *(("circular", pool, "sum") for pool in POOLS),
        ("valid", ckn.average(2), "sum"),
        ("valid", None, "mean"),
        ("circular", ckn.gaussian(1), "mean"),
    ],
)
def test_norms_of_sums_of_products(name: str, border: str, pool: Any, output: str) -> None:
    """The pseudo-inverse of 625 rows; eigenvalues that are not 0 are at least 1e-3 of the largest."""
    net, f, x = network(pool, border, output), FUNCTIONS[name], oracle.circles(4, 5)
    layer = net.layers[1]
    matrix = layer.pooling(layer.map_size(4))
    matrix = matrix.mean(0, keepdims=True) if output == "mean" else matrix
    gram = 4 * oracle.windowed(x, lambda u: u, lambda u: u**2, 2, matrix)
    target = values(f, x)
    inverse = np.linalg.pinv(gram, rcond=1e-9, hermitian=True)
    inside = np.allclose(gram @ (inverse @ target), target, atol=1e-8)
    model = Model(net, positions=4)
    found = model.norm(f)
    if not inside or name == "degree 3":  # which the grid of 5 angles takes for degree 2
        assert found == math.inf
    else:
        assert found == pytest.approx(math.sqrt(target @ inverse @ target), rel=1e-9)


def test_digits() -> None:
    """|f|^2 = n/(2 lambda (s - r)), lambda = 4 * 2/4 * (1/2)^2 the eigenvalue of a pair under <z, z'>^2."""
    found = Model(network(None), positions=8).norm({((u, 1), ((u + 1) % 8, 1)): 1 for u in range(8)}, digits=18)
    assert found.contains(4) and found.rad() < 1e-18


@pytest.mark.parametrize("pool", [None, ckn.average(8)])
def test_pooling_leaves_sums_alone_and_lowers_the_trace(pool: Any) -> None:
    """f = sum_u Y(x_u) Y(x_{u+1}) has one norm; its share of E K(x, x) grows (claim 55 for two layers)."""
    f = {((u, 1), ((u + 1) % 8, 2)): 1 for u in range(8)}
    kernel = ks.exponential(0.6)
    first = ckn.Layer(1, ks.arccos(1), border="circular")
    model = Model(ckn.Network([first, ckn.Layer(3, kernel, pool, border="circular")]), positions=8, dimension=3)
    plain = Model(ckn.Network([first, ckn.Layer(3, kernel, border="circular")]), positions=8, dimension=3)
    assert model.norm(f) == pytest.approx(plain.norm(f), rel=1e-13)
    assert pool is None or model.trace() < plain.trace() / 2
    single = {((0, 1), (1, 2)): 1}
    assert math.isinf(model.norm(single)) == (pool is not None)


def test_one_window_of_all_patches() -> None:
    first = ckn.Layer(1, ks.linear(), border="valid")
    net = ckn.Network([first, ckn.Layer(3, ks.polynomial(2), border="valid", normalized=True)])
    found = Model(net, positions=3, dimension=2).norm({((0, 1), (2, 1)): 1, ((0, 1), (1, 1)): 2})
    assert found**2 == pytest.approx(5 / (2 / 9 * 0.25), rel=1e-14)


@pytest.mark.parametrize(
    ("f", "error", "message"),
    [
        (3, TypeError, "f must be a mapping"),
        ({(0, 1): 1}, TypeError, "f must have tuples of pairs"),
        ({((0, 0),): 1}, ValueError, "f must be an integer from 1"),
        ({((4, 1),): 1}, ValueError, "f must be an integer from 0 to 3"),
        ({((0, 1), (0, 2)): 1}, ValueError, "tuples of different positions"),
        ({((0, 1),): math.nan}, ValueError, "f must be"),
    ],
)
def test_what_is_refused(f: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        Model(network(None), positions=4).norm(f)


ALL_EVEN, BOTH = ks.polynomial(2), ks.parse("0.5*polynomial(2) + 0.5*linear()")


@pytest.mark.parametrize(
    ("first", "second", "degrees", "zero"),
    [
        (ALL_EVEN, ks.exponential(1.0), (1, 1), True),
        (ALL_EVEN, ks.exponential(1.0), (4, 2), False),
        (ks.linear(), ks.arccos(1), (3,), True),  # beyond u, arccos(1) has even powers alone
        (ks.linear(), ks.arccos(1), (1,), False),
        (ks.linear(), ks.arccos(1), (1, 2), True),
        (ks.linear(), ks.arccos(1), (2, 3, 1), False),
        (ks.linear(), ks.arccos(0), (1, 2), False),  # and arccos(0) has odd ones beyond 1/2
        (ks.linear(), ks.arccos(0), (1, 1), True),
        (BOTH, ks.arccos(1), (2, 1), False),
        (ks.polynomial(3), ks.arccos(1), (3,), False),
        (ks.polynomial(3), ks.arccos(1), (3, 2), True),
        (ks.parse("1"), ks.arccos(1), (1,), True),
        (ks.linear(), ks.polynomial(3), (2, 2), True),
    ],
)
def test_eigenvalues_that_are_0_by_parity(first: Any, second: Any, degrees: Any, zero: bool) -> None:
    """Of a series of infinitely many powers no ball can tell; sums of 32 powers are 0 just then."""
    assert vanishes(first, second, 3, degrees) is zero
    assert (TwoLayers(first, second, 3, 3).eigenvalue(degrees) == 0) is zero
    net = ckn.Network([ckn.Layer(3, first), ckn.Layer(3, second, border="valid")])
    f = {tuple(enumerate(degrees)): 1}
    if zero:
        assert Model(net, 3).norm(f) == math.inf


def test_a_norm_that_is_not_known_says_so() -> None:
    """arccos(1) in the second layer is a series that is cut off; the truth is where both balls are."""
    net = ckn.Network([ckn.Layer(3, ks.linear()), ckn.Layer(2, ks.arccos(1), border="valid")])
    model = Model(net, 2)
    f = {((0, 1), (1, 1)): 1}
    with pytest.warns(PrecisionWarning, match="the norm is known to"):
        found = model.norm(f)
    # arccos(1) has 1/(2 pi) at u^2, of which 2/4 is t_1 t_2; higher powers make the eigenvalue larger.
    assert found < math.sqrt(9 / (2 * 2 * 0.25 / (2 * math.pi)))
    assert model.norm(f, digits=10).contains(found)
    with pytest.warns(PrecisionWarning, match="eigenvalues are known to"):
        model.eigenvalues(30)
