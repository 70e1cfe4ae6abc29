"""Gram matrices by fits: the error that a fit states, near pairs, both ends, threads, memory, files."""

from __future__ import annotations

import itertools
import threading
import tracemalloc
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from expressions import untyped
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import DTypeLike

import kernelspec as ks
from kernelspec.gram import blocks, fitted_tiles
from kernelspec.gram import vectors as gram_module
from kernelspec.gram.centred import Split, nonzero_columns
from kernelspec.gram.fitted import fitted, fitted_halves
from kernelspec.gram.polynomials import Fitted, Variable
from kernelspec.kernels.points import Point
from kernelspec.numbers.arithmetic import FloatArithmetic
from kernelspec.numbers.arrays import InPlace
from kernelspec.testing import kernels

MP = mpmath.MPContext()
MP.dps = 40
EPS = 2.0**-52
DTYPES = (np.float32, np.float64)
WANTED = {4: 3e-7, 8: 1e-14}
# Smooth ones; singular at 1 alone; at both ends; deep; a sum, a product and a composition.
FITTED = [
    ks.polynomial(3),
    ks.exponential(),
    ks.dual("gelu"),
    ks.laplace(),
    ks.cauchy(),
    ks.arccos(0),
    ks.ntk(2),
    ks.ntk(10),
    ks.ntk(100),
    ks.rf(50),
    ks.resnet(50, tangent=True),
    ks.mlp(3, slope=-1),
    2 + ks.ntk(3) * ks.laplace(),
    ks.laplace() @ ks.arccos(1),
    ks.ntk(3) - 5 * ks.ntk(2),
]

BUMP = Fraction(191, 200) + Fraction(3, 10) * ks.linear() - Fraction(1, 2) * ks.linear() ** 2  # 1 - (u - 0.3)^2/2


def directly(kernel: ks.Zonal, end: int, x: Any) -> Any:
    """kappa in float64 at distances x from an end, as everywhere else in the library."""
    point = (1 - x, x, 2 - x) if end == 1 else (x - 1, 2 - x, x)
    with np.errstate(all="ignore"):
        return np.broadcast_to(np.asarray(Point(FloatArithmetic(), *point).pair(kernel).value, float), x.shape)


def evaluated(fit: Any, x: Any) -> Any:
    out = np.empty_like(x)
    fit.evaluate(x, out, [np.empty_like(x) for _ in range(fit.arrays)])
    return out


# -- fits --------------------------------------------------------------------------------------------


