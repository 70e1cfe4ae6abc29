"""Displacement fields and the action L_tau: suprema, Jacobians, exact shifts, the functions that pixels stand for."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernelspec import testing
from kernelspec.ckn import stability
from kernelspec.ckn.stability import motions, warping
from kernelspec.ckn.stability.fields import Field, _measured
from kernelspec.ckn.stability.motions import Waves
from kernelspec.ckn.stability.suprema import spectral_norms, supremum
from kernelspec.ckn.stability.warping import Interpolation, warp
from kernelspec.numbers.arithmetic_protocol import Value

SEEDS = st.integers(0, 2**32 - 1)
FIELDS = testing.deformations(max_grad=1.9)  # beyond 1 they fold
TEXT: Any = "a"  # where a number or a field is wanted


@given(FIELDS, SEEDS)
@settings(max_examples=60)
def test_the_suprema_are_suprema(tau: Field, seed: int) -> None:
    points = np.random.default_rng(seed).uniform(0, np.array(tau.shape) - 1.0, (400, tau.d))
    # The search stops within 1e-12 of a maximum's value; only the grid could miss one.
    assert np.linalg.norm(tau(points), axis=-1).max() <= tau.sup * (1 + 1e-9) + 1e-14
    slopes = np.linalg.norm(tau.jacobian(points), ord=2, axis=(-2, -1))
    assert slopes.max() <= tau.grad_sup * (1 + 1e-9) + 1e-14


@given(st.integers(2, 40), st.floats(0.01, 0.9), st.floats(1, 20), SEEDS)
@settings(max_examples=40)
def test_random_fields_attain_their_gradient_in_one_dimension(n: int, grad: float, scale: float, seed: int) -> None:
    tau = stability.field(n, grad, scale, seed)
    places = np.linspace(0, n, 4000)[:, None]
    slopes = np.abs(tau.jacobian(places)).max()
    # Half a step from a maximum of a polynomial of waves up to 5/scale: 1 - (5 n / 8000 scale)^2 / 2.
    assert slopes >= grad * (1 - (5 * n / 8000 / scale) ** 2 / 2 - 1e-6)
    assert tau.grad_sup == grad


@given(FIELDS, SEEDS)
@settings(max_examples=40)
def test_the_jacobian_is_the_derivative(tau: Field, seed: int) -> None:
    points = np.random.default_rng(seed).uniform(0, 10, (5, tau.d))
    h = 1e-5
    for j in range(tau.d):
        step = h * np.eye(tau.d)[j]
        difference = (tau(points + step) - tau(points - step)) / (2 * h)
        # Third derivatives up to grad (5/1)^2 or (2 pi)^2 times h^2/6; rounding of tau over h.
        assert difference == pytest.approx(tau.jacobian(points)[..., j], abs=1e-8 * (1 + tau.sup))


@given(FIELDS)
@settings(max_examples=20)
def test_displacements_are_the_field_at_the_pixels(tau: Field) -> None:
    grid = np.stack(np.meshgrid(*(np.arange(float(n)) for n in tau.shape), indexing="ij"), axis=-1)
    assert tau.displacements() == pytest.approx(tau(grid), abs=1e-12 * (1 + tau.sup))


def test_points_and_grids_of_many_waves_take_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    # A grid is a product of axes; points come piece by piece.
    tau = 2 * stability.field((5, 6), 0.2, 0.5) + stability.translation((5, 6), (1, 2))
    points = np.random.default_rng(0).uniform(0, 5, (3, 4, 2))
    values, slopes = tau(points), tau.jacobian(points)
    monkeypatch.setattr(motions, "_AT_ONCE", 40)
    assert tau(points) == pytest.approx(values, abs=1e-13)
    assert tau.jacobian(points) == pytest.approx(slopes, abs=1e-13)
    assert tau(points[:0]).shape == (0, 4, 2)

    def refuse(*arguments: Any) -> Any:
        raise AssertionError("waves were summed at single points")

    expected = tau.displacements()
    monkeypatch.setattr(Waves, "_sum", refuse)
    assert np.array_equal(tau.displacements(), expected)


def test_random_fields_are_periodic_and_reproducible() -> None:
    tau = stability.field((10, 14), 0.3, 2.0, 5)
    points = np.random.default_rng(0).uniform(0, 10, (6, 2))
    assert tau(points + [10, 0]) == pytest.approx(tau(points), abs=1e-12)
    assert tau(points - [0, 28]) == pytest.approx(tau(points), abs=1e-12)
    assert np.array_equal(tau(points), stability.field((10, 14), 0.3, 2.0, 5)(points))
    assert not np.allclose(tau(points), stability.field((10, 14), 0.3, 2.0, 6)(points))


def test_correlation_falls_over_the_scale() -> None:
    # E <tau(u), tau(0)> is proportional to sum_k e^{-k^2 s^2} cos(k u) without k = 0: e^{-u^2/(4 s^2)}, less its mean.
    n, scale = 256, 6.0
    products = np.zeros(n)
    for seed in range(150):
        tau = stability.elastic(n, 1.0, scale, seed).displacements()[:, 0]
        spectrum = np.abs(np.fft.fft(tau)) ** 2
        products += np.fft.ifft(spectrum).real / n
    k = 2 * np.pi * np.fft.fftfreq(n)
    weights = np.where(np.abs(k) > 0, np.exp(-((k * scale) ** 2)), 0)
    expected = np.fft.ifft(weights).real
    # 150 fields of some 256/20 independent stretches: 1/44 each; four of them.
    assert products / products[0] == pytest.approx(expected / expected[0], abs=0.09)


def test_closed_forms() -> None:
    assert stability.translation((5, 5), (3, -4)).sup == 5
    assert stability.translation(5, 2).grad_sup == 0
    turn = stability.rotation((9, 5), 0.3)
    assert turn.grad_sup == pytest.approx(2 * math.sin(0.15), rel=1e-15, abs=0)
    assert turn.sup == pytest.approx(2 * math.sin(0.15) * math.hypot(4, 2), rel=1e-14, abs=0)
    larger = stability.scaling((9, 9), 2.0)
    assert larger(np.array([8.0, 4.0])) == pytest.approx([2, 0])
    wave = stability.sinusoid(20, 0.2, 5.0)
    assert wave.sup == pytest.approx(0.2 * 5 / (2 * math.pi))
    shear = stability.sinusoid((8, 8), 0.2, 5.0, along=1, moves=0)
    assert shear.jacobian(np.zeros(2)) == pytest.approx(np.array([[0, 0.2], [0, 0]]))


def test_closed_suprema_are_not_below_the_exact_numbers() -> None:
    """Multiples and sinusoids in fractions of the floats that they are: |tau| and |grad tau| are bounds."""
    one = stability.sinusoid(16, 0.3, 7.0)
    for factor in (1 / 3, 0.1, -0.7, 1e-3, 3.3):
        moved = factor * one
        assert Fraction(moved.sup) >= abs(Fraction(factor)) * Fraction(one.sup)
        assert Fraction(moved.grad_sup) >= abs(Fraction(factor)) * Fraction(one.grad_sup)
        assert moved.sup <= abs(factor) * one.sup * (1 + 3e-16)
    steepest = []
    for i in range(1, 60):
        wave = stability.sinusoid(16, i / 61, 2.0 + i / 7)
        motion: Any = wave.motion
        steepest.append(Fraction(float(motion.direction[0])) * Fraction(float(motion.k[0])))
        assert steepest[-1] <= Fraction(wave.grad_sup) <= steepest[-1] * (1 + Fraction(1, 2**51))
        assert Fraction(wave.sup) == Fraction(float(motion.direction[0]))


def test_elastic_fields_have_their_root_mean_square() -> None:
    moved = stability.elastic((12, 20), 1.7, 3.0, 2).displacements()
    # The pixels resolve the waves of a field of scale 3: the mean over them is that over the period.
    assert np.sqrt((moved**2).sum(axis=-1).mean()) == pytest.approx(1.7, rel=1e-12, abs=0)


def test_sums_and_multiples() -> None:
    one, two = stability.field((8, 8), 0.2, 2.0, 1), stability.translation((8, 8), (1, 2))
    points = np.random.default_rng(0).uniform(0, 7, (50, 2))
    assert (one + two)(points) == pytest.approx(one(points) + [1, 2])
    assert (-2 * one)(points) == pytest.approx(-2 * one(points))
    assert (-2 * one).grad_sup == 0.4
    assert (one + two).grad_sup <= 0.2 * (1 + 1e-9)
    assert stability.field((8, 8), 0.0).sup == 0
    assert getattr(stability.field, "translation")((8, 8), 1).sup == math.sqrt(2)  # noqa: B009  # mypy knows no attributes of functions


@given(st.sampled_from([(7,), (5, 6), (1, 9)]), SEEDS)
@settings(max_examples=40)
def test_suprema_of_sums_are_those_over_a_period(shape: tuple[int, ...], seed: int) -> None:
    # A maximum may lie between the last pixel and the first of the next period.
    one = stability.field(shape, 0.3, 2.0, seed) + stability.translation(shape, 0.5)
    two = one + stability.sinusoid(shape, 0.1, shape[-1] / 2, along=len(shape) - 1)
    points = np.random.default_rng(seed).uniform(0, shape, (1000, len(shape)))
    assert np.linalg.norm(two(points), axis=-1).max() <= two.sup * (1 + 1e-9)
    assert spectral_norms(two.jacobian(points)).max() <= two.grad_sup * (1 + 1e-9)
    short = stability.field(3, 0.3, 0.3, seed) + stability.translation(3, 0.0)
    places = np.linspace(0, 3, 3001)[:, None]
    assert np.abs(short(places)).max() <= short.sup * (1 + 1e-9)
    long = stability.sinusoid(9, 0.1, 64.0)
    exact = 2 * long.sup * math.sin(math.pi / 4)
    # Found to 1e-9, and raised by as much.
    assert exact * (1 - 1e-12) <= (long + long).sup <= exact * (1 + 1.1e-9)
    across = stability.sinusoid(shape, 0.1, 5.3) + stability.sinusoid(shape, 0.2, 5.3, phase=1.0)
    inside = points * (np.array(shape) - 1.0) / np.array(shape)  # no period of the image: over it
    assert np.linalg.norm(across(inside), axis=-1).max() <= across.sup * (1 + 1e-9)


@given(st.integers(1, 3), st.integers(1, 3), SEEDS)
@settings(max_examples=25)
def test_the_search_finds_the_maxima_of_waves_of_one_size(m: int, n: int, seed: int) -> None:
    # Random fields have hardly any of their shortest waves; here they are as strong as the others.
    rng = np.random.default_rng(seed)
    c = rng.standard_normal((2, 2, 2 * m + 1, 2 * n + 1))
    motion = Waves((4, 5), c[0] + 1j * c[1])
    tau = _measured((4, 5), motion, "waves")
    axes = [np.arange(256) / 64, np.arange(320) / 64]
    moved = np.linalg.norm(motion.on(axes), axis=-1).max()
    slope = spectral_norms(motion.on(axes, slope=True)).max()
    # Half a cell of a grid of 256 and 320 points loses 1 - cos(pi (m/256 + n/320) ...) at most: Bernstein's inequality.
    lost = math.cos(math.pi * (m / 256 + n / 320))
    for largest, found in ((moved, tau.sup), (slope, tau.grad_sup)):
        assert largest * (1 - 1e-12) <= found <= largest / lost


@given(st.integers(1, 2), SEEDS)
def test_spectral_norms_are_singular_values(d: int, seed: int) -> None:
    matrices = np.random.default_rng(seed).standard_normal((20, d, d))
    matrices[0] = np.eye(d)
    matrices[1] = 0
    expected = np.linalg.norm(matrices, ord=2, axis=(-2, -1))
    assert spectral_norms(matrices) == pytest.approx(expected, abs=1e-14)


def test_fields_of_extreme_sizes() -> None:
    wide = stability.field((8, 8), 0.1, 1e300)  # the longest waves alone
    assert wide.sup == pytest.approx(stability.field((8, 8), 0.1, 1e160).sup, rel=1e-12, abs=0)
    assert stability.field(8, 1e-300).sup < 1e-299
    x = np.random.default_rng(0).standard_normal((8, 1))
    for border in ("zero", "circular"):
        for shift in (5e-324, -1e-160, 1e-99):
            assert np.array_equal(warp(x, stability.translation(8, shift), border), x)
    assert stability.translation((8, 8), 1e99).sup == pytest.approx(2**0.5 * 1e99)
    assert stability.sinusoid(8, 0.1, 1e-100).grad_sup == 0.1


@given(st.floats(0, math.pi), st.floats(1.2, 2.8), st.floats(1.2, 2.8))
def test_the_search_climbs_along_narrow_ridges(angle: float, a: float, b: float) -> None:
    top, along = np.array([a, b]), np.array([math.cos(angle), math.sin(angle)])

    def height(points: Any) -> Any:
        gap = points - top
        ridge, across = gap @ along, gap @ np.array([-along[1], along[0]])
        return 10 - 0.05 * ridge**2 - 20 * across**2

    axes = [np.arange(5.0), np.arange(5.0)]
    values = height(np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1))
    assert supremum(height, values, axes, [None, (0.0, 4.0)]) == pytest.approx(10, rel=1e-9, abs=0)


def test_maxima_at_the_border_and_close_to_it_are_found() -> None:
    # Sums with an affine field have no period: the maximum over the image is inside or at its edge.
    for shape in ((2,), (8,), (3, 4)):
        for seed in range(12):
            tau = stability.field(shape, 0.125, 1.0, seed) + 0.5 * stability.scaling(shape, 1.2)
            axes = [np.linspace(0, n - 1, 4001 if len(shape) == 1 else 241) for n in shape]
            moved = np.linalg.norm(tau.motion.on(axes), axis=-1).max()
            slope = spectral_norms(tau.motion.on(axes, slope=True)).max()
            # Waves of at least 5 pixels / 5: half a step loses (2 pi / 2 / 80)^2 / 2 per axis at most, 2e-3.
            for largest, found in ((moved, tau.sup), (slope, tau.grad_sup)):
                assert largest * (1 - 1e-12) <= found <= largest * (1 + 2e-3)


# -- L_tau -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("border", ["zero", "circular"])
@given(st.integers(1, 9), st.integers(1, 9), st.integers(-9, 9), st.integers(-9, 9), SEEDS)
@settings(max_examples=30)
def test_whole_pixels_are_shifts(border: str, h: int, w: int, i: int, j: int, seed: int) -> None:
    x = np.random.default_rng(seed).standard_normal((2, h, w, 3))
    expected = np.zeros_like(x)
    for u in range(h):
        for v in range(w):
            a, b = u - i, v - j
            if border == "circular":
                a, b = a % h, b % w
            if 0 <= a < h and 0 <= b < w:
                expected[:, u, v] = x[:, a, b]
    moved = warp(x, stability.translation((h, w), (i, j)), border)
    assert np.array_equal(moved, expected)


def test_a_quarter_turn_is_rot90() -> None:
    x = np.random.default_rng(0).standard_normal((6, 6, 2))
    turned = warp(x, stability.rotation((6, 6), math.pi / 2))
    assert turned == pytest.approx(np.rot90(x), abs=1e-14)


@given(FIELDS, SEEDS)
@settings(max_examples=40)
def test_waves_are_moved_exactly(tau: Field, seed: int) -> None:
    """On a circle the array of a wave below the highest frequency stands for that wave, at every point."""
    rng = np.random.default_rng(seed)
    k = np.array([2 * np.pi * rng.integers(-((n - 1) // 2), (n - 1) // 2 + 1) / n for n in tau.shape])
    phase = rng.uniform(0, 7)
    grid = np.stack(np.meshgrid(*(np.arange(float(n)) for n in tau.shape), indexing="ij"), axis=-1)
    moved = warp(np.cos(grid @ k + phase)[..., None], tau, "circular")[..., 0]
    # Sums of up to 144 terms; the phase k tau has an error of |tau| ulp.
    assert moved == pytest.approx(np.cos((grid - tau.displacements()) @ k + phase), abs=1e-12 * (1 + tau.sup))


def test_the_zero_border_is_the_circular_one_of_a_wide_margin() -> None:
    x = np.random.default_rng(3).standard_normal((12, 1))
    points = np.array([[3.3], [-1.4], [11.9]])
    direct = Interpolation.at(points, (12,), "zero").apply(x[None])[0, :, 0]
    n = 2**16 + 1
    wide = np.zeros((n, 1))
    wide[:12] = x
    periodic = Interpolation.at(points, (n,), "circular").apply(wide[None])[0, :, 0]
    # Images at the distance n: sinc series alternate, which leaves t/n^2-like terms below 1e-8.
    assert direct == pytest.approx(periodic, abs=1e-7)


def test_small_deformations_have_the_derivative_of_the_continuum() -> None:
    # (L_{s tau} x - x)/s -> -tau . grad x without any error of first order, which a linear interpolation has.
    n = 32
    u = np.arange(n)
    x = np.exp(np.cos(2 * np.pi * u / n))
    slope = -2 * np.pi / n * np.sin(2 * np.pi * u / n) * x
    tau = stability.field(n, 0.5, 3.0, 1)
    expected = -tau.displacements()[:, 0] * slope
    for s in (1e-2, 1e-4):
        found = (warp(x[:, None], s * tau, "circular")[:, 0] - x) / s
        # The second order: |tau|^2 |x''| / 2 < 0.1 at |tau| <= 1.5, times s; rounding 1e-15/s.
        assert np.abs(found - expected).max() < 0.2 * s + 1e-14 / s


@given(FIELDS, SEEDS, st.sampled_from(["zero", "circular"]))
@settings(max_examples=30)
def test_operator_matrix_and_adjoint_agree(tau: Field, seed: int, border: str) -> None:
    rng = np.random.default_rng(seed)
    size = math.prod(tau.shape)
    operator, matrix = (Interpolation.of(tau, border).operator(), Interpolation.of(tau, border).matrix)
    v, w = rng.standard_normal((2, size))
    assert operator.matvec(v) == pytest.approx(matrix @ v, abs=1e-12)
    assert operator.rmatvec(w) == pytest.approx(matrix.T @ w, abs=1e-12)
    x = rng.standard_normal((3, *tau.shape, 2))
    moved = warp(x, tau, border).reshape(3, size, 2)
    assert moved == pytest.approx(np.einsum("pk,nkc->npc", matrix, x.reshape(3, size, 2)), abs=1e-12)


def test_many_points_are_moved_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    tau = stability.field((7, 5), 0.5, 2.0)
    x = np.random.default_rng(0).standard_normal((2, 7, 5, 3))
    whole = warp(x, tau)
    monkeypatch.setattr(warping, "_FACTORS", 50)  # 4 points of 35 at once
    assert warp(x, tau) == pytest.approx(whole, abs=1e-15)
    assert warp(x[:0], tau).shape == (0, 7, 5, 3)


def test_arrays_of_all_kinds() -> None:
    tau = stability.field((6, 5), 0.2, 2.0)
    x = np.random.default_rng(0).standard_normal((2, 3, 6, 5, 2))
    expected = warp(x, tau)
    assert expected.shape == x.shape
    assert warp(np.asfortranarray(x), tau) == pytest.approx(expected, abs=1e-14)
    assert warp(x[:, ::-1], tau) == pytest.approx(expected[:, ::-1], abs=1e-14)
    single = warp(x.astype(np.float32), tau)
    assert single.dtype == np.float32
    assert single == pytest.approx(expected, abs=1e-5)
    whole = np.arange(60).reshape(6, 5, 2)
    assert warp(whole, tau) == pytest.approx(warp(whole.astype(float), tau), abs=0)
    assert warp(np.zeros((0, 6, 5, 1)), tau).shape == (0, 6, 5, 1)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: stability.field((4, 4, 3)), ValueError, "shape must be the positions"),
        (lambda: stability.field(()), ValueError, "shape must be the positions"),
        (lambda: stability.field(None), ValueError, "shape must be the positions"),
        (lambda: stability.field((4.5, 4)), TypeError, "shape must be an integer"),
        (lambda: stability.field((0, 4)), ValueError, "shape must be an integer from 1"),
        (lambda: stability.field((1, 1)), ValueError, "shape must have 2 positions along an axis"),
        (lambda: stability.field(8, grad=-0.1), ValueError, "grad must be from 0 to"),
        (lambda: stability.field(8, grad=math.nan), ValueError, "grad must be from 0 to"),
        (lambda: stability.field(8, grad=TEXT), TypeError, "grad must be a real number"),
        (lambda: stability.field(8, scale=0.0), ValueError, "scale must be > 0"),
        (lambda: stability.field(8, scale=1e-4), ValueError, "scale must be at least"),
        (lambda: stability.field(8, rng="a"), TypeError, "rng must be a seed"),
        (lambda: stability.elastic(8, alpha=-1), ValueError, "alpha must be from 0 to"),
        (lambda: stability.translation((4, 4), (1, 2, 3)), ValueError, "shift must have 2 numbers"),
        (lambda: stability.translation(4, "a"), TypeError, "shift must be a real number"),
        (lambda: stability.rotation(8, 0.1), ValueError, r"shape must be \(height, width\)"),
        (lambda: stability.scaling(8, 0.0), ValueError, "factor must be from"),
        (lambda: stability.scaling(8, 1e-308), ValueError, "factor must be from"),
        (lambda: stability.translation(8, 1e308), ValueError, "shift must be from"),
        (lambda: stability.sinusoid(8, 0.1, 1e-310), ValueError, "wavelength must be from"),
        (lambda: stability.sinusoid(8, 1e90, 1e90), ValueError, r"at most 1e\+100; sinusoid"),
        (lambda: stability.field(8, 1e300), ValueError, "grad must be from 0 to"),
        (lambda: 1e80 * (1e80 * stability.field(8)), ValueError, r"at most 1e\+100; 1e\+80\*"),
        (
            lambda: stability.sinusoid((64, 64), 0.1, 0.01) + stability.translation((64, 64), 1),
            ValueError,
            "waves long enough",
        ),
        (lambda: stability.field((512, 512), scale=0.5), ValueError, "waves long enough"),
        (lambda: stability.field(8)([math.nan]), ValueError, "points must be finite"),
        (lambda: stability.field(8)([1j]), TypeError, "points must be a real number"),
        (lambda: stability.field(8).jacobian("a"), TypeError, "points must be a real number"),
        (lambda: stability.sinusoid(8, 0.1, 0.0), ValueError, "wavelength must be from"),
        (lambda: stability.sinusoid(8, along=1), ValueError, "along must be an axis"),
        (lambda: stability.field(8) + stability.field(9), ValueError, "one shape"),
        (lambda: stability.field(8) * math.inf, ValueError, "factor must be finite"),
        (lambda: stability.field(8)(np.zeros((3, 2))), ValueError, "points must have shape"),
        (lambda: warp(np.zeros((8, 1)), TEXT), TypeError, "tau must be a field"),
        (lambda: warp(np.zeros((7, 1)), stability.field(8)), ValueError, "x must have shape"),
        (lambda: warp(np.zeros(8), stability.field(8)), ValueError, "x must have shape"),
        (lambda: warp(np.full((8, 1), np.nan), stability.field(8)), ValueError, "x must be finite"),
        (lambda: warp(np.zeros((8, 1), complex), stability.field(8)), TypeError, "real array"),
        (lambda: warp(np.zeros((8, 1)), stability.field(8), "valid"), ValueError, "border must be"),
    ],
)
def test_bad_input(call: Callable[..., Value], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
