"""Gram matrices: values against 50 digits, coincident rows, rows of every size, networks with biases, doors."""

from __future__ import annotations

import functools
import itertools
import warnings
from collections.abc import Callable
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
from kernelspec.gram import blocks
from kernelspec.gram import vectors as gram_module
from kernelspec.gram.tiles import reach
from kernelspec.numbers.arithmetic_protocol import Array, Value

MP = mpmath.MPContext()
MP.dps = 45
KERNELS = [
    ks.linear(),
    ks.polynomial(0),
    ks.polynomial(3),
    ks.arccos(0),
    ks.arccos(1),
    ks.arccos(2),
    ks.rf(4),
    ks.ntk(3),
    ks.laplace(),
    ks.laplace(1, Fraction(1, 4)),
    ks.exponential(Fraction(3, 5)),
    ks.exponential(Fraction(1, 1000)),
    ks.dual("erf"),
    1 + ks.ntk(3),
    ks.laplace() * ks.arccos(1),
    ks.laplace() @ ks.arccos(1),
    ks.mlp(3, slope=-1),
    ks.resnet(3, tangent=True),
]
BIASED = [
    ks.mlp(3, bias_variance=0.1),
    ks.mlp(3, bias_variance=0.1, tangent=True),
    ks.mlp(2, slope=0.5, weight_variance=1.5, bias_variance=2, tangent=True),
    ks.mlp(4, slope=-1, bias_variance=0.3),
    ks.mlp(6, slope=1, bias_variance=0.2, tangent=True),
    ks.mlp(1, bias_variance=0.5),
    ks.ntk(1, bias=True),
    ks.ntk(2, bias=True),
    ks.ntk(4, bias=True),
]


@functools.cache
def value_at(kernel: ks.Zonal, u: Value) -> Value:
    """kappa(u): of a symmetric matrix, and of one with another normalisation, the cosines are the same."""
    return kernel(u)


def exact(kernel: ks.Zonal, x: Array, y: Array, normalize: bool = False) -> Value:
    """|x||y| kappa(cos) of the floats as they are, to 50 digits."""
    a, b = ([MP.mpf(float(v)) for v in row] for row in (x, y))
    r, s = MP.sqrt(MP.fsum(v * v for v in a)), MP.sqrt(MP.fsum(v * v for v in b))
    if not r or not s:
        return MP.mpf(0)
    cosine = MP.fsum(v * w for v, w in zip(a, b, strict=True)) / (r * s)
    value = value_at(kernel, max(min(cosine, MP.mpf(1)), MP.mpf(-1)))
    return value if normalize else r * s * value


def relative(found: Value, kernel: ks.Zonal, x: Array, y: Array, normalize: bool = False) -> float:
    """The largest error of a matrix, relative to the norms and the kernel's size.

    What the rounding of a direction in float64 does to an angle is taken off: a steep kernel magnifies it.
    """
    worst, size = MP.mpf(0), max(abs(kernel.at_one), float(abs(kernel(-1.0))), 1e-3)
    for (i, a), (j, b) in itertools.product(enumerate(x), enumerate(y)):
        wanted = exact(kernel, a, b, normalize)
        r, s = MP.norm(a.tolist()), MP.norm(b.tolist())
        scale = 1 if normalize else r * s
        magnified = MP.mpf(0)
        error = abs(MP.mpf(float(found[i, j])) - wanted) / (scale or 1)
        if r and s and error > 2e-15 * size:
            cosine = MP.fsum(MP.mpf(p) * MP.mpf(q) for p, q in zip(a.tolist(), b.tolist(), strict=True))
            angle = MP.acos(max(min(cosine / (r * s), MP.mpf(1)), MP.mpf(-1)))
            if 1e-40 < angle < MP.pi - MP.mpf(1e-40):  # multiples are exact
                shifts = (MP.cos(max(angle - 4e-16, MP.mpf(0))), MP.cos(min(angle + 4e-16, +MP.pi)))
                magnified = max(abs(value_at(kernel, u) - value_at(kernel, MP.cos(angle))) for u in shifts)
        worst = max(worst, (error - magnified) / size)
    return float(worst)