@given(kernels(max_atoms=3), st.sampled_from(DTYPES), st.floats(-1, 1), st.floats(-1, 1), st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_the_stated_error_is_not_exceeded(
    kernel: ks.Zonal, dtype: DTypeLike, one: float, two: float, seed: int
) -> None:
    low, high = min(one, two), max(one, two)
    fits = fitted_halves(kernel, dtype, low, high)
    rng = np.random.default_rng(seed)
    for fit in fits or ():
        assert fit.error <= WANTED[np.dtype(dtype).itemsize] * fit.size
        assert fit.coefficients.dtype == dtype and fit.degree < 60
        end = fit.end or 1
        nearest, farthest = sorted(1 - end * u for u in (fit.low, fit.high))
        x = np.concatenate([rng.uniform(nearest, farthest, 300), np.geomspace(max(nearest, 1e-20), farthest, 60)])
        x = np.clip(x, nearest, farthest).astype(dtype)
        found = evaluated(fit, x if fit.end else 1 - x)
        gaps = np.abs(found - directly(kernel, end, x.astype(np.float64)))
        # the direct values have a rounding of their own, and without an end 1 - x is rounded
        assert np.max(gaps) <= fit.error + 4 * EPS * fit.size + (
            0 if fit.end else 2e-7 * fit.size * (dtype is np.float32)
        )


@pytest.mark.parametrize("kernel", [ks.ntk(2), ks.ntk(100), ks.laplace(), ks.exponential()], ids=repr)
def test_the_stated_error_of_float32_is_close_to_that_of_all_floats(kernel: ks.Zonal, rng: np.random.Generator) -> None:
    """Random cosines between 0 and 1: no error beyond what is stated, and some that come near to it."""
    fit = fitted(kernel, np.float32, 0.0, 1.0)
    assert fit is not None
    u = rng.uniform(0, 1, 2**16 if kernel == ks.ntk(100) else 2**20).astype(np.float32)
    gaps = np.abs(fit(u) - kernel(u.astype(np.float64)))
    assert fit.error / 4 < np.max(gaps) <= fit.error


@pytest.mark.parametrize("kernel", FITTED, ids=repr)
def test_float64_fits_to_forty_digits(kernel: ks.Zonal, rng: np.random.Generator) -> None:
    for low, high in ((0.0, 1.0), (-1.0, 0.0), (-0.25, 0.25)):
        for fit in fitted_halves(kernel, np.float64, low, high) or ():
            u = rng.uniform(fit.low, fit.high, 3)
            for value, at in zip(fit(u), u, strict=True):
                # `error` is measured against float64 values, which are off by some roundings in a deep network
                assert abs(float(MP.mpf(float(value)) - kernel(MP.mpf(float(at))))) <= fit.error + 16 * EPS * fit.size


@pytest.mark.parametrize("kernel", FITTED, ids=repr)
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_interval_has_fits_where_the_whole_one_has(kernel: ks.Zonal, dtype: DTypeLike) -> None:
    assert fitted_halves(kernel, dtype) is not None
    for low, high in ((-1, -1), (1, 1), (-1, 1), (-0.3, 0.95), (0.91, 0.95), (-0.9, -0.8), (0, 0), (-0.2, 0.1)):
        fits = fitted_halves(kernel, dtype, low, high)
        assert fits is not None
        assert fits[-1].low <= low and high <= fits[0].high
        assert len(fits) == 1 or fits[0].low == fits[1].high == 0


@pytest.mark.parametrize(
    "kernel",
    [
        ks.laplace(1, Fraction(1, 4)),  # a power 1/4 of 1 - u
        ks.exponential(Fraction(1, 10**6)),  # narrower than the nodes are apart
        # 0 and a bump next to u = 1
        ks.linear() + ks.exponential(Fraction(1, 10**7)) - ks.exponential(Fraction(1, 10**8)),
        ks.defect_power(Fraction(-1, 2)),
        ks.linear() + ks.exponential(Fraction(1, 10**4)) @ BUMP,  # narrow, and nobody says where
        ks.from_callable(np.exp, name="any"),
        10**36 * ks.ntk(2),
    ],
    ids=repr,
)
def test_what_has_no_fit(kernel: ks.Zonal) -> None:
    assert fitted_halves(kernel, np.float32) is None


def test_deep_networks_have_short_fits() -> None:
    """What the price of depth 100 rests on: degrees that grow slowly."""
    for depth, most in ((2, 11), (10, 11), (50, 16), (100, 18)):
        for fit in fitted_halves(ks.ntk(depth), np.float32) or ():
            assert fit.degree <= most


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("end", "shift"), [(0, None), (1, None), (1, 0.5), (-1, None), (-1, 1.0)])
def test_both_forms_are_the_polynomial(
    end: int, shift: float | None, dtype: DTypeLike, rng: np.random.Generator
) -> None:
    """In y, whose inverse is the distance, against NumPy's sums of powers and of Chebyshev polynomials."""
    variable = Variable(end, -0.5, 0.75, shift)
    angles = rng.uniform(0, np.pi, 50)
    x = variable.inverse(angles)
    assert np.min(x) > (-0.5 if end == 0 else 0.25 if end == 1 else 0.5)
    for degree in (0, 1, 2, 3, 4, 9):
        c = rng.standard_normal(degree + 1)
        for chebyshev, value in ((False, np.polynomial.polynomial.polyval), (True, np.polynomial.chebyshev.chebval)):
            if chebyshev and degree < 3:
                continue
            fit = Fitted(variable, c.astype(dtype), chebyshev, 0.0, 1.0)
            gaps = np.abs(evaluated(fit, x.astype(dtype)) - value(np.cos(angles), c))
            # y is off by some roundings of its parts, and the terms' slopes are at most the squares of the degrees
            steepness = np.sum(np.arange(degree + 1) ** 2 * np.abs(c))
            rounding = (2 + abs(variable.line[1])) * steepness + (4 + degree) * np.sum(np.abs(c))
            assert np.max(gaps) <= np.finfo(dtype).eps * rounding


def test_fits_of_scalars_and_shapes() -> None:
    fit = fitted(ks.ntk(3), "float64", -0.1, 0.2)
    assert fit is not None
    u = np.linspace(-0.1, 0.2, 12).reshape(3, 4)
    np.testing.assert_allclose(fit(u), ks.ntk(3)(u), rtol=0, atol=fit.error)
    assert fit(0.1).shape == ()


