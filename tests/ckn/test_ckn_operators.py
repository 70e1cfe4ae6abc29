"""Operators on periodic grids: against direct sums, closed forms, dense singular values and finer grids."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernelspec.ckn import stability
from kernelspec.ckn.stability.constants import commutator_bound, deformation_norm, displacement_bound, patch_radius
from kernelspec.ckn.stability.norms import norm
from kernelspec.ckn.stability.operators import Grid
from kernelspec.ckn.stability.smoothing import Smoothing
from kernelspec.numbers.arithmetic_protocol import Value

shapes = st.one_of(st.tuples(st.integers(1, 20)), st.tuples(st.integers(1, 9), st.integers(1, 9)))
seeds = st.integers(0, 2**32 - 1)

# Sums of at most some hundred terms of size 1 in float64, several times over.
ROUNDING = 1e-12


def dense(operator: Any) -> np.ndarray:
    """The matrix of an operator, column by column."""
    return operator @ np.eye(operator.shape[1])


def moving(shape: tuple[int, ...], grad: float, seed: int) -> stability.Field:
    if max(shape) == 1:
        return stability.translation(shape, 0.3)
    return stability.field(shape, grad=grad, scale=3.0, rng=seed)


@settings(max_examples=25)  # fields search for their suprema
@given(shapes, seeds)
def test_adjoints_are_exact(shape: tuple[int, ...], seed: int) -> None:
    rng, grid = np.random.default_rng(seed), Grid(shape)
    offsets = rng.uniform(-4, 4, (3, grid.d))
    tau = moving(shape, 0.4, seed)
    for operator in (
        grid.gaussian(1.5),
        grid.translation(offsets[0]),
        grid.patches(offsets, rng.uniform(0, 1, 3)),
        grid.deformation(tau),
        grid.deformation(tau, 2),
        grid.commutator(tau, 1.0, offsets),
    ):
        x, y = (rng.standard_normal(n) for n in reversed(operator.shape))
        assert (operator @ x) @ y == pytest.approx(x @ (operator.H @ y), abs=100 * ROUNDING)


@given(st.integers(3, 30), st.floats(0.3, 5), st.integers(0, 9))
def test_pooling_is_an_integral_against_a_gaussian(n: int, sigma: float, k: int) -> None:
    w, u = 2 * math.pi * (k % ((n + 1) // 2)) / n, np.arange(n)
    t = np.linspace(-12 * sigma, 12 * sigma, 4001)
    weights = np.exp(-(t**2) / (2 * sigma**2))
    weights /= weights.sum()  # the trapezoidal rule, exact to rounding for Gaussians
    expected = np.cos(w * (u[:, None] - t) + 0.3) @ weights
    found = Grid((n,)).gaussian(sigma) @ np.cos(w * u + 0.3)
    np.testing.assert_allclose(found, expected, atol=ROUNDING)


@given(shapes, seeds)
def test_whole_translations_move_the_pixels(shape: tuple[int, ...], seed: int) -> None:
    rng, grid = np.random.default_rng(seed), Grid(shape)
    c = rng.integers(-20, 20, grid.d)
    x = rng.standard_normal(shape)
    expected = np.roll(x, -c, axis=tuple(range(grid.d)))
    np.testing.assert_allclose(grid.translation(c) @ x.ravel(), expected.ravel(), atol=ROUNDING)


@given(shapes, seeds, st.booleans())
def test_patches_keep_the_norm_if_their_measure_is_normalised(shape: tuple[int, ...], seed: int, whole: bool) -> None:
    rng, grid = np.random.default_rng(seed), Grid(shape)
    offsets = rng.uniform(-4, 4, (4, grid.d))
    if whole or any(n % 2 == 0 for n in shape):  # else the highest cosine loses a part
        offsets = np.round(offsets)
    x = rng.standard_normal(grid.size)
    weights = rng.uniform(0, 1, 4)
    size = np.linalg.norm(x)
    assert np.linalg.norm(grid.patches(offsets, weights) @ x) == pytest.approx(size, rel=ROUNDING, abs=0)
    plain = grid.patches(offsets, normalized=False)
    assert np.linalg.norm(plain @ x) == pytest.approx(2 * size, rel=ROUNDING, abs=0)  # |S|^{1/2}


@settings(max_examples=25)  # fields search for their suprema
@given(shapes.filter(lambda s: max(s) > 1), seeds)
def test_deformations_are_those_of_signals(shape: tuple[int, ...], seed: int) -> None:
    grid, tau = Grid(shape), moving(shape, 0.5, seed)
    x = np.random.default_rng(seed).standard_normal((2, *shape))
    expected = stability.warp(x[..., None], tau, border="circular")
    found = grid.deformation(tau, 2) @ x.ravel()
    np.testing.assert_allclose(found, expected.ravel(), atol=ROUNDING)


@settings(max_examples=25)  # fields search for their suprema
@given(seeds, st.integers(0, 3), st.integers(0, 3))
def test_waves_are_moved_exactly(seed: int, first: int, second: int) -> None:
    shape = (9, 12)
    tau = stability.field(shape, grad=0.5, scale=4, rng=seed)
    u = np.stack(np.meshgrid(*(np.arange(float(n)) for n in shape), indexing="ij"), axis=-1)
    w = 2 * math.pi * np.array([first, second]) / shape
    found = Grid(shape).deformation(tau) @ np.cos(u @ w + 0.4).ravel()
    np.testing.assert_allclose(found, np.cos((u - tau(u)) @ w + 0.4).ravel(), atol=ROUNDING)


def test_a_pooled_wave_is_moved_and_translated_as_a_formula_says() -> None:
    n, sigma, c, k = 48, 2.5, 3.7, 4
    tau = stability.sinusoid(n, grad=0.4, wavelength=24)
    w, u = 2 * math.pi * k / n, np.arange(float(n))
    damped = math.exp(-((sigma * w) ** 2) / 2)
    grid = Grid((n,))
    # L_tau T_c A of e^{iwu}: the other order has no closed form.
    moved = grid.deformation(tau) @ grid.translation(c) @ grid.gaussian(sigma) @ np.cos(w * u)
    expected = damped * np.cos(w * (u - tau(u[:, None])[:, 0] + c))
    np.testing.assert_allclose(moved, expected, atol=ROUNDING)


@settings(max_examples=20)
@given(st.sampled_from([(40,), (8, 9)]), seeds)
def test_norms_of_commutators_are_those_of_their_matrices(shape: tuple[int, ...], seed: int) -> None:
    grid, tau = Grid(shape), moving(shape, 0.4, seed)
    offsets = np.random.default_rng(seed).uniform(-5, 5, (2, grid.d))
    operator = grid.commutator(tau, 2.0, offsets)
    matrix = dense(operator)
    a, moved = dense(grid.gaussian(2.0)), dense(grid.deformation(tau))
    t = [dense(grid.translation(c)) / math.sqrt(2) for c in offsets]
    built = np.concatenate([step @ a @ moved - moved @ step @ a for step in t])
    np.testing.assert_allclose(matrix, built, atol=ROUNDING)
    found, true = norm(operator), np.linalg.norm(built, 2)
    assert found.value <= true * (1 + ROUNDING)
    assert true <= found.upper * (1 + ROUNDING) + 1e-14


@pytest.mark.parametrize(("shape", "grad", "scale"), [((64,), 0.5, 8.0), ((48,), 0.1, 4.0), ((24, 24), 0.3, 6.0)])
def test_a_finer_grid_has_the_same_norm(shape: tuple[int, ...], grad: float, scale: float) -> None:
    # The same field, filter and patch in pixels of half the size. What the docstring of the module promises.
    values = []
    for fine in (1, 2):
        grid = Grid(tuple(fine * n for n in shape))
        tau = stability.field(grid.shape, grad, fine * scale, rng=5)
        c = np.full((1, grid.d), 6.0 * fine)
        pooled, moved = grid.gaussian(4.0 * fine), grid.deformation(tau)
        values.append([norm(grid.commutator(tau, 4.0 * fine, c)).value, norm(moved @ pooled - pooled).value])
    np.testing.assert_allclose(values[0], values[1], rtol=1e-6)  # the aim of `norm`


@settings(max_examples=25)
@given(st.sampled_from([(64,), (16, 16)]), st.floats(0.05, 0.5), st.floats(2.0, 8.0), st.floats(0, 12), seeds)
def test_no_norm_is_above_its_bound(shape: tuple[int, ...], grad: float, scale: float, reach: float, seed: int) -> None:
    grid, sigma = Grid(shape), 4.0
    tau = stability.field(shape, grad, scale, rng=seed)
    offsets = np.random.default_rng(seed).uniform(-reach, reach, (3, grid.d))
    h = Smoothing.gaussian(sigma, grid.d)
    # What is lower to 1e-6 may not exceed what is upper; the aliases are 3e-9.
    found = norm(grid.commutator(tau, sigma, offsets), rtol=1e-3).value
    assert found <= commutator_bound(grad, h, patch_radius(offsets), tau.sup)
    pooled, moved = grid.gaussian(sigma), grid.deformation(tau)
    still = norm(pooled @ moved - moved @ pooled, rtol=1e-3).value
    assert still <= commutator_bound(grad, h)
    shift = norm(moved @ pooled - pooled, rtol=1e-3).value
    assert shift <= displacement_bound(tau.sup, grad, h)
    assert norm(moved @ pooled, rtol=1e-3).value <= deformation_norm(grad, grid.d)


@pytest.mark.parametrize("c", [0.1, 1.0, 4.0, 20.0])
def test_translations(c: float) -> None:
    grid, sigma = Grid((1024,)), 4.0
    moved = grid.translation(-c) @ grid.gaussian(sigma) - grid.gaussian(sigma)
    w = 2 * math.pi * np.arange(513) / 1024
    exact = 2 * np.abs(np.sin(w * c / 2)) * np.exp(-((w * sigma) ** 2) / 2)
    assert norm(moved).value == pytest.approx(exact.max(), rel=2e-6, abs=0)
    assert exact.max() <= displacement_bound(c, 0, Smoothing.gaussian(sigma, 1))


def test_fast_oscillations_have_the_norm_of_their_jacobian() -> None:
    # eps sin: the mean of 1/(1 - eps cos) is (1 - eps^2)^{-1/2}; a wavelength of sigma / 3.
    eps, grid = 0.3, Grid((256,))
    tau = stability.sinusoid(256, grad=eps, wavelength=8)
    found = norm(grid.commutator(tau, 24.0)).value
    # The square of k tau is what a smoothed wave still sees of it: (2 pi sigma / 8)^2 / 2 > 100 in the exponent.
    # 4 harmonics of 1/(1 - eps cos), which decay by 0.15 each, fit on the grid: 0.15^4 = 5e-4.
    assert found == pytest.approx(math.sqrt((1 - eps**2) ** -0.5 - 1), rel=1e-3, abs=0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Grid((2, 2, 2)), ValueError, "shape must be"),
        (lambda: Grid((0,)), ValueError, "shape must be"),
        (lambda: Grid((2**12, 2**12)), ValueError, "at most"),
        (lambda: Grid((8,)).gaussian(-1), ValueError, "sigma must be"),
        (lambda: Grid((8,)).gaussian(math.nan), ValueError, "sigma must be"),
        (lambda: Grid((8,)).translation((1, 2)), ValueError, "c must have 1 numbers"),
        (lambda: Grid((8, 8)).translation(math.inf), ValueError, "c must be finite"),
        (lambda: Grid((8, 8)).patches([1, 2]), ValueError, "offsets must have shape"),
        (lambda: Grid((8,)).patches([]), ValueError, "offsets must have shape"),
        (lambda: Grid((8,)).patches([1], [1, 2]), ValueError, "weights must be"),
        (lambda: Grid((8,)).patches([1, 2], [0, 0]), ValueError, "weights must be"),
        (lambda: Grid((8,)).deformation(3), TypeError, "tau must be a field"),
        (lambda: Grid((8,)).deformation(stability.translation(9, 1)), ValueError, "tau must have the shape"),
        (lambda: Grid((8, 8)).deformation(stability.rotation((8, 8), 0.1)), ValueError, "tau must have the period"),
        (lambda: Grid((8,)).deformation(stability.sinusoid(8, 0.1, 5.0)), ValueError, "tau must have the period"),
        (lambda: Grid((8,)).deformation(stability.translation(8, 1), 0), ValueError, "maps must be"),
    ],
)
def test_bad_input(call: Callable[..., Value], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_a_small_seam_is_refused_too() -> None:
    """A wave whose period misses the grid's by a millionth jumps by as much."""
    fine = stability.sinusoid(32, 0.1, 16.0)
    assert Grid((32,)).deformation(fine).shape == (32, 32)
    for miss in (1e-6, 1e-5):
        with pytest.raises(ValueError, match="tau must have the period of the grid"):
            Grid((32,)).deformation(stability.sinusoid(32, 0.1, 16.0 * (1 + miss)))


def test_shapes_and_kinds_of_input() -> None:
    assert Grid(5).shape == (5,)  # type: ignore[arg-type]  # kinder than its types
    assert Grid([3, 4]).size == 12  # type: ignore[arg-type]  # kinder than its types
    grid = Grid((3, 4))
    x = np.arange(12)
    np.testing.assert_allclose(grid.gaussian(1) @ x, grid.gaussian(1.0) @ x.astype(float))
    assert (grid.patches([[0, 1], [1, 0]]) @ x.astype(np.float32)).shape == (24,)
    np.testing.assert_allclose(grid.gaussian(0) @ x, x, atol=ROUNDING)
