"""Matern and rational quadratic kernels on the sphere, against scikit-learn, mpmath and quadrature."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest
import sympy
from flint import arb
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import special

import kernelspec as ks
from kernelspec.kernels import matern as bessel
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.numbers.precision import mpmath_context, precision
from kernelspec.sphere.power_eigenvalues import power_eigenvalue
from oracle.mpmath_values import legendre

ROOT2 = sympy.sqrt(2)
HALVES = [F(3, 2), F(5, 2), F(9, 2), F(41, 2)]
OTHERS = [F(1, 3), F(3, 4), F(4, 3), F(99, 100), F(21, 10)]
INTEGERS = [F(1), F(2), F(5)]


def matern_by_mpmath(nu: F, scale: Value, t: Value, mp: Any) -> Value:
    """The definition, at t = 1 - u."""
    if t == 0:
        return mp.one
    order = mp.mpf(nu.numerator) / nu.denominator
    s = mp.sqrt(2 * order) * mp.sqrt(2 * t) / scale
    return 2 ** (1 - order) / mp.gamma(order) * s**order * mp.besselk(order, s)


def eigenvalue(f: Any, d: int, k: int, mp: Any) -> Any:
    """Funk-Hecke's formula by mpmath's quadrature in theta, for f of t = 1 - cos(theta)."""
    half = mp.mpf(d) / 2
    constant = mp.gamma(half) / (mp.sqrt(mp.pi) * mp.gamma(half - mp.mpf(1) / 2))

    def integrand(theta: Value) -> Value:
        p = legendre(d, k, mp.cos(theta))
        return f(2 * mp.sin(theta / 2) ** 2) * p * mp.sin(theta) ** (d - 2)

    # Powers and logarithms are at 0 alone: beyond 1/10 Gauss's rule needs a quarter of the points.
    rest = mp.quad(integrand, [0.1, 0.5, 1, 2, mp.pi], method="gauss-legendre")
    return constant * (mp.quad(integrand, [0, 0.1]) + rest)


orders = st.one_of(
    st.sampled_from([*HALVES, *OTHERS, *INTEGERS]), st.fractions(F(1, 12), 12, max_denominator=12)
).filter(lambda nu: nu > 0)
scales = st.fractions(F(1, 20), 20, max_denominator=20).filter(lambda q: q > 0)


# -- values -----------------------------------------------------------------------------------------


@given(orders, scales, st.floats(-1, 1), st.integers(0, 15))
@example(F(5, 7), F(17, 20), -0.00021, 0)  # s just below 2
@example(F(5, 12), F(1, 20), -1.0, 3)
@settings(max_examples=80, deadline=None)
def test_matern_values_and_defects(nu: F, scale: F, x: float, closeness: int) -> None:
    mp = mpmath_context(60)
    u = 1 - (1 - x) * 10.0**-closeness
    k, t = ks.matern(nu, scale), 1 - mp.mpf(u)
    true = matern_by_mpmath(nu, mp.mpf(scale.numerator) / scale.denominator, t, mp)
    if true > 1e-280:
        assert k(u) == pytest.approx(float(true), rel=3e-14 * (1 + float(nu)), abs=0)
    assert k.defect(u) == pytest.approx(float(1 - true), rel=3e-14 * (1 + float(nu)), abs=0)
    exact = arb(u)
    with precision(300):
        assert abs(arb(str(mp.nstr(true, 55))) - k(exact)) < arb(10) ** -45 + k(exact).rad()
        assert abs(arb(str(mp.nstr(1 - true, 50))) - k.defect(exact)) < arb(10) ** -45 + k.defect(exact).rad()
    own = mpmath_context(30)
    near = k.defect(own.mpf(u))
    assert abs(near - own.mpf(mp.nstr(1 - true, 40))) <= 1e-27 * abs(near)


@pytest.mark.parametrize("nu", [0.5, 1.5, 2.5, 0.75, 1, 3.25])
@pytest.mark.parametrize("scale", [0.3, 1.0, 7.0])
def test_agreement_with_scikit_learn(nu: float, scale: float) -> None:
    gaussian = pytest.importorskip("sklearn.gaussian_process.kernels")
    x = np.random.default_rng(0).standard_normal((20, 5))
    x /= np.linalg.norm(x, axis=1)[:, None]
    theirs = gaussian.Matern(length_scale=scale, nu=nu)(x)
    assert ks.matern(nu, scale).gram(x) == pytest.approx(theirs, rel=1e-11, abs=1e-13)


@pytest.mark.parametrize(("alpha", "scale"), [(1, 1), (0.5, 0.3), (3.25, 7)])
def test_rational_quadratic_of_scikit_learn(alpha: float, scale: float) -> None:
    gaussian = pytest.importorskip("sklearn.gaussian_process.kernels")
    x = np.random.default_rng(1).standard_normal((20, 4))
    x /= np.linalg.norm(x, axis=1)[:, None]
    theirs = gaussian.RationalQuadratic(length_scale=scale, alpha=alpha)(x)
    assert ks.rational_quadratic(alpha, scale).gram(x) == pytest.approx(theirs, rel=1e-13, abs=0)


@given(st.fractions(F(1, 10), 20, max_denominator=12).filter(bool), scales, st.floats(-1, 1), st.integers(0, 15))
@settings(max_examples=50, deadline=None)
def test_rational_quadratic_values(alpha: F, scale: F, x: float, closeness: int) -> None:
    mp = mpmath_context(60)
    u = 1 - (1 - x) * 10.0**-closeness
    k = ks.rational_quadratic(alpha, scale)
    a, s = (mp.mpf(q.numerator) / q.denominator for q in (alpha, scale))
    true = (1 + (1 - mp.mpf(u)) / (a * s * s)) ** -a
    assert k(u) == pytest.approx(float(true), rel=1e-14 * (1 + float(alpha)), abs=0)
    assert k.defect(u) == pytest.approx(float(1 - true), rel=4e-15, abs=0)
    assert abs(k(arb(u)) - arb(mp.nstr(true, 55))) < 1e-12
    assert k.radius <= 1 + alpha * scale**2 < k.radius * (1 + 1e-15)


def test_half_of_a_matern_kernel_is_laplace() -> None:
    assert ks.matern(F(1, 2)) == ks.matern(0.5) == ks.laplace(ROOT2)
    assert ks.matern(0.5, ROOT2) == ks.laplace(1)


@pytest.mark.parametrize("kernel", [ks.matern(2.5), ks.matern(F(4, 3), 2), ks.matern(1)], ids=repr)
def test_arrays_keep_their_type_and_narrow_kernels_underflow(kernel: Any) -> None:
    u = np.array([-1, 0, 0.999, 1], dtype=np.float32)
    assert kernel(u).dtype == np.float32
    assert kernel(u) == pytest.approx(kernel(u.astype(float)), rel=1e-6, abs=0)
    assert kernel(np.zeros((0, 3))).shape == (0, 3) and kernel(1) == 1 and kernel.defect(1.0) == 0
    narrow = ks.matern(kernel.nu, 1e-8)
    assert narrow(np.array([-1.0, 0.5, 1.0])).tolist() == [0, 0, 1]


def test_sympy_forms() -> None:
    u = sympy.Rational(1, 5)
    for k in (ks.matern(2.5, 3), ks.matern(F(1, 3)), ks.matern(2), ks.rational_quadratic(F(1, 3), ROOT2)):
        assert float(k.sympy(u)) == pytest.approx(k(0.2), rel=1e-13, abs=0)
        assert k.sympy(sympy.Integer(1)) == 1


@pytest.mark.parametrize(
    "kernel",
    [ks.matern(1.5), ks.matern(F(7, 2), ROOT2), ks.matern(F(1, 3), 0.5), ks.matern(2, sympy.pi),
     ks.rational_quadratic(), ks.rational_quadratic(F(1, 3), 2), ks.rational_quadratic(2, sympy.sqrt(3))],
    ids=repr,
)  # fmt: skip
def test_text_copies_and_derivatives(kernel: Any) -> None:
    for k in (kernel, kernel.derivative(), 2 * kernel + 1, kernel * ks.ntk(3), kernel @ ks.arccos(1)):
        assert ks.parse(repr(k)) == k and pickle.loads(pickle.dumps(k)) == k and k.latex()
    mp = mpmath_context(40)
    x, h = mp.mpf("0.3"), mp.mpf(10) ** -12
    slope = (kernel(x + h) - kernel(x - h)) / (2 * h)
    assert kernel.derivative()(0.3) == pytest.approx(float(slope), rel=1e-13, abs=0)
    assert kernel.taylor(3)[0].overlaps(kernel(arb(0)))
    assert kernel.taylor(3)[1].overlaps(kernel.derivative()(arb(0)))


# -- expansions -------------------------------------------------------------------------------------


@pytest.mark.parametrize("nu", [*HALVES[:3], *OTHERS])
@pytest.mark.parametrize("scale", [F(1), F(1, 2), ROOT2])
def test_the_first_power_is_the_order(nu: F, scale: Value) -> None:
    k = ks.matern(nu, scale)
    found = k.expand(terms=math.ceil(nu) + 2)
    assert [e for e in found.exponents if e.denominator > 1][0] == nu
    ratio = sympy.gamma(-sympy.Rational(nu.numerator, nu.denominator)) / sympy.gamma(
        sympy.Rational(nu.numerator, nu.denominator)
    )
    expected = float(ratio) * (float(nu) / float(scale) ** 2) ** float(nu)
    assert float(found.coefficient(nu)) == pytest.approx(expected, rel=1e-13, abs=0)
    law = k.decay(5)
    assert (law.nu, law.exponent) == (nu, 4 + 2 * nu) and law.c_minus == 0
    assert float(law.even) == float(law.odd) > 0


@pytest.mark.parametrize("kernel", [ks.matern(1.5), ks.matern(F(4, 3), 2), ks.matern(2), ks.rational_quadratic(2, 3)])
def test_expansions_are_those_of_the_values(kernel: Any) -> None:
    mp = mpmath_context(50)
    for at in (1, -1):
        if at == 1 and kernel == ks.matern(2):
            continue
        found = kernel.expand(at=at, terms=5)
        t = mp.mpf(10) ** -6
        total = mp.fsum(
            mp.mpf(b.mid().str(50, radius=False)) * t ** (mp.mpf(e.numerator) / e.denominator)
            for e, b in zip(found.exponents, found.balls(40), strict=True)
        )
        order = float(found.order)
        assert abs(total - kernel(at * (1 - t))) < 1e4 * 10 ** (-6 * order)


def test_half_integers_at_minus_one_are_exponentials() -> None:
    root = sympy.sqrt(12)
    found = ks.matern(1.5).expand(at=-1, terms=1).coefficient(0)
    assert found == sympy.expand(sympy.exp(-root) * (1 + root))


@pytest.mark.parametrize("nu", [1, 2, 5])
def test_integer_orders_are_refused_in_words(nu: int) -> None:
    k = ks.matern(nu)
    for question in (
        k.expand,
        lambda: k.decay(3),
        lambda: k.spectrum(3).certified(4),
        lambda: k.spectrum(3).remainder(2),
    ):
        with pytest.raises(ValueError, match="logarithm at u = 1"):
            question()
    if nu == 1:
        with pytest.raises(NotImplementedError, match="logarithm"):
            k.derivative()


# -- eigenvalues ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nu", "d", "k"), [(F(5, 2), 3, 6), (F(5, 2), 2, 3), (F(4, 3), 3, 0), (F(2), 3, 4), (F(2), 5, 1)]
)
def test_matern_eigenvalues_by_quadrature(nu: F, d: int, k: int) -> None:
    mp = mpmath_context(18)
    scale = 2 if nu == F(4, 3) else F(1, 2)  # the ellipse of a narrow kernel takes four seconds
    true = eigenvalue(lambda t: matern_by_mpmath(nu, mp.mpf(float(scale)), t, mp), d, k, mp)
    s = ks.matern(nu, scale).spectrum(d)
    assert s[k] == pytest.approx(float(true), rel=1e-12, abs=0)
    if nu.denominator > 1:
        assert abs(mp.mpf(s.certified(k, 20).mid().str(25, radius=False)) / true - 1) < 1e-15


@pytest.mark.parametrize("nu", [F(3, 2), F(5, 2), F(9, 2), F(4, 3), F(1, 3)])
@pytest.mark.parametrize("d", [3, 20])
def test_matern_eigenvalues_at_every_degree(nu: F, d: int) -> None:
    s, k = ks.matern(nu).spectrum(d), np.array([0, 5, 20, 300, 10**4, 10**6, 10**9])
    for ball, value, stated in zip(s.certified(k, 15), s(k), s.error(k), strict=True):
        error = abs(value / float(ball.mid()) - 1)
        assert error <= 2e-13 and error <= stated


def test_high_orders_at_high_degrees() -> None:
    # mu_k = 3e-189 is far below what 2^-500 beside the cut would leave of lower powers.
    k = ks.matern(F(41, 2))
    for degree in (10**5, 10**6):
        assert k.spectrum(5)[degree] == pytest.approx(k.decay(5).at(degree), rel=1e-3 * 1e5 / degree, abs=0)


def test_the_eigenvalues_of_an_integer_order_follow_the_logarithm() -> None:
    # t log t = d/dnu t^nu at nu = 1: the derivative of Gamma ratios; for nu = 1, kappa = 1 + t log t + ...
    k, h = 10**6, 1e-4
    slope = (power_eigenvalue(3, 1 + h, k) - power_eigenvalue(3, 1 - h, k)) / (2 * h)
    assert ks.matern(1).spectrum(3)[k] == pytest.approx(slope, rel=1e-5, abs=0)


@pytest.mark.parametrize(("alpha", "scale"), [(F(1), F(1)), (F(1, 2), F(1, 10)), (F(10), F(3)), (F(30), F(1, 2))])
@pytest.mark.parametrize("d", [2, 3, 20, 784])
def test_rational_quadratic_eigenvalues(alpha: F, scale: F, d: int) -> None:
    s = ks.rational_quadratic(alpha, scale).spectrum(d)
    k = np.array([0, 1, 2, 5, 40, 300])
    for ball, log, error in zip(s.certified(k, 20), s.log_abs(k), s.error(k), strict=True):
        assert float(abs(ball.log() - arb(log))) <= error < 1e-11
    assert float(s.exact(2)) == pytest.approx(s[2], rel=1e-12, abs=0)


def test_rational_quadratic_eigenvalues_by_quadrature_and_taylor() -> None:
    mp, k = mpmath_context(25), ks.rational_quadratic(F(1, 2), 2)
    true = eigenvalue(lambda t: (1 + t / 2) ** mp.mpf(-0.5), 4, 3, mp)
    assert k.spectrum(4)[3] == pytest.approx(float(true), rel=1e-13, abs=0)
    assert (k * 1 + ks.linear() ** 2 * k).spectrum(4)[3] == pytest.approx(
        float((k + ks.linear() ** 2 * k).spectrum(4).certified(3).mid()), rel=1e-12, abs=0
    )
    law = ks.rational_quadratic().decay(3)
    assert law.rate is not None and law.rate.rho == sympy.sqrt(3) + 2
    logs = ks.rational_quadratic().spectrum(3).log_abs(np.array([4000, 4001]))
    assert logs[0] - logs[1] == pytest.approx(math.log(2 + math.sqrt(3)), rel=1e-3, abs=0)


@pytest.mark.parametrize(
    "text",
    [
        "arccos(1)@matern(nu=2.5)",
        "matern(nu=4/3)@arccos(1)",
        "arccos(1)@rational_quadratic()",
        "rational_quadratic(alpha=1/3)@arccos(1)",
        "matern(nu=1.5)*ntk(3)",
        "matern(nu=2.5, scale=2)@laplace()",
    ],
)
def test_compositions(text: str) -> None:
    k = ks.parse(text)
    s = k.spectrum(3)
    assert s[4] == pytest.approx(float(s.certified(4, 15).mid()), rel=1e-11, abs=0)
    law = k.decay(3)
    assert law.at(4000) == pytest.approx(s[4000], rel=3e-2, abs=0)


def test_a_region_that_holds_the_singularity_is_refused() -> None:
    # u = 1 + alpha scale^2 = 1.01: the ellipses that serve are small, and the ball is right all the same.
    s = ks.parse("linear()*rational_quadratic(scale=0.1)*arccos(1)").spectrum(3)
    mp = mpmath_context(20)
    k = ks.arccos(1)
    true = eigenvalue(lambda t: (1 - t) / (1 + 100 * t) * k(1 - t), 3, 2, mp)
    assert abs(mp.mpf(s.certified(2, 10).mid().str(18, radius=False)) / true - 1) < 1e-9


# -- doors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ks.matern(0), r"nu must lie in \(0, 100\]"),
        (lambda: ks.matern(-1.5), r"nu must lie"),
        (lambda: ks.matern(101), r"nu must lie"),
        (lambda: ks.matern(1 / 3), "nu must be known exactly"),
        (lambda: ks.matern(ROOT2), "nu must be rational"),
        (lambda: ks.matern("1.5"), "nu must be a real number"),
        (lambda: ks.matern(1.5, 0), "scale must be > 0"),
        (lambda: ks.matern(1.5, math.nan), "scale must be finite"),
        (lambda: ks.rational_quadratic(0), "alpha must lie"),
        (lambda: ks.rational_quadratic(1, -1), "scale must be > 0"),
        (lambda: ks.rational_quadratic(ROOT2), "alpha must be rational"),
    ],
)
def test_bad_parameters(call: Callable[..., Value], words: str) -> None:
    with pytest.raises((ValueError, TypeError), match=words):
        call()


@pytest.mark.parametrize("nu", [1, 2])
def test_an_integer_order_in_sums_products_and_compositions(nu: int) -> None:
    kernel, network = ks.matern(nu), ks.ntk(3)
    k = np.array([0, 3, 51, 1000, 10**4, 10**9])
    total, alone, other = (x.spectrum(4) for x in (kernel + network, kernel, network))
    assert total[k] == pytest.approx(alone[k] + other[k], rel=4e-15, abs=0)
    assert np.all(total.error(k) < 1e-12)
    mp = mpmath_context(20)
    product = (kernel * ks.arccos(1)).spectrum(4)

    def of_product(t: Value) -> Value:
        u = 1 - t
        arccosine = (u * (mp.pi - mp.acos(u)) + mp.sqrt(t * (2 - t))) / mp.pi
        return matern_by_mpmath(F(nu), 1, t, mp) * arccosine

    for degree in (0, 3):
        true = float(eigenvalue(of_product, 4, degree, mp))
        assert product[degree] == pytest.approx(true, rel=1e-13, abs=0)
    composed = (ks.rf(3) @ kernel).spectrum(4)
    assert composed.mercer(0.3, 400) == pytest.approx((ks.rf(3) @ kernel)(0.3), rel=1e-4, abs=0)
    with pytest.raises(ValueError, match="no eigenvalues are certified for an integer nu"):
        total.certified(3)


# -- the series -------------------------------------------------------------------------------------


@pytest.mark.parametrize("nu", HALVES)
def test_weights_of_the_tails(nu: F) -> None:
    weights = bessel.tail_weights(nu)
    assert sum(weights) == 1 and min(weights) >= 0 and weights[0] == 0
    s = 1.7
    assert sum(float(c) * special.gammainc(m + 1, s) for m, c in enumerate(weights)) == pytest.approx(
        float(bessel.read_half(nu, np.float64(s), _floats())[1]), rel=1e-14, abs=0
    )


@pytest.mark.parametrize("nu", [*OTHERS, *INTEGERS, F(199, 100), F(201, 100), F(1, 100)])
def test_the_series_meets_the_bessel_function(nu: F) -> None:
    mp = mpmath_context(60)
    for z in np.geomspace(1e-200, bessel.small(nu), 24):
        s = 2 * mp.sqrt(mp.mpf(float(z)))
        order = mp.mpf(nu.numerator) / nu.denominator
        if z < 1e-20:  # the leading terms
            leading = float(z) / float(nu - 1) if nu > 1.5 else None
            if leading:
                assert bessel.float_pair(nu, z)[1] == pytest.approx(leading, rel=1e-9, abs=0)
            continue
        true = 1 - 2 ** (1 - order) / mp.gamma(order) * s**order * mp.besselk(order, s)
        assert float(bessel.float_pair(nu, z)[1]) == pytest.approx(float(true), rel=2e-14, abs=0)


@pytest.mark.parametrize("nu", [F(13, 10), F(5), F(81, 2), F(403, 10)])
def test_jumps_on_the_cut_keep_their_digits(nu: F) -> None:
    """For high orders they are 1e-30 and less of the values: eigenvalues of degree 60 were 10^30 times too large."""
    mp, k = mpmath_context(120), ks.matern(nu, 1)
    order = mp.mpf(nu.numerator) / nu.denominator
    for eta in (0.4, 0.7, 0.9, 1.1, 1.4):
        z = order * (1 - mp.cosh(mp.mpf(eta)))
        t = 2 * mp.sqrt(-z)
        true = mp.pi * (t / 2) ** order * mp.besselj(order, t) / mp.gamma(order)
        other = 2 ** (1 - order) / mp.gamma(order) * (s := mp.mpc(0, t)) ** order * mp.besselk(order, s)
        assert abs(other.imag + true) < mp.mpf(10) ** -80 * abs(other)
        for side in (1, -1):  # u +- i0, next to theta = -i eta
            found = k.of_angle(np.array([complex(side * 2.0**-500, -eta)]), defect=True).imag[0]
            assert found == pytest.approx(float(-side * true), rel=3e-13, abs=0)


def test_eigenvalues_of_high_orders() -> None:
    spectrum = ks.matern(F(403, 10), 1).spectrum(3)
    assert spectrum[60] == pytest.approx(float(spectrum.certified(60)), rel=1e-10, abs=0)


@pytest.mark.parametrize("nu", [F(1, 10**70), F(1, 10**6), F(1, 100), F(1, 8), F(13, 100), F(5, 12), F(49, 100)])
def test_values_of_small_orders_keep_their_digits(nu: F) -> None:
    """M_nu is some 2 nu K_0 for small nu: 1 less the defect has no digits of it, and scipy's K_nu loses 1e-13."""
    mp, k = mpmath_context(200), ks.matern(nu, 1)
    for z in (1e-3, 0.1, 0.3, 0.8, 0.97, 1.0):
        true = matern_by_mpmath(nu, 1, mp.mpf(z) / (nu.numerator / mp.mpf(nu.denominator)), mp)
        assert float(bessel.float_pair(nu, z)[0]) == pytest.approx(float(true), rel=4e-15, abs=0)
    if nu > F(1, 100):
        u = np.linspace(-1, 1, 41)
        wanted = [float(matern_by_mpmath(nu, 1, 1 - mp.mpf(x), mp)) for x in u.tolist()]
        np.testing.assert_allclose(k(u), wanted, rtol=4e-15, atol=0)
        u = np.linspace(0.99, 1, 41)
        wanted = [float(matern_by_mpmath(nu, mp.mpf(1) / 20, 1 - mp.mpf(x), mp)) for x in u.tolist()]
        np.testing.assert_allclose(ks.matern(nu, F(1, 20))(u), wanted, rtol=1e-14, atol=0)


def _floats() -> Any:
    from kernelspec.numbers.arithmetic import FloatArithmetic

    return FloatArithmetic()


@pytest.mark.parametrize("nu", ["1", "1/3", "1/2", "2"])
def test_one_taylor_coefficient_is_the_value_in_the_middle(nu: str) -> None:
    kernel = ks.matern(F(nu))
    mp = mpmath_context(30)
    (start,) = kernel.taylor(1)
    assert abs(mp.mpf(start.mid().str(30, radius=False)) - kernel(mp.mpf(0))) < 1e-27


def test_taylor_series_of_layers_inside_which_the_value_at_one_is_not_one() -> None:
    kernel, u = ks.matern(1) @ (F(1, 2) * ks.matern(1)), F(1, 64)
    total = sum(float(b) * u**i for i, b in enumerate(kernel.taylor(12)))
    assert float(total) == pytest.approx(kernel(float(u)), rel=4e-14)  # floats of integer nu


def test_a_composition_that_is_not_shown_to_stay_inside_says_which_kernel_and_why() -> None:
    with pytest.raises(ValueError, match=r"inner kernel .* \[-1, 1\], which could not be shown for 1 - matern\(nu=1\)"):
        ks.parse("dual('relu6')@(1 - matern(1))")
