"""Bounds of stability beside what they bound where that is tight: few pixels, linear layers, dilations, two layers."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn import stability
from kernelspec.ckn.stability.certificate import proved_bound, times_power_up
from kernelspec.ckn.stability.constants import (
    commutator_attained,
    commutator_bound,
    commutator_rate,
    deformation_norm,
    displacement_bound,
    patch_radius,
)
from kernelspec.ckn.stability.norms import _beyond, least_coordinate, norm
from kernelspec.ckn.stability.smoothing import Smoothing
from kernelspec.ckn.stability.transport import MapConstants, angle_constants
from kernelspec.numbers.arithmetic_protocol import Value

MP = mpmath.MPContext()
MP.dps = 40
F = Fraction


def just_above(found: float, exact: Value) -> bool:
    """Whether a float is a bound of a number in 40 digits, and the next one or so."""
    exact = MP.mpf(exact)
    return bool(exact * (1 - MP.mpf(10) ** -35) <= MP.mpf(found) <= exact * (1 + MP.mpf(4e-16)))


# -- constants ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("eps", [0.0, 1e-3, 0.3, 0.9])
def test_constants_are_their_formulas_rounded_up(d: int, eps: float) -> None:
    e, sigma = MP.mpf(eps), 1.7
    h = Smoothing.gaussian(sigma, d)
    slope, curvature = MP.exp(MP.mpf(-1) / 2) / MP.mpf(sigma), 2 * MP.exp(-1) / MP.mpf(sigma) ** 2
    assert just_above(h.slope, slope) and just_above(h.curvature, curvature) and h.moment == d
    jump = Smoothing(d, h.slope, math.inf, 1.5)
    deformed = (1 - e) ** (-MP.mpf(d) / 2)
    assert just_above(deformation_norm(eps, d), deformed)
    slope, curvature = MP.mpf(h.slope), MP.mpf(h.curvature)
    for smoothing, moment in ((h, d), (jump, 1.5)):
        for radius, sup in itertools.product((0.0, 0.7, 30.0), (math.inf, 0.05, 3.0)):
            moved = min(e * radius, 2 * MP.mpf(sup))
            first = ((1 - e) ** -d - 1) * (1 + MP.mpf(moment) / d) + slope * moved * deformed
            wanted = min(first, 2 * deformed)
            assert just_above(commutator_bound(eps, smoothing, radius, sup), wanted)
    for t in (1e-3, 0.5, 4.0, 50.0):
        mean = MP.quad(lambda s: (1 - s * e) ** (-MP.mpf(d) / 2), [0, 1])
        first, second = slope * t * mean, slope * t + curvature * MP.mpf(t) ** 2 * mean / 2
        assert just_above(displacement_bound(t, eps, h), min(first, second, 1 + deformed))
        assert just_above(displacement_bound(t, eps, jump), min(first, 1 + deformed))


@pytest.mark.parametrize("d", [1, 2])
@pytest.mark.parametrize("beta", [0.0, 1.0, 3.0, 100.0])
def test_dilations_with_patches_far_out_come_near_the_commutator_bound(d: int, beta: float) -> None:
    eps, h = 1e-3, Smoothing.gaussian(1.0, d)
    attained, found = commutator_attained(eps, d, beta), commutator_bound(eps, h, beta)
    assert attained <= found
    # The part with patches is sharp for large beta, the other one is within its factor.
    assert found <= attained * (1.08 if beta == 100 else 2 * d + 0.7)
    low, high = commutator_rate(d, beta)
    assert low <= attained / eps * (1 + 1e-3) and found / eps <= high * (1 + 6 * eps)
    assert F(low) ** 2 >= 0 and high >= 2 * d + math.exp(-0.5) * beta


def test_rates_are_rounded_to_their_sides() -> None:
    for d, beta in itertools.product((1, 2, 3, 5, 7), (0.0, 0.1, 1.0, 2.5, 16.0)):
        b = MP.mpf(beta)
        s = (2 - b**2 + MP.sqrt(b**4 + 4)) / 2
        lower = max(MP.sqrt(d), MP.sqrt(s * (s + b**2)) * MP.exp(-s / 2))
        low, high = commutator_rate(d, beta)
        assert MP.mpf(low) <= lower * (1 + MP.mpf(10) ** -30) and low >= float(lower) * (1 - 3e-16)
        assert just_above(high, 2 * d + MP.exp(MP.mpf(-1) / 2) * b)


def test_radii_of_patches_are_roots_rounded_up() -> None:
    rng = np.random.default_rng(0)
    for count in range(1, 12):
        offsets, weights = rng.standard_normal((count, 2)), rng.random(count)
        found = F(patch_radius(offsets, weights))
        total = sum(F(float(w)) for w in weights)
        square = sum(F(float(w)) * sum(F(float(c)) ** 2 for c in row) for w, row in zip(weights, offsets, strict=True))
        assert square / total <= found**2 <= square / total * (1 + F(1, 2**51))


def test_filters_that_are_cut_off_have_the_moments_and_slopes_of_their_integrals() -> None:
    """For the mean over a square M_1 is the integral of |y| over its four sides; G = sup |w||h^(w)|, for all w."""
    mean = Smoothing.of(ckn.average(2), 2)
    side = MP.quad(lambda t: MP.sqrt(1 + t * t), [-1, 1])
    assert mean.moment == pytest.approx(float(4 * side / 4), rel=1e-12, abs=0) and mean.moment >= 4 * side / 4
    bell, t = Smoothing.of(ckn.gaussian(1), 1), (np.arange(4000) + 0.5) / 4000
    w = np.concatenate([np.linspace(0.1, 30, 300), np.linspace(1.7, 2.5, 800)])
    heights = w * np.abs(np.cos(np.outer(w, t)) @ np.exp(-t * t)) / np.sum(np.exp(-t * t))
    # The midpoint rule is right to 1e-6, and the grid near the largest one as well.
    assert heights.max() * (1 - 1e-6) <= bell.slope <= heights.max() * (1 + 2e-6)


# -- linear networks, where the supremum over all images is an eigenvalue ----------------------------------------


LINEAR = ks.linear()
CASES: list[tuple[list[ckn.Layer], tuple[int, ...], float]] = [
    # layers, positions, and how many times the supremum the bound may be
    ([ckn.Layer(1, LINEAR, border="circular")] * 2, (8,), 1 + 1e-5),
    ([ckn.Layer(1, LINEAR)] * 3, (8,), 1 + 1e-5),
    ([ckn.Layer(1, 4 * LINEAR)], (4, 4), 1 + 1e-5),
    ([ckn.Layer(3, LINEAR, border="circular")], (8,), 1 + 1e-5),
    ([ckn.Layer(2, LINEAR, border="circular")], (4, 4), 1 + 1e-5),
    ([ckn.Layer(2, LINEAR, border="circular", normalized=True)] * 2, (4, 4), 1 + 1e-5),
    ([ckn.Layer(1, LINEAR, ckn.average(2), 2, "circular")], (8,), 4),
    ([ckn.Layer(3, LINEAR, ckn.average(2), 2, "circular")] * 2, (8,), 9),
    ([ckn.Layer(2, LINEAR, ckn.gaussian(1), 1, "circular")] * 2, (4, 4), 16),
    ([ckn.Layer(2, LINEAR, ckn.average(2, True), 2)], (7,), 4),
]


def fields(shape: tuple[int, ...]) -> list[stability.Field]:
    return [
        stability.translation(shape, 1),
        stability.translation(shape, 2),
        stability.translation(shape, [3, *[1] * (len(shape) - 1)]),
        stability.translation(shape, 0.5),
        stability.sinusoid(shape, 0.4, shape[0] / 2),
    ]


def supremum(matrix: Any, gram: Any) -> float:
    """Of |Phi(matrix x)| / |x| for the linear Phi of this Gram matrix; 0 where it is the root of a rounding."""
    square = float(np.linalg.eigvalsh(matrix.T @ gram @ matrix)[-1])
    return math.sqrt(square) if square > 1e-13 * gram.max() else 0.0


def warps(tau: stability.Field, shape: tuple[int, ...], border: str) -> Any:
    """The matrix of L_tau, from the images of one pixel."""
    n = math.prod(shape)
    return stability.warp(np.eye(n).reshape(n, *shape, 1), tau, border).reshape(n, n).T


@pytest.mark.parametrize("number", range(len(CASES)))
@pytest.mark.parametrize("tangent", [False, True])
def test_bounds_of_linear_networks_beside_the_supremum(number: int, tangent: bool) -> None:
    layers, shape, most = CASES[number]
    n, border = math.prod(shape), layers[0].border
    for output in ("sum", "mean"):
        net = ckn.Network(layers, output)
        pixels = np.eye(n).reshape(n, *shape, 1)
        gram = net.gram(pixels, tangent=tangent)
        plain = net.gram(pixels)
        # The tangent kernel of linear layers is (n + 1) K.
        np.testing.assert_allclose(gram, (1 + len(layers) * tangent) * plain, atol=1e-13 * gram.max())
        for tau in fields(shape):
            found = stability.bound(net, tau, tangent)
            moved = warps(tau, shape, border) - np.eye(n)
            largest = supremum(moved, gram)
            assert found.value >= largest * (1 - 1e-12)
            if output == "sum" and "shift" not in found.source:
                assert found.value <= most * largest + 1e-12
            sizes = supremum(np.eye(n), gram), supremum(moved + np.eye(n), gram)
            assert found.terms["bound by norms"] >= sum(sizes) * (1 - 1e-12)
            for name, value in found.terms.items():
                if name.startswith("|Phi(T x)"):
                    word = name.removeprefix("|Phi(T x) - Phi(x)| / |x|, ")
                    shift = [float(t) for t in word.strip("shift by(),").split(",")]
                    turned = warps(stability.translation(shape, shift), shape, border) - np.eye(n)
                    assert value >= supremum(turned, gram) * (1 - 1e-12)
                    assert found.terms[f"bound by {word}"] >= value


@pytest.mark.parametrize("tangent", [False, True])
def test_an_alternating_signal_attains_the_bound(tangent: bool) -> None:
    """L x = -x: the two maps are opposite, and all of both norms counts."""
    x = ((-1.0) ** np.arange(8))[:, None]
    for depth in (1, 2, 3):
        net = ckn.Network([ckn.Layer(1, LINEAR, border="circular")] * depth)
        tau = stability.translation(8, 1)
        apart = stability.measured(net, x, tau, tangent)
        assert apart == pytest.approx(2 * math.sqrt(1 + depth * tangent), rel=1e-12, abs=0)
        found = stability.bound(net, tau, tangent)
        assert apart <= found.value * (1 + 1e-12) and found.value <= apart * (1 + 1e-6)
        assert found.terms["bound by norms"] == pytest.approx(apart, rel=1e-3, abs=0)


@pytest.mark.parametrize("patch", [1, 3])
def test_a_shift_along_the_diagonal_moves_both_axes(patch: int) -> None:
    """A (T - I) is a multiplier: its norm is the largest |e^{i(v+w)} - 1||h^(v) h^(w)| times that of the patches."""
    n, q = 12, 2
    t = np.arange(-q, q + 1)
    taps = np.exp(-((t / q) ** 2)) / np.exp(-((t / q) ** 2)).sum()
    w = 2 * np.pi * np.arange(n) / n
    h, turn = np.abs(np.exp(1j * np.outer(w, t)) @ taps), np.exp(1j * (w[:, None] + w)) - 1
    exact = patch * np.max(np.abs(turn) * np.outer(h, h))
    layer = ckn.Layer(patch, LINEAR, ckn.gaussian(q, centred=True), border="circular")
    found = stability.bound(ckn.Network([layer]), stability.translation((n, n), (1, 1)))
    value = found.terms["|Phi(T x) - Phi(x)| / |x|, shift by (1, 1)"]
    assert exact <= value * (1 + 1e-12) and value <= 1.6 * exact


@pytest.mark.parametrize("kernel", [ks.polynomial(3), ks.exponential(0.5), ks.exponential(3)])
def test_a_turning_signal_attains_the_lipschitz_constant(kernel: ks.Zonal) -> None:
    """Of two channels that turn with the highest frequency: every pixel is turned, and none is stretched."""
    n, layers = 9, [ckn.Layer(1, kernel, border="circular")] * 2
    w = 2 * math.pi * (n // 2) / n * np.arange(n)
    x, tau = np.stack([np.cos(w), np.sin(w)], axis=-1), stability.translation(n, 1e-3)
    found = stability.bound(ckn.Network(layers), tau)
    slope = float(kernel.derivative()(1.0))
    apart = stability.measured(ckn.Network(layers), x, tau)
    assert apart == pytest.approx(slope * 2 * math.sin(0.5e-3 * w[1]), rel=1e-4, abs=0)
    assert apart <= found.value and found.value <= max(1, 1 / slope) * apart * (1 + 1e-4)


def test_a_bound_is_above_the_number_that_it_is_made_of() -> None:
    """By the rounding of the sums in it, as `raised` counts it; and each norm of an operator may fail."""
    net = ckn.Network([ckn.Layer(3, ks.arccos(1), ckn.gaussian(2), 2)])
    found = stability.bound(net, stability.field((16,), 0.2))
    least = min(value for name, value in found.terms.items() if name.startswith("bound by"))
    assert found.value >= least * (1 + 8 * (16 + 3 + 5) * 2.0**-53)
    assert found.value <= least * (1 + 1e-12)
    norms = sum(1 for name in found.terms if name.startswith("|S"))
    assert norms * 1e-13 <= found.failure <= 1e-11 and found.failure == pytest.approx(6e-13, rel=1e-9, abs=0)


# -- the theorem on R^d ------------------------------------------------------------------------------------------


def theorem(net: ckn.Network, tau: stability.Field, tangent: bool, sigma: float) -> float:
    """The recursion of `stability.continuum`, in the words of its statement; kernels with kappa(1) = 1."""
    d, eps, n = tau.d, tau.grad_sup, len(net.layers)
    moved, step = (1 - eps) ** (-d / 2), 1.0
    filters: list[Smoothing | None] = [Smoothing.gaussian(sigma, d)]
    changes, scale = [], 1.0
    for layer in net.layers:
        radius = layer.patch * step * math.sqrt(d / 12)
        before = filters[-1]
        changes.append(2 * moved if before is None else commutator_bound(eps, before, radius, tau.sup))
        unit = None if layer.pool is None else Smoothing.of(layer.pool, d)
        filters.append(unit and Smoothing(d, unit.slope / step, math.inf, unit.moment))
        scale *= (1 if layer.normalized else layer.patch ** (d / 2)) / layer.stride ** (d / 2)
        step *= layer.stride
    last = 1 + moved
    if filters[-1] is not None:
        shift = displacement_bound(tau.sup, eps, filters[-1])
        last = min(last, commutator_bound(eps, filters[-1], 0.0, tau.sup) + shift)
    e = f = 0.0
    for k, (layer, change) in enumerate(zip(net.layers, changes, strict=True), start=1):
        kernel: Any = layer.kernel
        slope = float(kernel.derivative()(1.0))
        dx, dy = e + change, f + math.sqrt(k) * change
        bend = 0.0 if kernel == LINEAR else 1.0
        angle = min(moved * dx, 2 / math.pi * moved * dx + (0.5 - 1 / math.pi) * dx**2)
        e, f = math.sqrt(max(1, slope)) * dx, math.sqrt(dx**2 + dy**2 + k * bend * angle)
    count = math.sqrt(n + 1) if tangent else 1.0
    apart = (f if tangent else e) + count * last
    return min(apart, (1 + moved) * count) * scale


@pytest.mark.parametrize("tangent", [False, True])
@pytest.mark.parametrize("shape", [(32,), (16, 16)])
def test_the_theorem_in_the_words_of_its_statement(tangent: bool, shape: tuple[int, ...]) -> None:
    relu, other = ks.arccos(1), LINEAR if tangent else ks.exponential(0.7)
    networks = [
        [ckn.Layer(2, relu, ckn.gaussian(2), 2), ckn.Layer(3, other, ckn.average(3), 3)],
        [ckn.Layer(3, other, ckn.average(4), 2, normalized=True), ckn.Layer(2, other)],
        [ckn.Layer(1, other), ckn.Layer(2, relu, ckn.gaussian(3), 2)],
        [ckn.Layer(2, relu, ckn.gaussian(3), 2), *[ckn.Layer(1, relu, ckn.gaussian(2), 1)] * 2],
    ]
    # The search for the slope of a filter of images takes its time.
    grads = (1e-4, 0.2, 1e-3, 1e-2)
    some = zip(networks, grads, strict=True) if len(shape) == 1 else [(networks[1], 1e-3)]
    for layers, grad in some:
        net, tau = ckn.Network(layers), stability.sinusoid(shape, grad, shape[0])
        found = stability.bound(net, tau, tangent, smoothing=3.0, continuum=True)
        assert found.value == pytest.approx(theorem(net, tau, tangent, 3.0), rel=1e-12, abs=0)
        # Above what it is made of, by the rounding of at most 12 operations a layer.
        least = min(found.terms["deformation and translation"], found.terms["norms"])
        assert found.value >= least * found.terms["scale"] * (1 + 12 * 2.0**-53)


# -- maps -----------------------------------------------------------------------------------------------------


def test_constants_of_maps_are_roots_rounded_up() -> None:
    for c in (F(1, 3), F(2), F(5, 7), F(11)):
        found = MapConstants.of(c * ks.arccos(1))
        assert c <= F(found.norm) ** 2 <= c * (1 + F(1, 2**51)) and found.rho == found.norm
    for sigma in (F(1, 2), F(3, 4), F(2)):
        found = MapConstants.of(ks.exponential(sigma))
        steep = max(F(1), 1 / sigma)
        assert F(found.norm) ** 2 >= 1 and F(found.rho) >= steep
        assert found.rho <= float(steep) * (1 + 3e-16)
    for degree in (2, 3, 5):
        found = MapConstants.of(ks.polynomial(degree))
        assert degree <= F(found.rho) ** 2 <= degree * (1 + F(1, 2**51))


@pytest.mark.parametrize("kernel", [ks.polynomial(3), ks.exponential(0.5), ks.rf(3), ks.exponential(3)])
def test_lipschitz_constants_are_attained_by_neighbours_or_by_multiples(kernel: ks.Zonal) -> None:
    """|phi(z) - phi(z')|/|z - z'| for small angles is kappa'(1)^(1/2), along a ray kappa(1)^(1/2)."""
    rho, net = MapConstants.of(kernel).rho, ckn.Network([ckn.Layer(1, kernel)])
    angle = 1e-3
    z = np.array([[[1.0, 0.0]], [[math.cos(angle), math.sin(angle)]], [[1.5, 0.0]]])
    apart = net.distances(z[:1], z[1:])[0] / [2 * math.sin(angle / 2), 0.5]
    assert apart.max() <= rho * (1 + 1e-9) and apart.max() >= rho * (1 - 1e-4)


def test_the_angle_s_constants_are_sharp_at_both_ends_and_rounded_up() -> None:
    sharp, rest = angle_constants()
    assert just_above(sharp, 2 / MP.pi) and just_above(rest, MP.mpf(1) / 2 - 1 / MP.pi)
    assert 2 * F(sharp) + 4 * F(rest) >= 2  # theta = pi, c = 2


# -- norms ------------------------------------------------------------------------------------------------------


def test_proved_norms_of_integer_matrices_are_not_below_the_exact_ones() -> None:
    """|u v^T|^2 = |u|^2 |v|^2, a whole number; guesses from far below to far above."""
    rng = np.random.default_rng(0)
    for rows, columns in ((1, 1), (3, 2), (20, 7), (40, 40)):
        u, v = rng.integers(-9, 10, rows), rng.integers(-9, 10, columns)
        u[0] = v[0] = 1
        square = F(int(u @ u) * int(v @ v))
        matrix = np.outer(u, v).astype(float)
        root = math.sqrt(square)
        for guess in (0.0, 0.5 * root, root * (1 - 1e-9), root * (1 - 3e-15), root, root * 1.01):
            found = F(proved_bound(matrix, guess))
            assert square <= found**2
            assert float(found) <= root * (1 + 1e-8) or guess == root * 1.01
        assert F(norm(matrix).upper) ** 2 >= square


@pytest.mark.parametrize("n", [2, 8, 64])
def test_a_proof_covers_the_rounding_that_it_may_have(n: int) -> None:
    """|A| = n for ones: s I - A^T A has the trace n (s - n), and its factor may lack gamma_{n+1} of that."""
    found, unit = F(proved_bound(np.ones((n, n)), float(n))), F(1, 2**53)
    product, factor = n * unit * n**2, (n + 1) * unit * n * (n**2 - n)
    assert n**2 + product + factor <= found**2 <= n**2 * (1 + F(1, 10**13)) + 2 * (product + factor)


def test_subnormal_bounds_are_rounded_up() -> None:
    for x in (1.0, 1.25, 1.7, 3.0):
        for exponent in (-1074, -1073, -1070, 0, 5):
            assert F(times_power_up(x, exponent)) >= F(x) * F(2) ** exponent


@pytest.mark.parametrize("steps", [2, 3, 5, 9])
def test_the_lemma_s_number_solves_its_equation(steps: int) -> None:
    """prod (lambda - theta_i) = prod beta_j / delta, from Lanczos' coefficients of a diagonal matrix by hand."""
    diagonal = np.linspace(1, 2, 40)
    b = np.ones(40) / math.sqrt(40)
    basis, alpha, beta = [b], [], []
    for k in range(steps):
        rest = diagonal * basis[k]
        alpha.append(float(rest @ basis[k]))
        for q in basis:
            rest = rest - (rest @ q) * q
        beta.append(float(np.linalg.norm(rest)))
        basis.append(rest / beta[-1])
    t = np.diag(alpha) + np.diag(beta[:-1], 1) + np.diag(beta[:-1], -1)
    ritz = np.linalg.eigvalsh(t)
    for delta in (1e-3, 1e-10):
        found = _beyond(ritz, beta, math.log(delta))
        assert np.sum(np.log(found - ritz)) >= np.sum(np.log(beta)) - math.log(delta) - 1e-9
        # b_1 = 1/40^(1/2) > delta, so that the largest entry is below.
        assert found >= 2
        mine = norm(np.diag(np.sqrt(diagonal)), rng=0, steps=steps)
        assert mine.upper >= math.sqrt(2)


def test_the_search_s_bound_is_the_lesser_of_lemma_and_theorem() -> None:
    """For an operator that only multiplies, after k steps: against both formulas, from the start that was drawn."""
    from scipy.linalg import eigh_tridiagonal
    from scipy.sparse.linalg import LinearOperator

    n, failure = 50, 1e-6
    values = np.linspace(0.2, 1.0, n)
    operator = LinearOperator(
        (n, n), matvec=lambda v: values * v.ravel(), rmatvec=lambda v: values * v.ravel(), dtype=float
    )
    delta = least_coordinate(n, failure)
    for k in (4, 7, 12):
        found = norm(operator, rng=5, steps=k, failure=failure, rtol=1e-14)
        b = np.random.default_rng(5).standard_normal(n)
        basis, alpha, beta = [b / np.linalg.norm(b)], [], []
        for j in range(k):
            rest = values**2 * basis[j]
            alpha.append(float(rest @ basis[j]))
            for _ in range(2):
                for q in basis:
                    rest = rest - (rest @ q) * q
            beta.append(float(np.linalg.norm(rest)))
            basis.append(rest / beta[-1])
        ritz = eigh_tridiagonal(alpha, beta[:-1], eigvals_only=True)
        theorem = ritz[-1] * math.cosh(math.acosh(1 / delta) / (2 * k - 1)) ** 2
        wanted = math.exp((np.sum(np.log(beta)) - math.log(delta)) / k) + ritz[-1]
        low, high = ritz[-1], max(theorem, wanted)
        for _ in range(200):
            middle = (low + high) / 2
            above = np.sum(np.log(middle - ritz)) >= np.sum(np.log(beta)) - math.log(delta)
            low, high = (low, middle) if above else (middle, high)
        assert found.upper == pytest.approx(math.sqrt(min(theorem, high)), rel=1e-9, abs=0)


def test_a_coordinate_is_as_rarely_small_as_stated() -> None:
    """P(|b_1| < delta) on the circle and the sphere: arcsin(delta) 2/pi, and delta (Archimedes)."""
    for failure in (1e-12, 1e-3, 0.1):
        assert math.asin(least_coordinate(2, failure)) * 2 / math.pi == pytest.approx(failure, rel=1e-9, abs=0)
        assert least_coordinate(3, failure) == pytest.approx(failure, rel=1e-9, abs=0)