def rows(rng: np.random.Generator, n: int, d: int) -> Any:
    """Random rows, with duplicates, multiples, opposites, and neighbours at every distance."""
    x = rng.standard_normal((n, d))
    near = [x[0] + 10.0**-k * rng.standard_normal(d) for k in (1, 3, 5, 8, 12, 15)]
    far = [-3 * x[1] + 10.0**-k * rng.standard_normal(d) for k in (2, 4, 7, 11)]
    return np.array([*x, x[0], 2 * x[0], -x[1], *near, *far, np.zeros(d)])


# -- values ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
@pytest.mark.parametrize("normalize", [False, True])
def test_values_to_fifty_digits(kernel: ks.Zonal, normalize: bool, rng: np.random.Generator) -> None:
    x, y = rows(rng, 2, 5), rows(rng, 2, 5)
    y[:2] = x[:2]  # coincident rows of two different arrays
    for kind, eps in ((np.float64, 2.0**-52), (np.float32, 2.0**-23)):
        a, b = x.astype(kind), y.astype(kind)
        for left, right, found in (
            (a, b, kernel.gram(a, b, normalize=normalize)),
            (a[::2], a[::2], kernel.gram(a[::2], normalize=normalize)),
        ):
            assert found.dtype == kind
            # 1e-14 or 1e-6 is allowed to the rounding of a cosine (`tiles`), the rest to that of kappa
            limit = 60 * eps
            assert relative(found, kernel, left, right, normalize) < limit


@pytest.mark.parametrize("kernel", [*KERNELS, *BIASED], ids=repr)
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_duplicates_have_the_values_of_the_diagonal(kernel: ks.Zonal, kind: Any, rng: np.random.Generator) -> None:
    x = rng.standard_normal((7, 9)).astype(kind)
    x = np.concatenate([x, x[:3], 4 * x[3:5]])
    matrix, copied = kernel.gram(x), kernel.gram(x, x.copy())
    eps, scale = float(np.finfo(kind).eps), np.sqrt(np.outer(np.diag(matrix), np.diag(matrix)))
    assert np.max(np.abs(matrix - copied) / scale) <= 6 * eps
    for i in range(3):
        assert matrix[i, 7 + i] == pytest.approx(matrix[i, i], rel=4 * eps, abs=0)
    np.testing.assert_array_equal(matrix, matrix.T)


def test_float32_tangent_kernels_are_positive_semi_definite(rng: np.random.Generator) -> None:
    x = rng.standard_normal((40, 10)).astype(np.float32)
    x = np.concatenate([x, x, x * (1 + rng.integers(-1, 2, x.shape) * np.float32(1e-7))])
    for kernel in (ks.ntk(3), ks.laplace(1, Fraction(1, 4)), ks.arccos(0)):
        matrix = kernel.gram(x).astype(np.float64)
        smallest = np.linalg.eigvalsh(matrix)[0]
        assert smallest > -4e-7 * np.trace(matrix)  # the rounding of 120 rows of float32


def test_predictions_at_training_points_are_those_of_the_training_matrix(rng: np.random.Generator) -> None:
    x = rng.standard_normal((20, 5))
    for kernel in (ks.ntk(3), ks.arccos(0), ks.laplace(1, Fraction(1, 4))):
        np.testing.assert_allclose(kernel.gram(x.copy(), x), kernel.gram(x), rtol=4e-15, atol=0)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("spread", [1e-2, 1e-4, 1e-9])
