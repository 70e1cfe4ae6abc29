"""Duals of piecewise smooth activations: values, the kink rule, expansions, eigenvalues, texts, refusals."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint
import mpmath as mp
import numpy as np
import pytest
import sympy
from expressions import time_limit, untyped
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec.expansions.piecewise_series import hermite_squares
from kernelspec.kernels.activations import read, stretched
from kernelspec.kernels.named_activations import NAMED
from kernelspec.kernels.piecewise import PiecewiseDual
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.numbers.precision import precision
from kernelspec.spectrum.radial import RadialRoute

EPS = float(np.finfo(np.float64).eps)
ALPHA, SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
COSINES = (-1.0, -0.99, -0.7, -0.3, 0.0, 0.1, 0.59, 0.61, 0.9, 0.9999, 1.0)


def elu(x: Value) -> Value:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


# PyTorch's activations: the function, its kinks, (r, {x: J}).
TORCH: dict[str, tuple[Callable[[Value], Value], list[float], int, dict[int, Any]]] = {
    "elu": (elu, [0.0], 2, {0: -1}),
    "selu": (
        lambda x: SCALE * np.where(x > 0, x, ALPHA * np.expm1(np.minimum(x, 0))),
        [0.0],
        1,
        {
            0: sympy.Rational("1.0507009873554804934193349852946")
            * (1 - sympy.Rational("1.6732632423543772848170429916717"))
        },
    ),
    "relu6": (lambda x: np.minimum(np.maximum(0, x), 6), [0.0, 6.0], 1, {0: 1, 6: -1}),
    "hardtanh": (lambda x: np.clip(x, -1, 1), [-1.0, 1.0], 1, {-1: 1, 1: -1}),
    "hardswish": (
        lambda x: x * np.clip(x + 3, 0, 6) / 6,
        [-3.0, 3.0],
        1,
        {-3: -sympy.Rational(1, 2), 3: -sympy.Rational(1, 2)},
    ),
}


def expected(f: Callable[[Value], Value], kinks: list[float], u: float) -> float:
    """E[f(a) f(b)] with b = u a + s z: Gauss-Legendre in a and z, both split at the kinks."""
    x, w = np.polynomial.legendre.leggauss(24)
    s = math.sqrt(1 - u * u)

    def rule(edges: Any) -> tuple[Any, Any]:
        half = np.diff(edges)[:, None] / 2
        return (edges[:-1, None] + half * (1 + x)).ravel(), (half * w).ravel()

    if s == 0:
        a, weight = rule(np.unique([*np.linspace(-12, 12, 25), *kinks, *(-k for k in kinks)]))
        density = np.exp(-a * a / 2) / math.sqrt(2 * math.pi)
        return float(np.sum(weight * density * f(a) * f(u * a)))
    edges = [*np.linspace(-12, 12, 25), *kinks]
    # The inner integral changes within s of kink/u.
    edges += [k / u + s / abs(u) * t for k in kinks if u for t in np.linspace(-8, 8, 17)]
    a, weight = rule(np.unique(np.clip(edges, -12, 12)))
    total = 0.0
    for node, mass in zip(a, weight, strict=True):
        cuts = np.unique(np.clip([*np.linspace(-12, 12, 9), *((k - u * node) / s for k in kinks)], -12, 12))
        z, inner = rule(cuts)
        mean = np.sum(inner * np.exp(-z * z / 2) * f(u * node + s * z))
        total += float(mass * math.exp(-node * node / 2) * f(np.array(node)) * mean)
    return total / (2 * math.pi)


def sphere_integral(kernel: ks.Zonal, d: int, k: int) -> float:
    """mu_k by Gauss-Legendre in the angle on panels that halve to both ends: right to 1e-15 kappa(1)."""
    x, w = np.polynomial.legendre.leggauss(24)
    ends = math.pi * 2.0 ** -np.arange(30.0, 0.0, -1.0)
    edges = np.unique([0.0, *ends, *(math.pi - ends), math.pi, *np.linspace(0, math.pi, 40)])
    half = np.diff(edges)[:, None] / 2
    theta, weight = (edges[:-1, None] + half * (1 + x)).ravel(), (half * w).ravel()
    values = kernel.of_angle(theta) * ks.sphere.legendre(d, k, np.cos(theta))
    constant = math.gamma(d / 2) / (math.sqrt(math.pi) * math.gamma((d - 1) / 2))
    return constant * float(np.sum(weight * values * np.sin(theta) ** (d - 2)))


# -- values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TORCH)
def test_values_are_gaussian_integrals(name: str) -> None:
    f, kinks, _, _ = TORCH[name]
    kernel = ks.dual(name)
    for u in COSINES:
        # The reference adds up some 1e5 terms, and cuts at 12 deviations.
        assert kernel(u) == pytest.approx(expected(f, kinks, u), abs=2e-13 * kernel.at_one)


def random_activation() -> st.SearchStrategy[str]:
    """Texts of activations with one to three kinks, polynomials and exponentials."""
    piece = st.sampled_from(["0", "1", "x", "-x", "x**2/4", "2*x - 1", "exp(x)", "exp(-x/2) - 1", "x*exp(-x)", "1/3"])
    points = st.lists(st.sampled_from([-3, -1, 0, 1, 2]), min_size=1, max_size=3, unique=True)

    def made(xs: list[int], ps: list[str]) -> str:
        words = [f"{p} if x < {x}" for p, x in zip(ps, sorted(xs), strict=False)]
        return "; ".join([*words, ps[-1]])

    return points.flatmap(
        lambda xs: st.lists(piece, min_size=len(xs) + 1, max_size=len(xs) + 1).map(lambda ps: made(xs, ps))
    ).filter(lambda text: bool(read(text).breaks))


@given(random_activation(), st.floats(-1, 1))
@settings(max_examples=8, deadline=None)
def test_floats_agree_with_mpmath(text: str, u: float) -> None:
    kernel = PiecewiseDual(read(text))
    with mp.workdps(25):
        exact, one = kernel(mp.mpf(u)), kernel(mp.mpf(1))
        assert abs(kernel(u) - exact) <= 16 * EPS * one
        if u > 0:  # the defect keeps its relative accuracy
            defect = kernel.defect(mp.mpf(u))
            assert abs(kernel.defect(u) - defect) <= 512 * EPS * abs(defect) + 1e-300


@pytest.mark.parametrize("name", TORCH)
def test_the_defect_next_to_one(name: str) -> None:
    kernel = ks.dual(name)
    for delta in (2.0**-52, 2.0**-40, 1e-3):
        with mp.workdps(40):
            defect = kernel.defect(1 - mp.mpf(delta))
            assert abs(kernel.defect(1 - delta) / defect - 1) <= 64 * EPS
    assert kernel.defect(1.0) == 0.0
    with mp.workdps(50):  # digits beyond those of the floats
        theta = mp.mpf(10) ** -20
        assert abs(kernel.of_angle(theta, defect=True) / (theta**2 / 2) - _slope(kernel)) < 1e-15


def _slope(kernel: ks.Zonal) -> Any:
    """kappa'(1), E f'^2."""
    return -kernel.expand(1, 2).exact_coefficient(1).accurate(30).mid().__float__()


def test_far_and_close_kinks_keep_their_digits() -> None:
    for text in ("0 if x < 8; x - 8", "0 if x < 3; x - 3 if x < 3.001; 0.001"):
        kernel = ks.piecewise(text)
        for u in (0.0, 0.3, 0.97):
            with mp.workdps(40):
                exact, one = kernel(mp.mpf(u)), kernel(mp.mpf(1))
                assert abs(kernel(u) - exact) <= 1e-11 * one


@pytest.mark.parametrize(
    ("text", "cosines", "ulps"),
    [
        ("exp(x/4) if x < 0; 0", (0.6,), 8),  # terms that fall slowly: where the series ends shows
        ("0 if x < 1; 1 if x < 1.01; 0", (0.61,), 8),  # close kinks
        ("0 if x < 25; 1", (0.61, 0.97, 0.999), 100),  # far out e^{-x^2/2} rounds by x^2/2
        ("0 if x < 8; x if x < 15; 20", (0.61, 0.97), 20),
    ],
)
def test_floats_where_each_formula_has_its_hardest_points(text: str, cosines: tuple[float, ...], ulps: int) -> None:
    kernel = ks.piecewise(text)
    with mp.workdps(20):
        one = kernel(mp.mpf(1))
        for u in cosines:
            assert abs(kernel(u) - kernel(mp.mpf(u))) <= ulps * EPS * one


def test_kinks_out_of_sight_take_no_panels() -> None:
    """relu6(x/100) has its second kink at 600, where the density is 1e-78173: it is relu/100."""
    kernel, relu = PiecewiseDual(stretched(NAMED["relu6"], Fraction(1, 100))), ks.arccos(1)
    for u in (-0.9, 0.1, 0.999):
        assert kernel(u) == pytest.approx(relu(u) / 20_000, rel=0, abs=4 * EPS / 20_000)
        with mp.workdps(30):
            assert abs(kernel(mp.mpf(u)) - relu(mp.mpf(u)) / 20_000) < 1e-32
    network = ks.mlp(2, activation="relu6", weight_variance=Fraction(1, 10**4))
    assert network(0.3) == pytest.approx(relu(0.3), rel=4 * EPS)


def test_a_cubic_piece_is_a_gaussian_integral() -> None:
    """Its second derivatives still have moments of degree 2 between the kinks."""
    kernel = ks.piecewise("0 if x < 0; x**3 if x < 2; 1")
    f = lambda x: np.where(x < 0, 0.0, np.where(x < 2, x**3, 1.0))  # noqa: E731
    for u in (0.3, 0.8):
        wanted = expected(f, [0.0, 2.0], u)
        assert kernel(u) == pytest.approx(wanted, abs=2e-13 * kernel.at_one)


def test_more_digits_change_only_digits_beyond_those_asked_for() -> None:
    kernel = ks.piecewise("0 if x < 1; 1 if x < 2; x")
    with mp.workdps(20):
        few = kernel(mp.mpf(0.7))
    with mp.workdps(32):
        assert abs(few - kernel(mp.mpf(0.7))) < mp.mpf(10) ** -19


@pytest.mark.parametrize("text", ["relu6", "elu", "0 if x < 1; 1 if x < 1.01; 0"])
def test_many_points_are_read_like_few(text: str) -> None:
    kernel = ks.dual(text) if text in TORCH else ks.piecewise(text)
    theta = np.linspace(0, np.pi, 12_001)
    near = 2.0 ** -np.arange(1.0, 53.0)
    u = np.concatenate([np.cos(theta), 1 - near, near - 1])
    few = np.concatenate([kernel(part) for part in np.array_split(u, 9)])
    # Interpolation of degree 30 rounds some 30 times; the defect keeps its relative accuracy.
    assert kernel(u) == pytest.approx(few, abs=64 * EPS * kernel.at_one)
    defects = np.concatenate([kernel.defect(part) for part in np.array_split(u, 9)])
    right = u > 0.6
    assert kernel.defect(u)[right] == pytest.approx(defects[right], rel=128 * EPS, abs=0)


CLOSED = [
    ("0 if x < 0; x", ks.dual("relu")),
    ("0 if x < 0; 1", ks.dual("step")),
    ("-x if x < 0; x", ks.dual("abs")),
    ("0.01*x if x < 0; x", ks.dual("leaky_relu")),
    ("-2*x if x < 0; x", ks.dual("leaky_relu", slope=-2)),
    ("0 if x < 0; x**2", Fraction(3, 2) * ks.arccos(2)),
    ("0 if x < 0; x**5", Fraction(945, 2) * ks.arccos(5)),
]


@pytest.mark.parametrize(("text", "closed"), CLOSED)
def test_closed_forms_are_the_same_kernels(text: str, closed: ks.Zonal) -> None:
    assert ks.piecewise(text) == closed
    general = PiecewiseDual(read(text))
    u = np.array(COSINES)
    assert general(u) == pytest.approx(closed(u), abs=8 * EPS * closed.at_one)
    for at in (1, -1):
        assert general.expand(at, 5) == closed.expand(at, 5)
    a, b = general.decay(4), closed.decay(4)
    assert (a.nu, a.c_plus, a.c_minus, a.parities) == (b.nu, b.c_plus, b.c_minus, b.parities)
    degrees = np.array([0, 1, 2, 3, 10, 11, 300, 301])
    for parity in (0, 1):
        k = degrees[degrees % 2 == parity]
        if closed.polynomial_part(parity) is None:
            found = RadialRoute(general).values(4, k)
            assert found.value == pytest.approx(closed.spectrum(4)[k], rel=64 * EPS, abs=0)


def test_a_polynomial_is_a_polynomial() -> None:
    # x^2 = h_0 + sqrt(2) h_2: kappa = 1 + 2 u^2.
    assert ks.piecewise([], ["x**2"]) == 1 + 2 * ks.polynomial(2)
    assert ks.piecewise("x if x < 1; x") == ks.linear()


# -- the kink rule --------------------------------------------------------------------------------


def rule(order: int, jumps: dict[int, Any]) -> tuple[Any, Any]:
    """(c_plus, c_minus) as the rule has them."""
    scale = sympy.sqrt(2) / (2 * sympy.pi)
    scale /= sympy.prod([i + sympy.Rational(1, 2) for i in range(1, order + 1)])
    sums = [
        sum(j * jumps.get(sign * x, 0) * sympy.exp(-sympy.Rational(x * x, 2)) for x, j in jumps.items())
        for sign in (1, -1)
    ]
    return (-1) ** (order + 1) * scale * sums[0], scale * sums[1]


@pytest.mark.parametrize("name", TORCH)
def test_the_kink_rule(name: str) -> None:
    _, _, order, jumps = TORCH[name]
    law = ks.dual(name).decay(5)
    plus, minus = rule(order, jumps)
    assert law.nu == order + sympy.Rational(1, 2)
    assert law.exponent == 4 + 2 * law.nu
    assert sympy.expand(law.c_plus - plus) == 0
    assert sympy.expand(law.c_minus - minus) == 0
    assert ks.dual(name).expand(1, 4).coefficient(Fraction(2 * order + 1, 2)) == law.c_plus


@pytest.mark.parametrize("r", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("jumps", [{1: 1}, {-1: 2, 1: 3}, {0: 1, 2: -1}, {-2: 1, 0: 1, 2: 1}])
def test_the_rule_at_every_order(r: int, jumps: dict[int, int]) -> None:
    # sum_j J_j (x - x_j)_+^r / r!
    words, total = [], "0"
    for x, j in sorted(jumps.items()):
        words.append(f"{total} if x < {x}")
        total += f" + {j}*(x - {x})**{r}/{math.factorial(r)}".replace("- -", "+ ")
    law = ks.piecewise("; ".join([*words, total])).decay(3)
    plus, minus = rule(r, jumps)
    assert law.nu == r + sympy.Rational(1, 2)
    assert sympy.expand(law.c_plus - plus) == 0
    assert sympy.expand(law.c_minus - minus) == 0


def test_issue_11_elu_and_selu() -> None:
    assert ks.dual("elu").decay(5).nu == sympy.Rational(5, 2)
    assert ks.dual("elu").decay(5).exponent == 9
    selu = ks.dual("selu").decay(5)
    assert selu.nu == sympy.Rational(3, 2)
    jump = SCALE * (1 - ALPHA)
    assert float(selu.c_plus) == pytest.approx(math.sqrt(2) / (3 * math.pi) * jump**2, rel=1e-14, abs=0)


def test_parities_in_which_the_ends_cancel() -> None:
    even, odd = ks.dual("hardtanh").decay(3).parities
    assert (even.kind, even.degree, odd.kind) == ("vanishing", -1, "power")
    even, odd = ks.dual("hardswish").decay(3).parities  # x/2 + an even function
    assert (even.kind, odd.kind, odd.degree) == ("power", "vanishing", 1)
    even, odd = ks.dual("elu").decay(3).parities  # one kink at 0: the first power cancels over the even k
    assert (even.nu, odd.nu) == (sympy.Rational(7, 2), sympy.Rational(5, 2))


@pytest.mark.parametrize("name", TORCH)
@pytest.mark.parametrize("at", [1, -1])
def test_expansions_are_those_of_the_values(name: str, at: int) -> None:
    kernel = ks.dual(name)
    series = kernel.expand(at, 8)
    with mp.workdps(60):
        t = mp.mpf(10) ** -5
        exact = kernel(at * (1 - t))
        total = sum(
            mp.mpf(c.accurate(58).mid().str(60, radius=False)) * t ** mp.mpf(float(e)) for e, c in series.entries
        )
        # The next power, or what is flat: e^{-(x-y)^2/(4t)} of distinct kinks.
        assert abs(total - exact) <= 10 * kernel.at_one * t ** mp.mpf(float(series.order))


def test_expansions_compose() -> None:
    deep = ks.dual("elu") @ ks.rf(3)
    slope = -ks.dual("elu").expand(1, 2).coefficient(1)  # E f'^2 times the kink of the inner kernel
    inner = ks.rf(3).expand(1, 3).coefficient(Fraction(3, 2))
    assert sympy.expand(deep.expand(1, 3).coefficient(Fraction(3, 2)) - slope * inner) == 0
    # 1 - u^3 = 3t + ..., 1 + u^3 = 3t + ...: both ends go over into ends.
    cubed, plain = (ks.dual("elu") @ ks.polynomial(3)).decay(4), ks.dual("elu").decay(4)
    scale = 9 * sympy.sqrt(3)
    assert cubed.nu == plain.nu
    assert sympy.expand(cubed.c_plus - scale * plain.c_plus) == 0
    assert sympy.expand(cubed.c_minus - scale * plain.c_minus) == 0


# -- eigenvalues ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TORCH)
@pytest.mark.parametrize("d", [2, 3, 10])
def test_eigenvalues_are_integrals_over_the_sphere(name: str, d: int) -> None:
    kernel = ks.dual(name)
    for k in range(12):
        integral = sphere_integral(kernel, d, k)
        assert kernel.spectrum(d)[k] == pytest.approx(integral, abs=1e-14 * kernel.at_one)


@pytest.mark.parametrize("name", TORCH)
@pytest.mark.parametrize("d", [3, 6])
def test_eigenvalues_follow_the_expansion(name: str, d: int) -> None:
    """Two ways with nothing in common: squares over radii, and the exact series at the ends."""
    kernel = ks.dual(name)
    s = kernel.spectrum(d)
    for k in (300, 301):
        if kernel.polynomial_part(k % 2) is None:
            # Kinks of distance 1 or more add e^{-3/4 k^{2/3}} = 1e-15 at the most.
            assert s[k] == pytest.approx(s.asymptotic(k, 8), rel=1e-11, abs=0)
            assert s.error(k) < 1e-11


def test_high_degrees_below_the_floats() -> None:
    """mu_k of elu on S^199 is 1e-367 at k = 4000, where sums over jumps give way to the expansion."""
    s = ks.dual("elu").spectrum(200)
    k = np.array([3996, 3998, 4000, 4002, 4004, 4006])
    assert np.all(s[k] == 0) and np.all(s.error(k) < 1e-11)
    # Third differences of -206 log k + ...: 2^3 (-412/4001^3) and less, with two digits of the rounding of 844 left.
    assert np.diff(s.log_abs(k), n=3) == pytest.approx(-4.8e-8, rel=0.02, abs=0)
    far = s.log_abs(np.array([10**6, 10**8]))
    assert (far[1] - far[0]) / math.log(100) == pytest.approx(-206, rel=1e-4, abs=0)


def test_high_degrees_by_the_expansion() -> None:
    s = ks.dual("relu6").spectrum(3)
    k = np.array([4000, 4001, 4002, 4003])
    law = ks.dual("relu6").decay(3)
    assert s[k] == pytest.approx(law.at(k), rel=1e-4, abs=0)
    assert np.all(np.diff(np.log(s[np.array([3998, 4000, 4002, 4004])])) < 0)
    assert s[10**6] == pytest.approx(law.at(10**6), rel=1e-10, abs=0)
    close = ks.piecewise("0 if x < 0; x if x < 0.001; 0.001").spectrum(3)
    assert close[100] > 0
    with pytest.raises(ValueError, match="not the digits"):
        close[10**4]  # the two kinks are not told apart yet


@pytest.mark.parametrize("text", ["0 if x < 3; x - 3 if x < 3.001; 0.001", "0 if x < 20; x - 20"])
def test_errors_cover_another_rule(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = PiecewiseDual(read(text))
    k = np.array([2, 3, 12, 60, 61, 300])
    first = RadialRoute(kernel).values(4, k)
    monkeypatch.setattr("kernelspec.spectrum.radial_rules._NODES", 24)
    second = RadialRoute(kernel).values(4, k)
    assert np.all(np.abs(first.log_abs - second.log_abs) <= first.error + second.error)


@functools.cache
def squares_of(name: str) -> Any:
    """Squares of the first Hermite coefficients of a named activation."""
    return hermite_squares(untyped(ks.dual(name)).activation, 512, 400)


HIGH = [(name, d) for name in ("relu6", "hardtanh", "hardswish", "elu", "selu") for d in (50, 784, 3072, 10**5)]


@pytest.mark.parametrize(("name", "d"), [*HIGH, ("hardswish", 10**6), ("elu", 10**6)])
def test_high_dimensions_against_the_taylor_series(name: str, d: int) -> None:
    # mu_k = sum_j b_{k+2j} mu_k(u^{k+2j}) (claim 10), b_i the squares of Hermite coefficients: all terms are >= 0.
    kernel = ks.dual(name)
    degrees = [1, 9, 61] if name == "hardtanh" else [0, 2, 20, 60]
    if d in (50, 10**6):
        degrees = degrees[:2]
    found = kernel.spectrum(d).values(degrees, estimate=True)
    with mp.workdps(40):
        for k, log_abs, error in zip(degrees, found.log_abs, found.error, strict=True):
            terms = 250 if d == 50 else 60
            b = squares_of(name)
            exact = mp.mpf(0)
            for j in range(terms):
                log = mp.loggamma(mp.mpf(d) / 2) + mp.loggamma(k + 2 * j + 1)
                log -= (k + 2 * j) * mp.log(2) + mp.loggamma(j + 1) + mp.loggamma(k + j + mp.mpf(d) / 2)
                exact += mp.mpf(b[k + 2 * j].str(40, radius=False)) * mp.exp(log)
            true = abs(float(mp.expm1(mp.mpf(log_abs) - mp.log(exact))))
            assert true <= error + EPS * abs(log_abs) < 1e-11


def test_high_dimensions() -> None:
    with time_limit():
        assert np.all(ks.dual("elu").spectrum(10**5)[:40] > 0)


def test_mercer() -> None:
    # sum_k mu_k N(d,k) = kappa(1); what is left beyond k falls like k^{-3}.
    for name in ("hardtanh", "relu6"):
        kernel = ks.dual(name)
        assert kernel.spectrum(3).trace(400) == pytest.approx(kernel.at_one, rel=1e-7, abs=0)


def test_hermite_coefficients_of_piecewise_polynomials() -> None:
    b = ks.dual("hardtanh").taylor(8)
    # a_1 = P(|x| < 1), a_3 = -2 phi(1)/sqrt(6)
    assert float(b[1].mid()) == pytest.approx(math.erf(1 / math.sqrt(2)) ** 2, rel=1e-15, abs=0)
    density = math.exp(-0.5) / math.sqrt(2 * math.pi)
    assert float(b[3].mid()) == pytest.approx((2 * density) ** 2 / 6, rel=1e-15, abs=0)
    assert all(x.contains(0) for x in b[::2])


@pytest.mark.parametrize(
    "text",
    [
        "mlp(3, activation='hardtanh', bias_variance=0.1)",  # 0.17 at u = 0
        "mlp(3, activation='relu6', bias_variance=0.1, tangent=True)",  # 0.66
        "dual('elu')@(0.5*linear() - 0.25)",  # the end of the inner kernel is a ball
        "exponential()@dual('hardtanh')",
        "mlp(2, activation='tanh', bias_variance=0.05, tangent=True)",  # the balls of its values miss 1e-20
    ],
)
def test_taylor_series_of_compositions(text: str) -> None:
    """Their sum is the kernel, which balls read in another way; what follows is below kappa(1) |u|^60."""
    kernel = ks.parse(text)
    b = kernel.taylor(60, 25)
    with precision(150):
        u = flint.arb(1) / 5
        total = sum((c * u**i for i, c in enumerate(b)), flint.arb(0))
        assert total.overlaps(kernel(u))
        assert total.rad() < 1e-24
        assert kernel(u).rad() < 1e-20
    assert all(c.rad() < 1e-25 for c in b)
    assert all(c.overlaps(more) for c, more in zip(b, kernel.taylor(200, 25), strict=False))


# -- texts and doors ------------------------------------------------------------------------------


@given(random_activation())
@settings(max_examples=40)
def test_texts_read_back(text: str) -> None:
    activation = read(text)
    assert read(activation.text()) == activation
    kernel = PiecewiseDual(activation)
    assert hash(PiecewiseDual(read(activation.text()))) == hash(kernel)
    parsed = ks.parse(repr(3 * ks.piecewise(text) + ks.linear()))
    assert parsed == 3 * ks.piecewise(text) + ks.linear()


def test_names_are_values() -> None:
    for name, activation in NAMED.items():
        assert repr(ks.dual(name)) == f"dual('{name}')"
        assert ks.piecewise(activation.text()) == ks.dual(name)
    assert ks.piecewise([-1, 1], [[-1], [0, 1], [1]]) == ks.dual("hardtanh")
    assert ks.dual("elu", alpha=1) == ks.dual("elu")
    assert ks.dual("elu", alpha=0) == ks.dual("relu")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("x if x < 1",), "text|piece"),
        (("0 if x < 1; x if x < 0; 1",), "increase"),
        (("0 if x < y; 1",), "piece"),
        (("0 if x > 0; 1",), "piece"),
        (("exp(x)",), "no kink"),
        (("0 if x < 0; exp(x + 1)",), "exp"),
        (("0 if x < 0; exp(9*x)",), "beta"),
        (("0 if x < 0; x**41",), "piece"),
        (("0 if x < 0; 1/x",), "piece"),
        (("0 if x < 0; __import__('os')",), "piece"),
        (([0], ["0"]), "need 2 pieces"),
        (([0, 0], ["0", "x", "1"]), "increase"),
        (([math.nan], ["0", "x"]), "finite"),
        ((3,), "piecewise"),
    ],
)
def test_what_is_no_activation_is_refused(arguments: Any, word: str) -> None:
    with pytest.raises((ValueError, TypeError), match=word):
        ks.piecewise(*arguments)


def test_what_is_not_known_is_refused_with_the_reason() -> None:
    kernel = ks.dual("relu6")
    s = kernel.spectrum(3)
    for call in (lambda: s.remainder(2), lambda: s.asymptotic_bound(100)):
        with pytest.raises(ValueError, match="kinks"):
            call()
    cosines = [(3 - 2 * j) / 3 for j in range(4)]
    on_the_cube = sum(math.comb(3, j) * kernel(u) * u for j, u in enumerate(cosines)) / 8
    assert float(kernel.spectrum(3, domain="cube").certified(1).mid()) == pytest.approx(on_the_cube, rel=1e-14)
    for argument in (np.array([0.5 + 0.1j]), sympy.Symbol("u")):
        with pytest.raises(TypeError):
            untyped(kernel)(argument)
    for rival in ("relu", "gelu"):
        verdict = ks.same_rkhs(kernel, ks.dual(rival), 3)
        assert verdict.same is False and verdict.lower == 0  # by their laws
    with pytest.raises(NotImplementedError, match="no closed form"):
        s.exact(4)


def test_derivatives() -> None:
    assert ks.dual("relu6").derivative() == ks.piecewise("0 if x < 0; 1 if x < 6; 0")
    with pytest.raises(NotImplementedError, match="infinite"):
        ks.dual("relu6").derivative().derivative()


@pytest.mark.parametrize(
    "arguments",
    [
        ([1 / 3], [[0], [-1.0, 3]]),  # continuous, but not as a decimal
        ([math.pi], [[0], [-math.pi, 1]]),
        ([0.1 + 0.2], [[0], [-0.3, 1]]),
        ([np.float32(0.1)], [[0], [-0.1, 1]]),
        ([0], [[0.1 + 0.2, 1], [0.3, 2]]),
        (f"0 if x < {1 / 3}; 3*x - 1",),
        ("0 if x < 1/3; 0.30000000000000004*x",),
    ],
)
def test_rounded_floats_decide_no_kink(arguments: tuple[Any, ...]) -> None:
    """As decimals these jump by 1e-17 and decay with nu = 1/2; what they were rounded from has 3/2."""
    with pytest.raises(ValueError, match=r"known exactly.*write it exactly"):
        ks.piecewise(*arguments)
    with pytest.raises(ValueError, match="alpha must be known exactly"):
        ks.dual("elu", alpha=1 / 3)
    assert ks.piecewise([Fraction(1, 3)], [[0], [-1.0, 3]]).decay(3).nu == Fraction(3, 2)
    assert ks.piecewise([0.1], [[0], [-0.1, 1]]).decay(3).nu == Fraction(3, 2)


@pytest.mark.parametrize("x", [1e22, -1e3, 41])
def test_breakpoints_beyond_all_numbers_are_refused(x: float) -> None:
    with pytest.raises(ValueError, match=r"breakpoints must lie in \[-40, 40\]"):
        ks.piecewise([x], [[0], [1]])
    far = ks.piecewise([40], [[0], [1]])
    assert far(1.0) == 0 and far.decay(3).nu == Fraction(1, 2) and str(far.expand(terms=1))
