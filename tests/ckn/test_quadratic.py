"""A quadratic second layer over pooled maps: against the eigenvalues of grids of circles and of icosahedra."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import ckn, sphere
from kernelspec.ckn.spectra import Eigenspaces, Model
from kernelspec.ckn.spectra.coupling import joined, linearised
from kernelspec.ckn.spectra.quadratic import QuadraticPairs, decomposed
from kernelspec.rkhs.capacity import effective_dimension
from oracle import two_layers as oracle

QUARTERS = Fraction(1, 4) * ks.polynomial(2) + Fraction(1, 2) * ks.linear() + Fraction(1, 4)
FIRST: dict[str, Any] = {
    "linear": (ks.linear(), lambda u: u, 5),
    "square": (ks.polynomial(2), lambda u: u * u, 9),
    "quarters": (QUARTERS, lambda u: u * u / 4 + u / 2 + 0.25, 9),
}


def network(first: Any, a: Any, b: Any, patch: int = 2, output: str = "sum", normalized: bool = False) -> Any:
    """Two layers on a circle."""
    return ckn.Network(
        [
            ckn.Layer(2, first, a, border="circular"),
            ckn.Layer(patch, ckn.square, b, border="circular", normalized=normalized),
        ],
        output,
    )


def expected(net: Any, x: Any, inner: Any) -> Any:
    first, second = net.layers
    n = x.shape[1]
    pool = second.pooling(n)
    pool = pool.mean(0, keepdims=True) if net.output == "mean" else pool
    gram = oracle.squared(x, inner, first.pooling(n), list(second.offsets), pool)
    return oracle.mercer(gram / second.patch**2 if second.normalized else gram)


def compare(net: Any, positions: int, dimension: int, wanted: Any) -> None:
    """Every eigenvalue, and none but these. Seen 2e-15 of the largest."""
    model = Model(net, positions=positions, dimension=dimension)
    found = model.eigenvalues(10**6).values
    np.testing.assert_allclose(found, wanted[: len(found)], rtol=0, atol=1e-14 * wanted[0])
    np.testing.assert_allclose(wanted[len(found) :], 0, atol=1e-13 * wanted[0])
    assert model.trace() == pytest.approx(wanted.sum(), rel=1e-13)
    levels = model.levels(10**6)
    low, high = (np.repeat(x, levels.multiplicity_lower.astype(int)) for x in (levels.lower, levels.upper))
    values = wanted[: len(low)]
    rounding = 1e-14 * (values + wanted[0])  # of the oracle's
    assert np.all(np.sort(low) <= np.sort(values + rounding)) and np.all(np.sort(high) >= np.sort(values - rounding))
    assert np.all(high - low <= 1e-11 * wanted[0])


GAUSS, TWO, ALL = ckn.gaussian(1, centred=True), ckn.average(2, centred=True), ckn.average(3, centred=True)


@pytest.mark.parametrize(("a", "b"), [(TWO, None), (TWO, TWO), (GAUSS, TWO), (ALL, ALL), (ckn.average(2), GAUSS)])
@pytest.mark.parametrize("first", FIRST)
def test_three_circles(first: str, a: Any, b: Any) -> None:
    """Harmonics of degree 0, 1 and 2, of one patch and of two."""
    kernel, inner, points = FIRST[first]
    net = network(kernel, a, b)
    compare(net, 3, 2, expected(net, oracle.circles(3, points), inner))


@pytest.mark.parametrize(("output", "patch", "normalized"), [("mean", 2, False), ("sum", 3, True), ("mean", 4, False)])
def test_four_circles(output: str, patch: int, normalized: bool) -> None:
    """An even number of positions: two patches that are opposite to each other are their own translates."""
    net = network(ks.linear(), GAUSS, TWO, patch, output, normalized)
    compare(net, 4, 2, expected(net, oracle.circles(4, 5), lambda u: u))


def icosahedra(positions: int) -> Any:
    """All signals of vertices: means over them are those over the sphere, up to degree 5 in each patch."""
    golden = (1 + math.sqrt(5)) / 2
    corners = [(0, s, t * golden) for s in (1, -1) for t in (1, -1)]
    vertices = np.array([np.roll(corner, i) for i in range(3) for corner in corners]) / math.hypot(1, golden)
    return np.array(list(itertools.product(vertices, repeat=positions)))


@pytest.mark.parametrize(("a", "b"), [(TWO, None), (GAUSS, TWO)])
def test_three_spheres(a: Any, b: Any) -> None:
    """H_1 (x) H_1 on S^2: symmetric and antisymmetric kinds beside those of degrees 0 and 2."""
    net = network(ks.linear(), a, b)
    compare(net, 3, 3, expected(net, icosahedra(3), lambda u: u))


@given(
    d=st.integers(2, 7),
    n=st.integers(2, 6),
    patch=st.integers(1, 3),
    pool=st.sampled_from([None, TWO, GAUSS, ALL]),
    name=st.sampled_from(sorted(FIRST)),
)
def test_all_eigenvalues_have_the_trace(d: int, n: int, patch: int, pool: Any, name: str) -> None:
    """On any sphere: the multiplicities of all kinds, and the trace that is summed over positions."""
    net = network(FIRST[name][0], pool, pool, patch)
    first, second = net.layers
    modes = np.abs(np.fft.fft(second.pooling(n)[0])) ** 2
    solver = QuadraticPairs(first.kernel, d, first.pooling(n)[0], tuple(second.offsets), modes)
    found = solver.eigenvalues(10**9)
    assert sum(space.value * space.multiplicity for space in found) == pytest.approx(solver.trace(), rel=1e-12)
    assert solver.missing <= 1e-12 * solver.trace()


@pytest.mark.parametrize("pool", [None, TWO])
def test_without_pooling_in_the_first_layer_products_remain(pool: Any) -> None:
    """Then both solvers decompose the same kernel: `TwoLayers` knows each product, `QuadraticPairs` couples none."""
    net = network(QUARTERS, None, pool)
    modes = np.abs(np.fft.fft(net.layers[1].pooling(5)[0])) ** 2
    row = np.eye(5)[0]
    solver = QuadraticPairs(QUARTERS, 4, row, tuple(net.layers[1].offsets), modes)
    values = Eigenspaces(solver.eigenvalues(10**6)).values
    np.testing.assert_allclose(values, Model(net, positions=5, dimension=4).eigenvalues(10**6).values, rtol=1e-11)


def test_degrees_that_are_left_out_are_enclosed() -> None:
    few, many = (QuadraticPairs(ks.arccos(1), 4, TWO_ROW, (-1, 0), np.ones(4), degrees=degrees) for degrees in (2, 6))
    assert few.missing > many.missing > 0
    for lam in (1e-3, 0.1, 10.0):
        wide, narrow = (effective_dimension(x.levels(10**6), lam) for x in (few, many))
        assert wide[0] <= narrow[0] <= narrow[1] <= wide[1] * (1 + 1e-12) and wide[0] < wide[1]
    assert few.levels(3).rest[1] > few.levels(10**6).rest[1] >= few.missing
    assert few.levels(3).largest >= 2 * many.eigenvalues(1)[0].value
    assert few.trace() == pytest.approx(many.trace(), rel=1e-14)
    with pytest.raises(ValueError, match="choose fewer degrees"):
        QuadraticPairs(ks.arccos(1), 4, TWO_ROW, tuple(range(8)), np.ones(4), degrees=20)


TWO_ROW = np.array([0.5, 0.5, 0.0, 0.0])


@given(st.integers(2, 12), st.integers(0, 8), st.integers(0, 8), st.floats(-1, 1))
def test_linearised_products(d: int, k: int, l: int, t: float) -> None:  # noqa: E741
    degrees = range(abs(k - l), k + l + 1, 2)
    total = sum(float(linearised(d, k, l, n)) * sphere.legendre(d, n, t) for n in degrees)
    assert total == pytest.approx(sphere.legendre(d, k, t) * sphere.legendre(d, l, t), abs=1e-13)
    assert sum(linearised(d, k, l, n) for n in degrees) == 1
    assert linearised(d, k, l, k + l + 1) == linearised(d, k, l, k + l + 2) == 0
    joint = sum(joined(d, k, l, n) ** 2 * sphere.multiplicity(d, n) for n in degrees)
    assert joint == pytest.approx(sphere.multiplicity(d, k) * sphere.multiplicity(d, l), rel=1e-13)


def test_eigenvalues_are_enclosed() -> None:
    """A matrix with eigenvalues that are known, and one whose entries are less exact than their size says."""
    values = np.array([3.0, 1.0, 1.0, 1e-9, 0.0])
    rng = np.random.default_rng(8)
    q = np.linalg.qr(rng.normal(size=(5, 5)) + 1j * rng.normal(size=(5, 5)))[0]
    matrix = (q * values) @ q.conj().T
    found, error, _ = decomposed(matrix, np.abs(matrix))
    assert np.all(np.abs(found - values) <= error) and error < 1e-12
    assert decomposed(matrix, 1e3 * np.abs(matrix))[1] > 100 * error


def test_what_takes_too_long_is_refused() -> None:
    """Matrices of degrees up to 20 take more than half a minute; with 257 positions the trace does."""
    with pytest.raises(ValueError, match="positions must be fewer than 16 for the degrees up to 20"):
        Model(network(ks.polynomial(20), TWO, None, 3), 16, dimension=3)
    with pytest.raises(ValueError, match="positions must be at most 256"):
        Model(network(ks.linear(), TWO, None), 257, dimension=3)
