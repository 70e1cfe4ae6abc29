"""Legendre polynomials of dimension d: every definition of claims 1 and 2, and the digits."""

from __future__ import annotations

from collections.abc import Callable

import mpmath as mp
import numpy as np
import pytest
import sympy
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.sphere.legendre_polynomials import (
    gauss_legendre,
    legendre,
    legendre_all,
    legendre_derivative,
    legendre_sympy,
)

t = sympy.Symbol("t")
DIMENSIONS = (2, 3, 4, 7, 10)


@pytest.mark.parametrize("d", [2, 3, 4, 5, 8])
@pytest.mark.parametrize("k", [0, 1, 2, 5])
def test_rodrigues(d: int, k: int) -> None:
    half, weight = sympy.Rational(d - 1, 2), (1 - t**2) ** sympy.Rational(d - 3, 2)
    derivative = sympy.diff((1 - t**2) ** (k + sympy.Rational(d - 3, 2)), t, k)
    factor = sympy.Rational(-1, 2) ** k * sympy.gamma(half) / sympy.gamma(k + half)
    for point in (sympy.Rational(-2, 3), sympy.Rational(1, 7), sympy.Rational(9, 10)):
        value = (factor * derivative / weight).subs(t, point)
        assert sympy.nsimplify(sympy.simplify(value - legendre_sympy(d, k, point))) == 0


@pytest.mark.parametrize("d", DIMENSIONS)
@pytest.mark.parametrize("k", [0, 1, 2, 3, 12])
def test_hypergeometric_form(d: int, k: int) -> None:
    with mp.workdps(30):
        for point in (-1.0, -0.75, 0.0, 0.5, 1.0):
            z = (1 - mp.mpf(point)) / 2
            exact = mp.hyp2f1(-k, k + d - 2, mp.mpf(d - 1) / 2, z, zeroprec=100)
            # k <= 12 steps of the recurrence, two or three roundings each.
            assert abs(legendre(d, k, point) - exact) < 3e-15


def test_special_dimensions() -> None:
    for k in (0, 1, 2, 5, 9):
        assert sympy.expand(legendre_sympy(2, k) - sympy.chebyshevt(k, t)) == 0
        assert sympy.expand(legendre_sympy(3, k) - sympy.legendre(k, t)) == 0
        assert sympy.expand(legendre_sympy(4, k) * (k + 1) - sympy.chebyshevu(k, t)) == 0
        for d in (5, 8):
            order = sympy.Rational(d - 2, 2)
            ratio = sympy.gegenbauer(k, order, t) / sympy.gegenbauer(k, order, 1)
            assert sympy.expand(legendre_sympy(d, k) - ratio) == 0


@pytest.mark.parametrize("d", [2, 3, 4, 9, 10**6])
@pytest.mark.parametrize("k", [0, 1, 2, 3, 8])
def test_polynomial_identities_of_claim_2(d: int, k: int) -> None:
    p, after = legendre_sympy(d, k), legendre_sympy(d, k + 1)
    before = legendre_sympy(d, k - 1) if k else sympy.Integer(0)
    if k or d > 2:  # for d = 2, k = 0 the recurrence reads 0 = 0
        assert sympy.expand((2 * k + d - 2) * t * p - k * before - (k + d - 2) * after) == 0
    equation = (1 - t**2) * p.diff(t, 2) + (1 - d) * t * p.diff(t) + k * (k + d - 2) * p
    assert sympy.expand(equation) == 0
    assert p.subs(t, 1) == 1
    assert sympy.expand(p.subs(t, -t) - (-1) ** k * p) == 0