def test_data_in_a_narrow_cone(kind: Any, spread: float, rng: np.random.Generator) -> None:
    # All pairs are near: a matrix product of centred directions, and gathered pairs where that is not enough.
    x = (1 + spread * rng.standard_normal((14, 12))).astype(kind)
    x = np.concatenate([x, x[:2], -x[2:4]])
    for kernel in (ks.ntk(3), ks.arccos(0), ks.laplace(1, Fraction(1, 4))):
        assert relative(kernel.gram(x, x.copy()), kernel, x, x) < 60 * np.finfo(kind).eps


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 4), st.sampled_from(KERNELS))
def test_elementwise_is_pairwise(seed: int, d: int, kernel: ks.Zonal) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((4, d)), rng.standard_normal((3, d))
    matrix = kernel.gram(x, y)
    assert matrix.shape == (4, 3)
    alone = [[kernel.gram(a[None], b[None])[0, 0] for b in y] for a in x]
    scale = np.linalg.norm(x, axis=1)[:, None] * np.linalg.norm(y, axis=1) * max(1, kernel.at_one)
    assert np.max(np.abs(matrix - alone) / scale) < 1e-13
    np.testing.assert_allclose(kernel.gram(y, x), matrix.T, rtol=0, atol=1e-13 * scale.max())
    scaled = kernel.gram(2 * x, 4 * y)  # powers of 2: exactly homogeneous, in both arguments
    np.testing.assert_array_equal(scaled, 8 * matrix)
    np.testing.assert_allclose(
        kernel.gram(x, y, normalize=True) * scale / max(1, kernel.at_one), matrix, rtol=1e-13, atol=1e-13
    )


def test_how_near_is_asked_of_the_kernel() -> None:
    # A smooth kernel needs no repair; the steeper it is, the farther it reaches.
    assert reach(ks.linear(), 4 * 2.0**-53, 1e-14) == 0
    assert 0 < reach(ks.arccos(0), 4 * 2.0**-53, 1e-14) < reach(ks.arccos(0), 4 * 2.0**-24, 1e-6) < 0.1
    assert reach(ks.exponential(Fraction(1, 1000)), 4 * 2.0**-53, 1e-14) > 1e-6


# -- rows of every size ------------------------------------------------------------------------------

SIZES = [5e-324, 1e-310, 1e-200, 1e-160, 1e-30, 1.0, 1e30, 1e160, 1e200, 1e308, 1.7e308]


@pytest.mark.parametrize("kernel", [ks.ntk(3), ks.arccos(0), ks.linear()], ids=repr)
def test_rows_of_every_size(kernel: ks.Zonal) -> None:
    directions = [[1.0, 0.5, -0.25], [1.0, 1.0, 1.0], [-1.0, 0.0, 0.5]]
    x = np.array([np.array(row) * size for row in directions for size in SIZES])
    with np.errstate(all="raise"):  # neither the user's error state nor a warning has a say
        matrix = kernel.gram(x)
        other = kernel.gram(x, x.copy())
    largest, smallest = MP.mpf(np.finfo(float).max), MP.mpf(5e-324)
    for found in (matrix, other):
        assert not np.any(np.isnan(found))
        for i, j in itertools.product(range(len(x)), repeat=2):
            wanted = exact(kernel, x[i], x[j])
            if abs(wanted) > largest * (1 + MP.mpf(2) ** -52):
                assert found[i, j] == (np.inf if wanted > 0 else -np.inf)
            elif abs(wanted) < largest * (1 - MP.mpf(2) ** -48):
                scale = abs(wanted) + abs(exact(ks.polynomial(0), x[i], x[j])) / 100
                assert abs(MP.mpf(found[i, j]) - wanted) <= 3e-13 * scale + 3 * smallest


def test_rows_of_every_size_in_float32() -> None:
    sizes = np.array([1e-45, 1e-40, 1e-20, 1.0, 1e20, 1e38, 3e38], dtype=np.float32)
    x = np.array([[1.0, 0.0], [0.6, 0.8]], dtype=np.float32)
    x = (x[:, None, :] * sizes[:, None]).reshape(-1, 2)
    matrix = ks.rf(3).gram(x)
    assert matrix.dtype == np.float32 and not np.any(np.isnan(matrix))
    for i, j in itertools.product(range(len(x)), repeat=2):
        wanted = float(exact(ks.rf(3), x[i], x[j]))
        if wanted < 3.3e38:
            assert matrix[i, j] == pytest.approx(wanted, rel=1e-5, abs=3e-45)
        elif wanted > 3.5e38:
            assert matrix[i, j] == np.inf


