"""Spectra of one convolutional layer against the eigenvalues of the matrices of all points of small domains."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn.spectra import pooled
from kernelspec.ckn.spectra.patch_spectrum import PatchSpectrum
from kernelspec.ckn.spectra.spheres import SpheresLayer
from oracle import convolutional_spectra as oracle

POOLS = (None, ckn.average(1), ckn.average(2), ckn.average(3), ckn.gaussian(1), ckn.gaussian(2), ckn.strided())
KERNELS = (
    ks.arccos(1),
    ks.ntk(3),
    ks.exponential(0.6),
    ks.polynomial(2),
    ks.parse("polynomial(3) + 0.25*linear()"),
    ks.laplace(1.0),
)


def taps(pool: Any) -> list[float]:
    if pool is None:
        return [1.0]
    return oracle.gaussian_taps(pool.scale) if pool.kind == "gaussian" else [1 / pool.scale] * pool.scale


def values(model: Any, most: int) -> Any:
    """The largest eigenvalues, descending, with zeros where there are fewer."""
    found = model.eigenvalues(most).values[:most]
    return np.append(found, np.zeros(most - len(found)))


@st.composite
def layers(draw: Any) -> tuple[Any, int, bool]:
    pool = draw(st.sampled_from(POOLS))
    stride = 1 if pool is None else draw(st.sampled_from((1, 2, 3)))
    border = draw(st.sampled_from(("circular", "zero", "valid")))
    return ckn.Layer(2, ks.arccos(1), pool, stride, border), draw(st.integers(1, 9)), draw(st.booleans())


@settings(deadline=None, max_examples=60)
@given(layers())
def test_modes_are_the_eigenvalues_of_the_pooling(case: Any) -> None:
    layer, n, mean = case
    a = layer.pooling(n)
    if not len(a):
        with pytest.raises(ValueError, match="positions must"):
            pooled.modes(layer, n, mean)
        return
    a = a.mean(axis=0)[None] if mean else a
    found = pooled.modes(layer, n, mean)
    wanted = np.linalg.eigvalsh(a.T @ a)[::-1]
    # The rounding of an eigenvalue decomposition of numbers of size 1.
    assert np.abs(np.append(found.value, np.zeros(found.zeros)) - wanted).max() < 5e-15
    assert np.all((found.lower <= found.value) & (found.value <= found.upper))
    assert np.all(found.upper - found.lower < 2e-14)
    total = float(np.sum(a.sum(axis=1) ** 2))
    assert found.constant[0] - 1e-14 * n <= total <= found.constant[1] + 1e-14 * n


@pytest.mark.parametrize("n", [2, 6, 12, 30])
@pytest.mark.parametrize("omega", [1, 2, 3, 4, 5, 6])
def test_an_average_loses_one_frequency_less_than_the_greatest_common_divisor(n: int, omega: int) -> None:
    layer = ckn.Layer(2, ks.arccos(1), ckn.average(omega), border="circular")
    found = pooled.modes(layer, n)
    assert found.zeros == math.gcd(omega, n) - 1
    assert found.frequencies is not None
    lost = set(range(n)) - set(found.frequencies)
    assert lost == {j for j in range(1, n) if j * omega % n == 0}
    for value, j in zip(found.value, found.frequencies, strict=True):
        if j:
            wanted = (math.sin(math.pi * j * omega / n) / (omega * math.sin(math.pi * j / n))) ** 2
            assert value == pytest.approx(wanted, rel=1e-12)  # the sine near pi


def test_a_wide_gaussian_keeps_every_frequency() -> None:
    """Eigenvalues down to 1e-6 of the largest have all of their digits, where floats would have none at 1e-17."""
    found = pooled.modes(ckn.Layer(2, ks.arccos(1), ckn.gaussian(9), border="circular"), 32)
    assert found.zeros == 0
    assert np.all(found.lower > 0)
    assert np.all(found.upper / found.lower < 1 + 1e-15)


CUBES = [
    (8, 3, None, "circular", 1, "sum", 0, False),
    (8, 4, ckn.average(2), "circular", 1, "sum", 1, True),
    (8, 3, ckn.average(3), "circular", 2, "sum", 2, False),
    (8, 3, ckn.gaussian(2), "circular", 1, "mean", 0, True),
    (8, 3, ckn.average(8), "circular", 1, "sum", 4, True),
    (8, 3, ckn.gaussian(1), "valid", 1, "sum", 0, False),
    (8, 5, ckn.average(2), "valid", 1, "sum", 5, False),
    (7, 3, ckn.average(3), "circular", 2, "sum", 3, False),
    (8, 8, None, "valid", 1, "sum", 1, False),
    (2, 1, None, "circular", 1, "sum", 1, False),
    (1, 1, None, "valid", 1, "sum", 1, False),
    (5, 3, ckn.average(2), "circular", 1, "sum", 2, True),  # 2 patch = positions + 1
]


@pytest.mark.parametrize("case", CUBES, ids=lambda case: "-".join(map(str, case)))
def test_the_cube_against_all_signals(case: Any) -> None:
    n, q, pool, border, stride, output, which, normalized = case
    kernel = KERNELS[which]
    layer = ckn.Layer(q, kernel, pool, stride, border, normalized)
    model = ckn.spectra.Model(ckn.Network([layer], output=output), n, "cube")
    circular = border == "circular"
    a = oracle.pooling(n if circular else n - q + 1, taps(pool), stride, circular)
    a = a.mean(axis=0)[None] if output == "mean" else a
    matrix = (1 if normalized else q) * oracle.cube_matrix(kernel, n, q, a, circular)
    wanted = np.linalg.eigvalsh(matrix)[::-1] / 2**n
    # Rounding of the matrix and of its decomposition; the most seen is 8e-16.
    assert np.abs(values(model, 2**n) - wanted).max() < 4e-15 * wanted[0]
    levels = model.levels(1)
    assert levels.rest == (0.0, 0.0)
    trace = float(np.trace(matrix)) / 2**n
    assert model.trace() == pytest.approx(trace, rel=4e-15)
    assert np.sum(levels.lower * levels.multiplicity_lower) <= trace * (1 + 4e-15)
    assert np.sum(levels.upper * levels.multiplicity_upper) == pytest.approx(trace, rel=1e-13)
    assert model.effective_dimension(0.01) == pytest.approx(np.sum(wanted / (wanted + 0.01)), rel=1e-12)


@pytest.mark.parametrize("pool", [None, ckn.average(2)])
def test_the_cube_is_the_kernel_of_the_network(pool: Any) -> None:
    net = ckn.Network([ckn.Layer(3, ckn.square, pool, border="circular")])
    matrix = net.gram(oracle.signals(6)[:, :, None], channels="last")
    wanted = np.linalg.eigvalsh(matrix)[::-1] / 2**6
    assert np.abs(values(ckn.spectra.Model(net, 6, "cube"), 2**6) - wanted).max() < 4e-15 * wanted[0]


def test_the_published_formulas_of_the_cube() -> None:
    """Misiakiewicz & Mei 2021, Propositions 1 and 2: r(S) xi/p, and kappa_j r(S) xi/p; the kernel is a mean there."""
    p, q, omega = 12, 5, 3
    kernel = ks.parse("0.2*linear() + 0.2*polynomial(2) + 0.2*polynomial(3) + 0.4*exponential(2)")
    layer = ckn.Layer(q, kernel, ckn.average(omega), border="circular", normalized=True)
    spaces = ckn.spectra.Model(ckn.Network([layer]), p, "cube").eigenvalues(2**p)
    xi = [float(ball.mid()) for ball in ckn.spectra.cube.cube_eigenvalues(kernel, q)]
    assert sum(space.multiplicity for space in spaces) == (p - (omega - 1)) * 2 ** (q - 1) + 1  # omega divides p
    for space in spaces:
        if not space.degrees:
            assert space.value == pytest.approx(p * xi[0], rel=1e-14)
            continue
        (size,), j = space.degrees, space.frequency
        assert j is not None and space.diameter is not None
        mode = 1 + 2 * sum((1 - k / omega) * math.cos(2 * math.pi * j * k / p) for k in range(1, omega))
        assert space.value == pytest.approx(mode / omega * (q + 1 - space.diameter) * xi[size], rel=1e-12)
        sets = [s for s in itertools.combinations(range(space.diameter), size) if {0, space.diameter - 1} <= set(s)]
        assert space.multiplicity == len(sets)


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("kernel", KERNELS[2:5])
def test_two_circles_against_a_grid(pool: Any, kernel: Any) -> None:
    """Smooth kernels: on a grid of 30 angles degrees k and 30 - k fall together, some 1e-7 and some 1e-17 at k = 10."""
    layer = ckn.Layer(2, kernel, pool, border="circular")
    matrix = oracle.circles_matrix(kernel, oracle.pooling(2, taps(pool)), 30)
    wanted = np.linalg.eigvalsh(matrix)[::-1] / 30**2
    wanted = wanted[wanted > 1e-7 * wanted[0]]
    found = values(ckn.spectra.Model(ckn.Network([layer]), 2), len(wanted))
    assert np.abs(found - wanted).max() < 4e-15 * wanted[0]


@pytest.mark.parametrize(
    ("p", "kernel"), [(2, ks.arccos(1)), (3, ks.ntk(3)), (9, ks.exponential(0.6)), (4, ks.laplace(1.0))]
)
def test_levels_hold_the_whole_trace(p: int, kernel: Any) -> None:
    layer = ckn.Layer(p, kernel, ckn.average(2), border="circular")
    model = ckn.spectra.Model(ckn.Network([layer]), 6)
    for count in (1, 10, 200):
        levels = model.levels(count)
        low = np.sum(levels.lower * levels.multiplicity_lower) + levels.rest[0]
        high = np.sum(levels.upper * levels.multiplicity_upper) + levels.rest[1]
        assert low <= model.trace() * (1 + 1e-14) and model.trace() * (1 - 1e-14) <= high
        assert high - low < 1e-13 * high
    more = model.levels(400)
    left_out = np.sort(more.upper)[: len(more.upper) - len(levels.upper)]
    assert left_out.max() <= levels.largest


def test_the_trace_is_the_mean_of_the_diagonal() -> None:
    """E K(x, x) on signals of unit vectors, within three standard errors; the network reads them with patch=1."""
    n, p = 5, 3
    pool = ckn.gaussian(1)
    model = ckn.spectra.Model(ckn.Network([ckn.Layer(1, ks.arccos(1), pool, border="circular")]), n, dimension=p)
    x = np.random.default_rng(3).standard_normal((20000, n, p))
    x /= np.linalg.norm(x, axis=-1, keepdims=True)
    squares = model.net.norms(x, channels="last") ** 2
    assert abs(squares.mean() - model.trace()) < 3 * squares.std() / math.sqrt(len(x))


def test_effective_dimension_of_samples() -> None:
    """tr K (K + n lambda)^-1 of samples falls short of the exact one, by less than 3 standard errors and 10 percent."""
    n, p, samples = 4, 3, 1200
    net = ckn.Network([ckn.Layer(1, ks.arccos(1), ckn.average(2), border="circular")])
    model = ckn.spectra.Model(net, n, dimension=p)
    found = []
    for seed in range(3):
        x = np.random.default_rng(seed).standard_normal((samples, n, p))
        x /= np.linalg.norm(x, axis=-1, keepdims=True)
        mu = np.linalg.eigvalsh(net.gram(x, channels="last")) / samples
        found.append(float(np.sum(mu / (mu + 0.05))))
    exact = model.effective_dimension(0.05)
    error = np.std(found, ddof=1) / math.sqrt(3)
    assert exact * 0.97 < np.mean(found) < exact + 3 * error


def test_the_order_does_not_depend_on_how_many_are_asked_for() -> None:
    model = ckn.spectra.Model(ckn.Network([ckn.Layer(3, ks.ntk(3), ckn.average(2), border="circular")]), 6)
    all_of_them = model.eigenvalues(500)
    for n in (1, 2, 17, 499):
        some = model.eigenvalues(n)
        assert some == all_of_them[: len(some)]
        counts = [space.multiplicity for space in some]
        assert sum(counts) >= n > sum(counts[:-1])
    assert all(a.value >= b.value for a, b in itertools.pairwise(all_of_them))


def test_later_degrees_may_be_larger() -> None:
    """t^40 + 1e-9 t on the circle: all even degrees up to 40 come before degree 1."""
    net = ckn.Network([ckn.Layer(2, ks.parse("polynomial(40) + 0.000000001*linear()"))])
    found = ckn.spectra.Model(net, 1).eigenvalues(16)
    assert [space.degrees for space in found] == [(), *((k,) for k in range(2, 17, 2))]


def test_a_kernel_with_a_negative_eigenvalue_is_refused() -> None:
    """2 - t^2/2 has mu_2 < 0 on the circle."""
    with pytest.raises(ValueError, match="positive semi-definite"):
        ckn.spectra.Model(ckn.Network([ckn.Layer(2, ks.parse("2 - 0.5*polynomial(2)"))]), 3).eigenvalues(5)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"positions": 0}, "positions must be"),
        ({"positions": 2.5}, "positions must be"),
        ({"domain": "torus"}, "domain must be one of spheres, cube"),
        ({"dimension": 1}, "dimension must be"),
        ({"domain": "cube", "dimension": 3}, "dimension must be None"),
        ({"domain": "cube", "positions": 4}, "at most half"),
        ({"net": "net"}, "net must be a ckn.Network"),
    ],
)
def test_bad_arguments(arguments: Any, words: str) -> None:
    net = ckn.Network([ckn.Layer(3, ks.arccos(1), border="circular")])
    with pytest.raises((TypeError, ValueError), match=words):
        ckn.spectra.Model(**({"net": net, "positions": 6} | arguments))


def test_bad_networks() -> None:
    layer = ckn.Layer(3, ks.arccos(1))
    with pytest.raises(ValueError, match="one or two layers"):
        ckn.spectra.Model(ckn.Network([layer] * 3))
    with pytest.raises(ValueError, match="border"):
        ckn.spectra.Model(ckn.Network([layer]), domain="cube")
    with pytest.raises(ValueError, match="floor"):
        ckn.spectra.Model(ckn.Network([layer], floor=2.0))
    with pytest.raises(ValueError, match="at least 2 on spheres"):
        ckn.spectra.Model(ckn.Network([ckn.Layer(1, ks.arccos(1))]))
    with pytest.raises(ValueError, match="infinite|finite at 1"):
        ckn.spectra.Model(ckn.Network([ckn.Layer(3, ks.parse("laplace(c=1)").derivative())]))


def test_a_solver_of_its_own() -> None:
    """The parts of a model are of use alone: kappa = t on S^2, without pooling at two positions."""
    layer = ckn.Layer(3, ks.linear())
    found = SpheresLayer(layer, 3, 2).eigenvalues(10)
    assert [(space.multiplicity, space.degrees) for space in found] == [(6, (1,))]
    assert found[0].value == pytest.approx(1 / 3, rel=1e-15)


@pytest.mark.parametrize(("n", "pool"), [(40, ckn.average(3)), (90, ckn.gaussian(3, centred=True)), (60, None)])
def test_eigenvalues_of_large_matrices_have_all_digits(n: int, pool: Any) -> None:
    """Down to 1e-7 of the largest, by a step that squares the error of floats: Arb alone takes minutes."""
    layer = ckn.Layer(3, ks.arccos(1), pool) if pool else ckn.Layer(3, ks.arccos(1), ckn.strided(), border="zero")
    found = pooled.modes(layer, n)
    assert np.all(found.upper - found.lower <= 4e-16 * found.lower)
    wanted = np.linalg.svd(layer.pooling(n), compute_uv=False) ** 2
    assert np.abs(found.value - wanted[: len(found.value)]).max() < 4e-15  # of floats


def test_eigenvalues_below_the_range_of_floats_are_left_out() -> None:
    model = ckn.spectra.Model(ckn.Network([ckn.Layer(3, ks.exponential(0.6))]), 8)
    found = model.eigenvalues(10**9)
    assert 0 < found[-1].value < 1e-280 and sum(space.multiplicity for space in found) < 10**6
    assert found[:5] == model.eigenvalues(sum(space.multiplicity for space in found[:5]))


@pytest.mark.parametrize(
    ("layer", "positions"),
    [
        (ckn.Layer(3, ks.arccos(1), ckn.gaussian(1000), border="circular"), 1000),
        (ckn.Layer(3, ks.arccos(1), ckn.average(2), border="circular"), 2**18),
        (ckn.Layer(30, ks.arccos(1), ckn.average(2), border="valid"), 300),
    ],
)
def test_what_takes_too_long_is_refused(layer: Any, positions: int) -> None:
    domain = "cube" if layer.border == "valid" else "spheres"
    with pytest.raises(ValueError, match="positions must be at most"):
        ckn.spectra.Model(ckn.Network([layer]), positions, domain).trace()


def test_the_largest_of_what_is_left_out_without_signs_of_coefficients() -> None:
    """A negative Taylor coefficient: each eigenvalue is bounded by the trace that is left over its multiplicity."""
    kernel = ks.parse("exponential(0.6) - 0.2*linear()")
    assert kernel.series_sign != 1
    patch = PatchSpectrum(kernel, 3)
    for count in (3, 6):
        truth = float(patch.balls(count + 1)[count].mid())
        assert 0.5 * patch.largest(count) < truth <= patch.largest(count)