@pytest.mark.parametrize("d", [2, 3, 4])
@pytest.mark.parametrize("k", [1, 2, 5])
def test_laplace_beltrami_eigenvalue(d: int, k: int) -> None:
    # |x|^k P_k(x_1/|x|) is a harmonic polynomial; in polar coordinates its Laplacian is
    # k(k+d-2) + the eigenvalue of the Laplace-Beltrami operator: claim 2.
    x = sympy.symbols(f"x0:{d}")
    radius = sum(c**2 for c in x)
    coefficients = sympy.Poly(legendre_sympy(d, k), t).all_coeffs()[::-1]
    extension = sum(c * x[0] ** i * radius ** ((k - i) // 2) for i, c in enumerate(coefficients) if c != 0)
    assert sympy.expand(sum(sympy.diff(extension, c, 2) for c in x)) == 0


@pytest.mark.parametrize("d", [2, 3, 4, 10, 50, 1000, 10**6])
def test_every_digit_up_to_degree_1000(d: int, rng: np.random.Generator) -> None:
    points = np.concatenate(
        [
            rng.uniform(-1, 1, 6),
            [1 - 1e-3, 1 - 1e-8, 1 - 1e-12, -1 + 1e-6, 0.5, 0.50001, 0.0, 1e-3, 0.3],
            np.clip(rng.normal(size=4) / np.sqrt(d), -1, 1),
        ]
    )
    values = legendre_all(d, 1000, points)
    precision, ctx.prec = ctx.prec, 400
    try:
        for column, point in zip(values.T, points, strict=True):
            x = arb(float(point))
            before, now = arb(1), x
            for k in range(1, 1000):
                before, now = now, ((2 * k + d - 2) * x * now - k * before) / (k + d - 2)
                size = max(abs(float(before)), abs(float(now)))
                error = abs(float(now - float(column[k + 1])))
                # Absolute: a random walk of 1000 roundings. Relative to the larger of two
                # neighbours (free of the zeros): more near an end, where a zero lasts many k.
                assert error < 1e-14
                assert error < 5e-13 * size or size < 1e-290
    finally:
        ctx.prec = precision


def test_small_values_in_high_dimension() -> None:
    # P_k(0) = (-1)^{k/2} (1/2)_{k/2} / ((d-1)/2)_{k/2}: tiny, and still right to k roundings.
    d = 10**6
    exact = 1.0
    for j in range(1, 20):
        exact *= -(2 * j - 1) / (d + 2 * j - 3)
        assert legendre(d, 2 * j, 0.0) == pytest.approx(exact, rel=2e-16 * 6 * j, abs=0)
        assert legendre(d, 2 * j - 1, 0.0) == 0.0


@given(st.integers(2, 50), st.integers(0, 60), st.floats(-1, 1))
def test_bounds_and_parity(d: int, k: int, x: float) -> None:
    value = legendre(d, k, x)
    assert abs(value) <= 1 + 1e-14  # 60 steps of a few roundings
    assert legendre(d, k, -x) == (-1) ** k * value
    assert legendre(d, k, 1.0) == 1.0 and legendre(d, k, -1.0) == (-1) ** k


@given(st.integers(2, 30), st.integers(0, 20), st.floats(-0.95, 0.95))
def test_derivative_against_differences(d: int, k: int, x: float) -> None:
    h = 1e-4
    stencil = legendre(d, k, np.array([x - 2 * h, x - h, x + h, x + 2 * h]))
    difference = (stencil @ np.array([1.0, -8.0, 8.0, -1.0])) / (12 * h)
    # Truncation: h^4/30 times the fifth derivative, at most (k^2)^5/945 by Markov; rounding:
    # 1.5 errors of 1e-14 over h.
    tolerance = h**4 / 30 * float(k) ** 10 / 945 + 3e-10
    assert legendre_derivative(d, k, x) == pytest.approx(difference, abs=tolerance)


def test_derivative_is_the_polynomial_s() -> None:
    for d in (2, 3, 6):
        for k in (0, 1, 4):
            exact = legendre_sympy(d, k).diff(t)
            for point in (-1.0, 0.25, 1.0):
                assert legendre_derivative(d, k, point) == pytest.approx(
                    float(exact.subs(t, sympy.Rational(point))), rel=4e-15, abs=1e-15
                )


def test_shapes() -> None:
    grid = np.linspace(-1, 1, 6).reshape(2, 3)
    assert legendre(3, 4, grid).shape == (2, 3)
    assert isinstance(legendre(3, 4, 0.5), float)
    table = legendre_all(3, 4, grid)
    assert table.shape == (5, 2, 3)
    np.testing.assert_array_equal(table[4], legendre(3, 4, grid))
    assert legendre(3, 2, []).shape == (0,) and legendre_all(3, 2, 0.5).shape == (3,)
    assert legendre_derivative(3, 0, grid).shape == (2, 3)
    assert legendre(3, 1, np.float32(0.5)) == 0.5


def test_only_rounding_is_clipped() -> None:
    beyond = 1 + 4 * np.finfo(float).eps
    assert legendre(3, 7, beyond) == 1.0 and legendre(3, 7, -beyond) == -1.0
    with pytest.raises(ValueError, match=r"t must lie in \[-1, 1\], got 1.00000000000000"):
        legendre(3, 7, 1 + 5 * np.finfo(float).eps)


def untyped(value: Value) -> Value:
    """Return value, its type hidden from the type checker: it is wrong on purpose."""
    return value


@pytest.mark.parametrize(
    ("call", "fault", "words"),
    [
        (lambda: legendre(1, 2, 0.0), ValueError, "d must be an integer from 2.*got 1"),
        (lambda: legendre(3, -1, 0.0), ValueError, "k must be an integer from 0.*got -1"),
        (lambda: legendre(3, untyped(2.5), 0.0), TypeError, "k must be an integer.*2.5"),
        (lambda: legendre(3, True, 0.0), TypeError, "k must be an integer.*True"),
        (lambda: legendre(3, 10**7, 0.0), ValueError, "k must be at most 1000000"),
        (lambda: legendre(3, 2, 1.5), ValueError, r"t must lie in \[-1, 1\], got 1.5"),
        (lambda: legendre(3, 2, [0.0, np.nan]), ValueError, "t must be finite, got nan"),
        (lambda: legendre(3, 2, untyped("x")), TypeError, "t must be a real number"),
        (lambda: legendre(3, 2, 0.5j), TypeError, "t must be a real number"),
        (lambda: legendre_all(3, -1, 0.0), ValueError, "kmax must be an integer from 0"),
        (lambda: legendre_sympy(3, 2000), ValueError, "k must be at most 1000"),
    ],
)
def test_bad_arguments_are_named(call: Callable[[], object], fault: type[Exception], words: str) -> None:
    with pytest.raises(fault, match=words):
        call()


@pytest.mark.parametrize("n", [1, 2, 7, 16, 96])
def test_gauss_legendre_rules_are_exact_to_the_last_digit(n: int) -> None:
    """Of 1, t^2, ..., t^{2n-2}: sums of positive numbers; and the ends, where other rules lose digits."""
    nodes, weights = gauss_legendre(n)
    assert np.all(np.diff(nodes) > 0) and np.all(weights > 0)
    np.testing.assert_allclose(nodes, -nodes[::-1], rtol=0, atol=0)
    for power in range(0, 2 * n, 2):
        assert np.sum(weights * nodes**power) == pytest.approx(2 / (power + 1), rel=8e-16 * (2 + n), abs=0)
    with mp.workdps(40):
        x = mp.findroot(lambda t: mp.legendre(n, t), float(nodes[0]))
        slope = mp.diff(lambda t: mp.legendre(n, t), x)
        weight = 2 / ((1 - x * x) * slope**2)
        assert float(abs(nodes[0] - x)) < 2e-16
        assert float(abs(weights[0] / weight - 1)) < 3e-16
