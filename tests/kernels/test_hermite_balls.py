"""Hermite coefficients of smooth activations as balls, and what is read from them, against mpmath's quadrature."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint
import mpmath as mp
import pytest

import kernelspec as ks
from kernelspec.kernels.fourier_balls import TRANSFORMS
from kernelspec.kernels.hermite_balls import SMOOTH, coefficients
from kernelspec.kernels.smooth_duals import NAMES, SmoothDual, mean_square
from kernelspec.numbers.exact_numbers import ball
from kernelspec.numbers.precision import precision
from oracle.smooth_activations import FUNCTIONS

DIGITS = 40


def expected(function: Callable[[Any], Any], q: Any, degree: int | None) -> Any:
    """E f(z) h_degree(z), or E f(z)^2, of f(z) = function(q^{1/2} z), by Gauss-Legendre between points."""
    root = mp.sqrt(mp.mpf(q.numerator) / q.denominator)

    def integrand(x: Any) -> Any:
        value = function(root * x)
        if degree is None:
            return value**2 * mp.npdf(x)
        return (
            value
            * mp.hermite(degree, x / mp.sqrt(2))
            / mp.sqrt(mp.mpf(2) ** degree * mp.factorial(degree))
            * mp.npdf(x)
        )

    points = sorted({mp.mpf(0), *(j / root for j in (1, 2, 4, 8) if j < 6 * root), *map(mp.mpf, (3, 6, 10, 17))})
    return mp.quad(integrand, [-p for p in reversed(points[1:])] + points)


def holds(found: Any, wanted: Any, least: float) -> bool:
    """Whether the ball contains the number, known to 1e-32 of the larger of both sizes, and is narrow."""
    with precision(300):
        slack = flint.arb(0, 1e-32) * (1 + abs(found))
        return bool((found + slack).contains(flint.arb(mp.nstr(wanted, 45)))) and float(found.rad()) < least


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("q", [Fraction(1, 50), Fraction(4)])
def test_coefficients_lie_in_their_balls(name: str, q: Fraction) -> None:
    with mp.workdps(DIGITS), precision(130):
        found, norm = coefficients(name, q, 24)
        for i in (2, 15):
            assert holds(found[i], expected(FUNCTIONS[name], q, i), 1e-35), i
        assert holds(norm, expected(FUNCTIONS[name], q, None), 1e-32)


@pytest.mark.parametrize(
    ("name", "slope"), [("tanh", lambda x: mp.sech(x) ** 2), ("sigmoid", lambda x: 1 / (2 + 2 * mp.cosh(x)))]
)
def test_the_mean_square_of_a_slope_lies_in_its_ball(name: str, slope: Callable[[Any], Any]) -> None:
    with mp.workdps(DIGITS), precision(130):
        found = coefficients(name, Fraction(2), 0, slope=True)[1]
        assert holds(found, expected(slope, Fraction(2), None), 1e-32)


@pytest.mark.parametrize("name", NAMES)
def test_bounds_of_functions_in_the_strip(name: str) -> None:
    """|f| <= A (1 + |z|) for the function and its slope, and where |z| is large at most ten times too much."""
    known, ratios = SMOOTH[name], []
    with precision(64):
        for part in (0.3, 0.7, 0.95):
            b = part * known.pole * flint.arb.pi()
            a, c = known.size(b), known.slope_size(b)
            for x in [j / 8 for j in range(-80, 81)]:
                for y in (b, b / 2, -b):
                    z = flint.acb(x, y)
                    value, slope = abs(known.function(z)) / (a * (1 + abs(z))), abs(known.slope(z)) / (c * (1 + abs(z)))
                    assert value < 1 and slope < 1
                    ratios.append(float(value))
    assert max(ratios) > 0.1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bits", [2, 6, 12, 24])
def test_few_nodes_err_by_less_than_their_balls(name: str, bits: int) -> None:
    """With coarse rules, whose errors are seen, of coefficients and of the mean square."""
    for q in (Fraction(1), Fraction(4)):
        with precision(bits):
            found, norm = coefficients(name, q, 40)
        with precision(200):
            exact, whole = coefficients(name, q, 40)
        with precision(300):
            assert all(a.overlaps(b) for a, b in zip(found, exact, strict=True)) and norm.overlaps(whole)
            assert max(float(a.rad()) for a in found) < 1000 * 2.0**-bits


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus"])
@pytest.mark.parametrize("q", [16, 100, 2500])
def test_mean_squares_at_large_variances(name: str, q: int) -> None:
    """Poles come near: a step that does not follow errs by 5e-3 for tanh at q = 2500."""
    with mp.workdps(DIGITS):
        with precision(200):
            found = ball(mean_square(name, Fraction(q)))
        assert holds(found, expected(FUNCTIONS[name], Fraction(q), None), 1e-24 * q)


SLOPES: dict[str, Callable[[Any], Any]] = {
    "tanh": lambda x: mp.sech(x) ** 2,
    "sigmoid": lambda x: mp.sech(x / 2) ** 2 / 4,
    "softplus": lambda x: 1 / (1 + mp.exp(-x)),
    "silu": lambda x: 1 / (1 + mp.exp(-x)) + x * mp.sech(x / 2) ** 2 / 4,
    "mish": lambda x: mp.diff(FUNCTIONS["mish"], x),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("deviation", [Fraction(1, 10**10), Fraction(11, 2), Fraction(10**6)])
def test_means_at_any_deviation(name: str, deviation: Fraction) -> None:
    """Mean squares, those of slopes and the first coefficients, against quadrature on panels that double."""
    q, order = deviation**2, TRANSFORMS[name].order
    with mp.workdps(DIGITS):
        root = mp.mpf(deviation.numerator) / deviation.denominator
        near = [mp.mpf(2) ** j / root for j in range(8)]
        places = sorted({mp.mpf(0), *(p for p in near if p < 6), *map(mp.mpf, (1, 3, 6, 10, 15))})
        functions: list[Callable[[Any], Any]] = [lambda x: FUNCTIONS[name](x) ** 2]
        functions += [lambda x: FUNCTIONS[name](x), lambda x: x / root * FUNCTIONS[name](x)][:order]
        if name != "mish":
            functions.append(lambda x: SLOPES[name](x) ** 2)
        wanted = [
            mp.quad(lambda x, f=f: (f(root * x) + f(-root * x)) * mp.npdf(x), places)  # type: ignore[misc]
            for f in functions
        ]
        with precision(260):
            known, norm = coefficients(name, q, order)
            found = [norm, *known, coefficients(name, q, 0, slope=True)[1]]
            for x, mean in zip(found, wanted, strict=False):
                assert holds(x, mean, 1e-60 * (1 + abs(float(x)))), (x, mean)


# The limit of f^2 and, with moments 0 and 2 of what is less than it, the next terms at a large variance.
LIMITS: dict[tuple[str, bool], tuple[str, int, str, str]] = {
    ("tanh", False): ("1", 0, "-2", "-pi**2/6"),
    ("tanh", True): ("0", 0, "4/3", "pi**2/9-2/3"),
    ("sigmoid", False): ("1/2", 0, "-1", "-pi**2/3"),
    ("softplus", True): ("1/2", 0, "-1", "-pi**2/3"),
    ("silu", False): ("1/2", 1, "-pi**2/3", "-7*pi**4/15"),
}


@pytest.mark.parametrize(("name", "slope"), LIMITS)
@pytest.mark.parametrize("deviation", [10**20, 10**30])
def test_mean_squares_next_to_their_limits(name: str, slope: bool, deviation: int) -> None:
    limit, power, *moments = LIMITS[name, slope]
    with mp.workdps(150):
        known = {"pi": mp.pi}
        near, next_ = (mp.mpf(1) * eval(each, known) for each in moments)
        q = mp.mpf(deviation) ** 2
        wanted = mp.mpf(eval(limit)) * q**power + (near - next_ / (2 * q)) / mp.sqrt(2 * mp.pi * q)
        with precision(420):
            found = coefficients(name, Fraction(deviation) ** 2, 0, slope=slope)[1]
            # What follows is some q^-2.5 times a fourth moment.
            assert (found + flint.arb(0, 10) ** 4 / flint.arb(deviation) ** 5).contains(flint.arb(mp.nstr(wanted, 145)))
            assert found.rad() < flint.arb(10) ** -110 * (1 + abs(found))


def test_deep_networks_of_large_weights_are_built() -> None:
    """Ten layers of silu at weight variance 100: each multiplies the variance by 50."""
    for depth, name, w in ((10, "silu", 100), (3, "softplus", 1000)):
        assert repr(ks.mlp(depth, activation=name, weight_variance=w)) == (
            f"mlp({depth}, weight_variance={w}, activation={name!r})"
        )


@pytest.mark.parametrize("name", NAMES)
def test_values_in_balls_contain_the_kernel(name: str) -> None:
    """kappa(1/20), from 20 coefficients by a sum; from coefficients in floats, it would be off by 1e-18."""
    u, terms = Fraction(1, 20), 20
    with mp.workdps(DIGITS):
        nodes = [mp.mpf(j) / 12 for j in range(-14 * 12, 14 * 12 + 1)]
        masses = [mp.npdf(x) * FUNCTIONS[name](x) / 12 for x in nodes]
        a = [
            mp.fsum(m * mp.hermite(i, x / mp.sqrt(2)) for x, m in zip(nodes, masses, strict=True)) for i in range(terms)
        ]
        squares = [a[i] ** 2 / (mp.mpf(2) ** i * mp.factorial(i)) for i in range(terms)]
        value = mp.fsum(b / mp.mpf(20) ** i for i, b in enumerate(squares))
        slope = mp.fsum(i * b / mp.mpf(20) ** (i - 1) for i, b in enumerate(squares) if i)
    for kernel, wanted in ((ks.dual(name), value), (SmoothDual(name, steep=True), slope)):
        with precision(200):
            found = kernel(ball(u))
            assert abs(found - flint.arb(mp.nstr(wanted, 40))) < 1e-22 and float(found.rad()) < 1e-26