def test_a_row_of_zeros_has_values_of_zero_where_the_kernel_is_infinite() -> None:
    for kernel in (ks.arccos(0).derivative(), ks.defect_power(-0.25), ks.sine_power(-1.5)):
        x = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 2.0]])
        for matrix in (kernel.gram(x), kernel.gram(x, x.copy()), kernel.gram(x, normalize=True)):
            assert np.all(matrix[1] == 0) and np.all(matrix[:, 1] == 0)
            assert matrix[0, 0] == matrix[2, 2] == np.inf
            assert np.isfinite(matrix[0, 2])


def test_normalize_is_kappa_of_the_cosine(rng: np.random.Generator) -> None:
    x, y = rng.standard_normal((5, 3)), 7 * rng.standard_normal((4, 3))
    cosine = (x @ y.T) / np.linalg.norm(x, axis=1)[:, None] / np.linalg.norm(y, axis=1)
    for kernel in (*KERNELS, *BIASED):
        np.testing.assert_allclose(kernel.gram(x, y, normalize=True), kernel(cosine), rtol=0, atol=2e-13)
    assert np.all(np.diag(ks.ntk(3).gram(x, normalize=True)) == 3)


# -- networks with biases ----------------------------------------------------------------------------


def gaussian_moment(function: Callable[[Value, Value], Value], a: Value, b: Value, c: Value) -> Value:
    """E f(u, v) for (u, v) ~ N(0, [[a, c], [c, b]]) by quadrature in the angle, f homogeneous of degree 0 or 2."""
    root, one = MP.sqrt(max(a * b - c * c, MP.mpf(0))), MP.sqrt(a)

    def integrand(t: Value) -> Value:
        # u = sqrt(a) cos t, v = (c cos t + root sin t)/sqrt(a), times a radius with E r^2 = 2
        cosine, sine = MP.cos_sin(t)
        return function(one * cosine, (c * cosine + root * sine) / one)

    turn = MP.atan2(-c, root)  # where v = 0
    ends = sorted({-MP.pi, -MP.pi / 2, MP.mpf(0), MP.pi / 2, +MP.pi, turn, turn + MP.pi, turn - MP.pi})
    ends = [e for e in ends if -MP.pi <= e <= MP.pi]
    return MP.quad(integrand, ends) / (2 * MP.pi)


def network(x: Array, y: Array, depth: int, slope: float, weight: float, bias: float, tangent: bool) -> Array:
    """The kernel of `mlp`'s network from its definition, by Gaussian integrals; not divided by anything."""
    s, w, b = MP.mpf(slope), MP.mpf(weight), MP.mpf(bias)
    phi = lambda z: z if z > 0 else s * z  # noqa: E731
    step = lambda z: MP.mpf(1) if z > 0 else s  # noqa: E731
    inner = MP.fsum(MP.mpf(p) * MP.mpf(q) for p, q in zip(x, y, strict=True))
    qx, qy = (w * MP.fsum(MP.mpf(p) ** 2 for p in row) + b for row in (x, y))
    k = w * inner + b
    t = k
    for _ in range(depth - 1):
        if tangent:
            t = w * gaussian_moment(lambda u, v: step(u) * step(v), qx, qy, k) * t
        k = w * 2 * gaussian_moment(lambda u, v: phi(u) * phi(v), qx, qy, k) + b
        qx, qy = (w * q * (1 + s * s) / 2 + b for q in (qx, qy))
        t = t + k
    return t if tangent else k


def test_the_example_of_the_network_with_biases() -> None:
    found = ks.mlp(3, bias_variance=0.1).gram([[0.5], [2.0]])
    np.testing.assert_allclose(found, [[0.348, 1.010], [1.010, 3.609]], rtol=0, atol=5e-4)
    # q_3 = 2 q_2/2 + .1, ...: the diagonal is (2 x^2 + .3)/2.3
    np.testing.assert_allclose(np.diag(found), [0.8 / 2.3, 8.3 / 2.3], rtol=1e-15)