# -- matrices ----------------------------------------------------------------------------------------


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fits for the smallest matrix, in several tiles of several pieces."""
    monkeypatch.setattr(gram_module, "_WORTH", 0)
    monkeypatch.setattr(gram_module, "TILES", {4: (16,), 8: (16,)})
    monkeypatch.setattr(fitted_tiles, "_PIECE", 2**9)


def direct(monkeypatch: pytest.MonkeyPatch, kernel: ks.Zonal, *given: Any, **options: Any) -> Any:
    """The matrix without fits."""
    with monkeypatch.context() as patch:
        patch.setattr(gram_module, "_WORTH", 2**62)
        return kernel.gram(*given, **options)


def rows(rng: np.random.Generator, n: int, d: int, signs: bool) -> Any:
    """Rows with duplicates, multiples, neighbours at every distance and, with signs, their opposites."""
    x = rng.standard_normal((n, d))
    x = x if signs else np.abs(x)
    near = [x[0] * (1 + 10.0**-k * rng.standard_normal(d)) for k in (1, 2, 3, 5, 8, 12)]
    far = [-3 * x[1] * (1 + 10.0**-k * rng.standard_normal(d)) for k in (1, 2, 4, 7, 11)] if signs else []
    return np.array([*x, x[0], 2 * x[0], *([-x[1]] if signs else []), *near, *far])


@pytest.mark.parametrize("kernel", FITTED, ids=repr)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", [2, 40])
def test_matrices_are_those_without_fits(
    kernel: ks.Zonal, dtype: DTypeLike, d: int, always: None, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    x, y = (rows(rng, 30, d, d == 2 or sign).astype(dtype) for sign in (True, False))
    y[:5] = x[:5]
    # Both float64 matrices have the cosines' roundings, 1e-14 at most (`tiles._WANTED`), and the fit its own error; in
    # float32 it is 3e-7 with what distances lose, and up to four roundings of the norms and their products.
    size = abs(kernel.at_one) + abs(float(kernel(-1.0)))
    allowed = size * (3e-7 + 2.0**-22 if dtype == np.float32 else 2e-14)
    for given_rows in ((x,), (x, y), (y,)):
        for normalize in (False, True):
            found = untyped(kernel).gram(*given_rows, normalize=normalize)
            wanted = direct(monkeypatch, kernel, *(part.astype(np.float64) for part in given_rows), normalize=normalize)
            norms = [np.ones(len(part)) if normalize else np.linalg.norm(part, axis=1) for part in given_rows]
            scale = np.outer(norms[0], norms[-1])
            assert found.dtype == dtype
            assert np.max(np.abs(found - wanted) / scale) <= allowed
            if len(given_rows) == 1:
                np.testing.assert_array_equal(found, found.T)
                diagonal = direct(monkeypatch, kernel, *given_rows, normalize=normalize)
                np.testing.assert_allclose(np.diag(found), np.diag(diagonal), rtol=2 * np.finfo(dtype).eps)


@pytest.mark.parametrize("kernel", FITTED, ids=repr)
@pytest.mark.parametrize("dtype", DTYPES)
def test_multiples_of_a_row_have_its_own_values(
    kernel: ks.Zonal, dtype: DTypeLike, always: None, rng: np.random.Generator
) -> None:
    """Bit by bit, smooth or steep: kappa(1) and kappa(-1) themselves, and rows that are equal, but for their place."""
    x = rng.standard_normal((40, 7)).astype(dtype)
    x[[11, 29]], x[17], x[33] = x[3], 4 * x[3], -2 * x[3]
    found = kernel.gram(x)
    assert found[3, 11] == found[29, 11] == found[3, 3] and found[3, 17] == 4 * found[3, 3]
    far = kernel.gram(x, normalize=True)[[3, 11, 17, 29], 33]
    assert np.all(far == np.asarray(kernel(-1.0), dtype))


def test_float32_neighbours_of_a_tangent_kernel(always: None, rng: np.random.Generator) -> None:
    """A cosine of float32 would lose 2e-4 here, and 1e-6 at the distances that it tells."""
    x = rng.standard_normal((40, 30)).astype(np.float32)
    y = (x + np.geomspace(1e-6, 1e-1, 40)[:, None] * rng.standard_normal(x.shape)).astype(np.float32)
    for kernel in (ks.ntk(10), ks.ntk(100)):
        found = np.diag(kernel.gram(x, y, normalize=True))
        for value, a, b in zip(found, x, y, strict=True):
            one, two = MP.matrix(a.tolist()), MP.matrix(b.tolist())
            cosine = (one.T * two)[0] / (MP.norm(one) * MP.norm(two))
            wanted = kernel(min(cosine, MP.mpf(1)))
            assert abs(float(value - wanted)) < 3e-7 * kernel.at_one


@pytest.mark.parametrize("sign", [1, -1])
def test_a_narrow_cone_by_fits(
    sign: int, always: None, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    """And the opposite one: all cosines of a tile are near an end, where some fits read u."""
    x = 1 + 1e-2 * rng.standard_normal((50, 20))
    for kernel in (ks.arccos(0), ks.ntk(20), ks.laplace()):
        for dtype, allowed in ((np.float32, 3e-7), (np.float64, 2e-14)):
            left = x.astype(dtype)
            wanted = direct(monkeypatch, kernel, left.astype(float), sign * left[::2].astype(float), normalize=True)
            found = kernel.gram(left, sign * left[::2], normalize=True)
            assert np.max(np.abs(found - wanted)) <= allowed * kernel.at_one


def data(kind: str, n: int, d: int, rng: np.random.Generator) -> Any:
    """Rows of many kinds, the last of them next to the first at every distance."""
    if kind == "normal":
        x = rng.standard_normal((n, d))
    elif kind == "uniform":
        x = rng.random((n, d))
    elif kind == "cone":
        x = 1 + np.geomspace(1e-3, 0.5, n)[:, None] * rng.standard_normal((n, d))
    elif kind == "sparse":  # as of digits
        x = np.abs(rng.standard_normal((n, d))) * (rng.random((n, d)) < rng.uniform(0.1, 0.6, (n, 1)))
    elif kind == "clusters":
        x = rng.random((5, d))[rng.integers(5, size=n)] + 0.1 * rng.random((n, d))
    else:  # opposite
        x = rng.choice([-1, 1], (n, 1)) * (1 + 0.1 * rng.standard_normal((n, d)))
    x[:, 0] += 1e-3  # no row of 0
    x[-30:] = x[:30] * (1 + np.geomspace(1e-1, 1e-8, 30)[:, None] * rng.standard_normal((30, d)))
    return x.astype(np.float32)


@pytest.mark.parametrize(
    ("d", "scale"), [(1, 1.0), (2, 1.0), (3, 1e-30), (100, 1e30), (784, 1.0), (784, 1e-30), (3072, 1.0)]
)
@pytest.mark.parametrize("kind", ["normal", "uniform", "cone", "sparse", "clusters", "opposite"])
def test_float32_is_right_to_three_tenths_of_a_millionth(
    kind: str, d: int, scale: float, monkeypatch: pytest.MonkeyPatch, always: None, rng: np.random.Generator
) -> None:
    """Of kappa(1), everywhere: against float64 without fits, of the same floats; and in (x, y)."""
    monkeypatch.setattr(gram_module, "TILES", {4: (64,)})
    monkeypatch.setattr(fitted_tiles, "_PIECE", 2**13)
    x = data(kind, 160, d, rng) * np.float32(scale)
    wide = x.astype(float) / scale
    for kernel in (ks.ntk(2), ks.ntk(100), ks.laplace(), ks.exponential()):
        wanted = direct(monkeypatch, kernel, wide, normalize=True)
        for found, part in ((kernel.gram(x, normalize=True), wanted), (kernel.gram(x[:90], x, True), wanted[:90])):
            assert np.max(np.abs(found - part)) <= 3e-7 * kernel.at_one


@pytest.mark.parametrize("kind", ["normal", "uniform", "cone", "sparse", "clusters"])
def test_what_is_lost_of_a_distance_is_bounded_where_it_is_not_near(kind: str, rng: np.random.Generator) -> None:
    """The measured error of a product covers pairs outside of the sample, near duplicates among them."""
    x = data(kind, 700, 784, rng)
    exact = x.astype(float) / np.linalg.norm(x.astype(float), axis=1)[:, None]
    exact = 1 - exact @ exact.T
    for kernel in (ks.ntk(2), ks.ntk(20)):
        way = fitted_tiles.way_of(kernel, x, None)
        if way is None:  # the product is made in float64
            continue
        tiles = fitted_tiles.FittedTiles(kernel, np.float32, True, way)
        (rows,) = tiles.prepare(x, len(x))
        tile = np.empty((len(x), len(x)), np.float32)
        tiles._spare = np.empty(tile.size)
        tiles._distances(tile, rows, rows)
        squares = way.top * rows.parts.squares
        several = np.sqrt(np.outer(squares, squares)) if way.basis.size else np.maximum.outer(squares, squares)
        bound = way.error(exact, several, float(np.min(squares))) + 2.0**-24 * exact
        np.fill_diagonal(bound, 1.0)  # not read: the kernel's values there are known
        assert np.all(np.abs(tile - exact) <= bound)


@pytest.mark.parametrize("size", [4, 8])
@pytest.mark.parametrize("other", [False, True])
def test_columns_of_zeros_are_left_out(other: bool, size: int, always: None, rng: np.random.Generator) -> None:
    """The margins of images: not read, unless one row has something there that the sample has not."""
    x = data("clusters", 400, 200, rng).astype(f"f{size}")
    x[:, :30] = x[:, 100:110] = x[:, 190:] = 0
    y = x[:300] if other else None
    columns = nonzero_columns(x, y)
    assert columns is not None and np.array_equal(columns, np.flatnonzero(x.any(axis=0)))
    x[399, 3], x[398, 104] = 2.0, -1.0  # not in the sample
    if other:
        y = x[:300].copy()
        y[299, 195] = 1.0
    columns = nonzero_columns(x, y)
    assert columns is not None and set(columns) == {
        3,
        *range(30, 100),
        104,
        *range(110, 190),
        *([195] if other else []),
    }
    kernel = ks.ntk(3)
    one, two = (
        each.astype(float) / np.linalg.norm(each.astype(float), axis=1)[:, None] for each in (x, x if y is None else y)
    )
    wanted = kernel(np.clip(one @ two.T, -1, 1))
    found = kernel.gram(x, y, normalize=True)
    apart = one @ two.T < 1 - 1e-6  # where a rounded cosine says enough
    assert np.max(np.abs(found - wanted)[apart]) <= (3e-7 if size == 4 else 1e-12) * 3
    assert nonzero_columns(np.zeros((3, 100)), None) is None and nonzero_columns(np.ones((3, 100)), None) is None


def test_sides_of_a_fitted_tile_are_symmetric(monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> None:
    """Copied a few columns at a time: bit by bit, with the diagonal of the angle 0."""
    monkeypatch.setattr(gram_module, "_WORTH", 0)
    monkeypatch.setattr(gram_module, "_SQUARE", 30)
    x = data("clusters", 100, 100, rng)
    found = ks.ntk(3).gram(x)
    np.testing.assert_array_equal(found, found.T)
    # Twice 3e-7 of kappa(1), which is some three times the values of rows that are apart.
    np.testing.assert_allclose(found, ks.ntk(3).gram(x, x.copy()), rtol=2e-6)


@pytest.mark.parametrize("kind", ["sparse", "clusters"])
def test_near_pairs_by_differences(kind: str, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> None:
    """As exact as is said where they are used; with main directions and without, piece by piece."""
    x = data(kind, 200, 100, rng)
    way = fitted_tiles.way_of(ks.ntk(20), x, None)
    assert way is not None and way.basis.shape[1] == (8 if kind == "clusters" else 0)
    monkeypatch.setattr(fitted_tiles, "_GATHERED", 700)
    tiles = fitted_tiles.FittedTiles(ks.ntk(20), np.float32, True, way)
    (rows,) = tiles.prepare(x, len(x))
    i, j = np.arange(30), np.arange(170, 200)
    found = tiles._by_differences(np.concatenate([i, i]), np.concatenate([j, j + 1 - 30]), rows, rows)
    unit = x.astype(np.longdouble) / np.sqrt(np.sum(x.astype(np.longdouble) ** 2, axis=1))[:, None]
    for part, others in ((found[:30], j), (found[30:], j - 29)):
        exact = (np.sum((unit[i] - unit[others]) ** 2, axis=1) / 2).astype(float)
        assert np.all(np.abs(part - exact) <= 2.0**-22 * exact + 2.0**-23 * np.sqrt(2 * exact))
    products = tiles._by_products(i, j, rows, rows, 1)
    np.testing.assert_allclose(products, np.sum((unit[i] - unit[j]) ** 2, axis=1).astype(float) / 2, rtol=0, atol=1e-15)


def test_each_pair_has_its_own_nearness(rng: np.random.Generator) -> None:
    """Rows with a small a have few near pairs; none is left whose distance may cost more than is wanted."""
    x = data("clusters", 300, 784, rng)
    x[:20] = data("sparse", 300, 784, rng)[:20]
    way = fitted_tiles.way_of(ks.ntk(10), x, None)
    assert way is not None and way.basis.size
    tiles = fitted_tiles.FittedTiles(ks.ntk(10), np.float32, True, way)
    (rows,) = tiles.prepare(x, len(x))
    limits = way.limits(ks.ntk(10), rows.parts, rows.parts, 4)
    assert limits.kept is not None
    i, j = np.divmod(np.arange(300 * 300), 300)
    squares = way.top * rows.parts.squares
    for t in np.geomspace(1e-6, 0.99, 20):
        near = limits.kept(i, j, np.full(i.shape, t, np.float32))
        assert not near[~limits.below(np.full((300, 300), t)).reshape(-1)].any()
        slope = float((ks.ntk(10)(1 - t) - ks.ntk(10)(1 - 1.3 * t)) / (0.3 * t) / 10)
        lost = way.error(np.array(t), np.sqrt(squares[i] * squares[j]), 0.0) * slope
        assert np.max(lost[~near], initial=0.0) <= 2.1e-7  # slopes are steps of a grid
    longer = Split(rows.parts.left[:2], np.array([1e-3, 100.0]))  # beside the sample's longest
    kept = way.limits(ks.ntk(10), longer, longer, 4).kept
    assert kept is not None
    assert kept(np.array([0, 1, 0]), np.array([1, 1, 0]), np.full(3, 0.9, np.float32)).tolist() == [True, True, False]
    short = rows.parts.squares < 0.1
    assert short.any() and float(np.max(limits.right[short])) < float(np.max(limits.right)) / 2


def test_float32_norms_of_every_size(always: None, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> None:
    """Prepared in float64, where none is beyond the floats."""
    x = rng.standard_normal((40, 100)) * 10.0 ** rng.uniform(-37, 37, 40)[:, None]
    x = x.astype(np.float32)
    x[3] = 0
    for normalize in (False, True):
        found = ks.ntk(3).gram(x, normalize=normalize)
        wanted = direct(monkeypatch, ks.ntk(3), x.astype(float), normalize=normalize)
        with np.errstate(over="ignore"):
            rounded = wanted.astype(np.float32)
        np.testing.assert_allclose(found, rounded, rtol=4e-6, atol=1e-44)
        assert not found[3].any()


def test_biases_off_the_sphere_have_no_fits(
    always: None, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    """Their norms go through the layers; kappa(cos) alone has fits."""
    x, kernel = rng.standard_normal((30, 4)), ks.mlp(3, bias_variance=0.5)
    np.testing.assert_array_equal(kernel.gram(x), direct(monkeypatch, kernel, x))
    found, wanted = kernel.gram(x, normalize=True), direct(monkeypatch, kernel, x, normalize=True)
    assert 0 < np.max(np.abs(found - wanted)) < 2e-14


def test_zeros_and_norms_of_every_size(always: None, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> None:
    x = rng.standard_normal((40, 3)) * 10.0 ** rng.uniform(-300, 300, 40)[:, None]
    x[3], x[7] = 0, 1e-320
    for kernel in (ks.ntk(3), ks.exponential(), -1 * ks.laplace()):
        for normalize in (False, True):
            found, wanted = kernel.gram(x, normalize=normalize), direct(monkeypatch, kernel, x, normalize=normalize)
            np.testing.assert_array_equal(np.isinf(found), np.isinf(wanted))
            there = np.isfinite(wanted)
            # Relative, but for values that are small beside kappa(1) |x||y|: none here is below 1/30 of it.
            np.testing.assert_allclose(found[there], wanted[there], rtol=1e-12, atol=1e-320)
            assert not found[3].any() and not np.signbit(found[3]).any()


@pytest.mark.parametrize("dtype", DTYPES)
def test_threads_memory_and_layout_change_nothing(
    dtype: DTypeLike, always: None, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    pytest.importorskip("threadpoolctl")
    monkeypatch.setattr(blocks, "_LIGHT", 0)
    x, y = (rng.standard_normal((n, 5)).astype(dtype) for n in (90, 70))
    for given_rows in ((x,), (x, y)):
        wanted = ks.ntk(5).gram(*given_rows, threads=1)
        for threads in (2, 3, None):
            np.testing.assert_array_equal(ks.ntk(5).gram(*given_rows, threads=threads), wanted)
        for change in (np.asfortranarray, lambda part: np.repeat(part, 2, axis=0)[::2]):
            changed = [change(part) for part in given_rows]
            np.testing.assert_array_equal(untyped(ks.ntk(5)).gram(*changed, threads=1), wanted)
    monkeypatch.setattr(gram_module, "_ENOUGH", 0)  # several blocks
    seen: list[int] = []

    def bar(steps: Any, total: int) -> Any:
        seen.append(total)
        for step in steps:
            seen.append(step)
            yield step

    found = ks.ntk(5).gram(x, threads=2, progress=bar)
    np.testing.assert_allclose(found, ks.ntk(5).gram(x, threads=1), rtol=0, atol=1e-5 if dtype == np.float32 else 1e-13)
    assert seen[0] == len(seen) - 1 > 1


def calls(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> list[str]:
    """A list that grows with each call of a method."""
    seen: list[str] = []
    method = getattr(owner, name)

    def counted(*given: Any) -> Any:
        seen.append(name)
        return method(*given)

    monkeypatch.setattr(owner, name, counted)
    return seen


@pytest.mark.parametrize(("block", "blocks_done"), [(16, 10), (32, 1)])
def test_workers_stay_for_all_blocks(
    block: int, blocks_done: int, always: None, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    """Two at most, however many blocks; and one block where two have room for all rows."""
    pytest.importorskip("threadpoolctl")
    monkeypatch.setattr(blocks, "_LIGHT", 0)
    plan = gram_module._plan
    monkeypatch.setattr(gram_module, "_plan", lambda *given: plan(*given)._replace(chunk=16, ahead=1, block=block))
    made = calls(monkeypatch, gram_module._FittedRun, "worker")
    begun = calls(monkeypatch, gram_module._FittedRun, "_preparations")
    x = rng.standard_normal((64, 5))
    found = ks.ntk(5).gram(x, threads=2)
    assert 1 <= len(made) <= 2 and len(begun) == blocks_done
    np.testing.assert_array_equal(found, ks.ntk(5).gram(x, threads=1))


def test_normal_data_have_products_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of one length, whose cosines are about 0; the errors of this sample are among the larger ones."""
    x = np.random.default_rng(0).standard_normal((6144, 784))[4096:5376].astype(np.float32)
    wide = calls(monkeypatch, fitted_tiles.FittedTiles, "_in_float64")
    ks.ntk(2).gram(x, threads=1)
    assert not wide


