"""Eigenvalues of networks of smooth activations: Taylor and cosine series in balls, against mpmath and each other."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint
import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec.kernels.fourier_balls import TRANSFORMS, hermite
from kernelspec.kernels.hermite_balls import as_ball, coefficients
from kernelspec.kernels.network_readings import read
from kernelspec.kernels.point_readings import AtOne, AtPoints
from kernelspec.kernels.proved_series import squares
from kernelspec.kernels.smooth_duals import NAMES
from kernelspec.numbers.precision import precision
from kernelspec.spectrum import cosine_sums
from kernelspec.spectrum.cosine_sums import cosine_ball
from kernelspec.spectrum.taylor_sums import first_terms, summed
from oracle.smooth_activations import FUNCTIONS as SMOOTH

FUNCTIONS = SMOOTH | {"gelu": lambda x: x * mp.ncdf(x), "erf": mp.erf}


def hermite_means(function: Any, q: Any, terms: int) -> list[Any]:
    """E[f h_i] at a variance, by a sum over nodes in mpmath."""
    nodes = [mp.mpf(j) / 10 for j in range(-140, 141)]
    masses = [mp.npdf(x) * function(mp.sqrt(q) * x) / 10 for x in nodes]
    before, now, out = [mp.mpf(0)] * len(nodes), [mp.mpf(1)] * len(nodes), []
    for i in range(terms):
        out.append(mp.fdot(masses, now))
        roots = mp.sqrt(i), mp.sqrt(i + 1)
        before, now = now, [(x * b - roots[0] * a) / roots[1] for x, a, b in zip(nodes, before, now, strict=True)]
    return out


def hermite_squares(function: Any, q: Any, terms: int) -> list[Any]:
    """b_i of a dual."""
    return [a**2 for a in hermite_means(function, q, terms)]


def eigenvalues(functions: list[Any], bias: Any, tangent: bool, degrees: list[int], terms: int = 130) -> list[Any]:
    """mu_k on S^2 of `mlp` with such activations and weight variance 2: Gauss-Legendre, values from Hermite sums."""
    w, b, count = mp.mpf(2), mp.mpf(bias), 44
    nodes = [mp.findroot(lambda x: mp.legendre(count, x), float(x)) for x in np.polynomial.legendre.leggauss(count)[0]]
    q = w + b
    rho = [(w * u + b) / q for u in nodes]
    total = list(rho)
    for function in functions:
        found = hermite_squares(function, q, terms)
        slopes = [i * c for i, c in enumerate(found)][1:]
        one = mp.fsum(found)
        q = w * one + b
        values = [mp.polyval(found[::-1], r) for r in rho]
        steep = [mp.polyval(slopes[::-1], r) for r in rho]
        rho = [(w * v + b) / q for v in values]
        total = [w * s / q * t + r for s, t, r in zip(steep, total, rho, strict=True)]
    kernel = total if tangent else rho
    weights = [2 / ((1 - u * u) * mp.diff(lambda x: mp.legendre(count, x), u) ** 2) for u in nodes]
    return [mp.fsum(v * m * mp.legendre(k, u) for v, m, u in zip(kernel, weights, nodes, strict=True)) / 2
            for k in degrees]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "depth", "bias", "tangent"),
    [("tanh", 2, 0.1, True), ("silu", 3, 0, True), ("mish", 2, 0.5, True), ("sigmoid", 3, 0.1, False)],
)  # fmt: skip
def test_against_quadrature_in_mpmath(name: str, depth: int, bias: float, tangent: bool) -> None:
    """mu_9 is some 1e-5 to 1e-12 of kappa(1); the oracle misses less than 1e-17 of kappa(1)."""
    degrees = [0, 1, 4, 5, 9]
    with mp.workdps(32):
        terms = {"tanh": 420, "mish": 240}.get(name, 130)
        wanted = eigenvalues([FUNCTIONS[name]] * (depth - 1), bias, tangent, degrees, terms)
    kernel = ks.mlp(depth, activation=name, bias_variance=bias, tangent=tangent)
    s = kernel.spectrum(3)
    for k, mu in zip(degrees, wanted, strict=True):
        assert abs(s[k] - mu) < 1e-14 * abs(mu) + 1e-17 * kernel.at_one, k
        ball = s.certified(k, 20)
        assert abs(float(ball.mid()) - mu) < 1e-14 * abs(mu) + 1e-17 * kernel.at_one
        assert s.error(k) < 1e-14


def test_a_closed_dual_behind_a_smooth_one() -> None:
    """Its variance is a ball; and with it the coefficients, through a Lipschitz constant."""
    with mp.workdps(32):
        for other in ("gelu", "erf"):
            wanted = eigenvalues([FUNCTIONS["silu"], FUNCTIONS[other]], 0, True, [3, 8])
            kernel = ks.network(f"dense(2) > silu > dense(2) > {other} > dense(2)", tangent=True)
            found = kernel.spectrum(3).certified([3, 8], 25)
            for ball, mu in zip(found, wanted, strict=True):
                assert abs(float(ball.mid()) - mu) < 1e-14 * abs(mu)
            assert kernel.spectrum(3).error(8) < 1e-14


def test_high_degrees_against_sums_in_mpmath() -> None:
    """mu_40 of one hidden layer of silu, from 480 Hermite coefficients at 90 digits."""
    k, terms = 40, 480
    with mp.workdps(90):
        found = hermite_squares(FUNCTIONS["silu"], mp.mpf(2), terms)
        weights = [ks.sphere.monomial_eigenvalue_exact(10, m, k) for m in range(k, terms, 2)]
        parts = [b * x.numerator / x.denominator for b, x in zip(found[k::2], weights, strict=True)]
        mu = mp.fsum(parts) / mp.fsum(found)
    assert parts[-1] < 1e-17 * mu
    s = ks.mlp(2, activation="silu").spectrum(10)
    assert abs(s[k] / mu - 1) < 1e-14


@pytest.mark.parametrize(("name", "q"), [("tanh", "1e-6"), ("sigmoid", "0.001")])
def test_small_variances(name: str, q: str) -> None:
    """Coefficients fall by some q from one to the next: those that are too small to count ask for no more nodes."""
    with mp.workdps(80):
        found = hermite_squares(FUNCTIONS[name], mp.mpf(q), 9)
        one = mp.fsum(found)
        wanted = {}
        for k in (0, 1):
            weights = [ks.sphere.monomial_eigenvalue_exact(3, m, k) for m in range(k, 9, 2)]
            parts = [b * x.numerator / x.denominator for b, x in zip(found[k::2], weights, strict=True)]
            wanted[k] = mp.fsum(parts) / one
        value = mp.polyval(found[::-1], mp.mpf("0.5")) / one
    kernel = ks.network(f"dense(1) > {name} > dense(1)", variance=Fraction(q))
    s = kernel.spectrum(3)
    assert abs(kernel(0.5) - value) < 4e-16
    for k, mu in wanted.items():
        assert abs(s[k] - mu) <= 1e-14 * abs(mu), k
        if k:
            assert abs(float(s.certified(k, 20).mid()) - mu) <= 1e-14 * mu


def powers(kernel: Any, terms: int) -> tuple[list[Any], Any]:
    found = kernel.taylor_squares(terms, 128)
    assert found is not None
    return found


def cosines(kernel: Any, bits: int, count: int) -> tuple[list[Any], Any]:
    found = cosine_sums._cosines(kernel, bits, count)
    assert found is not None
    return found


NETWORKS = [
    ks.mlp(2, activation="tanh"),
    ks.mlp(4, activation="tanh", bias_variance=0.1, tangent=True),
    ks.mlp(3, activation="mish", weight_variance=1, tangent=True),
    ks.mlp(3, activation="softplus", weight_variance=0.5, bias_variance=1),
    ks.network("dense(1, 0.5) > sum(1: tanh > dense(2) | 0.5: identity) > dense(1, 0, 0, 2) > silu", tangent=True),
    ks.network("dense(1) > norm(0.1) > product(tanh > dense(1) | sigmoid) > dense(3)", tangent=True, scaled=True),
    ks.network("dense(1) > silu > dense(1, 0, 0, 0) > norm(0.01) > softplus > dense(1, 1)", variance=2),
    2 * ks.mlp(2, activation="silu") * ks.dual("sigmoid") + ks.dual("tanh") @ ks.mlp(2, activation="mish"),
]


@pytest.mark.parametrize("kernel", NETWORKS, ids=repr)
@pytest.mark.parametrize("d", [2, 5])
def test_the_mercer_sum_is_the_kernel(kernel: Any, d: int) -> None:
    """Values come from other series, of their own: at 1 and inside."""
    for t in (1.0, 0.3, -0.9):
        assert abs(kernel.spectrum(d).mercer(t, 70) - kernel(t)) < 4e-15 * kernel.at_one + 1e-20


@pytest.mark.parametrize("kernel", NETWORKS, ids=repr)
def test_both_series_agree(kernel: Any) -> None:
    for d, k in ((3, 3), (40, 5)):
        with precision(128):
            first, rest = powers(kernel, 320)
            by_powers = first_terms(d, k)[k] * summed(first, rest, d, k, (321 - k) // 2)
            by_cosines = cosine_ball(kernel, d, k, 64)
            assert by_powers.overlaps(by_cosines) and by_cosines.rel_accuracy_bits() >= 64
            assert by_powers.rel_accuracy_bits() > 8


@given(
    st.sampled_from(NAMES), st.integers(2, 3), st.fractions(Fraction(1, 2), 2, max_denominator=8),
    st.fractions(0, 1, max_denominator=4), st.booleans(), st.integers(2, 12), st.integers(0, 40),
)  # fmt: skip
@settings(max_examples=8, deadline=None)
def test_slices_certified_values_and_singles_are_one(
    name: str, depth: int, weight: Fraction, bias: Fraction, tangent: bool, d: int, k: int
) -> None:
    kernel = ks.mlp(depth, activation=name, weight_variance=weight, bias_variance=bias, tangent=tangent)
    s = kernel.spectrum(d)
    value, ball = s[k], s.certified(k, 18)
    assert value == kernel.spectrum(d)[k - k % 3 : k + 2][k % 3]
    assert abs(float(ball.mid()) - value) <= 2 * 2.0**-52 * abs(value)
    assert value >= 0 and (value > 0) == (ball > 0) and s.error(k) < 1e-14


def test_degrees_of_hundreds_and_where_they_end() -> None:
    s = ks.mlp(2, activation="silu", tangent=True).spectrum(3)
    logs = s.log_abs([100, 200, 300])
    assert logs[0] - logs[1] > logs[1] - logs[2] > 0.7 * (logs[0] - logs[1])  # as e^{-c k^(2/3)}
    assert s[300] > 0 and s.error(300) < 1e-14 and s[301] == 0
    with pytest.raises(ArithmeticError, match="takes more than 2560 terms of its Hermite series, and a cosine series"):
        s.certified(5000)
    odd = ks.mlp(4, activation="tanh", tangent=True).spectrum(4)
    assert np.all(odd[0:200:2] == 0) and np.all(odd[1:30:2] > 0)


# -- the parts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("q", [Fraction(1, 20), Fraction(1), Fraction(9), Fraction(200)])
def test_fourier_integrals_err_by_less_than_their_balls(name: str, q: Fraction) -> None:
    """With few bits errors are seen; many bits, blocks and a wide variance are inside."""
    order = TRANSFORMS[name].order
    with precision(300):
        exact = hermite(name, as_ball(q), order, 90)
    for bits in (4, 10, 40):
        with precision(bits):
            found = hermite(name, as_ball(q), order, 90)
        with precision(300):
            assert all(a.overlaps(b) for a, b in zip(found, exact, strict=True))
            told = [a.rel_accuracy_bits() for a, b in zip(found, exact, strict=True) if b != 0 and name != "mish"]
            assert min(told, default=99) >= bits - 12
    with precision(120):
        later = hermite(name, as_ball(q), 70, 90)
        wide = hermite(name, as_ball(q) * (1 + flint.arb(0, 1e-9)), order, 90)
        blocks = coefficients(name, q, 90, least=20)[0][order:]
    with precision(300):
        assert all(a.overlaps(b) for a, b in zip(later, exact[70 - order :], strict=True))
        assert all(a.contains(b) for a, b in zip(wide, exact, strict=True))
        assert all(a.overlaps(b) and float((a * a).rad()) < 1e-32 for a, b in zip(blocks, exact, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_fourier_integrals_are_hermite_coefficients(name: str) -> None:
    """With their signs, which squares do not tell; the sums in mpmath miss less than 1e-25."""
    order = TRANSFORMS[name].order
    with mp.workdps(40):
        wanted = hermite_means(FUNCTIONS[name], mp.mpf("0.5"), 24)
    with precision(100):
        found = hermite(name, as_ball(Fraction(1, 2)), order, 24)
        assert all(abs(a - flint.arb(mp.nstr(b, 40))) < 1e-25 for a, b in zip(found, wanted[order:], strict=True))


@pytest.mark.parametrize("d", [2, 3, 4, 7, 40])
def test_eigenvalues_of_chebyshev_polynomials_are_exact(d: int) -> None:
    for k in range(6):
        for j in range(k, 15, 2):
            known = [flint.arb(int(i == j)) for i in range(16)]
            with precision(128):
                found = cosine_sums._summed(known, flint.arb(0), d, k)
                wanted = Fraction(0)
                for m in range(j % 2, j + 1, 2):
                    c = int(mp.nint(mp.taylor(lambda x, j=j: mp.chebyt(j, x), 0, j)[m]))
                    wanted += c * ks.sphere.monomial_eigenvalue_exact(d, m, k) if m >= k else 0
                assert abs(found - flint.arb(wanted.numerator) / wanted.denominator) < 1e-25


@pytest.mark.parametrize("kernel", NETWORKS[:4], ids=repr)
def test_bounds_of_tails_hold_and_are_near(kernel: Any) -> None:
    """Cosine coefficients of twice the bits add up to less, and to a part that is not small."""
    tails = cosine_sums._tails(kernel)
    assert tails is not None
    exact, _ = cosines(kernel, 192, cosine_sums._nodes(tails, 192) or 0)
    with precision(232):
        for j in (6, 20, 40):
            true, bound = sum(exact[j:], flint.arb(0)), cosine_sums._tail(tails, j)
            assert true < bound and bound < 1e7 * true
        coarse, rest = cosines(kernel, 192, 16)
        assert all(a.contains(b.mid()) for a, b in zip(coarse, exact, strict=False))
        assert sum(exact[16:], flint.arb(0)) < rest
        assert (
            max(float(abs(a.mid() - b)) / float(a.rad()) for a, b in zip(coarse, exact, strict=False) if b != 0) > 1e-7
        )


@pytest.mark.parametrize("kernel", [NETWORKS[0], NETWORKS[3]], ids=repr)
def test_bounds_of_derivatives_hold(kernel: Any) -> None:
    """kappa^(p)(1)/p! from a thousand Taylor coefficients, from below."""
    with precision(200):
        first, _ = powers(kernel, 640)
        bounds = read(kernel, AtOne(12))
        for p in range(12):
            true = sum((flint.arb(math.comb(m, p)) * b for m, b in enumerate(first) if m >= p), flint.arb(0))
            assert true <= bounds.first[p].upper() * (1 + 1e-12) and bounds.first[p] < 1e6 * true


def test_few_terms_of_an_outer_series_are_in_the_balls() -> None:
    """Behind a bias the inner series has a constant: what is cut off counts at every power."""
    kernel = ks.mlp(3, activation="tanh", bias_variance=1, tangent=True)
    few, many = squares(kernel, 24, 100), squares(kernel, 160, 200)
    assert few is not None and many is not None
    with precision(240):
        assert all(a.overlaps(b) for a, b in zip(few[0], many[0], strict=False))
        rest = many[1] + sum(many[0][24:], flint.arb(0))
        assert few[1].overlaps(rest)


def test_values_at_points_hold_those_of_the_series() -> None:
    kernel = NETWORKS[4]
    with precision(160):
        points = [flint.arb(x) for x in (-1, -0.5, 0, 0.75)]
        found = read(kernel, AtPoints(points, 100)).numbers
        first, rest = powers(kernel, 640)
        for x, value in zip(points, found, strict=True):
            series = flint.arb_poly(first)(x) + flint.arb(0, 1) * rest
            assert value.overlaps(series) and float(value.rad()) < 1e-26


@pytest.mark.parametrize(
    ("name", "k", "phi"), [("silu", 60, lambda x: x / (1 + (-x).exp())), ("tanh", 61, lambda x: x.tanh())]
)
def test_one_hidden_layer_is_an_integral_of_squares_over_the_radius(
    name: str, k: int, phi: Callable[[Any], Any]
) -> None:
    """mu_k = E[lambda_k(R)^2] / E[phi^2], lambda_k by Funk and Hecke for each radius R, d = 3."""
    with precision(250):
        root = flint.arb(2).sqrt()
        nodes = [flint.arb.legendre_p_root(200, i, weight=True) for i in range(200)]
        weights = [t.legendre_p(k) * w / 2 for t, w in nodes]
        panel = [flint.arb.legendre_p_root(40, i, weight=True) for i in range(40)]
        total, ends = flint.arb(0), range(0, 33, 4)
        for low, high in itertools.pairwise(ends):
            for x, w in panel:
                r = flint.arb(low + high) / 2 + flint.arb(high - low) / 2 * x
                value = sum((p * phi(root * r * t) for p, (t, _) in zip(weights, nodes, strict=True)), flint.arb(0))
                total += value * value * r * r * (-r * r / 2).exp() * w * flint.arb(high - low) / 2
        points = [flint.arb(j) / 20 for j in range(-600, 601)]
        square = sum((phi(root * z) ** 2 * (-z * z / 2).exp() for z in points), flint.arb(0)) / 20
        wanted = float((2 * total / square).mid())  # (2/pi)^{1/2} of the radius, (2 pi)^{-1/2} of the square
    assert ks.mlp(2, activation=name).spectrum(3)[k] == pytest.approx(wanted, rel=1e-14, abs=0)


@pytest.mark.parametrize("inner", ["1/2*polynomial(2)", "1/2*polynomial(2) + 1/4", "1/2*dual('tanh')*dual('sin')"])
def test_few_terms_of_what_reads_a_series_that_starts_late(inner: str) -> None:
    """The inner series is constant up to where it is cut off."""
    kernel = ks.parse(f"dual('tanh')@({inner})")
    known = kernel.taylor_squares(6, 96)
    assert known is not None
    for terms in (1, 2):
        few = kernel.taylor_squares(terms, 96)
        assert few is not None
        assert all(a.overlaps(b) for a, b in zip(few[0], known[0], strict=False))
        assert few[1].overlaps(sum(known[0][terms:], known[1]))
    assert ks.same_rkhs(kernel, ks.dual("silu"), 3).same is False