@pytest.mark.parametrize(
    ("depth", "slope", "weight", "bias", "tangent"),
    [
        (1, 0.0, 2.0, 0.5, False),
        (1, 0.0, 2.0, 0.5, True),
        (2, 0.5, 1.5, 0.25, False),
        (2, -1.0, 1.0, 2.0, True),
        (3, 0.0, 2.0, 0.125, False),
        (3, 0.0, 2.0, 0.125, True),
        (3, 1.0, 1.0, 0.125, True),
        (4, 0.25, 0.75, 1.0, True),
    ],
)
def test_biases_against_gaussian_integrals(depth: int, slope: float, weight: float, bias: float, tangent: bool) -> None:
    x = np.array([[0.5, -1.0, 0.25], [2.0, 1.0, -1.0], [-4.0, -2.0, 2.0], [0.01, 0.0, 0.0], [0.0, 0.0, 0.0]])
    kernel = ks.mlp(depth, slope, weight, bias, tangent)
    matrix = kernel.gram(x)
    with MP.workdps(36):  # half of them are lost where two rows are multiples; the floats have 16
        # the output's variance at |x| = 1
        size = network([1.0], [1.0], depth, slope, weight, bias, False)
        exact = {
            (i, j): float(network(x[i], x[j], depth, slope, weight, bias, tangent) / size)
            for i, j in itertools.combinations_with_replacement(range(len(x)), 2)
        }
    for (i, j), wanted in exact.items():
        assert matrix[i, j] == pytest.approx(wanted, rel=2e-14, abs=2e-15)
    units = x[:2] / np.linalg.norm(x[:2], axis=1)[:, None]
    np.testing.assert_allclose(kernel.gram(units), kernel.gram(units, normalize=True), rtol=1e-14)


def test_biases_of_wide_finite_networks(rng: np.random.Generator) -> None:
    # Random networks of 500 neurons, as `mlp` defines them; 60 of them leave 4 percent.
    x, width = np.array([[0.5, 0.0], [1.5, 2.0], [0.2, -0.1]]), 500
    total = np.zeros((3, 3))
    for _ in range(60):
        h = np.sqrt(2) * x @ rng.standard_normal((2, width)) + np.sqrt(0.5) * rng.standard_normal(width)
        h = np.maximum(h, 0) @ rng.standard_normal((width, width)) * np.sqrt(2 / width)
        h += np.sqrt(0.5) * rng.standard_normal(width)
        total += h @ h.T / width / 60
    matrix = ks.mlp(2, bias_variance=0.5).gram(x) * (2 * 1 + 2 * 0.5)  # q_2 = q_1 + 1/2 = 3
    np.testing.assert_allclose(total, matrix, rtol=0.05)


