"""Features, teachers, recovery and groups of convolutional networks, each against numbers that are known exactly."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn import anchors, groups, recovery
from kernelspec.ckn.finite import anchor_map
from kernelspec.ckn.recovery.coverage import condition
from kernelspec.ckn.recovery.linear_functions import linear_function
from kernelspec.ckn.teachers import Teacher, _spectral, _up
from kernelspec.numbers.arrays import InPlace

F = Fraction


# -- features ---------------------------------------------------------------------------------------------


def test_features_of_anchors_that_hold_every_patch_are_the_kernel() -> None:
    """Patches of one image of sizes 1 and 1e-4, in different directions, and with the measure on patches."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal((2, 6, 3))
    x[:, 3:] *= 1e-4
    for normalized in (False, True):
        layer = ckn.Layer(2, ks.exponential(0.6), ckn.average(1), normalized=normalized)
        for way in ("kmeans", "patches"):
            net = ckn.Network([layer])
            features = ckn.Nystrom(net, 40, way).fit_transform(x)
            allowed = 1e-11 * np.abs(net.gram(x)).max()
            np.testing.assert_allclose(features @ features.T, net.gram(x), rtol=0, atol=allowed)
    small = np.zeros((1, 6, 3))
    small[:, 4] = x[0, 4]
    net = ckn.Network([ckn.Layer(1, ks.exponential(0.6))])
    fitted = ckn.Nystrom(net, 40).fit(x)
    one = fitted.transform(small)
    np.testing.assert_allclose(one @ one.T, net.gram(small), rtol=1e-9)


def test_small_eigenvalues_of_anchors_are_kept() -> None:
    """Two directions of the angle 1e-3: kappa(Z Z^T) has the eigenvalue 2.8e-6, a part of the features."""
    angle = 1e-3
    x = np.array([[[1.0, 0.0], [math.cos(angle), math.sin(angle)]]])
    net = ckn.Network([ckn.Layer(1, ks.exponential(0.6))])
    found = anchors.spherical_kmeans(x[0], 2, np.random.default_rng(0))
    assert len(found) == 2
    features = ckn.Nystrom(net, 2).fit_transform(x).reshape(2, 2)
    apart = float(np.sum((features[0] - features[1]) ** 2))
    kappa = math.exp((math.cos(angle) - 1) / 0.36)
    assert apart == pytest.approx(2 - 2 * kappa, rel=1e-8, abs=0)


def test_responses_below_the_floor_are_as_small_as_their_patches() -> None:
    layer, z = ckn.Layer(1, ks.exponential()), np.array([[0.3, 0.4], [0.0, 0.0], [3.0, 4.0]])
    psi = anchor_map(layer, np.eye(2), floor=2.0)
    found = psi.responses(z, InPlace())
    kernel = ks.exponential()
    wanted = [[0.5 * kernel(0.15), 0.5 * kernel(0.2)], [0, 0], [5 * kernel(0.6), 5 * kernel(0.8)]]
    np.testing.assert_allclose(found, wanted, rtol=1e-14)


def test_features_of_squares_grow_like_squares() -> None:
    x = np.random.default_rng(0).standard_normal((3, 4, 2))
    net = ckn.Network([ckn.Layer(1, ckn.square), ckn.Layer(1, ckn.square)])
    fitted = ckn.Nystrom(net, 30, "patches").fit(x)
    for power in (-60, 1, 50):
        scaled = fitted.transform(np.ldexp(x, power))
        np.testing.assert_allclose(scaled, np.ldexp(fitted.transform(x), 4 * power), rtol=1e-12)


def test_leaky_random_features_have_the_kernel_for_their_mean() -> None:
    """scale^2 leak = a and scale^2 (1 - leak)^2 / 2 = b, with |leak| <= 1; exactly, and not by sampling."""
    for a, b in ((F(1, 4), F(3, 4)), (F(-1, 10), F(1)), (F(2), F(1)), (F(1), F(0)), (F(0), F(2))):
        kernel = a * ks.linear() + b * ks.arccos(1)
        net = ckn.Network([ckn.Layer(1, kernel)])
        psi: Any = ckn.Nystrom(net, 4, "random").fit(np.ones((1, 1, 2))).maps_[0]
        assert abs(psi.leak) <= 1
        assert psi.scale**2 * psi.leak == pytest.approx(float(a), abs=1e-15)
        assert psi.scale**2 * (1 - psi.leak) ** 2 / 2 == pytest.approx(float(b), abs=1e-15)