def test_a_file_of_fits_goes_on_with_fits_alone(
    always: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rng: np.random.Generator
) -> None:
    plan = gram_module._plan  # the same blocks with and without fits
    monkeypatch.setattr(gram_module, "_plan", lambda *given: plan(*given)._replace(chunk=16, ahead=1, block=64))
    x = rng.standard_normal((200, 4))
    options: dict[str, Any] = {"threads": 1, "out": tmp_path / "matrix.npy"}

    def stopped(steps: Any, total: int) -> Any:
        yield from itertools.islice(steps, total // 2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ks.ntk(3).gram(x, progress=stopped, **options)
    for refused in (lambda: direct(monkeypatch, ks.ntk(3), x, **options), lambda: ks.ntk(4).gram(x, **options)):
        with pytest.raises(ValueError, match="other data"):
            refused()
    np.testing.assert_array_equal(ks.ntk(3).gram(x, **options), ks.ntk(3).gram(x, threads=1))


@pytest.mark.parametrize("memory", [None, 2**24])
def test_memory_is_kept_by_fits(memory: int | None, rng: np.random.Generator) -> None:
    """64 MiB, or what is asked for."""
    x = rng.standard_normal((3000, 60)).astype(np.float32)
    kernel, allowed = ks.ntk(30), 2**30 if memory is None else memory
    kernel.gram(x[:700])
    tracemalloc.start()
    try:
        found = kernel.gram(x, threads=1, memory=allowed)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak - found.nbytes < (memory or 2**26)


@pytest.mark.parametrize(("d", "size", "rows"), [(784, 4, 500), (1000, 4, 500), (2000, 4, 320), (784, 8, 320)])
def test_two_workers_plan_with_64_mebibytes(d: int, size: int, rows: int) -> None:
    """Whatever more is allowed: two workers, and a chunk of two blocks each; blocks take half of it at most."""
    plan = gram_module._plan(ks.ntk(5), d, size, 2**34, 2, InPlace(), True)
    assert plan.chunk == rows
    assert 2 * size * d * rows + plan.workers * (40 * d * rows + 11 * size * rows**2) < 2**26
    assert 2 * size * d * plan.block < 2**25


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_two_workers_take_64_mebibytes_of_rows_that_coincide(dtype: type, rng: np.random.Generator) -> None:
    """All pairs are found again, next to one end or the other."""
    pytest.importorskip("threadpoolctl")
    x = rng.choice([-1.0, 1.0], (3000, 1)) * (1 + 1e-7 * rng.standard_normal((3000, 784)))
    x, kernel = x.astype(dtype), ks.ntk(10)
    kernel.gram(x[:700])
    tracemalloc.start()
    try:
        found = kernel.gram(x, threads=2)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak - found.nbytes < 2**26


def test_a_block_is_prepared_once_as_the_next_row_begins_with_it(
    monkeypatch: pytest.MonkeyPatch, always: None, rng: np.random.Generator
) -> None:
    """Of three blocks, the first and the others, which meet on the right and go to the left: 0, 2, 1, 2."""
    x, kernel, made = rng.standard_normal((90, 5)), ks.ntk(3), []
    plain, plan = gram_module._FittedRun._block, gram_module._plan
    wanted = kernel.gram(x)

    def block(self: Any, which: int, start: int) -> Any:
        made.append(start)
        return plain(self, which, start)

    monkeypatch.setattr(gram_module, "_plan", lambda *a: plan(*a)._replace(chunk=10, block=30))
    monkeypatch.setattr(gram_module._FittedRun, "_block", block)
    np.testing.assert_allclose(kernel.gram(x), wanted, rtol=0, atol=1e-13)
    assert made == [0, 60, 30, 60]


def test_little_memory_has_no_fits(rng: np.random.Generator) -> None:
    x = rng.standard_normal((700, 3))
    np.testing.assert_allclose(ks.ntk(3).gram(x, memory=2**22, threads=1), ks.ntk(3).gram(x), rtol=0, atol=1e-12)


def test_small_matrices_and_empty_ones(always: None) -> None:
    for shape in ((0, 3), (3, 0), (1, 1), (1, 4)):
        x = np.ones(shape)
        assert ks.ntk(3).gram(x).shape == (shape[0], shape[0])
        assert ks.ntk(3).gram(x, np.ones((2, shape[1]))).shape == (shape[0], 2)
    far = 2 * ks.ntk(3)(-1.0)
    np.testing.assert_allclose(ks.ntk(3).gram([[2.0], [-1.0]]), [[12, far], [far, 3]], rtol=1e-14)


def test_clusters_are_told_apart_in_float64(rng: np.random.Generator) -> None:
    """Within clusters products are as large as 1: the main directions are taken off, and no tile is left to float64."""
    way = fitted_tiles.way_of(ks.ntk(20), data("clusters", 700, 784, rng), None)
    assert way is not None and way.basis.shape == (784, 8)
    np.testing.assert_allclose(way.basis.T @ way.basis, np.eye(8), atol=1e-12)
    # Without them |a|^2 is .05, as the clusters are apart.
    assert way.top < 0.003


@pytest.mark.parametrize("other", [False, True])
def test_two_threads_share_the_tiles(other: bool, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> None:
    """Each waits at its first tile until the other is at one."""
    pytest.importorskip("threadpoolctl")
    x, kernel, plainly = rng.standard_normal((700, 9)), ks.ntk(3), fitted_tiles.FittedTiles.evaluate
    both, seen = threading.Barrier(2), set[int]()

    def evaluate(self: Any, *rows: Any) -> Any:
        if threading.get_ident() not in seen:
            seen.add(threading.get_ident())
            both.wait(60)
        return plainly(self, *rows)

    wanted = kernel.gram(x, x[:400] if other else None, threads=1)
    monkeypatch.setattr(blocks, "_LIGHT", 0.0)
    monkeypatch.setattr(fitted_tiles.FittedTiles, "evaluate", evaluate)
    np.testing.assert_array_equal(kernel.gram(x, x[:400] if other else None, threads=2), wanted)
    assert len(seen) == 2