def input_bias_network(x: Array, y: Array, depth: int) -> float:
    """T_1 = x.y + 1, T_l = kappa_0 T_{l-1} + |x||y| kappa_1(...), term by term (claim 26)."""
    r, s = np.linalg.norm(x), np.linalg.norm(y)
    cosine = min(1.0, max(-1.0, float(np.dot(x, y) / (r * s))))
    total, correlation = float(np.dot(x, y)) + 1, cosine
    for _ in range(depth - 1):
        angle = np.arccos(correlation)
        total *= 1 - angle / np.pi
        correlation = (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / np.pi
        total += r * s * correlation
    return total


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
def test_the_input_bias_off_the_sphere(depth: int, rng: np.random.Generator) -> None:
    x, y = 3 * rng.standard_normal((5, 4)), rng.standard_normal((4, 4)) / 3
    found = ks.ntk(depth, bias=True).gram(x, y)
    wanted = [[input_bias_network(a, b, depth) for b in y] for a in x]
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    np.testing.assert_allclose(np.diag(ks.ntk(depth, bias=True).gram(x)), depth * np.sum(x * x, axis=1) + 1, rtol=1e-14)


def test_near_coincident_rows_of_networks_with_biases(rng: np.random.Generator) -> None:
    # |K(x,x) + K(y,y) - 2 K(x,y)| of near rows, against the same in exact layers: the slope kappa_0 is not smooth.
    x = rng.standard_normal(4)
    for kernel, args in (
        (ks.mlp(2, 0, 2, 0.25, True), (2, 0.0, 2.0, 0.25, True)),
        (ks.mlp(3, 0, 2, 0.25, True), (3, 0.0, 2.0, 0.25, True)),
    ):
        size = network([1.0], [1.0], *args[:-1], False)
        for gap in (1e-3, 1e-6, 1e-9):
            y = x + gap * np.array([1.0, -1.0, 0.5, 0.0])
            for other in (y, 2 * y):
                wanted = float(network(x, other, *args) / size)
                found = kernel.gram(x[None], other[None])[0, 0]
                assert found == pytest.approx(wanted, rel=4e-15 + 1e-15 / gap * gap, abs=0)


def test_sums_of_networks_with_biases() -> None:
    x = np.array([[0.5, 1.0], [2.0, -1.0]])
    net, other = ks.mlp(3, bias_variance=0.1), ks.ntk(2, bias=True)
    np.testing.assert_allclose(
        (2 * net + other - ks.ntk(3)).gram(x), 2 * net.gram(x) + other.gram(x) - ks.ntk(3).gram(x), rtol=1e-14
    )


@pytest.mark.parametrize(
    "kernel",
    [
        ks.mlp(3, bias_variance=0.1) * ks.arccos(1),
        ks.arccos(1) @ ks.mlp(3, bias_variance=0.1),
        ks.laplace() @ (Fraction(1, 4) * ks.ntk(3, bias=True)),
        ks.ntk(3) + ks.relu_layer(0.25, 0.25),
    ],
    ids=repr,
)
def test_what_hides_a_bias_is_refused_off_the_sphere(kernel: ks.Zonal) -> None:
    x = np.array([[0.6, 0.8], [1.0, 0.0]])
    np.testing.assert_allclose(kernel.gram(x), kernel.gram(x, normalize=True), rtol=1e-14)
    for wrong in (2 * x, np.array([[0.6, 0.8], [0.0, 0.0]])):
        with pytest.raises(ValueError, match="rows of norm 1.*normalize=True"):
            kernel.gram(wrong)
        kernel.gram(wrong, normalize=True)


def test_homogeneous_kernels_stay_what_they_are() -> None:
    x = np.array([[3.0, 4.0], [1.0, 0.0]])
    np.testing.assert_allclose((1 + ks.ntk(3)).gram(x), ks.ntk(3).gram(x) + [[25, 5], [5, 1]])
    for kernel in KERNELS:
        assert kernel.homogeneous
    for kernel in BIASED:
        assert not kernel.homogeneous


# -- doors -------------------------------------------------------------------------------------------


@pytest.fixture
def heavy(monkeypatch: pytest.MonkeyPatch) -> None:
    """However little there is to do, several workers do it, in several tiles."""
    monkeypatch.setattr(blocks, "_LIGHT", 0)
    monkeypatch.setattr(gram_module, "_TILE", 16)


@pytest.mark.parametrize("kernel", [ks.ntk(3), ks.mlp(3, bias_variance=0.1, tangent=True)], ids=repr)
def test_memory_threads_progress_and_files_change_nothing(
    kernel: ks.Zonal, heavy: None, tmp_path: Path, rng: np.random.Generator
) -> None:
    x, y = rng.standard_normal((70, 6)), rng.standard_normal((33, 6))
    x[40:45] = x[:5]
    pytest.importorskip("threadpoolctl")
    for number, other in enumerate((None, y)):
        wanted = kernel.gram(x, other, threads=1)
        for threads in (1, 2, None):
            np.testing.assert_array_equal(kernel.gram(x, other, threads=threads), wanted)
        small = kernel.gram(x, other, memory=2**22, threads=1)
        np.testing.assert_allclose(small, wanted, rtol=1e-13, atol=1e-13)
        seen: list[int] = []

        def bar(steps: Any, total: int, seen: list[int] = seen) -> Any:
            seen.append(total)
            for step in steps:
                seen.append(step)
                yield step

        np.testing.assert_array_equal(kernel.gram(x, other, progress=bar, threads=1), wanted)
        assert seen[0] == len(seen) - 1 > 1
        path = tmp_path / f"matrix{number}.npy"
        kept = kernel.gram(x, other, out=path, threads=1)
        np.testing.assert_array_equal(kept, wanted)
        np.testing.assert_array_equal(np.load(path), wanted)
        with pytest.raises(ValueError, match="out must name a file that is not there yet"):
            kernel.gram(x, other, out=path)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_prepared_together_are_those_prepared_alone(
    dtype: DTypeLike, heavy: None, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    x = rng.standard_normal((75, 6)).astype(dtype)
    x[17], x[60] = 0, x[3]
    for kernel in (ks.ntk(3), ks.ntk(2, bias=True)):
        together = kernel.gram(x)
        with monkeypatch.context() as patch:
            patch.setattr(gram_module, "_AHEAD", 0)
            np.testing.assert_array_equal(kernel.gram(x), together)


def test_a_run_that_was_cut_off_goes_on(heavy: None, tmp_path: Path, rng: np.random.Generator) -> None:
    x = rng.standard_normal((200, 4))
    options: dict[str, Any] = {"memory": 3 * 2**20, "threads": 1, "out": tmp_path / "matrix.npy"}

    def stopped(steps: Any, total: int) -> Any:
        for number, step in enumerate(steps):
            if number > total // 2:
                raise KeyboardInterrupt
            yield step

    with pytest.raises(KeyboardInterrupt):
        ks.ntk(3).gram(x, progress=stopped, **options)
    assert not (tmp_path / "matrix.npy").exists()
    with pytest.raises(ValueError, match="other data"):
        ks.ntk(4).gram(x, **options)
    np.testing.assert_allclose(ks.ntk(3).gram(x, **options), ks.ntk(3).gram(x), rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"memory": 0}, ValueError, "memory must be an integer from 1"),
        ({"memory": 1000}, ValueError, "memory must be at least .* bytes"),
        ({"memory": "1"}, TypeError, "memory must be an integer"),
        ({"threads": 0}, ValueError, "threads must be an integer from 1"),
        ({"progress": 3}, TypeError, "progress must be a callable"),
        ({"out": 3}, TypeError, "out must be the path"),
        ({"normalize": 1}, TypeError, "normalize must be True or False"),
    ],
)
def test_bad_options(options: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        ks.ntk(3).gram(np.eye(3), **options)


def test_shapes() -> None:
    for shape in ((0, 3), (3, 0), (0, 0)):
        x = np.zeros(shape)
        assert ks.ntk(3).gram(x).shape == (shape[0], shape[0])
        assert ks.ntk(3).gram(x, np.zeros((2, shape[1]))).shape == (shape[0], 2)
    with pytest.raises(ValueError, match=r"x must have shape \(n, d\); got shape \(3,\)"):
        ks.ntk(3).gram(np.ones(3))
    with pytest.raises(ValueError, match="same number of columns"):
        ks.ntk(3).gram(np.eye(3), np.eye(2))


# -- other libraries ---------------------------------------------------------------------------------


def libraries() -> list[Any]:
    """array-api-strict, PyTorch and JAX, where they are installed."""
    found = []
    for name in ("array_api_strict", "torch", "jax.numpy"):
        try:
            found.append(pytest.param(__import__(name, fromlist=["asarray"]), id=name))
        except ImportError:
            found.append(pytest.param(None, id=name, marks=pytest.mark.skip(f"no {name}")))
    return found


@pytest.mark.parametrize("library", libraries())
@pytest.mark.parametrize("kernel", [ks.ntk(3), ks.arccos(0), ks.laplace(1, 0.25), *BIASED[:2]], ids=repr)
def test_arrays_of_other_libraries(library: Any, kernel: ks.Zonal, rng: np.random.Generator) -> None:
    pytest.importorskip("array_api_compat")
    x, y = (rows(rng, 4, 6).astype(np.float32) for _ in range(2))
    y[:3] = x[:3]
    left, right = library.asarray(x), library.asarray(y)
    for found, wanted in (
        (kernel.gram(left), kernel.gram(x)),
        (kernel.gram(left, right), kernel.gram(x, y)),
        (kernel.gram(left, right, normalize=True), kernel.gram(x, y, normalize=True)),
    ):
        assert isinstance(found, type(left)) and found.dtype == left.dtype
        # JAX has float32 alone, and directions that are rounded to it
        tolerance = 2e-3 if "jax" in library.__name__ and kernel == ks.laplace(1, 0.25) else 3e-6
        scale = np.max(np.abs(wanted))
        np.testing.assert_allclose(np.asarray(found), wanted, rtol=0, atol=tolerance * scale)
    with pytest.raises(TypeError, match="one library"):
        kernel.gram(left, y)


@pytest.mark.parametrize("library", libraries())
def test_other_libraries_give_no_warnings(library: Any, rng: np.random.Generator) -> None:
    """JAX without numbers of 64 bits: neither asked for them, nor for powers beyond float32."""
    pytest.importorskip("array_api_compat")
    x = rng.standard_normal((6, 3)).astype(np.float32)
    x[2] *= np.float32(1e30)
    x[3], x[4] = np.float32(1e-30) * x[0], 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = np.asarray(ks.ntk(3).gram(library.asarray(x)))
        wanted = ks.ntk(3).gram(x)
        there = np.isfinite(wanted)
        np.testing.assert_allclose(found[there], wanted[there], rtol=3e-6)
        whole = library.asarray([[1, 0], [3, 4]])
        np.testing.assert_allclose(np.asarray(ks.ntk(3).gram(whole)), ks.ntk(3).gram([[1, 0], [3, 4]]), rtol=1e-6)
        assert float(ks.ntk(3)(whole[0, 0])) == 3


def test_tensors_keep_device_and_dtype(rng: np.random.Generator) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("array_api_compat")
    x = torch.asarray(rng.standard_normal((5, 3)))
    for kind in (torch.float32, torch.float64):
        found = ks.ntk(3).gram(x.to(kind))
        assert found.dtype == kind and found.device == x.device
        assert torch.equal(found, found.T)
    assert ks.ntk(3).gram(x.to(torch.int32)).dtype == torch.float64
    with pytest.raises(TypeError, match="x requires gradients.*detach"):
        ks.ntk(3).gram(x.requires_grad_())
    with pytest.raises(TypeError, match="out needs NumPy arrays"):
        ks.ntk(3).gram(x.detach(), out="matrix.npy")
    with pytest.raises(TypeError, match="sparse"):
        ks.ntk(3).gram(x.detach().to_sparse())


def test_traced_arrays_are_refused() -> None:
    jax = pytest.importorskip("jax")
    pytest.importorskip("array_api_compat")
    with pytest.raises(TypeError, match="x is traced by JAX"):
        jax.jit(lambda x: untyped(ks.ntk(3)).gram(x))(jax.numpy.ones((3, 2)))


def test_partial_options_are_keywords() -> None:
    assert functools.partial(ks.ntk(3).gram, normalize=True)(np.eye(2))[0, 0] == 3


def test_rows_of_zeros_give_zeros_without_a_sign() -> None:
    x = np.array([[3.0, 4.0], [0.0, 0.0], [-1.0, 2.0]])
    for kernel in (ks.ntk(2), ks.linear(), ks.laplace()):
        found = np.concatenate([kernel.gram(x)[1], kernel.gram(x, x)[:, 1]])
        assert not found.any() and not np.signbit(found).any()