def test_a_lost_centre_starts_again_where_rows_are_worst_served(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.array([[1.0, 0, 0]] * 5 + [[0, 1.0, 0], [0, 0, 1.0]])
    monkeypatch.setattr(anchors, "_starts", lambda x, count, rng: x[[0, 0, 0]].copy())
    centres = anchors.spherical_kmeans(x, 3, np.random.default_rng(0))
    np.testing.assert_allclose((x @ centres.T).max(axis=1), 1, rtol=1e-14)


# -- teachers ---------------------------------------------------------------------------------------------


def squared(values: Any) -> Fraction:
    """The sum of the squares of floats, exactly."""
    return sum((F(float(v)) ** 2 for v in np.ravel(values)), F(0))


@pytest.mark.parametrize("seed", range(12))
def test_bounds_of_teachers_are_never_below_the_exact_number(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights, readout = rng.standard_normal((1, 2, 3)), rng.standard_normal(4)
    kernel = [F(1, 3), F(1, 7), F(11, 21)]
    sigma = [F(int(rng.integers(1, 9)), 7), F(2, 3), F(int(rng.integers(1, 9)), 11)]
    zonal = sum((c * ks.linear() ** j for j, c in enumerate(kernel)), 0 * ks.linear())
    net = ckn.Network([ckn.Layer(2, zonal)])
    teacher = Teacher(net, [weights], readout[:, None], sigma)
    # One filter, so that all three are |w|^2 sum_j a_j^2/b_j |W|^{2j}.
    size = squared(weights)
    series = sum(a * a / b * size**j for j, (a, b) in enumerate(zip(sigma, kernel, strict=True)))
    wanted = squared(readout) * series
    for name in ("gram", "spectral", "frobenius"):
        assert wanted <= F(teacher.squared_norm(name)) <= wanted * (1 + F(1, 10**12))
    row = rng.standard_normal((1, 9))
    assert F(float(_spectral(row))) ** 2 >= squared(row)
    for q in sigma:
        assert F(_up(q)) >= q and F(_up(q * q / 3)) >= q * q / 3


def test_the_exact_norm_of_an_element_is_not_above_its_bound_after_cancellation() -> None:
    """Filters that nearly cancel in the readout: what the rounding of the large terms may hide is in the bound."""
    kernel = [F(0), F(1, 2), F(1, 2)]
    zonal = kernel[1] * ks.linear() + kernel[2] * ks.linear() ** 2
    net = ckn.Network([ckn.Layer(1, zonal)])
    below = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        v = rng.standard_normal(3)
        filters = np.stack([v, v * (1 + 1e-9 * rng.standard_normal(3))])
        sigma, readout = [0, 1, 1], np.array([[1.0, -1.0]])
        rows = [[F(float(q)) for q in row] for row in filters]
        gamma = [[sum(p * q for p, q in zip(a, b, strict=True)) for b in rows] for a in rows]
        g = [[2 * c + 2 * c * c for c in row] for row in gamma]
        wanted = g[0][0] - 2 * g[0][1] + g[1][1]
        found = Teacher(net, [filters[:, None, :]], readout, sigma).squared_norm()
        assert F(found) >= wanted
        below += F(float(teacher_norm(filters))) < wanted
    assert below  # plain floats are on the wrong side


def teacher_norm(filters: Any) -> float:
    gamma = filters @ filters.T
    g = 2 * gamma + 2 * gamma**2
    return float(g[0, 0] - 2 * g[0, 1] + g[1, 1])


def test_teachers_of_normalized_patches_and_several_filters_by_hand() -> None:
    zonal = 0.5 * ks.linear() + 0.25 * ks.linear() ** 2 + 0.25
    layer = ckn.Layer(2, zonal, normalized=True, border="valid")
    filters = np.array([[[1.0], [2.0]], [[0.0], [-1.0]], [[2.0], [2.0]]])
    teacher = Teacher(ckn.Network([layer]), [filters], [[1.0, 1.0, 1.0]], [1, 1, 0])
    x = np.array([[[3.0], [4.0]]])
    norm = 5 / math.sqrt(2)  # and <w, z> = (w . x)/2^(1/2)
    values = [norm * (1 + (w.ravel() @ [3.0, 4.0]) / math.sqrt(2) / norm) for w in filters]
    assert teacher(x)[0] == pytest.approx(sum(values), rel=1e-14, abs=0)
    flat = filters.reshape(3, 2)
    spectral = 3 * (3 * 4 + 2 * np.linalg.norm(flat, 2) ** 2)
    places = sum(np.sum(flat[:, v] ** 2) for v in range(2))
    assert teacher.squared_norm("spectral") == pytest.approx(spectral, rel=1e-13, abs=0)
    assert teacher.squared_norm("frobenius") == pytest.approx(3 * (3 * 4 + 2 * places), rel=1e-13, abs=0)
    gram = 4 + 2 * flat @ flat.T
    assert teacher.squared_norm("gram") == pytest.approx(np.sum(gram), rel=1e-13, abs=0)


def test_the_frobenius_bound_of_two_layers_by_hand() -> None:
    """|W_1|_F^2 at the first layer, then the sum of |W_2(v)|_2^2 over the places v of a patch; C^2(s) = 2 s + 4 s^2."""
    zonal = 0.5 * ks.linear() + 0.25 * ks.linear() ** 2
    net = ckn.Network([ckn.Layer(1, zonal), ckn.Layer(2, zonal)])
    first = np.array([[[1.0, 1.0]], [[0.5, -0.5]]])
    second = np.array([[[1.0, 0.0], [0.0, 2.0]], [[0.0, 1.0], [1.0, 0.0]]])
    teacher = Teacher(net, [first, second], np.ones((3, 2)), [0, 1, 1])
    square = lambda s: 2 * s + 4 * s * s  # noqa: E731
    places = sum(np.linalg.norm(second[:, v], 2) ** 2 for v in range(2))
    frobenius = 6 * square(places * square(np.sum(first**2)))
    assert teacher.squared_norm("frobenius") == pytest.approx(frobenius, rel=1e-12, abs=0)
    whole = [np.linalg.norm(w.reshape(2, -1), 2) ** 2 for w in (first, second)]
    spectral = 6 * square(whole[1] * square(whole[0]))
    assert teacher.squared_norm("spectral") == pytest.approx(spectral, rel=1e-12, abs=0)


# -- recovery -----------------------------------------------------------------------------------------------


def test_the_error_of_a_linear_function_is_what_the_formula_leaves() -> None:
    """|f_w - sum|^2 from Gram matrices of the nodes, in the RKHS: a bound that is near where few nodes leave much."""
    for kernel, d, nodes in ((ks.exponential(0.4), 2, 4), (ks.exponential(0.5), 3, 8)):
        f = linear_function(kernel, d, nodes)
        gram = kernel.gram(f.nodes)
        # What it leaves: the odd degrees k >= 2m - 1, of 2 m^(d-1) nodes.
        m, spectrum = round((len(f.nodes) / 2) ** (1 / (d - 1))), kernel.spectrum(d)
        k = np.arange(2 * m - 1, 80, 2)
        tail = float(np.sum(spectrum(k) * spectrum.multiplicity(k)))
        mean = spectrum[1] * math.sqrt(d)
        assert f.error == pytest.approx(math.sqrt(tail) / mean, rel=1e-9, abs=0)
        assert f.reading_error == pytest.approx(tail / mean, rel=1e-9, abs=0)
        for w in np.eye(d):
            a = f.weights @ w
            # <f_w, f_w> = 1/(d mu_1), <f_w, phi(s)> = <w, s>
            square = f.norm**2 - 2 * a @ (f.nodes @ w) + a @ gram @ a
            assert math.sqrt(square) <= f.error * (1 + 1e-9)
            assert math.sqrt(square) >= 0.3 * f.error
        rng = np.random.default_rng(0)
        z = rng.standard_normal((400, d))
        z /= np.linalg.norm(z, axis=1)[:, None]
        readings = (kernel(np.clip(z @ f.nodes.T, -1, 1)) @ f.weights) - z
        worst = np.abs(readings).max()
        assert worst <= f.reading_error and worst >= 0.05 * f.reading_error


def test_condition_numbers_beyond_what_floats_resolve() -> None:
    """A circle's condition number is that of the transfer function, max|h^|/min|h^|, at any size."""
    for q, n in ((3, 64), (4, 60), (6, 80)):
        layer = ckn.Layer(1, ks.arccos(1), ckn.gaussian(q), border="circular")
        found = recovery.readout(ckn.Network([layer]), (1, n, 1)).condition
        t = np.arange(-q, q + 1)
        taps = np.exp(-((t / q) ** 2)) / np.exp(-((t / q) ** 2)).sum()
        h = np.abs(np.exp(2j * np.pi * np.outer(np.arange(n), t) / n) @ taps)
        assert found == pytest.approx(h.max() / h.min(), rel=1e-9, abs=0)


@pytest.mark.parametrize("n", [6, 9, 11, 14])
def test_condition_numbers_of_pascal_matrices(n: int) -> None:
    """Symmetric, of determinant 1: 1e5 to 1e15, against eigenvalues in 60 digits."""
    rows = np.array([[math.comb(i + j, i) for j in range(n)] for i in range(n)], dtype=object)
    mp = mpmath.MPContext()
    mp.dps = 60
    values = mp.eigsy(mp.matrix(rows.tolist()), eigvals_only=True)
    assert condition(rows) == pytest.approx(float(max(values) / min(values)), rel=1e-9, abs=0)


def test_rounding_of_readings_grows_with_the_norms_of_linear_functions() -> None:
    """Behind a layer with b = 1e-3 beside kappa(1) = 1 norms are 30 times as long, and rounding with them."""
    weak = 1e-5 * ks.linear() + (1 - 1e-5) * ks.polynomial(2)
    three = ckn.Network([ckn.Layer(1, weak)] * 2)
    with pytest.raises(ValueError, match="readings would have a rounding of"):
        recovery.read(ckn.Network([ckn.Layer(1, weak)] * 3), np.ones((1, 3, 1)))
    assert three.shapes((1, 3, 1))


# -- groups -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("normalized", [False, True])
@pytest.mark.parametrize("floor", [0.0, 1.5])
def test_the_trivial_group_is_the_plain_network(normalized: bool, floor: float) -> None:
    x = np.random.default_rng(0).standard_normal((3, 5, 4, 2))
    x[0, :2] = 0
    plain = ckn.Network(
        [ckn.Layer(3, ks.arccos(1), normalized=normalized), ckn.Layer(1, ks.exponential(), normalized=normalized)],
        floor=floor,
    )
    turned = groups.Network(
        groups.cyclic(1),
        [
            groups.Layer(3, ks.arccos(1), normalized=normalized),
            groups.Layer(1, ks.exponential(), normalized=normalized),
        ],
        output="sum",
        floor=floor,
    )
    np.testing.assert_allclose(turned.gram(x), plain.gram(x), rtol=1e-12)


def test_the_measure_on_turns_is_a_probability() -> None:
    """A constant image: every patch of the second layer, over places and turns, has the norm of one."""
    x = np.ones((1, 7, 7, 1))
    for group in (groups.cyclic(4), groups.dihedral(2), groups.dihedral(4)):
        layers = [
            groups.Layer(1, ks.arccos(1), normalized=True),
            groups.Layer(3, ks.arccos(1), normalized=True, border="valid"),
        ]
        found = groups.Network(group, layers, output="mean").gram(x)[0, 0]
        assert found == pytest.approx(1, rel=1e-12, abs=0)
        plain = groups.Network(group, [groups.Layer(2, ks.arccos(1), border="valid")])
        turned = groups.act(np.arange(49.0).reshape(1, 7, 7, 1), 2)
        straight = np.arange(49.0).reshape(1, 7, 7, 1)
        assert plain.gram(turned)[0, 0] == pytest.approx(plain.gram(straight)[0, 0], rel=1e-12, abs=0)


def test_group_products_are_those_of_the_matrices() -> None:
    for group in (groups.cyclic(5), groups.dihedral(4), groups.dihedral(3)):
        e = group.elements
        for a in range(group.order):
            for b in range(group.order):
                np.testing.assert_allclose(e[group.product(a, b)], e[a] @ e[b], atol=1e-12)
            np.testing.assert_allclose(e[group.inverse(a)] @ e[a], np.eye(2), atol=1e-12)


def test_interpolation_keeps_constants_and_parabolas() -> None:
    from kernelspec.ckn.groups.operators import _taps

    points = np.linspace(2, 7, 41)
    for name, degrees in (("bilinear", (0, 1)), ("cubic", (0, 1, 2))):
        reads, weights = _taps(points, name)
        for degree in degrees:
            np.testing.assert_allclose(
                np.sum(weights * reads.astype(float) ** degree, axis=-1), points**degree, rtol=1e-14
            )


@pytest.mark.parametrize("patch", [2, 4])
def test_even_valid_patches_of_groups_stand_about_their_middle(patch: int) -> None:
    x = np.random.default_rng(1).standard_normal((2, 6, 6, 1))
    layers = [groups.Layer(patch, ks.arccos(1), border="valid")]
    net = groups.Network(groups.cyclic(4), layers)
    np.testing.assert_allclose(net.gram(groups.act(x, 1)), net.gram(x), rtol=1e-12)
    plain = ckn.Network([ckn.Layer(patch, ks.arccos(1), border="valid")])
    one = groups.Network(groups.cyclic(1), layers, output="sum")
    np.testing.assert_allclose(one.gram(x), plain.gram(x), rtol=1e-12)
